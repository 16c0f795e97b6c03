"""Which hours of which months grow."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.cell_loads import READS as CELL_READS
from queries.cell_loads import cell_loads
from queries.load.cell_growth import cell_growth
from queries.load.compared_months import compared_months

RETURNS = pl.Schema(
    {
        "month_number": pl.Int64(),
        "last_month_number": pl.Int64(),
        "hour": pl.Int64(),
        "before_kw": pl.Float64(),
        "after_kw": pl.Float64(),
        "as_read_share": pl.Float64(),
        "growth_share": pl.Float64(),
        "growth_kw": pl.Float64(),
        "days": pl.Int64(),
    }
)
READS = CELL_READS


def growth_hours(  # noqa: PLR0913 - an area, a period, a channel
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    channel: str = "import",
) -> pl.DataFrame:
    """Growth of the mean load of every hour in every month, over the year before.

    The months are those of ``load/growth``; the temperatures are made equal as
    ``queries.load.cell_growth`` says.

    Returns:
        A row for every month that has its like a year before, ``month_number`` [1–12] to
        ``last_month_number`` [the same; January and February are taken together where Spring
        Festival moves between them], and ``hour`` [0–23, local]: ``before_kw``, ``after_kw``
        [mean load of its days], ``as_read_share`` [change as read], ``growth_share`` and
        ``growth_kw`` [at equal temperature and as many rest days; null where there are no
        temperatures]. No rows in less than thirteen whole months.
    """
    months = compared_months(first_day, last_day)
    if months is None:
        return RETURNS.to_frame()
    loads = cell_loads(
        lake,
        first_day=months.first_day,
        last_day=months.last_day,
        area_kind=area_kind,
        area_id=area_id,
        region_id=region_id,
        channel=channel,
    )
    if loads.cells.is_empty():
        return RETURNS.to_frame()
    return with_shares(cell_growth(loads, months, ["month_number", "last_month_number"])).select(
        RETURNS.names()
    )


def with_shares(found: pl.DataFrame) -> pl.DataFrame:
    """Changes of ``after_kw`` against ``before_kw`` and ``expected_kw``; null where these are 0."""

    def share(base: str) -> pl.Expr:
        return pl.col("after_kw") / pl.when(pl.col(base) > 0).then(pl.col(base)) - 1

    return found.with_columns(
        share("before_kw").alias("as_read_share"),
        share("expected_kw").alias("growth_share"),
        (pl.col("after_kw") - pl.col("expected_kw")).alias("growth_kw"),
    )
