"""Which programmes of demand response are there, and how many take part?"""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand import response_records

RETURNS = pl.Schema(
    {**response_records.PROGRAMMES, "enrolled": pl.Int64(), "agreed_kw": pl.Float64()}
)
READS = response_records.READS


def response_programmes(lake: DuckDBPyConnection) -> pl.DataFrame:
    """Programmes (需求响应项目), open ones first, then by name.

    Args:
        lake: From ``queries.lake.open_lake``.

    Returns:
        A row a programme; ``terms`` is JSON. ``enrolled`` usage points in the scope whose enrolment
        has not been ended before today by a later one, and ``agreed_kw``, what they agreed to
        together; 0 where nobody takes part.
    """
    rows = response_records.enrolments(lake).sort("first_day")
    latest = rows.unique(["programme_id", "usage_point_id"], keep="last", maintain_order=True)
    counted = latest.group_by("programme_id").agg(
        pl.len().cast(pl.Int64).alias("enrolled"), pl.sum("agreed_reduction_kw").alias("agreed_kw")
    )
    found = response_records.programmes(lake)
    joined = found.join(counted, on="programme_id", how="left", maintain_order="left")
    return (
        joined.with_columns(pl.col("enrolled", "agreed_kw").fill_null(0))
        .sort(pl.col("state") != "open", "name")
        .select(RETURNS.names())
        .cast(RETURNS)
    )
