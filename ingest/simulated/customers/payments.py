"""How customers pay, known to whoever collects the money."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import polars as pl

from ingest.simulated.customers.premise import Premise
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.span import Span
from ingest.simulated.truth import Planted

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
