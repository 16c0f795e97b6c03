"""The largest customers of an area at one hour."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.market.point_hours import READS as HOURS_READS
from queries.market.point_hours import Chosen, DayKind, Season, point_hours
from queries.run import QuestionError

RETURNS = pl.Schema(
    {
        "rank": pl.Int64(),
        "customer_id": pl.String(),
        "name": pl.String(),
        "customer_class": pl.String(),
        "industry": pl.String(),
        "customers": pl.Int64(),
        "load_kw": pl.Float64(),
        "load_share": pl.Float64(),
    }
)
READS = HOURS_READS

MOST = 10
_HOURS_PER_DAY = 24


def hour_customers(  # noqa: PLR0913 - days, an hour, an area
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    hour: int,
    day: date | None = None,
    season: Season = "year",
    day_kind: DayKind = "workday",
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    channel: str = "import",
    most: int = MOST,
) -> pl.DataFrame:
    """Who draws most at one hour of a day, or of a kind of days; and all others together.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First day of the period whose days of a kind are looked at; whole months are.
        last_day: Its last day, included.
        hour: 0–23, local; of one day standard time.
        day: This one day instead.
        season: ``winter`` … or ``year`` for all of them.
        day_kind: ``workday`` or ``rest_day``.
        area_kind: What ``area_id`` names.
        area_id: The place, class, account or usage point.
        region_id: Only what lies in this region; None is every region in the user's scope.
        channel: ``import``, ``export`` …
        most: So many customers by themselves.

    Returns:
        A row a customer, the largest first (``rank`` 1): ``customer_id`` (the usage point where no
        register names an account), ``name`` (masked as the scope says), the class and ``industry``
        of its largest usage point, ``load_kw`` and ``load_share`` [0–1, of the area]. The last row,
        its ``rank`` null, is the other ``customers``; they add up to the area's load.

    Raises:
        QuestionError: no such hour.
    """
    if hour not in range(_HOURS_PER_DAY):
        raise QuestionError(f"hour {hour} is none of 0 to {_HOURS_PER_DAY - 1}.")
    hours = point_hours(
        Chosen(first_day, last_day, day, season, day_kind),
        lake,
        area_kind=area_kind,
        area_id=area_id,
        region_id=region_id,
        channel=channel,
    )
    own = (
        hours.points.with_columns(
            pl.Series("load_kw", hours.load_kw[:, hour], dtype=pl.Float64),
            pl.coalesce("customer_id", "usage_point_id").alias("customer_id"),
        )
        .sort("load_kw", descending=True)
        .group_by("customer_id", maintain_order=True)
        .agg(
            pl.col("customer_class", "industry").first(),
            pl.col("load_kw").sum(),
        )
        .filter(pl.col("load_kw") > 0)
        .sort("load_kw", "customer_id", descending=[True, False])
        .with_columns(
            (pl.col("load_kw") / pl.col("load_kw").sum()).alias("load_share"),
            pl.lit(1, pl.Int64).alias("customers"),
        )
    )
    names = lake.sql(
        "select customer_id, arg_max(name, valid_from) as name from customers group by customer_id"
    ).pl()
    shown = (
        own.head(most)
        .with_row_index("rank", 1)
        .with_columns(pl.col("rank").cast(pl.Int64))
        .join(names, on="customer_id", how="left", maintain_order="left")
    )
    rest = own.slice(most).select(pl.col("customers", "load_kw", "load_share").sum())
    others = rest.filter(pl.col("customers") > 0)
    return pl.concat([shown, others], how="diagonal").select(RETURNS.names())
