"""What holidays, make-up workdays, heat and cold do to a load, and how sure that is."""

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.forecasting.classical import LEARNT_DAYS, LEAST_DAYS, TERMS, Classical
from queries.forecasting.foretell import surroundings
from queries.forecasting.history import history_of
from queries.series_tasks import READS as TASK_READS
from queries.series_tasks import known_of
from queries.stored_forecasts import READS as STORED_READS
from queries.stored_forecasts import series_named

RETURNS = pl.Schema(
    {
        "term": pl.String(),
        "effect_share": pl.Float64(),
        "low_95_share": pl.Float64(),
        "high_95_share": pl.Float64(),
        "chance_share": pl.Float64(),
        "days": pl.Int64(),
        "learnt_days": pl.Int64(),
    }
)
READS = (*STORED_READS, *TASK_READS)


def model_effects(lake: DuckDBPyConnection, *, series_id: str) -> pl.DataFrame:
    """The slopes of the classical baseline on the last year, with their doubt; it takes seconds.

    A regression of the days' mean load with seasonal ARIMA errors (statsmodels' SARIMAX): what
    neighbouring days have in common is not taken for evidence twice.

    Args:
        lake: From ``queries.lake.open_lake``.
        series_id: As ``load/forecast_series`` names them.

    Returns:
        One row a term of ``queries.forecasting.classical.TERMS`` that occurred: what it adds to the
        day's mean load [0–1, of a day without it; per kelvin for ``cooling`` and ``heating``], the
        95 % confidence interval, ``chance_share`` (the p value: how likely so large an effect is
        where there is none [0–1]), the ``days`` it occurred on, of ``learnt_days``. No row where
        the history is too short.
    """
    known = known_of(lake, series_named(lake, series_id), days=1)
    if known is None or known.tasks[0].origin < LEAST_DAYS:
        return RETURNS.to_frame()
    [task] = known.tasks
    history = history_of(task.load, task.origin)
    model = Classical(surroundings(task), history.filled, task.origin)
    model.fit(task.origin, with_errors=True)
    begin = max(0, task.origin - LEARNT_DAYS)
    kept = len(model.kept)
    ends = np.asarray(model.fitted.conf_int(0.05))[:kept]
    columns = (np.asarray(model.fitted.params)[:kept], ends[:, 0], ends[:, 1])
    share = np.expm1 if history.scale.is_log else np.asarray
    return pl.DataFrame(
        {
            "term": [TERMS[at] for at in model.kept],
            **dict(zip(list(RETURNS)[1:4], map(share, columns), strict=True)),
            "chance_share": np.asarray(model.fitted.pvalues)[:kept],
            "days": (model.terms[begin : task.origin][:, model.kept] > 0.0).sum(axis=0),
            "learnt_days": task.origin - begin,
        },
        schema_overrides=dict(RETURNS),
    ).with_columns(pl.col(pl.Float64).fill_nan(None))
