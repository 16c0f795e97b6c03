"""Who uses how much in one transformer area, by class of customers."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.load.area_members import READS as MEMBERS_READS
from queries.load.area_members import area_members

RETURNS = pl.Schema(
    {
        "customer_class": pl.String(),
        "usage_points": pl.Int64(),
        "energy_kwh": pl.Float64(),
        "energy_share": pl.Float64(),
        "export_kwh": pl.Float64(),
        "export_share": pl.Float64(),
        "readings_share": pl.Float64(),
        "silent_points": pl.Int64(),
    }
)
READS = MEMBERS_READS

ALL = "all"


def area_classes(
    lake: DuckDBPyConnection, *, transformer_id: str, first_day: date, last_day: date
) -> pl.DataFrame:
    """Energy and collection of one transformer area by customer class, and of all in one row.

    Returns:
        ``customer_class`` ``all`` first, then the class that used most: ``energy_kwh`` taken and
        its share of the area's, ``export_kwh`` fed back (photovoltaics) and ``export_share`` of
        what the area's customers took; ``readings_share``, and ``silent_points`` without any
        reading on the last day. The area's own meter is in no class. Null: nothing was read.
    """
    members = area_members(
        lake, transformer_id=transformer_id, first_day=first_day, last_day=last_day
    ).filter(~pl.col("is_check"))
    read = pl.col("energy_kwh").count() > 0
    counted = [
        pl.len().cast(pl.Int64).alias("usage_points"),
        pl.when(read).then(pl.col("energy_kwh").sum()).alias("energy_kwh"),
        pl.col("export_kwh").sum().alias("export_kwh"),
        pl.col("readings_share").mean().alias("readings_share"),
        (pl.col("silent_days").is_null() | (pl.col("silent_days") > 0))
        .sum()
        .cast(pl.Int64)
        .alias("silent_points"),
    ]
    whole = members.group_by(pl.lit(ALL).alias("customer_class")).agg(counted)
    classes = members.group_by("customer_class").agg(counted)
    taken = pl.lit(whole["energy_kwh"].sum() or None, pl.Float64)
    return (
        pl.concat([whole, classes])
        .with_columns(
            (pl.col("energy_kwh") / taken).alias("energy_share"),
            (pl.col("export_kwh") / taken).alias("export_share"),
        )
        .sort(
            pl.col("customer_class").ne_missing(ALL),
            "energy_kwh",
            "customer_class",
            descending=[False, True, False],
            nulls_last=True,
        )
        .select(RETURNS.names())
    )
