"""A month of every usage point as sums from which portraits of any year are made."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.portrait_flexibility import flexible_kwh
from queries.customers.portrait_month_days import (
    NO_SHAPE,
    MonthDays,
    month_bounds,
    month_days,
)
from queries.customers.portrait_month_totals import month_totals
from queries.customers.portrait_periods import PEAK, hours_in
from queries.customers.portrait_places import READS as PLACE_READS
from queries.customers.portrait_places import portrait_places
from queries.day_kinds import day_kinds
from queries.lake import LakeState, lake_state
from queries.schema import PORTRAIT_MONTHS

MADE = ("received_at",)
"""Columns that the writer adds."""
READS = ("daily_features", "daily_totals", *PLACE_READS)

_FLAT_KW = 1e-4
"""Root of the summed squares of a day's hours about their mean, below which it has no shape."""


def month_rows(
    month: str, last_day: date, source: DuckDBPyConnection, other: DuckDBPyConnection
) -> pl.DataFrame:
    """The rows of ``portrait_months`` of ``month``, without the columns MADE.

    Args:
        month: ``YYYY-MM`` of standard time.
        last_day: Later days are not looked at, even if they were read.
        source: A lake that shows everything: the district's peak is of all its customers.
        other: Another cursor of it, which is read at the same time.
    """
    first_day, end = month_bounds(month)
    last_day = min(last_day, end)
    with ThreadPoolExecutor(1) as beside:
        added = beside.submit(month_totals, month, last_day, other)
        days = month_days(month, last_day, source)
        totals = added.result()
    points = days.points.to_frame().join(totals, on="usage_point_id", how="left")
    begins = points["first_day"].fill_null(first_day).to_numpy()
    before = (begins - np.datetime64(first_day)).astype(int)
    is_before = np.arange(days.base_kw.shape[1]) < before[:, None]
    days.load_kw[is_before], days.base_kw[is_before] = np.nan, np.nan
    days.shape_code[is_before] = NO_SHAPE
    state = lake_state(source)
    country = state.holiday_country
    is_rest = day_kinds(first_day, end, holiday_country=country)["day_kind"] == "rest_day"
    with ThreadPoolExecutor(1) as beside:
        flexible = beside.submit(_flexible, days, first_day, state)
        hours = _hours(days, is_rest.to_numpy())
    return (
        points.drop_nulls("known_days")
        .join(
            pl.DataFrame(
                {
                    "usage_point_id": days.points,
                    "features_version": days.features_version,
                    **hours,
                    "flexible_kwh": flexible.result(),
                    "district_peak_kw": _at_district_peak(days, portrait_places(source)),
                }
            ),
            on="usage_point_id",
        )
        .with_columns(
            pl.lit(month).alias("month"),
            pl.lit(last_day).alias("last_day"),
            pl.coalesce("peak_kw", "hourly_peak_kw").alias("peak_kw"),
        )
        .select(name for name in PORTRAIT_MONTHS.names if name not in MADE)
        .cast({n: t for n, t in PORTRAIT_MONTHS.schema.items() if n not in MADE})
    )


def _hours(days: MonthDays, is_rest: np.ndarray) -> dict[str, pl.Series]:
    """Sums over workdays and rest days of hours and of unit shapes, and what they count."""
    is_whole = np.all(~np.isnan(days.load_kw), axis=2)
    load_kw = np.where(is_whole[:, :, None], days.load_kw, 0)
    about = load_kw - load_kw.mean(axis=2, keepdims=True)
    length = np.sqrt((about**2).sum(axis=2))
    is_shaped = is_whole & (length > _FLAT_KW)
    about /= np.where(is_shaped, length, np.inf)[:, :, None]
    found: dict[str, pl.Series] = {}
    for kind, is_kind in (("workday", ~is_rest), ("rest_day", is_rest)):
        found[f"{kind}s"] = pl.Series((is_whole & is_kind).sum(axis=1))
        found[f"shaped_{kind}s"] = pl.Series((is_shaped & is_kind).sum(axis=1))
        for name, values in (("kwh", load_kw), ("shape", about)):
            found[f"{kind}_{name}"] = _lists(values[:, is_kind].sum(axis=1))
    is_coded = days.shape_code != NO_SHAPE
    found["shape_codes"] = (
        pl.DataFrame({"row": np.nonzero(is_coded)[0], "code": days.shape_code[is_coded]})
        .group_by("row", maintain_order=True)
        .agg("code")
        .join(pl.DataFrame({"row": np.arange(len(days.points))}), on="row", how="right")
        .sort("row")["code"]
        .fill_null(pl.lit([], pl.List(pl.Int16)))
    )
    # A median of a row without any day is no number; numpy would warn.
    with np.errstate(invalid="ignore"):
        found["base_kw"] = _median(days.base_kw)
    hourly = np.nan_to_num(days.load_kw, nan=-np.inf).reshape(len(days.points), -1)
    found["hourly_peak_kw"] = _known(hourly.max(axis=1, initial=-np.inf))
    return found


def _flexible(days: MonthDays, first_day: date, state: LakeState) -> pl.Series:
    dates = [first_day + timedelta(days=day) for day in range(days.base_kw.shape[1])]
    peak = hours_in(PEAK, dates, state.tariff_area, state.holiday_country)
    return _known(flexible_kwh(days.load_kw, days.base_kw, peak))


def _lists(values: np.ndarray) -> pl.Series:
    return pl.Series(values.astype(np.float32)).cast(pl.List(pl.Float32))


def _median(values: np.ndarray) -> pl.Series:
    """Of the known values of each row; null where there is none."""
    ordered = np.sort(values, axis=1)  # unknown ones last
    count = (~np.isnan(values)).sum(axis=1)
    row = np.arange(len(values))
    low = ordered[row, np.maximum(count - 1, 0) // 2]
    high = ordered[row, np.minimum(count // 2, values.shape[1] - 1)]
    return _known(np.where(count > 0, (low.astype(np.float64) + high) / 2, np.nan))


def _known(values: np.ndarray) -> pl.Series:
    return pl.Series(np.where(np.isfinite(values), values, np.nan), nan_to_null=True)


def _at_district_peak(days: MonthDays, places: pl.DataFrame) -> pl.Series:
    """Own load in the hour in which the district's is highest."""
    district = days.points.to_frame("usage_point_id").join(
        places.select("usage_point_id", "district_id"), on="usage_point_id", how="left"
    )["district_id"]
    hours = days.load_kw.reshape(len(days.points), -1)
    found = np.full(len(days.points), np.nan)
    for name in district.unique():
        own = district.eq_missing(pl.Series([name], dtype=pl.String)).to_numpy()
        total = np.nansum(hours[own], axis=0, dtype=np.float64)
        found[own] = hours[own, total.argmax()]
    return _known(found)
