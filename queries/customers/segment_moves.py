"""Who has changed from one segment into another."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.portraits import READS as PORTRAITS_READ
from queries.customers.segment_axes import Population
from queries.customers.segments import segments

RETURNS = pl.Schema(
    {"from_segment": pl.Int64(), "to_segment": pl.Int64(), "usage_points": pl.Int64()}
)
READS = PORTRAITS_READ


def segment_moves(  # noqa: PLR0913 - segments, two months, whom
    lake: DuckDBPyConnection,
    *,
    model: str,
    from_month: str,
    to_month: str,
    population: Population = "homes",
    region_id: str | None = None,
) -> pl.DataFrame:
    """How many customers were in which segment in one month and in which in a later one.

    The cuts are the same for both, so nobody moves because segments were made anew. Whoever stays
    near a cut may move by a little; the portraits of a month look a year back.

    Args:
        lake: From ``queries.lake.open_lake``.
        model: From ``segment_candidates``.
        from_month: ``YYYY-MM`` of the earlier portraits.
        to_month: ``YYYY-MM`` of the later ones.
        population: Which classes, by the register of either month.
        region_id: Only customers of this region.

    Returns:
        A row a pair that occurs; null: no portrait then, or another customer at the usage point,
        or a ratio that decides unknown.
    """
    before, after = (
        segments(lake, model=model, population=population, month=month, region_id=region_id).select(
            "usage_point_id", "customer_id", "segment"
        )
        for month in (from_month, to_month)
    )
    both = before.join(
        after, on=("usage_point_id", "customer_id"), how="full", nulls_equal=True, suffix="_after"
    )
    return (
        both.group_by(
            pl.col("segment").alias("from_segment"), pl.col("segment_after").alias("to_segment")
        )
        .agg(pl.len().cast(pl.Int64).alias("usage_points"))
        .select(RETURNS.names())
        .sort("from_segment", "to_segment", nulls_last=True)
    )
