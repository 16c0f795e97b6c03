"""What other assumptions make of the new business of the same areas."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.market.potential import TOGETHER, potential
from queries.market.potential_areas import READS as AREAS_READS
from queries.market.potential_areas import AreaKind

_VALUES = ("value_cny", "value_low_cny", "value_high_cny", "energy_kwh")

RETURNS = pl.Schema(
    {
        "business": pl.String(),
        "area_id": pl.String(),
        "name": pl.String(),
        "name_en": pl.String(),
        **dict.fromkeys(_VALUES, pl.Float64()),
        **{f"other_{name}": pl.Float64() for name in _VALUES},
        "change_cny": pl.Float64(),
        "change_kwh": pl.Float64(),
    }
)
READS = AREAS_READS


def potential_compared(  # noqa: PLR0913 - two sets of assumptions, days, a region, areas
    lake: DuckDBPyConnection,
    *,
    assumptions: str,
    other_assumptions: str,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
    kind: AreaKind = "transformer",
) -> pl.DataFrame:
    """``market/potential`` under two sets of assumptions, side by side.

    Args:
        lake: From ``queries.lake.open_lake``.
        assumptions: TOML as in ``data/potential.toml``.
        other_assumptions: The same, of the other scenario.
        first_day: First day there is data of.
        last_day: Last service date, included; the last twelve whole months are looked at.
        region_id: Only what lies in this region; None is every region in the user's scope.
        kind: ``transformer``, ``feeder`` or ``region``.

    Returns:
        A row a ``business`` and area, and ``all`` of them last, in the order of ``assumptions``:
        value [CNY/a] with its range and energy [kWh/a] of both, the second as ``other_…``, and by
        how much the second is more, ``change_cny`` and ``change_kwh``.
    """
    first, second = (
        potential(
            lake,
            assumptions=text,
            first_day=first_day,
            last_day=last_day,
            region_id=region_id,
            kind=kind,
        )
        for text in (assumptions, other_assumptions)
    )
    key = ["business", "area_id"]
    other = second.select(*key, *(pl.col(name).alias(f"other_{name}") for name in _VALUES))
    return (
        first.select("business", "area_id", "name", "name_en", *_VALUES)
        .join(other, on=key, how="inner", maintain_order="left")
        .with_columns(
            (pl.col("other_value_cny") - pl.col("value_cny")).alias("change_cny"),
            (pl.col("other_energy_kwh") - pl.col("energy_kwh")).alias("change_kwh"),
        )
        .select(RETURNS.names())
    )


def together(compared: pl.DataFrame) -> pl.DataFrame:
    """Of RETURNS the rows of all areas as one, a row a business."""
    return compared.filter(pl.col("area_id") == TOGETHER)
