"""What a planner wants to know of every region or industry, side by side."""

from datetime import date
from typing import Any

import polars as pl
from duckdb import DuckDBPyConnection

from queries.held import Held
from queries.load.group_series import GroupBy
from queries.load.growth import READS as GROWTH_READS
from queries.load.growth import growth
from queries.load.peak_contribution import READS as PEAK_READS
from queries.load.peak_contribution import TOGETHER, peak_contribution
from queries.market.capacity_changes import READS as CAPACITY_READS
from queries.market.capacity_changes import capacity_on, known_changes, register_rows
from queries.market.concentration import LARGEST, concentration
from queries.market.concentration import READS as CONCENTRATION_READS
from queries.market.value_added import GROSS_PRODUCT, series_of, value_added
from queries.market.value_added import READS as VALUE_READS
from queries.periods import usual_year, whole_months

_PEAK = (
    "energy_kwh",
    "energy_share",
    "peak_kw",
    "peak_share",
    "maximum_kw",
    "coincidence_share",
    "load_factor_share",
)
_GROWTH = ("growth_share", "growth_low_share", "growth_high_share")
_CONCENTRATION = (*(f"largest_{count}_share" for count in LARGEST), "hhi")
_CAPACITY = ("capacity_kva", "connected_kva", "gone_kva", "change_kva")

PORTRAIT = pl.Schema(
    {
        "group_id": pl.String(),
        "first_day": pl.Date(),
        "last_day": pl.Date(),
        "usage_points": pl.Int64(),
        "customers": pl.Int64(),
        **dict.fromkeys(_PEAK, pl.Float64()),
        "status": pl.String(),
        **dict.fromkeys(_GROWTH, pl.Float64()),
        **dict.fromkeys(_CONCENTRATION, pl.Float64()),
        **dict.fromkeys(_CAPACITY, pl.Float64()),
        "intensity_kwh_per_10k_yuan": pl.Float64(),
    }
)
"""Columns of a portrait; see ``queries.market.regions.regions``."""
READS = tuple(
    dict.fromkeys((*PEAK_READS, *GROWTH_READS, *CONCENTRATION_READS, *CAPACITY_READS, *VALUE_READS))
)

_KWH_PER_10K_CNY = 1e4


_whole_growth: Held[pl.DataFrame] = Held(4)
"""The growth of all together is the same by whatever groups they are parted."""


def year_of(first_day: date, last_day: date) -> tuple[date, date]:
    """The last twelve whole months of the days there are data of; all days below a month."""
    months = whole_months(first_day, last_day)
    return usual_year(months) if months else (first_day, last_day)


def group_portraits(
    group_by: GroupBy,
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
) -> pl.DataFrame:
    """PORTRAIT of every group, the largest first, and of all of them together last."""
    begin, end = year_of(first_day, last_day)
    grouped: dict[str, Any] = {"region_id": region_id, "group_by": group_by}
    peaks = peak_contribution(lake, first_day=begin, last_day=end, **grouped)
    few = concentration(lake, first_day=begin, last_day=end, **grouped)
    grown = _growth(group_by, lake, first_day, last_day, region_id)
    worth = value_added(begin, end, lake)
    portraits = peaks.select("group_id", "usage_points", *_PEAK)
    for part in (
        few.select("group_id", "customers", *_CONCENTRATION),
        grown,
        _capacity(group_by, lake, begin, end, region_id),
    ):
        portraits = portraits.join(
            part, on="group_id", how="left", nulls_equal=True, maintain_order="left"
        )
    amounts = [_amount(worth, group_by, one, region_id) for one in portraits["group_id"]]
    return (
        portraits.with_columns(
            pl.lit(begin).alias("first_day"),
            pl.lit(end).alias("last_day"),
            (
                pl.col("energy_kwh")
                / pl.Series("amount", amounts, dtype=pl.Float64)
                * _KWH_PER_10K_CNY
            ).alias("intensity_kwh_per_10k_yuan"),
            pl.col("customers").fill_null(0),
        )
        .sort(
            pl.col("group_id").eq_missing(pl.lit(TOGETHER)),
            pl.col("energy_kwh").neg(),
            maintain_order=True,
        )
        .select(PORTRAIT.names())
    )


def _growth(
    group_by: GroupBy, lake: DuckDBPyConnection, first_day: date, last_day: date, region: str | None
) -> pl.DataFrame:
    """Growth of every group, and of all together."""
    asked: dict[str, Any] = {"first_day": first_day, "last_day": last_day, "region_id": region}
    by_group = growth(lake, **asked, group_by=group_by)
    key = first_day, last_day, region
    whole = _whole_growth.of(lake, key, lambda: growth(lake, **asked, group_by="all"))
    return pl.concat([by_group, whole]).select("group_id", "status", *_GROWTH)


def _capacity(
    group_by: GroupBy, lake: DuckDBPyConnection, begin: date, end: date, region: str | None
) -> pl.DataFrame:
    """Capacity at the end, what came in between and what went; and of all together."""
    rows = register_rows(group_by, lake, region_id=region)
    change = pl.col("change_kva")
    changed = (
        known_changes(rows, group_by, lake, region_id=region)
        .filter((pl.col("day") > begin) & (pl.col("day") <= end))
        .group_by("group_id")
        .agg(
            change.filter(change > 0).sum().alias("connected_kva"),
            change.filter(change < 0).sum().abs().alias("gone_kva"),
            change.sum(),
        )
    )
    groups = pl.concat(one.select("group_id") for one in (rows, changed)).unique()
    found = (
        groups.join(capacity_on(rows, end), on="group_id", how="left", nulls_equal=True)
        .join(changed, on="group_id", how="left", nulls_equal=True)
        .with_columns(pl.col(*_CAPACITY).fill_null(0.0))
        .select("group_id", *_CAPACITY)
    )
    whole = found.select(pl.lit(TOGETHER).alias("group_id"), pl.col(*_CAPACITY).sum())
    return pl.concat([found.filter(pl.col("group_id").ne_missing(TOGETHER)), whole])


def _amount(
    worth: pl.DataFrame, group_by: GroupBy, group: str | None, region: str | None
) -> float | None:
    """Value added of a group [CNY]; None where none is published of just that."""
    place, series = region, GROSS_PRODUCT
    if group != TOGETHER:
        if group_by == "region":
            place = group
        elif group_by == "industry" and group is not None:
            series = series_of(group)
        else:
            return None
    known = worth.filter(
        (pl.col("region_id") == pl.lit(place, pl.String)) & (pl.col("series") == series)
    )
    return known["amount_cny"][0] if known.height else None
