"""What kind of day it is, as finely as a load can tell: festivals, bridges, make-up workdays."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays
import numpy as np

KINDS = ("monday", "midweek", "friday", "saturday", "sunday", "festival", "day_off")
"""Kinds of days whose load has a shape of its own; ``day_off`` is a weekday given free beside a
festival, a make-up workday counts as ``midweek``."""
MIDWEEK, SATURDAY, SUNDAY, FESTIVAL, DAY_OFF = 1, 3, 4, 5, 6
LONG_BLOCK_DAYS = 5
FAR_DAYS = 10
_SPRING_FESTIVAL_REACH = (-45, 30)
_MARGIN_DAYS = 40
_NOT_THE_FESTIVAL = ("substituted", "observed", "extended", "bridge")


@dataclass(frozen=True, slots=True)
class SpecialDays:
    """A calendar as arrays (days,).

    A block is an unbroken run of free days with a festival in it, weekends included.

    Attributes:
        days: The days themselves.
        weekday: 0 Monday … 6 Sunday.
        kind: Index into KINDS.
        is_free: Nobody is expected at work.
        is_make_up: A weekend day worked to make up for a holiday (调休上班日).
        is_holiday: A public holiday or a weekday given free with one; plain weekends are none.
        free_before, free_after: The day before is free, the day after is.
        festival: Code of the block's festival, 0 outside blocks; the same every year.
        rank: 1, 2, 3 … for the statutory days of a block in turn, else 0.
        place: Class of a day within its block: statutory days by rank, days given free, weekend
            days, each apart for short and long blocks; 0 outside.
        position, length: Days into the block (from 1), and its days; 0 outside.
        to_block, since_block: Days to the next block and since the last one, 0–10.
        spring_festival: Days since the first day of the nearest lunar year, −45–30; None where
            the country does not keep it.
    """

    days: tuple[date, ...]
    weekday: np.ndarray
    kind: np.ndarray
    is_free: np.ndarray
    is_make_up: np.ndarray
    is_holiday: np.ndarray
    free_before: np.ndarray
    free_after: np.ndarray
    festival: np.ndarray
    rank: np.ndarray
    place: np.ndarray
    position: np.ndarray
    length: np.ndarray
    to_block: np.ndarray
    since_block: np.ndarray
    spring_festival: np.ndarray | None


def special_days(
    first_day: date, days: int, country: str, subdivision: str | None = None
) -> SpecialDays:
    """The calendar of ``days`` days from ``first_day`` on.

    A festival's own statutory days (法定节假日) are told from the weekdays given free beside them
    (调休): who works through a holiday for ordinary pay stops on the day that costs triple.

    Source: the ``holidays`` package, whose Chinese calendar follows the State Council's notices;
    of years not yet announced it knows the festivals but neither days off nor make-up workdays.

    Raises:
        ValueError: The package does not know the country or its subdivision.
    """
    margin = timedelta(_MARGIN_DAYS)
    around = [first_day - margin + timedelta(n) for n in range(days + 2 * _MARGIN_DAYS)]
    known = _calendar(country, subdivision, around[0].year, around[-1].year)
    weekday = np.array([day.weekday() for day in around])
    is_make_up = np.array([day in known.weekend_workdays for day in around])
    is_holiday = np.array([day in known for day in around])
    is_free = ((weekday >= 5) | is_holiday) & ~is_make_up
    names = [_festival_name(known.get(day, "")) for day in around]
    is_festival = np.array([name != "" for name in names])
    position, length, rank, festival = _blocks(is_free, is_holiday, is_festival, names)
    kind = np.select([weekday == 0, weekday < 4, weekday == 4, weekday == 5], [0, 1, 2, 3], 4)
    kind = np.where(is_festival, FESTIVAL, np.where(is_holiday, DAY_OFF, kind))
    kind = np.where(is_make_up, MIDWEEK, kind)
    in_block = position > 0
    is_long = length >= LONG_BLOCK_DAYS
    place = np.select(
        [is_festival, is_holiday, in_block],
        [np.minimum(rank, 3) + 10 * is_long, 20 + is_long, 30 + is_long],
        0,
    )
    since = _since(in_block)
    cut = slice(_MARGIN_DAYS, _MARGIN_DAYS + days)
    return SpecialDays(
        days=tuple(around[cut]),
        weekday=weekday[cut],
        kind=kind[cut],
        is_free=is_free[cut],
        is_make_up=is_make_up[cut],
        is_holiday=is_holiday[cut],
        free_before=np.r_[False, is_free[:-1]][cut],
        free_after=np.r_[is_free[1:], False][cut],
        festival=festival[cut],
        rank=rank[cut],
        place=place[cut],
        position=position[cut],
        length=length[cut],
        to_block=_since(in_block[::-1])[::-1][cut],
        since_block=since[cut],
        spring_festival=_spring_festival(around[cut]) if country == "CN" else None,
    )


def subdivisions(country: str) -> tuple[str, ...]:
    """States or provinces whose holidays the package knows apart, such as VIC of AU."""
    return tuple(getattr(holidays.country_holidays(country), "subdivisions", ()))


@lru_cache(maxsize=128)
def _calendar(
    country: str, subdivision: str | None, first_year: int, last_year: int
) -> holidays.HolidayBase:
    try:
        return holidays.country_holidays(
            country,
            subdiv=subdivision,
            years=range(first_year - 1, last_year + 2),
            language="en_US",
        )
    except NotImplementedError as error:
        where = country if subdivision is None else f"{country}, {subdivision}"
        raise ValueError(
            f"no holiday calendar for '{where}'. Give an ISO country code that the holidays "
            "package knows, such as CN or AU."
        ) from error


def _festival_name(name: str) -> str:
    """The festival of a statutory day; '' for days given free beside one and for plain days."""
    words = name.split(";", maxsplit=1)[0]
    if any(word in words.lower() for word in _NOT_THE_FESTIVAL):
        return ""
    return words.split("(", maxsplit=1)[0].strip()


def _blocks(
    is_free: np.ndarray, is_holiday: np.ndarray, is_festival: np.ndarray, names: Sequence[str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    position, length, rank, festival = (np.zeros(len(names), dtype=int) for _ in range(4))
    edges = np.flatnonzero(np.diff(np.r_[0, is_free.astype(int), 0]))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if not is_holiday[start:end].any():
            continue
        position[start:end] = np.arange(1, end - start + 1)
        length[start:end] = end - start
        rank[start:end] = np.cumsum(is_festival[start:end]) * is_festival[start:end]
        named = Counter(name for name in names[start:end] if name)
        festival[start:end] = _code(named.most_common(1)[0][0]) if named else 1
    return position, length, rank, festival


def _code(name: str) -> int:
    """A number for a festival's name that does not depend on which others are in sight."""
    return 2 + int.from_bytes(name.encode()[:32], "big") % 99_991


def _since(in_block: np.ndarray) -> np.ndarray:
    """Days since the last block, 0 within one, clipped."""
    index = np.arange(len(in_block))
    last = np.maximum.accumulate(np.where(in_block, index, -FAR_DAYS))
    return np.minimum(index - last, FAR_DAYS)


@lru_cache(maxsize=256)
def spring_festival_day(year: int) -> date:
    """First day of the lunar year that begins in ``year`` (正月初一)."""
    known = _calendar("CN", None, year, year)
    return next(
        day
        for day in (date(year, 1, 20) + timedelta(n) for n in range(34))
        if _festival_name(known.get(day, "")).startswith("Chinese New Year")
        and "Eve" not in known[day]
    )


def _spring_festival(days: Sequence[date]) -> np.ndarray:
    firsts = {
        year: spring_festival_day(year)
        for year in {day.year + k for day in days for k in (-1, 0, 1)}
    }
    nearest = [
        min(((day - firsts[day.year + k]).days for k in (-1, 0, 1)), key=abs) for day in days
    ]
    return np.clip(nearest, *_SPRING_FESTIVAL_REACH)
