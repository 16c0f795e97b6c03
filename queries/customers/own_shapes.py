"""One customer's days, each by the shape it has."""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.day_shapes import READS as DAYS_READS
from queries.customers.day_shapes import hour_shares, whole_days
from queries.customers.shape_dictionary import MOST_ERROR_SHARE, ShapeDictionary, read_shapes

RETURNS = pl.Schema(
    {
        "service_date": pl.Date(),
        "shape": pl.Int64(),
        "distance_share": pl.Float64(),
        "is_within": pl.Boolean(),
        "energy_kwh": pl.Float64(),
        "highest_hour": pl.Int64(),
    }
)
READS = DAYS_READS


def own_shapes(
    lake: DuckDBPyConnection,
    *,
    usage_point_id: str,
    dictionary: str,
    first_day: date,
    last_day: date,
) -> pl.DataFrame:
    """Every whole day with use of one usage point, looked up in a dictionary of shapes.

    Args:
        lake: From ``queries.lake.open_lake``.
        usage_point_id: Whose days.
        dictionary: ``shapes_text`` of the ``hour_shares`` of ``customers/day_shapes``.
        first_day: First service date, included.
        last_day: Last service date, included.

    Returns:
        A row a day: the nearest ``shape``, how far the day is from it (``distance_share``: squared
        distance over the squared size of the shape), whether that is within the bound of the
        dictionary, its ``energy_kwh`` and the hour with most of it.

    Raises:
        QuestionError: no dictionary.
    """
    shapes = ShapeDictionary(read_shapes(dictionary), np.empty(0), np.nan)
    days = whole_days(
        (first_day, last_day), lake, area_kind="usage_point_id", area_id=usage_point_id
    )
    if days.is_empty():
        return RETURNS.to_frame()
    shares = hour_shares(days)
    errors = shapes.error_share(shares)
    return (
        days.with_columns(
            pl.Series("shape", shapes.nearest(shares), dtype=pl.Int64),
            pl.Series("distance_share", errors),
            pl.Series("is_within", errors <= MOST_ERROR_SHARE),
            (pl.col("hours").list.sum() / 1000.0).alias("energy_kwh"),
            pl.Series("highest_hour", shares.argmax(axis=1), dtype=pl.Int64),
        )
        .sort("service_date")
        .select(RETURNS.names())
    )
