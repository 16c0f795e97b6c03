"""On how few customers does the revenue rest?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.market.risk_accounts import READS as ACCOUNT_READS
from queries.market.risk_accounts import risk_accounts

RETURNS = pl.Schema(
    {
        "rank": pl.Int64(),
        "customer_id": pl.String(),
        "customer_class": pl.String(),
        "industry": pl.String(),
        "year_billed_cny": pl.Decimal(18, 2),
        "revenue_share": pl.Float64(),
        "cumulative_share": pl.Float64(),
        "accounts_share": pl.Float64(),
        "overdue_cny": pl.Decimal(18, 2),
        "late_probability_share": pl.Float64(),
        "use_change_share": pl.Float64(),
        "herfindahl_share": pl.Float64(),
        "ten_largest_share": pl.Float64(),
        "half_accounts": pl.Int64(),
    }
)
READS = ACCOUNT_READS
_TEN = 10


def risk_concentration(
    lake: DuckDBPyConnection, *, as_of: date, region_id: str | None = None
) -> pl.DataFrame:
    """Accounts by what they were billed in their last twelve months, the largest first.

    Args:
        lake: From ``queries.lake.open_lake``.
        as_of: What happened later is not known.
        region_id: Only accounts of this region; None: all in the scope.

    Returns:
        A row an account: its ``revenue_share`` of all, ``cumulative_share`` of it and all larger
        ones, which are ``accounts_share`` of the accounts [0–1]. Alike in every row:
        ``herfindahl_share`` (sum of squared shares: one over the number of equal customers that
        would be as concentrated; Hirschman 1945), ``ten_largest_share``, and ``half_accounts``:
        how many of the largest make half of the revenue.
    """
    accounts = risk_accounts(lake, as_of, region_id).filter(pl.col("year_billed_cny") > 0)
    billed = pl.col("year_billed_cny").cast(pl.Float64)
    growth = pl.col("recent_kwh") / pl.col("before_kwh") - 1
    return (
        accounts.sort("year_billed_cny", "customer_id", descending=[True, False])
        .with_row_index("rank", offset=1)
        .with_columns(
            revenue_share=billed / billed.sum(),
            use_change_share=pl.when(pl.col("before_kwh") > 0).then(growth),
            accounts_share=pl.col("rank") / pl.len(),
        )
        .with_columns(cumulative_share=pl.col("revenue_share").cum_sum())
        .with_columns(
            herfindahl_share=(pl.col("revenue_share") ** 2).sum(),
            ten_largest_share=pl.col("revenue_share").head(_TEN).sum(),
            half_accounts=(pl.col("cumulative_share") < 0.5).sum() + 1,
        )
        .select(pl.col(name).cast(dtype) for name, dtype in RETURNS.items())
    )
