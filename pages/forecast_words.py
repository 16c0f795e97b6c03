"""Forecasts in words: what is forecast, what kind of day it is, when and from what it was made."""

from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from pages import units
from pages.inputs import in_words
from pages.text import catalogue, language, t
from queries.forecasting.choice import DOUBT, MARGIN


def series_name(row: dict[str, Any]) -> str:
    """``线路 晨田线``: what is forecast, in the reader's language."""
    name = (row["name_en"] if language() == "en" else None) or row["name"]
    if row["kind"] == "customer_class":
        name = in_words("customer_class", row["area_id"])
    elif row["kind"] == "customer":
        name = f"{name} ({row['area_id']})" if name else row["area_id"]
    return t(f"series_kind.{row['kind']}", name=name or row["area_id"])


def day_words(day_kind: str, day_class: str) -> str:
    """``工作日``, ``休息日``, or the holiday's name, and make-up workdays as such."""
    _, _, special = day_class.partition(":")
    if special == "make_up_workday":
        return t("forecast.make_up_workday")
    if special:
        known = catalogue(language()).get(f"holiday.{special}")
        return known or t("forecast.day_off")
    return t(f"forecast.{day_kind}")


def band_words(low_kw: float, high_kw: float) -> str:
    """``3.10–3.43 MW``: both in the same unit, said once, in three digits."""
    unit = units.power_unit(high_kw)
    low, high = (
        f"{value / unit.size:,.{_digits(high_kw / unit.size)}f}" for value in (low_kw, high_kw)
    )
    return f"{low}–{high} {unit.symbol}"


def _digits(largest: float) -> int:
    return 2 if abs(largest) < 10 else 1 if abs(largest) < 100 else 0


def made_words(series: dict[str, Any], zone: ZoneInfo) -> str:
    """From which moment's knowledge the forecast is, and when it was made."""
    issued, stored = (
        units.moment(series[name].astimezone(zone), with_year=True)
        for name in ("issued_at", "received_at")
    )
    return t("forecast.made", issued=issued, stored=stored)


def served_words(scores: pl.DataFrame) -> str:
    """Which model is served since when, and why that one.

    Args:
        scores: The candidates of one series, from ``model_scores``, the smallest error first.
    """
    best = scores.row(0, named=True)
    served = scores.filter("is_chosen").row(0, named=True)
    words = {
        "model": t(f"model.{served['model']}"),
        "days": units.days(served["first_day"], served["last_day"]),
        "error": units.share(served["mape_share"]),
    }
    told = t("lab_models.served", **words)
    if served["served_since"] is not None:
        told += t("lab_models.served_since", day=units.day(served["served_since"]))
    if served["model_before"] is not None:
        told += t("lab_models.served_before", model=t(f"model.{served['model_before']}"))
    if best["is_chosen"] or best["lead_share"] is None:
        return told + t("lab_models.served_best")
    return told + t(
        "lab_models.served_still",
        model=t(f"model.{best['model']}"),
        lead=units.share(best["lead_share"]),
        chance=units.share(best["doubt_share"]),
        margin=units.share(MARGIN),
        doubt=units.share(DOUBT),
    )


def in_forecast_words(days: pl.DataFrame) -> pl.DataFrame:
    """The days ahead as a table to read."""
    words = [
        day_words(kind, day_class)
        for kind, day_class in days.select("day_kind", "day_class").iter_rows()
    ]
    return days.select(
        "service_date",
        pl.Series("day_type", words, dtype=pl.String),
        "energy_kwh",
        "highest_kw",
        pl.col("peak_at").dt.strftime("%H:%M"),
        "peak_low_80_kw",
        "peak_high_80_kw",
        "valley_kw",
        "temperature_c",
    )
