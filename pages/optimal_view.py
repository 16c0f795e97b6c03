"""What the page of best prices shows: the prices, what they bring, what stands in their way."""

from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.charts import current_look
from pages.demand_handover import hand_over_tariff
from pages.dials import hours_in_words, word
from pages.downloads import file_name, later, offer_tables
from pages.figures import figure, figures
from pages.optimal_charts import changes_histogram, decile_bars, peak_day, tradeoff_line
from pages.optimal_inputs import hours_name
from pages.reproduce import offer_reproduction
from pages.session import ask
from pages.tables import show_table
from pages.text import t
from queries.billing.dials import dials as dials_of
from queries.billing.lab import tariff_of
from queries.billing.tariff_hours import calendar_of
from queries.demand.optimal_bills import optimal_bills
from queries.demand.optimal_constraints import optimal_constraints
from queries.demand.optimal_day import optimal_day
from queries.demand.optimal_deciles import optimal_deciles
from queries.demand.optimal_prices import optimal_prices
from queries.demand.optimal_summary import optimal_summary
from queries.demand.optimal_tradeoff import optimal_tradeoff

_SHARES = {"revenue", "bill_rise", "bill_rise_after", "low_use"}


def show_optimum(asked: dict[str, Any], price_class: str, place: str | None) -> None:
    """All of it, for the problem asked about."""
    row = ask(optimal_summary, **asked).row(0, named=True)
    _tiles(row)
    _doubts(row)
    prices_place, day_place = st.columns([1.45, 1], gap="large")
    with prices_place:
        _prices(asked, row)
    with day_place:
        _day(asked)
    _hand_over(row, price_class, asked, place)
    bills_place, deciles_place = st.columns(2, gap="large")
    with bills_place:
        st.subheader(t("optimal.bills_question"))
        changes = ask(optimal_bills, **asked)
        st.altair_chart(changes_histogram(changes, look=current_look()), theme=None)
        st.caption(
            t("optimal.bills_note", winners=f"{row['winners']:,}", losers=f"{row['losers']:,}")
        )
    with deciles_place:
        st.subheader(t("optimal.deciles_question"))
        deciles = ask(optimal_deciles, **asked)
        st.altair_chart(decile_bars(deciles, look=current_look()), theme=None)
        st.caption(t("optimal.deciles_note"))


def show_room(asked: dict[str, Any]) -> None:
    """What stands in the way, and what more room would give: searched anew for each."""
    conditions_place, tradeoff_place = st.columns([2.2, 1], gap="large")
    row = ask(optimal_summary, **asked).row(0, named=True)
    with conditions_place:
        st.subheader(t("optimal.conditions_question"))
        _conditions(ask(optimal_constraints, **asked), row["aim"])
        st.caption(t("optimal.conditions_note"))
    with tradeoff_place:
        st.subheader(t("optimal.tradeoff_question"))
        curve = ask(optimal_tradeoff, **asked)
        st.altair_chart(tradeoff_line(curve, row["aim"], look=current_look()), theme=None)
        st.caption(t("optimal.tradeoff_note"))


def _tiles(row: dict[str, Any]) -> None:
    told = _told(row["aim"])
    with figures():
        figure(
            t(f"optimal.{row['aim']}_after"),
            told(row["after"]),
            beside=t("what_if.against", value=told(row["before"])),
            help_text=t(f"optimal.{row['aim']}_note"),
        )
        saved = row["before"] - row["after"]
        figure(
            t("optimal.saved"),
            told(saved),
            beside=f"{saved / row['before']:.2%}",
            help_text=_also(row),
        )
        figure(
            t("optimal.revenue"),
            units.money(row["answered_cny"]),
            beside=t("optimal.unanswered", value=units.money(row["unanswered_cny"])),
            help_text=t("optimal.revenue_note", now=units.money(row["now_cny"])),
        )
        figure(
            t("optimal.rise_p95"),
            _change(row["rise_share_p95"]),
            beside=t("optimal.rise_after", value=_change(row["rise_after_share_p95"])),
            help_text=t("optimal.rise_p95_note"),
        )
        figure(
            t("optimal.gap"),
            told(max(row["after"] - row["bound"], 0)),
            beside=t(f"optimal.certified_{str(row['is_certified']).lower()}"),
            help_text=t(
                "optimal.gap_note",
                share=f"{row['gap_share']:.4%}",
                boxes=f"{row['boxes']:,}",
                rounding=told(abs(row["rounding_loss"])),
            ),
        )


def _told(aim: str) -> Any:  # noqa: ANN401 - says a figure with its unit
    return units.power if aim == "peak" else units.money


def _also(row: dict[str, Any]) -> str:
    return t(
        "optimal.also",
        peak=units.power(row["peak_kw"] - row["peak_after_kw"]),
        cost=units.money(row["cost_cny"] - row["cost_after_cny"]),
        before_at=units.moment(row["peak_at"]),
        after_at=units.moment(row["peak_after_at"]),
    )


def _change(share: float) -> str:
    return units.change(share) or "0"


def _doubts(row: dict[str, Any]) -> None:
    if row["is_other_class"]:
        st.warning(t("optimal.other_class"), icon=":material/report:")
    if row["least_ratio"] < row["policy_ratio"]:
        st.caption(t("optimal.below_policy", ratio=f"{row['policy_ratio']:g}"))


def _prices(asked: dict[str, Any], row: dict[str, Any]) -> None:
    st.subheader(t("optimal.prices_of", hours=hours_name(row["hours"])))
    found = ask(optimal_prices, **asked)
    names = {one: word("period_of_day", one) for one in found["period"]}
    shown = found.with_columns(pl.col("period").replace_strict(names)).select(
        "period",
        "hours_per_day",
        *(["setting"] if row["form"] == "times" else []),
        "price_cny_per_kwh",
        "before_cny_per_kwh",
        *([] if row["form"] == "times" else ["times_flat"]),
        (pl.col("energy_after_kwh") / pl.col("energy_kwh") - 1).alias("use_change_share"),
    )
    show_table(shown, most=320, heads=_price_columns(shown))
    st.caption(t(f"optimal.form_{row['form']}"))
    calendar = calendar_of(tariff_of(row["tariff_text"]))
    if calendar is not None:
        with st.expander(t("optimal.hours_in_words"), icon=":material/schedule:"):
            words = hours_in_words(dials_of(calendar)).drop(t("column.day_kind"))
            show_table(words, most=400, heads={})


def _price_columns(shown: pl.DataFrame) -> dict[str, Any]:
    own = {
        "period": t("column.period"),
        "hours_per_day": t("column.hours_a_day"),
        "setting": t("optimal.setting"),
        "price_cny_per_kwh": t("optimal.new_price"),
        "before_cny_per_kwh": t("optimal.old_price"),
        "times_flat": t("optimal.times_flat"),
        "use_change_share": t("optimal.use_change"),
    }
    formats = {"hours_per_day": "%.1f", "setting": "%.4f", "times_flat": "%.2f"}
    formats |= {"price_cny_per_kwh": "%.4f", "before_cny_per_kwh": "%.4f"}
    number = st.column_config.NumberColumn
    return {
        name: own[name]
        if name == "period"
        else number(own[name], format=formats.get(name, "percent"))
        for name in shown.columns
    }


def _day(asked: dict[str, Any]) -> None:
    found = ask(optimal_day, **asked)
    st.subheader(t("optimal.day_question", day=units.day(found["service_date"][0])))
    st.altair_chart(peak_day(found, look=current_look()), theme=None)


def _hand_over(
    row: dict[str, Any], price_class: str, asked: dict[str, Any], place: str | None
) -> None:
    with st.container(horizontal=True):
        if st.button(t("demand_periods.try"), icon=":material/balance:", type="primary"):
            hand_over_tariff(row["tariff_text"], t("optimal.plan"), price_class)
        offer_tables(file_name("optimal-bills", place), later(optimal_bills, **asked))
        offer_reproduction(optimal_prices, **asked)
    if row["by_the_hour_accounts"] < row["accounts"]:
        st.caption(
            t(
                "optimal.laboratory_note",
                flat=f"{row['accounts'] - row['by_the_hour_accounts']:,}",
                all=f"{row['accounts']:,}",
            )
        )


def _conditions(found: pl.DataFrame, aim: str) -> None:
    told = _told(aim)

    def number(one: dict[str, Any], name: str) -> str:
        if one[name] is None:
            return "–"
        if one["condition"] in _SHARES:
            return f"{one[name]:+.2%}"
        return f"{one[name]:.2f}"

    rows = [
        {
            "condition": t(f"optimal.is_{one['condition']}"),
            "value": number(one, "value"),
            "bounds": f"{number(one, 'least')} … {number(one, 'most')}",
            "binds": one["binds"],
            "relaxed": "–" if one["gain"] is None else _step(one),
            "gain": "–" if one["gain"] is None else told(max(one["gain"], 0)),
        }
        for one in found.iter_rows(named=True)
    ]
    shown = pl.DataFrame(rows)
    heads = {name: t(f"optimal.head_{name}") for name in shown.columns}
    show_table(shown, most=480, heads=heads)


def _step(one: dict[str, Any]) -> str:
    if one["condition"] in _SHARES:
        return t("optimal.points", points=f"{one['relaxed_by'] * 100:+g}")
    return f"{one['relaxed_by']:+g}"
