"""Whether a calendar gives every quarter of an hour to one period, and where it does not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from queries.billing.calendar_model import EVERY_MONTH, UNCLAIMED, Calendar, claims
from queries.billing.day_tags import Break, day_tags
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FRIDAY = 5
_ANY_DAY = date(2000, 1, 1)
_OTHER_HOLIDAY = "that no window names"


@dataclass(frozen=True, slots=True)
class DayKind:
    """Days that a calendar treats alike.

    Attributes:
        label: Such as ``workdays`` or ``holiday labor_day``.
        tags: The tags of one of them.
    """

    label: str
    tags: frozenset[str]


def runs(is_in: np.ndarray) -> list[tuple[int, int]]:
    """(first, after the last) of every run of true slots.

    >>> runs(np.array([True, True, False, True]))
    [(0, 2), (3, 4)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[0], is_in.astype(np.int8), [0]])))
    return [(int(begin), int(end)) for begin, end in edges.reshape(-1, 2)]


def clock(slot: int) -> str:
    """The time at which a slot begins; 24:00 after the last.

    >>> clock(30), clock(96)
    ('07:30', '24:00')
    """
    hour, minute = divmod(slot * SLOT_MINUTES, 60)
    return f"{hour:02d}:{minute:02d}"


def day_kinds_of(calendar: Calendar) -> tuple[DayKind, ...]:
    """Every kind of day that the calendar could tell apart by its tags, the commonest first.

    Two holidays at once, or days of two declared events out of more, are not among them;
    ``slots_of_day`` refuses what would be wrong on those.
    """
    events = sorted(tag for tag in calendar.tags if tag.startswith("event:"))
    tells_weekdays = any(tag.startswith("weekday:") for tag in calendar.tags)
    choices = [(), *((event,) for event in events), *([tuple(events)] if events[1:] else [])]
    found: dict[frozenset[str], DayKind] = {}
    for declared in choices:
        suffix = "".join(f" with {event}" for event in declared)
        for label, day_class, within in _sorts_of_days(calendar):
            tags = day_tags(_ANY_DAY, day_class, within=within).union(declared)
            weekday = f" ({WEEKDAYS[int(day_class[0]) - 1]})" if tells_weekdays else ""
            found.setdefault(tags & calendar.tags, DayKind(label + weekday + suffix, tags))
    return tuple(found.values())


def _sorts_of_days(calendar: Calendar) -> Iterator[tuple[str, str, Break | None]]:
    """(label, class, break) of all the days that tags of the calendar could mean."""
    for weekday in range(1, 8):
        yield "weekends" if weekday > _FRIDAY else "workdays", str(weekday), None
    for weekday in (6, 7):
        yield "make-up workdays", f"{weekday}:make_up_workday", None
    named = {tag.partition(":")[2] for tag in calendar.tags if tag.startswith(("holiday", "break"))}
    names = sorted(name for name in named if name)
    for name, weekday in ((n, w) for n in [*names, _OTHER_HOLIDAY] for w in range(1, 8)):
        for length in (3, 1):
            within = Break(length, frozenset({name}))
            short = " of less than 3 days" if length == 1 else ""
            yield f"holidays {name}{short}", f"{weekday}:{name}", within
            in_lieu = str(weekday) if weekday > _FRIDAY else f"{weekday}:day_off_substituted"
            yield f"other days of the break of {name}{short}", in_lieu, within


def faults(calendar: Calendar) -> list[str]:
    """What keeps the calendar from giving every quarter of an hour to exactly one period.

    Each says the hours, the kind of day and the month; empty if there is nothing wrong.
    """
    kinds = day_kinds_of(calendar)
    places: dict[str, list[tuple[str, int]]] = {}
    for kind in kinds:
        for month in sorted(EVERY_MONTH):
            for fault in _faults_of_day(calendar, month, kind.tags):
                places.setdefault(fault, []).append((kind.label, month))
    return [
        fault.format(_place(found, is_only_kind=len(kinds) == 1)) for fault, found in places.items()
    ]


def _faults_of_day(calendar: Calendar, month: int, tags: frozenset[str]) -> Iterator[str]:
    """Faults with ``{0}`` where the days are to be named."""
    owner, height, is_tied = claims(calendar, month, tags)
    is_missing = owner == UNCLAIMED
    if is_missing.any():
        hours = (SLOTS_PER_DAY - int(is_missing.sum())) * SLOT_MINUTES / 60
        yield (
            f"covers {hours:g} h {{0}}: {_times(is_missing)} is missing. "
            'Give it to a period, or name the period of all the rest: remainder = "flat"'
        )
    holding = [window for window in calendar.windows if window.holds(month, tags)]
    for begin, end in runs(is_tied):
        priority = int(height[begin])
        claimed = {
            window.period
            for window in holding
            if window.priority == priority and window.slots()[begin:end].any()
        }
        yield (
            f"{' and '.join(sorted(claimed))} both claim {clock(begin)}–{clock(end)} {{0}} with "
            f"priority {priority}. Give one of them a higher priority, or other hours"
        )


def _times(is_in: np.ndarray) -> str:
    return ", ".join(f"{clock(begin)}–{clock(end)}" for begin, end in runs(is_in))


def _place(found: Sequence[tuple[str, int]], *, is_only_kind: bool) -> str:
    """``on workdays in July``, with how many other kinds of days and months share the fault."""
    label, month = found[0]
    if is_only_kind and len(found) == len(MONTHS):
        return "on every day"
    rest = f" (and in {len(found) - 1} like cases)" if found[1:] else ""
    return f"on {'all days' if is_only_kind else label} in {MONTHS[month - 1]}{rest}"
