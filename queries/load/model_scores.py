"""Which model foretells each load best, as the last scheduled forecast found."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
from queries.load.forecast_series import READS as SERIES_READS
from queries.load.forecast_series import forecast_series

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
        "rmse_kw": pl.Float64(),
        "pinball_kw": pl.Float64(),
        "coverage_share": pl.Float64(),
        "is_chosen": pl.Boolean(),
    }
)
READS = ("forecast_scores", *SERIES_READS)


def model_scores(lake: DuckDBPyConnection, *, region_id: str | None = None) -> pl.DataFrame:
    """Day-ahead errors of the production model and the naive ones, series by series.

    Args:
        lake: From ``queries.lake.open_lake``.
        region_id: Only what lies in this region; None is every region in the user's scope.

    Returns:
        Of the days ``first_day`` to ``last_day`` before each series' last scored forecast: mean
        error relative to the load [0–1], root mean square and mean pinball loss [kW], share of
        values within the 80 % band [0–1; null: no band]; ``is_chosen`` errs least.
    """
    choose_region(lake, region_id)
    series = forecast_series(lake, region_id=region_id).select(
        "series_id", "kind", "area_id", "name", "name_en"
    )
    scores = lake.sql(
        "select series_id, model, first_day, last_day, mape_share, rmse_kw, pinball_kw, "
        "coverage_share, is_chosen from forecast_scores "
        "qualify issued_at = max(issued_at) over (partition by series_id)"
    ).pl()
    return series.join(scores, on="series_id", how="inner", maintain_order="left").select(
        pl.col(name).cast(dtype) for name, dtype in RETURNS.items()
    )
