"""A town of four customers on two feeders, one past event, and what each did in it.

Everybody uses the same every hour of every day; PA uses 100 kW more from 20:00 to 21:00. At the
event of 2 July 2025, 14:00 to 16:00, PA reduced 40 kW of 40 agreed, PB 5 of 10, PC nothing of 10.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from sqlalchemy import Engine

from ingest.records.engine import Actor, upgrade
from ingest.records.response_enrolments import Enrolment, enrol
from ingest.records.response_files import PastEvent
from ingest.records.response_past_events import take_over_events
from ingest.records.response_programmes import change_programme, create_programme
from queries.demand.response_records import programmes
from queries.lake import open_lake
from queries.scope import EVERYTHING
from queries.settings import Settings

PLANNER = Actor("li", "planner")
EVENT_DAY, PLAN_DAY = date(2025, 7, 2), date(2025, 7, 9)  # both Wednesdays
LOAD_KW = {"PA": 100, "PB": 20, "PC": 20, "PD": 5}
AGREED_KW = {"PA": 40.0, "PB": 10.0, "PC": 10.0, "PD": 2.0}
REDUCED_KW = {"PA": 40, "PB": 5, "PC": 0, "PD": 0}
PLACES = {"PA": ("T1", "F1"), "PB": ("T1", "F1"), "PC": ("T2", "F2"), "PD": ("T2", "F2")}
_FIRST_DAY, _DAYS = date(2025, 6, 2), 37  # until 8 July


@dataclass(frozen=True)
class Town:
    """The lake, its records, and the programme they are about."""

    settings: Settings
    engine: Engine
    programme_id: str

    def set_terms(self, **terms: Any) -> None:
        with open_lake(self.settings, EVERYTHING) as lake:
            version = programmes(lake)["version"][0]
        change_programme(self.engine, PLANNER, self.programme_id, version=version, terms=terms)


def town(new_lake, register, take, day_row) -> Town:
    settings = new_lake()
    register(
        settings,
        regions=[{"region_id": "town"}],
        substations=[{"substation_id": "S", "region_id": "town"}],
        feeders=[{"feeder_id": one, "substation_id": "S"} for one in ("F1", "F2")],
        transformers=[
            {"transformer_id": "T1", "feeder_id": "F1", "rated_capacity_kva": 400.0},
            {"transformer_id": "T2", "feeder_id": "F2", "rated_capacity_kva": 30.0},
        ],
        customers=[{"customer_id": point[1:]} for point in LOAD_KW],
        usage_points=[
            {
                "usage_point_id": point,
                "customer_id": point[1:],
                "region_id": "town",
                "transformer_id": PLACES[point][0],
                "customer_class": "industrial",
            }
            for point in LOAD_KW
        ],
    )
    days = [_FIRST_DAY + timedelta(days=number) for number in range(_DAYS)]
    rows = [day_row(_hours(point, day), point=point, day=day) for point in LOAD_KW for day in days]
    take(settings, pl.concat(rows))
    engine = upgrade(settings)
    programme_id = create_programme(engine, PLANNER, name="夏季", terms={})
    enrol(
        engine,
        PLANNER,
        programme_id,
        [
            Enrolment(
                point,
                point[1:],
                date(2025, 1, 1),
                agreed_reduction_kw=AGREED_KW[point],
                accepted_on=None if point == "PD" else date(2024, 12, 1),
            )
            for point in LOAD_KW
        ],
    )
    begins = datetime(2025, 7, 2, 6, tzinfo=UTC)
    past = PastEvent(begins - timedelta(days=1), begins, begins + timedelta(hours=2), "heat", "E1")
    take_over_events(engine, PLANNER, programme_id, [past], ZoneInfo("Asia/Shanghai"))
    return Town(settings, engine, programme_id)


def _hours(point: str, day: date) -> dict[int, int]:
    """Energy of every hour [Wh]."""
    found = dict.fromkeys(range(24), LOAD_KW[point] * 1000)
    if point == "PA":
        found[20] += 100_000
    if day == EVENT_DAY:
        found |= {hour: found[hour] - REDUCED_KW[point] * 1000 for hour in (14, 15)}
    return found
