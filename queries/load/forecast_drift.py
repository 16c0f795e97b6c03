"""Whether the forecasts have become worse."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.load.forecast_accuracy import READS as ACCURACY_READS
from queries.load.forecast_accuracy import forecast_accuracy

RETURNS = pl.Schema(
    {
        "recent_days": pl.Int64(),
        "recent_mape_share": pl.Float64(),
        "before_days": pl.Int64(),
        "before_mape_share": pl.Float64(),
        "change_share": pl.Float64(),
        "is_drifting": pl.Boolean(),
        "month_days": pl.Int64(),
        "mape_share": pl.Float64(),
        "naive_24h_mape_share": pl.Float64(),
        "naive_168h_mape_share": pl.Float64(),
        "coverage_80_share": pl.Float64(),
        "coverage_95_share": pl.Float64(),
    }
)
READS = ACCURACY_READS

RECENT_DAYS = 7
BEFORE_DAYS = 60
MONTH_DAYS = 30
DRIFT_SHARE = 0.5
"""So much worse than before, the last week's error is more than chance: what a model was taught
may no longer hold."""
_LEAST_BEFORE_DAYS = 14


def forecast_drift(lake: DuckDBPyConnection, *, series_id: str) -> pl.DataFrame:
    """The error of the last week against the sixty days before; and the last 30 days as a whole.

    Returns:
        One row, or none where no forecast was held against anything: errors [0–1], their
        ``change_share`` (+0.5 is half as much again), ``is_drifting`` from DRIFT_SHARE on (null
        with less than a fortnight before); of the last 30 days the errors of the forecast and of
        the naive ones, and what the bands covered [0–1].
    """
    days = forecast_accuracy(lake, series_id=series_id, days=RECENT_DAYS + BEFORE_DAYS)
    if days.is_empty():
        return RETURNS.to_frame()
    recent, before = days.tail(RECENT_DAYS), days.head(-RECENT_DAYS)
    month = days.tail(MONTH_DAYS)
    enough = before.height >= _LEAST_BEFORE_DAYS
    change = pl.col("recent_mape_share") / pl.col("before_mape_share") - 1
    return (
        pl.DataFrame(
            {
                "recent_days": [recent.height],
                "recent_mape_share": [recent["mape_share"].mean()],
                "before_days": [before.height],
                "before_mape_share": [before["mape_share"].mean() if enough else None],
                "month_days": [month.height],
                **{
                    name: [month[name].mean()]
                    for name in RETURNS
                    if name in month.columns and name != "service_date"
                },
            },
            schema_overrides=dict.fromkeys(
                ("before_mape_share", "naive_24h_mape_share", "naive_168h_mape_share"),
                pl.Float64(),
            ),
        )
        .with_columns(change_share=change)
        .with_columns(is_drifting=pl.col("change_share") >= DRIFT_SHARE)
        .select(pl.col(name).cast(dtype) for name, dtype in RETURNS.items())
    )
