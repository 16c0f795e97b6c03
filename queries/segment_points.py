"""Which region and industry the usage points of an area count with."""

from duckdb import DuckDBPyConnection

from queries.run import sql_text

READS = ("customers",)


def choose_segments(lake: DuckDBPyConnection) -> None:
    """Make the table ``segment_points`` of the area chosen before (``choose_area``)."""
    select = sql_text("segment_points")
    lake.execute(f"create or replace temp table segment_points as {select}")
