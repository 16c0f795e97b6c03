"""Frozen registers of usage points, read from an open lake for a bill."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.account_terms import decimal_of
from queries.billing.frozen_registers import (
    Curve,
    Fallback,
    MeterUse,
    PointRegisters,
    RegisterReading,
)
from queries.run import run_sql

READS = ("meters", "register_readings")
_READINGS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "meter_id": pl.String(),
        "channel": pl.String(),
        "register": pl.String(),
        "read_at": pl.Datetime("us"),
        "reading_kwh": pl.Decimal(18, 4),
        "quality": pl.String(),
        "demand_kw": pl.Decimal(18, 4),
        "demand_at": pl.Datetime("us"),
    }
)
_METERS = "usage_point_id", "meter_id", "current_ratio", "voltage_ratio", "register_digits"
AROUND_DAYS = 10
"""How far around the days of a bill a reading may lie by which a missing one is estimated."""
_USUAL_DIGITS = 6


def registers_of(  # noqa: PLR0913 - usage points, days, and how a missing border is met
    cursor: DuckDBPyConnection,
    points: Sequence[str],
    *,
    first_day: date,
    last_day: date,
    zone: ZoneInfo,
    curves: Mapping[str, Curve] | None = None,
    fallback: Fallback = "refuse",
) -> dict[str, PointRegisters]:
    """The registers of usage points over some days, by usage point.

    Args:
        cursor: An open lake.
        points: Usage points.
        first_day: First day of the bills.
        last_day: Last day.
        zone: Whose midnights cut days.
        curves: By usage point, for estimates.
        fallback: What becomes of a border without a reading.

    A usage point without readings is there, without any. A meter without ratios has 1, without
    digits six.
    """
    rows = run_sql(
        cursor,
        "billing/account_registers",
        _READINGS,
        points=list(points),
        first_day=first_day - timedelta(days=1 + AROUND_DAYS),
        last_day=last_day + timedelta(days=AROUND_DAYS),
    ).with_columns(pl.col("read_at", "demand_at").dt.replace_time_zone("UTC"))
    readings: dict[str, list[RegisterReading]] = {point: [] for point in points}
    for point, *values in rows.iter_rows():
        readings[point].append(RegisterReading(*values))
    meters = _meters(cursor, points)
    return {
        point: PointRegisters.of(
            point,
            meters.get(point, []),
            readings[point],
            zone,
            curve=(curves or {}).get(point),
            fallback=fallback,
        )
        for point in points
    }


def _meters(cursor: DuckDBPyConnection, points: Sequence[str]) -> dict[str, list[MeterUse]]:
    frame = cursor.table("meters").pl().filter(pl.col("usage_point_id").is_in(list(points)))
    found: dict[str, list[MeterUse]] = {}
    for row in frame.sort("valid_from").iter_rows(named=True):
        point, meter_id, current, voltage, digits = (row[name] for name in _METERS)
        ratio = decimal_of(current, Decimal(1)) * decimal_of(voltage, Decimal(1))
        digits = _USUAL_DIGITS if digits is None else int(digits)
        use = MeterUse(meter_id, ratio, digits, row["valid_from"], row["valid_to"])
        found.setdefault(point, []).append(use)
    return found
