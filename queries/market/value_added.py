"""Value added of regions and industries over the days that energy is looked at."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.run import run_sql

READS = ("economy",)
GROSS_PRODUCT = "gross_domestic_product"
"""地区生产总值: the value added of all industries."""

_ROWS = pl.Schema(
    {
        "region_id": pl.String(),
        "series": pl.String(),
        "period_start": pl.Date(),
        "period_end": pl.Date(),
        "value": pl.Float64(),
        "value_unit": pl.String(),
    }
)
_CNY = {
    "cny": 1.0,
    "元": 1.0,
    "10,000 cny": 1e4,
    "10000 cny": 1e4,
    "万元": 1e4,
    "million cny": 1e6,
    "百万元": 1e6,
    "100 million cny": 1e8,
    "亿元": 1e8,
    "billion cny": 1e9,
}
_LEAST_COVERED_SHARE = 0.98
"""Of the days asked about: quarters that do not reach as far say too little of the year."""


def series_of(section: str) -> str:
    """The series of an industry's value added: ``value_added_c`` of manufacturing."""
    return f"value_added_{section.lower()}"


def value_added(first_day: date, last_day: date, lake: DuckDBPyConnection) -> pl.DataFrame:
    """``region_id``, ``series`` and ``amount_cny`` of series that cover these days.

    Nothing is carried from a region to those in it. A series in an unknown unit is left out.
    """
    rows = run_sql(lake, "market/value_added", _ROWS, first_day=first_day, last_day=last_day)
    times = (
        pl.col("value_unit")
        .str.to_lowercase()
        .replace_strict(_CNY, default=None, return_dtype=pl.Float64)
    )
    days = (pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1
    asked = (last_day - first_day).days + 1
    return (
        rows.with_columns((pl.col("value") * times).alias("amount_cny"), days.alias("days"))
        .drop_nulls("amount_cny")
        .group_by("region_id", "series")
        .agg(pl.col("amount_cny").sum(), pl.col("days").sum())
        .filter(pl.col("days") >= _LEAST_COVERED_SHARE * asked)
        .select("region_id", "series", "amount_cny")
        .sort("region_id", "series")
    )
