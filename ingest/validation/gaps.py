"""How missing slots of one meter are estimated: a ladder of methods, register differences exact.

Nothing here touches the lake: arrays in, whole watt-hours out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY

OUTAGE, INTERPOLATION, LIKE_DAY, REGISTER = "outage", "interpolation", "like_day", "register"
BY_REGISTER = "_by_register"


@dataclass(frozen=True, slots=True)
class Ladder:
    """Settings of the estimators.

    Attributes:
        interpolation_minutes: The longest gap that is bridged by a straight line.
        like_days: How many like days are averaged at most.
        reach_days: How far away they may lie.
        least_like_days: Fewer tell nothing.
        count_wh: One count of a register's display, before the ratio [Wh].
    """

    interpolation_minutes: float
    like_days: int
    reach_days: int
    least_like_days: int
    count_wh: float


@dataclass(frozen=True, slots=True)
class Difference:
    """A register difference over whole days.

    Attributes:
        first_day, last_day: Row numbers of the days, both included.
        energy_wh: By the registers, with the ratio [Wh].
        ratios: Ratios of its pieces, summed: so many counts it is known to.
    """

    first_day: int
    last_day: int
    energy_wh: float
    ratios: float


@dataclass(frozen=True, slots=True)
class Days:
    """Consecutive days of one usage point and channel.

    Attributes:
        values: Energy of every interval (days, intervals of a day) [Wh]; whatever where missing.
        present: Bool, likewise.
        trusted: Bool, likewise: actual or substituted by the source, not estimated.
        wanted: Bool, likewise: missing, and to be estimated.
        dark: Bool, likewise: without supply all the time, as the meter reported.
        kinds: Kind of every day (days,): like days are of one kind.
        interval_minutes: 1440 / intervals of a day.
    """

    values: np.ndarray
    present: np.ndarray
    trusted: np.ndarray
    wanted: np.ndarray
    dark: np.ndarray
    kinds: np.ndarray
    interval_minutes: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """Consecutive intervals of one day that were estimated the same way.

    Attributes:
        day: Row number of the day.
        first, last: Interval numbers, both included.
        method: OUTAGE, INTERPOLATION, LIKE_DAY or REGISTER, with BY_REGISTER where the register
            difference moved the sum.
        energy_wh: Int64 (last − first + 1,).
        like_days: Row numbers of the days averaged.
        unscaled_wh: Sum before the register difference was looked at; NaN: there was no guess.
        register_wh: What the register difference leaves for all gaps of its days; NaN: none.
    """

    day: int
    first: int
    last: int
    method: str
    energy_wh: np.ndarray
    like_days: tuple[int, ...]
    unscaled_wh: float
    register_wh: float


@dataclass(frozen=True, slots=True)
class _Guess:
    """One day's part of a gap, before the registers are looked at; ``wh`` may be NaN."""

    day: int
    first: int
    last: int
    method: str
    wh: np.ndarray
    like_days: tuple[int, ...] = ()


def estimate(days: Days, differences: Sequence[Difference], ladder: Ladder) -> list[Estimate]:
    """Estimates of the wanted slots; those that nothing speaks of are left out.

    A gap up to ``interpolation_minutes`` is bridged by a straight line, a longer one gets the mean
    of the nearest days of its kind. Where a register difference covers the days, all gaps in them
    add up to what it leaves: exactly where the guess is a count or more away, else the guess
    stands, as the registers know no better. Without any guess the rest is spread evenly.
    """
    guesses = _guesses(days, ladder)
    found: list[Estimate] = []
    taken: set[int] = set()
    for difference in sorted(differences, key=lambda one: one.first_day):
        inside = [
            number
            for number, guess in enumerate(guesses)
            if difference.first_day <= guess.day <= difference.last_day and number not in taken
        ]
        rest_wh = _rest(days, difference)
        margin_wh = difference.ratios * ladder.count_wh
        if not inside or rest_wh <= -margin_wh:
            continue
        if not _are_all_wanted(days, difference):
            continue
        taken.update(inside)
        found += _settled([guesses[number] for number in inside], rest_wh, margin_wh)
    alone = [guess for number, guess in enumerate(guesses) if number not in taken]
    found += [_as_guessed(guess) for guess in alone if not np.isnan(guess.wh).any()]
    return sorted(found, key=lambda one: (one.day, one.first))


def _rest(days: Days, difference: Difference) -> float:
    """What the register difference leaves for the missing intervals [Wh]."""
    rows = slice(difference.first_day, difference.last_day + 1)
    read_wh = days.values[rows][days.present[rows] & ~days.wanted[rows]].sum()
    return difference.energy_wh - float(read_wh)


def _are_all_wanted(days: Days, difference: Difference) -> bool:
    """Whether nothing is missing in these days but what is to be estimated."""
    rows = slice(difference.first_day, difference.last_day + 1)
    return bool((days.present[rows] | days.wanted[rows]).all())


def _guesses(days: Days, ladder: Ladder) -> list[_Guess]:
    found: list[_Guess] = []
    longest = int(ladder.interpolation_minutes // days.interval_minutes)
    for start, end in _runs(days.wanted.ravel()):
        line = _line(days, start, end) if end - start <= longest else None
        found += _parts(days, start, end, line, ladder)
    return found


def _runs(flat: np.ndarray) -> list[tuple[int, int]]:
    """First position of every run of true, and the first after it."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flat.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _line(days: Days, start: int, end: int) -> np.ndarray | None:
    """The straight line between the intervals beside a gap; None: one of them is not trusted."""
    trusted, values = days.trusted.ravel(), days.values.ravel()
    if start == 0 or end == trusted.size or not (trusted[start - 1] and trusted[end]):
        return None
    steps = np.arange(1, end - start + 1) / (end - start + 1)
    return values[start - 1] + (float(values[end]) - float(values[start - 1])) * steps


def _parts(
    days: Days, start: int, end: int, line: np.ndarray | None, ladder: Ladder
) -> list[_Guess]:
    """A gap day by day, cut where supply went and came back."""
    width, dark = days.values.shape[1], days.dark.ravel()
    cuts = [start, *(p for p in range(start + 1, end) if p % width == 0 or dark[p] != dark[p - 1])]
    found = []
    for first, stop in zip(cuts, [*cuts[1:], end], strict=True):
        day, at = divmod(first, width)
        last = at + stop - first - 1
        if dark[first]:
            found.append(_Guess(day, at, last, OUTAGE, np.zeros(stop - first)))
        elif line is not None:
            wh = line[first - start : stop - start]
            found.append(_Guess(day, at, last, INTERPOLATION, wh))
        else:
            found.append(_like(days, day, at, last, ladder))
    return found


def _like(days: Days, day: int, first: int, last: int, ladder: Ladder) -> _Guess:
    """The mean of the nearest days of the same kind that have all these intervals."""
    reach = np.arange(
        max(day - ladder.reach_days, 0), min(day + ladder.reach_days + 1, len(days.kinds))
    )
    same = reach[(days.kinds[reach] == days.kinds[day]) & (reach != day)]
    complete = same[days.trusted[same, first : last + 1].all(axis=1)]
    nearest = complete[np.argsort(np.abs(complete - day), kind="stable")][: ladder.like_days]
    if nearest.size < ladder.least_like_days:
        return _Guess(day, first, last, REGISTER, np.full(last - first + 1, np.nan))
    wh = days.values[nearest, first : last + 1].mean(axis=0)
    return _Guess(day, first, last, LIKE_DAY, wh, tuple(sorted(nearest.tolist())))


def _settled(guesses: list[_Guess], rest_wh: float, margin_wh: float) -> list[Estimate]:
    """Guesses of the days of one register difference, made to add up to what it leaves."""
    flat = np.concatenate([guess.wh for guess in guesses])
    unknown = np.isnan(flat)
    guessed_wh = float(flat[~unknown].sum())
    weights = np.where(unknown, _usual(flat, unknown, rest_wh), flat)
    is_moved = bool(unknown.any()) or abs(guessed_wh - rest_wh) >= margin_wh
    target_wh = max(rest_wh, 0.0) if is_moved else guessed_wh
    if weights.sum() <= 0:
        weights = np.ones_like(weights)
    whole_wh = shared(round(target_wh), weights)
    found, at = [], 0
    for guess in guesses:
        size = guess.wh.size
        own = whole_wh[at : at + size]
        at += size
        method = guess.method
        if is_moved and method in {INTERPOLATION, LIKE_DAY}:
            method += BY_REGISTER
        elif method == OUTAGE and own.any():
            method = REGISTER
        found.append(
            Estimate(
                guess.day,
                guess.first,
                guess.last,
                method,
                own,
                guess.like_days,
                float(guess.wh.sum()),
                rest_wh,
            )
        )
    return found


def _usual(flat: np.ndarray, unknown: np.ndarray, rest_wh: float) -> float:
    """What an interval without a guess weighs: its even part of what the others leave."""
    left = rest_wh - float(flat[~unknown].sum())
    return max(left, 0.0) / max(int(unknown.sum()), 1)


def _as_guessed(guess: _Guess) -> Estimate:
    total_wh = float(guess.wh.sum())
    return Estimate(
        guess.day,
        guess.first,
        guess.last,
        guess.method,
        shared(round(total_wh), guess.wh if total_wh > 0 else np.ones(guess.wh.size)),
        guess.like_days,
        total_wh,
        float("nan"),
    )


def shared(total_wh: int, weights: np.ndarray) -> np.ndarray:
    """``total_wh`` in whole watt-hours in proportion to ``weights``, rounded on the running sum.

    >>> shared(10, np.array([1.0, 1.0, 1.0])).tolist()
    [3, 4, 3]
    """
    running = np.cumsum(weights)
    ends = np.floor(running / running[-1] * total_wh + 0.5).astype(np.int64)
    return np.diff(ends, prepend=0)


def intervals_of(interval_minutes: int) -> slice:
    """The columns of a day profile in which intervals of this length stand."""
    return slice(0, SLOTS_PER_DAY, interval_minutes // SLOT_MINUTES)
