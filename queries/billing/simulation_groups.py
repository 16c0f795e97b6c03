"""Which groups of accounts win and lose by other tariffs."""

from datetime import date
from typing import Literal

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.lab import READS as LAB_READS
from queries.billing.simulate import MONEY
from queries.billing.tariff_simulation import tariff_simulation
from queries.industry_sections import section_of

GroupBy = Literal[
    "customer_class", "region_id", "industry_section", "industry_code", "size_class", "price_class"
]
"""What accounts may be grouped by; an industry's section is its letter of GB/T 4754."""

RETURNS = pl.Schema(
    {
        "tariff": pl.String(),
        "group": pl.String(),
        "accounts": pl.Int64(),
        "energy_kwh": pl.Float64(),
        "now_cny": MONEY,
        "owed_cny": MONEY,
        "change_cny": MONEY,
        "change_share": pl.Float64(),
        "price_cny_per_kwh": pl.Float64(),
        "winners": pl.Int64(),
        "losers": pl.Int64(),
        "unchanged": pl.Int64(),
        "median_change_share": pl.Float64(),
        "change_share_p05": pl.Float64(),
        "change_share_p95": pl.Float64(),
    }
)
READS = LAB_READS


def simulation_groups(  # noqa: PLR0913 - tariffs, days, a selection, how to group
    lake: DuckDBPyConnection,
    *,
    tariffs: tuple[str, ...],
    first_day: date,
    last_day: date,
    region_id: str | None = None,
    price_classes: tuple[str, ...] = (),
    customer_class: str | None = None,
    group_by: GroupBy = "customer_class",
) -> pl.DataFrame:
    """Winners and losers by class, region, industry, size or price class.

    Args:
        lake: From ``queries.lake.open_lake``.
        tariffs: Those that are tried: codes, or TOML texts of one tariff each.
        first_day: First day, included.
        last_day: Last day, included; bills are those of calendar months.
        region_id: Only accounts of this region; None: all in the user's scope.
        price_classes: Only accounts of these price classes; empty: all.
        customer_class: Only accounts of this class; None: all.
        group_by: What accounts are grouped by.

    Returns:
        A row a tariff and group, ``-`` for accounts of which it is not known; columns as
        ``simulation_summary`` has them.
    """
    rows = tariff_simulation(
        lake,
        tariffs=tariffs,
        first_day=first_day,
        last_day=last_day,
        region_id=region_id,
        price_classes=price_classes,
        customer_class=customer_class,
    )
    rows = rows.with_columns(section_of(pl.col("industry_code")).alias("industry_section"))
    named = rows.with_columns(pl.col(group_by).cast(pl.String).fill_null("-").alias("group"))
    found = grouped(named, ["tariff", "group"])
    order = {name: place for place, name in enumerate(rows["tariff"].unique(maintain_order=True))}
    place = pl.col("tariff").replace_strict(order, return_dtype=pl.Int64)
    return found.sort(place, "group").select(RETURNS.names())


def grouped(rows: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Rows of ``tariff_simulation`` summed up by ``by``, in the order in which they come."""
    change = pl.col("change_cny")
    share = pl.col("change_share")
    sums = rows.group_by(by, maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("accounts"),
        pl.col("energy_kwh").sum(),
        pl.col("now_cny", "owed_cny", "change_cny").sum().cast(MONEY),
        (pl.col("price_cny_per_kwh") * pl.col("energy_kwh")).sum().alias("sold_cny"),
        (change < 0).sum().cast(pl.Int64).alias("winners"),
        (change > 0).sum().cast(pl.Int64).alias("losers"),
        (change == 0).sum().cast(pl.Int64).alias("unchanged"),
        share.median().alias("median_change_share"),
        share.quantile(0.05, "linear").alias("change_share_p05"),
        share.quantile(0.95, "linear").alias("change_share_p95"),
        (~pl.col("is_complete")).sum().cast(pl.Int64).alias("incomplete_accounts"),
    )
    owed, now = pl.col("owed_cny").cast(pl.Float64), pl.col("now_cny").cast(pl.Float64)
    return sums.with_columns(
        pl.when(now > 0).then(owed / now - 1).alias("change_share"),
        pl.when(pl.col("energy_kwh") > 0)
        .then(pl.col("sold_cny") / pl.col("energy_kwh"))
        .alias("price_cny_per_kwh"),
    )
