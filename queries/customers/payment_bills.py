"""What was billed to an account, when it was due, and what was paid of it?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.run import run_sql

RETURNS = pl.Schema(
    {
        "customer_id": pl.String(),
        "bill_month": pl.String(),
        "billed_cny": pl.Decimal(18, 2),
        "issued_on": pl.Date(),
        "due_on": pl.Date(),
        "paid_cny": pl.Decimal(18, 2),
        "settled_on": pl.Date(),
        "channel": pl.String(),
        "is_late": pl.Boolean(),
        "delay_days": pl.Int64(),
        "open_cny": pl.Decimal(18, 2),
        "overdue_days": pl.Int64(),
    }
)
READS = ("payments",)


def payment_bills(
    lake: DuckDBPyConnection, *, as_of: date, customer_id: str | None = None
) -> pl.DataFrame:
    """Bills and payments (收缴) as they were known on ``as_of``, oldest month first.

    Args:
        lake: From ``queries.lake.open_lake``.
        as_of: Bills issued later and payments made later are left out.
        customer_id: The account; None: every account in the scope.

    Returns:
        A row an account and month: ``paid_cny`` by then, ``settled_on`` the day on which it was
        paid in full (null: open), ``delay_days`` from issue to then, ``open_cny`` what is left,
        ``overdue_days`` since it was due (null: not overdue). ``is_late``: it was paid in full
        after its ``due_on``, or is overdue; null while it may still be paid in time.
    """
    return run_sql(lake, "customers/payment_bills", RETURNS, as_of=as_of, customer_id=customer_id)
