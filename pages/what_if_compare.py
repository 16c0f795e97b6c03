"""Saved scenarios of a district side by side: the same figures, and the day of the highest load."""

from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from pages.charts import current_look
from pages.districts import District
from pages.session import ask, records, who
from pages.tables import show_table
from pages.text import t
from pages.what_if_charts import days_side_by_side
from pages.what_if_figures import figures_side_by_side
from pages.what_if_scenario import SCENARIOS, scenario_of_inputs
from queries.demand.what_if_days import what_if_days
from queries.demand.what_if_summary import what_if_summary
from queries.scenarios import scenario, scenarios

_MOST = 4


def show_comparison(here: District, days: tuple[date, date], tariffs: dict[str, str]) -> None:
    """Up to four scenarios the reader chooses, beside what is."""
    saved = _saved_here(here)
    if not saved:
        st.info(t("what_if.none_saved"), icon=":material/bookmark:")
        return
    names = {key: content["name"] for key, content in saved.items()}
    chosen = st.multiselect(
        t("what_if.compared"),
        list(names),
        default=list(names)[:2],
        format_func=names.__getitem__,
        max_selections=_MOST,
        key="what_if_compared",
    )
    if not chosen:
        st.caption(t("what_if.choose_compared"))
        return
    texts = {
        one: scenario_of_inputs(here, days, tariffs, saved[one]["inputs"]).model_dump_json()
        for one in chosen
    }
    labels = {one: _own_label(one, names, chosen) for one in chosen}
    befores, afters = [], []
    for one in chosen:
        before, after = ask(what_if_summary, scenario=texts[one]).iter_rows(named=True)
        befores.append(before)
        afters.append(after)
    table = figures_side_by_side(
        [befores[0], *afters], [t("what_if.as_measured"), *(labels[one] for one in chosen)]
    )
    show_table(table, most=460, heads={})
    st.caption(t("what_if.compared_note"))
    drawn = _peak_days(texts, labels)
    day = drawn["service_date"][0]
    title = t("what_if.peak_day_compared", day=day)
    st.subheader(title)
    st.altair_chart(days_side_by_side(drawn, look=current_look()), theme=None)


def _saved_here(here: District) -> dict[str, dict[str, Any]]:
    """Saved scenarios of this district, the newest first; one that names none fits any."""
    found = {}
    for row in scenarios(records(), who(), SCENARIOS.kind).iter_rows(named=True):
        one = scenario(records(), who(), row["id"])
        if one is None or one.content.get("district", here.district_id) != here.district_id:
            continue
        found[row["id"]] = {"name": row["name"], "inputs": one.content["inputs"]}
    return found


def _own_label(one: str, names: dict[str, str], chosen: list[str]) -> str:
    """Its name; with a part of its number where two of them have one name."""
    is_alone = [names[other] for other in chosen].count(names[one]) == 1
    return names[one] if is_alone else f"{names[one]} ({one[:4]})"


def _peak_days(texts: dict[str, str], labels: dict[str, str]) -> pl.DataFrame:
    """The day of the highest load as measured: ``state``, ``slot_minute``, ``load_kw``."""
    frames = []
    for one, text in texts.items():
        day = ask(what_if_days, scenario=text).filter(pl.col("day") == "peak_day")
        if not frames:
            measured = pl.lit(t("what_if.as_measured")).alias("state")
            frames.append(day.select(measured, "service_date", "slot_minute", "load_kw"))
        frames.append(
            day.select(
                pl.lit(labels[one]).alias("state"),
                "service_date",
                "slot_minute",
                pl.col("load_after_kw").alias("load_kw"),
            )
        )
    return pl.concat(frames)
