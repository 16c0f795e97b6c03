"""Two sets of assumptions of new business side by side: what they differ in, and what it makes."""

from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.answer_row import offer_answer
from pages.charts import LIGHT, current_look
from pages.columns import columns
from pages.districts import District
from pages.downloads import file_name
from pages.inputs import kept_select
from pages.market_potential_assumptions import POTENTIALS, assumptions
from pages.market_potential_charts import compared_bars
from pages.market_potential_words import in_unit, step_unit, step_word
from pages.session import ask, records, settings, who
from pages.tables import show_table
from pages.text import t
from queries.market.potential_assumptions import (
    BUSINESSES,
    Range,
    differences,
    read_potential,
    shipped_potential,
)
from queries.market.potential_compared import potential_compared, together
from queries.scenarios import scenario, scenarios

_NOW, _SHIPPED = "now", "shipped"


def show_comparison(here: District, asked: dict[str, Any]) -> None:
    """Two scenarios the reader chooses: their assumptions, values by business, areas."""
    saved = dict(scenarios(records(), who(), POTENTIALS.kind).select("id", "name").iter_rows())
    names = {_NOW: t("potential.now"), _SHIPPED: t("potential.shipped"), **saved}
    first_place, second_place = st.columns(2)
    with first_place:
        first = kept_select(
            "scenario_first", t("market_view.first"), list(names), names.__getitem__
        )
    with second_place:
        others = [one for one in names if one != first]
        second = kept_select("scenario_second", t("market_view.second"), others, names.__getitem__)
    if not saved:
        st.caption(t("potential.save_first"))
    texts = [_text(one) for one in (first, second)]
    labels = [names[first], names[second]]
    _differences(texts, labels)
    both = {**asked, "assumptions": texts[0], "other_assumptions": texts[1]}
    compared = ask(potential_compared, **both)
    if compared.is_empty():
        st.info(t("potential.no_areas"), icon=":material/inbox:")
        return
    title = t("potential.compared", first=labels[0], second=labels[1])
    st.subheader(title)
    words = {one: t(f"potential_business.{one}") for one in BUSINESSES}
    whole = together(compared).with_columns(pl.col("business").replace(words).alias("label"))
    st.altair_chart(compared_bars(whole, labels, look=current_look()), theme=None)
    st.caption(t("potential.range_note"))
    table = _by_business(whole, labels)
    show_table(table, most=320, heads={})
    offer_answer(
        potential_compared,
        both,
        file_name("market/potential-compared", here.file_name, asked["kind"]),
        chart=lambda: compared_bars(whole, labels, look=LIGHT),
        title=title,
    )


def _text(chosen: str) -> str:
    """The assumptions of what was chosen."""
    if chosen == _NOW:
        return assumptions()
    found = None if chosen == _SHIPPED else scenario(records(), who(), chosen)
    return shipped_potential(settings()) if found is None else found.content["assumptions"]


def _differences(texts: list[str], labels: list[str]) -> None:
    st.subheader(t("potential.differences"))
    found = differences(*(read_potential(text) for text in texts))
    if not found:
        st.info(t("potential.no_differences"), icon=":material/equal:")
        return
    rows = [
        {
            "business": t(f"potential_business.{business}"),
            "assumption": step_word(business, name),
            "value_unit": "" if name.endswith("_share") else step_unit(name) or "–",
            "first": _range(name, first),
            "second": _range(name, second),
        }
        for business, name, first, second in found
    ]
    table = pl.DataFrame(rows)
    config = columns(table.select("business", "value_unit")) | {
        "assumption": t("potential.assumption"),
        "first": labels[0],
        "second": labels[1],
    }
    show_table(table, most=320, heads=config)
    st.caption(t("potential.differences_note"))


def _range(name: str, one: Range) -> str:
    low, base, high = (
        in_unit(name, value).removesuffix(step_unit(name)).strip()
        for value in (one.low, one.base, one.high)
    )
    return base if one.low == one.high else f"{base} ({low} – {high})"


def _by_business(whole: pl.DataFrame, labels: list[str]) -> pl.DataFrame:
    """Every business with its value and energy under both, in the reader's units."""
    heads = [f"{t('potential.value')} · {label}" for label in labels]
    rows = [
        {
            t("potential.business"): row["label"],
            heads[0]: units.money(row["value_cny"]),
            heads[1]: units.money(row["other_value_cny"]),
            t("potential.change"): units.money(row["change_cny"]),
            t("potential.change_energy"): units.energy(row["change_kwh"]),
        }
        for row in whole.iter_rows(named=True)
    ]
    return pl.DataFrame(rows)
