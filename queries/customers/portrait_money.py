"""What each account pays, could save and is expected to pay, as it was last worked out."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
from queries.run import run_sql
from queries.schema import PORTRAIT_MONEY

_UNTOLD = ("bills_basis", "payments_basis", "received_at")
RETURNS = pl.Schema({n: t for n, t in PORTRAIT_MONEY.schema.items() if n not in _UNTOLD})
READS = ("portrait_money", "usage_points", "transformers", "feeders", "substations", "regions")


def portrait_money(
    lake: DuckDBPyConnection,
    *,
    month: str | None = None,
    customer_id: str | None = None,
    region_id: str | None = None,
) -> pl.DataFrame:
    """The newest figures of money (用户费用画像) of every account: a row an account.

    ``python -m ingest portraits`` makes them; nothing is worked out here. A customer is told its
    own amounts, not what the utility expects of it: those columns are null then.

    Args:
        lake: From ``queries.lake.open_lake``.
        month: ``YYYY-MM``: the figures as of the last day looked at in that month; None: the newest
            there are of each account.
        customer_id: Only this account.
        region_id: Only accounts with a usage point in this region; None: all in the scope.

    Returns:
        Amounts in CNY. ``bill_cny`` of ``bill_months`` months (see
        ``queries.customers.portrait_money_bills``), ``choice_saving_cny`` by the best permitted
        choice in these twelve months, 0 where the account has it already
        (``portrait_money_choices``), ``next_year_cny`` with ``next_year_low_cny`` to
        ``next_year_high_cny``, which hold it in 80 of 100 cases (``portrait_money_revenue``), and
        ``late_probability_share`` of the next bill (``customers/arrears_risk``). What is not known
        is null, and ``bill_why``, ``choice_why``, ``next_year_why``, ``late_why`` say why.
    """
    choose_region(lake, region_id)
    return run_sql(
        lake,
        "customers/portrait_money",
        RETURNS,
        month=month,
        customer_id=customer_id,
        has_region=region_id is not None,
    )
