"""Loads of some usage points in the weeks before a day, and what is usual for them."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.baseline_engine import baseline
from queries.demand.baseline_history import Event, History
from queries.demand.baseline_rules import Rule, baseline_rules
from queries.demand.event_span import StandardSpan
from queries.fleet import choose_fleet
from queries.lake import lake_state
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY
from queries.step_loads import READS as STEP_READS
from queries.step_loads import load_blocks

READS = STEP_READS
BACK_DAYS = 30
"""Twenty workdays: enough for rules that look at ten, few enough to read for a dozen of events."""
USUAL_RULE = "china_2"
"""For what is usual: the mean of the latest days of the same kind."""


def days_before(
    cursor: DuckDBPyConnection, points: tuple[str, ...], day: date, event_days: np.ndarray
) -> History:
    """Loads from BACK_DAYS before ``day`` to ``day``, in the order of ``points``.

    Args:
        cursor: An open lake.
        points: Usage points; one without readings is all NaN.
        day: Service date, the last.
        event_days: Whether a customer was called on each day, (points, BACK_DAYS + 1).
    """
    dates = tuple(day - timedelta(days=back) for back in range(BACK_DAYS, -1, -1))
    load_kw = np.full((len(points), len(dates), SLOTS_PER_DAY), np.nan)
    fleet = choose_fleet(
        cursor,
        first_day=dates[0],
        last_day=dates[-1],
        area_kind="all",
        area_id=None,
        region_id=None,
        channel="import",
        step_minutes=SLOT_MINUTES,
        least_readings_share=0.0,
    )
    fleet = replace(fleet, points=fleet.points.filter(pl.col("usage_point_id").is_in(points)))
    if not fleet.points.is_empty():
        place = {point: number for number, point in enumerate(points)}
        rows = [place[point] for point in fleet.points["usage_point_id"]]
        read = np.concatenate([block.load_kw for block in load_blocks(cursor, fleet)])
        load_kw[rows] = read.reshape(len(rows), len(dates), SLOTS_PER_DAY)
    return History(dates, load_kw, event_days, lake_state(cursor).holiday_country)


def mean_baseline_kw(history: History, span: StandardSpan, rule: Rule) -> np.ndarray:
    """Mean baseline of the hours of the last day, (customers,) [kW]; NaN where there is none."""
    event = Event(len(history.dates) - 1, span.first_slot, span.end_slot)
    return baseline(history, event, rule)[:, event.steps].mean(axis=1)


def planning_rule(code: str) -> Rule:
    """The rule itself where it looks at the customer's own days, else USUAL_RULE."""
    rule = baseline_rules()[code]
    return rule if rule.form == "days" else baseline_rules()[USUAL_RULE]
