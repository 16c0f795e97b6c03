"""Which days grow: workdays or rest days, in which season."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.cell_loads import READS as CELL_READS
from queries.cell_loads import cell_loads
from queries.day_kinds import DAY_KINDS, SEASONS
from queries.load.cell_growth import cell_growth
from queries.load.compared_months import compared_months
from queries.load.growth_hours import with_shares

RETURNS = pl.Schema(
    {
        "season": pl.String(),
        "day_kind": pl.String(),
        "before_kw": pl.Float64(),
        "after_kw": pl.Float64(),
        "as_read_share": pl.Float64(),
        "growth_share": pl.Float64(),
        "growth_kw": pl.Float64(),
        "compared_days": pl.Int64(),
    }
)
READS = CELL_READS


def growth_days(  # noqa: PLR0913 - an area, a period, a channel
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    channel: str = "import",
) -> pl.DataFrame:
    """Growth of the mean load of workdays and rest days of every season, over the year before.

    Months and temperatures are as in ``load/growth_hours``.

    Returns:
        A row for every ``season`` (whole months; winter is December to February) and ``day_kind``
        (workday, rest_day) in both years: ``before_kw``, ``after_kw`` [mean load],
        ``as_read_share`` [as read], ``growth_share`` and ``growth_kw`` [at equal temperature; null
        where there are no temperatures], ``compared_days`` of the later year. No rows in less than
        thirteen whole months.
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
    by_hour = cell_growth(loads, months, ["season", "day_kind"])
    whole = by_hour.group_by("season", "day_kind").agg(
        pl.col("before_kw", "after_kw").mean(),
        pl.when(pl.col("expected_kw").count() > 0).then(pl.col("expected_kw").mean()).first(),
        pl.col("days").first().alias("compared_days"),
    )
    return (
        with_shares(whole)
        .sort(
            pl.col("season").replace_strict(SEASONS, range(len(SEASONS))),
            pl.col("day_kind").replace_strict(DAY_KINDS, range(len(DAY_KINDS))),
        )
        .select(RETURNS.names())
    )
