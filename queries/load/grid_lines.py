"""What hangs together on the map."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
from queries.run import run_sql

RETURNS = pl.Schema(
    {
        "kind": pl.String(),
        "line_id": pl.String(),
        "feeder_id": pl.String(),
        "substation_id": pl.String(),
        "name": pl.String(),
        "name_en": pl.String(),
        "longitude": pl.Float64(),
        "latitude": pl.Float64(),
        "to_longitude": pl.Float64(),
        "to_latitude": pl.Float64(),
    }
)
READS: tuple[str, ...] = (
    "network_nodes",
    "usage_points",
    "transformers",
    "feeders",
    "substations",
    "regions",
)


def grid_lines(
    lake: DuckDBPyConnection, *, region_id: str | None = None, feeder_id: str | None = None
) -> pl.DataFrame:
    """Lines of the map: from substations to transformers, and along low-voltage networks.

    Args:
        lake: An open lake.
        region_id: Only what lies in this region or in one inside it.
        feeder_id: Only this feeder, and the low-voltage networks behind its transformers.

    Returns:
        A row a line, both ends in °. ``kind`` feeder says what a transformer hangs on, with the
        substation's names; the register does not know the way of the line. ``low_voltage`` is a
        line from pole to pole. What has no coordinates has no row.
    """
    choose_region(lake, region_id)
    return run_sql(lake, "load/grid_lines", RETURNS, feeder_id=feeder_id)
