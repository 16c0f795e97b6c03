"""How many could save by each kind of advice, and how much?"""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.advice_list import READS as LIST_READS
from queries.customers.advice_list import advice_list

RETURNS = pl.Schema(
    {
        "kind": pl.String(),
        "customers": pl.Int64(),
        "saving_cny": pl.Decimal(18, 2),
        "best_cny": pl.Decimal(18, 2),
        "first_day": pl.Date(),
        "last_day": pl.Date(),
    }
)
READS = LIST_READS


def advice_kinds(lake: DuckDBPyConnection, *, region_id: str | None = None) -> pl.DataFrame:
    """What is in ``customers/advice_list``, by kind.

    Args:
        lake: From ``queries.lake.open_lake``.
        region_id: Only customers of this region; None: all in the user's scope.

    Returns:
        First all kinds together (``kind`` null), then a row a kind, most money first; none where no
        advice was worked out. ``customers``: usage points advised. ``saving_cny``: if all followed
        this kind alone [a year]; null over all kinds, as pieces of one customer do not add up.
        ``best_cny``: of those whose best piece it is.
    """
    found = advice_list(lake, region_id=region_id)
    if found.is_empty():
        return RETURNS.to_frame()
    best = pl.col("saving_cny").filter("is_best").sum()
    told = [
        pl.col("usage_point_id").n_unique().alias("customers"),
        pl.col("saving_cny").sum(),
        best.alias("best_cny"),
        pl.col("first_day").min(),
        pl.col("last_day").max(),
    ]
    whole = found.select(told).with_columns(
        kind=pl.lit(None, pl.String), saving_cny=pl.lit(None, pl.Decimal(18, 2))
    )
    by_kind = found.group_by("kind").agg(told).sort("saving_cny", "kind", descending=[True, False])
    names = RETURNS.names()
    return pl.concat([whole.select(names).cast(RETURNS), by_kind.select(names).cast(RETURNS)])
