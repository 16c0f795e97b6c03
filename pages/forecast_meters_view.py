"""What the page of forecasts shows of single meters, of customers and of any group of them."""

import polars as pl
import streamlit as st

from pages import units
from pages.charts import LIGHT, current_look
from pages.districts import District
from pages.downloads import file_name, later, offer_downloads
from pages.figures import figure, figures
from pages.forecast_charts import meter_lines
from pages.inputs import Area, pick_area
from pages.reproduce import offer_reproduction
from pages.session import ask, waiting
from pages.tables import show_table
from pages.text import t
from queries.load.forecast_meter_accuracy import forecast_meter_accuracy
from queries.load.forecast_meter_days import forecast_meter_days
from queries.load.forecast_meters import forecast_meters

COMMAND = "python -m ingest forecast --meters"


def show_meters(here: District) -> None:
    """Tomorrow and the week of the meters chosen, and how good the recent days' forecasts were."""
    st.subheader(t("forecast.meters"))
    st.caption(t("forecast.meters_about"))
    with st.container(border=True):
        kind_place, area_place = st.columns([2, 4])
        area = pick_area(here, kind_place, area_place)
    with waiting():
        curve = ask(forecast_meters, **area.inputs)
        if curve.is_empty():
            st.info(t("forecast.meters_none"), icon=":material/hourglass_empty:")
            st.code(COMMAND, language="bash")
            return
        _show_days(area, curve)
        _show_accuracy(area)


def _show_days(area: Area, curve: pl.DataFrame) -> None:
    days = ask(forecast_meter_days, **area.inputs)
    first = days.row(0, named=True)
    with figures("meters"):
        day = units.day(first["service_date"], with_year=False, with_weekday=True)
        figure(t("forecast.day"), day)
        figure(t("column.usage_points"), f"{first['usage_points']:,}")
        figure(t("forecast.energy"), units.energy(first["energy_kwh"]))
        figure(
            t("forecast.peak"),
            units.power(first["highest_kw"]),
            beside=t("forecast.at", time=units.clock(first["peak_at"])),
            help_text=t("forecast.peak_note"),
        )
    title = t(
        "forecast.meters_ahead",
        name=area.label,
        days=units.days(days["service_date"][0], days["service_date"][-1]),
    )
    st.markdown(f"**{title}**")
    st.altair_chart(meter_lines(curve, look=current_look()), theme=None)
    is_single = curve["low_80_kw"].count() > 0
    st.caption(t("forecast.meters_single" if is_single else "forecast.meters_sum"))
    has_whole = days["whole_kwh"].count() > 0
    shown = days if has_whole else days.drop("whole_kwh", "difference_share")
    shown = shown.with_columns(pl.col("peak_at").dt.strftime("%H:%M"))
    show_table(shown)
    if has_whole:
        st.caption(t("forecast.meters_whole"))
    with st.container(horizontal=True):
        offer_downloads(
            file_name("load/forecast-meters", area.area_id or area.here.file_name),
            later(forecast_meters, **area.inputs),
            lambda: meter_lines(curve, look=LIGHT),
            title=title,
        )
        offer_reproduction(forecast_meters, **area.inputs)


def _show_accuracy(area: Area) -> None:
    accuracy = ask(forecast_meter_accuracy, **area.inputs)
    if accuracy.is_empty():
        st.info(t("forecast.nothing_checked"), icon=":material/hourglass_empty:")
        return
    st.markdown(f"**{t('forecast.meters_accuracy')}**")
    last = accuracy.row(-1, named=True)
    with figures("meters_accuracy"):
        day = units.day(last["service_date"], with_year=False, with_weekday=True)
        figure(
            t("forecast.meters_error"),
            units.share(last["error_share"]),
            beside=day,
            help_text=t("forecast.meters_error_note"),
        )
        figure(t("forecast.naive_168h"), units.share(last["week_before_error_share"]), beside=day)
        if last["usage_points"] > 1:
            figure(
                t("forecast.meters_each"),
                units.share(last["meter_error_share"]),
                help_text=t("forecast.meters_each_note"),
            )
            figure(t("forecast.meters_better"), units.share(last["better_share"]))
    shown = accuracy.sort("service_date", descending=True)
    show_table(shown, most=320)
    st.caption(t("forecast.meters_accuracy_note"))
    with st.container(horizontal=True):
        offer_reproduction(forecast_meter_accuracy, **area.inputs)
