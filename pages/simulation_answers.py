"""What a simulation of tariffs answers: tiles, charts, lists, notes, files."""

from collections.abc import Mapping
from typing import Any, get_args

import polars as pl
import streamlit as st

from pages import units
from pages.charts import current_look
from pages.columns import columns, heading
from pages.dials import word
from pages.downloads import file_name, later, offer_tables
from pages.figures import figure, figures
from pages.inputs import in_words
from pages.reproduce import offer_reproduction
from pages.session import ask
from pages.simulation_charts import change_bars, revenue_bars, winners_and_losers
from pages.tables import show_table
from pages.tariff_drafts import Draft, Drafts
from pages.tariff_selection import Chosen
from pages.text import language, t
from queries.billing.simulate import NOW
from queries.billing.simulation_changes import simulation_changes
from queries.billing.simulation_groups import simulation_groups
from queries.billing.simulation_losers import Side, simulation_losers
from queries.billing.simulation_notes import simulation_notes
from queries.billing.simulation_revenue import simulation_revenue
from queries.billing.simulation_summary import simulation_summary
from queries.billing.tariff_simulation import tariff_simulation

_GROUPS = ("customer_class", "region_id", "industry_section", "size_class")
_SIZES = 6


def summary_tiles(summary: Mapping[str, Any]) -> None:
    """The tiles of one row of ``simulation_summary``, and what to do where nothing changes."""
    unit = units.money_unit(summary["revenue_cny"])
    with figures():
        figure(
            f"{t('lab.revenue')} ({unit.symbol})",
            units.money_in(unit, summary["revenue_cny"]),
            change=summary["change_share"],
            compared=t("lab.against_now"),
            help_text=t("lab.now_is", money=units.money(summary["now_cny"])),
        )
        figure(
            t("lab.price"),
            units.bare_price(summary["price_cny_per_kwh"]),
            beside=f"{t('unit.cny')}/kWh",
            help_text=t("lab.price_note", energy=units.energy(summary["energy_kwh"])),
        )
        figure(
            t("lab.losers"),
            f"{summary['losers']:,}",
            beside=t("lab.of_accounts", accounts=f"{summary['accounts']:,}"),
            help_text=t("lab.losers_note"),
        )
        figure(
            t("lab.winners"),
            f"{summary['winners']:,}",
            beside=t("lab.unchanged", accounts=f"{summary['unchanged']:,}"),
        )
        figure(
            t("lab.median"),
            units.change(summary["median_change_share"]) or "–",
            beside=t("lab.p95", change=units.change(summary["change_share_p95"]) or "–"),
            help_text=t("lab.median_note", change=units.change(summary["change_share_p05"]) or "–"),
        )
    if summary["losers"] == summary["winners"] == 0:
        st.info(t("lab.nothing_changed"), icon=":material/touch_app:")


def side_by_side(summaries: pl.DataFrame, drafts: Drafts) -> None:
    """Every tariff tried, a row each."""
    st.subheader(t("lab.side_by_side"))
    shown = _named(summaries, drafts).select(
        "tariff",
        *("revenue_cny", "change_cny", "change_share", "price_cny_per_kwh"),
        *("losers", "winners", "unchanged", "median_change_share"),
        *("change_share_p05", "change_share_p95"),
    )
    show_table(shown, heads=_columns(shown))


def _columns(shown: pl.DataFrame) -> dict[str, Any]:
    found = columns(shown)
    for name in shown.columns:
        if "change_share" in name:
            label = t(f"column.{name}")
            found[name] = st.column_config.NumberColumn(label, format="percent")
        if name == "change_cny":
            label = heading(name)
            found[name] = st.column_config.NumberColumn(label, format="%,.2f", width=115)
    return found


def _named(frame: pl.DataFrame, drafts: Drafts) -> pl.DataFrame:
    return frame.with_columns(pl.col("tariff").replace_strict(drafts.names, return_dtype=pl.String))


def change_and_groups(drafts: Drafts, chosen: Chosen) -> None:
    """The distribution of changes, and which groups win and lose by the tariff shown."""
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(t("lab.distribution"))
        changes = ask(simulation_changes, tariffs=drafts.texts, **chosen.inputs)
        chart = change_bars(changes, drafts.names, drafts.current.code, look=current_look())
        st.altair_chart(chart, theme=None)
        st.caption(t("lab.distribution_note"))
    with right:
        st.subheader(t("lab.who"))
        group_by = st.segmented_control(
            t("lab.who"),
            _GROUPS,
            format_func=lambda one: t(f"lab.group_{one}"),
            default=_GROUPS[0],
            key="group_by",
            label_visibility="collapsed",
            required=True,
        )
        groups = ask(
            simulation_groups,
            tariffs=(drafts.current.text,),
            **chosen.inputs,
            group_by=group_by,
        )
        words = _group_words(groups, group_by, chosen)
        st.altair_chart(winners_and_losers(groups, words, look=current_look()), theme=None)
        st.caption(t("lab.groups_note"))


def _group_words(groups: pl.DataFrame, group_by: str, chosen: Chosen) -> dict[str, str]:
    """Names of groups, in the order in which they are drawn."""
    found: list[str] = groups["group"].to_list()
    if group_by == "size_class":
        return {code: t(f"lab.size_{code}") for code in found}
    words = {
        code: chosen.regions.get(code) or in_words(group_by, code) for code in found if code != "-"
    }
    return words | ({"-": t("lab.not_known")} if "-" in found else {})


def revenue_parts(drafts: Drafts, chosen: Chosen) -> None:
    """What revenue consists of, now and under every tariff."""
    heading, choice = st.columns([3, 1.4], vertical_alignment="bottom")
    heading.subheader(t("lab.revenue_parts"))
    with choice:
        by = st.segmented_control(
            t("lab.revenue_parts"),
            ("period", "component"),
            format_func=lambda one: t(f"lab.by_{one}"),
            default="period",
            key="revenue_by",
            label_visibility="collapsed",
            required=True,
        )
    revenue = ask(simulation_revenue, tariffs=drafts.texts, **chosen.inputs)
    names = {NOW: t("lab.now"), **drafts.names}
    st.altair_chart(revenue_bars(revenue, names, by, look=current_look()), theme=None)
    # Not an expander: that would send and draw the table at every price, unseen.
    if st.toggle(t("load.table"), key="revenue_table"):
        shown = revenue.select(
            pl.col("tariff").replace_strict(names, return_dtype=pl.String),
            _worded("charge_kind", "kind", revenue),
            _worded("component", "component", revenue),
            _worded("period_of_day", "period", revenue),
            "tier",
            "quantity",
            "revenue_cny",
            "price",
        )
        config = columns(shown)
        config["price"] = st.column_config.NumberColumn(t("column.mean_price"), format="%.6f")
        show_table(shown, heads=config)


def _worded(section: str, column: str, frame: pl.DataFrame) -> pl.Expr:
    words = {code: word(section, code) for code in frame[column].drop_nulls().unique()}
    return pl.col(column).replace_strict(words, default=None, return_dtype=pl.String)


def who_loses_most(drafts: Drafts, chosen: Chosen) -> None:
    """The accounts whose bills rise by most under the tariff shown, or fall."""
    heading, choice = st.columns([3, 1.4], vertical_alignment="bottom")
    heading.subheader(t("lab.most", name=drafts.current.name))
    with choice:
        side = st.segmented_control(
            t("lab.most", name=""),
            get_args(Side),
            format_func=lambda one: t(f"lab.side_{one}"),
            default="losers",
            key="side",
            label_visibility="collapsed",
            required=True,
        )
    found = ask(
        simulation_losers, tariffs=(drafts.current.text,), **chosen.inputs, side=side, most=20
    )
    if found.is_empty():
        st.info(t(f"lab.no_{side}"), icon=":material/check:")
        return
    regions = pl.col("region_id").replace(chosen.regions)
    shown = found.select(
        *("name", "customer_id"),
        _worded("customer_class", "customer_class", found),
        regions,
        *("energy_kwh", "now_cny", "owed_cny", "change_cny", "change_share"),
        "price_cny_per_kwh",
        "is_complete",
    )
    show_table(shown, heads=_columns(shown))


def notes(drafts: Drafts, chosen: Chosen) -> None:
    """What the figures rest on: warnings in sight, the rest one click away."""
    found = ask(simulation_notes, tariffs=drafts.texts, **chosen.inputs)
    rows = list(found.iter_rows(named=True))
    names = {NOW: t("lab.now"), **drafts.names}
    said = [
        t(
            f"lab.note_{row['note']}",
            accounts=f"{row['accounts']:,}",
            energy=units.energy(row["energy_kwh"]),
        )
        for row in rows
        if row["accounts"]
    ]
    reasons = dict.fromkeys(row["detail"] for row in rows if row["note"] == "by_rows")
    said += [t("lab.note_by_rows", reason=t(f"cube_limit.{reason}")) for reason in reasons]
    if said:
        st.warning("\n".join(f"- {text}" for text in said), icon=":material/info:")
    with st.expander(t("billing.how_certain"), icon=":material/help:"):
        if language() != "en":
            st.caption(t("lab.sources_in_english"))
        own = {row["detail"] for row in rows if row["tariff"] != NOW}
        lines = dict.fromkeys(
            f"{_of(row, names)}{row['detail']}"
            for row in rows
            if row["note"] in {"certainty", "doubt", "warning"}
            and not (row["tariff"] == NOW and row["detail"].partition(": ")[2] in own)
        )
        st.text("\n".join(lines))


def _of(row: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return f"{names[row['tariff']]} · " if row["note"] != "doubt" else ""


def take_away(drafts: Drafts, chosen: Chosen, here_name: str | None) -> None:
    """All bills as files, the tariff shown as TOML, and how to ask again."""
    inputs = {"tariffs": drafts.texts, **chosen.inputs}
    bills, names = later(tariff_simulation, **inputs), drafts.names
    parts = (here_name, chosen.row["price_class"], inputs["first_day"], inputs["last_day"])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.markdown(f"**{t('lab.all_bills')}**")
        offer_tables(
            file_name("billing/tariff_simulation", *parts),
            lambda: bills().with_columns(
                pl.col("tariff").replace_strict(names, return_dtype=pl.String)
            ),
        )
        _tariff_file(drafts.current)
        offer_reproduction(tariff_simulation, **inputs)


def _tariff_file(draft: Draft) -> None:
    st.download_button(
        "TOML",
        draft.text,
        f"{draft.code}.toml",
        "application/toml",
        icon=":material/download:",
        on_click="ignore",
        help=t("lab.tariff_file"),
        key="download_tariff",
    )


def summaries_of(drafts: Drafts, chosen: Chosen) -> pl.DataFrame:
    """``simulation_summary`` of all that is tried."""
    return ask(simulation_summary, tariffs=drafts.texts, **chosen.inputs)
