"""How much, when and how regularly: the part of a portrait that sums of months tell.

Every feature is unknown (NaN) where there are too few days for it: LEAST_DAYS in all, unless it
says otherwise. Missing readings are never counted as zero; days with a hole do not count.
"""

import numpy as np

from queries.customers.portrait_sums import Sums
from queries.derived.daily_features import SPANS

LEAST_DAYS = 28
"""Days below which nothing is said of a usage point."""
LEAST_DAYS_OF_KIND = 8
"""Whole workdays, and whole rest days, without which they are not compared."""
LEAST_DAYS_OF_MONTH = 14
"""Known days without which a month of the year is not known."""
PARTS = {
    "night": (22, 23, 0, 1, 2, 3, 4, 5),
    "morning": (6, 7, 8, 9, 10),
    "midday": (11, 12, 13, 14, 15, 16),
    "evening": (17, 18, 19, 20, 21),
}
"""Hours of standard time; together the whole day."""

_DAYS_OF_MONTHS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_SUMMER, _WINTER = (5, 6, 7), (11, 0, 1)
_BETWEEN = (2, 3, 4, 8, 9, 10)
_SHAPES = 3**SPANS
_AT_A_TIME = 250
_REST_DAYS_OF_WEEK, _WORKDAYS_OF_WEEK = 2, 5


def energy_features(sums: Sums) -> dict[str, np.ndarray]:
    """Energy of a year and its seasons, (points,) each.

    ``daily_kwh`` [kWh]: mean of the known days. ``annual_kwh`` [kWh in 365 days]: means of the
    months of the year times their days; only where every month of the year has LEAST_DAYS_OF_MONTH
    known days. ``seasonality_share`` [0–1]: (highest − lowest) / (highest + lowest) monthly mean.
    ``summer_ratio``, ``winter_ratio``: mean of June to August, of December to February, over that
    of spring and autumn.
    """
    number = sums.month_number
    of_year = np.stack([number == month for month in range(12)]).astype(np.float64)
    days, energy = sums.known_days @ of_year.T, sums.energy_kwh @ of_year.T
    mean = _over(energy, days, days >= LEAST_DAYS_OF_MONTH)
    total, all_days = sums.energy_kwh.sum(axis=1), sums.known_days.sum(axis=1)
    high, low = mean.max(axis=1), mean.min(axis=1)
    between = mean[:, _BETWEEN].mean(axis=1)
    return {
        "daily_kwh": _over(total, all_days, all_days >= LEAST_DAYS),
        "annual_kwh": (mean * _DAYS_OF_MONTHS).sum(axis=1),
        "seasonality_share": _over(high - low, high + low, high > 0),
        "summer_ratio": _over(mean[:, _SUMMER].mean(axis=1), between, between > 0),
        "winter_ratio": _over(mean[:, _WINTER].mean(axis=1), between, between > 0),
    }


def hour_features(sums: Sums, valley: np.ndarray, peak: np.ndarray) -> dict[str, np.ndarray]:
    """What falls on which hours, (points,) each.

    ``night_share`` … ``evening_share`` [0–1]: of the energy of whole days, by PARTS; they add up to
    1. ``weekend_share`` [0–1]: of an ordinary week's energy, what falls on its two rest days, from
    the mean rest day (holidays count as such) and the mean workday; 2/7 if all days are alike.
    ``valley_share``, ``peak_period_share`` [0–1]: of the energy, in these periods of the calendar.

    Args:
        sums: Months of usage points.
        valley: Part of every hour that lies in the valley, (months, 2, 24), mean of the days.
        peak: The same of the peak period.
    """
    days = sums.days.sum(axis=(1, 2))
    is_enough = days >= LEAST_DAYS
    by_hour = sums.hours_kwh.sum(axis=(1, 2), dtype=np.float64)
    total = by_hour.sum(axis=1)
    is_used = is_enough & (total > 0)
    found = {
        f"{name}_share": _over(by_hour[:, list(hours)].sum(axis=1), total, is_used)
        for name, hours in PARTS.items()
    }
    for name, weight in (("valley_share", valley), ("peak_period_share", peak)):
        inside = np.einsum("pmkh,mkh->p", sums.hours_kwh, weight)
        found[name] = _over(inside, total, is_used)
    of_kind = sums.hours_kwh.sum(axis=(1, 3), dtype=np.float64)
    days_of_kind = sums.days.sum(axis=1)
    mean = _over(of_kind, days_of_kind, days_of_kind >= LEAST_DAYS_OF_KIND)
    rest = _REST_DAYS_OF_WEEK * mean[:, 1]
    week = _WORKDAYS_OF_WEEK * mean[:, 0] + rest
    return found | {
        "mean_kw": _over(total / 24, days, is_enough),
        "weekend_share": _over(rest, week, week > 0),
    }


def regularity(sums: Sums) -> np.ndarray:
    """How alike days are, (points,): the mean correlation between any two of them.

    Compared are the hours of whole days of the same season and kind (workday or rest day): 1 where
    every day has the same shape, about 0 where the hours of one say nothing of another's. With unit
    vectors z of n days about their means, it is (‖Σz‖² − n) / (n·(n − 1)), the resultant length of
    directional statistics (Mardia & Jupp 2000, ch. 2) made free of n; groups weigh by their pairs.
    """
    season = (sums.month_number + 1) % 12 // 3
    pairs = np.zeros(len(sums.points))
    alike = np.zeros(len(sums.points))
    for number in range(4):
        of_season = season == number
        total = sums.shapes[:, of_season].sum(axis=1, dtype=np.float64)
        days = sums.shaped_days[:, of_season].sum(axis=1)
        alike += ((total**2).sum(axis=2) - days).sum(axis=1)
        pairs += (days * (days - 1)).sum(axis=1)
    is_enough = sums.shaped_days.sum(axis=(1, 2)) >= LEAST_DAYS
    return _over(alike, pairs, is_enough & (pairs > 0))


def shape_entropy_bits(point: np.ndarray, code: np.ndarray, points: int) -> np.ndarray:
    """How many different shapes days have, as entropy of their shape codes [bit], (points,).

    0 where every day has the same of the 729 shapes; −Σ p·log₂ p over the shapes, p their share of
    the days (Kwac, Flora & Rajagopal 2014 measure the variety of households so). Of few days it
    comes out too low, at most log₂ of their number.

    Args:
        point: Number of the usage point of every day.
        code: Shape code of the same day.
        points: How many usage points there are.
    """
    bits, days = np.zeros(points), np.bincount(point, minlength=points)
    # Some points at a time, so that their counts stay in the processor's cache.
    order = np.argsort(point, kind="stable") if (np.diff(point) < 0).any() else slice(None)
    point, code = point[order], code[order]
    for first in range(0, points, _AT_A_TIME):
        begin, end = np.searchsorted(point, [first, first + _AT_A_TIME])
        size = min(_AT_A_TIME, points - first)
        of_shapes = np.bincount(
            (point[begin:end] - first) * _SHAPES + code[begin:end], minlength=size * _SHAPES
        )
        there = np.flatnonzero(of_shapes)
        owner = there // _SHAPES
        share = of_shapes[there] / days[first + owner]
        bits[first : first + size] = np.bincount(owner, -share * np.log2(share), size)
    return np.where(days >= LEAST_DAYS, bits + 0.0, np.nan)


def _over(value: np.ndarray, by: np.ndarray, is_known: np.ndarray) -> np.ndarray:
    return np.divide(value, by, out=np.full(by.shape, np.nan), where=is_known)
