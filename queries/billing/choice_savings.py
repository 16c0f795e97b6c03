"""How many customers each choice would suit, and what they would save by it."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.best_choice import READS as CHOICE_READS
from queries.billing.best_choice import best_choice
from queries.billing.simulate import MONEY

RETURNS = pl.Schema(
    {
        "policy": pl.String(),
        "notice": pl.String(),
        "tariff_code": pl.String(),
        "basic_charge": pl.String(),
        "has_time_of_use": pl.Boolean(),
        "accounts": pl.Int64(),
        "better_off_accounts": pl.Int64(),
        "saving_cny": MONEY,
    }
)
READS = CHOICE_READS


def choice_savings(
    lake: DuckDBPyConnection, *, first_day: date, last_day: date, region_id: str | None = None
) -> pl.DataFrame:
    """Each choice by itself: who may take it, whom it would suit, what they would save.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First day, included.
        last_day: Last day, included; as ``best_choice`` takes them.
        region_id: Only accounts of this region; None: all in the user's scope.

    Returns:
        A row a choice, what saves most first: ``accounts`` that may take it, those of them whose
        bill falls by a fen or more, and what these save together. An account suited by several
        choices counts in each: the rows do not add up. ``tariff_code`` and ``has_time_of_use`` are
        null where the choice does not differ by them.
    """
    return savings_by_choice(
        best_choice(lake, first_day=first_day, last_day=last_day, region_id=region_id)
    )


def savings_by_choice(choices: pl.DataFrame) -> pl.DataFrame:
    """Rows of ``best_choice``, whole, as ``choice_savings`` returns them."""
    is_better = pl.col("saving_cny") > 0
    by_tariff, by_hours = pl.col("policy") == "retail", pl.col("policy") == "time_of_use"
    found = (
        choices.filter(~pl.col("is_now"))
        .with_columns(
            pl.when(by_tariff).then("tariff_code").alias("tariff_code"),
            pl.when(by_hours).then("has_time_of_use").alias("has_time_of_use"),
        )
        .group_by(
            "policy",
            "notice",
            "tariff_code",
            "basic_charge",
            "has_time_of_use",
            maintain_order=True,
        )
        .agg(
            pl.len().cast(pl.Int64).alias("accounts"),
            is_better.sum().cast(pl.Int64).alias("better_off_accounts"),
            pl.col("saving_cny").filter(is_better).sum().cast(MONEY),
        )
    )
    order = ["policy", "basic_charge", "tariff_code", "has_time_of_use"]
    return found.sort(-pl.col("saving_cny"), *order).select(RETURNS.names())


def without_packages(choices: pl.DataFrame) -> pl.DataFrame:
    """Rows of ``best_choice`` without retailers' packages, the best marked anew.

    Accounts that have nothing else to choose are left out.
    """
    kept = choices.filter(pl.col("policy") != "retail")
    is_best = pl.int_range(pl.len()).over("usage_point_id") == 0
    chooses = pl.len().over("usage_point_id") > 1
    return kept.filter(chooses).with_columns(is_best.alias("is_best"))
