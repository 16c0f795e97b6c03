"""URDB's schedules of 12 months × 24 hours, for weekdays and weekends, as calendars and back."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from queries.billing.calendar_model import EVERY_DAY, Calendar, Window, slots_of_day

Schedule = tuple[tuple[int, ...], ...]
"""The period of every month (rows) and hour (columns), counted from 0."""

WEEKDAYS, WEEKENDS = "monday_to_friday", "weekend"
_DAYS = {WEEKDAYS: 5, WEEKENDS: 2}
_SLOTS_PER_HOUR = 4
_BARE_TAGS = {
    WEEKDAYS: frozenset({"all", WEEKDAYS}),
    WEEKENDS: frozenset({"all", WEEKENDS}),
}


def period_name(number: int) -> str:
    """The name of URDB's period ``number``, which URDB counts from 0."""
    return f"period_{number}"


def used_periods(weekday: Schedule, weekend: Schedule) -> list[int]:
    """The periods that have any hour, in order."""
    return sorted({period for schedule in (weekday, weekend) for row in schedule for period in row})


def calendar_of(code: str, weekday: Schedule, weekend: Schedule) -> Calendar:
    """The calendar of two schedules; URDB knows no holidays.

    The period with the most hours is the remainder, and windows say where the others are.
    """
    rows = [
        (tag, month, row)
        for tag, schedule in ((WEEKDAYS, weekday), (WEEKENDS, weekend))
        for month, row in enumerate(schedule, 1)
    ]
    hours = Counter[int]()
    months: dict[tuple[int, int, int], dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for tag, month, row in rows:
        for period, start, end in _blocks(row):
            hours[period] += _DAYS[tag] * (end - start)
            months[period, start, end][tag].add(month)
    most = max(hours, key=lambda period: (hours[period], -period))
    windows = []
    for (period, start, end), by_tag in sorted(months.items()):
        if period == most:
            continue
        on_all_days = by_tag[WEEKDAYS] & by_tag[WEEKENDS]
        for days, held in (
            (EVERY_DAY, on_all_days),
            (frozenset({WEEKDAYS}), by_tag[WEEKDAYS] - on_all_days),
            (frozenset({WEEKENDS}), by_tag[WEEKENDS] - on_all_days),
        ):
            if held:
                name = period_name(period)
                windows.append(Window(name, start * 60, end * 60, frozenset(held), days))
    return Calendar(code, code, code, "URDB", "", tuple(windows), period_name(most), country="US")


def _blocks(row: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Hours in a row of one period: the period, its first hour and the hour after its last."""
    start = 0
    for hour in range(1, len(row) + 1):
        if hour == len(row) or row[hour] != row[start]:
            yield row[start], start, hour
            start = hour


def is_of_weekdays_alone(calendar: Calendar) -> bool:
    """Whether its days are those URDB knows: no holidays, single weekdays, events."""
    return calendar.tags <= {"all", WEEKDAYS, WEEKENDS}


def hours_of(calendar: Calendar, month: int) -> dict[str, list[str]] | None:
    """The period of each hour of a month's weekdays and weekends; None where one has two.

    Returns:
        By ``monday_to_friday`` and ``weekend`` 24 names of periods.
    """
    found = {}
    for tag, tags in _BARE_TAGS.items():
        slots = slots_of_day(calendar, month, tags).reshape(-1, _SLOTS_PER_HOUR)
        if (slots != slots[:, :1]).any():
            return None
        found[tag] = [calendar.periods[period] for period in slots[:, 0]]
    return found
