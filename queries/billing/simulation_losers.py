"""Who loses most by other tariffs, and who gains most."""

from datetime import date
from typing import Literal

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.customer_names import with_names
from queries.billing.lab import READS as LAB_READS
from queries.billing.simulate import MONEY
from queries.billing.tariff_simulation import tariff_simulation

Side = Literal["losers", "winners"]
RETURNS = pl.Schema(
    {
        "tariff": pl.String(),
        "customer_id": pl.String(),
        "name": pl.String(),
        "usage_point_id": pl.String(),
        "customer_class": pl.String(),
        "region_id": pl.String(),
        "industry_code": pl.String(),
        "energy_kwh": pl.Float64(),
        "now_cny": MONEY,
        "owed_cny": MONEY,
        "change_cny": MONEY,
        "change_share": pl.Float64(),
        "price_cny_per_kwh": pl.Float64(),
        "is_complete": pl.Boolean(),
    }
)
READS = (*LAB_READS, "customers")


def simulation_losers(  # noqa: PLR0913 - tariffs, days, a selection, which side
    lake: DuckDBPyConnection,
    *,
    tariffs: tuple[str, ...],
    first_day: date,
    last_day: date,
    region_id: str | None = None,
    price_classes: tuple[str, ...] = (),
    customer_class: str | None = None,
    side: Side = "losers",
    most: int = 20,
) -> pl.DataFrame:
    """The accounts whose bills rise (or fall) by most, each with its customer.

    Args:
        lake: From ``queries.lake.open_lake``.
        tariffs: Those that are tried: codes, or TOML texts of one tariff each.
        first_day: First day, included.
        last_day: Last day, included; bills are those of calendar months.
        region_id: Only accounts of this region; None: all in the user's scope.
        price_classes: Only accounts of these price classes; empty: all.
        customer_class: Only accounts of this class; None: all.
        side: ``losers`` pay more, ``winners`` less; the others are in neither list.
        most: At most so many a tariff.

    Returns:
        As ``tariff_simulation`` has them, the largest change in money first; ``name`` is masked as
        the scope says, and null where no register knows the customer.
    """
    rows = tariff_simulation(
        lake,
        tariffs=tariffs,
        first_day=first_day,
        last_day=last_day,
        region_id=region_id,
        price_classes=price_classes,
        customer_class=customer_class,
    )
    change = pl.col("change_cny") if side == "losers" else -pl.col("change_cny")
    moved = rows.filter(change > 0).sort(change, descending=True, maintain_order=True)
    chosen = moved.group_by("tariff", maintain_order=True).head(most)
    order = {name: place for place, name in enumerate(rows["tariff"].unique(maintain_order=True))}
    place = pl.col("tariff").replace_strict(order, return_dtype=pl.Int64)
    return with_names(chosen, lake).sort(place, maintain_order=True).select(RETURNS.names())
