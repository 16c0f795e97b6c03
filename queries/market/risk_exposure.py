"""Whose price moves with the market, and what is a fen worth?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.market.risk_accounts import READS as ACCOUNT_READS
from queries.market.risk_accounts import risk_accounts

PRICE_STEP_CNY_PER_KWH = 0.01
"""The change of the purchase price whose worth is shown: one fen a kWh."""
RETURNS = pl.Schema(
    {
        "purchase_type": pl.String(),
        "accounts": pl.Int64(),
        "energy_kwh": pl.Float64(),
        "energy_share": pl.Float64(),
        "year_billed_cny": pl.Decimal(18, 2),
        "revenue_share": pl.Float64(),
        "mean_price_cny_per_kwh": pl.Float64(),
        "step_worth_cny": pl.Float64(),
    }
)
READS = ACCOUNT_READS


def risk_exposure(
    lake: DuckDBPyConnection, *, as_of: date, region_id: str | None = None
) -> pl.DataFrame:
    """Energy and revenue by how the electricity is bought (购电方式): what a price change moves.

    ``catalogue`` customers pay the posted price, which the purchase price does not move within the
    year; ``agency`` (代理购电) pay it on month by month; ``direct`` and ``retail`` have contracts
    of their own, whose price the market makes and the lake does not have.

    Args:
        lake: From ``queries.lake.open_lake``.
        as_of: The last day; the year is the 365 days up to it.
        region_id: Only accounts of this region; None: all in the scope.

    Returns:
        A row a way of buying, most energy first, with its shares [0–1] and mean price.
        ``step_worth_cny`` is what 0.01 CNY/kWh of the purchase price is worth in a year: energy ×
        0.01; 0 for ``catalogue``.
    """
    accounts = risk_accounts(lake, as_of, region_id)
    billed = pl.col("year_billed_cny").cast(pl.Float64)
    energy = pl.col("energy_kwh")
    is_moved = pl.col("purchase_type") != "catalogue"
    return (
        accounts.group_by("purchase_type")
        .agg(
            accounts=pl.len(),
            energy_kwh=pl.col("year_kwh").sum(),
            year_billed_cny=pl.col("year_billed_cny").sum(),
        )
        .with_columns(
            energy_share=pl.when(energy.sum() > 0).then(energy / energy.sum()),
            revenue_share=pl.when(billed.sum() > 0).then(billed / billed.sum()),
            mean_price_cny_per_kwh=pl.when(energy > 0).then(billed / energy),
            step_worth_cny=pl.when(is_moved).then(energy * PRICE_STEP_CNY_PER_KWH).otherwise(0.0),
        )
        .sort("energy_kwh", descending=True)
        .select(pl.col(name).cast(dtype) for name, dtype in RETURNS.items())
    )
