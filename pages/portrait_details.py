"""What the page of a portrait shows below: days, months, weather, equipment, contract, data."""

import polars as pl
import streamlit as st

from pages import units
from pages.charts import current_look
from pages.portrait_charts import month_bars, typical_days, weather_points, year_calendar
from pages.portrait_view import standard_moment
from pages.portrait_words import definitions, value_in_words
from pages.session import ask
from pages.tables import show_table
from pages.text import t
from queries.customers.portrait_days import portrait_days
from queries.customers.portrait_months import portrait_months
from queries.customers.portrait_traits import COOLING_FROM_C
from queries.customers.portrait_typical_days import portrait_typical_days
from queries.load.response import FITTED

_CONTRACT = ("capacity_kva", "capacity_use_share", "demand_use_share", "power_factor")
_DATA = ("actual_share", "estimated_share", "longest_gap_days")
_LIKELY = ("heating", "vehicle", "solar")
_MEASURED = {
    "heating": "heating_kwh_per_k",
    "vehicle": "charging_blocks_per_month",
    "solar": "solar_dip_share",
}
"""What is nothing where nothing speaks for it."""


def show_habits(point: str) -> None:
    """Typical days by season, and the months."""
    days_place, months_place = st.columns([3, 2], gap="large")
    with days_place:
        st.subheader(t("portrait.typical_days"))
        days = ask(portrait_typical_days, usage_point_id=point)
        if days.is_empty():
            st.info(t("portrait.no_whole_days"), icon=":material/hourglass_empty:")
        else:
            st.altair_chart(typical_days(days, look=current_look()), theme=None)
    with months_place:
        st.subheader(t("portrait.months"))
        months = ask(portrait_months, usage_point_id=point)
        st.altair_chart(month_bars(months, look=current_look()), theme=None)


def show_year(point: str, row: dict) -> None:
    """Every day of the year, and how its energy follows the temperature."""
    days = ask(portrait_days, usage_point_id=point)
    st.subheader(t("portrait.year"))
    st.altair_chart(year_calendar(days, look=current_look()), theme=None)
    st.caption(_festival(row))
    weather_place, likely_place = st.columns([3, 2], gap="large")
    with weather_place:
        st.subheader(t("portrait.weather"))
        if days["temperature_c"].count():
            st.altair_chart(weather_points(days, look=current_look()), theme=None)
        st.caption(_response(row))
    with likely_place:
        st.subheader(t("portrait.likely"))
        _show_likely(row)


def _festival(row: dict) -> str:
    if row["festival_status"] is None:
        return t("portrait.no_festival")
    kind = "home" if row["customer_class"] == "residential" else "business"
    return t(
        "portrait.festival",
        status=t(f"portrait_festival.{row['festival_status']}_{kind}"),
        festival=units.share(row["festival_ratio"]),
        holiday=units.share(row["holiday_ratio"]),
    )


def _response(row: dict) -> str:
    if row["response_status"] != FITTED:
        return t(f"fit_help.{row['response_status'] or 'few_days'}", months=12)
    parts = [
        t(
            "portrait.rising" if _is_season(part, row[change]) else f"portrait.{part}",
            change=value_in_words(change, row[change]),
            error=value_in_words("_error_c", row[f"{change.removesuffix('_c')}_error_c"]),
            slope=value_in_words("_kwh_per_k", row[f"{part}_kwh_per_k"]),
            slope_error=value_in_words("_kwh_per_k", row[f"{part}_error_kwh_per_k"]),
            share=units.share(row[f"{part}_share"]),
        )
        for part, change in (("heating", "heating_below_c"), ("cooling", "cooling_above_c"))
        if row[change] is not None
    ]
    told = " ".join(parts) or t("portrait.no_response")
    return f"{told} {t('portrait.fit', share=units.share(row['response_r_squared']))}"


def _is_season(part: str, change_c: float) -> bool:
    return part == "cooling" and change_c < COOLING_FROM_C


def _show_likely(row: dict) -> None:
    if row["customer_class"] != "residential":
        st.info(t("portrait.homes_only"), icon=":material/info:")
        return
    for kind in _LIKELY:
        likelihood = row[f"{kind}_likelihood"]
        st.markdown(
            f"**{t(f'portrait_feature.{kind}_likelihood')}**{t('portrait.colon')}"
            f"{value_in_words('_likelihood', likelihood)}  \n{_evidence(kind, row)}"
        )


def _evidence(kind: str, row: dict) -> str:
    if row[f"{kind}_likelihood"] is None:
        return t("portrait.not_judged")
    if not row[_MEASURED[kind]]:
        return t(f"portrait.no_{kind}")
    if kind == "heating":
        return t(
            "portrait.evidence_heating",
            slope=value_in_words("_kwh_per_k", row["heating_kwh_per_k"]),
            share=units.share(row["heating_share"]),
        )
    if kind == "vehicle":
        return t(
            "portrait.evidence_vehicle",
            blocks=f"{row['charging_blocks_per_month']:.1f}",
            power=units.power(row["charging_kw"]),
        )
    return t(
        "portrait.evidence_solar",
        dips=units.share(row["solar_dip_share"]),
        energy=units.energy(row["exported_kwh"]),
    )


def show_contract(row: dict) -> None:
    """Highest load against the contract, and what the readings are worth."""
    contract_place, data_place = st.columns(2, gap="large")
    with contract_place:
        st.subheader(t("portrait.contract"))
        lines = [_line(name, row) for name in _CONTRACT]
        lines.append(f"- {t('portrait.peak_was', at=standard_moment(row) or '–')}")
        st.markdown("\n".join(lines))
    with data_place:
        st.subheader(t("portrait.data"))
        lines = [_line(name, row) for name in _DATA[:2]]
        gap = row["longest_gap_days"]
        shown = "–" if gap is None else units.in_days(gap)
        lines.append(f"- {t('portrait_feature.longest_gap_days')}{t('portrait.colon')}**{shown}**")
        if row["fitted_on"] is not None:
            lines.append(f"- {t('portrait.fitted_on', day=units.day(row['fitted_on']))}")
        st.markdown("\n".join(lines))


def _line(name: str, row: dict) -> str:
    return (
        f"- {t(f'portrait_feature.{name}')}{t('portrait.colon')}"
        f"**{value_in_words(name, row[name])}**"
    )


def show_all(compared: pl.DataFrame) -> None:
    """Every figure beside the quartiles of the class, and what each means."""
    st.subheader(t("portrait.all"))
    shown = [
        {
            t("portrait.feature"): t(f"portrait_feature.{row['feature']}"),
            t("portrait.value"): value_in_words(row["feature"], row["value"]),
            **{
                t(f"portrait.{name}"): value_in_words(row["feature"], row[name])
                for name in ("low_quartile", "class_median", "high_quartile")
            },
            t("portrait.customers"): row["usage_points"],
        }
        for row in compared.rename({"median": "class_median"}).iter_rows(named=True)
    ]
    show_table(pl.DataFrame(shown), most=380, heads={})
    with st.expander(t("portrait.definitions"), icon=":material/menu_book:"):
        st.markdown(t("portrait.definitions_note"))
        st.markdown(definitions([*compared["feature"], "longest_gap_days"]))
