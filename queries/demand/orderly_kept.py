"""Loads of a roster on one day at 15 minutes against what each was left: who kept it.

The limit is a reference less the quota. The reference is the load the plan was worked out from, or
a baseline of demand response: what the customer would have drawn that day.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.baseline_engine import baseline
from queries.demand.baseline_history import Event, History
from queries.demand.baseline_rules import baseline_rules
from queries.demand.orderly_roster import orderly_roster
from queries.demand.orderly_tables import day_rows, stored_plan
from queries.demand.orderly_terms import Level, OrderlyError, read_terms
from queries.fleet import choose_fleet
from queries.held import Held
from queries.lake import lake_state, records_of
from queries.records import version
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY
from queries.step_loads import READS as STEP_READS
from queries.step_loads import load_blocks

READS = (*STEP_READS, "customers", "records")
BY_PLAN = "plan"
"""As a reference: the load the plan was worked out from."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a plan asked when.

    Attributes:
        reference: BY_PLAN, or the code of a baseline.
    """

    plan_id: str
    service_date: date
    level: Level
    from_minute: int
    until_minute: int
    reference: str
    roster_version: int | None = None

    @property
    def steps(self) -> slice:
        """Quarters of an hour asked about."""
        return slice(self.from_minute // SLOT_MINUTES, self.until_minute // SLOT_MINUTES)


@dataclass(frozen=True, slots=True)
class Kept:
    """A day of a roster.

    Attributes:
        roster: As ``orderly_roster`` has it.
        load_kw: (customers, 96); NaN where not read.
        reference_kw: Likewise; NaN where there is none.
        tolerance_share: Of the limit, that still counts as kept.
    """

    roster: pl.DataFrame
    load_kw: np.ndarray
    reference_kw: np.ndarray
    tolerance_share: float

    @property
    def limit_kw(self) -> np.ndarray:
        """What each was left, at any quarter, (customers, 96)."""
        quota = self.roster["quota_kw"].to_numpy()[:, None]
        return np.where(
            np.isnan(self.reference_kw), np.nan, np.maximum(self.reference_kw - quota, 0)
        )


_held: Held[Kept] = Held(6)


def kept_of(cursor: DuckDBPyConnection, asked: Asked) -> Kept:
    """The loads of a roster on the day, held for what is asked of it next.

    Raises:
        OrderlyError: no such plan, level or reference, or hours that are no quarters of an hour of
            one day in order.
    """
    known = (BY_PLAN, *baseline_rules())
    if asked.reference not in known:
        raise OrderlyError(f"reference '{asked.reference}' is none of {', '.join(known)}.")
    minutes = asked.from_minute, asked.until_minute
    if any(one % SLOT_MINUTES for one in minutes) or not 0 <= minutes[0] < minutes[1] <= 24 * 60:
        raise OrderlyError(f"{minutes} are no quarters of an hour of one day, in order.")
    key = asked, version(records_of(cursor))
    return _held.of(cursor, key, lambda: _made(cursor, asked))


def _made(cursor: DuckDBPyConnection, asked: Asked) -> Kept:
    roster = orderly_roster(
        cursor, plan_id=asked.plan_id, level=asked.level, roster_version=asked.roster_version
    ).sort("usage_point_id")
    plan = stored_plan(records_of(cursor), asked.plan_id)
    terms = read_terms("") if plan is None else read_terms(str(plan.content.get("terms", "")))
    history = _history(cursor, asked, roster)
    load_kw = history.load_kw[:, -1].astype(float)
    if asked.reference == BY_PLAN:
        reference_kw = np.full(load_kw.shape, np.nan)
        reference_kw[:, asked.steps] = roster["reference_kw"].to_numpy()[:, None]
    else:
        event = Event(len(history.dates) - 1, asked.steps.start, asked.steps.stop)
        reference_kw = baseline(history, event, baseline_rules()[asked.reference])
    return Kept(roster, load_kw, reference_kw, terms.tolerance_share)


def _history(cursor: DuckDBPyConnection, asked: Asked, roster: pl.DataFrame) -> History:
    """Loads of the roster up to the day: of as many days as the reference looks back."""
    rule = baseline_rules().get(asked.reference)
    back = 0 if rule is None else rule.look_back_days
    first_day = asked.service_date - timedelta(days=back)
    fleet = choose_fleet(
        cursor,
        first_day=first_day,
        last_day=asked.service_date,
        area_kind="all",
        area_id=None,
        region_id=None,
        channel="import",
        step_minutes=SLOT_MINUTES,
        least_readings_share=0.0,
    )
    points = fleet.points.join(roster.select("usage_point_id"), on="usage_point_id", how="semi")
    fleet = replace(fleet, points=points)
    load_kw = np.full((roster.height, fleet.days, SLOTS_PER_DAY), np.nan, np.float32)
    if points.height:
        read = np.concatenate([block.load_kw for block in load_blocks(cursor, fleet)])
        place = roster["usage_point_id"].search_sorted(points["usage_point_id"]).to_numpy()
        load_kw[place] = read.reshape(-1, fleet.days, SLOTS_PER_DAY)
    dates = tuple(first_day + timedelta(days=day) for day in range(fleet.days))
    called = set(day_rows(records_of(cursor), asked.plan_id)["service_date"].to_list())
    is_event = np.array([day.isoformat() in called for day in dates])
    return History(dates, load_kw, is_event, lake_state(cursor).holiday_country)
