"""Which model foretells each load, and why: as the last scheduled forecast found."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
from queries.load.forecast_series import READS as SERIES_READS
from queries.load.forecast_series import forecast_series
from queries.series_served import served_models

RETURNS = pl.Schema(
    {
        "series_id": pl.String(),
        "kind": pl.String(),
        "area_id": pl.String(),
        "name": pl.String(),
        "name_en": pl.String(),
        "model": pl.String(),
        "first_day": pl.Date(),
        "last_day": pl.Date(),
        "mape_share": pl.Float64(),
        "error_kw": pl.Float64(),
        "lead_share": pl.Float64(),
        "doubt_share": pl.Float64(),
        "rmse_kw": pl.Float64(),
        "pinball_kw": pl.Float64(),
        "coverage_share": pl.Float64(),
        "is_chosen": pl.Boolean(),
        "served_since": pl.Date(),
        "model_before": pl.String(),
    }
)
READS = ("forecast_scores", *SERIES_READS)


def model_scores(lake: DuckDBPyConnection, *, region_id: str | None = None) -> pl.DataFrame:
    """Day-ahead errors of every candidate over the same days, series by series, and who serves.

    Args:
        lake: From ``queries.lake.open_lake``.
        region_id: Only what lies in this region; None is every region in the user's scope.

    Returns:
        Of the days ``first_day`` to ``last_day`` before each series' last scored forecast, the
        smallest ``error_kw`` first: mean error relative to the load [0–1] and in kW,
        ``lead_share`` (how much less it errs than the model in service [0–1, negative: more]),
        ``doubt_share`` (that chance alone gives its lead over the model that served until then
        [0–1; null: it is that one]), root mean square and mean pinball loss [kW], share of values
        within the 80 % band [0–1]. The model that ``is_chosen`` serves: ``served_since`` that day
        without a break, in the place of ``model_before`` (null: of none).
    """
    choose_region(lake, region_id)
    series = forecast_series(lake, region_id=region_id).select(
        "series_id", "kind", "area_id", "name", "name_en"
    )
    scores = lake.sql(
        "select series_id, model, first_day, last_day, mape_share, error_kw, doubt_share, rmse_kw, "
        "pinball_kw, coverage_share, is_chosen from forecast_scores "
        "qualify issued_at = max(issued_at) over (partition by series_id)"
    ).pl()
    served = served_models(lake).select("series_id", "model", "served_since", "model_before")
    chosen = pl.col("error_kw").filter("is_chosen").first().over("series_id")
    return (
        series.with_row_index("place")
        .join(scores, on="series_id", how="inner", maintain_order="left")
        .join(served, on=["series_id", "model"], how="left", maintain_order="left")
        .with_columns(lead_share=1 - pl.col("error_kw") / chosen)
        .sort("place", "error_kw", nulls_last=True)
        .select(pl.col(name).cast(dtype) for name, dtype in RETURNS.items())
    )
