"""What holidays do to a usage point's days: shut, vacant, full of guests, or as always."""

from dataclasses import dataclass

import numpy as np

AROUND_DAYS = 28
"""Ordinary days this near a holiday are what it is compared with: of the same season."""
LEAST_HOLIDAYS, LEAST_FESTIVAL_DAYS, LEAST_ORDINARY_DAYS = 3, 3, 14
VACANT_SHARE = 0.3
"""Of the use above the base load of ordinary days, below which nobody was there."""
RETURNING_RATIO = 1.3
"""Of an ordinary day's energy, from which on a festival is fuller than ordinary days."""
VACANT, RETURNING, USUAL = "vacant", "returning", "usual"


@dataclass(frozen=True, slots=True)
class Holidays:
    """Of every usage point, (points,).

    Attributes:
        holiday_ratio: Mean energy of statutory holidays, Spring Festival apart, over that of the
            ordinary days within AROUND_DAYS of each; NaN with fewer than LEAST_HOLIDAYS.
        festival_ratio: The same of Spring Festival's statutory days.
        festival_status: VACANT where what is used above the base is less than VACANT_SHARE of what
            ordinary days use above it; RETURNING from RETURNING_RATIO on; else USUAL; None: unread.
    """

    holiday_ratio: np.ndarray
    festival_ratio: np.ndarray
    festival_status: list[str | None]


def holidays(
    energy_kwh: np.ndarray,
    base_kwh: np.ndarray,
    *,
    is_holiday: np.ndarray,
    is_festival: np.ndarray,
    is_around_festival: np.ndarray,
) -> Holidays:
    """Compare holidays with the ordinary days around them.

    Args:
        energy_kwh: Of every day, (points, days); NaN where it is not known.
        base_kwh: Energy of a day at base load, (points,); NaN where it is not known.
        is_holiday: Statutory holidays and days off given for them, (days,).
        is_festival: Those of Spring Festival, (days,).
        is_around_festival: Days so near Spring Festival that they are no ordinary ones, (days,).
    """
    is_ordinary = ~is_holiday & ~is_around_festival
    others = is_holiday & ~is_festival & ~is_around_festival
    holiday = _ratio(energy_kwh, others, is_ordinary, LEAST_HOLIDAYS)
    day, ordinary = _means(energy_kwh, is_festival, is_ordinary, LEAST_FESTIVAL_DAYS)
    ratio = _over(day, ordinary)
    above = _over(day - base_kwh, ordinary - base_kwh)
    status = [_status(*one) for one in zip(ratio.tolist(), above.tolist(), strict=True)]
    return Holidays(holiday, ratio, status)


def _status(ratio: float, above: float) -> str | None:
    if above < VACANT_SHARE:  # not where nothing tells the base from the rest: then it is no number
        return VACANT
    if ratio >= RETURNING_RATIO:
        return RETURNING
    return None if np.isnan(ratio) else USUAL


def _ratio(
    energy_kwh: np.ndarray, is_chosen: np.ndarray, is_ordinary: np.ndarray, least: int
) -> np.ndarray:
    return _over(*_means(energy_kwh, is_chosen, is_ordinary, least))


def _means(
    energy_kwh: np.ndarray, is_chosen: np.ndarray, is_ordinary: np.ndarray, least: int
) -> tuple[np.ndarray, np.ndarray]:
    """Mean of the chosen days, and of the ordinary days near them, each chosen day alike."""
    number = np.arange(len(is_chosen))
    chosen = np.flatnonzero(is_chosen)
    near = (np.abs(number[:, None] - chosen) <= AROUND_DAYS) & is_ordinary[:, None]
    known = ~np.isnan(energy_kwh)
    read = np.where(known, energy_kwh, 0.0)
    days = known @ near.astype(np.float64)
    beside = np.divide(
        read @ near.astype(np.float64),
        days,
        out=np.full(days.shape, np.nan),
        where=days >= LEAST_ORDINARY_DAYS,
    )
    both = known[:, chosen] & ~np.isnan(beside)
    count = both.sum(axis=1)
    is_enough = count >= least
    own = np.where(both, read[:, chosen], 0.0).sum(axis=1)
    other = np.where(both, beside, 0.0).sum(axis=1)
    return _mean(own, count, is_enough), _mean(other, count, is_enough)


def _mean(total: np.ndarray, count: np.ndarray, is_enough: np.ndarray) -> np.ndarray:
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=is_enough)


def _over(value: np.ndarray, by: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.divide(value, by, out=np.full(value.shape, np.nan), where=by > 0)
