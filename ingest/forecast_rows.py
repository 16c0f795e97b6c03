"""Forecasts, their causes and their scores as rows of the lake's tables."""

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl

from queries.forecasting import scores
from queries.forecasting.ahead import Ahead
from queries.forecasting.bands import QUANTILES
from queries.forecasting.choice import Serving, daily_errors, doubt, lead_of
from queries.forecasting.foretell import DRIVERS, Foretold, Task
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

_MADE = ("lake_sequence", "received_at")


def forecast_rows(series: Series, known: Known, task: Task, foretold: Foretold) -> pl.DataFrame:
    """Rows of FORECASTS: the days ahead, and each recent day as its own evening would have had it.

    A recent day's ``issued_at`` is the instant at which it began.
    """
    if foretold.ahead is None:
        return _empty(FORECASTS)
    recent, served = foretold.servings[:-1], foretold.servings[-1]
    parts = [_rows(series, known, task, known.origin_day, served.model, foretold.ahead.quantiles)]
    for number, one in enumerate(recent):
        day = known.origin_day - timedelta(days=len(recent) - number)
        quantiles = foretold.ahead.warm_up[number : number + 1]
        parts.append(_rows(series, known, task, day, one.model, quantiles))
    return pl.concat(parts)


def _rows(  # noqa: PLR0913, PLR0917 - of what, from when, by what, what
    series: Series,
    known: Known,
    task: Task,
    first_day: date,
    model: str,
    quantiles: np.ndarray,
) -> pl.DataFrame:
    issued_at = known.issued_at - (known.origin_day - first_day)
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
    return _whole(FORECASTS, columns, series, issued_at, model)


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
    return _whole(FORECAST_DRIVERS, columns, series, known.issued_at, foretold.servings[-1].model)


def score_rows(series: Series, known: Known, task: Task, foretold: Foretold) -> pl.DataFrame:
    """Rows of FORECAST_SCORES: every candidate on the same recent days, and who serves from now."""
    back = len(foretold.servings) - 1
    if back < 1:
        return _empty(FORECAST_SCORES)
    first = task.origin - back
    seen = task.load[first : task.origin]
    frame = pl.DataFrame(scores_of(foretold.tried, foretold.servings, seen)).with_columns(
        first_day=pl.lit(known.first_day + timedelta(days=first)),
        last_day=pl.lit(known.origin_day - timedelta(days=1)),
    )
    parts = [
        _whole(FORECAST_SCORES, own.drop("model"), series, known.issued_at, model)
        for (model,), own in frame.group_by("model", maintain_order=True)
    ]
    return pl.concat(parts)


def scores_of(
    tried: dict[str, Ahead], servings: tuple[Serving, ...], seen: np.ndarray
) -> dict[str, list]:
    """Columns ``model`` to ``is_chosen`` of candidates held against ``seen`` (days, slots) [kW].

    The doubt is of a model's lead over the one that served the last of these days: it is what was
    asked when the next one was decided upon.
    """
    medians = {name: one.median_of_warm_up for name, one in tried.items()}
    mapes = [scores.mape(median, seen) for median in medians.values()]
    losses = {name: daily_errors(median, seen) for name, median in medians.items()}
    last = servings[-2].model if servings[-2].model in tried else servings[-1].model
    doubts = {name: doubt(lead_of(losses[last], loss)) for name, loss in losses.items()}
    return {
        "model": list(tried),
        "mape_share": [None if mape is None else mape / 100 for mape in mapes],
        "error_kw": [scores.mean_absolute_error(median, seen) for median in medians.values()],
        "rmse_kw": [scores.rmse(median, seen) for median in medians.values()],
        "pinball_kw": [scores.pinball(one.warm_up, seen) for one in tried.values()],
        "coverage_share": [scores.coverage(one.warm_up, seen) for one in tried.values()],
        "doubt_share": [None if name == last else doubts[name] for name in tried],
        "is_chosen": [name == servings[-1].model for name in tried],
    }


def _whole(
    table: Table, columns: dict | pl.DataFrame, series: Series, issued_at: datetime, model: str
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
