"""Which transformer areas there are."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.grid.areas import READS as AREAS_READS
from queries.grid.areas import grid_areas

RETURNS = pl.Schema(
    {
        "transformer_id": pl.String(),
        "name": pl.String(),
        "name_en": pl.String(),
        "feeder_id": pl.String(),
        "region_id": pl.String(),
        "rated_capacity_kva": pl.Float64(),
        "meter_id": pl.String(),
    }
)
READS = AREAS_READS


def transformer_areas(lake: DuckDBPyConnection, *, region_id: str | None = None) -> pl.DataFrame:
    """Every transformer area (台区) in sight, those without a customer included, by number.

    Returns:
        A row an area; ``meter_id`` is the usage point of its meter, null where none stands there.
    """
    found = grid_areas(lake, "transformer", region_id=region_id)
    return found.rename({"area_id": "transformer_id"})
