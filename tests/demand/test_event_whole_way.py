"""One event all the way: planned, called by OpenADR, answered by VENs, settled, on the bill."""

import asyncio
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import openleadr.utils
import pytest
from sqlalchemy import update

from ingest.records.engine import SYSTEM, Actor
from ingest.records.response_events import call_event, plan_event
from ingest.records.response_settlements import post, settle
from ingest.signals.outbox import outgoing
from ingest.signals.service import Signals
from queries.billing.bill import bill
from queries.demand.event_live import event_live
from queries.demand.event_messages import event_messages
from queries.demand.event_plan import event_plan
from queries.demand.event_settlement import event_settlement
from queries.demand.response_records import events
from queries.demand.response_tables import RESPONSE_ENROLMENTS
from queries.lake import open_lake
from queries.scope import EVERYTHING
from tests.demand.response_town import LOAD_KW, PLAN_DAY, town
from tests.ingest.collection.mqtt_server import free_port
from tests.ingest.signals.called import answers_in, until
from tests.ingest.signals.ven import Ven, polling

CLERK = Actor("wang", "billing_clerk")
SHANGHAI = ZoneInfo("Asia/Shanghai")
BEGIN = datetime(2025, 7, 9, 6, tzinfo=UTC)  # 14:00 in Shanghai
CALLED_AT = BEGIN - timedelta(hours=5)
JULY = date(2025, 7, 1)


@pytest.fixture
def place(new_lake, register, take, day_row, monkeypatch):
    # openleadr's own clock, by which it leaves an event of 2025 unanswered: at the call it is far.
    monkeypatch.setattr(openleadr.utils, "determine_event_status", lambda _: "far")
    made = town(new_lake, register, take, day_row)
    register(
        made.settings,
        agreements=[
            {
                "agreement_id": f"a{point}",
                "usage_point_id": point,
                "tariff_code": "residential",
                "has_time_of_use": False,
                "settlement_basis": "interval",
            }
            for point in LOAD_KW
        ],
    )
    with made.engine.begin() as connection:
        for point in LOAD_KW:
            own = RESPONSE_ENROLMENTS.c.usage_point_id == point
            moved = update(RESPONSE_ENROLMENTS).where(own)
            connection.execute(moved.values(channel="openadr", address=f"VEN-{point}"))
    return made


def asked(place, question, **inputs):
    with closing(open_lake(place.settings, EVERYTHING)) as lake:
        return question(lake, **inputs)


def planned_and_called(place) -> str:
    """As much as there is, from 14:00 to 16:00 on 9 July; called five hours before."""
    plan = asked(
        place,
        event_plan,
        programme_id=place.programme_id,
        day=PLAN_DAY,
        from_minute=14 * 60,
        until_minute=16 * 60,
    ).filter("is_called")
    event_id = plan_event(
        place.engine,
        SYSTEM,
        programme_id=place.programme_id,
        starts_at=BEGIN,
        ends_at=BEGIN + timedelta(hours=2),
        reason="heat",
        target_kw=45.0,
        plan={"target_kw": None},
        calls=plan.rename({"expected_kw": "planned_kw"}).select(
            "usage_point_id", "customer_id", "enrolment_id", "planned_kw"
        ),
    )
    call_event(place.engine, SYSTEM, event_id, version=1, called_at=CALLED_AT)
    return event_id


async def answered_by_vens(place, event_id: str) -> list[Ven]:
    """A's VEN opts in, B's out, C's never polls."""
    settings = place.settings.model_copy(update={"openadr_port": free_port()})
    signals = Signals(
        settings,
        place.engine,
        tell=lambda *_, **__: None,
        now=lambda: CALLED_AT,
        every=timedelta(seconds=0.1),
    )
    assert signals.vtn is not None
    serving = asyncio.create_task(signals.run())
    await until(lambda: bool(outgoing(place.engine, "openadr")))
    vens = [Ven(signals.vtn, "VEN-PA"), Ven(signals.vtn, "VEN-PB", "optOut")]
    try:
        async with polling(*vens):
            await until(
                lambda: set(answers_in(place.engine, event_id).values()) > {"opt_in", "opt_out"}
            )
    finally:
        signals.stop()
        await serving
    return vens


def test_from_the_plan_to_the_ven_to_the_bill(place, take, day_row):
    event_id = planned_and_called(place)
    assert answers_in(place.engine, event_id) == {"PA": None, "PB": None, "PC": None}
    [first, _] = asyncio.run(answered_by_vens(place, event_id))
    [event] = first.events
    assert event["event_signals"][1]["intervals"][0]["signal_payload"] == pytest.approx(-30, 1e-4)
    assert answers_in(place.engine, event_id) == {"PA": "opt_in", "PB": "opt_out", "PC": None}
    sent = asked(place, event_messages, event_id=event_id).filter(direction="out")
    assert dict(sent.select("address", "state").rows()) == {
        "VEN-PA": "delivered",
        "VEN-PB": "delivered",
        "VEN-PC": "waiting",
    }

    # The day comes: A uses 60 of 100 kW, the others what they always do.
    for point in ("PA", "PB", "PC"):
        hours = dict.fromkeys(range(24), LOAD_KW[point] * 1000)
        if point == "PA":
            hours |= {14: 60_000, 15: 60_000}
        take(place.settings, day_row(hours, point=point, day=PLAN_DAY))
    half_past = BEGIN + timedelta(minutes=30)
    rows = asked(place, event_live, event_id=event_id, at=half_past).filter("is_event")
    # readings are held in single precision
    assert rows["reduction_kw"].to_list()[:2] == pytest.approx([40.0] * 2, abs=1e-4)
    assert rows["reduction_kw"].to_list()[2:] == [None] * 6
    assert rows["points"].to_list() == [2] * 8, "A and C: B has opted out"

    lines = asked(place, event_settlement, event_id=event_id)
    assert dict(lines.select("usage_point_id", "outcome").rows()) == {
        "PA": "paid",
        "PB": "opted_out",
        "PC": "no_reduction",
    }
    settle(place.engine, CLERK, event_id, lines, lake_version="1")
    done = post(
        place.engine,
        CLERK,
        event_id,
        month=JULY,
        usage_point_ids=("PA", "PB", "PC"),
        zone=SHANGHAI,
    )
    # 40 kW for two hours at 3 CNY/kWh
    assert (done.posted, done.amount_cny) == (1, Decimal("-240.00"))
    assert asked(place, events).row(0, named=True)["state"] == "settled"
    line = asked(place, bill, month=JULY, customer_id="A").row(-1, named=True)
    assert (line["kind"], line["quantity"], line["amount_cny"]) == ("demand_response", 40, -240)
