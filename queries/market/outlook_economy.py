"""Monthly series of what drives each sector, from the published ones."""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.market.assumptions import SECTORS
from queries.run import run_sql

READS = ("economy", "regions")
DRIVERS: dict[str, tuple[str, ...]] = dict(
    zip(
        SECTORS,
        (
            ("value_added_primary", "gross_domestic_product"),
            ("industrial_production_level", "value_added_secondary", "gross_domestic_product"),
            ("retail_sales", "value_added_tertiary", "gross_domestic_product"),
            ("disposable_income", "retail_sales", "gross_domestic_product"),
        ),
        strict=True,
    )
)
"""Names of the table ``economy`` that may drive a sector, the most fitting one first."""

_ROWS = pl.Schema(
    {
        "region_id": pl.String(),
        "series": pl.String(),
        "period_start": pl.Date(),
        "period_end": pl.Date(),
        "value": pl.Float64(),
    }
)


def monthly_drivers(
    regions: list[str], months: list[date], lake: DuckDBPyConnection
) -> dict[str, tuple[str, np.ndarray]]:
    """The name of every sector's driver and its value in every month; NaN where it is not known.

    Of the nearest region around those given that has published any; a quarter's or year's value is
    spread evenly over its months. A sector without a series is left out.
    """
    rows = run_sql(lake, "market/outlook_economy", _ROWS)
    parents: dict[str, str | None] = dict(
        lake.sql("select region_id, parent_region_id from regions").fetchall()
    )
    known = set(rows["region_id"].to_list())
    nearest = next((r for r in _outwards(regions, parents) if r in known), None)
    mine = rows.filter(pl.col("region_id") == pl.lit(nearest or "", pl.String))
    found = {}
    for sector, names in DRIVERS.items():
        there = set(mine["series"].to_list())
        name = next((one for one in names if one in there), None)
        if name is not None:
            found[sector] = name, _by_month(mine.filter(pl.col("series") == name), months)
    return found


def _outwards(regions: list[str], parents: dict[str, str | None]) -> list[str]:
    """The regions, then those around them, then those around these."""
    reached: list[str] = []
    level: list[str | None] = list(regions)
    while any(level):
        reached += [one for one in level if one is not None and one not in reached]
        level = [parents.get(one) for one in level if one is not None]
        level = [one for one in level if one not in reached]
    return reached


def _by_month(rows: pl.DataFrame, months: list[date]) -> np.ndarray:
    values = np.full(len(months), np.nan)
    for start, end, value in rows.select("period_start", "period_end", "value").iter_rows():
        inside = [n for n, month in enumerate(months) if start <= month <= end]
        length = (end.year - start.year) * 12 + end.month - start.month + 1
        values[inside] = value / length
    return values
