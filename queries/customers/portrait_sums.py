"""Months of usage points as arrays: what portraits add up."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from queries.customers.portrait_month_days import month_bounds

KINDS = ("workday", "rest_day")
_HOURS = 24


@dataclass(frozen=True, slots=True)
class Sums:
    """Usage points by months, oldest first; nothing is NaN: what was not read counts no days.

    Attributes:
        points: Their ids, ascending.
        months: ``YYYY-MM`` of every month, (months,).
        known_days, energy_kwh: Of days with a known energy, (points, months).
        days, hours_kwh: Whole days by KINDS, and the sums of their hours, (points, months, 2) and
            (points, months, 2, 24).
        shaped_days, shapes: Days with a shape, and the sums of the shapes, likewise.
    """

    points: pl.Series
    months: tuple[str, ...]
    known_days: np.ndarray
    energy_kwh: np.ndarray
    days: np.ndarray
    hours_kwh: np.ndarray
    shaped_days: np.ndarray
    shapes: np.ndarray

    @property
    def month_number(self) -> np.ndarray:
        """0–11, January first, (months,)."""
        return np.array([int(month[5:]) - 1 for month in self.months])


def window_months(last_day: date) -> list[str]:
    """The months of which a year up to ``last_day`` is made.

    Twelve where the last is whole; else thirteen, so that every month of the year is there whole.

    >>> window_months(date(2025, 12, 31))[0], window_months(date(2025, 12, 30))[0]
    ('2025-01', '2024-12')
    """
    is_whole = last_day == month_bounds(f"{last_day:%Y-%m}")[1]
    number = last_day.year * 12 + last_day.month - 1
    months = range(number - (11 if is_whole else 12), number + 1)
    return [f"{month // 12}-{month % 12 + 1:02d}" for month in months]


def sums_of(rows: pl.DataFrame, months: list[str]) -> Sums:
    """The arrays of rows of ``portrait_months``."""
    points = rows["usage_point_id"].unique().sort()
    at = (
        points.search_sorted(rows["usage_point_id"]).to_numpy(),
        rows["month"].replace_strict(months, range(len(months)), return_dtype=pl.Int64).to_numpy(),
    )
    shape = len(points), len(months)

    def placed(name: str) -> np.ndarray:
        values = np.zeros(shape)
        values[at] = rows[name].fill_null(0).to_numpy()
        return values

    def hours(name: str) -> np.ndarray:
        values = np.zeros((*shape, _HOURS), np.float32)
        values[at] = rows[name].explode().to_numpy().reshape(-1, _HOURS)
        return values

    return Sums(
        points=points,
        months=tuple(months),
        known_days=placed("known_days"),
        energy_kwh=placed("energy_kwh"),
        days=np.stack([placed(f"{kind}s") for kind in KINDS], axis=2),
        hours_kwh=np.stack([hours(f"{kind}_kwh") for kind in KINDS], axis=2),
        shaped_days=np.stack([placed(f"shaped_{kind}s") for kind in KINDS], axis=2),
        shapes=np.stack([hours(f"{kind}_shape") for kind in KINDS], axis=2),
    )
