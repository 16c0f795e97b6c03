"""Bills and payments put into a lake by hand."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import polars as pl

from ingest.lake import append, publish, writing
from queries.schema import PAYMENTS
from queries.settings import Settings

AT = datetime(2025, 1, 1, tzinfo=UTC)


def months(count: int, first: date = date(2024, 1, 1)) -> list[date]:
    """First days of ``count`` months in order."""
    number = first.year * 12 + first.month - 1
    return [date((number + n) // 12, (number + n) % 12 + 1, 1) for n in range(count)]


def paid(
    customer: str,
    delays: Sequence[int | None],
    *,
    billed: str = "100.00",
    share: float = 1.0,
    channel: str = "wechat",
    first: date = date(2024, 1, 1),
) -> list[dict]:
    """A bill a month: issued on the 3rd of the next, due on the 18th, paid after ``delays`` days.

    None: nothing was paid yet. ``share`` of each bill is paid.
    """
    rows = []
    issues = [one.replace(day=3) for one in months(len(delays) + 1, first)[1:]]
    for month, issued, delay in zip(months(len(delays), first), issues, delays, strict=True):
        amount = Decimal(billed)
        rows.append(
            {
                "customer_id": customer,
                "bill_month": f"{month:%Y-%m}",
                "payment_number": 1,
                "billed_cny": amount,
                "issued_on": issued,
                "due_on": issued + timedelta(days=15),
                "paid_cny": Decimal(0) if delay is None else amount * Decimal(str(share)),
                "paid_on": None if delay is None else issued + timedelta(days=delay),
                "channel": channel,
                "batch_id": "b",
                "received_at": AT,
            }
        )
    return rows


def put_payments(settings: Settings, rows: Sequence[dict]) -> None:
    """Append rows of ``paid`` and publish them."""
    with writing(settings) as writer:
        append(writer, PAYMENTS, pl.DataFrame(rows, schema=PAYMENTS.schema))
        publish(writer)
