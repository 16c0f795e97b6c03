"""How does an event stand: who was reached, who takes part, and is the target met so far?"""

from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand import response_records
from queries.demand.event_following import Following, follow
from queries.demand.event_live import counted
from queries.demand.event_live_points import last_read
from queries.demand.event_loads import READS as LOAD_READS
from queries.demand.event_messages import event_messages

RETURNS = pl.Schema(
    {
        "event_id": pl.String(),
        "state": pl.String(),
        "phase": pl.String(),
        "starts_at": pl.Datetime("us", "UTC"),
        "ends_at": pl.Datetime("us", "UTC"),
        "called": pl.Int64(),
        "opted_in": pl.Int64(),
        "opted_out": pl.Int64(),
        "silent": pl.Int64(),
        "messages": pl.Int64(),
        "waiting": pl.Int64(),
        "failed": pl.Int64(),
        "target_kw": pl.Float64(),
        "promised_kw": pl.Float64(),
        "points": pl.Int64(),
        "without_baseline": pl.Int64(),
        "quarters": pl.Int64(),
        "over_quarters": pl.Int64(),
        "read_share": pl.Float64(),
        "reduction_kw": pl.Float64(),
        "latest_reduction_kw": pl.Float64(),
        "goal_kw": pl.Float64(),
        "goal_share": pl.Float64(),
        "last_read": pl.Datetime("us"),
    }
)
READS = LOAD_READS


def event_standing(lake: DuckDBPyConnection, *, event_id: str, at: datetime) -> pl.DataFrame:
    """The figures of an event (响应执行情况) as it stands at an instant, of those in the scope.

    Args:
        lake: From ``queries.lake.open_lake``.
        event_id: Of ``response_events``.
        at: Aware instant, as in ``event_live``.

    Returns:
        One row: its ``state`` and ``phase`` at the instant (ahead, running, over); how many were
        ``called`` and opted in, opted out or were ``silent``; messages out, ``waiting`` to be
        confirmed and ``failed``; ``target_kw``, and ``promised_kw`` by those who take part; of the
        ``points`` with a baseline, over the event's quarters that are over: the share that was read
        (``read_share``), the mean ``reduction_kw`` (not read: not reduced), that of the latest
        quarter of which anything was read, and the share of ``goal_kw`` (``goal_share``), which is
        the target or, without one, what was promised; the end of the last quarter read of anybody
        (``last_read``, local standard time).

    Raises:
        QuestionError: there is no such event in the scope, or it calls nobody there.
    """
    found = follow(lake, event_id, at)
    event = response_records.events(lake).filter(pl.col("event_id") == event_id)
    row = event.row(0, named=True)
    sent = event_messages(lake, event_id=event_id).filter(direction="out")
    answers = found.asked.calls["answer"].fill_null("silent")
    phase = "ahead" if at < row["starts_at"] else "running" if at < row["ends_at"] else "over"
    figures = {
        **{name: row[name] for name in ("event_id", "state", "starts_at", "ends_at", "target_kw")},
        "phase": phase,
        "called": len(answers),
        "opted_in": (answers == "opt_in").sum(),
        "opted_out": (answers == "opt_out").sum(),
        "silent": (answers == "silent").sum(),
        "messages": sent.height,
        "waiting": sent.filter(state="waiting").height,
        "failed": sent.filter(state="failed").height,
        **_reduced(found, row["target_kw"]),
    }
    return pl.DataFrame([figures], schema=RETURNS)


def _reduced(found: Following, target_kw: float | None) -> dict[str, Any]:
    is_counted = counted(found)
    over = int(np.clip(found.known_steps, found.first_step, found.end_step))
    steps = slice(found.first_step, over)
    baseline_kw, load_kw = found.baseline_kw[is_counted, steps], found.load_kw[is_counted, steps]
    is_read = ~np.isnan(load_kw)
    by_step_kw = np.where(is_read, baseline_kw - load_kw, 0).sum(axis=0)
    read_steps = np.flatnonzero(is_read.sum(axis=0))
    reduction_kw = float(by_step_kw.mean()) if len(read_steps) else None
    agreed = found.asked.calls.select(pl.coalesce("reply_kw", "agreed_kw").fill_null(0.0))
    promised_kw = float(agreed.to_series().to_numpy()[found.takes_part].sum())
    goal_kw = target_kw or promised_kw
    ends = last_read(found)
    return {
        "promised_kw": promised_kw,
        "points": int(is_counted.sum()),
        "without_baseline": int(found.takes_part.sum() - is_counted.sum()),
        "quarters": found.end_step - found.first_step,
        "over_quarters": over - found.first_step,
        "read_share": float(is_read.mean()) if is_read.size else None,
        "reduction_kw": reduction_kw,
        "latest_reduction_kw": float(by_step_kw[read_steps[-1]]) if len(read_steps) else None,
        "goal_kw": goal_kw,
        "goal_share": None if reduction_kw is None or not goal_kw else reduction_kw / goal_kw,
        "last_read": max((one for one in ends if one is not None), default=None),
    }
