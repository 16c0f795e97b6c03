"""What rest days and Spring Festival take off a month's energy, and when they will fall.

The festival moves between January and February: a month of the base year is not the same month of
another year. Works stop about a week before it and are all back only after the Lantern Festival
(元宵节, fifteen days later).
"""

from datetime import date, timedelta

import numpy as np

from queries.day_classes import day_classes
from queries.day_kinds import day_kinds

TERMS = ("rest_day", "festival")

_FIRST_DAY = r":(chinese_new_year_spring_festival|spring_festival|lunar_new_year)$"
_RAMP = (-8, -2, 5, 18)
"""Days from the first day of the festival at which work begins to stop, has stopped, begins again
and is all back."""


def calendar_terms(first_day: date, last_day: date, country: str) -> np.ndarray:
    """TERMS of every day, (days, terms): 1 on rest days; 0 to 1 around Spring Festival.

    Years that are not yet gazetted are as the ``holidays`` package expects them.
    """
    kinds = day_kinds(first_day, last_day, holiday_country=country)
    is_rest = (kinds["day_kind"] == "rest_day").to_numpy().astype(np.float64)
    around = timedelta(days=30)
    classes = day_classes(first_day - around, last_day + around, country)
    named = classes.filter(classes["day_class"].str.contains(_FIRST_DAY))["service_date"].to_list()
    first_days = [day for n, day in enumerate(named) if n == 0 or (day - named[n - 1]).days > 30]
    festival = np.zeros(len(is_rest))
    for day in first_days:
        away = np.arange(len(is_rest)) - (day - first_day).days
        festival = np.maximum(festival, np.interp(away, _RAMP, (0, 1, 1, 0), left=0, right=0))
    return np.stack([is_rest, festival], axis=1)


def calendar_effects(
    day_kwh: np.ndarray, month_of_day: np.ndarray, terms: np.ndarray
) -> np.ndarray:
    """What each of TERMS adds to a day of every row [kWh, (rows, terms)].

    Least squares within months, so that neither season nor growth enters; 0 where a term never
    came, or a row has too few days.
    """
    months = (month_of_day[:, None] == np.arange(month_of_day.max() + 1)).astype(np.float64)
    there = terms.any(axis=0)
    design = np.hstack([terms[:, there], months])
    effects = np.zeros((len(day_kwh), terms.shape[1]))
    for row, energy in enumerate(day_kwh):
        known = ~np.isnan(energy)
        if known.sum() > 2 * design.shape[1]:
            found = np.linalg.lstsq(design[known], energy[known], rcond=None)[0]
            effects[row, there] = found[: there.sum()]
    return effects


def calendar_months(
    effects: np.ndarray, energy_kwh: np.ndarray, months: list[date], years: int, country: str
) -> np.ndarray:
    """What the calendars of the years ahead add to the base year's months [kWh].

    Args:
        effects: From ``calendar_effects`` (rows, terms).
        energy_kwh: Of the base year's months (rows, 12); a leap day is one without any of TERMS.
        months: First days of these.
        years: How many years ahead.
        country: Of the holidays.

    Returns:
        (rows, years, 12).
    """
    ahead = [_counts(months, year, country) for year in range(years + 1)]
    days, terms = (np.stack([one[n] for one in ahead]) for n in (0, 1))
    more_terms = terms[1:] - terms[0]
    plain_day = (energy_kwh - np.einsum("rt,mt->rm", effects, terms[0])) / days[0]
    return plain_day[:, None] * (days[1:] - days[0]) + np.einsum("rt,ymt->rym", effects, more_terms)


def _counts(months: list[date], years: int, country: str) -> tuple[np.ndarray, np.ndarray]:
    """Days and sums of TERMS of the same months so many years later, (12,) and (12, terms)."""
    days, sums = [], []
    for month in months:
        first = month.replace(year=month.year + years)
        after = (first + timedelta(32)).replace(day=1)
        terms = calendar_terms(first, after - timedelta(1), country)
        days.append(len(terms))
        sums.append(terms.sum(axis=0))
    return np.array(days, dtype=np.float64), np.array(sums)
