"""What the district's customers applied for (业扩报装), as a marketing system would export it.

Every connection, closure and change of tenant of the register has its application, done on the day
the register says. No capacity changes in the register: applications for more or less of it, and
for a suspension, were withdrawn or refused, or are still under way on the last day.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from ingest.simulated.customers.premise import Premise
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.span import Span
from queries.schema import CONTRACT_APPLICATIONS

_STAMPED = ("batch_id", "received_at")
APPLICATIONS = pl.Schema(
    {n: d for n, d in CONTRACT_APPLICATIONS.schema.items() if n not in _STAMPED}
)
_DAYS = {"household": 6.0, "low": 14.0, "medium": 55.0}
"""From application to energising, on average: a home, another low-voltage customer, 10 kV."""
_CLOSING_DAYS = 4.0
_APPROVED_SHARE = 0.35
"""Of those days until the supply plan (供电方案) is answered."""
_SHAPE = 4.0
_STEPS_KVA = (2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 400.0, 630.0)
_TRANSFORMER_KVA = 50.0
"""Who has no transformer of its own can be neither reduced nor suspended in part of it."""
_OPEN_SHARE = {"increase": 0.05, "decrease": 0.04, "suspension": 0.03}
"""Of customers other than homes that have one under way on the last day."""
_DROPPED_SHARE_PER_YEAR = 0.02
_NEW_OPEN_SHARE, _NEW_DROPPED_SHARE_PER_YEAR = 0.006, 0.004
"""Of all customers: connections under way, and those that came to nothing."""
_WITHDRAWN_SHARE = 0.75

_Row = dict[str, Any]


def applications(
    premises: Sequence[Premise], register: dict[str, pl.DataFrame], seed: int, span: Span
) -> pl.DataFrame:
    """APPLICATIONS known on the last day of the span, in order of their day.

    Args:
        premises: All of the district.
        register: Its tables ``usage_points`` and ``customers``.
        seed: Of the district.
        span: Its days.
    """
    industry = dict(register["customers"].select("customer_id", "industry_code").iter_rows())
    points = {
        (row["usage_point_id"], row["customer_id"]): row | {"industry_code": industry.get(who)}
        for row in register["usage_points"].iter_rows(named=True)
        if (who := row["customer_id"]) is not None
    }
    rows: list[_Row] = []
    ordered = sorted(premises, key=lambda one: one.number)
    for premise in ordered:
        own = stream(seed, "applications", premise.number)
        held = [
            points[premise.usage_point_id, tenancy.customer_id] for tenancy in premise.tenancies
        ]
        rows += _done(premise, held, own, span)
        rows += _not_done(premise, held[-1], own, span)
    rows += _never_connected(ordered, points, stream(seed, "new applications"), span)
    return _known_on(span.dates[-1], pl.DataFrame(rows, schema=APPLICATIONS))


def _known_on(last_day: date, rows: pl.DataFrame) -> pl.DataFrame:
    """What is known on a day: later applications are not there, later steps not done."""
    not_done = pl.col("energised_on") > last_day
    reached = pl.when(pl.col("approved_on") > last_day).then(pl.lit("applied"))
    return (
        rows.filter(pl.col("applied_on") <= last_day)
        .with_columns(
            pl.when(not_done)
            .then(reached.otherwise(pl.lit("approved")))
            .otherwise("status")
            .alias("status"),
            *(
                pl.when(pl.col(name) <= last_day).then(name).alias(name)
                for name in ("approved_on", "energised_on")
            ),
        )
        .sort("applied_on", "usage_point_id", "transformer_id", "kind")
        .with_columns(
            pl.format("FC-Y{}", pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(6)).alias(
                "application_id"
            )
        )
    )


def _done(
    premise: Premise, held: Sequence[_Row], own: np.random.Generator, span: Span
) -> Iterator[_Row]:
    """One application for everything the register tells of a premise."""
    first, last = premise.tenancies[0], premise.tenancies[-1]
    if first.first_day > 0:
        days = _days_to_energise(premise, own)
        yield _row("new", held[0], premise.capacity_kva, _day(first.first_day, span), days)
    for tenancy, after in zip(premise.tenancies[1:], held[1:], strict=True):
        done = _day(tenancy.first_day, span)
        yield _row("transfer", after, None, done, int(own.integers(0, 4)))
    if last.last_day < span.days:
        days = 1 + int(own.gamma(_SHAPE, _CLOSING_DAYS / _SHAPE))
        yield _row("cancellation", held[-1], premise.capacity_kva, _day(last.last_day, span), days)


def _not_done(premise: Premise, held: _Row, own: np.random.Generator, span: Span) -> Iterator[_Row]:
    """Of a settled customer: what it asked for that the register does not show."""
    drawn, kinds, share = own.random(), own.random(), own.random()
    days = _days_to_energise(premise, own)
    if premise.kind == "household" or premise.tenancies[-1].last_day < span.days:
        return
    until = 0.0
    is_large = premise.capacity_kva >= _TRANSFORMER_KVA
    for kind, share_open in _OPEN_SHARE.items():
        until += share_open
        if drawn < until and (is_large or kind == "increase"):
            applied = span.days - 1 - int(share * min(days, span.days))
            ready = _day(applied + days, span)
            yield _row(kind, held, _asked(premise), ready, days)
            return
    years = span.days / 365.25
    if drawn < until + _DROPPED_SHARE_PER_YEAR * years:
        kind = "increase" if kinds < 0.7 or not is_large else "decrease"
        begin = max(premise.tenancies[-1].first_day, 0)
        applied = begin + int(share * max(span.days - days - begin, 1))
        ready = _day(applied + days, span)
        yield _row(kind, held, _asked(premise), ready, days) | _dropped(own)


def _never_connected(
    premises: Sequence[Premise], points: dict, own: np.random.Generator, span: Span
) -> Iterator[_Row]:
    """Connections under way, and some that came to nothing: neighbours of those there are."""
    years = span.days / 365.25
    count = len(premises)
    for number in range(round(count * (_NEW_OPEN_SHARE + _NEW_DROPPED_SHARE_PER_YEAR * years))):
        near = premises[int(own.integers(count))]
        days, share = _days_to_energise(near, own), own.random()
        held = points[near.usage_point_id, near.tenancies[-1].customer_id]
        place = held | {"usage_point_id": None, "customer_id": None}
        if number < round(count * _NEW_OPEN_SHARE):
            applied, ended = span.days - 1 - int(share * min(days, span.days)), {}
        else:
            applied, ended = int(share * max(span.days - days, 1)), _dropped(own)
        yield _row("new", place, near.capacity_kva, _day(applied + days, span), days) | ended


def _days_to_energise(premise: Premise, own: np.random.Generator) -> int:
    kind = "household" if premise.kind == "household" else "low"
    mean = _DAYS["medium" if premise.area is None else kind]
    return 1 + int(own.gamma(_SHAPE, mean / _SHAPE))


def _asked(premise: Premise) -> float:
    """A standard step: a third more or less, one of three transformers."""
    wanted = premise.capacity_kva / 3
    return max((step for step in _STEPS_KVA if step <= wanted), default=_STEPS_KVA[0])


def _row(kind: str, held: _Row, capacity_kva: float | None, done: date, days: int) -> _Row:
    """An application that was done on a day, so many days after it was made."""
    same = ("customer_id", "usage_point_id", "region_id", "transformer_id", "customer_class")
    return {
        "application_id": "",
        "kind": kind,
        **{name: held[name] for name in (*same, "industry_code")},
        "capacity_kva": capacity_kva,
        "applied_on": done - timedelta(days=days),
        "approved_on": done - timedelta(days=days - round(days * _APPROVED_SHARE)),
        "energised_on": done,
        "status": "done",
    }


def _dropped(own: np.random.Generator) -> _Row:
    dropped = "withdrawn" if own.random() < _WITHDRAWN_SHARE else "refused"
    return {"energised_on": None, "status": dropped}


def _day(number: int, span: Span) -> date:
    return span.first_day + timedelta(days=number)
