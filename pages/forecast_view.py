"""What the page of forecasts shows: the days ahead, how good forecasts were, why, and alarms."""

from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.answer_row import offer_answer
from pages.charts import LIGHT, current_look
from pages.districts import District
from pages.downloads import file_name
from pages.figures import figure, figures
from pages.forecast_charts import accuracy_lines, driver_bars, forecast_fan, temperature_line
from pages.forecast_words import (
    band_words,
    day_words,
    in_forecast_words,
    made_words,
    series_name,
    served_words,
)
from pages.inputs import kept_select
from pages.session import ask, settings
from pages.tables import show_table
from pages.text import t
from queries.load.forecast_accuracy import forecast_accuracy
from queries.load.forecast_against_actual import forecast_against_actual
from queries.load.forecast_alarms import DAYS as ALARM_DAYS
from queries.load.forecast_alarms import forecast_alarms
from queries.load.forecast_curve import forecast_curve
from queries.load.forecast_days import forecast_days
from queries.load.forecast_drift import forecast_drift
from queries.load.forecast_drivers import forecast_drivers
from queries.load.forecast_series import forecast_series
from queries.load.model_scores import model_scores

COMMAND = "python -m ingest forecast"


def pick_series(here: District) -> dict[str, Any] | None:
    """One of the loads that are forecast; None, and what to do, where there is none."""
    found = ask(forecast_series, **here.inputs)
    if found.is_empty():
        st.info(t("forecast.none"), icon=":material/hourglass_empty:")
        st.code(COMMAND, language="bash")
        return None
    rows = {row["series_id"]: row for row in found.iter_rows(named=True)}
    chosen = kept_select(
        "series", t("forecast.series"), list(rows), lambda name: series_name(rows[name])
    )
    return rows[chosen]


def show_ahead(here: District, series: dict[str, Any]) -> None:
    """Tomorrow and the week: figures of the first day, the bands, the days in a table."""
    asked = {"series_id": series["series_id"]}
    curve, days = ask(forecast_curve, **asked), ask(forecast_days, **asked)
    first = days.row(0, named=True)
    with figures():
        day = units.day(first["service_date"], with_year=False, with_weekday=True)
        figure(t("forecast.day"), day, beside=day_words(first["day_kind"], first["day_class"]))
        figure(t("forecast.energy"), units.energy(first["energy_kwh"]))
        figure(
            t("forecast.peak"),
            units.power(first["highest_kw"]),
            beside=t("forecast.at", time=units.clock(first["peak_at"])),
            help_text=t("forecast.peak_note"),
        )
        figure(
            t("forecast.peak_band"),
            band_words(first["peak_low_80_kw"], first["peak_high_80_kw"]),
            help_text=t("forecast.band_note"),
        )
        if first["temperature_c"] is not None:
            figure(
                t("forecast.temperature"),
                f"{first['temperature_c']:.1f} °C",
                beside=t(
                    "forecast.degrees_from_to",
                    low=f"{first['coldest_c']:.0f}",
                    high=f"{first['warmest_c']:.0f}",
                ),
            )
    st.caption(made_words(series, settings().zone))
    scores = ask(model_scores, **here.inputs).filter(pl.col("series_id") == series["series_id"])
    if not scores.is_empty():
        st.caption(served_words(scores))
    title = t("forecast.ahead", days=units.days(series["first_day"], series["last_day"]))
    st.subheader(title)
    st.altair_chart(forecast_fan(curve, look=current_look()), theme=None)
    if curve["temperature_c"].count() > 0:
        st.altair_chart(temperature_line(curve, look=current_look()), theme=None)
    st.caption(t(f"forecast.temperature_{series['temperature_kind']}"))
    shown = in_forecast_words(days)
    show_table(shown)
    offer_answer(
        forecast_curve,
        asked,
        file_name("load/forecast", series["area_id"], series["first_day"]),
        chart=lambda: forecast_fan(curve, look=LIGHT),
        title=title,
    )


def show_drivers(series: dict[str, Any]) -> None:
    """What moves each day off the usual day."""
    drivers = ask(forecast_drivers, series_id=series["series_id"])
    if drivers.is_empty():
        return
    st.subheader(t("forecast.drivers"))
    st.altair_chart(driver_bars(drivers, look=current_look()), theme=None)
    st.caption(t("forecast.drivers_note"))


def show_accuracy(series: dict[str, Any]) -> None:
    """The errors of the last 30 days, and whether they have grown."""
    asked = {"series_id": series["series_id"]}
    st.subheader(t("forecast.accuracy"))
    drift = ask(forecast_drift, **asked)
    if drift.is_empty():
        st.info(t("forecast.nothing_checked"), icon=":material/hourglass_empty:")
        return
    row = drift.row(0, named=True)
    with figures("accuracy"):
        figure(
            t("forecast.mape"),
            units.share(row["mape_share"]),
            beside=t("date.count", count=row["month_days"]),
            help_text=t("forecast.mape_note"),
        )
        for name in ("naive_168h", "naive_24h"):
            figure(
                t(f"forecast.{name}"),
                units.share(row[f"{name}_mape_share"]),
                help_text=t("forecast.naive_note"),
            )
        for band in ("80", "95"):
            figure(
                t(f"forecast.coverage_{band}"),
                units.share(row[f"coverage_{band}_share"]),
                beside=t("forecast.promised", share=f"{band}%"),
            )
        figure(
            t("forecast.last_week"),
            units.share(row["recent_mape_share"]),
            change=row["change_share"],
            compared=t("forecast.before"),
            help_text=t("forecast.before_note", days=row["before_days"]),
        )
    if row["is_drifting"]:
        st.warning(t("forecast.drifting"), icon=":material/trending_down:")
    days = ask(forecast_accuracy, **asked)
    st.altair_chart(accuracy_lines(days, look=current_look()), theme=None)
    st.caption(t("forecast.accuracy_note"))


def show_truth(series: dict[str, Any]) -> None:
    """The last week's day-ahead forecasts against what came, and when the band was left."""
    asked = {"series_id": series["series_id"]}
    truth = ask(forecast_against_actual, **asked)
    if truth.is_empty():
        return
    title = t("forecast.against")
    st.subheader(title)
    st.altair_chart(forecast_fan(truth, look=current_look()), theme=None)
    afterwards = truth["is_made_afterwards"].any()
    st.caption(t("forecast.made_afterwards" if afterwards else "forecast.against_note"))
    name = file_name("load/forecast-against-actual", series["area_id"])
    offer_answer(forecast_against_actual, asked, name)
    st.subheader(t("forecast.alarms"))
    alarms = ask(forecast_alarms, **asked)
    if alarms.is_empty():
        st.success(t("forecast.no_alarm", days=ALARM_DAYS), icon=":material/check_circle:")
        return
    sides = {side: t(f"forecast.{side}") for side in ("above", "below")}
    shown = alarms.with_columns(pl.col("direction").replace_strict(sides)).rename(
        {"load_kw": "forecast_kw"}
    )
    show_table(shown, most=320)
    st.caption(t("forecast.alarms_note", days=ALARM_DAYS))
