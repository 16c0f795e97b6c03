"""What it would come to if every customer had the best choice."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.best_choice import READS as CHOICE_READS
from queries.billing.best_choice import best_choice
from queries.billing.choice_savings import without_packages
from queries.billing.simulate import MONEY

RETURNS = pl.Schema(
    {
        "accounts": pl.Int64(),
        "better_off_accounts": pl.Int64(),
        "now_cny": MONEY,
        "saving_cny": MONEY,
        "saving_share": pl.Float64(),
        "published_saving_cny": MONEY,
        "published_saving_share": pl.Float64(),
    }
)
READS = CHOICE_READS


def choice_summary(
    lake: DuckDBPyConnection, *, first_day: date, last_day: date, region_id: str | None = None
) -> pl.DataFrame:
    """How many would be better off, what they would save, what the grid company would take in less.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First day, included.
        last_day: Last day, included; as ``best_choice`` takes them.
        region_id: Only accounts of this region; None: all in the user's scope.

    Returns:
        One row: ``accounts`` that have a choice, those whose bill could fall by a fen or more, what
        all with a choice owe now, and what the best choice of each saves. ``published_saving_cny``
        leaves retailers' packages out: revenue the grid company would lose by its published rules
        alone. Shares are of ``now_cny``; null where nothing is owed.
    """
    return summary_of_choices(
        best_choice(lake, first_day=first_day, last_day=last_day, region_id=region_id)
    )


def summary_of_choices(choices: pl.DataFrame) -> pl.DataFrame:
    """Rows of ``best_choice`` in one row, as ``choice_summary`` returns it."""
    best = choices.filter(pl.col("is_best"))
    published = without_packages(choices).filter(pl.col("is_best"))
    sums = best.select(
        pl.len().cast(pl.Int64).alias("accounts"),
        (pl.col("saving_cny") > 0).sum().cast(pl.Int64).alias("better_off_accounts"),
        pl.col("now_cny", "saving_cny").sum().cast(MONEY),
        pl.lit(published["saving_cny"].sum()).cast(MONEY).alias("published_saving_cny"),
    )
    now = pl.col("now_cny").cast(pl.Float64)
    return sums.with_columns(
        pl.when(now > 0).then(pl.col(f"{name}_cny").cast(pl.Float64) / now).alias(f"{name}_share")
        for name in ("saving", "published_saving")
    ).select(RETURNS.names())
