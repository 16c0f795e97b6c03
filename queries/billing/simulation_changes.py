"""How bills change under other tariffs, as a distribution."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.lab import READS as LAB_READS
from queries.billing.tariff_simulation import tariff_simulation

RETURNS = pl.Schema(
    {
        "tariff": pl.String(),
        "from_share": pl.Float64(),
        "until_share": pl.Float64(),
        "accounts": pl.Int64(),
        "accounts_share": pl.Float64(),
    }
)
READS = LAB_READS

BINS = 40
"""Between the outer bins, of equal width."""
RANGES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""How far a distribution is drawn to both sides [share of what is owed now]."""


def simulation_changes(  # noqa: PLR0913 - tariffs, days, a selection, the range
    lake: DuckDBPyConnection,
    *,
    tariffs: tuple[str, ...],
    first_day: date,
    last_day: date,
    region_id: str | None = None,
    price_classes: tuple[str, ...] = (),
    customer_class: str | None = None,
    widest_share: float | None = None,
) -> pl.DataFrame:
    """How many accounts pay how much more or less under each tariff.

    Args:
        lake: From ``queries.lake.open_lake``.
        tariffs: Those that are tried: codes, or TOML texts of one tariff each.
        first_day: First day, included.
        last_day: Last day, included; bills are those of calendar months.
        region_id: Only accounts of this region; None: all in the user's scope.
        price_classes: Only accounts of these price classes; empty: all.
        customer_class: Only accounts of this class; None: all.
        widest_share: The range drawn goes from minus to plus this; what lies outside is counted in
            the outermost bins. None: the narrowest of RANGES within which nine of ten changes lie.

    Returns:
        A row a tariff and bin that holds anybody: change of the bill from ``from_share`` to below
        ``until_share`` [share of what is owed now], ``accounts`` and their share of the tariff's.
    """
    rows = tariff_simulation(
        lake,
        tariffs=tariffs,
        first_day=first_day,
        last_day=last_day,
        region_id=region_id,
        price_classes=price_classes,
        customer_class=customer_class,
    ).filter(pl.col("change_share").is_not_null())
    width = 2 * (widest_share or _range_of(rows["change_share"])) / BINS
    # Half a bin aside, so that bills that stay lie in the middle of one.
    place = ((pl.col("change_share") / width + 0.5).floor()).clip(-BINS // 2, BINS // 2)
    counted = rows.group_by("tariff", place.alias("bin"), maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("accounts")
    )
    return (
        counted.with_columns(
            ((pl.col("bin") - 0.5) * width).alias("from_share"),
            ((pl.col("bin") + 0.5) * width).alias("until_share"),
            (pl.col("accounts") / pl.col("accounts").sum().over("tariff")).alias("accounts_share"),
        )
        .sort("tariff", "from_share")
        .select(RETURNS.names())
    )


def _range_of(changes: pl.Series) -> float:
    widest = changes.abs().quantile(0.9, "higher") or 0.0
    return next((one for one in RANGES if one > widest), RANGES[-1])
