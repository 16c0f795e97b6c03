"""Energy and readings of every channel, cell by cell."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.run import run_sql

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
        "finest": pl.Int64(),
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


def finest_of(totals: pl.DataFrame) -> int:
    """By how much units are finer than a watt-hour so that any interval's quarters are whole."""
    return int(np.lcm.reduce(totals["finest"].unique().to_numpy())) if totals.height else 1


def channel_totals(
    totals: pl.DataFrame, points: Sequence[str], cells: int, finest: int
) -> dict[str, np.ndarray]:
    """Energy of every cell and channel but ``import`` (cells, accounts)."""
    order = pl.Series("usage_point_id", points, dtype=pl.String)
    found = {}
    for (channel,), part in totals.filter(pl.col("channel") != "import").group_by("channel"):
        energy = np.zeros((cells, len(points)), np.int64)
        place = order.search_sorted(part["usage_point_id"]).to_numpy()
        np.add.at(energy, (part["cell"].to_numpy(), place), part["energy_wh"].to_numpy() * finest)
        found[str(channel)] = energy
    return found
