"""What the simulated district's customers were billed month by month, by the billing engine."""

from datetime import date, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.as_in_force import as_in_force
from queries.billing.cube_limits import CubeLimit
from queries.billing.day_rows import Routed
from queries.billing.lab import READS, Lab, laboratory, tariff_of, with_use_before
from queries.billing.pricing import price
from queries.billing.simulate import cny
from queries.lake import open_lake
from queries.scope import EVERYTHING
from queries.settings import Settings

BILLED = pl.Schema(
    {"customer_id": pl.String(), "bill_month": pl.String(), "billed_cny": pl.Decimal(20, 2)}
)


def billed_months(settings: Settings, region_id: str) -> pl.DataFrame:
    """Every account's bills of all whole months there are readings of.

    Billed in one pass from the interval readings, so a bill page, which settles by frozen
    registers, may differ by what the readings lack. Accounts without a tariff have no amount, nor
    has a month in which somebody moved.
    """
    lake = open_lake(settings, EVERYTHING, reads=READS)
    try:
        span = _span(lake, region_id)
        if span is None:
            return pl.DataFrame(schema=BILLED)
        lab = laboratory(*span, lake, region_id=region_id)
        months = [f"{first:%Y-%m}" for first, _ in lab.bills]
        fen = pl.DataFrame(_billed_fen(lab, lake), schema=months, orient="row")
        long = (
            pl.concat([lab.points.select("usage_point_id"), fen], how="horizontal")
            .unpivot(index="usage_point_id", variable_name="bill_month", value_name="fen")
            .drop_nulls()
        )
        return _by_account(long, lake)
    finally:
        lake.close()


def _span(lake: DuckDBPyConnection, region_id: str) -> tuple[date, date] | None:
    """The whole months with readings of the region and those inside it."""
    [(first, last)] = lake.sql(
        """
        select min(daily_totals.service_date), max(daily_totals.service_date)
        from daily_totals
        inner join places using (usage_point_id)
        where places.region_id = $region_id or places.region_id in (
            select regions.region_id from regions where regions.parent_region_id = $region_id
        )
        """,
        params={"region_id": region_id},
    ).fetchall()
    if first is None:
        return None
    first = first if first.day == 1 else (first.replace(day=1) + timedelta(32)).replace(day=1)
    after = last + timedelta(days=1)
    last = last if after.day == 1 else last.replace(day=1) - timedelta(days=1)
    return (first, last) if first <= last else None


def _billed_fen(lab: Lab, lake: DuckDBPyConnection) -> list[list[int | None]]:
    """By account and month, under the tariff each has; None where there is none."""
    found: list[list[int | None]] = [[None] * len(lab.bills) for _ in range(lab.points.height)]
    codes = lab.points["tariff_code"]
    for code in codes.drop_nulls().unique().sort():
        rows = np.flatnonzero((codes == code).fill_null(value=False).to_numpy())
        totals = _totals(lab, code, lake)
        for row in rows:
            found[row] = [int(fen) for fen in totals[row]]
    return found


def _totals(lab: Lab, code: str, lake: DuckDBPyConnection) -> np.ndarray:
    tariff = as_in_force(tariff_of(code), lab.bills[0][0], lab.bills[-1][1])
    accounts, _ = with_use_before(lab, tariff, lake)
    try:
        return price(tariff, lab.cube, lab.bills, accounts=accounts).totals()
    except CubeLimit:
        points = lab.points["usage_point_id"].to_list()
        routed = Routed(lab.cube, lake, points)
        return price(tariff, routed, lab.bills, accounts=accounts).totals()


def _by_account(long: pl.DataFrame, lake: DuckDBPyConnection) -> pl.DataFrame:
    """Summed over the points each account held for the whole month."""
    held = lake.sql(
        """
        select usage_point_id, customer_id, valid_from, valid_to
        from usage_points
        where customer_id is not null
        order by all
        """
    ).pl()
    first = (pl.col("bill_month") + "-01").str.to_date("%Y-%m-%d")
    whole = (pl.col("valid_from") <= pl.col("first")) & (
        pl.col("valid_to").is_null() | (pl.col("valid_to") >= pl.col("first").dt.offset_by("1mo"))
    )
    fen = (
        long.with_columns(first=first)
        .join(held, on="usage_point_id")
        .filter(whole)
        .group_by("customer_id", "bill_month")
        .agg(pl.col("fen").sum())
        .sort("customer_id", "bill_month")
    )
    return fen.select("customer_id", "bill_month", cny(fen["fen"]).alias("billed_cny"))
