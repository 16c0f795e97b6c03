"""Which days a day is compared with: known from the calendar alone, all of them earlier."""

from dataclasses import dataclass

import numpy as np

from queries.forecasting.special_days import LONG_BLOCK_DAYS, SpecialDays

NONE = -1
_NORMAL_REACH_DAYS = 45
_YEAR_REACH_DAYS = (300, 430)
_LUNAR_REACH = (-30, 25)
_WEEKS_AGO = (364, 371, 357)


@dataclass(frozen=True, slots=True)
class Memory:
    """Index arrays into the days of a series, NONE where there is no such day.

    Attributes:
        normal_week: (days, 7) the last seven days that were no holiday: the level.
        week: (days, 7) the seven days before.
        month: (days, 28) the 28 days before.
        like: (days, 3) the last three days of the same kind, latest last.
        year_ago: (days,) the day a year ago that this one resembles: the same distance to the
            Spring Festival, the same place in the same festival, else the same weekday.
        same_place: (days, 6) the last six days at the same place in any block.
        same_festival: (days, 3) the same at the same festival.
    """

    normal_week: np.ndarray
    week: np.ndarray
    month: np.ndarray
    like: np.ndarray
    year_ago: np.ndarray
    same_place: np.ndarray
    same_festival: np.ndarray


def memory_of(calendar: SpecialDays) -> Memory:
    """The days to compare with, for every day of the calendar."""
    days = len(calendar.days)
    in_long_block = (calendar.position > 0) & (calendar.length >= LONG_BLOCK_DAYS)
    is_normal = ~calendar.is_holiday & ~in_long_block
    index = np.arange(days)
    before = lambda count: index[:, None] - np.arange(count, 0, -1)[None, :]  # noqa: E731
    block_start = index - calendar.position + 1
    same_place = _last(days, calendar.place, block_start, 6)
    same_festival = _last(days, calendar.place * 1_000_000 + calendar.festival, block_start, 3)
    outside = calendar.place == 0
    same_place[outside], same_festival[outside] = NONE, NONE
    return Memory(
        normal_week=_normal_week(is_normal),
        week=np.maximum(before(7), NONE),
        month=np.maximum(before(28), NONE),
        like=_last(days, calendar.kind, index, 3),
        year_ago=np.array([_year_ago(calendar, day) for day in range(days)], dtype=int),
        same_place=same_place,
        same_festival=same_festival,
    )


def mean_of(values: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Mean of the chosen rows of ``values`` (days, …), NaN where none is chosen or known.

    Args:
        values: What is averaged, (days, …); NaN is left out.
        chosen: (rows, k) indices, NONE for nothing.
    """
    shape = (...,) + (None,) * (values.ndim - 1)
    there = (chosen != NONE)[shape] & np.isfinite(values[chosen])
    total = np.where(there, values[chosen], 0.0).sum(axis=1)
    count = there.sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _normal_week(is_normal: np.ndarray) -> np.ndarray:
    days = len(is_normal)
    chosen = np.full((days, 7), NONE)
    kept: list[int] = []
    for day in range(days):
        near = [other for other in kept[-7:] if day - other <= _NORMAL_REACH_DAYS]
        near = near or list(range(max(0, day - 7), day))
        if near:
            chosen[day, -len(near) :] = near
        if is_normal[day]:
            kept.append(day)
    return chosen


def _last(days: int, label: np.ndarray, until: np.ndarray, count: int) -> np.ndarray:
    """The last ``count`` days before ``until`` that bear the day's label."""
    chosen = np.full((days, count), NONE)
    places = {value: np.flatnonzero(label == value) for value in np.unique(label)}
    for day in range(days):
        bearing = places[label[day]]
        found = bearing[: np.searchsorted(bearing, until[day])][-count:]
        if len(found):
            chosen[day, -len(found) :] = found
    return chosen


def _year_ago(calendar: SpecialDays, day: int) -> int:
    nearest, farthest = _YEAR_REACH_DAYS
    window = np.arange(max(0, day - farthest), max(0, day - nearest))
    lunar = calendar.spring_festival
    if lunar is not None and _LUNAR_REACH[0] <= lunar[day] <= _LUNAR_REACH[1]:
        alike = window[lunar[window] == lunar[day]]
        return int(alike[-1]) if len(alike) else NONE
    if calendar.position[day] > 0:
        alike = window[calendar.festival[window] == calendar.festival[day]]
        same = alike[calendar.place[alike] == calendar.place[day]]
        alike = same if len(same) else alike
        return int(alike[-1]) if len(alike) else NONE
    for back in _WEEKS_AGO:
        if day >= back and calendar.kind[day - back] == calendar.kind[day]:
            return day - back
    return NONE
