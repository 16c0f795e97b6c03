"""Into how many segments the customers part, and which of them would be found again."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.portraits import READS as PORTRAITS_READ
from queries.customers.portraits import portraits
from queries.customers.segment_axes import Population, axes_of
from queries.customers.segment_choice import SegmentChoice, chosen

RETURNS = pl.Schema(
    {
        "segments": pl.Int64(),
        "stability": pl.Float64(),
        "low_stability": pl.Float64(),
        "explained_share": pl.Float64(),
        "silhouette": pl.Float64(),
        "davies_bouldin": pl.Float64(),
        "free_stability": pl.Float64(),
        "free_explained_share": pl.Float64(),
        "is_chosen": pl.Boolean(),
        "model": pl.String(),
        "usage_points": pl.Int64(),
    }
)
READS = PORTRAITS_READ


def segment_candidates(
    lake: DuckDBPyConnection,
    *,
    population: Population = "homes",
    month: str | None = None,
    region_id: str | None = None,
) -> pl.DataFrame:
    """The best segments of each number, with what speaks for and against them.

    Segments are made by cuts along one to three axes (``segment_axes``), each where the customers
    part by themselves (``natural_breaks``). Of all ways to cut, each number of segments is
    represented by the most telling that bootstrap samples of the customers find again
    (``segment_choice``), beside k-means with as many clusters.

    Args:
        lake: From ``queries.lake.open_lake``.
        population: Which classes of customers are parted among themselves.
        month: ``YYYY-MM`` of the portraits; None: the newest.
        region_id: Only customers of this region.

    Returns:
        One row a number of segments, ascending; none where fewer than 30 customers have a year's
        portrait. ``stability`` is the mean adjusted Rand index of 100 samples, ``low_stability``
        its 10 % quantile. At most one row ``is_chosen``: the most telling with a stability of
        0.85, else the most stable from 0.7 on. ``model`` is for ``segments`` and its kin;
        ``usage_points`` are those that were parted.
    """
    axes = axes_of(portraits(lake, month=month, region_id=region_id), population)
    choice = SegmentChoice(axes)
    found = choice.candidates()
    best = chosen(found)
    return pl.DataFrame(
        [
            {
                "segments": one.segments,
                "stability": one.stability,
                "low_stability": one.low_stability,
                "explained_share": one.explained_share,
                "silhouette": one.silhouette,
                "davies_bouldin": one.davies_bouldin,
                "free_stability": one.free_stability,
                "free_explained_share": one.free_explained_share,
                "is_chosen": one is best,
                "model": one.model.as_text(),
                "usage_points": len(choice.values),
            }
            for one in found
        ],
        schema=RETURNS,
    )
