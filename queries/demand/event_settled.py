"""What was settled of an event, and what of it stands on bills?"""

from decimal import Decimal
from typing import Any

import polars as pl
from duckdb import DuckDBPyConnection
from sqlalchemy.engine import Row

from queries.demand import response_records
from queries.demand.settlement_records import latest_settlements, standing_postings
from queries.lake import records_of

_CNY = pl.Decimal(18, 2)
RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "version": pl.Int64(),
        "outcome": pl.String(),
        "confirmed_kw": pl.Float64(),
        "amount_cny": _CNY,
        "settled_by": pl.String(),
        "settled_at": pl.String(),
        "posted_cny": _CNY,
        "posted_month": pl.String(),
        "to_post_cny": _CNY,
        "to_take_back_cny": _CNY,
    }
)
READS = response_records.READS


def event_settled(lake: DuckDBPyConnection, *, event_id: str) -> pl.DataFrame:
    """The settlement of an event as it was kept last, and the credits on bills.

    Args:
        lake: From ``queries.lake.open_lake``.
        event_id: Of ``response_events``.

    Returns:
        A row a usage point settled: the ``version`` of its line, ``amount_cny`` it earns,
        ``posted_cny`` that stands on the bill of ``posted_month`` (YYYY-MM; null: none), and what
        posting would do now: ``to_post_cny`` put on a bill, ``to_take_back_cny`` taken off. Amounts
        are to the customer's good.
    """
    called = response_records.calls(lake, event_id)["usage_point_id"]
    with records_of(lake).connect() as connection:
        settled = latest_settlements(connection, event_id)
        standing = standing_postings(connection, event_id)
    rows = [_row(settled[point], standing.get(point)) for point in called if point in settled]
    return pl.DataFrame(rows, schema=RETURNS)


def _row(settled: Row, stands: Row | None) -> dict[str, Any]:
    amount = Decimal(settled.amount_cny)
    posted = None if stands is None else -Decimal(stands.amount_cny)
    is_right = (posted or Decimal(0)) == amount
    return {
        **{
            name: getattr(settled, name)
            for name in (
                "usage_point_id",
                "customer_id",
                "version",
                "outcome",
                "confirmed_kw",
                "settled_by",
                "settled_at",
            )
        },
        "amount_cny": amount,
        "posted_cny": posted,
        "posted_month": None if stands is None else stands.month,
        "to_post_cny": Decimal(0) if is_right else amount,
        "to_take_back_cny": Decimal(0) if is_right else posted or Decimal(0),
    }
