"""Which permitted choice could a package for each class be built on?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.best_choice import READS as CHOICE_READS
from queries.customers.offer_known import choices_tried

RETURNS = pl.Schema(
    {
        "customer_class": pl.String(),
        "policy": pl.String(),
        "notice": pl.String(),
        "tariff_code": pl.String(),
        "basic_charge": pl.String(),
        "accounts": pl.Int64(),
        "winners": pl.Int64(),
        "losers": pl.Int64(),
        "winners_cny": pl.Float64(),
        "losers_cny": pl.Float64(),
        "median_saving_cny": pl.Float64(),
        "is_best": pl.Boolean(),
    }
)
READS = CHOICE_READS
_DAYS_PER_YEAR = 365.25


def package_choices(
    lake: DuckDBPyConnection, *, first_day: date, last_day: date, region_id: str | None = None
) -> pl.DataFrame:
    """Every choice the rules leave open to a class: who wins and loses at the load it has.

    Winners need no package and would be free riders of one; a package that is to reach losers
    needs a rebate of about what the median loser loses, or a change of their load.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First day of what is billed, included.
        last_day: Last day, included.
        region_id: Only customers of this region; None: all in the user's scope.

    Returns:
        A row a class and choice, the best of each class first, then class by class:
        ``accounts`` that may choose it, winners and losers by a fen or more, what they win and lose
        [CNY a year, the latter below zero], and the median of all. ``is_best``: its winners win
        most of the class's choices. ``tariff_code`` is null where the choice is none of tariffs.
    """
    tried = choices_tried(first_day, last_day, lake, region_id=region_id)
    if tried.is_empty():
        return RETURNS.to_frame()
    per_year = _DAYS_PER_YEAR / ((last_day - first_day).days + 1)
    saving = pl.col("saving_cny").cast(pl.Float64) * per_year
    by_tariff = pl.when(pl.col("policy") == "retail").then("tariff_code")
    found = (
        tried.filter(~pl.col("is_now"))
        .with_columns(by_tariff.alias("tariff_code"), saving.alias("saving"))
        .group_by("customer_class", "policy", "notice", "tariff_code", "basic_charge")
        .agg(
            pl.len().alias("accounts"),
            (pl.col("saving") > 0).sum().alias("winners"),
            (pl.col("saving") < 0).sum().alias("losers"),
            pl.col("saving").filter(pl.col("saving") > 0).sum().alias("winners_cny"),
            pl.col("saving").filter(pl.col("saving") < 0).sum().alias("losers_cny"),
            pl.col("saving").median().alias("median_saving_cny"),
        )
    )
    found = found.sort(
        "customer_class",
        -pl.col("winners_cny"),
        "policy",
        "basic_charge",
        "tariff_code",
        nulls_last=True,
    )
    is_first = pl.int_range(pl.len()).over("customer_class") == 0
    return (
        found.with_columns(is_best=is_first & (pl.col("winners") > 0))
        .sort(~pl.col("is_best"), maintain_order=True)
        .select(RETURNS.names())
        .cast(RETURNS)
    )
