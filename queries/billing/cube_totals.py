"""Energy and readings of every channel, cell by cell."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.run import run_sql
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY

_TOTALS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "channel": pl.String(),
        "cell": pl.Int32(),
        "energy_wh": pl.Int64(),
        "read_slots": pl.Int64(),
        "estimated_slots": pl.Int64(),
        "expected_slots": pl.Int64(),
        "days": pl.Int64(),
        "largest": pl.Int64(),
    }
)


def totals_of(first_day: date, last_day: date, lake: DuckDBPyConnection) -> pl.DataFrame:
    """Energy and readings by point, register and cell, of the named points and days.

    Days are those of standard time, also where the clock changes.
    """
    found = run_sql(lake, "billing/cube_totals", _TOTALS, first_day=first_day, last_day=last_day)
    return found.with_columns(
        pl.col("channel").str.split(".").list.first(), register=pl.col("channel")
    )


def widths_of(cursor: DuckDBPyConnection) -> list[int]:
    """Lengths of the intervals of the named points on the named days [quarters of an hour]."""
    found = cursor.sql(
        "select distinct interval_minutes from daily_totals inner join cube_days using "
        "(service_date) where usage_point_id in (select usage_point_id from cube_points)"
    ).fetchall()
    return sorted(minutes // SLOT_MINUTES for (minutes,) in found) or [1]


def finest_of(widths: Sequence[int]) -> int:
    """Units a watt-hour in which the quarters of every interval are whole."""
    return int(np.lcm.reduce(np.array(widths)))


def channel_totals(
    totals: pl.DataFrame, points: Sequence[str], cells: int, finest: int
) -> dict[str, np.ndarray]:
    """Energy of every cell and channel (cells, accounts); registers of a channel added."""
    order = pl.Series("usage_point_id", points, dtype=pl.String)
    found = {}
    for (channel,), part in totals.group_by("channel"):
        energy = np.zeros((cells, len(points)), np.int64)
        place = order.search_sorted(part["usage_point_id"]).to_numpy()
        np.add.at(energy, (part["cell"].to_numpy(), place), part["energy_wh"].to_numpy() * finest)
        found[str(channel)] = energy
    return found


def largest_quarters(
    totals: pl.DataFrame, points: Sequence[str], cells: int, finest: int
) -> np.ndarray | None:
    """The largest quarter of an hour of every cell's imports (cells, accounts).

    None where a point has several registers: the maximum of their sum is in none of them.
    """
    imported = totals.filter(pl.col("channel") == "import")
    if imported.select((pl.col("register") != "import").any()).item():
        return None
    order = pl.Series("usage_point_id", points, dtype=pl.String)
    found = np.zeros((cells, len(points)), np.int64)
    place = order.search_sorted(imported["usage_point_id"]).to_numpy()
    largest = imported["largest"].fill_null(0).to_numpy() * finest // SLOTS_PER_DAY
    found[imported["cell"].to_numpy(), place] = largest
    return found
