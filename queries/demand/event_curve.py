"""How did the load of an event's day run beside its baseline?"""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.baseline_rules import baseline_rules
from queries.demand.event_called import called_event
from queries.demand.event_loads import READS as LOAD_READS
from queries.demand.event_loads import event_loads
from queries.demand.event_placebos import whole_day_without
from queries.run import QuestionError
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY

RETURNS = pl.Schema(
    {
        "local_start": pl.Datetime("us"),
        "baseline_kw": pl.Float64(),
        "load_kw": pl.Float64(),
        "is_event": pl.Boolean(),
        "customers": pl.Int64(),
    }
)
READS = LOAD_READS


def event_curve(
    lake: DuckDBPyConnection, *, event_id: str, usage_point_id: str | None = None
) -> pl.DataFrame:
    """Baseline and load by quarters of an hour, of all that took part or of one.

    Args:
        lake: From ``queries.lake.open_lake``.
        event_id: Of ``response_events``.
        usage_point_id: One of those called; None: all that did not opt out and have both a
            baseline and readings in the event's hours.

    Returns:
        A row a quarter of the event's day, in local standard time: ``baseline_kw`` and ``load_kw``
        [kW] of the ``customers`` that have both then; null where none has (some rules speak of the
        event's hours alone); ``is_event``. In the event's hours the customers are always the same.
    """
    asked = called_event(lake, event_id)
    if usage_point_id is not None and usage_point_id not in asked.points:
        raise QuestionError(f"'{usage_point_id}' was not called to event '{event_id}'.")
    if not asked.points:
        return RETURNS.to_frame()
    rule = baseline_rules()[asked.terms.baseline_rule]
    loads = event_loads(lake, asked, with_controls=rule.form == "matched_control")
    without_kw = whole_day_without(loads.history, loads.event, rule, loads.called)
    load_kw = loads.history.load_kw[: loads.called, loads.event.day]
    steps = loads.event.steps
    known = ~(np.isnan(without_kw[:, steps]) | np.isnan(load_kw[:, steps])).any(axis=1)
    took_part = asked.calls["answer"].fill_null("").to_numpy() != "opt_out"
    chosen = np.array([point == usage_point_id for point in asked.points])
    if usage_point_id is None:
        chosen = known & took_part
    both = ~(np.isnan(without_kw) | np.isnan(load_kw)) & chosen[:, None]
    there = both.any(axis=0)
    midnight = datetime(asked.day.year, asked.day.month, asked.day.day)  # noqa: DTZ001 - local
    slots = np.arange(SLOTS_PER_DAY)
    return pl.DataFrame(
        {
            "local_start": [midnight + timedelta(minutes=SLOT_MINUTES * int(n)) for n in slots],
            "baseline_kw": np.where(there, np.where(both, without_kw, 0).sum(axis=0), np.nan),
            "load_kw": np.where(there, np.where(both, load_kw, 0).sum(axis=0), np.nan),
            "is_event": (slots >= steps.start) & (slots < steps.stop),
            "customers": both.sum(axis=0),
        },
        schema=RETURNS,
        nan_to_null=True,
    )
