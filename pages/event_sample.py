"""The sample district's programme of demand response: members, past events, settlements."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

from sqlalchemy import Engine

from ingest.records.engine import SYSTEM, upgrade
from ingest.records.response_enrolments import Enrolment, enrol
from ingest.records.response_files import read_enrolments, read_past_events
from ingest.records.response_past_events import take_over_events
from ingest.records.response_programmes import create_programme
from ingest.records.response_settlements import settle
from ingest.simulated.arrival import BESIDE
from queries.customers.offer_candidate_ids import offer_candidate_ids
from queries.demand.event_settlement import event_settlement
from queries.demand.response_events import response_events
from queries.demand.response_programme import Terms
from queries.demand.response_records import programmes
from queries.lake import lake_version, open_lake
from queries.scope import EVERYTHING
from queries.settings import Settings

_NAME = "FC-DR-1"
_TERMS = Terms(rebound_share=0.3)
"""The usual ones, with a share that comes back as summer programmes with cooling often suppose."""


def event_sample(settings: Settings, *, tell: Callable[[str], None]) -> None:
    """Record the district's programme and its past events, if no programme is recorded yet."""
    engine = upgrade(settings)
    members, past = (
        settings.data / BESIDE / f"{name}.csv" for name in ("enrolments", "programme_events")
    )
    if not (members.exists() and past.exists()):
        return
    with closing(open_lake(settings, EVERYTHING)) as lake:
        if programmes(lake).height:
            return
        known, _ = read_enrolments(members.read_text("utf-8"), offer_candidate_ids(lake))
    events, _ = read_past_events(past.read_text("utf-8"))
    if not known:
        return
    made = create_programme(engine, SYSTEM, name=_NAME, terms=_TERMS)
    enrol(engine, SYSTEM, made, _until_further_notice(known))
    take_over_events(engine, SYSTEM, made, events, settings.zone)
    _settle_but_last(settings, engine, made)
    tell(f"A programme of demand response is recorded, with {len(events)} past events.")


def _settle_but_last(settings: Settings, engine: Engine, programme_id: str) -> None:
    """Settle the programme's events by its terms; the last one waits for somebody to do it."""
    version = str(lake_version(settings).sequence)
    with closing(open_lake(settings, EVERYTHING)) as lake:
        found = response_events(lake, programme_id=programme_id).sort("starts_at")
        for one in found["event_id"].head(-1):
            lines = event_settlement(lake, event_id=one)
            settle(engine, SYSTEM, one, lines, lake_version=version)


def _until_further_notice(members: list[Enrolment]) -> list[Enrolment]:
    """Who takes part until the last day goes on: the simulation ends then, the programme does not.

    Else nobody could be called on the days that are forecast.
    """
    last_day = max((one.last_day for one in members if one.last_day), default=None)
    return [replace(one, last_day=None) if one.last_day == last_day else one for one in members]
