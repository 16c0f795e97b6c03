"""How the load runs."""

from datetime import date
from typing import Any, Literal

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind, choose_area
from queries.downsample import keep_extremes
from queries.held import Held
from queries.load.coverage import READS as COVERAGE_READS
from queries.load.coverage import load_coverage
from queries.run import QuestionError, run_sql
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY

Step = Literal["15m", "30m", "1h", "1d", "1w", "1mo"]

RETURNS = pl.Schema(
    {
        "standard_start": pl.Datetime("us"),
        "energy_kwh": pl.Float64(),
        "load_kw": pl.Float64(),
        "maximum_kw": pl.Float64(),
        "readings_share": pl.Float64(),
        "estimated_share": pl.Float64(),
        "spread_share": pl.Float64(),
    }
)
READS = ("energy_profiles", *COVERAGE_READS)

_SLOT_SUMS = pl.Schema(
    {
        "service_date": pl.Date(),
        "interval_minutes": pl.Int16(),
        "slot_minute": pl.Int16(),
        "energy_wh": pl.Int64(),
    }
)
_HOURS = SLOT_MINUTES / 60

_held: Held[pl.DataFrame] = Held(6)
"""Curve, summary and duration of a page are about the same quarters of an hour."""


def load_curve(  # noqa: PLR0913 - an area, a period, a step, a channel
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    step: Step = "1h",
    channel: str = "import",
    most_points: int | None = None,
) -> pl.DataFrame:
    """Load of an area over time: the sum over its usage points of what was read.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First service date, included (standard time, no daylight saving).
        last_day: Last service date, included.
        area_kind: What ``area_id`` names; ``all`` is everything in the user's scope.
        area_id: The place, class, account or usage point.
        region_id: Only what lies in this region; None is every region in the user's scope.
        step: Length of a point, from a quarter of an hour to a calendar month.
        channel: ``import``, ``export``, ``reactive_import`` or ``reactive_export`` (then in kvarh).
        most_points: Keep at most so many points, the smallest and largest among them; None is all.

    Returns:
        A row for every step from the first day to the last: ``standard_start`` [standard time],
        ``energy_kwh``, ``load_kw`` [kW, mean over the part of the step that was read],
        ``maximum_kw`` [kW, largest quarter of an hour in it], ``readings_share`` and
        ``estimated_share`` [0–1, of the step's days], ``spread_share`` [0–1, of the energy, spread
        evenly over quarters of an hour because the meters read at longer intervals]. A step in
        which nothing was read has nulls, never zeros.
    """
    if last_day < first_day:
        raise QuestionError(f"the last day {last_day} is before the first day {first_day}.")
    choose_area(lake, area_kind, area_id, "energy_profiles", region_id=region_id)
    area = {"area_kind": area_kind, "area_id": area_id, "region_id": region_id}
    asked = {"first_day": first_day, "last_day": last_day, "channel": channel}
    quarters = _held.of(
        lake, (*area.values(), *asked.values()), lambda: _quarters(lake, area, asked)
    )
    return keep_extremes(_by_step(quarters, step), "standard_start", "load_kw", most_points)


def _quarters(
    lake: DuckDBPyConnection, area: dict[str, Any], asked: dict[str, Any]
) -> pl.DataFrame:
    """One row a quarter of an hour of the chosen area, with what was read of its day."""
    sums = run_sql(lake, "load/curve", _SLOT_SUMS, **asked)
    quarters = _by_quarter(sums, asked["first_day"], asked["last_day"])
    coverage = load_coverage(lake, **asked, **area)
    day = pl.col("standard_start").dt.date().alias("service_date")
    return quarters.with_columns(day).join(
        coverage, on="service_date", how="left", maintain_order="left"
    )


def _by_quarter(sums: pl.DataFrame, first_day: date, last_day: date) -> pl.DataFrame:
    """One row a quarter of an hour, longer intervals spread evenly over those they cover."""
    days = (last_day - first_day).days + 1
    energy = np.zeros(days * SLOTS_PER_DAY)
    spread = np.zeros_like(energy)
    is_read = np.zeros(len(energy), dtype=bool)
    for (interval,), part in sums.group_by("interval_minutes"):
        slots = int(str(interval)) // SLOT_MINUTES
        start = (
            (part["service_date"] - first_day).dt.total_days() * SLOTS_PER_DAY
            + part["slot_minute"] // SLOT_MINUTES
        ).to_numpy()
        share = part["energy_wh"].to_numpy() / slots
        for offset in range(slots):
            inside = (start + offset >= 0) & (start + offset < len(energy))
            at = start[inside] + offset
            energy[at] += share[inside]
            is_read[at] = True
            if slots > 1:
                spread[at] += np.abs(share[inside])
    starts = pl.datetime_range(first_day, last_day, "1d", time_unit="us", eager=True).to_numpy()[
        :, None
    ] + np.arange(SLOTS_PER_DAY) * np.timedelta64(SLOT_MINUTES, "m")
    return pl.DataFrame(
        {
            "standard_start": pl.Series(starts.ravel(), dtype=pl.Datetime("us")),
            "energy_kwh": energy / 1000,
            "spread_kwh": spread / 1000,
            "is_read": is_read,
        }
    ).with_columns(
        pl.when("is_read").then("energy_kwh").alias("energy_kwh"),
    )


def _by_step(quarters: pl.DataFrame, step: Step) -> pl.DataFrame:
    read = pl.col("is_read").sum()
    return (
        quarters.group_by(pl.col("standard_start").dt.truncate(step), maintain_order=True)
        .agg(
            pl.when(read > 0).then(pl.col("energy_kwh").sum()).alias("energy_kwh"),
            (pl.col("energy_kwh").sum() / pl.when(read > 0).then(read * _HOURS)).alias("load_kw"),
            (pl.col("energy_kwh").max() / _HOURS).alias("maximum_kw"),
            pl.col("readings_share").fill_null(0.0).mean(),
            pl.col("estimated_share").mean(),
            (pl.col("spread_kwh").sum() / pl.col("energy_kwh").abs().sum())
            .fill_nan(None)
            .alias("spread_share"),
        )
        .select(RETURNS.names())
    )
