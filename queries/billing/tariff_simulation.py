"""What everyone would owe under other tariffs."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.lab import READS as LAB_READS
from queries.billing.simulate import LEAST_READINGS_SHARE, MONEY, Selection, cny, simulate

RETURNS = pl.Schema(
    {
        "tariff": pl.String(),
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "customer_class": pl.String(),
        "region_id": pl.String(),
        "industry_code": pl.String(),
        "price_class": pl.String(),
        "size_class": pl.Int8(),
        "energy_kwh": pl.Float64(),
        "now_cny": MONEY,
        "owed_cny": MONEY,
        "change_cny": MONEY,
        "change_share": pl.Float64(),
        "price_cny_per_kwh": pl.Float64(),
        "is_complete": pl.Boolean(),
    }
)
READS = LAB_READS


def tariff_simulation(  # noqa: PLR0913 - tariffs, days, a selection
    lake: DuckDBPyConnection,
    *,
    tariffs: tuple[str, ...],
    first_day: date,
    last_day: date,
    region_id: str | None = None,
    price_classes: tuple[str, ...] = (),
    customer_class: str | None = None,
) -> pl.DataFrame:
    """What every account owes now and would owe under each tariff, exact to the fen.

    Args:
        lake: From ``queries.lake.open_lake``.
        tariffs: Those that are tried: codes, or TOML texts of one tariff each.
        first_day: First day, included.
        last_day: Last day, included; bills are those of calendar months.
        region_id: Only accounts of this region; None: all in the user's scope.
        price_classes: Only accounts of these price classes; empty: all.
        customer_class: Only accounts of this class; None: all.

    Returns:
        A row a tariff and account: ``now_cny`` under the tariff it has, ``owed_cny`` under the one
        tried, ``change_cny`` the difference, ``change_share`` of ``now_cny`` (null where nothing is
        owed now), ``price_cny_per_kwh`` what a kWh taken costs all in,
        what is paid for energy fed in left out (null without energy). An account
        of which less than nine tenths was read is not ``is_complete``: its bills are too small.
        ``size_class`` counts from 0 by the borders 2, 5, 20, 100, 1,000 MWh a year.
    """
    chosen = Selection(first_day, last_day, region_id, price_classes, customer_class)
    found = simulate(tariffs, chosen, lake)
    frames = []
    for name, owed in found.under.items():
        change = owed.total_fen - found.now.total_fen
        frames.append(
            found.points.with_columns(
                pl.lit(name).alias("tariff"),
                cny(found.now.total_fen).alias("now_cny"),
                cny(owed.total_fen).alias("owed_cny"),
                cny(change).alias("change_cny"),
                pl.Series("change_share", change / found.now.total_fen.clip(1)),
                pl.Series("price_cny_per_kwh", owed.sold_fen / 100),
                is_complete=pl.col("readings_share") >= LEAST_READINGS_SHARE,
            ).with_columns(
                pl.when(pl.col("now_cny") > 0).then("change_share").alias("change_share"),
                pl.when(pl.col("energy_kwh") > 0)
                .then(pl.col("price_cny_per_kwh") / pl.col("energy_kwh"))
                .alias("price_cny_per_kwh"),
            )
        )
    if not frames:
        return RETURNS.to_frame()
    return pl.concat(frames).select(RETURNS.names())
