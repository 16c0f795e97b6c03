"""Hourly energy of every usage point of a district, held for all the ways to put it together."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_area
from queries.held import Held
from queries.run import run_sql
from queries.schema import SLOTS

READS = ("energy_profiles", "usage_points", "transformers", "feeders", "substations", "regions")

_ROWS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "channel": pl.String(),
        "day": pl.Int32(),
        **dict.fromkeys(SLOTS, pl.Int32()),
    }
)
_HOURS_PER_DAY = 24
_ROWS_AT_ONCE = 60_000
"""Day profiles, 25 MB, as far as they can be told beforehand."""
_MOST_MONTHS = 6
_HOURS = [SLOTS[first : first + 4] for first in range(0, len(SLOTS), 4)]
_MOST_HOURS = 8_000_000
"""Of all points together: a year of 900 points, 72 MB. More is read anew for every question."""


@dataclass(frozen=True, slots=True)
class HoursOfPoints:
    """Every hour of every usage point that reported in a period.

    Attributes:
        points: Usage points, ascending.
        energy_wh: (points, days × 24), 0 where nothing was read.
        is_read: Whether any of the hour was read, same shape.
    """

    points: pl.Series
    energy_wh: np.ndarray
    is_read: np.ndarray


_held: Held[HoursOfPoints | None] = Held(2)


def hours_of_points(
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    region_id: str | None,
    channel: str,
) -> HoursOfPoints | None:
    """All hours (standard time) of a region's points; None: too many to be held.

    An interval longer than an hour stands in the hour at which it starts. Reading the profiles
    takes far longer than adding them up: whoever asks for other groups or parts of the region asks
    for the same hours. The chosen area is another one afterwards.
    """
    asked = (first_day, last_day, region_id, channel)
    return _held.of(lake, asked, lambda: _made(lake, *asked))


def _made(
    lake: DuckDBPyConnection, first_day: date, last_day: date, region_id: str | None, channel: str
) -> HoursOfPoints | None:
    choose_area(lake, "all", None, "energy_profiles", region_id=region_id)
    parts: list[tuple[int, pl.DataFrame, np.ndarray, np.ndarray]] = []
    count = 0
    begin, months = first_day, 1
    while begin <= last_day:
        after = _months_later(begin, months)
        end = min(last_day, after - timedelta(days=1))
        asked = {"first_day": begin, "last_day": end, "channel": channel}
        read = run_sql(lake, "hours_of_points", _ROWS, **asked)
        for _, rows in read.group_by("channel"):
            parts.append(((begin - first_day).days, rows.drop(SLOTS), *_hours(rows)))
        count += read.height * _HOURS_PER_DAY
        if count > _MOST_HOURS:
            return None
        # Planning takes the database as long as reading a thousand points' month.
        a_month = 31 * max(1, read.height) / ((end - begin).days + 1)
        months = min(_MOST_MONTHS, max(1, int(_ROWS_AT_ONCE / a_month)))
        begin = after
    points = pl.concat([_ROWS.to_frame().drop(SLOTS), *(rows for _, rows, _, _ in parts)])
    known = points["usage_point_id"].unique().sort()
    shape = (len(known), (last_day - first_day).days + 1, _HOURS_PER_DAY)
    energy_wh, is_read = np.zeros(shape), np.zeros(shape, bool)
    numbers = pl.DataFrame({"usage_point_id": known}).with_row_index("number")
    for offset, rows, hours_wh, are_read in parts:
        placed = rows.join(numbers, on="usage_point_id", how="left", maintain_order="left")
        # Within one channel a point has a day once.
        at = placed["number"].to_numpy(), placed["day"].to_numpy() + offset
        energy_wh[at] += hours_wh
        is_read[at] |= are_read
    flat = len(known), shape[1] * _HOURS_PER_DAY
    return HoursOfPoints(known, energy_wh.reshape(flat), is_read.reshape(flat))


def _hours(rows: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Energy of the hours of day profiles [Wh, (rows, 24)], and whether any of each was read."""
    sums = [pl.sum_horizontal(pl.col(slots).cast(pl.Float64)).alias(slots[0]) for slots in _HOURS]
    reads = [pl.any_horizontal(pl.col(slots).is_not_null()).alias(slots[0]) for slots in _HOURS]
    return rows.select(sums).to_numpy(), rows.select(reads).to_numpy()


def _months_later(day: date, months: int) -> date:
    """The first day of a month so many after that of ``day``."""
    month = day.month - 1 + months
    return date(day.year + month // 12, month % 12 + 1, 1)
