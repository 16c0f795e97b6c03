"""A programme with customers by some channels, and events of it, in an operational database."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
from sqlalchemy import Engine, select

from ingest.records.engine import SYSTEM, upgrade
from ingest.records.response_enrolments import Enrolment, enrol
from ingest.records.response_events import call_event, plan_event
from ingest.records.response_programmes import create_programme
from queries.demand.response_programme import Terms
from queries.demand.response_tables import RESPONSE_CALLS, RESPONSE_MESSAGES
from queries.settings import Settings


def quarter_after(hours: float) -> datetime:
    """A quarter of an hour, at least so many hours from now."""
    at = datetime.now(UTC) + timedelta(hours=hours)
    whole = at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)
    return whole + timedelta(minutes=15)


@dataclass
class Called:
    """Customers P1, P2 … by (channel, address), and what is called of them."""

    folder: Path
    places: list[tuple[str, str | None]]
    planned_kw: list[float | None] | None = None
    settings: Settings = field(init=False)
    engine: Engine = field(init=False)
    programme_id: str = field(init=False)
    members: list[str] = field(init=False)
    told: list[tuple[str, dict]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.settings = Settings(
            data=self.folder, database="", openadr_port=0, signals_secret="s" * 40, answers_port=0
        )
        self.engine = upgrade(self.settings)
        self.programme_id = create_programme(
            self.engine, SYSTEM, name="Summer peak", terms=Terms(notice_minutes=60)
        )
        self.members = enrol(
            self.engine,
            SYSTEM,
            self.programme_id,
            [
                Enrolment(
                    usage_point_id=f"P{number}",
                    customer_id=f"C{number}",
                    first_day=date(2024, 1, 1),
                    accepted_on=date(2024, 1, 1),
                    agreed_reduction_kw=10.0,
                    channel=channel,
                    address=address,
                )
                for number, (channel, address) in enumerate(self.places, 1)
            ],
        )

    def tell(self, event: str, **fields: object) -> None:
        self.told.append((event, fields))

    def call(self, hours: float = 3, reason: str = "heat") -> str:
        """An event two hours long that begins in so many hours, called now; its id."""
        starts_at = quarter_after(hours)
        numbers = range(1, len(self.members) + 1)
        calls = pl.DataFrame(
            {
                "usage_point_id": [f"P{number}" for number in numbers],
                "customer_id": [f"C{number}" for number in numbers],
                "enrolment_id": self.members,
                "planned_kw": self.planned_kw or [8.0] * len(self.members),
            }
        )
        event_id = plan_event(
            self.engine,
            SYSTEM,
            programme_id=self.programme_id,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=2),
            reason=reason,
            target_kw=10.0,
            plan={},
            calls=calls,
        )
        call_event(self.engine, SYSTEM, event_id, version=1, called_at=datetime.now(UTC))
        return event_id

    def answers(self) -> dict[str, str | None]:
        """By usage point."""
        return answers_in(self.engine)

    def messages(self, direction: str = "out", **like: object) -> list:
        """Rows of the messages in one direction."""
        table = RESPONSE_MESSAGES
        asked = select(table).where(table.c.direction == direction)
        for name, value in like.items():
            asked = asked.where(table.c[name] == value)
        with self.engine.connect() as connection:
            return list(connection.execute(asked.order_by(table.c.sent_at)))


def answers_in(engine: Engine, event_id: str | None = None) -> dict[str, str | None]:
    """Of one event or all, by usage point."""
    calls = RESPONSE_CALLS.c
    asked = select(calls.usage_point_id, calls.answer)
    if event_id is not None:
        asked = asked.where(calls.event_id == event_id)
    with engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(asked)}


async def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.02)
