"""Who was called to an event, what did each answer, and what has each reduced so far?"""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.event_following import OPT_OUT, Following, follow
from queries.demand.event_loads import READS as LOAD_READS
from queries.schema import SLOT_MINUTES

_HOURS = SLOT_MINUTES / 60
RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "answer": pl.String(),
        "answered_at": pl.Datetime("us", "UTC"),
        "planned_kw": pl.Float64(),
        "promised_kw": pl.Float64(),
        "baseline_kw": pl.Float64(),
        "load_kw": pl.Float64(),
        "reduction_kw": pl.Float64(),
        "reduced_kwh": pl.Float64(),
        "fulfilled_share": pl.Float64(),
        "read_quarters": pl.Int64(),
        "over_quarters": pl.Int64(),
        "last_read": pl.Datetime("us"),
    }
)
READS = LOAD_READS


def event_live_points(lake: DuckDBPyConnection, *, event_id: str, at: datetime) -> pl.DataFrame:
    """Each usage point called to an event (响应跟踪), as it stands at an instant.

    Args:
        lake: From ``queries.lake.open_lake``.
        event_id: Of ``response_events``.
        at: Aware instant, as in ``event_live``.

    Returns:
        A row a usage point, the one furthest below its promise first: its ``answer`` (opt_in,
        opt_out, or none yet), ``planned_kw``, what it promised (its reply, else what was agreed);
        means of the event's quarters that were read so far: ``baseline_kw``, ``load_kw``,
        ``reduction_kw`` [kW], ``reduced_kwh`` their energy, and ``fulfilled_share`` of what was
        promised, null where nothing was or it opted out; how many quarters were read
        (``read_quarters``) of those over, and the end of the last quarter of the day that was read,
        in local standard time (``last_read``).

    Raises:
        QuestionError: there is no such event in the scope, or it calls nobody there.
    """
    found = follow(lake, event_id, at)
    calls = found.asked.calls
    measured = _measured(found)
    frame = calls.select(
        "usage_point_id",
        "customer_id",
        "answer",
        "answered_at",
        "planned_kw",
        pl.coalesce("reply_kw", "agreed_kw").alias("promised_kw"),
    ).hstack(measured)
    takes_part = pl.Series(found.takes_part)
    promised = (pl.col("promised_kw") > 0) & takes_part
    return (
        frame.with_columns(
            fulfilled_share=pl.when(promised).then(pl.col("reduction_kw") / pl.col("promised_kw"))
        )
        .sort(_order(), "usage_point_id", nulls_last=True)
        .select(RETURNS.names())
    )


def _order() -> pl.Expr:
    """Reduced less promised [kW]; those who opted out, or of whom nothing is known, go last."""
    promised_kw = pl.col("promised_kw").fill_null(0.0)
    takes_part = pl.col("answer").fill_null("") != OPT_OUT
    return pl.when(takes_part).then(pl.col("reduction_kw") - promised_kw)


def _measured(found: Following) -> pl.DataFrame:
    event = slice(found.first_step, found.end_step)
    baseline_kw, load_kw = found.baseline_kw[:, event], found.load_kw[:, event]
    is_read = ~np.isnan(baseline_kw) & ~np.isnan(load_kw)
    read = is_read.sum(axis=1)

    def mean(values: np.ndarray) -> np.ndarray:
        total = np.where(is_read, values, 0).sum(axis=1)
        return np.divide(total, read, out=np.full(len(read), np.nan), where=read > 0)

    reduction_kw = mean(baseline_kw - load_kw)
    over = int(np.clip(found.known_steps - found.first_step, 0, baseline_kw.shape[1]))
    return pl.DataFrame(
        {
            "baseline_kw": mean(baseline_kw),
            "load_kw": mean(load_kw),
            "reduction_kw": reduction_kw,
            "reduced_kwh": reduction_kw * read * _HOURS,
            "read_quarters": read,
            "over_quarters": np.full(len(read), over),
            "last_read": pl.Series(last_read(found), dtype=pl.Datetime("us")),
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None), pl.col("read_quarters").cast(pl.Int64))


def last_read(found: Following) -> list[datetime | None]:
    """The end of the last quarter of the event's day that was read, of each usage point."""
    begin = (found.midnight + found.offset).replace(tzinfo=None)
    of_day = ~np.isnan(found.load_kw)
    steps = of_day.shape[1]
    last = np.where(of_day.any(axis=1), steps - np.argmax(of_day[:, ::-1], axis=1), 0)
    return [begin + timedelta(minutes=SLOT_MINUTES * int(step)) if step else None for step in last]
