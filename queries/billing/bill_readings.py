"""Which readings is a bill made of?"""

from datetime import date, datetime, timedelta

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.account_bills import READS as ACCOUNT_READS
from queries.billing.account_bills import account_bills
from queries.billing.bill_lines import joined
from queries.billing.frozen_registers import TOTAL, UsedSpan
from queries.schema import UTC_INSTANT

RETURNS = pl.Schema(
    {
        "customer_id": pl.String(),
        "usage_point_id": pl.String(),
        "meter_id": pl.String(),
        "channel": pl.String(),
        "register": pl.String(),
        "first_day": pl.Date(),
        "last_day": pl.Date(),
        "previous_read_at": UTC_INSTANT,
        "current_read_at": UTC_INSTANT,
        "previous_reading": pl.Decimal(18, 4),
        "current_reading": pl.Decimal(18, 4),
        "ratio": pl.Decimal(18, 4),
        "quantity": pl.Decimal(24, 6),
        "unit": pl.String(),
        "reading_quality": pl.String(),
        "is_exchanged": pl.Boolean(),
    }
)
READS = ACCOUNT_READS

_DAY = timedelta(days=1)


def bill_readings(
    lake: DuckDBPyConnection,
    *,
    month: date,
    customer_id: str | None = None,
    usage_point_id: str | None = None,
    may_estimate: bool = True,
) -> pl.DataFrame:
    """The readings (起止示数) behind the bill of a month: every register of every meter.

    Args:
        lake: From ``queries.lake.open_lake``.
        month: Any day of the month.
        customer_id: The account; all its usage points.
        usage_point_id: One usage point.
        may_estimate: As for ``billing/bill``.

    Returns:
        A row a register and pair of readings: two where a meter or its ratio changed
        (``is_exchanged``: the meter was removed at its end). ``quantity`` [kWh, kvarh] is the
        advance times ``ratio``, a turn of the register included; ``reading_quality`` A is actual,
        E estimated. No row where the bill is settled by interval readings.
    """
    rows = []
    for one in account_bills(
        lake,
        first_month=month,
        last_month=month,
        customer_id=customer_id,
        usage_point_id=usage_point_id,
        may_estimate=may_estimate,
    ):
        if one.registers is None or one.side == "split":
            continue
        segments = [segment for segment in one.segments if segment.bill in one.shown]
        first_day, last_day = segments[0].first_day, segments[-1].last_day
        for point in one.registers.accounts[0]:
            spans = [
                span
                for segment in segments
                for span in point.every_span(segment.first_day, segment.last_day + _DAY)
            ]
            rows += [
                (
                    one.customer_id,
                    span.usage_point_id,
                    span.span.meter_id,
                    span.channel,
                    span.register,
                    first_day,
                    last_day,
                    span.previous_at,
                    span.current_at,
                    span.span.previous_kwh,
                    span.span.current_kwh,
                    span.span.ratio,
                    span.energy_kwh,
                    "kvarh" if span.channel.startswith("reactive") else "kWh",
                    span.quality,
                    span.is_exchanged,
                )
                for span in joined(sorted(spans, key=_place))
            ]
    return pl.DataFrame(rows, schema=RETURNS, orient="row")


def _place(span: UsedSpan) -> tuple[str, bool, str, datetime]:
    """By channel, the total before its periods, in order of time."""
    return span.channel, span.register != TOTAL, span.register, span.previous_at
