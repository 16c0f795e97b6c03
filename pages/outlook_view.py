"""What the page of the outlook shows of demand: figures, fans, causes, scenarios, and its past."""

from typing import Any, get_args

import polars as pl
import streamlit as st

from pages import units
from pages.charts import LIGHT, current_look
from pages.columns import columns
from pages.districts import District
from pages.downloads import file_name, later, offer_downloads
from pages.figures import figure, figures
from pages.grid_words import name_of
from pages.inputs import in_words, kept_select
from pages.outlook_assumptions import use
from pages.outlook_charts import backtest_fan, growth_parts, month_fan, outlook_fan
from pages.reproduce import offer_reproduction
from pages.session import ask
from pages.tables import show_table
from pages.text import t
from queries.load.areas import areas
from queries.load.growth import growth
from queries.market.assumptions import as_text, read_assumptions
from queries.market.outlook import By, outlook
from queries.market.outlook_backtest import outlook_backtest
from queries.market.outlook_basis import outlook_basis
from queries.market.outlook_elasticities import outlook_elasticities
from queries.market.outlook_history import outlook_history
from queries.market.outlook_parts import outlook_parts

_COMPARED_YEARS = (1, 5, 10)


def basis_or_none(asked: dict[str, Any]) -> dict[str, Any] | None:
    """What the outlook rests on, said in a sentence; None where that is not enough for one."""
    basis = ask(outlook_basis, **asked).row(0, named=True)
    if basis["base_year_kwh"] is None:
        st.info(t("outlook.too_short", months=basis["months"]), icon=":material/hourglass_empty:")
        return None
    notes = [
        t(
            "outlook.rests_on",
            months=basis["months"],
            points=f"{basis['usage_points']:,}",
            readings=units.share(basis["readings_share"]),
        )
    ]
    if basis["weather_years"]:
        notes.append(t("outlook.weather", years=basis["weather_years"], drawn=basis["drawn_years"]))
    else:
        notes.append(t("outlook.no_weather"))
    st.caption(" ".join(notes))
    return basis


def show_demand(here: District, asked: dict[str, Any], texts: dict[str, str]) -> None:
    """Everything about demand; nothing more where there is too little history."""
    basis = basis_or_none(asked)
    if basis is None:
        return
    found = ask(outlook, **asked)
    years = found.filter(pl.col("month").is_null())
    _figures(basis, years)
    _fans(here, asked, years)
    _side_by_side(asked, texts)
    _causes(asked)
    _months(asked, found)
    _groups(asked)
    _trust(here, asked)


def _figures(basis: dict[str, Any], years: pl.DataFrame) -> None:
    last = years.tail(1).row(0, named=True)
    with figures():
        figure(
            t("outlook.base_energy"),
            units.energy(basis["base_year_kwh"]),
            beside=t("outlook.observed", energy=units.energy(basis["observed_kwh"])),
            help_text=t("outlook.base_energy_note"),
        )
        figure(
            t("outlook.energy_in", year=last["year"]),
            units.energy(last["energy_p50_kwh"]),
            beside=_energy_band(last),
            help_text=t("outlook.band_note"),
        )
        figure(
            t("outlook.energy_growth"),
            units.change(last["energy_growth_share"]) or "–",
            beside=t("outlook.a_year"),
        )
        figure(
            t("outlook.base_peak"),
            units.power(basis["base_year_kw"]),
            beside=t("outlook.as_it_was"),
            help_text=t("load.quarter_hours"),
        )
        figure(
            t("outlook.peak_in", year=last["year"]),
            units.power(last["peak_p50_kw"]),
            beside=_power_band(last),
            help_text=t("outlook.band_note"),
        )
        figure(
            t("outlook.peak_growth"),
            units.change(last["peak_growth_share"]) or "–",
            beside=t("outlook.a_year"),
        )


def _energy_band(row: dict[str, Any]) -> str:
    unit = units.energy_unit(row["energy_p90_kwh"])
    return _band(row["energy_p10_kwh"], row["energy_p90_kwh"], unit)


def _power_band(row: dict[str, Any]) -> str:
    return _band(row["peak_p10_kw"], row["peak_p90_kw"], units.power_unit(row["peak_p90_kw"]))


def _band(low: float, high: float, unit: units.Unit) -> str:
    """``3,630–5,287 万kWh``."""
    return f"{units.number(low / unit.size)}–{units.number(high / unit.size)} {unit.symbol}"


def _fans(here: District, asked: dict[str, Any], years: pl.DataFrame) -> None:
    for place, quantity in zip(st.columns(2, gap="large"), ("energy", "peak"), strict=True):
        with place:
            st.subheader(t(f"outlook.{quantity}_by_year"))
            st.altair_chart(outlook_fan(years, quantity, look=current_look()), theme=None)
    st.caption(t("outlook.fan_note"))
    with st.container(horizontal=True):
        offer_downloads(
            file_name("market/outlook", here.file_name),
            later(outlook, **asked),
            lambda: outlook_fan(years, "energy", look=LIGHT),
            title=t("outlook.energy_by_year"),
        )
        offer_reproduction(outlook, **asked)


def _causes(asked: dict[str, Any]) -> None:
    st.subheader(t("outlook.causes"))
    parts = ask(outlook_parts, **asked)
    st.altair_chart(growth_parts(parts, look=current_look()), theme=None)
    st.caption(t("outlook.causes_note"))


def _side_by_side(asked: dict[str, Any], texts: dict[str, str]) -> None:
    st.subheader(t("outlook.side_by_side"))
    rows = []
    for name, text in texts.items():
        found = ask(outlook, **{**asked, "assumptions": text})
        years = found.filter(pl.col("month").is_null()).with_row_index("ahead", offset=1)
        chosen = years.filter(pl.col("ahead").is_in(_COMPARED_YEARS))
        rows += [
            {
                t("column.year"): str(row["year"]),
                t("outlook.scenario"): t(f"outlook_scenario.{name}"),
                t("outlook.energy"): units.energy(row["energy_p50_kwh"]),
                t("outlook.energy_band"): _energy_band(row),
                t("column.energy_growth_share"): units.change(row["energy_growth_share"]),
                t("outlook.peak"): units.power(row["peak_p50_kw"]),
                t("outlook.peak_band"): _power_band(row),
                t("column.peak_growth_share"): units.change(row["peak_growth_share"]),
            }
            for row in chosen.iter_rows(named=True)
        ]
    table = pl.DataFrame(rows).sort(t("column.year"), maintain_order=True)
    show_table(table, most=460, heads={})


def _months(asked: dict[str, Any], found: pl.DataFrame) -> None:
    with st.expander(t("outlook.by_month"), icon=":material/calendar_month:"):
        history = ask(outlook_history, **_place(asked))
        before = (
            history.group_by("month").agg(pl.col("energy_kwh").sum().alias("value")).sort("month")
        )
        months = found.filter(pl.col("month").is_not_null())
        st.altair_chart(month_fan(months, before, "energy", look=current_look()), theme=None)
        shown = months.drop("group", "year", "energy_growth_share", "peak_growth_share")
        show_table(shown, most=320)


def _groups(asked: dict[str, Any]) -> None:
    st.subheader(t("outlook.groups"))
    kinds = [kind for kind in get_args(By) if kind != "all"]
    kind: Any = kept_select("outlook_by", t("outlook.by"), kinds, lambda k: t(f"outlook_by.{k}"))
    found = ask(outlook, **asked, by=kind)
    last = found.filter(pl.col("month").is_null(), pl.col("year") == pl.col("year").max())
    names = _names(kind, last["group"].to_list())
    shown = last.select(
        pl.Series("group", names, dtype=pl.String),
        "base_year_kwh",
        "energy_p50_kwh",
        "energy_p10_kwh",
        "energy_p90_kwh",
        "energy_growth_share",
        "base_year_kw",
        "peak_p50_kw",
        "peak_p10_kw",
        "peak_p90_kw",
        "peak_growth_share",
    )
    shown = shown.sort("energy_p50_kwh", descending=True)
    show_table(shown, most=460)
    st.caption(t("outlook.groups_note"))


def _names(kind: By, groups: list[str]) -> list[str]:
    """What groups are called: sectors and industries in words, regions by name."""
    if kind != "region":
        words = "sector" if kind == "sector" else "industry_section"
        return [in_words(words, one) for one in groups]
    known = ask(areas, area_kind="region")
    named = {row["area_id"]: name_of(row, "area_id") for row in known.iter_rows(named=True)}
    return [named.get(one, one) for one in groups]


def _trust(here: District, asked: dict[str, Any]) -> None:
    st.subheader(t("outlook.trust"))
    _measured(here, asked)
    left, right = st.columns([2, 3], gap="large")
    with left:
        _backtest(asked)
    with right:
        _elasticities(asked)


def _measured(here: District, asked: dict[str, Any]) -> None:
    """What the last year grew by at equal temperature, beside what is assumed."""
    found = ask(
        growth, first_day=here.first_day, last_day=here.last_day, group_by="all", **_place(asked)
    )
    row = found.row(0, named=True) if not found.is_empty() else {"growth_share": None}
    if row["growth_share"] is None:
        return
    st.markdown(
        t(
            "outlook.measured",
            growth=units.change(row["growth_share"]),
            low=units.change(row["growth_low_share"]),
            high=units.change(row["growth_high_share"]),
        )
    )


def _backtest(asked: dict[str, Any]) -> None:
    st.markdown(f"**{t('outlook.backtest')}**")
    found = ask(outlook_backtest, **asked)
    if found.is_empty():
        st.info(t("outlook.not_enough_years"), icon=":material/hourglass_empty:")
        return
    year = found.filter(pl.col("month").is_null()).tail(1).row(0, named=True)
    months = found.filter(pl.col("month").is_not_null())
    st.altair_chart(backtest_fan(found, look=current_look()), theme=None)
    st.caption(
        t(
            "outlook.backtest_note",
            energy=units.change(year["energy_error_share"]),
            peak=units.change(year["peak_error_share"]),
            before=units.change(year["year_before_error_share"]),
            inside=months["is_energy_inside"].sum(),
            months=months.height,
        )
    )
    with st.expander(t("load.table"), icon=":material/table:"):
        show_table(found)


def _elasticities(asked: dict[str, Any]) -> None:
    st.markdown(f"**{t('outlook.elasticities')}**")
    found = ask(outlook_elasticities, **asked)
    shown = found.with_columns(
        pl.Series("sector", [in_words("sector", one) for one in found["sector"]]),
        pl.Series("driver", [in_words("driver", one or "-") for one in found["driver"]]),
    ).drop("base_year_kwh", "assumed_spread")
    if found["estimated"].is_null().all():
        shown = shown.select("sector", "assumed", "driver")
    numbers = ("assumed", "estimated", "estimated_error", "suggested")
    fine = {
        name: st.column_config.NumberColumn(t(f"column.{name}"), format="%.2f")
        for name in numbers
        if name in shown.columns
    }
    show_table(shown, heads=columns(shown) | fine)
    st.caption(t("outlook.elasticities_note"))
    differs = found.filter(pl.col("suggested") != pl.col("assumed"))
    if not differs.is_empty() and st.button(t("outlook.take_suggested"), icon=":material/done:"):
        suggested = dict(found.select("sector", "suggested").iter_rows())
        given = read_assumptions(asked["assumptions"])
        elasticity = given.elasticity.model_copy(update=suggested)
        use(as_text(given.model_copy(update={"elasticity": elasticity})))
        st.rerun()


def _place(asked: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if name != "assumptions"}
