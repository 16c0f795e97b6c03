"""What the utility itself knows of its programmes: who takes part in which arm, when it called."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import polars as pl

from ingest.simulated.customers.premise import Premise
from ingest.simulated.planted import offer, pilot, response_events
from ingest.simulated.surroundings.setting import Setting
from ingest.simulated.surroundings.span import Span
from ingest.simulated.truth import Planted
from queries.schema import SLOTS_PER_DAY, UTC_INSTANT

ENROLMENTS = pl.Schema(
    {
        "programme_id": pl.String(),
        "programme_kind": pl.String(),  # tou_pilot, response_event, offer
        "usage_point_id": pl.String(),
        "arm": pl.String(),  # treated, control; enrolled; offered, not_offered
        "first_day": pl.Date(),
        "last_day": pl.Date(),  # included
        "agreed_reduction_kw": pl.Float64(),  # null: none was agreed
        "accepted_on": pl.Date(),  # null: did not
    }
)
"""One row a usage point and programme."""

PROGRAMME_EVENTS = pl.Schema(
    {
        "event_id": pl.String(),
        "programme_id": pl.String(),
        "called_at": UTC_INSTANT,
        "starts_at": UTC_INSTANT,
        "ends_at": UTC_INSTANT,
        "reason": pl.String(),  # heat, cold
    }
)
"""One row a call for demand response."""

_IDS = {pilot.KIND: "FC-TOU-1", response_events.KIND: "FC-DR-1", offer.KIND: "FC-OFFER-1"}


def programme_tables(
    planted: Mapping[int, Sequence[Planted]], premises: Sequence[Premise], setting: Setting
) -> dict[str, pl.DataFrame]:
    """``enrolments`` and ``programme_events``; nothing in them gives the truth away.

    Args:
        planted: What is planted on every premise, by its number.
        premises: All of the district.
        setting: Of the district.
    """
    span = setting.span
    rows = []
    for premise in sorted(premises, key=lambda one: one.number):
        things = [one for one in planted.get(premise.number, ()) if one.group == "programme"]
        if things:
            rows.append(_enrolment(premise, things[0], span))
    calls = [
        {
            "event_id": event.event_id,
            "programme_id": _IDS[response_events.KIND],
            "called_at": span.instant(event.called_slot),
            "starts_at": span.instant(event.first_slot),
            "ends_at": span.instant(event.last_slot),
            "reason": event.reason,
        }
        for event in response_events.response_events(setting)
    ]
    return {
        "enrolments": pl.DataFrame(rows, schema=ENROLMENTS).sort("programme_id", "usage_point_id"),
        "programme_events": pl.DataFrame(calls, schema=PROGRAMME_EVENTS),
    }


def _enrolment(premise: Premise, thing: Planted, span: Span) -> dict[str, object]:
    detail = thing.detail
    accepted_day = detail["accepted_day"]
    agreed_kw = None
    if thing.kind == pilot.KIND:
        arm, first_day = detail["arm"], thing.first_slot // SLOTS_PER_DAY
    elif thing.kind == offer.KIND:
        arm = "offered" if detail["is_offered"] else "not_offered"
        first_day = detail["sent_day"]
    else:
        arm, first_day, agreed_kw = "enrolled", accepted_day + 1, detail["agreed_kw"]
    return {
        "programme_id": _IDS[thing.kind],
        "programme_kind": thing.kind,
        "usage_point_id": premise.usage_point_id,
        "arm": arm,
        "first_day": _date(first_day, span),
        "last_day": _date(span.days - 1, span),
        "agreed_reduction_kw": agreed_kw,
        "accepted_on": _within(accepted_day, span),
    }


def _date(day: int, span: Span) -> date:
    return span.first_day + timedelta(days=day)


def _within(day: int | None, span: Span) -> date | None:
    """The date of a day; None where it is not known yet at the end of the span."""
    return None if day is None or day >= span.days else _date(day, span)
