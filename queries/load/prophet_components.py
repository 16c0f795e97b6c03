"""What Prophet makes of a load: trend, week, year, day, holidays and temperature."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.forecasting.foretell import surroundings
from queries.forecasting.prophet_view import COMPONENTS, LEAST_DAYS, components, prophet_view
from queries.series_tasks import READS as TASK_READS
from queries.series_tasks import known_of
from queries.stored_forecasts import READS as STORED_READS
from queries.stored_forecasts import series_named

RETURNS = pl.Schema(
    {
        "status": pl.String(),
        "history_days": pl.Int64(),
        "standard_start": pl.Datetime("us"),
        "component": pl.String(),
        "load_kw": pl.Float64(),
    }
)
READS = (*STORED_READS, *TASK_READS)

FITTED, SHORT = "fitted", "short"


def prophet_components(
    lake: DuckDBPyConnection, *, series_id: str, days: int = 28, days_ahead: int = 7
) -> pl.DataFrame:
    """The parts of Prophet's forecast over the last days and the days ahead.

    Args:
        lake: From ``queries.lake.open_lake``.
        series_id: As ``load/forecast_series`` names them.
        days: How many of the last days are shown; it is fitted to all of up to three years.
        days_ahead: How many days ahead.

    Returns:
        ``load_kw`` [kW] by time and ``component``: trend, weekly, yearly, daily, holidays
        (调休 make-up workdays among them), temperature, level; ``forecast`` is their sum, and
        ``actual`` what was read. With less than LEAST_DAYS of history a single row says ``short``
        and how many days there are: half a winter is no winter.
    """
    known = known_of(lake, series_named(lake, series_id), days=days_ahead)
    origin = known.tasks[0].origin if known else 0
    if known is None or origin < LEAST_DAYS:
        return pl.DataFrame([{"status": SHORT, "history_days": origin}], schema=RETURNS)
    [task] = known.tasks
    view = prophet_view(surroundings(task), task.load, origin)
    first, last = origin - days, origin + days_ahead - 1
    parts = components(view, task.load, first, last).with_columns(
        actual=pl.Series(task.load[first : last + 1].ravel()).fill_nan(None)
    )
    return (
        parts.rename({"local_start": "standard_start"})
        .unpivot(
            [*COMPONENTS, "forecast", "actual"],
            index="standard_start",
            variable_name="component",
            value_name="load_kw",
        )
        .select(
            pl.lit(FITTED).alias("status"),
            pl.lit(origin, pl.Int64).alias("history_days"),
            "standard_start",
            "component",
            "load_kw",
        )
    )
