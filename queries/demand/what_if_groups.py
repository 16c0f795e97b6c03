"""Who wins and who loses in a scenario, by class or size."""

from typing import Literal

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.simulate import MONEY
from queries.demand.what_if_bills import READS as BILLS_READS
from queries.demand.what_if_bills import what_if_bills

GroupBy = Literal["customer_class", "size_class", "price_class", "region_id"]

RETURNS = pl.Schema(
    {
        "group": pl.String(),
        "accounts": pl.Int64(),
        "energy_kwh": pl.Float64(),
        "energy_after_kwh": pl.Float64(),
        "now_cny": MONEY,
        "owed_cny": MONEY,
        "change_cny": MONEY,
        "change_share": pl.Float64(),
        "winners": pl.Int64(),
        "losers": pl.Int64(),
        "change_share_p05": pl.Float64(),
        "change_share_p95": pl.Float64(),
    }
)
READS = BILLS_READS


def what_if_groups(
    lake: DuckDBPyConnection, *, scenario: str, group_by: GroupBy = "customer_class"
) -> pl.DataFrame:
    """Sums of ``what_if_bills`` by group.

    Args:
        lake: From ``queries.lake.open_lake``.
        scenario: JSON of ``queries.demand.what_if_terms.WhatIf``.
        group_by: What customers are grouped by.

    Returns:
        A row a group, ``-`` where it is not known: ``change_share`` of the sums, and the 5 % and
        95 % quantiles of the customers' own.
    """
    share = pl.col("change_share")
    now, change = pl.col("now_cny"), pl.col("change_cny")
    return (
        what_if_bills(lake, scenario=scenario)
        .with_columns(pl.col(group_by).cast(pl.String).fill_null("-").alias("group"))
        .group_by("group")
        .agg(
            pl.len().cast(pl.Int64).alias("accounts"),
            pl.col("energy_kwh", "energy_after_kwh").sum(),
            pl.col("now_cny", "owed_cny", "change_cny").sum().cast(MONEY),
            pl.when(now.sum() > 0)
            .then(change.sum().cast(pl.Float64) / now.sum().cast(pl.Float64))
            .alias("change_share"),
            (change < 0).sum().cast(pl.Int64).alias("winners"),
            (change > 0).sum().cast(pl.Int64).alias("losers"),
            share.quantile(0.05, "linear").alias("change_share_p05"),
            share.quantile(0.95, "linear").alias("change_share_p95"),
        )
        .select(RETURNS.names())
        .sort("group")
    )
