"""The point columns of a wide dump: which column is which part of the day."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import gcd

from ingest.batch import CollectorError

MINUTES_PER_DAY = 24 * 60
_NUMBERED = re.compile(r"^(?P<prefix>.*?)(?P<n>\d{1,4})(?P<suffix>\D*)$")
_CLOCK = re.compile(
    r"^(?P<prefix>\D*?)(?:1899-12-31 )?(?P<hh>\d{1,2})(?:[:：]|时)(?P<mm>\d{2})(?:分|:00)?$"
)
_HHMM = re.compile(r"^(?P<prefix>\D*)(?P<hh>[0-2]\d)(?P<mm>[0-5]\d)$")
_EXCEL_MIDNIGHT = "1900-01-01 00:00:00"  # how a time cell of 24:00 reads


@dataclass(frozen=True, slots=True)
class Points:
    """The point columns, in the order of the day.

    ``minutes`` are counted from midnight, of what the column's name says; ``numbered`` columns
    count intervals from 1 (their minute is where the interval starts, whatever the label).
    """

    names: tuple[str, ...]
    minutes: tuple[int, ...]
    numbered: bool
    interval_minutes: int

    @property
    def are_ends(self) -> bool:
        """Whether the names can only be the ends of intervals: there is a 24:00 and no 00:00."""
        return MINUTES_PER_DAY in self.minutes and 0 not in self.minutes and not self.numbered


def find_points(
    columns: Sequence[str], pattern: str = "auto", interval_minutes: int | None = None
) -> Points | None:
    """The point columns among ``columns``; None where there are none.

    Args:
        columns: All columns of the file.
        pattern: ``auto``, or a profile's pattern with ``{n}``, ``{hhmm}`` or ``{hh:mm}``.
        interval_minutes: The profile's interval; without it, numbered points share the day evenly
            and named times have their smallest step.

    Raises:
        CollectorError: The points do not divide the day.
    """
    if pattern != "auto":
        return _by_pattern(columns, pattern, interval_minutes)
    clocks = {name: minute for name in columns if (minute := _clock_minute(name)) is not None}
    if len(clocks) >= 2:
        return _timed(clocks, interval_minutes)
    groups: dict[tuple[str, str], dict[str, int]] = {}
    for name in columns:
        if match := _NUMBERED.match(name):
            groups.setdefault((match["prefix"], match["suffix"]), {})[name] = int(match["n"])
    best = max(groups.values(), key=len, default={})
    if len(best) < 2:
        return None
    hhmm = {name: m for name in best if (m := _hhmm_minute(name)) is not None}
    if len(hhmm) == len(best) and all(len(_digits(name)) == 4 for name in hhmm):
        return _timed(hhmm, interval_minutes)
    return _numbered(best, interval_minutes)


def _digits(name: str) -> str:
    match = _NUMBERED.match(name)
    return match["n"] if match else ""


def _clock_minute(name: str) -> int | None:
    if name == _EXCEL_MIDNIGHT:
        return MINUTES_PER_DAY
    match = _CLOCK.match(name)
    return _minute(match) if match else None


def _hhmm_minute(name: str) -> int | None:
    match = _HHMM.match(name)
    return _minute(match) if match else None


def _minute(match: re.Match[str]) -> int | None:
    minute = int(match["hh"]) * 60 + int(match["mm"])
    return minute if minute <= MINUTES_PER_DAY and int(match["mm"]) < 60 else None


def _by_pattern(
    columns: Sequence[str], pattern: str, interval_minutes: int | None
) -> Points | None:
    forms = {
        "{n}": r"(?P<n>\\d{1,4})",
        "{hhmm}": r"(?P<hh>\\d{2})(?P<mm>\\d{2})",
        "{hh:mm}": r"(?P<hh>\\d{1,2}):(?P<mm>\\d{2})",
    }
    used = [form for form in forms if form in pattern]
    if len(used) != 1:
        raise CollectorError(
            f"'points' is '{pattern}'; expected {{n}}, {{hhmm}} or {{hh:mm}} in it, as in 'p{{n}}'"
        )
    before, _, after = pattern.partition(used[0])
    regex = re.compile(re.escape(before) + forms[used[0]].replace("\\\\", "\\") + re.escape(after))
    matches = {name: match for name in columns if (match := regex.fullmatch(name))}
    if not matches:
        return None
    if used[0] == "{n}":
        return _numbered(
            {name: int(match["n"]) for name, match in matches.items()}, interval_minutes
        )
    minutes = {name: minute for name, m in matches.items() if (minute := _minute(m)) is not None}
    return _timed(minutes, interval_minutes)


def _timed(minutes: dict[str, int], interval_minutes: int | None) -> Points:
    ordered = sorted(minutes.items(), key=lambda item: item[1])
    _once([minute for _, minute in ordered], [name for name, _ in ordered])
    step = 0
    for (_, earlier), (_, later) in pairwise(ordered):
        step = gcd(step, later - earlier)
    interval = interval_minutes or step
    _divides(interval, len(ordered))
    return Points(tuple(n for n, _ in ordered), tuple(m for _, m in ordered), False, interval)  # noqa: FBT003


def _numbered(numbers: dict[str, int], interval_minutes: int | None) -> Points:
    ordered = sorted(numbers.items(), key=lambda item: item[1])
    _once([number for _, number in ordered], [name for name, _ in ordered])
    first = 0 if ordered[0][1] == 0 else 1
    count = ordered[-1][1] - first + 1
    if interval_minutes is None:
        # 25, 50 or 100 points leave room for the day with a repeated hour.
        whole = count * 24 // 25 if count in (25, 50, 100, 300, 1500) else count
        _divides(MINUTES_PER_DAY // whole if MINUTES_PER_DAY % whole == 0 else 0, count)
        interval_minutes = MINUTES_PER_DAY // whole
    minutes = tuple((number - first) * interval_minutes for _, number in ordered)
    if minutes[-1] > MINUTES_PER_DAY + 60 - interval_minutes:
        raise CollectorError(
            f"column '{ordered[-1][0]}' lies {minutes[-1]} min into the day at intervals of "
            f"{interval_minutes} min; expected at most 24 hours (25 when the clock goes back)"
        )
    return Points(tuple(n for n, _ in ordered), minutes, True, interval_minutes)  # noqa: FBT003


def _once(places: list[int], names: list[str]) -> None:
    for i in range(1, len(places)):
        if places[i] == places[i - 1]:
            raise CollectorError(
                f"the columns '{names[i - 1]}' and '{names[i]}' name the same point of the day; "
                f'say in the profile which columns count: points = "p{{n}}"'
            )


def _divides(interval_minutes: int, count: int) -> None:
    if interval_minutes < 1 or MINUTES_PER_DAY % interval_minutes:
        raise CollectorError(
            f"{count} point columns do not divide the day; "
            f'write interval_minutes and points = "p{{n}}" into the profile'
        )
