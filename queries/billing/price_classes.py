"""Which classes of prices there are in a district, and what they bring in now."""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.lab import READS as LAB_READS
from queries.billing.lab import laboratory, owed_now
from queries.billing.simulate import LEAST_READINGS_SHARE, MONEY, in_cny

RETURNS = pl.Schema(
    {
        "price_class": pl.String(),
        "tariff_code": pl.String(),
        "accounts": pl.Int64(),
        "energy_kwh": pl.Float64(),
        "now_cny": MONEY,
        "assumed_accounts": pl.Int64(),
        "incomplete_accounts": pl.Int64(),
    }
)
READS = LAB_READS


def price_classes(
    lake: DuckDBPyConnection, *, first_day: date, last_day: date, region_id: str | None = None
) -> pl.DataFrame:
    """What each class of prices (用电分类) of a district owes now, the largest first.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First day, included.
        last_day: Last day, included; bills are those of calendar months.
        region_id: Only accounts of this region; None: all in the user's scope.

    Returns:
        A row a class that holds accounts with readings: ``tariff_code`` under which most of its
        energy is billed now (null: none), ``now_cny`` owed, ``assumed_accounts`` without an
        agreement, ``incomplete_accounts`` of which less than nine tenths was read. Accounts of no
        class (null) come last.
    """
    lab = laboratory(first_day, last_day, lake, region_id=region_id)
    if lab.points.is_empty():
        return RETURNS.to_frame()
    rows = lab.points.with_columns(
        pl.Series("now_fen", owed_now(lab, lake).total_fen.astype(np.int64)),
        is_incomplete=pl.col("readings_share") < LEAST_READINGS_SHARE,
    )
    billed = rows.group_by("price_class", "tariff_code").agg(pl.col("energy_kwh").sum())
    most = billed.sort("energy_kwh", "tariff_code").unique("price_class", keep="last")
    found = rows.group_by("price_class").agg(
        pl.len().cast(pl.Int64).alias("accounts"),
        pl.col("energy_kwh").sum(),
        pl.col("now_fen").sum(),
        pl.col("is_assumed").sum().cast(pl.Int64).alias("assumed_accounts"),
        pl.col("is_incomplete").sum().cast(pl.Int64).alias("incomplete_accounts"),
    )
    known = most.select("price_class", "tariff_code")
    return (
        in_cny(found.join(known, on="price_class", how="left", nulls_equal=True), "now")
        .sort(pl.col("price_class").is_null(), -pl.col("now_cny"), "price_class")
        .select(RETURNS.names())
    )
