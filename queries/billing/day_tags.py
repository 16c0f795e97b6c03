"""What a time-of-use notice may call a day: workday, rest day, holiday, break, declared event."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from queries.day_classes import day_class, day_classes

FIXED_TAGS = frozenset(
    {
        "all",
        "workday",
        "rest_day",
        "make_up_workday",
        "day_off_in_lieu",
        "holiday",
        "break",
        "break_of_3_days_or_more",
        "monday_to_friday",
        "weekend",
        *(f"weekday:{number}" for number in range(1, 8)),
    }
)
_SATURDAY = 6
_LONG_BREAK_DAYS = 3
_IN_LIEU = "day_off_substituted"
# 2020-10-01 and 2031-10-01 are both at once.
_TWO_IN_ONE = {"mid_autumn_festival_national_day": ("mid_autumn_festival", "national_day")}


@dataclass(frozen=True, slots=True)
class DeclaredEvent:
    """A day on which the condition of a notice was declared to be met (事件日).

    The declaration is what counts, not the weather: Guangdong's sharp hours of a hot day follow
    the forecast of the evening before.

    Attributes:
        event: Name of the condition, such as ``hot_day``; windows name it ``event:hot_day``.
        day: The local day it holds for.
        source: Who declared it and where.
        declared_at: When; aware.
    """

    event: str
    day: date
    source: str
    declared_at: datetime


@dataclass(frozen=True, slots=True)
class Break:
    """Rest days in a row with a public holiday among them (放假调休).

    Attributes:
        days: How many days there are in the row.
        holidays: Names of the holidays among them.
    """

    days: int
    holidays: frozenset[str]


def is_national(tag: str) -> bool:
    """Whether a tag depends on the holidays of a country."""
    return tag not in {"all", "monday_to_friday", "weekend"} and not tag.startswith(
        ("weekday:", "event:")
    )


def _names(day_class: str) -> tuple[str, ...]:
    """Names of the holidays in a class; none for ordinary days, make-up workdays, days in lieu."""
    name = day_class.partition(":")[2].removesuffix("_observed")
    if not name or name == "make_up_workday" or name.startswith(_IN_LIEU):
        return ()
    return _TWO_IN_ONE.get(name, (name,))


def _is_rest_day(day_class: str) -> bool:
    weekday, _, name = day_class.partition(":")
    return name != "make_up_workday" and (bool(name) or int(weekday) >= _SATURDAY)


@lru_cache(maxsize=16)
def holiday_names(country: str) -> frozenset[str]:
    """The holidays that ``country`` has had or will have in any year from 2005 to 2035."""
    classes = day_classes(date(2005, 1, 1), date(2035, 12, 31), country)["day_class"].unique()
    return frozenset(name for found in classes for name in _names(found))


@lru_cache(maxsize=4096)
def holiday_break(day: date, country: str) -> Break | None:
    """The break ``day`` lies in; None on a workday and on a weekend without a holiday.

    The row of rest days around a Chinese holiday is the break that the State Council announces:
    15–23 February 2026, for instance.
    """
    row = [day] if _is_rest_day(day_class(day, country)) else []
    for step in (timedelta(days=-1), timedelta(days=1)):
        other = day + step
        while row and _is_rest_day(day_class(other, country)):
            row.append(other)
            other += step
    names = frozenset(name for found in row for name in _names(day_class(found, country)))
    return Break(len(row), names) if names else None


def day_tags(
    day: date,
    day_class: str,
    events: Iterable[DeclaredEvent] = (),
    *,
    within: Break | None = None,
) -> frozenset[str]:
    """All that a window may call ``day``.

    ``workday`` and ``rest_day`` follow make-up workdays (调休上班日) and holidays, as in
    ``queries.day_kinds``; ``monday_to_friday`` and ``weekend`` are the bare week. ``holiday`` and
    ``holiday:<name>`` are the days that bear a holiday's name, those observed in its place
    included; ``break`` and ``break:<name>`` every day of the break around it, which is what
    notices mean by dates "as announced by the State". A day off for which one works another day
    is ``day_off_in_lieu``.

    Args:
        day: The local day; an event counts if it is declared for this day.
        day_class: Its class by ``queries.day_classes``.
        events: Declared event days, of any day.
        within: The break it lies in, by ``holiday_break``.
    """
    weekday, _, name = day_class.partition(":")
    tags = {"all", f"weekday:{weekday}"}
    tags.add("weekend" if int(weekday) >= _SATURDAY else "monday_to_friday")
    tags.add("rest_day" if _is_rest_day(day_class) else "workday")
    if name == "make_up_workday":
        tags.add(name)
    if name.startswith(_IN_LIEU):
        tags.add("day_off_in_lieu")
    if names := _names(day_class):
        tags |= {"holiday", *(f"holiday:{name}" for name in names)}
    if within:
        tags |= {"break", *(f"break:{name}" for name in within.holidays)}
        if within.days >= _LONG_BREAK_DAYS:
            tags.add("break_of_3_days_or_more")
    tags |= {f"event:{event.event}" for event in events if event.day == day}
    return frozenset(tags)


def tags_of_days(
    days: Sequence[date], country: str, events: Sequence[DeclaredEvent] = ()
) -> list[frozenset[str]]:
    """The tags of each of ``days``, holidays and breaks being those of ``country``."""
    declared: dict[date, list[DeclaredEvent]] = {}
    for event in events:
        declared.setdefault(event.day, []).append(event)
    return [
        day_tags(
            day,
            day_class(day, country),
            declared.get(day, ()),
            within=holiday_break(day, country),
        )
        for day in days
    ]
