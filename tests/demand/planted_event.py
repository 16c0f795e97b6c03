"""A lake with one event of demand response: four customers, of whom each does something else."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import polars as pl

from ingest.records.engine import SYSTEM, upgrade
from ingest.records.response_enrolments import Enrolment, enrol
from ingest.records.response_events import call_event, plan_event
from ingest.records.response_programmes import create_programme
from queries.demand.response_programme import Terms

EVENT_DAY = date(2025, 7, 10)
FIRST_DAY = date(2025, 6, 9)
USUAL_KW = {"PA": 20, "PB": 20, "PC": 20, "PD": 20}
IN_EVENT_KW = {"PA": 10, "PB": 16, "PC": 10, "PD": 10}
BEGIN = datetime(2025, 7, 10, 7, tzinfo=UTC)  # 15:00 in Shanghai
HOURS = (15, 16)


def day_kw(point: str, day: date) -> list[int]:
    """Load by the hour [kW]."""
    return [
        IN_EVENT_KW[point] if day == EVENT_DAY and hour in HOURS else USUAL_KW[point]
        for hour in range(24)
    ]


def planted_event(made, register, take, day_row, *, days=range(36), terms=None, without=()):
    """Register, readings by the hour, and an event from 15:00 to 17:00 on 10 July 2025.

    All agreed to 10 kW. ``without`` are usage points whose readings of the event's day are not
    there yet. Returns the operational database and the event's id.
    """
    points = list(USUAL_KW)
    register(
        made,
        regions=[{"region_id": "north"}, {"region_id": "south"}],
        customers=[{"customer_id": point[1:]} for point in points],
        usage_points=[
            {
                "usage_point_id": point,
                "customer_id": point[1:],
                "region_id": "south" if point == "PD" else "north",
                "customer_class": "residential",
                "status": "operating",
                "voltage_kv": 0.22,
            }
            for point in points
        ],
        agreements=[
            {
                "agreement_id": f"a{point}",
                "usage_point_id": point,
                "tariff_code": "residential",
                "has_time_of_use": False,
                "settlement_basis": "interval",
            }
            for point in points
        ],
    )
    rows = [
        day_row([1000 * kw for kw in day_kw(point, day)], point=point, day=day)
        for point in points
        for day in (FIRST_DAY + timedelta(days=number) for number in days)
        if not (point in without and day == EVENT_DAY)
    ]
    take(made, pl.concat(rows))
    engine = upgrade(made)
    programme_id = create_programme(
        engine, SYSTEM, name="夏季需求响应", terms=terms or Terms(price_cny_per_kwh=Decimal(3))
    )
    identifiers = enrol(
        engine,
        SYSTEM,
        programme_id,
        [
            Enrolment(
                usage_point_id=point,
                customer_id=point[1:],
                first_day=date(2025, 1, 1),
                accepted_on=date(2024, 12, 1),
                agreed_reduction_kw=10.0,
            )
            for point in points
        ],
    )
    event_id = plan_event(
        engine,
        SYSTEM,
        programme_id=programme_id,
        starts_at=BEGIN,
        ends_at=BEGIN + timedelta(hours=2),
        reason="heat",
        target_kw=30.0,
        plan={},
        calls=pl.DataFrame(
            {
                "usage_point_id": points,
                "customer_id": [point[1:] for point in points],
                "enrolment_id": identifiers,
                "planned_kw": [8.0] * len(points),
            }
        ),
    )
    call_event(engine, SYSTEM, event_id, version=1, called_at=BEGIN - timedelta(days=1))
    return engine, event_id
