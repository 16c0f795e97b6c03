"""Which model foretells a load best."""

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.forecasting import scores
from queries.forecasting.backtest import Backtest, backtest
from queries.forecasting.features import Surroundings
from queries.forecasting.foretell import surroundings
from queries.forecasting.prophet_view import prophet_backtest
from queries.forecasting.rivals import classical, naive, vanilla
from queries.run import QuestionError
from queries.series_tasks import READS as TASK_READS
from queries.series_tasks import known_of
from queries.stored_forecasts import READS as STORED_READS
from queries.stored_forecasts import series_named

RETURNS = pl.Schema(
    {
        "model": pl.String(),
        "first_day": pl.Date(),
        "last_day": pl.Date(),
        "mape_share": pl.Float64(),
        "error_kw": pl.Float64(),
        "rmse_kw": pl.Float64(),
        "pinball_kw": pl.Float64(),
        "coverage_share": pl.Float64(),
        "better_share": pl.Float64(),
        "is_chosen": pl.Boolean(),
        "why_not": pl.String(),
    }
)
READS = (*STORED_READS, *TASK_READS)

MODELS = ("production", "naive_24h", "naive_168h", "vanilla", "classical", "prophet")
MOST_DAYS = 92

Run = Callable[[Surroundings, np.ndarray, int, int], Backtest]
_RUNS: dict[str, Run] = {
    "production": backtest,
    "naive_24h": lambda _, load, first, last: naive(load, first, last, 1),
    "naive_168h": lambda _, load, first, last: naive(load, first, last, 7),
    "vanilla": vanilla,
    "classical": classical,
    "prophet": prophet_backtest,
}


def model_backtest(
    lake: DuckDBPyConnection, *, series_id: str, days: int = 28, models: str = ",".join(MODELS)
) -> pl.DataFrame:
    """Day-ahead forecasts of the last days by several models, each made from what was known before.

    It takes seconds to a minute, by the models asked for.

    Args:
        lake: From ``queries.lake.open_lake``.
        series_id: As ``load/forecast_series`` names them.
        days: How many of the last days; MOST_DAYS at most.
        models: Of MODELS, comma-separated.

    Returns:
        One row a model, the best first: mean errors [0–1 of the load; kW], ``pinball_kw`` over the
        quantiles [kW], ``coverage_share`` of the 80 % band [0–1; null: it has none],
        ``better_share`` [0–1, of the days on which it erred less than last week's load taken as
        forecast]. ``is_chosen`` has the smallest ``error_kw``. A model that cannot be run on this
        history has nulls, and says ``why_not``: ``short`` or ``failed``.

    Raises:
        QuestionError: an unknown model, or too many days.
    """
    wanted = [name.strip() for name in models.split(",") if name.strip()]
    if unknown := [name for name in wanted if name not in MODELS]:
        raise QuestionError(f"no model '{unknown[0]}'; there are {', '.join(MODELS)}.")
    if not 1 <= days <= MOST_DAYS:
        raise QuestionError(f"{days} days; give 1 to {MOST_DAYS}.")
    known = known_of(lake, series_named(lake, series_id), days=1)
    if known is None or known.tasks[0].origin <= days:
        return RETURNS.to_frame()
    [task] = known.tasks
    first, last = task.origin - days, task.origin - 1
    around, seen = surroundings(task), task.load[first : task.origin]
    last_week = naive(task.load, first, last, 7).median
    rows = []
    for name in wanted:
        row = {
            "model": name,
            "first_day": known.first_day + timedelta(days=first),
            "last_day": known.first_day + timedelta(days=last),
        }
        try:
            tried = _RUNS[name](around, task.load[: task.origin + 1], first, last)
        except (ValueError, np.linalg.LinAlgError) as error:
            is_short = "history" in str(error)
            rows.append(row | {"why_not": "short" if is_short else "failed"})
            continue
        rows.append(row | _scored(tried, seen, last_week))
    frame = pl.DataFrame(rows, schema=RETURNS)
    return frame.with_columns(
        is_chosen=(pl.col("error_kw") == pl.col("error_kw").min()).fill_null(value=False)
    ).sort("error_kw", nulls_last=True, maintain_order=True)


def _scored(tried: Backtest, seen: np.ndarray, last_week: np.ndarray) -> dict[str, float | None]:
    mape = scores.mape(tried.median, seen)
    has_band = bool(np.nanmax(np.ptp(tried.quantiles, axis=2)) > 0.0)
    own, other = (np.nanmean(np.abs(made - seen), axis=1) for made in (tried.median, last_week))
    known = np.isfinite(own) & np.isfinite(other)
    return {
        "mape_share": None if mape is None else mape / 100,
        "error_kw": scores.mean_absolute_error(tried.median, seen),
        "rmse_kw": scores.rmse(tried.median, seen),
        "pinball_kw": scores.pinball(tried.quantiles, seen),
        "coverage_share": scores.coverage(tried.quantiles, seen) if has_band else None,
        "better_share": float((own < other)[known].mean()) if known.any() else None,
    }
