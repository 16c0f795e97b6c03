"""Which classes and segments have which shapes of day."""

from datetime import date
from typing import Literal

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.customers.day_shapes import READS as DAYS_READS
from queries.customers.day_shapes import hour_shares, whole_days
from queries.customers.segment_axes import Population
from queries.customers.segments import READS as SEGMENTS_READS
from queries.customers.segments import segments
from queries.customers.shape_dictionary import MOST_ERROR_SHARE, ShapeDictionary, read_shapes
from queries.run import QuestionError

RETURNS = pl.Schema(
    {
        "group_id": pl.String(),
        "shape": pl.Int64(),
        "days_share": pl.Float64(),
        "days": pl.Int64(),
        "usage_points": pl.Int64(),
        "within_share": pl.Float64(),
    }
)
READS = tuple(dict.fromkeys((*DAYS_READS, *SEGMENTS_READS)))

Grouping = Literal["customer_class", "segment"]


def shape_use(  # noqa: PLR0913 - a dictionary, a period, an area, segments
    lake: DuckDBPyConnection,
    *,
    dictionary: str,
    first_day: date,
    last_day: date,
    by: Grouping = "customer_class",
    model: str | None = None,
    population: Population = "homes",
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
) -> pl.DataFrame:
    """How often the days of every class, or of every segment, have each shape of a dictionary.

    Args:
        lake: From ``queries.lake.open_lake``.
        dictionary: ``shapes_text`` of the ``hour_shares`` of ``customers/day_shapes``.
        first_day: First service date, included.
        last_day: Last service date, included.
        by: ``customer_class``, or ``segment`` of ``model``.
        model: From ``segment_candidates``; only for segments.
        population: Whose segments.
        area_kind: What ``area_id`` names.
        area_id: The place, class, account or usage point.
        region_id: Only what lies in this region; None is every region in the user's scope.

    Returns:
        A row a group (null: in none; a segment by its number) and shape it has any day of:
        ``days_share`` of its ``days`` [0–1; a group's add up to 1], its ``usage_points``, and
        ``within_share`` of its days within the error bound of their shape. Days as in
        ``customers/day_shapes``.

    Raises:
        QuestionError: no dictionary, or segments without a model.
    """
    if by == "segment" and model is None:
        raise QuestionError("shapes by segment need a model; give one of segment_candidates.")
    shapes = ShapeDictionary(read_shapes(dictionary), np.empty(0), np.nan)
    days = whole_days(
        (first_day, last_day), lake, area_kind=area_kind, area_id=area_id, region_id=region_id
    )
    if days.is_empty():
        return RETURNS.to_frame()
    if by == "segment" and model is not None:
        placed = segments(lake, model=model, population=population, region_id=region_id)
        group = placed.select("usage_point_id", pl.col("segment").cast(pl.String).alias("group_id"))
    else:
        group = lake.sql("select usage_point_id, customer_class as group_id from places").pl()
    shares = hour_shares(days)
    of_days = days.select(
        "usage_point_id",
        pl.Series("shape", shapes.nearest(shares), dtype=pl.Int64),
        pl.Series("is_within", shapes.error_share(shares) <= MOST_ERROR_SHARE),
    ).join(group, on="usage_point_id", how="inner" if by == "segment" else "left")
    whole = of_days.group_by("group_id").agg(
        pl.len().cast(pl.Int64).alias("days"),
        pl.col("usage_point_id").n_unique().cast(pl.Int64).alias("usage_points"),
        pl.col("is_within").mean().alias("within_share"),
    )
    return (
        of_days.group_by("group_id", "shape")
        .agg(pl.len().alias("own"))
        .join(whole, on="group_id", nulls_equal=True)
        .with_columns((pl.col("own") / pl.col("days")).alias("days_share"))
        .sort("group_id", "shape", nulls_last=True)
        .select(RETURNS.names())
    )
