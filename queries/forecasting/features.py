"""What a forecast looks at, for any day: its calendar, the load before it, its temperature."""

from dataclasses import dataclass

import numpy as np

from queries.forecasting.memory import NONE, Memory, mean_of, memory_of
from queries.forecasting.special_days import KINDS, MIDWEEK, SpecialDays
from queries.forecasting.temperature import (
    Temperature,
    full_columns,
    lean_columns,
    tree_columns,
)

_PLACES = (2, 3, 11, 12, 13, 21, 30, 31)
_LUNAR_TENTS = ((-14, 7), (-7, 7), (-3, 4), (0, 3), (3, 4), (7, 6), (14, 8))
"""Centre and half-width [days from the Spring Festival] of the triangles that trace its weeks."""
_YEAR_DAYS = 365.25


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that is known of days before their load is: calendar, days to compare with, weather."""

    calendar: SpecialDays
    memory: Memory
    temperature: Temperature | None


@dataclass(frozen=True, slots=True)
class Columns:
    """Features of chosen days.

    Attributes:
        values: (rows, slots, columns), no NaN in the columns of regressions.
        names: ``calendar.…``, ``recent.…`` and ``temperature.…``.
        flags: How many of the first columns are 0/1 flags.
    """

    values: np.ndarray
    names: tuple[str, ...]
    flags: int


def surroundings_of(calendar: SpecialDays, temperature: Temperature | None) -> Surroundings:
    """The surroundings of every day of the calendar."""
    return Surroundings(calendar, memory_of(calendar), temperature)


def level(around: Surroundings, filled: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Mean of the last seven days that were no holiday, (rows, 1), on the model's scale."""
    return mean_of(filled.mean(axis=1, keepdims=True), around.memory.normal_week[rows])


def usual_day(around: Surroundings, filled: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The same by slot, (rows, slots)."""
    return mean_of(filled, around.memory.normal_week[rows])


def lean(around: Surroundings, filled: np.ndarray, rows: np.ndarray) -> Columns:
    """A few features, for short histories and loads that change their habits."""
    flags = _day_flags(around.calendar, rows)
    flags |= {
        f"{name}_yesterday": flag for name, flag in _day_flags(around.calendar, rows - 1).items()
    }
    recent = _recent(around, filled, rows)
    chosen = (
        "day_1",
        "day_2",
        "day_7",
        "mean_1",
        "mean_2",
        "mean_7",
        "end_1",
        "usual",
        "like_1",
        "like_3",
        "place",
    )
    weather = lean_columns(around.temperature, rows, around.memory) if around.temperature else {}
    return _columns(filled, rows, flags, {name: recent[name] for name in chosen}, weather)


def full(around: Surroundings, filled: np.ndarray, rows: np.ndarray) -> Columns:
    """All a regression can use: season, festivals, last year, a bent temperature response."""
    calendar = around.calendar
    flags = _all_flags(calendar, rows)
    yesterday = _all_flags(calendar, rows - 1)
    week = _flags_of_week(around, rows)
    flags |= {f"{name}_yesterday": flag for name, flag in yesterday.items()}
    flags |= {f"{name}_in_week": week[:, at, None] for at, name in enumerate(yesterday)}
    flags |= _season(calendar, rows) | _lunar(calendar, rows)
    recent = _recent(around, filled, rows)
    holiday = calendar.is_holiday[rows].astype(float)[:, None]
    free = calendar.is_free[rows].astype(float)[:, None]
    known = {
        f"{name}_is_missing": (~np.isfinite(recent[name])).astype(float)
        for name in ("year_ago", "place", "festival")
    }
    recent |= known
    recent["year_ago_on_holiday"] = np.nan_to_num(recent["year_ago"]) * holiday
    recent["day_1_on_holiday"] = np.nan_to_num(recent["day_1"]) * holiday
    recent["day_1_on_free"] = np.nan_to_num(recent["day_1"]) * free
    weather = full_columns(around.temperature, rows, around.memory) if around.temperature else {}
    return _columns(filled, rows, flags, recent, weather)


def tree(around: Surroundings, filled: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Features for regression trees, (rows, slots, columns); NaN where something is unknown."""
    calendar = around.calendar
    slots = filled.shape[1]
    plain = {
        name: getattr(calendar, name)[rows].astype(float)[:, None]
        for name in (
            "weekday",
            "kind",
            "is_free",
            "is_make_up",
            "festival",
            "place",
            "rank",
            "position",
            "length",
            "free_before",
            "free_after",
            "to_block",
            "since_block",
        )
    }
    plain["remaining"] = plain["length"] - plain["position"]
    plain["day_of_year"] = _day_of_year(calendar, rows)[:, None]
    plain["trend"] = rows.astype(float)[:, None]
    plain["slot"] = np.arange(slots, dtype=float)[None, :]
    if calendar.spring_festival is not None:
        plain["spring_festival"] = calendar.spring_festival[rows].astype(float)[:, None]
    plain |= _recent(around, filled, rows)
    like = around.memory.like[rows, -1]
    plain["like_age"] = np.where(like == NONE, np.nan, rows - like)[:, None]
    if around.temperature is not None:
        plain |= {
            f"temperature.{name}": column
            for name, column in tree_columns(around.temperature, rows, around.memory).items()
        }
    shape = (len(rows), slots)
    return np.stack([np.broadcast_to(column, shape) for column in plain.values()], axis=-1)


def _recent(around: Surroundings, filled: np.ndarray, rows: np.ndarray) -> dict[str, np.ndarray]:
    """The load before, against the level: (rows, slots) or (rows, 1), NaN where there is none."""
    memory = around.memory
    now = level(around, filled, rows)
    means = filled.mean(axis=1, keepdims=True)

    def at(values: np.ndarray, back: int) -> np.ndarray:
        there = rows >= back
        return np.where(there[:, None], values[np.maximum(rows - back, 0)], np.nan) - now

    ends = filled[np.maximum(rows - 1, 0)]
    columns = {f"day_{back}": at(filled, back) for back in (1, 2, 3, 7, 14)}
    columns |= {f"mean_{back}": at(means, back) for back in (1, 2, 3, 7)}
    columns |= {f"end_{back}": ends[:, [-back]] - now for back in (1, 2, 3, 4, 6)}
    columns["usual"] = usual_day(around, filled, rows) - now
    columns["week"] = mean_of(filled, memory.week[rows]) - now
    columns["month"] = mean_of(filled, memory.month[rows]) - now
    columns["like_1"] = mean_of(filled, memory.like[rows, -1:]) - now
    columns["like_3"] = mean_of(filled, memory.like[rows]) - now
    columns["year_ago"] = _against_own_level(around, filled, memory.year_ago[rows, None])
    columns["place"] = _against_own_level(around, filled, memory.same_place[rows])
    columns["festival"] = _against_own_level(around, filled, memory.same_festival[rows])
    return columns


def _against_own_level(around: Surroundings, filled: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """How the chosen days stood to the level of their own time, averaged."""
    needed = np.unique(chosen[chosen != NONE])
    against = np.full_like(filled, np.nan)
    if len(needed):
        against[needed] = filled[needed] - level(around, filled, needed)
    return mean_of(against, chosen)


def _day_flags(calendar: SpecialDays, rows: np.ndarray) -> dict[str, np.ndarray]:
    rows = np.maximum(rows, 0)
    kind = calendar.kind[rows]
    free, before, after = (
        array[rows] for array in (calendar.is_free, calendar.free_before, calendar.free_after)
    )
    flags = {name: kind == at for at, name in enumerate(KINDS) if at != MIDWEEK}
    flags |= {"after_free": before & ~free, "before_free": after & ~free}
    return {name: flag.astype(float)[:, None] for name, flag in flags.items()}


def _all_flags(calendar: SpecialDays, rows: np.ndarray) -> dict[str, np.ndarray]:
    rows = np.maximum(rows, 0)
    place, position, length = (
        array[rows] for array in (calendar.place, calendar.position, calendar.length)
    )
    flags = {f"place_{at}": place == at for at in _PLACES}
    flags["make_up"] = calendar.is_make_up[rows]
    flags["free_after_free"] = calendar.free_before[rows] & calendar.is_free[rows]
    flags["last_of_block"] = (position == length) & (length > 1)
    more = {name: flag.astype(float)[:, None] for name, flag in flags.items()}
    return _day_flags(calendar, rows) | more


def _flags_of_week(around: Surroundings, rows: np.ndarray) -> np.ndarray:
    """Mean flags of the last seven days that were no holiday, (rows, flags)."""
    chosen = around.memory.normal_week[rows]
    needed, places = np.unique(chosen, return_inverse=True)
    flags = np.stack([flag[:, 0] for flag in _all_flags(around.calendar, needed).values()], 1)
    return mean_of(flags, np.where(chosen == NONE, NONE, places.reshape(chosen.shape)))


def _day_of_year(calendar: SpecialDays, rows: np.ndarray) -> np.ndarray:
    return np.array([calendar.days[row].timetuple().tm_yday for row in rows], dtype=float)


def _season(calendar: SpecialDays, rows: np.ndarray) -> dict[str, np.ndarray]:
    angle = 2.0 * np.pi * _day_of_year(calendar, rows)[:, None] / _YEAR_DAYS
    free = calendar.is_free[rows].astype(float)[:, None]
    waves = {
        f"{function.__name__}_{times}": function(times * angle)
        for times in (1, 2)
        for function in (np.sin, np.cos)
    }
    return waves | {"free_sin": free * np.sin(angle), "free_cos": free * np.cos(angle)}


def _lunar(calendar: SpecialDays, rows: np.ndarray) -> dict[str, np.ndarray]:
    if calendar.spring_festival is None:
        return {}
    today = calendar.spring_festival[rows]
    yesterday = calendar.spring_festival[np.maximum(rows - 1, 0)]
    return {
        f"lunar_{centre}{name}": np.maximum(0.0, 1.0 - np.abs(since - centre) / width)[:, None]
        for name, since in (("", today), ("_yesterday", yesterday))
        for centre, width in _LUNAR_TENTS
    }


def _columns(
    filled: np.ndarray,
    rows: np.ndarray,
    flags: dict[str, np.ndarray],
    recent: dict[str, np.ndarray],
    weather: dict[str, np.ndarray],
) -> Columns:
    shape = (len(rows), filled.shape[1])
    named = {f"calendar.{name}": column for name, column in flags.items()}
    named |= {f"recent.{name}": column for name, column in recent.items()}
    named |= {f"temperature.{name}": column for name, column in weather.items()}
    values = np.stack([np.broadcast_to(column, shape) for column in named.values()], axis=-1)
    return Columns(np.nan_to_num(values), tuple(named), len(flags))
