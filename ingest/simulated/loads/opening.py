"""When people are there: opening hours, shifts and breaks, the emptiness of Spring Festival."""

from collections.abc import Sequence

import numpy as np

from ingest.simulated.surroundings.days import Days
from queries.schema import SLOTS_PER_DAY

HOURS = ((np.arange(SLOTS_PER_DAY) + 0.5) * (24 / SLOTS_PER_DAY)).astype(np.float32)
"""The middle of every slot of a day [h]."""

Hours = np.ndarray | float


def open_share(opens_h: Hours, closes_h: Hours, ramp_h: float, day_count: int) -> np.ndarray:
    """How much of a place is in use, 0–1, float32 (slots,).

    Args:
        opens_h: When it opens, of every day (days,) or of all days.
        closes_h: When it closes; an hour above 24 is after midnight, of the next day.
        ramp_h: How long coming and going take; half is there at ``opens_h`` and ``closes_h``.
        day_count: Days.
    """
    opens = np.broadcast_to(np.asarray(opens_h, dtype=np.float32), day_count)[:, None]
    closes = np.broadcast_to(np.asarray(closes_h, dtype=np.float32), day_count)[:, None]
    share = _between(HOURS, opens, closes, ramp_h)
    if closes.max() + ramp_h / 2 > 24:
        after_midnight = _between(HOURS + 24, opens, closes, ramp_h)
        np.maximum(share[1:], after_midnight[:-1], out=share[1:])
    return share.ravel()


def _between(hours: np.ndarray, opens: np.ndarray, closes: np.ndarray, ramp_h: float) -> np.ndarray:
    share = np.minimum(hours - opens, closes - hours)
    share *= 1 / ramp_h
    share += 0.5
    return np.clip(share, 0.0, 1.0, out=share)


def times_daily(of_slots: np.ndarray, of_days: np.ndarray) -> np.ndarray:
    """Values of every slot, or of the slots of one day, times a factor of their day; (slots,)."""
    return (of_slots.reshape(-1, SLOTS_PER_DAY) * of_days[:, None]).ravel()


def shift_share(
    shifts_h: Sequence[tuple[float, float]], breaks: Sequence[tuple[float, float, float]]
) -> np.ndarray:
    """Share of the machines manned in every slot of a working day, float32 (96,).

    Args:
        shifts_h: Begin and end of each shift [h].
        breaks: Begin, end [h] and the share that goes on during the break.
    """
    share = np.zeros(SLOTS_PER_DAY, dtype=np.float32)
    for begins, ends in shifts_h:
        share[(begins <= HOURS) & (ends > HOURS)] = 1
    for begins, ends, goes_on in breaks:
        share[(begins <= HOURS) & (ends > HOURS)] *= goes_on
    return share


def festival_pause(
    days: Days, empty_before: float, empty_after: float, ramp_days: float
) -> np.ndarray:
    """1 on usual days, 0 from ``empty_before`` days before 正月初一 to ``empty_after`` days after.

    People leave one by one over ``ramp_days`` before and return as slowly; float32 (days,). A
    negative ``empty_before`` closes nothing.
    """
    if empty_before < 0:
        return np.ones(days.spring_festival.size, dtype=np.float32)
    outside = np.maximum(
        -days.spring_festival - np.float32(empty_before),
        days.spring_festival - np.float32(empty_after),
    )
    return np.clip(outside / np.float32(ramp_days + 1.0), 0, 1).astype(np.float32)


def is_festive(days: Days) -> np.ndarray:
    """Whether a day is a holiday, or a weekend between two days of one holiday; (days,)."""
    return days.is_holiday | (_holiday_before(days, 1) & _holiday_before(days, -1))


def _holiday_before(days: Days, step: int) -> np.ndarray:
    """Whether the last holiday was after the last workday, looking along ``step``."""
    number = np.arange(days.is_holiday.size)
    holiday = np.maximum.accumulate(np.where(days.is_holiday[::step], number, -1))
    workday = np.maximum.accumulate(np.where(days.is_workday[::step], number, -1))
    return (holiday > workday)[::step]
