"""Settlements of events of demand response as they were decided, and their posting to bills."""

import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.engine import Row

from ingest.records.engine import Actor, change
from ingest.records.response_events import event_row, mark_settled
from ingest.records.response_programmes import ResponseError, only_staff
from queries.billing.posting_table import BILL_POSTINGS
from queries.demand.response_tables import RESPONSE_CALLS, RESPONSE_SETTLEMENTS
from queries.demand.settlement_records import latest_settlements, standing_postings
from queries.records import now_text

KIND = "demand_response"
_SAME = ("rule", "outcome", "confirmed_kw", "amount_cny", "detail")
"""Where these are as before, settling again keeps no new version."""
_KEPT = ("baseline_kw", "load_kw", "reduction_kw")
_OF_BASIS = ("from_minute", "until_minute", "price_cny_per_kw", "price_cny_per_kwh")


@dataclass(frozen=True, slots=True)
class Posted:
    """What a posting did.

    Attributes:
        posted: Amounts that were put on bills.
        taken_back: Earlier ones that were taken back.
        amount_cny: Sum of both, as it stands on the bills: below zero to the customers' good.
    """

    posted: int
    taken_back: int
    amount_cny: Decimal


def settle(
    engine: Engine, actor: Actor, event_id: str, lines: pl.DataFrame, *, lake_version: str
) -> int:
    """Keep a settlement; how many lines are new or other than they were.

    Each line that changed becomes the next version of its usage point; earlier ones stay. The event
    is settled once every call has a line and none waits for readings.

    Args:
        engine: The operational database.
        actor: Who decides it; no customer.
        event_id: Of the event.
        lines: An answer of ``demand/event_settlement``, of all or some of those called.
        lake_version: State of the lake it was worked out on.

    Raises:
        ResponseError: the event is gone, was never called or is not over, or a line is of nobody
            called.
    """
    only_staff(actor)
    detail: dict[str, object] = {"lines": lines.height}
    with change(
        engine,
        actor,
        "response_event.settle",
        subject=("response_event", event_id),
        detail=detail,
        lake_version=lake_version,
    ) as connection:
        _is_over(connection, event_id)
        called = _customers_called(connection, event_id)
        before = latest_settlements(connection, event_id)
        instant, changed = now_text(), []
        for line in lines.iter_rows(named=True):
            point = line["usage_point_id"]
            if line["event_id"] != event_id or called.get(point) != line["customer_id"]:
                raise ResponseError("member", f"{point} was not called to this event.")
            values = _values(line)
            earlier = before.get(point)
            if earlier is None or any(getattr(earlier, name) != values[name] for name in _SAME):
                number = 1 if earlier is None else earlier.version + 1
                said = {"settled_by": actor.user_name, "settled_at": instant}
                changed.append(values | said | {"version": number, "lake_version": lake_version})
        if changed:
            connection.execute(insert(RESPONSE_SETTLEMENTS), changed)
        detail["changed"] = len(changed)
        detail["amount_cny"] = str(sum(lines["amount_cny"].to_list(), Decimal(0)))
        settled = latest_settlements(connection, event_id)
        waits = [one for one in settled.values() if one.outcome == "waits_for_readings"]
        if changed and len(settled) == len(called) and not waits:
            mark_settled(connection, event_id)
    return len(changed)


def post(  # noqa: PLR0913 - who posts what to which bills
    engine: Engine,
    actor: Actor,
    event_id: str,
    *,
    month: date,
    usage_point_ids: Collection[str],
    zone: ZoneInfo,
) -> Posted:
    """Put the credits of a settled event on bills; again changes nothing.

    A credit that stands and is no longer right is taken back by a posting of the opposite amount,
    and the right one is posted: both on the bill of ``month``, as bills before it have gone out.

    Args:
        engine: The operational database.
        actor: Who does it; no customer.
        event_id: Of the event.
        month: Any day of the month whose bill is open.
        usage_point_ids: Whose credits; those in the scope of who posts.
        zone: Of the service territory, in which the event's day is said.

    Raises:
        ResponseError: the event is gone or was never settled, or the month lies before it.
    """
    only_staff(actor)
    detail: dict[str, object] = {"month": f"{month:%Y-%m}"}
    with change(
        engine, actor, "response_event.post", subject=("response_event", event_id), detail=detail
    ) as connection:
        event = event_row(connection, event_id)
        day = datetime.fromisoformat(event.starts_at).astimezone(zone)
        if (month.year, month.month) < (day.year, day.month):
            raise ResponseError(
                "month", f"the event was in {day:%Y-%m}; its credit stands on no earlier bill."
            )
        settled = latest_settlements(connection, event_id)
        if not settled:
            raise ResponseError("unsettled", "settle the event first: nothing is to be posted yet.")
        standing = standing_postings(connection, event_id)
        said = {"month": f"{month:%Y-%m}", "posted_by": actor.user_name, "posted_at": now_text()}
        back: list[dict[str, Any]] = []
        new: list[dict[str, Any]] = []
        for point in sorted(set(usage_point_ids) & settled.keys()):
            wanted = _credit(settled[point], day.date())
            stands = standing.get(point)
            if stands is not None and not _is_same(stands, wanted):
                back.append(_reversal(stands) | said)
            if wanted is not None and not _is_same(stands, wanted):
                new.append(wanted | said)
        if back or new:
            connection.execute(insert(BILL_POSTINGS), [*back, *new])
        amount = sum((Decimal(one["amount_cny"]) for one in (*back, *new)), Decimal(0))
        detail |= {"posted": len(new), "taken_back": len(back), "amount_cny": str(amount)}
    return Posted(len(new), len(back), amount)


def _is_over(connection: Connection, event_id: str) -> None:
    event = event_row(connection, event_id)
    if event.state not in {"called", "settled"}:
        raise ResponseError("state", f"the event is {event.state}: only a called one is settled.")
    if event.ends_at > now_text():
        raise ResponseError("running", f"the event ends at {event.ends_at}. Settle it after that.")


def _customers_called(connection: Connection, event_id: str) -> dict[str, str]:
    calls = RESPONSE_CALLS.c
    asked = select(calls.usage_point_id, calls.customer_id).where(calls.event_id == event_id)
    return {row.usage_point_id: row.customer_id for row in connection.execute(asked)}


def _values(line: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: line[name] for name in ("event_id", "usage_point_id", "customer_id")}
    return {
        **own,
        **{name: line[name] for name in ("rule", "outcome", "detail", *_KEPT)},
        "confirmed_kw": float(line["confirmed_kw"]),
        "amount_cny": str(line["amount_cny"]),
    }


def _credit(settled: Row, day: date) -> dict[str, Any] | None:
    """The posting that a settlement asks for; None: nothing is paid."""
    amount = Decimal(settled.amount_cny)
    if not amount:
        return None
    detail = json.loads(settled.detail)
    hours, factor = Decimal(str(detail["hours"])), Decimal(str(detail["time_factor"]))
    by_kw, by_kwh = (Decimal(detail[name]) for name in _OF_BASIS[2:])
    basis = {
        "version": settled.version,
        "day": day.isoformat(),
        **{name: getattr(settled, name) for name in _KEPT},
        "confirmed_kw": detail["confirmed_kw"],
        **{name: detail[name] for name in (*_OF_BASIS, "hours", "time_factor")},
    }
    return {
        "id": secrets.token_hex(8),
        "customer_id": settled.customer_id,
        "usage_point_id": settled.usage_point_id,
        "kind": KIND,
        "amount_cny": str(-amount),
        "subject_id": settled.event_id,
        "quantity": detail["confirmed_kw"],
        "unit": "kW",
        "unit_price": str(-((by_kw + by_kwh * hours) * factor)),
        "basis": json.dumps(basis, sort_keys=True, ensure_ascii=False),
        "reverses_id": None,
    }


def _is_same(stands: Row | None, wanted: Mapping[str, Any] | None) -> bool:
    """By the amount: of what stands right, the words on a bill that went out stay as they were."""
    if stands is None or wanted is None:
        return stands is None and wanted is None
    return bool(stands.amount_cny == wanted["amount_cny"])


def _reversal(stands: Row) -> dict[str, Any]:
    """The same with the opposite amount."""
    kept = ("customer_id", "usage_point_id", "kind", "subject_id", "unit", "unit_price", "basis")
    return {
        "id": secrets.token_hex(8),
        **{name: getattr(stands, name) for name in kept},
        "amount_cny": str(-Decimal(stands.amount_cny)),
        "quantity": str(-Decimal(stands.quantity)),
        "reverses_id": stands.id,
    }
