"""When the readings of a load profile were: days and intervals, checked for order and gaps."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from queries.billing.load_numbers import LoadFileError
from queries.billing.load_stamps import DAY_MINUTES, Stamps, clock_of, shown

_HOUR = 60
_LATEST_CHANGE = 3 * _HOUR
_SUNDAY = 6
_EPOCH = date(1970, 1, 1)
_EPOCH_WEEKDAY = 3


@dataclass(frozen=True, slots=True)
class Times:
    """When the readings of whole days were.

    Attributes:
        rows: Places of the readings in the file.
        interval_minutes: Length of each [min].
        days: The day of every row that ``placed`` fills; twice where an hour comes again.
        cells: Row and interval of the day of every reading.
        warnings: What was taken for granted.
    """

    rows: np.ndarray
    interval_minutes: int
    days: tuple[date, ...]
    cells: tuple[np.ndarray, np.ndarray]
    warnings: tuple[str, ...]

    def placed(self, units: np.ndarray) -> np.ndarray:
        """Values by row and interval of the day ``(1, rows, intervals)``.

        A reading of several days gives each of them its units: there are as many more of them.
        """
        length = min(self.interval_minutes, DAY_MINUTES)
        found = np.zeros((1, len(self.days), DAY_MINUTES // length), np.int64)
        found[0, self.cells[0], self.cells[1]] = np.repeat(
            units, max(self.interval_minutes // DAY_MINUTES, 1)
        )
        return found


@dataclass(frozen=True, slots=True)
class _Sequence:
    """The readings of the days wanted, one after another."""

    stamps: Stamps
    rows: np.ndarray
    wall: np.ndarray
    steps: np.ndarray
    interval: int

    def at(self, place: int) -> str:
        return self.stamps.at(int(self.rows[place]))


def times_of(stamps: Stamps, first_day: date | None, last_day: date | None) -> Times:
    """The readings of the days from ``first_day`` to ``last_day``; None: of all in the file.

    Raises:
        LoadFileError: a time is none; comes twice, goes back or leaves a gap within these days, or
            they are not whole; intervals differ, or are neither a part of a day nor whole days.
    """
    if len(stamps.texts) < 2:
        raise LoadFileError(f"{len(stamps.texts)} readings; expected at least two.")
    clock = clock_of(stamps)
    interval = _interval(clock.instant, stamps)
    wall = clock.wall - interval if stamps.is_end else clock.wall
    span = _span(wall, interval, first_day, last_day)
    rows = np.flatnonzero((wall >= span[0]) & (wall + interval <= span[1]))
    if not len(rows):
        raise LoadFileError(_not_whole(wall, interval, span))
    steps = np.diff(clock.instant[rows])
    sequence = _Sequence(stamps, rows, wall[rows], steps, interval)
    changes = [] if clock.has_offset else _clock_changes(sequence)
    wrong = np.setdiff1d(np.flatnonzero(steps != interval), changes)
    if len(wrong):
        raise LoadFileError(_out_of_step(sequence, int(wrong[0])))
    _check_aligned(sequence)
    if (sequence.wall.min(), sequence.wall.max() + interval) != span:
        raise LoadFileError(_not_whole(wall, interval, span))
    told = [
        f"{sequence.at(place + 1)}: the clock is taken to be set "
        f"{'back' if steps[place] < interval else 'forward'} by an hour at "
        f"{shown(sequence.wall[place] + interval)}."
        for place in changes
    ]
    return Times(rows, interval, *_located(sequence.wall, interval), (*clock.warnings, *told))


def _interval(instant: np.ndarray, stamps: Stamps) -> int:
    """The most common time from one reading to the next [min]."""
    steps = np.diff(instant)
    values, counts = np.unique(steps[steps > 0], return_counts=True)
    if not len(values):
        raise LoadFileError(f"{stamps.at(1)}: times do not rise. Sort the file by time.")
    interval = int(values[counts.argmax()])
    if DAY_MINUTES % interval and interval % DAY_MINUTES:
        raise LoadFileError(
            f"readings are {interval} minutes apart; expected a number of minutes that divides a "
            "day, such as 15, 30 or 60, or whole days."
        )
    return interval


def _span(
    wall: np.ndarray, interval: int, first_day: date | None, last_day: date | None
) -> tuple[int, int]:
    """The minutes from the first day's midnight to that after the last."""
    end = int(wall.max()) + interval
    first = _minute(first_day) if first_day else int(wall.min()) // DAY_MINUTES * DAY_MINUTES
    after = _minute(last_day) + DAY_MINUTES if last_day else -(-end // DAY_MINUTES) * DAY_MINUTES
    if first >= after:
        raise LoadFileError(
            f"the first day wanted, {shown(first)[:10]}, is after the last, "
            f"{shown(after - 1)[:10]}; the readings end at {shown(end)}."
        )
    return first, after


def _clock_changes(sequence: _Sequence) -> list[int]:
    """Where times without offsets leave out or repeat one hour early on a Sunday, once a year.

    Such is summer time in local clocks; any other gap or repetition is a fault.
    """
    interval, steps = sequence.interval, sequence.steps
    if _HOUR % interval:
        return []
    found: dict[tuple[int, bool], int] = {}
    for place in np.flatnonzero((steps == interval + _HOUR) | (steps == interval - _HOUR)):
        day, minute = divmod(int(sequence.wall[place]) + interval, DAY_MINUTES)
        if (day + _EPOCH_WEEKDAY) % 7 == _SUNDAY and minute <= _LATEST_CHANGE:
            year = (_EPOCH + timedelta(day)).year
            found.setdefault((year, bool(steps[place] > interval)), int(place))
    return sorted(found.values())


def _check_aligned(sequence: _Sequence) -> None:
    unaligned = np.flatnonzero(sequence.wall % min(sequence.interval, DAY_MINUTES))
    if len(unaligned):
        place = int(unaligned[0])
        raise LoadFileError(
            f"{sequence.at(place)}: an interval of {sequence.interval} minutes begins at "
            f"{shown(sequence.wall[place])}; expected a whole number of them after midnight."
        )


def _located(
    wall: np.ndarray, interval: int
) -> tuple[tuple[date, ...], tuple[np.ndarray, np.ndarray]]:
    """Days, and the row and interval of each reading; an hour that comes again has a row more."""
    length = min(interval, DAY_MINUTES)
    _, first_places = np.unique(wall, return_index=True)
    comes_again = np.ones(len(wall), bool)
    comes_again[first_places] = False
    keys, rows = np.unique(wall // DAY_MINUTES * 2 + comes_again, return_inverse=True)
    days = tuple(_EPOCH + timedelta(int(key) // 2) for key in keys)
    if interval <= DAY_MINUTES:
        return days, (rows, wall % DAY_MINUTES // length)
    days = tuple(day + timedelta(n) for day in days for n in range(interval // DAY_MINUTES))
    return days, (np.arange(len(days)), np.zeros(len(days), np.int64))


def _not_whole(wall: np.ndarray, interval: int, span: tuple[int, int]) -> str:
    begins, ends = int(wall.min()), int(wall.max()) + interval
    text = (
        f"readings are from {shown(begins)} to {shown(ends)}; expected whole days from "
        f"{shown(span[0])} to {shown(span[1])}. Give the others, or choose by --from and --to."
    )
    if begins % DAY_MINUTES == ends % DAY_MINUTES == interval % DAY_MINUTES:
        text += " If times say when an interval ends, call their column interval_end."
    return text


def _out_of_step(sequence: _Sequence, place: int) -> str:
    """What is wrong from the reading at ``place`` to the next."""
    interval, step = sequence.interval, int(sequence.steps[place])
    text = sequence.stamps.texts[int(sequence.rows[place + 1])]
    here = f"{sequence.at(place + 1)}: {text.strip()}"
    if step == 0:
        other = sequence.at(place).partition(",")[0]
        return f"{here} stands twice, also in {other}. Leave one."
    if step < 0:
        return f"{here} is before {shown(sequence.wall[place])} above it. Sort the file by time."
    if step % interval:
        return (
            f"{here} is {step} minutes after the reading above it, others are {interval}; expected "
            "one interval throughout."
        )
    gaps = sequence.steps[sequence.steps > interval] // interval - 1
    return (
        f"{here} comes {step} minutes after the reading above it, others {interval}: "
        f"{step // interval - 1} are missing here, {int(gaps.sum())} in all. "
        "A missing reading is not zero: give it, or leave its days out by --from and --to."
    )


def _minute(day: date) -> int:
    return (day - _EPOCH).days * DAY_MINUTES
