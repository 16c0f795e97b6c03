"""Random series that remember: what they are on a date depends on the seed and the date alone.

An autoregression that starts somewhere would depend on where. Here every value is a weighted sum of
a fixed number of the draws before it, and the draws are made month by month of the calendar; so a
longer or a later span sees the same weather and the same orders on the days they share, to the bit.
"""

from calendar import monthrange
from datetime import date, timedelta

import numpy as np

from ingest.simulated.streams import stream


def month_number(day: date) -> int:
    """The months since the year 0: 12 × year + month − 1."""
    return day.year * 12 + day.month - 1


def first_of_month(number: int) -> date:
    """The first day of a month by its ``month_number``."""
    return date(number // 12, number % 12 + 1, 1)


def daily_draws(
    seed: int, purpose: str, first_day: date, days: int, shape: tuple[int, ...]
) -> np.ndarray:
    """Standard normal numbers of every date, float64 (days, *shape)."""
    last_day = first_day + timedelta(days=days - 1)
    months = [
        stream(seed, purpose, number).standard_normal(
            (monthrange(number // 12, number % 12 + 1)[1], *shape)
        )
        for number in range(month_number(first_day), month_number(last_day) + 1)
    ]
    skipped = first_day.day - 1
    return np.concatenate(months)[skipped : skipped + days]


def monthly_draws(
    seed: int, purpose: str, first_month: int, months: int, columns: int
) -> np.ndarray:
    """Standard normal numbers of every month from ``first_month`` on, float64 (months, columns)."""
    return np.stack(
        [
            stream(seed, purpose, number).standard_normal(columns)
            for number in range(first_month, first_month + months)
        ]
    )


def persistent(draws: np.ndarray, correlation: float, terms: int) -> np.ndarray:
    """A series of unit variance whose neighbours correlate, along the first axis.

    Args:
        draws: Standard normal (n, …).
        correlation: Of a value with the one before it, as in an autoregression of order 1.
        terms: How many draws a value remembers; ``correlation ** terms`` should be next to nothing.

    Returns:
        (n − terms + 1, …): the last value belongs to the last draw.
    """
    kept = len(draws) - terms + 1
    total = np.zeros((kept, *draws.shape[1:]))
    for age in range(terms):
        start = terms - 1 - age
        total += correlation**age * draws[start : start + kept]
    return total * np.sqrt((1 - correlation**2) / (1 - correlation ** (2 * terms)))
