"""How does each customer pay: in time, how late, how much is overdue, and is it getting worse?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
from queries.customers.payment_bills import READS as BILL_READS
from queries.customers.payment_bills import payment_bills

LEAST_BILLS = 6
"""Bills of which it is decided whether they were late, without which nothing is said of a habit."""
TREND_BILLS = 12
"""So many of the last bills make the trend."""
AGES = (30, 90)
"""Borders of the classes of age of arrears [d]: up to 30, 31 to 90, more."""
_MONEY = pl.Decimal(18, 2)
_DAYS_PER_YEAR = 365.25

RETURNS = pl.Schema(
    {
        "customer_id": pl.String(),
        "bills": pl.Int64(),
        "on_time_share": pl.Float64(),
        "usual_delay_days": pl.Float64(),
        "trend_days_per_year": pl.Float64(),
        "channel": pl.String(),
        "usual_bill_cny": _MONEY,
        "year_billed_cny": _MONEY,
        "open_cny": _MONEY,
        "overdue_cny": _MONEY,
        "overdue_to_30_cny": _MONEY,
        "overdue_to_90_cny": _MONEY,
        "overdue_more_cny": _MONEY,
        "oldest_overdue_month": pl.String(),
        "why": pl.String(),
    }
)
READS = (*BILL_READS, "usage_points", "transformers", "feeders", "substations", "regions")


def payment_behaviour(
    lake: DuckDBPyConnection,
    *,
    as_of: date,
    customer_id: str | None = None,
    region_id: str | None = None,
) -> pl.DataFrame:
    """Payment behaviour (缴费行为) of every account, from its bills as known on ``as_of``.

    Args:
        lake: From ``queries.lake.open_lake``.
        as_of: What happened later is not known.
        customer_id: One account; None: all.
        region_id: Only accounts with a usage point in this region; None: all in the scope.

    Returns:
        A row an account. ``bills`` of which it is decided whether they were paid in time,
        ``on_time_share`` [0–1] of them, ``usual_delay_days`` the median from issue to payment in
        full, ``trend_days_per_year`` the slope of that delay over the last 12 bills paid (least
        squares; above zero it pays ever later). These are null, and ``why`` is too_few_months,
        with fewer than 6 bills. ``usual_bill_cny`` is the median of the last 12 bills,
        ``year_billed_cny`` their sum. ``open_cny`` is all that is not paid, ``overdue_cny`` what of
        it is past its day, by age: up to 30 days, 31 to 90, more.
    """
    bills = payment_bills(lake, as_of=as_of, customer_id=customer_id)
    if region_id is not None:
        choose_region(lake, region_id)
        inside = lake.sql("select distinct customer_id from region_places order by all").pl()
        bills = bills.join(inside, on="customer_id", how="semi")
    return behaviour_of(bills)


def behaviour_of(bills: pl.DataFrame) -> pl.DataFrame:
    """The answer from rows of ``payment_bills``."""
    overdue, days = pl.col("overdue_days").is_not_null(), pl.col("overdue_days")
    recent = pl.col("bill_month").rank("ordinal", descending=True).over("customer_id")
    known = bills.with_columns(recent=recent)
    last_year = known.filter(pl.col("recent") <= TREND_BILLS)
    summed = known.group_by("customer_id").agg(
        bills=pl.col("is_late").count().cast(pl.Int64),
        on_time_share=1.0 - pl.col("is_late").mean(),
        usual_delay_days=pl.col("delay_days").median(),
        channel=pl.col("channel").sort_by("bill_month").last(),
        open_cny=pl.col("open_cny").sum(),
        overdue_cny=_sum(overdue),
        overdue_to_30_cny=_sum(overdue & (days <= AGES[0])),
        overdue_to_90_cny=_sum(overdue & (days > AGES[0]) & (days <= AGES[1])),
        overdue_more_cny=_sum(overdue & (days > AGES[1])),
        oldest_overdue_month=pl.col("bill_month").filter(overdue).min(),
    )
    recently = last_year.group_by("customer_id").agg(
        # The lower of the two in the middle: an amount that was billed, exact.
        usual_bill_cny=pl.col("billed_cny").sort().get((pl.len() - 1) // 2),
        year_billed_cny=pl.col("billed_cny").sum(),
    )
    found = summed.join(recently, on="customer_id").join(
        _trends(last_year), on="customer_id", how="left"
    )
    is_known = pl.col("bills") >= LEAST_BILLS
    habits = ("on_time_share", "usual_delay_days", "trend_days_per_year")
    return (
        found.with_columns(pl.when(is_known).then(pl.col(name)).alias(name) for name in habits)
        .with_columns(why=pl.when(~is_known).then(pl.lit("too_few_months")))
        .select(pl.col(name).cast(dtype) for name, dtype in RETURNS.items())
        .sort("customer_id")
    )


def _sum(condition: pl.Expr) -> pl.Expr:
    return pl.col("open_cny").filter(condition).sum()


def _trends(last_year: pl.DataFrame) -> pl.DataFrame:
    """Slope of the delay of bills paid in full against their day of issue [d/a]."""
    day = pl.col("issued_on").cast(pl.Int32).cast(pl.Float64)
    paid = last_year.filter(pl.col("delay_days").is_not_null())
    return (
        paid.group_by("customer_id")
        .agg(
            slope=pl.cov(day, pl.col("delay_days").cast(pl.Float64)) / day.var(),
            paid=pl.len(),
        )
        .with_columns(
            trend_days_per_year=pl.when(pl.col("paid") >= LEAST_BILLS).then(
                pl.col("slope") * _DAYS_PER_YEAR
            )
        )
        .select("customer_id", "trend_days_per_year")
    )
