"""The best permitted choice of every account, and what it would have saved in twelve months."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.best_choice import READS as CHOICE_READS
from queries.billing.best_choice import best_choice
from queries.billing.choice_savings import without_packages

READS = CHOICE_READS
CHOICES = pl.Schema(
    {
        "customer_id": pl.String(),
        "choice_policy": pl.String(),
        "choice_tariff_code": pl.String(),
        "choice_basic_charge": pl.String(),
        "choice_has_time_of_use": pl.Boolean(),
        "choice_saving_cny": pl.Decimal(18, 2),
        "package_saving_cny": pl.Decimal(18, 2),
    }
)


def best_choices(
    first_day: date, last_day: date, lake: DuckDBPyConnection, *, region_id: str | None = None
) -> pl.DataFrame:
    """A row an account that has something to choose, as ``billing/best_choice`` tells it.

    Of several usage points savings add up, and the choice named is that of the point that saves
    most. ``choice_policy`` is ``now`` where none is cheaper. Retailers' packages stand apart in
    ``package_saving_cny``: below zero they are dearer, null where none is open.
    """
    found = best_choice(lake, first_day=first_day, last_day=last_day, region_id=region_id)
    found = found.filter(pl.col("customer_id").is_not_null())
    best = without_packages(found).filter("is_best")
    published = (
        best.sort("customer_id", "saving_cny", descending=[False, True])
        .group_by("customer_id", maintain_order=True)
        .agg(
            pl.col("policy").first().alias("choice_policy"),
            pl.col("tariff_code").first().alias("choice_tariff_code"),
            pl.col("basic_charge").first().alias("choice_basic_charge"),
            pl.col("has_time_of_use").first().alias("choice_has_time_of_use"),
            pl.col("saving_cny").sum().alias("choice_saving_cny"),
        )
    )
    packages = (
        found.filter(pl.col("policy") == "retail")
        .group_by("usage_point_id", "customer_id")
        .agg(pl.col("saving_cny").max())
        .group_by("customer_id")
        .agg(pl.col("saving_cny").sum().alias("package_saving_cny"))
    )
    return (
        published.join(packages, on="customer_id", how="full", coalesce=True)
        .select(pl.col(name).cast(dtype) for name, dtype in CHOICES.items())
        .sort("customer_id")
    )
