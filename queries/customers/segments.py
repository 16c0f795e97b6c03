"""Which segment each customer is in."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.portraits import READS as PORTRAITS_READ
from queries.customers.portraits import portraits
from queries.customers.segment_axes import AXES, Population, axes_of
from queries.customers.segment_model import UNPLACED, read_model

RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "customer_class": pl.String(),
        "annual_kwh": pl.Float64(),
        "segment": pl.Int64(),
        **dict.fromkeys(AXES, pl.Float64()),
    }
)
READS = PORTRAITS_READ


def segments(
    lake: DuckDBPyConnection,
    *,
    model: str,
    population: Population = "homes",
    month: str | None = None,
    region_id: str | None = None,
) -> pl.DataFrame:
    """Every usage point of a population with its segment; nothing is fitted.

    A customer that came after the segments were made is placed by its own portrait.

    Args:
        lake: From ``queries.lake.open_lake``.
        model: From ``segment_candidates``.
        population: Which classes.
        month: ``YYYY-MM`` of the portraits; None: the newest of each.
        region_id: Only customers of this region.

    Returns:
        ``segment`` counts the model's leaves from 0; null where a ratio that decides is unknown.
        The axes are in ``segment_axes``. Whoever has less than half a year of readings is left out.

    Raises:
        SegmentModelError: ``model`` is none.
    """
    axes = axes_of(portraits(lake, month=month, region_id=region_id), population)
    place = pl.Series("segment", read_model(model).assign(axes), pl.Int64)
    return axes.with_columns(place.replace(UNPLACED, None)).select(RETURNS.names())
