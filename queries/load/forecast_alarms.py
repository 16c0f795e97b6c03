"""When the load left the band of its forecast."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.forecasting.bands import QUANTILES
from queries.stored_forecasts import READS as STORED_READS
from queries.stored_forecasts import Checked, checked

RETURNS = pl.Schema(
    {
        "standard_start": pl.Datetime("us"),
        "standard_end": pl.Datetime("us"),
        "direction": pl.String(),
        "actual_kw": pl.Float64(),
        "load_kw": pl.Float64(),
        "bound_kw": pl.Float64(),
        "beyond_kw": pl.Float64(),
        "off_share": pl.Float64(),
    }
)
READS = STORED_READS

DAYS = 30
LEAST_SLOTS = 2
"""A band of 95 % is left once in twenty values by chance; twice in a row, once in four hundred."""


def forecast_alarms(lake: DuckDBPyConnection, *, series_id: str, days: int = DAYS) -> pl.DataFrame:
    """Runs of at least two values outside the 95 % band of the day-ahead forecast, latest first.

    Args:
        lake: From ``queries.lake.open_lake``.
        series_id: As ``forecast_series`` names them.
        days: How many of the last days that were forecast and read.

    Returns:
        From ``standard_start`` to ``standard_end`` [standard time, not included] the load was
        ``above`` or ``below`` the band; where it went farthest: ``actual_kw`` against the forecast
        ``load_kw``, the band's ``bound_kw``, how far ``beyond_kw`` it [kW], and how far off the
        forecast ``off_share`` [ratio, signed].
    """
    held = checked(lake, series_id)
    if held is None:
        return RETURNS.to_frame()
    found = [run for sign in (1, -1) for run in _runs(held, days, sign)]
    return pl.DataFrame(found, schema=RETURNS, orient="row").sort("standard_start", descending=True)


def _runs(held: Checked, days: int, sign: int) -> list[tuple]:
    """Runs above (sign 1) or below (−1); a run does not go on over days that were not read."""
    stored, slots = held.stored, held.actual.shape[1]
    step = timedelta(minutes=stored.interval_minutes)
    level = QUANTILES.index(0.975 if sign > 0 else 0.025)
    found = []
    start_of = [datetime.combine(day, datetime.min.time()) for day in stored.days]
    first = max(0, len(stored.days) - days)
    starts = [
        start_of[day] + slot * step for day in range(first, len(start_of)) for slot in range(slots)
    ]
    actual = held.actual[first:].ravel()
    middle = stored.median[first:].ravel()
    bound = stored.quantiles[first:, :, level].ravel()
    beyond = np.nan_to_num(sign * (actual - bound), nan=-1.0)
    run: list[int] = []
    for at in range(len(starts) + 1):
        is_out = at < len(starts) and beyond[at] > 0
        goes_on = is_out and (not run or starts[at] - starts[run[-1]] == step)
        if run and not goes_on:
            if len(run) >= LEAST_SLOTS:
                most = max(run, key=lambda one: beyond[one])
                found.append(
                    (
                        starts[run[0]],
                        starts[run[-1]] + step,
                        "above" if sign > 0 else "below",
                        float(actual[most]),
                        float(middle[most]),
                        float(bound[most]),
                        float(beyond[most]),
                        float(actual[most] / middle[most] - 1) if middle[most] else None,
                    )
                )
            run = []
        if is_out:
            run.append(at)
    return found
