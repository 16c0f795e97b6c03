"""How customers pay, known to whoever collects the money."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import polars as pl

from ingest.simulated.customers.premise import Premise
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.span import Span
from ingest.simulated.truth import Planted
from queries.schema import PAYMENTS as PAID

_CHANNELS = ("wechat", "alipay", "direct_debit", "prepaid", "counter")
_CHANNEL_SHARES = (0.36, 0.3, 0.18, 0.1, 0.06)
PAYMENTS = pl.Schema(
    {
        "customer_id": pl.String(),
        "bill_month": pl.String(),
        "channel": pl.String(),
        "days_after_issue": pl.Int16(),
        "paid_share": pl.Float64(),
    }
)

_STAMPED = ("batch_id", "received_at")
_ISSUE_DAY = 3  # of the month after
_DAYS_TO_PAY = 15


def payments(
    premises: Sequence[Premise], planted: Mapping[int, Sequence[Planted]], seed: int, span: Span
) -> pl.DataFrame:
    """How and when customers pay: a row a customer and month. Amounts are the bills' business.

    Returns:
        ``customer_id``, ``bill_month`` (YYYY-MM), ``channel``, ``days_after_issue``,
        ``paid_share`` [0–1 of the bill]. Who is in decline pays later.
    """
    months = sorted({f"{day:%Y-%m}" for day in span.dates})
    rows = []
    for premise in sorted(premises, key=lambda one: one.serial):
        own = stream(seed, "payments", premise.number)
        channel = _CHANNELS[int(own.choice(len(_CHANNELS), p=_CHANNEL_SHARES))]
        habit = own.gamma(2.0, 3.0) + (9.0 if own.random() < 0.08 else 0.0)
        things = planted.get(premise.number, ())
        slower = 3.0 * any(thing.kind == "business_decline" for thing in things)
        is_careless = own.random() < 0.02
        delays = own.gamma(2.0, habit / 2.0, len(months))
        delays *= 1 + np.linspace(0, slower, len(months))
        shorts = own.random(len(months)) < (0.12 if is_careless else 0.002)
        for tenancy in premise.tenancies:
            for number, month in enumerate(months):
                first_day = date.fromisoformat(f"{month}-01")
                day = span.day(first_day)
                length = monthrange(first_day.year, first_day.month)[1]
                if tenancy.first_day < day + length and day < tenancy.last_day:
                    automatic = channel in {"direct_debit", "prepaid"}
                    late = 0 if automatic else round(float(delays[number]))
                    short = float(shorts[number] and not automatic)
                    rows.append((tenancy.customer_id, month, channel, late, 1.0 - short * 0.5))
    return pl.DataFrame(rows, schema=PAYMENTS, orient="row")


def payment_rows(habits: pl.DataFrame, billed: pl.DataFrame, last_day: date) -> pl.DataFrame:
    """What a marketing system would export on ``last_day``: bills issued by then, and payments.

    Bills issue on the 3rd of the month after and are due 15 days later. Of a bill that is paid in
    part, the rest stays open.

    Args:
        habits: From ``payments``.
        billed: ``customer_id``, ``bill_month``, ``billed_cny``; nobody pays a bill of nothing.
        last_day: Nothing that happened later is known.

    Returns:
        The columns of the lake's ``payments`` without those that ingest stamps.
    """
    month = (pl.col("bill_month") + "-01").str.to_date("%Y-%m-%d")
    issued = month.dt.offset_by("1mo") + timedelta(days=_ISSUE_DAY - 1)
    bills = (
        habits.join(billed.filter(pl.col("billed_cny") > 0), on=["customer_id", "bill_month"])
        .with_columns(issued_on=issued, due_on=issued + timedelta(days=_DAYS_TO_PAY))
        .filter(pl.col("issued_on") <= last_day)
        .with_columns(day=pl.col("issued_on") + pl.duration(days="days_after_issue"))
    )
    rows = [row for bill in bills.iter_rows(named=True) for row in _of_bill(bill, last_day)]
    return pl.DataFrame(rows, schema={n: PAID.schema[n] for n in PAID.names if n not in _STAMPED})


def _of_bill(bill: Mapping, last_day: date) -> list[dict]:
    """The payments of one bill, and what is open of it."""
    billed = bill["billed_cny"]
    cent = Decimal("0.01")
    paid = (billed * Decimal(str(bill["paid_share"]))).quantize(cent)
    known = {"customer_id": bill["customer_id"], "bill_month": bill["bill_month"]}
    known |= {"billed_cny": billed, "issued_on": bill["issued_on"], "due_on": bill["due_on"]}
    nothing = {"paid_cny": Decimal(0), "paid_on": None, "channel": bill["channel"]}
    if bill["day"] > last_day or paid == 0:
        return [known | nothing | {"payment_number": 1}]
    first = {"paid_cny": paid, "paid_on": bill["day"], "channel": bill["channel"]}
    rows = [known | first | {"payment_number": 1}]
    return rows if paid == billed else [*rows, known | nothing | {"payment_number": 2}]
