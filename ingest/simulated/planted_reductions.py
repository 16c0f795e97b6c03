"""What those called to events really reduced: for judging a settlement after it was made.

No module of the product asks for it; benchmarks and the notebook on events do, at their end.
"""

import json
from pathlib import Path

import polars as pl

from ingest.simulated.arrival import BESIDE
from ingest.simulated.planted.response_events import KIND

_WH_A_KWH = 1000


def planted_reductions(data: Path) -> pl.DataFrame:
    """A row an event and customer called.

    The truth keeps the change in all; of what was curtailed in the event's hours, a share was drawn
    before them and another came back after.

    Args:
        data: The data folder with the simulated district's files beside the lake.

    Returns:
        ``event_id``, ``usage_point_id`` and ``reduced_kwh`` in the event's hours [kWh].
    """
    truth = pl.read_parquet(data / BESIDE / "truth.parquet").filter(pl.col("kind") == KIND)
    details = [json.loads(one) for one in truth["detail"]]
    moved = [one["rebound_share"] + one["pre_cooled_share"] for one in details]
    return truth.select(
        pl.Series("event_id", [one["event_id"] for one in details], dtype=pl.String),
        pl.col("subject_id").alias("usage_point_id"),
        reduced_kwh=-pl.col("energy_wh") / _WH_A_KWH / (1 - pl.Series(moved, dtype=pl.Float64)),
    )
