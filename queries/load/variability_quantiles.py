"""How size, load factor, zeros and persistence are spread over the usage points."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.fleet import LEAST_READINGS_SHARE
from queries.load.daily_shapes import ALL_CLASSES
from queries.load.variability import MEASURES, variability
from queries.load.variability import READS as VARIABILITY_READS

RETURNS = pl.Schema(
    {
        "customer_class": pl.String(),
        "measure": pl.String(),
        "quantile_share": pl.Float64(),
        "value": pl.Float64(),
        "usage_points": pl.Int64(),
        "left_out_points": pl.Int64(),
    }
)
READS = VARIABILITY_READS

_EVERY_TWENTIETH = tuple(number / 20 for number in range(21))


def variability_quantiles(  # noqa: PLR0913 - an area, a period, a step, the quantiles
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    channel: str = "import",
    step_minutes: int = 30,
    least_readings_share: float = LEAST_READINGS_SHARE,
    quantiles: tuple[float, ...] = _EVERY_TWENTIETH,
) -> pl.DataFrame:
    """Quantiles over the usage points of every measure of ``load/variability``, by class.

    Inputs are those of ``queries.load.variability``, and the quantiles to give [0–1].

    Returns:
        A row for every ``customer_class`` (null: in no register) and for ``all`` of them, every
        ``measure`` (a column of ``load/variability``, whose unit ``value`` has) and every
        ``quantile_share`` [0–1, of the points that have the measure; interpolated between two].
        ``usage_points`` is how many have it.
    """
    points = variability(
        lake,
        first_day=first_day,
        last_day=last_day,
        area_kind=area_kind,
        area_id=area_id,
        region_id=region_id,
        channel=channel,
        step_minutes=step_minutes,
        least_readings_share=least_readings_share,
    )
    together = points.with_columns(pl.lit(ALL_CLASSES).alias("customer_class"))
    by_measure = (
        pl.concat([points, together])
        .unpivot(MEASURES, index=["customer_class", "left_out_points"], variable_name="measure")
        .drop_nulls("value")
    )
    of_points = by_measure.group_by("customer_class", "measure", "left_out_points").agg(
        pl.concat_list(pl.col("value").quantile(share, "linear") for share in quantiles).alias(
            "value"
        ),
        pl.len().cast(pl.Int64).alias("usage_points"),
    )
    return (
        of_points.with_columns(pl.lit(list(quantiles), pl.List(pl.Float64)).alias("quantile_share"))
        .explode("quantile_share", "value")
        .sort(
            pl.col("customer_class").eq_missing(pl.lit(ALL_CLASSES)),
            "customer_class",
            pl.col("measure").replace_strict(MEASURES, range(len(MEASURES))),
            "quantile_share",
            nulls_last=True,
        )
        .select(RETURNS.names())
    )
