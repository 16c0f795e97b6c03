"""Energy of whole months, everyone at once: by the intervals, and by what bills settle by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.run import run_sql

READS = ("daily_totals", "register_readings", "meters", "agreements")
LEAST_READ_SHARE = 0.9
"""Of a month's readings, without which they tell of a part of the month."""
LEAST_SHAPE_SHARE = 0.5
"""Of a month's readings, without which they do not tell how its energy by registers was used."""
_REGISTERS = pl.Schema(
    {"usage_point_id": pl.String(), "month": pl.Date(), "register_kwh": pl.Float64()}
)


@dataclass(frozen=True, slots=True)
class MonthReadings:
    """What usage points used, (points, months) each.

    Attributes:
        interval_kwh: Of the intervals that were read [kWh].
        read_share: Of the readings due [0–1]; 0: nothing, or before there was any.
        register_kwh: By the frozen total register, NaN where no one meter was read at both borders
            of the month, or the agreement settles by intervals [kWh].
    """

    interval_kwh: np.ndarray
    read_share: np.ndarray
    register_kwh: np.ndarray

    @property
    def has_register(self) -> np.ndarray:
        """Months whose energy is that of the registers, used as the intervals say."""
        is_there = ~np.isnan(self.register_kwh) & (self.interval_kwh > 0)
        return is_there & (self.read_share >= LEAST_SHAPE_SHARE)

    @property
    def is_read(self) -> np.ndarray:
        """Months of which a bill can be told."""
        return self.has_register | (self.read_share >= LEAST_READ_SHARE)

    @property
    def settled_kwh(self) -> np.ndarray:
        """Energy that a bill settles [kWh]."""
        return np.where(self.has_register, self.register_kwh, self.interval_kwh)

    @property
    def settled_share(self) -> np.ndarray:
        """Energy that a bill settles over what the intervals tell; 1 without registers."""
        return np.where(self.has_register, self.settled_kwh / self._above_zero(), 1.0)

    @property
    def whole_share(self) -> np.ndarray:
        """Energy as if all had been read over what the intervals tell."""
        missing = 1 / np.maximum(self.read_share, LEAST_SHAPE_SHARE)
        return np.where(self.has_register, self.settled_share, missing)

    def _above_zero(self) -> np.ndarray:
        return np.where(self.interval_kwh > 0, self.interval_kwh, 1.0)


def month_end(month: date) -> date:
    """The last day of the month that begins on ``month``."""
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def month_readings(
    points: pl.Series, months: Sequence[date], source: DuckDBPyConnection
) -> MonthReadings:
    """The energy of ``points`` in ``months``, whole ones in a row, oldest first."""
    first, last = months[0], month_end(months[-1])
    found = source.sql(
        """
        select
            usage_point_id,
            date_trunc('month', service_date)::date as month,
            sum(energy_wh)::double / 1000 as interval_kwh,
            sum(actual_slots + estimated_slots)::double / sum(expected_slots)
                * count(distinct service_date) / day(last_day(month)) as read_share
        from daily_totals
        where (channel = 'import' or starts_with(channel, 'import.'))
            and service_date between $first and $last
        group by usage_point_id, month
        order by usage_point_id, month
        """,
        params={"first": first, "last": last},
    ).pl()
    by_interval = source.sql(
        "select distinct usage_point_id from agreements where settlement_basis = 'interval' "
        "order by all"
    ).pl()
    days = [first - timedelta(days=1), *(month_end(month) for month in months)]
    registers = run_sql(
        source,
        "customers/portrait_money_readings",
        _REGISTERS,
        days=days,
        first_day=days[0],
        last_day=days[-1],
    ).join(by_interval, on="usage_point_id", how="anti")
    return MonthReadings(
        _placed(found, "interval_kwh", points, months, 0.0),
        _placed(found, "read_share", points, months, 0.0),
        _placed(registers, "register_kwh", points, months, np.nan),
    )


def _placed(
    found: pl.DataFrame, name: str, points: pl.Series, months: Sequence[date], missing: float
) -> np.ndarray:
    """A column of rows by usage point and month, as (points, months)."""
    made = np.full((len(points), len(months)), missing)
    some = found.filter(pl.col("usage_point_id").is_in(points.implode()))
    places = {point: number for number, point in enumerate(points)}
    columns = {month: number for number, month in enumerate(months)}
    if not some.is_empty():
        row = some["usage_point_id"].replace_strict(places, return_dtype=pl.Int64)
        column = some["month"].replace_strict(columns, return_dtype=pl.Int64)
        made[row.to_numpy(), column.to_numpy()] = some[name].to_numpy()
    return made
