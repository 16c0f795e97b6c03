"""Prophet as the explainable view: trend, week, year, holidays and temperature, added up."""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import polars as pl

from queries.forecasting.backtest import Backtest
from queries.forecasting.bands import QUANTILES
from queries.forecasting.day_ahead import TooShortError
from queries.forecasting.features import Surroundings

if TYPE_CHECKING:
    from prophet import Prophet

LEAST_DAYS = 730
"""Two whole years: with less, Prophet takes one winter for the winter."""
MOST_DAYS = 3 * 366
COMPONENTS = ("trend", "weekly", "yearly", "daily", "holidays", "temperature", "level")
_LEVEL_DAYS = 7
_SATURDAY = 5
_REFIT_DAYS = 28
RETURNS = pl.Schema(
    {
        "local_start": pl.Datetime("us"),
        **{name: pl.Float64() for name in COMPONENTS},
        "forecast": pl.Float64(),
    }
)


@dataclass(frozen=True, slots=True)
class ProphetView:
    """A fitted Prophet and what it stands on.

    Attributes:
        model: Fitted, additive, with a flat trend between its changes of level.
        scale: Unit in which it was fitted.
        around: Calendar and weather.
        slots: Values a day.
    """

    model: "Prophet"
    scale: float
    around: Surroundings
    slots: int


def prophet_view(around: Surroundings, load: np.ndarray, until: int) -> ProphetView:
    """Fit Prophet to the days before row ``until``, at most three years of them.

    Holidays are the calendar's: each festival's statutory days and the days given free beside it
    apart, and make-up workdays (调休上班日), which Prophet's own Chinese calendar does not have.
    Days off have a daily shape of their own. Its trend is flat, since a trend that is drawn on for
    months runs away; ``components`` corrects the level by the last week instead.

    Raises:
        TooShortError: Fewer than LEAST_DAYS days.
    """
    if until < LEAST_DAYS:
        raise TooShortError(
            f"{until} days of history; Prophet needs {LEAST_DAYS} (two years) to tell the seasons "
            "from the trend."
        )
    # Prophet takes two seconds to import, which no other command should wait for.
    for noisy in ("prophet", "prophet.plot"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    from prophet import Prophet  # noqa: PLC0415

    # Once it is imported: the import sets a level of its own.
    logging.getLogger("cmdstanpy").setLevel(logging.CRITICAL)
    rows = np.arange(max(0, until - MOST_DAYS), until)
    frame = _frame(around, rows, load.shape[1])
    unit = float(np.nanmean(np.abs(load[rows])))
    frame["y"] = load[rows].ravel() / unit
    model = Prophet(
        growth="flat",
        holidays=_holidays(around),
        weekly_seasonality=3,
        yearly_seasonality=6,
        daily_seasonality=False,
        uncertainty_samples=0,
    )
    model.add_seasonality("daily_workday", 1, 8, condition_name="is_workday")
    model.add_seasonality("daily_free", 1, 8, condition_name="is_free")
    for name in _degrees(around, rows, load.shape[1]):
        model.add_regressor(name)
    model.fit(frame.dropna(subset=["y"]), seed=1)
    return ProphetView(model, unit, around, load.shape[1])


def components(view: ProphetView, load: np.ndarray, first: int, last: int) -> pl.DataFrame:
    """RETURNS: what each component adds, in the load's unit; they add up to ``forecast``.

    Args:
        view: As ``prophet_view`` fitted it.
        load: (days, slots); the week before ``first`` corrects the level.
        first: First row.
        last: Last row.
    """
    rows = np.arange(max(0, first - _LEVEL_DAYS), last + 1)
    drawn = view.model.predict(_frame(view.around, rows, view.slots))
    parts = {
        "trend": drawn["trend"],
        "weekly": drawn["weekly"],
        "yearly": drawn["yearly"],
        "daily": drawn["daily_workday"] + drawn["daily_free"],
        "holidays": drawn["holidays"],
        "temperature": drawn.get("extra_regressors_additive", drawn["trend"] * 0.0),
    }
    arrays = {
        name: np.asarray(part, float).reshape(-1, view.slots) * view.scale
        for name, part in parts.items()
    }
    before = first - rows[0]
    total = np.sum(list(arrays.values()), axis=0)
    missed = load[rows[:before]] - total[:before]
    level = float(np.nanmean(missed)) if np.isfinite(missed).any() else 0.0
    arrays["level"] = np.full_like(total, level)
    starts = drawn["ds"].to_numpy()[before * view.slots :]
    return pl.DataFrame(
        {
            "local_start": pl.Series(starts).cast(pl.Datetime("us")),
            **{name: arrays[name][before:].ravel() for name in COMPONENTS},
            "forecast": (total + level)[before:].ravel(),
        },
        schema=RETURNS,
    )


def prophet_backtest(around: Surroundings, load: np.ndarray, first: int, last: int) -> Backtest:
    """Day-ahead forecasts by Prophet, fitted anew every four weeks, level corrected every day.

    Raises:
        TooShortError: Less than two years before ``first``.
    """
    fit_seconds = predict_seconds = 0.0
    found = []
    for start in range(first, last + 1, _REFIT_DAYS):
        end = min(start + _REFIT_DAYS, last + 1)
        begin = time.perf_counter()
        view = prophet_view(around, load, start)
        fit_seconds += time.perf_counter() - begin
        begin = time.perf_counter()
        before = max(0, start - _LEVEL_DAYS)
        parts = components(view, np.full_like(load, np.nan), before, end - 1)
        plain = parts["forecast"].to_numpy().reshape(-1, view.slots)
        missed = load[before:end] - plain
        for row in range(start, end):
            week = missed[max(0, row - _LEVEL_DAYS - before) : row - before]
            level = np.nanmean(week) if np.isfinite(week).any() else 0.0
            spread = np.nanstd(week) if np.isfinite(week).any() else 0.0
            found.append(_band(plain[row - before] + level, float(spread)))
        predict_seconds += time.perf_counter() - begin
    return Backtest(first, np.stack(found), fit_seconds, predict_seconds)


def _band(middle: np.ndarray, spread: float) -> np.ndarray:
    """Quantiles of a normal distribution as wide as last week's errors."""
    offsets = np.array([NormalDist().inv_cdf(level) for level in QUANTILES])
    return middle[:, None] + spread * offsets[None, :]


def _frame(around: Surroundings, rows: np.ndarray, slots: int) -> pd.DataFrame:
    step = timedelta(days=1) / slots
    midnights = [datetime.combine(around.calendar.days[row], datetime.min.time()) for row in rows]
    free = np.repeat(around.calendar.is_free[rows], slots)
    return pd.DataFrame(
        {
            "ds": [midnight + slot * step for midnight in midnights for slot in range(slots)],
            "is_workday": ~free,
            "is_free": free,
            **_degrees(around, rows, slots),
        }
    )


def _degrees(around: Surroundings, rows: np.ndarray, slots: int) -> dict[str, np.ndarray]:
    """Temperature straight and beyond two bends, of the slot and of the day's mean."""
    temperature = around.temperature
    if temperature is None:
        return {}
    served = temperature.served[rows]
    mean = np.repeat(served.mean(axis=1), slots)
    columns = {"temperature": served.ravel(), "temperature_of_day": mean}
    for at, knot in enumerate(temperature.lean_knots):
        columns[f"above_{at}"] = np.maximum(0.0, served.ravel() - knot)
        columns[f"above_{at}_of_day"] = np.maximum(0.0, mean - knot)
    return columns


def _holidays(around: Surroundings) -> pd.DataFrame | None:
    """Every festival's days by their place in the block, and make-up workdays."""
    calendar = around.calendar
    named = [
        ("make_up_workday" if made_up else f"{festival}_{place}", day)
        for day, made_up, festival, place in zip(
            calendar.days, calendar.is_make_up, calendar.festival, calendar.place, strict=True
        )
        if made_up or place
    ]
    if not named:
        return None
    # A festival's third day may be new this year: what weekdays given free have in common is known.
    is_given = calendar.is_holiday & (calendar.weekday < _SATURDAY)
    named += [
        ("free_weekday", day) for day, given in zip(calendar.days, is_given, strict=True) if given
    ]
    return pd.DataFrame(
        {"holiday": [name for name, _ in named], "ds": pd.to_datetime([day for _, day in named])}
    )
