"""How does an event go: what would be used, what is used, and what is missing to the target?"""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.event_following import Following, follow
from queries.demand.event_loads import READS as LOAD_READS
from queries.schema import SLOT_MINUTES

RETURNS = pl.Schema(
    {
        "standard_start": pl.Datetime("us"),
        "is_event": pl.Boolean(),
        "baseline_kw": pl.Float64(),
        "load_kw": pl.Float64(),
        "reduction_kw": pl.Float64(),
        "read_share": pl.Float64(),
        "read_points": pl.Int64(),
        "points": pl.Int64(),
    }
)
READS = LOAD_READS
BEFORE_STEPS, AFTER_STEPS = 16, 8
"""Shown around the event: four hours before it, two after."""


def event_live(lake: DuckDBPyConnection, *, event_id: str, at: datetime) -> pl.DataFrame:
    """Baseline and load (基线与实际负荷) of those called who have not opted out, by quarter hour.

    The baseline is that of the event's terms, adjusted to the same day only by readings of quarters
    that were over at ``at``. Whoever has not been read in a quarter counts there with its baseline,
    that is as if it had not reduced: what has not arrived is no reduction. Estimates of the event's
    day count as not read. Whoever has no baseline is in neither sum.

    Args:
        lake: From ``queries.lake.open_lake``.
        event_id: Of ``response_events``.
        at: Aware instant as of which it stands; an event of the past is replayed.

    Returns:
        A row a quarter of an hour, from four hours before the event to two after it, within its
        day: ``standard_start`` (local standard time), whether it ``is_event``, ``baseline_kw``,
        ``load_kw`` and ``reduction_kw`` of all [kW] (the last two null where nobody was read),
        ``read_points`` of ``points`` with a baseline, and their ``read_share`` of the baseline
        [0–1; null without one].

    Raises:
        QuestionError: there is no such event in the scope, or it calls nobody there.
    """
    found = follow(lake, event_id, at)
    steps = np.arange(
        max(found.first_step - BEFORE_STEPS, 0),
        min(found.end_step + AFTER_STEPS, found.load_kw.shape[1]),
    )
    is_counted = counted(found)
    baseline_kw = found.baseline_kw[is_counted][:, steps]
    load_kw = found.load_kw[is_counted][:, steps]
    has_baseline = ~np.isnan(baseline_kw)
    is_read = has_baseline & ~np.isnan(load_kw)
    usual_kw = np.where(has_baseline, baseline_kw, 0).sum(axis=0)
    read_kw = np.where(is_read, baseline_kw, 0).sum(axis=0)
    reduction_kw = np.where(is_read, baseline_kw - load_kw, 0).sum(axis=0)
    somebody = is_read.sum(axis=0) > 0
    begin = (found.midnight + found.offset).replace(tzinfo=None)
    return pl.DataFrame(
        {
            "standard_start": [begin + timedelta(minutes=SLOT_MINUTES * int(s)) for s in steps],
            "is_event": (steps >= found.first_step) & (steps < found.end_step),
            "baseline_kw": _known(usual_kw, has_baseline.sum(axis=0) > 0),
            "load_kw": _known(usual_kw - reduction_kw, somebody),
            "reduction_kw": _known(reduction_kw, somebody),
            "read_share": _known(
                np.divide(read_kw, usual_kw, out=np.zeros_like(read_kw), where=usual_kw != 0),
                has_baseline.sum(axis=0) > 0,
            ),
            "read_points": is_read.sum(axis=0),
            "points": has_baseline.sum(axis=0),
        },
        schema=RETURNS,
    )


def counted(found: Following) -> np.ndarray:
    """Who counts: those with a baseline in the event's hours who have not opted out, (called,)."""
    event = slice(found.first_step, found.end_step)
    return found.takes_part & ~np.isnan(found.baseline_kw[:, event]).any(axis=1)


def _known(values: np.ndarray, is_known: np.ndarray) -> list[float | None]:
    return [float(value) if known else None for value, known in zip(values, is_known, strict=True)]
