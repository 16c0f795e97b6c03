"""Curves that stand still: a terminal that hands over the same day again and again (曲线冻结)."""

from datetime import timedelta

import numpy as np
import polars as pl

from ingest.validation.flags import FLAGS, flags
from ingest.validation.rules import Rule
from ingest.validation.window import Window
from queries.schema import SLOTS

_MISSING = -1


def frozen_curve(window: Window, rule: Rule) -> pl.DataFrame:
    """FLAGS of days whose curve is that of the day read before, slot by slot [kWh].

    Slots that one of the two days lacks are left out: a repeated day may arrive in pieces.
    """
    since = window.first_day - timedelta(days=rule.bridge_days + 1)
    rows = window.imports(since).sort("usage_point_id", "service_date")
    if rows.height < 2:
        return FLAGS.to_frame()
    found = (
        _repeated(rows, rule)
        .filter(pl.col("distinct_values") >= rule["least_distinct_values"])
        .with_columns(
            pl.col("usage_point_id").alias("subject_id"),
            pl.col("service_date").alias("day"),
            (pl.col("energy_wh") / 1000).alias("magnitude"),
            pl.format("{} slots as on the day before", "compared_slots").alias("value"),
            pl.lit("a curve of its own").alias("expected"),
        )
        .filter(window.judged())
    )
    return flags(
        found,
        what="usage_point",
        found_in=pl.format("energy_profiles.{}", "channel"),
        evidence=["compared_slots", "distinct_values", "energy_wh"],
    )


def _repeated(rows: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """Days that say what the day read before said, in the slots that both have."""
    values = rows.select(SLOTS).fill_null(_MISSING).to_numpy()
    follows = rows.select(
        (pl.col("usage_point_id") == pl.col("usage_point_id").shift())
        & (pl.col("service_date").diff().dt.total_days() <= rule.bridge_days + 1)
        & (pl.col("interval_minutes") == pl.col("interval_minutes").shift())
    ).to_series()
    both = (values[1:] != _MISSING) & (values[:-1] != _MISSING)
    is_same = ((values[1:] == values[:-1]) | ~both).all(axis=1)
    compared = np.concatenate([[0], both.sum(axis=1)])
    expected = 24 * 60 // rows["interval_minutes"].to_numpy()
    at = np.flatnonzero(
        follows.fill_null(value=False).to_numpy()
        & np.concatenate([[False], is_same])
        & (compared >= rule["least_compared_share"] * expected)
    )
    held = [values[n][both[n - 1]] for n in at.tolist()]
    return (
        rows[at]
        .select("usage_point_id", "channel", "service_date")
        .with_columns(
            pl.Series("energy_wh", [int(slots.sum()) for slots in held], dtype=pl.Int64),
            pl.Series("distinct_values", [np.unique(v).size for v in held], dtype=pl.Int64),
            pl.Series("compared_slots", compared[at]),
        )
    )
