"""Who gains and who loses by the best prices, from the least users to the largest."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.simulate import MONEY
from queries.demand.optimal_bills import READS as BILLS_READS
from queries.demand.optimal_bills import optimal_bills

RETURNS = pl.Schema(
    {
        "use_decile": pl.Int8(),
        "accounts": pl.Int64(),
        "energy_kwh": pl.Float64(),
        "now_cny": MONEY,
        "unanswered_cny": MONEY,
        "answered_cny": MONEY,
        "unanswered_change_share": pl.Float64(),
        "answered_change_share": pl.Float64(),
        "change_share_p05": pl.Float64(),
        "change_share_p95": pl.Float64(),
        "winners": pl.Int64(),
        "losers": pl.Int64(),
    }
)
READS = BILLS_READS


def optimal_deciles(lake: DuckDBPyConnection, *, problem: str) -> pl.DataFrame:
    """Sums of ``optimal_bills`` by decile of use, of the customers that count.

    Args:
        lake: From ``queries.lake.open_lake``.
        problem: JSON of ``queries.demand.optimal_terms.Problem``.

    Returns:
        A row a decile: changes of the sums, the 5 % and 95 % quantiles of the customers' own change
        if they do nothing, and how many of those owe less (``winners``) and more (``losers``).

    Raises:
        OptimalError: no prices keep the conditions, or the class cannot be optimised.
    """
    now, share = pl.col("now_cny"), pl.col("unanswered_change_share")
    sums = {
        name: pl.col(name).sum().cast(pl.Float64) for name in ("unanswered_cny", "answered_cny")
    }
    total = now.sum().cast(pl.Float64)
    return (
        optimal_bills(lake, problem=problem)
        .filter("is_counted")
        .group_by("use_decile")
        .agg(
            pl.len().cast(pl.Int64).alias("accounts"),
            pl.col("energy_kwh").sum(),
            pl.col("now_cny", "unanswered_cny", "answered_cny").sum().cast(MONEY),
            (sums["unanswered_cny"] / total - 1).alias("unanswered_change_share"),
            (sums["answered_cny"] / total - 1).alias("answered_change_share"),
            share.quantile(0.05, "linear").alias("change_share_p05"),
            share.quantile(0.95, "linear").alias("change_share_p95"),
            (share < 0).sum().cast(pl.Int64).alias("winners"),
            (share > 0).sum().cast(pl.Int64).alias("losers"),
        )
        .select(RETURNS.names())
        .sort("use_decile")
    )
