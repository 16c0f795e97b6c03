"""Whose part in an event deserves a second look before it is paid?"""

import json
from typing import Any

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand import response_records
from queries.demand.baseline_rules import baseline_rules
from queries.demand.event_called import CalledEvent, called_event
from queries.demand.event_loads import READS as LOAD_READS
from queries.demand.event_loads import event_loads, without_controls
from queries.demand.event_placebos import days_like, whole_day_without
from queries.demand.gaming_indicators import ALREADY_SHARE, CLOSED_SHARE, figures_of
from queries.demand.settlement_records import latest_settlements
from queries.lake import records_of

RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "indicator": pl.String(),
        "value": pl.Float64(),
        "limit": pl.Float64(),
        "is_above": pl.Boolean(),
        "is_raised": pl.Boolean(),
        "events": pl.Int64(),
    }
)
READS = LOAD_READS
INDICATORS = {
    "inflation": "基线抬高",
    "closed": "停业或空置",
    "already_low": "事件前已降",
    "just_enough": "踩线达标",
    "not_performed": "多次未达标",
}
LEAST_EVENTS = 4
"""Settled ones, before a history says anything."""
JUST_ABOVE_SHARE = 0.05
"""Of what was promised: so close above the least share counts as just enough."""
OFTEN_SHARE = 0.75
FAILED_SHARE = 0.5
_FAILED = ("no_reduction", "too_small")


def event_gaming(lake: DuckDBPyConnection, *, event_id: str) -> pl.DataFrame:
    """Indicators of every usage point called, each with its number and what it is held against.

    An indicator is a reason to ask, and no finding: on a district where nobody games some are
    raised as well (``make bench`` says how many).

    Args:
        lake: From ``queries.lake.open_lake``.
        event_id: Of ``response_events``.

    Returns:
        A row a usage point and indicator, raised ones first: ``inflation``, load of the days looked
        back to above the customer's usual one at their temperatures; ``closed``, energy of the day
        outside the event and what surrounds it, of the usual one (below the limit: shut anyway);
        ``already_low``, part of the reduction that was there one to four hours before the event;
        ``just_enough`` and ``not_performed``, share of the settled ``events`` of the programme with
        a reduction just above the least share, or with none or too little. All are ratios.
        ``is_above``: raised above its limit, else below. Null ``value``: cannot be said yet.
        ``closed`` and ``already_low`` are raised only where a reduction would be paid.
    """
    asked = called_event(lake, event_id)
    if not asked.points:
        return RETURNS.to_frame()
    of_loads, of_past = _of_loads(lake, asked), _of_past(lake, asked)
    whose = asked.calls.select("usage_point_id", "customer_id").iter_rows(named=True)
    rows = [
        {**one, **found}
        for place, one in enumerate(whose)
        for found in (*of_loads[place], *of_past.get(one["usage_point_id"], _NOT_YET))
    ]
    return pl.DataFrame(rows, schema=RETURNS).sort(
        "is_raised", "usage_point_id", descending=[True, False], maintain_order=True
    )


def _of_loads(cursor: DuckDBPyConnection, asked: CalledEvent) -> list[list[dict[str, Any]]]:
    """The indicators of the event's own loads, by customer."""
    rule = baseline_rules()[asked.terms.baseline_rule]
    loads = event_loads(cursor, asked, with_controls=rule.form == "matched_control")
    event, called = loads.event, loads.called
    without_kw = whole_day_without(loads.history, event, rule, called)
    own = without_controls(loads).history
    figures = figures_of(own, event, days_like(own, event), rule, without_kw)
    reduced = (without_kw - own.load_kw[:, event.day])[:, event.steps].mean(axis=1)
    claims = reduced > _least_kw(asked)
    return [
        [
            _indicator("inflation", figures.inflation[place], figures.inflation_limit[place]),
            _indicator("closed", figures.open_share[place], CLOSED_SHARE, counts=bool(claimed)),
            _indicator(
                "already_low", figures.already_share[place], ALREADY_SHARE, counts=bool(claimed)
            ),
        ]
        for place, claimed in enumerate(claims)
    ]


def _least_kw(asked: CalledEvent) -> np.ndarray:
    """From which reduction on a customer would be paid, (called,) [kW]."""
    promised = asked.calls.select(pl.coalesce("reply_kw", "agreed_kw").fill_null(0.0))
    return asked.terms.least_share * promised.to_series().to_numpy()


def _of_past(cursor: DuckDBPyConnection, asked: CalledEvent) -> dict[str, list[dict[str, Any]]]:
    """The indicators of what was settled before this event, by usage point."""
    held = response_records.events(cursor, asked.programme_id).filter(
        (pl.col("starts_at") <= pl.col("starts_at").filter(pl.col("event_id") == asked.event_id))
        & pl.col("state").is_in(["called", "settled"])
    )
    shares: dict[str, list[float | None]] = {}
    failed: dict[str, int] = {}
    with records_of(cursor).connect() as connection:
        for event_id in held["event_id"]:
            for point, row in latest_settlements(connection, event_id).items():
                if row.reduction_kw is None or row.outcome == "opted_out":
                    continue
                shares.setdefault(point, []).append(_of_promise(row.reduction_kw, row.detail))
                failed[point] = failed.get(point, 0) + (row.outcome in _FAILED)
    least = asked.terms.least_share
    found = {}
    for point, own in shares.items():
        near = [one for one in own if one is not None and 0 <= one - least <= JUST_ABOVE_SHARE]
        events, is_enough = len(own), len(own) >= LEAST_EVENTS
        found[point] = [
            _indicator("just_enough", len(near) / events, OFTEN_SHARE, is_enough, events),
            _indicator("not_performed", failed[point] / events, FAILED_SHARE, is_enough, events),
        ]
    return found


def _of_promise(reduction_kw: float, detail: str) -> float | None:
    """The reduction as a share of what was promised."""
    told = json.loads(detail)
    promised = told["agreed_kw"] if told["reply_kw"] is None else told["reply_kw"]
    return reduction_kw / promised if promised else None


def _indicator(
    code: str,
    value: float,
    limit: float,
    counts: bool = True,  # noqa: FBT001, FBT002 - whether it may be raised at all
    events: int | None = None,
) -> dict[str, Any]:
    is_known, is_above = bool(np.isfinite(value)), code != "closed"
    is_raised = is_known and counts and (value >= limit if is_above else value < limit)
    return {
        "indicator": code,
        "value": float(value) if is_known else None,
        "limit": float(limit),
        "is_above": is_above,
        "is_raised": bool(is_raised),
        "events": events,
    }


_NOT_YET = [
    _indicator(code, np.nan, limit)
    for code, limit in (("just_enough", OFTEN_SHARE), ("not_performed", FAILED_SHARE))
]
"""Of who was never settled before."""
