"""The year an outlook starts from: the last twelve months, seen at the weather of a normal year."""

from dataclasses import dataclass, fields, replace
from datetime import date

import numpy as np
import polars as pl

from queries.load.temperature_response import FITTED, Response, temperature_response
from queries.market.assumptions import HORIZON_YEARS
from queries.market.calendar_effects import calendar_effects, calendar_months
from queries.market.history import History
from queries.market.remembered import Remembered
from queries.market.weather_years import MONTH_OF_DAY, weather_years, whole_years

MONTHS = 12
_LEAST_DAYS = 328
_HEATING_BASE_C = 15.0
_kept: Remembered[tuple[History, int], "BaseYear"] = Remembered(16)


@dataclass(frozen=True, slots=True, eq=False)
class BaseYear:
    """Twelve months of every segment, and how they follow the weather.

    Attributes:
        segments: As in the history.
        months: First days of the months.
        first_day, last_day: Places of the year's days in the history, the last excluded.
        energy_kwh: Of the months at normal weather (segments, 12).
        observed_kwh: The same as it was.
        response: Of all days of the history; None where no segment has weather enough.
        years: Observed calendar years the weather is drawn from; empty: none.
        drawn_c: Temperatures of drawn years by segment's region (regions, drawn, 365).
        region_of: Place of every segment's region in ``drawn_c``, −1 without weather.
        calendar_kwh: What the calendars of the years ahead add to the months (segments,
            HORIZON_YEARS, 12).
        concentration: Sum of squares of the usage points' energy [kWh², (segments, 12)].
        heating_of_month: Share of heating degree days by calendar month, None without weather.
    """

    segments: pl.DataFrame
    months: list[date]
    first_day: int
    last_day: int
    energy_kwh: np.ndarray
    observed_kwh: np.ndarray
    response: Response | None
    years: list[int]
    drawn_c: np.ndarray
    region_of: np.ndarray
    calendar_kwh: np.ndarray
    concentration: np.ndarray
    heating_of_month: np.ndarray | None

    @property
    def calendar_months(self) -> np.ndarray:
        """Calendar month of each of the twelve, 0–11."""
        return np.array([month.month - 1 for month in self.months])


def base_year(history: History, shift_days: int) -> BaseYear | None:
    """The last twelve months of ``history``; None where there are fewer."""
    if len(history.months) < MONTHS:
        return None
    return _kept.get((history, shift_days), lambda: _made(history, shift_days))


def _made(history: History, shift_days: int) -> BaseYear:
    first_month = len(history.months) - MONTHS
    days = np.flatnonzero(history.month_of_day >= first_month)
    observed = np.nan_to_num(history.energy_kwh[:, first_month:])
    years, drawn_c, region_of = _drawn(history, shift_days)
    response = _responses(history) if years else None
    base = BaseYear(
        segments=history.segments,
        months=history.months[first_month:],
        first_day=int(days[0]),
        last_day=int(days[-1]) + 1,
        energy_kwh=observed,
        observed_kwh=observed,
        response=response,
        years=years,
        drawn_c=drawn_c,
        region_of=region_of,
        calendar_kwh=_calendar(history, observed),
        concentration=np.nan_to_num(history.squares_kwh2[:, first_month:]),
        heating_of_month=_heating_months(drawn_c),
    )
    if response is None:
        return base
    return _at_normal_weather(base, history)


def _at_normal_weather(base: BaseYear, history: History) -> BaseYear:
    """What the weather of the year added is taken off, what a normal one adds is put on."""
    assert base.response is not None  # noqa: S101 - for the type checker
    days = slice(base.first_day, base.last_day)
    month = history.month_of_day[days] - history.month_of_day[base.first_day]
    actual = weather_part(base, history.temperature_c[:, days])
    of_year = np.stack([np.bincount(month, np.nan_to_num(row), minlength=MONTHS) for row in actual])
    normal = weather_months(base, 0.0).mean(axis=1)
    shifted = np.maximum(base.observed_kwh + normal - of_year, 0.0)
    return replace(base, energy_kwh=np.where(base.observed_kwh > 0, shifted, 0.0))


def weather_part(base: BaseYear, temperature_c: np.ndarray) -> np.ndarray:
    """Heating and cooling of every segment on days of these temperatures [kWh, as they are].

    Args:
        base: Whose response.
        temperature_c: (segments, …), NaN where it is not known: then nothing.
    """
    found = base.response
    if found is None:
        return np.zeros_like(temperature_c)
    shape = (-1, *[1] * (temperature_c.ndim - 1))

    def column(values: np.ndarray) -> np.ndarray:
        return values.reshape(shape)

    below = np.nan_to_num(np.maximum(column(found.heating_below_c) - temperature_c, 0.0))
    above = np.nan_to_num(np.maximum(temperature_c - column(found.cooling_above_c), 0.0))
    heating = below * column(np.nan_to_num(found.heating_per_k))
    return heating + above * column(np.nan_to_num(found.cooling_per_k))


def weather_days(base: BaseYear, warmer_k: float) -> np.ndarray:
    """Heating and cooling on every day of every drawn year [kWh, (segments, drawn, 365)]."""
    if not base.years:
        return np.zeros((base.segments.height, 1, len(MONTH_OF_DAY)))
    drawn = base.drawn_c[np.maximum(base.region_of, 0)] + warmer_k
    drawn = np.where(base.region_of[:, None, None] >= 0, drawn, np.nan)
    return weather_part(base, drawn)


def weather_months(base: BaseYear, warmer_k: float) -> np.ndarray:
    """Heating and cooling of the base year's months in drawn years [kWh, (segments, drawn, 12)]."""
    days = weather_days(base, warmer_k)
    return np.stack(
        [days[:, :, month == MONTH_OF_DAY].sum(axis=2) for month in base.calendar_months], axis=2
    )


def _drawn(history: History, shift_days: int) -> tuple[list[int], np.ndarray, np.ndarray]:
    """Years that all regions with weather have in common, and their days."""
    known = history.weather
    regions = list(known)
    common = [set(whole_years(known[region])) for region in regions]
    years = sorted(set.intersection(*common)) if common else []
    if not years:
        return [], np.empty((0, 0, len(MONTH_OF_DAY))), np.full(history.segments.height, -1)
    drawn = np.stack([weather_years(known[region], years, shift_days) for region in regions])
    place = {region: number for number, region in enumerate(regions)}
    return years, drawn, np.array([place.get(r, -1) for r in history.segments["region_id"]])


def _responses(history: History) -> Response | None:
    """The temperature response of every segment; days before the last are levelled by a trend."""
    effects = _effects(history)
    parts: list[tuple[np.ndarray, Response]] = []
    regions = history.segments["region_id"].to_numpy()
    day_kwh = history.day_kwh
    for region in dict.fromkeys(regions):
        rows = np.flatnonzero(regions == region)
        found = temperature_response(
            day_kwh[rows], history.temperature_c[rows[0]], effects, least_days=_LEAST_DAYS
        )
        parts.append((rows, found))
    if not any((found.status == FITTED).any() for _, found in parts):
        return None
    order = np.argsort(np.concatenate([rows for rows, _ in parts]))
    return Response(
        *(
            np.concatenate([getattr(found, name) for _, found in parts])[order]
            for name in (field.name for field in fields(Response))
        )
    )


def _effects(history: History) -> np.ndarray:
    """Calendar terms, and the years before the middle of the base year: growth at equal weather."""
    days = len(history.month_of_day)
    years = (np.arange(days) - (days - 183)) / 365.25
    terms = history.calendar[:, history.calendar.any(axis=0)]
    return np.hstack([terms, years[:, None]])


def _calendar(history: History, observed: np.ndarray) -> np.ndarray:
    effects = calendar_effects(history.day_kwh, history.month_of_day, history.calendar)
    months = history.months[-MONTHS:]
    return calendar_months(effects, observed, months, HORIZON_YEARS, history.country)


def _heating_months(drawn_c: np.ndarray) -> np.ndarray | None:
    """Share of heating degree days below 15 °C by calendar month, of all drawn years."""
    if not drawn_c.size:
        return None
    degrees = np.maximum(_HEATING_BASE_C - drawn_c, 0.0).mean(axis=(0, 1))
    months = np.bincount(MONTH_OF_DAY, degrees, minlength=MONTHS)
    return months / months.sum() if months.sum() > 0 else None
