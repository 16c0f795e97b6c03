"""Forecasts of a series in a file: its place, its models, their scores."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl

from queries.forecasting.ahead import ahead
from queries.forecasting.backtest import WARM_UP_DAYS, Backtest, backtest
from queries.forecasting.bands import QUANTILES
from queries.forecasting.day_ahead import LEAST_DAYS, TooShortError
from queries.forecasting.features import Surroundings, surroundings_of
from queries.forecasting.places import kept_subdivision
from queries.forecasting.prophet_view import prophet_backtest
from queries.forecasting.rivals import naive, vanilla
from queries.forecasting.scores import coverage, mape, pinball, rmse
from queries.forecasting.series_file import SeriesFile, day_of
from queries.forecasting.special_days import SpecialDays, special_days
from queries.forecasting.temperature import temperature_of, two_days_before

MODELS = ("production", "naive_24h", "naive_168h", "vanilla", "prophet")


@dataclass(frozen=True, slots=True)
class Place:
    """Whose calendar a series lives by.

    Attributes:
        calendar: Of all its days.
        name: ISO code of the country, with the state whose holidays it keeps.
    """

    calendar: SpecialDays
    name: str


@dataclass(frozen=True, slots=True)
class Foretold:
    """Forecasts of one model.

    Attributes:
        first_day: Day of the first row.
        result: First row, quantiles and seconds.
        has_bands: The quantiles differ from one another.
    """

    first_day: date
    result: Backtest
    has_bands: bool

    def frame(self) -> pl.DataFrame:
        """One row a slot: ``time`` by the local clock, ``forecast``, ``q02.5`` … ``q97.5``."""
        days, slots, _ = self.result.quantiles.shape
        step = timedelta(days=1) / slots
        start = datetime.combine(self.first_day, datetime.min.time())
        flat = self.result.quantiles.reshape(days * slots, -1)
        return pl.DataFrame(
            {
                "time": [start + at * step for at in range(days * slots)],
                "forecast": self.result.median.ravel(),
                **{f"q{100 * level:04.1f}": flat[:, at] for at, level in enumerate(QUANTILES)},
            }
        )


def known_place(series: SeriesFile, country: str, subdivision: str | None, first: int) -> Place:
    """The calendar, with the state told from the load before row ``first`` if none is given.

    Raises:
        ValueError: Nobody knows the country's holidays.
    """
    days = len(series.load)
    calendar = special_days(series.first_day, days, country, subdivision)
    if subdivision is None:
        known = max(LEAST_DAYS, first - WARM_UP_DAYS)
        before = special_days(series.first_day, known, country)
        subdivision = kept_subdivision(series.load[:known], before, country)
        if subdivision is not None:
            calendar = special_days(series.first_day, days, country, subdivision)
    return Place(calendar, country if subdivision is None else f"{country}-{subdivision}")


def backtested(  # noqa: PLR0913 - what a backtest is
    series: SeriesFile,
    place: Place,
    first: int,
    last: int,
    model: str,
    *,
    past_temperature: bool = False,
) -> Foretold | None:
    """Day-ahead forecasts of rows ``first`` to ``last`` by one of MODELS.

    Returns:
        None where the history is too short for Prophet, which needs two years.

    Raises:
        TooShortError: It is too short for any model.
    """
    around = _around(series, place, first, past_temperature=past_temperature)
    if model == "production":
        result = backtest(around, series.load, first, last)
    elif model == "vanilla":
        result = vanilla(around, series.load, first, last)
    elif model == "prophet":
        try:
            result = prophet_backtest(around, series.load, first, last)
        except TooShortError:
            return None
    else:
        result = naive(series.load, first, last, 1 if model == "naive_24h" else 7)
    return Foretold(day_of(series, first), result, model in {"production", "prophet"})


def foretold(
    series: SeriesFile, place: Place, origin: int, days: int, *, past_temperature: bool = False
) -> Foretold:
    """The days from row ``origin`` on, by the production model."""
    around = _around(series, place, origin, past_temperature=past_temperature)
    told = ahead(around, series.load, origin, days)
    return Foretold(day_of(series, origin), Backtest(origin, told.quantiles, 0.0, 0.0), True)  # noqa: FBT003


def judged(series: SeriesFile, place: Place, told: Foretold) -> dict[str, float | None]:
    """Scores of forecasts against the file: MAPE [%], RMSE and pinball loss in its unit."""
    first, count = told.result.first, len(told.result.quantiles)
    rows = slice(first, first + count)
    seen, quantiles, middle = series.load[rows], told.result.quantiles, told.result.median
    return {
        "mape": mape(middle, seen),
        "rmse": rmse(middle, seen),
        "pinball": pinball(quantiles, seen),
        "coverage_80": coverage(quantiles, seen) if told.has_bands else None,
        "holiday_mape": mape(middle, seen, place.calendar.is_holiday[rows]),
        "fit_seconds": round(told.result.fit_seconds, 3),
        "predict_seconds": round(told.result.predict_seconds, 3),
    }


def _around(
    series: SeriesFile, place: Place, first: int, *, past_temperature: bool
) -> Surroundings:
    if series.temperature is None:
        return surroundings_of(place.calendar, None)
    observed = series.temperature
    served = observed
    if past_temperature:
        served = two_days_before(np.where(np.isfinite(observed), observed, np.nan))
    known = max(LEAST_DAYS, first - WARM_UP_DAYS)
    return surroundings_of(place.calendar, temperature_of(served, observed, known))
