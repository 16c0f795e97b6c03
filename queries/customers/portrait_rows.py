"""Portraits of every usage point from their months: all that a new day changes."""

from datetime import date, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.portrait_load import (
    LEAST_DAYS,
    energy_features,
    hour_features,
    regularity,
    shape_entropy_bits,
)
from queries.customers.portrait_month_days import month_bounds
from queries.customers.portrait_periods import PEAK, VALLEY, hours_in
from queries.customers.portrait_sums import Sums, sums_of, window_months
from queries.day_kinds import day_kinds
from queries.lake import LakeState, lake_state

DAILY = (
    "usage_point_id",
    "month",
    "customer_id",
    "district_id",
    "customer_class",
    "first_day",
    "last_day",
    "known_days",
    "annual_kwh",
    "daily_kwh",
    "base_kw",
    "peak_kw",
    "peak_at",
    "load_factor_share",
    "coincidence_share",
    "night_share",
    "morning_share",
    "midday_share",
    "evening_share",
    "weekend_share",
    "valley_share",
    "peak_period_share",
    "flexible_kwh_per_day",
    "regularity",
    "shape_entropy_bits",
    "seasonality_share",
    "summer_ratio",
    "winter_ratio",
    "exported_kwh",
    "actual_share",
    "estimated_share",
    "capacity_kva",
    "capacity_use_share",
    "demand_use_share",
    "power_factor",
)
"""The columns of ``portraits`` that are worked out here, anew every day."""

_LEAST_MONTHS_SHARE = 0.5


def portrait_rows(
    months: pl.DataFrame, places: pl.DataFrame, last_day: date, source: DuckDBPyConnection
) -> pl.DataFrame:
    """The columns DAILY of the portrait of every usage point as of ``last_day``.

    What each means is said by ``queries.customers.portrait_load`` and ``_facts`` here.

    Args:
        months: Rows of ``portrait_months`` of the months of ``window_months(last_day)``.
        places: As ``portrait_places`` gives them; who is in no register has no class and capacity.
        last_day: The last day looked at.
        source: For the calendar of its territory.
    """
    window = window_months(last_day)
    # A portrait is of one customer: what was before it came is no part of it.
    newest = pl.col("customer_id").sort_by("month").last().over("usage_point_id")
    own = months.filter(
        pl.col("month").is_in(window), pl.col("customer_id").eq_missing(newest)
    ).sort("usage_point_id", "month")
    if own.is_empty():
        return pl.DataFrame(schema=DAILY)
    sums = sums_of(own, window)
    periods = [_mean_day(sums, names, lake_state(source)) for names in (VALLEY, PEAK)]
    codes = own["shape_codes"]
    coded_point = np.repeat(own["usage_point_id"].rle_id().to_numpy(), codes.list.len().to_numpy())
    every_code = codes.explode(empty_as_null=False).to_numpy()
    entropy = shape_entropy_bits(
        coded_point.astype(np.int64), every_code.astype(np.int64), len(sums.points)
    )
    features = {
        **energy_features(sums),
        **hour_features(sums, *periods),
        "regularity": regularity(sums),
        "shape_entropy_bits": entropy,
    }
    return (
        _facts(own, last_day)
        .join(
            pl.DataFrame({"usage_point_id": sums.points, **features}).with_columns(
                pl.col(features).fill_nan(None)
            ),
            on="usage_point_id",
        )
        .join(places, on="usage_point_id", how="left")
        .with_columns(
            pl.lit(f"{last_day:%Y-%m}").alias("month"),
            pl.lit(last_day).alias("last_day"),
            (pl.col("mean_kw") / _positive("peak_kw")).alias("load_factor_share"),
            pl.coalesce("operating_capacity_kva", "contracted_capacity_kva").alias("capacity_kva"),
        )
        .with_columns(
            (
                pl.col("peak_kw")
                / pl.col("power_factor").fill_null(1.0)
                / _positive("capacity_kva")
            ).alias("capacity_use_share"),
            (pl.col("peak_kw") / _positive("contracted_demand_kw")).alias("demand_use_share"),
        )
        .select(DAILY)
        .sort("usage_point_id")
    )


def _positive(name: str) -> pl.Expr:
    return pl.when(pl.col(name) > 0).then(pl.col(name))


def _facts(own: pl.DataFrame, last_day: date) -> pl.DataFrame:
    """What is added, or the largest, of the months of each usage point.

    ``base_kw`` [kW]: mean, by known days, of the months' median base loads. ``peak_kw`` [kW] and
    ``peak_at``: the largest interval. ``coincidence_share`` [0–1]: mean load in the hour of each
    month in which the district's load was highest, over ``peak_kw``. ``power_factor``: active over
    apparent energy of the days on which both were read. ``flexible_kwh_per_day`` [kWh in a day]:
    what could move out of peak periods, see ``portrait_flexibility``. ``actual_share``,
    ``estimated_share`` [0–1]: of the readings due from the first day to the last, days without any
    counted.
    """
    due_days = (pl.lit(last_day) - pl.col("first_day").min()).dt.total_days() + 1
    days = (pl.col("last_day") - pl.col("first_day")).dt.total_days() + 1
    flexible = pl.col("flexible_kwh")
    whole_days = (pl.col("workdays") + pl.col("rest_days")).cast(pl.Int32)
    measured = whole_days.filter(flexible.is_not_null()).sum()
    due = due_days * (pl.col("expected_slots") / days).max()
    active, reactive = pl.col("beside_reactive_kwh").sum(), pl.col("reactive_kvarh").sum()
    apparent = (active**2 + reactive**2).sqrt()
    at_peak = pl.col("district_peak_kw")
    weight = pl.col("known_days").filter(pl.col("base_kw").is_not_null())
    exported = pl.col("exported_kwh")
    return own.group_by("usage_point_id", maintain_order=True).agg(
        pl.col("customer_id").last(),
        pl.col("first_day").min(),
        pl.col("known_days").cast(pl.Int32).sum(),
        (
            (pl.col("base_kw") * pl.col("known_days")).sum()
            / pl.when(weight.sum() > 0).then(weight.sum())
        ).alias("base_kw"),
        pl.col("peak_kw").max(),
        pl.col("peak_at").get(pl.col("peak_kw").arg_max()),
        pl.when(at_peak.count() >= _LEAST_MONTHS_SHARE * pl.len())
        .then(at_peak.mean() / pl.when(pl.col("peak_kw").max() > 0).then(pl.col("peak_kw").max()))
        .alias("coincidence_share"),
        pl.when(measured >= LEAST_DAYS)
        .then(flexible.sum() / measured)
        .alias("flexible_kwh_per_day"),
        pl.when(exported.count() > 0).then(exported.sum()).alias("exported_kwh"),
        pl.when(apparent > 0).then(active / apparent).alias("power_factor"),
        (pl.col("actual_slots").sum() / due).clip(0, 1).alias("actual_share"),
        (pl.col("estimated_slots").sum() / due).clip(0, 1).alias("estimated_share"),
    )


def _mean_day(sums: Sums, periods: tuple[str, ...], state: LakeState) -> np.ndarray:
    """The part of every hour of a month's mean workday and rest day in ``periods``."""
    found = np.full((len(sums.months), 2, 24), np.nan)
    country = state.holiday_country
    for number, month in enumerate(sums.months):
        first_day, end = month_bounds(month)
        days = [first_day + timedelta(days=day) for day in range((end - first_day).days + 1)]
        inside = hours_in(periods, days, state.tariff_area, country)
        kinds = day_kinds(first_day, end, holiday_country=country)["day_kind"]
        is_rest = (kinds == "rest_day").to_numpy()
        for kind, is_kind in enumerate((~is_rest, is_rest)):
            found[number, kind] = inside[is_kind].mean(axis=0)
    return found
