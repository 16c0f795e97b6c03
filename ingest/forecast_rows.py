"""Forecasts, their causes and their scores as rows of the lake's tables."""

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl

from queries.forecasting import scores
from queries.forecasting.backtest import Backtest
from queries.forecasting.bands import QUANTILES
from queries.forecasting.foretell import DRIVERS, Foretold, Task
from queries.forecasting.rivals import naive
from queries.schema import (
    FORECAST_DRIVERS,
    FORECAST_SCORES,
    FORECASTS,
    SLOT_MINUTES,
    SLOTS,
    Table,
)
from queries.series_loads import Series
from queries.series_tasks import Known

PRODUCTION = "production"
RIVALS = {"naive_24h": 1, "naive_168h": 7}
_MADE = ("lake_sequence", "received_at")


def forecast_rows(series: Series, known: Known, task: Task, foretold: Foretold) -> pl.DataFrame:
    """Rows of FORECASTS: the days ahead, and each recent day as its own evening would have had it.

    A recent day's ``issued_at`` is the instant at which it began.
    """
    if foretold.ahead is None:
        return _empty(FORECASTS)
    back = len(foretold.ahead.warm_up)
    parts = [
        _rows(series, known, task, known.issued_at, known.origin_day, foretold.ahead.quantiles)
    ]
    for number in range(back):
        day = known.origin_day - timedelta(days=back - number)
        issued_at = known.issued_at - timedelta(days=back - number)
        one = foretold.ahead.warm_up[number : number + 1]
        parts.append(_rows(series, known, task, issued_at, day, one))
    return pl.concat(parts)


def _rows(  # noqa: PLR0913, PLR0917 - of what, from when, what
    series: Series,
    known: Known,
    task: Task,
    issued_at: datetime,
    first_day: date,
    quantiles: np.ndarray,
) -> pl.DataFrame:
    days, slots, levels = quantiles.shape
    every = known.interval_minutes // SLOT_MINUTES
    values = quantiles.transpose(0, 2, 1).reshape(days * levels, slots)
    day = [first_day + timedelta(days=number) for number in range(days) for _ in range(levels)]
    columns = {
        "service_date": day,
        "service_month": [f"{one:%Y-%m}" for one in day],
        "lead_days": [number + 1 for number in range(days) for _ in range(levels)],
        "quantile": list(QUANTILES) * days,
        "interval_minutes": known.interval_minutes,
        "temperature_kind": task.temperature_kind,
        **{SLOTS[slot * every]: values[:, slot] for slot in range(slots)},
    }
    return _whole(FORECASTS, columns, series, issued_at, PRODUCTION)


def driver_rows(series: Series, known: Known, foretold: Foretold) -> pl.DataFrame:
    """Rows of FORECAST_DRIVERS for the days ahead."""
    days = len(foretold.drivers)
    columns = {
        "service_date": [
            known.origin_day + timedelta(days=number) for number in range(days) for _ in DRIVERS
        ],
        "driver": list(DRIVERS) * days,
        "load_kw": foretold.drivers.ravel(),
    }
    return _whole(FORECAST_DRIVERS, columns, series, known.issued_at, PRODUCTION)


def score_rows(series: Series, known: Known, task: Task, foretold: Foretold) -> pl.DataFrame:
    """Rows of FORECAST_SCORES: the production model and the naive ones on the same recent days."""
    if foretold.ahead is None or not len(foretold.ahead.warm_up):
        return _empty(FORECAST_SCORES)
    first = task.origin - len(foretold.ahead.warm_up)
    models = {PRODUCTION: Backtest(first, foretold.ahead.warm_up, 0.0, 0.0)}
    for name, days_before in RIVALS.items():
        models[name] = naive(task.load, first, task.origin - 1, days_before)
    columns = {
        "first_day": known.first_day + timedelta(days=first),
        "last_day": known.origin_day - timedelta(days=1),
        **scores_of(models, task.load[first : task.origin]),
    }
    names = columns.pop("model")
    return pl.concat(
        _whole(
            FORECAST_SCORES,
            {
                key: [value[at]] if isinstance(value, list) else [value]
                for key, value in columns.items()
            },
            series,
            known.issued_at,
            name,
        )
        for at, name in enumerate(names)
    )


def scores_of(models: dict[str, Backtest], seen: np.ndarray) -> dict[str, list]:
    """Columns ``model`` to ``is_chosen`` of models held against ``seen`` (days, slots) [kW]."""
    errors = [scores.mean_absolute_error(tried.median, seen) for tried in models.values()]
    best = min((error for error in errors if error is not None), default=None)
    mapes = [scores.mape(tried.median, seen) for tried in models.values()]
    has_band = [bool(np.nanmax(np.ptp(tried.quantiles, axis=2)) > 0.0) for tried in models.values()]
    return {
        "model": list(models),
        "mape_share": [None if mape is None else mape / 100 for mape in mapes],
        "rmse_kw": [scores.rmse(tried.median, seen) for tried in models.values()],
        "pinball_kw": [scores.pinball(tried.quantiles, seen) for tried in models.values()],
        "coverage_share": [
            scores.coverage(tried.quantiles, seen) if band else None
            for tried, band in zip(models.values(), has_band, strict=True)
        ],
        "is_chosen": [error is not None and error == best for error in errors],
    }


def _whole(
    table: Table, columns: dict, series: Series, issued_at: datetime, model: str
) -> pl.DataFrame:
    frame = pl.DataFrame(columns).with_columns(
        series_id=pl.lit(series.series_id),
        kind=pl.lit(series.kind),
        region_id=pl.lit(series.region_id),
        area_id=pl.lit(series.area_id),
        issued_at=pl.lit(issued_at),
        model=pl.lit(model),
    )
    lacking = [name for name in table.names if name not in {*frame.columns, *_MADE}]
    return frame.select(
        pl.lit(None, table.schema[name]).alias(name)
        if name in lacking
        else pl.col(name).cast(table.schema[name])
        for name in table.names
        if name not in _MADE
    )


def _empty(table: Table) -> pl.DataFrame:
    return table.schema.to_frame().drop(_MADE)
