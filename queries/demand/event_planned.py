"""A plan of an event: whom to call to reach its target at least cost within every limit."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand import response_records
from queries.demand.event_candidates import AVAILABLE, FATIGUE, Candidates, candidates
from queries.demand.event_candidates import READS as CANDIDATE_READS
from queries.demand.event_day import READS as DAY_READS
from queries.demand.event_day import DayLoad, area_days, district_day
from queries.demand.event_model import Choice, Limit, Problem, cheapest, most
from queries.demand.event_span import Span
from queries.demand.response_programme import Terms, read_terms
from queries.demand.settlement_pay import pay
from queries.grid.areas import Kind
from queries.grid.limits import GridLimits, shipped_limits
from queries.held import Held
from queries.lake import lake_state, records_of
from queries.records import version
from queries.run import QuestionError

READS = tuple(dict.fromkeys((*CANDIDATE_READS, *DAY_READS)))
REBOUND_HOURS = 2
"""In which what was reduced comes back, evenly; see ``Terms.rebound_share``."""
AREAS: tuple[Kind, ...] = ("transformer", "feeder")
_ALMOST = 1 - 1e-6


@dataclass(frozen=True, slots=True)
class Asked:
    """An event to be planned.

    Attributes:
        target_kw: Mean reduction over its hours; None: as much as there is.
        need_kind, need_id, need_kw: At least so much of it under a feeder or transformer; None:
            nothing special is asked there.
        call_cny: What calling somebody costs beside its pay.
        repeat_cny: And once more for each time it was called this year already.
        region_id: The district.
    """

    programme_id: str
    span: Span
    target_kw: float | None
    need_kind: Kind | None
    need_id: str | None
    need_kw: float
    call_cny: float
    repeat_cny: float
    region_id: str | None


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, or that there is none.

    Attributes:
        terms: Of the programme, as they are now.
        known: Everybody enrolled.
        rebound_kw: What each adds in the two hours afterwards, in the order of ``known.rows``.
        pay_cny: What each is paid if it reduces as expected.
        cost_cny: That, the call, and for how often it was called.
        choice: Who is called; None: no choice reaches the target within the limits.
        is_called: In the order of ``known.rows``.
        problem: Of those that may be called.
        day: The district's load of the day.
        peak_kw: Its highest quarter of an hour; NaN where nothing is known.
        after_kw: Highest of the two hours afterwards, what comes back included.
    """

    terms: Terms
    known: Candidates
    rebound_kw: np.ndarray
    pay_cny: tuple[Decimal, ...]
    cost_cny: np.ndarray
    choice: Choice | None
    is_called: np.ndarray
    problem: Problem
    day: DayLoad
    peak_kw: float
    after_kw: float


_held: Held[Planned] = Held(8)


def planned(cursor: DuckDBPyConnection, asked: Asked) -> Planned:
    """The cheapest plan that keeps every limit, held for what is asked of it next.

    Raises:
        QuestionError: there is no such programme, or the event is longer than its terms allow.
    """
    key = asked, version(records_of(cursor))
    return _held.of(cursor, key, lambda: _planned(cursor, asked))


def _planned(cursor: DuckDBPyConnection, asked: Asked) -> Planned:
    terms = _terms(cursor, asked)
    known = candidates(cursor, asked.programme_id, asked.span, terms, asked.region_id)
    expected = known.rows["expected_kw"].fill_null(0).to_numpy()
    rebound = terms.rebound_share * expected * asked.span.hours / REBOUND_HOURS
    paid = tuple(_pays(known.rows, terms, asked.span))
    cost = (
        np.array([float(one) for one in paid])
        + asked.call_cny
        + asked.repeat_cny * known.rows["calls_this_year"].to_numpy()
    )
    day = district_day(cursor, asked.span.day, asked.region_id)
    after = _after(cursor, asked.span)
    is_free = known.rows["status"].to_numpy() == AVAILABLE
    problem = _problem(cursor, asked, known.rows, expected, cost, rebound, day, is_free)
    choice = _choice(problem, asked.target_kw)
    is_called = np.zeros(len(is_free), dtype=bool)
    if choice is not None:
        is_called[np.flatnonzero(is_free)[choice.is_called]] = True
    return Planned(
        terms,
        known,
        rebound,
        paid,
        cost,
        choice,
        is_called,
        problem,
        day,
        _highest(day.load_kw),
        _highest(day.load_kw[after]) + float(rebound[is_called].sum()),
    )


@dataclass(frozen=True, slots=True)
class Reach:
    """The most that can be reduced.

    Attributes:
        limit: ``as_asked``, or the limit that is left out: ``peak_after``, ``areas``, ``fatigue``,
            ``availability``, ``all``; ``area``: under the feeder or transformer asked for.
        most_kw: Under the limits that are left.
    """

    limit: str
    most_kw: float


def reaches(cursor: DuckDBPyConnection, asked: Asked) -> list[Reach]:
    """What could be reduced at most, as things are and with each limit left out in turn."""
    plan = planned(cursor, asked)
    whole = plan.problem.without("target", "area_least")
    found = [Reach("as_asked", _most_kw(whole))]
    if asked.need_id is not None:
        inside = next(one for one in plan.problem.limits if one.kind == "area_least")
        best = most(whole, inside.weight_kw)
        found.append(Reach("area", best.value if best else 0.0))
    found.append(Reach("peak_after", _most_kw(whole.without("peak_after"))))
    found.append(Reach("areas", _most_kw(whole.without(*AREAS))))
    for name, statuses in (
        ("fatigue", FATIGUE),
        ("availability", ("not_available",)),
        ("all", None),
    ):
        found.append(Reach(name, _more(cursor, asked, plan, statuses)))
    return found


def _more(
    cursor: DuckDBPyConnection, asked: Asked, plan: Planned, statuses: Sequence[str] | None
) -> float:
    """The most, if those with these statuses could be called too; None: everybody, no limits."""
    status = plan.known.rows["status"].to_numpy()
    expected = plan.known.rows["expected_kw"].fill_null(0).to_numpy()
    if statuses is None:
        return float(expected.sum())
    is_free = np.isin(status, (AVAILABLE, *statuses))
    problem = _problem(
        cursor,
        asked,
        plan.known.rows,
        expected,
        plan.cost_cny,
        plan.rebound_kw,
        plan.day,
        is_free,
    )
    return _most_kw(problem.without("target", "area_least"))


def _most_kw(problem: Problem) -> float:
    found = most(problem)
    return found.value if found else 0.0


def _choice(problem: Problem, target_kw: float | None) -> Choice | None:
    if target_kw is not None:
        return cheapest(problem)
    # As much as there is, and of the choices that reduce so much the cheapest.
    best = most(problem)
    if best is None or best.value <= 0:
        return best
    reached = Limit("target", None, problem.expected_kw, least_kw=best.value * _ALMOST)
    return cheapest(problem.with_limit(reached)) or best


def _problem(  # noqa: PLR0913, PLR0917 - all that bounds a plan
    cursor: DuckDBPyConnection,
    asked: Asked,
    rows: pl.DataFrame,
    expected: np.ndarray,
    cost: np.ndarray,
    rebound: np.ndarray,
    day: DayLoad,
    is_free: np.ndarray,
) -> Problem:
    free = rows.filter(pl.Series(is_free))
    kw, back = expected[is_free], rebound[is_free]
    limits = []
    if asked.target_kw is not None:
        limits.append(Limit("target", None, kw, least_kw=asked.target_kw))
    if asked.need_kind is not None and asked.need_id is not None:
        inside = free[f"{asked.need_kind}_id"].to_numpy() == asked.need_id
        weight = np.where(inside, kw, 0.0)
        limits.append(Limit("area_least", asked.need_id, weight, least_kw=asked.need_kw))
    if back.any():
        limits += _rebound_limits(cursor, asked, free, back, day)
    return Problem(kw, cost[is_free], tuple(limits))


def _rebound_limits(
    cursor: DuckDBPyConnection, asked: Asked, free: pl.DataFrame, back: np.ndarray, day: DayLoad
) -> list[Limit]:
    """What comes back makes no new peak, and overloads no transformer and feeder.

    Where the hours afterwards are above the limit without it, nothing may come back there.
    """
    after = _after(cursor, asked.span)
    found = []
    room = _highest(day.load_kw) - _highest(day.load_kw[after])
    if np.isfinite(room):
        found.append(Limit("peak_after", None, back, most_kw=max(room, 0.0)))
    limits = shipped_limits()
    for kind in AREAS:
        named = free[f"{kind}_id"]
        areas, load_kw = area_days(
            cursor, kind, named.drop_nulls().unique().to_list(), asked.span.day, asked.region_id
        )
        for area, of_day in zip(areas.iter_rows(named=True), load_kw, strict=True):
            weight = np.where((named == area["area_id"]).fill_null(value=False), back, 0.0)
            free_kw = rating_kw(area["rated_capacity_kva"], limits) - _highest(of_day[after])
            if np.isfinite(free_kw):
                found.append(Limit(kind, area["area_id"], weight, most_kw=max(free_kw, 0.0)))
    return found


def rating_kw(rated_capacity_kva: float, limits: GridLimits) -> float:
    """What it carries at the usual power factor without being overloaded [kW]."""
    return rated_capacity_kva * limits.assumed_power_factor * limits.overload_share


def _after(cursor: DuckDBPyConnection, span: Span) -> slice:
    return span.standard(ZoneInfo(lake_state(cursor).zone_name)).after(REBOUND_HOURS)


def _highest(load_kw: np.ndarray) -> float:
    known = load_kw[~np.isnan(load_kw)]
    return float(known.max()) if known.size else float("nan")


def _pays(rows: pl.DataFrame, terms: Terms, span: Span) -> list[Decimal]:
    """Pay of everybody, if it reduces as expected: up to ``most_share`` of what was agreed."""
    found = []
    for expected, agreed in rows.select("expected_kw", "agreed_reduction_kw").iter_rows():
        most_kw = float("inf") if agreed is None else agreed * terms.most_share
        confirmed = min(expected or 0.0, most_kw)
        found.append(pay(confirmed, terms, span.from_minute, span.until_minute).amount_cny)
    return found


def _terms(cursor: DuckDBPyConnection, asked: Asked) -> Terms:
    every = response_records.programmes(cursor)
    own = every.filter(pl.col("programme_id") == asked.programme_id)
    if own.is_empty():
        raise QuestionError(f"there is no programme '{asked.programme_id}'. Choose another.")
    terms = read_terms(own["terms"][0])
    minutes = asked.span.until_minute - asked.span.from_minute
    if minutes > terms.most_event_minutes:
        raise QuestionError(
            f"an event of {minutes} min is longer than the programme's terms allow "
            f"({terms.most_event_minutes} min). Choose fewer hours."
        )
    return terms
