"""Dates and times as meters send them: by their own clock, and perhaps with parts left open."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from typing import NamedTuple, TypeVar

UNSPECIFIED, UNSPECIFIED_YEAR = 0xFF, 0xFFFF
Moment = TypeVar("Moment", date, datetime, time)


class Date(NamedTuple):
    """A date as sent; FF (year FFFF) is unspecified. ``weekday`` is the meter's own word."""

    year: int
    month: int
    day: int
    weekday: int

    def __str__(self) -> str:
        """ISO text with ``**`` for what is unspecified."""
        return _date_text(self)

    def moment(self) -> date | None:
        """The date; None if a part is unspecified or there is no such day."""
        return _moment(date, self[:3])


class Time(NamedTuple):
    """A time of day as sent; FF is unspecified."""

    hour: int
    minute: int
    second: int

    def __str__(self) -> str:
        """ISO text with ``**`` for what is unspecified."""
        return ":".join(_two(part) for part in self)

    def moment(self) -> time | None:
        """The time of day; None if a part is unspecified or there is no such time."""
        return _moment(time, self)


class DateTime(NamedTuple):
    """An instant by the sender's own clock, to the millisecond; FF is unspecified."""

    year: int
    month: int
    day: int
    weekday: int
    hour: int
    minute: int
    second: int
    millisecond: int

    def __str__(self) -> str:
        """ISO text with ``**`` for what is unspecified."""
        whole = ":".join(_two(part) for part in self[4:7])
        rest = "***" if self.millisecond == UNSPECIFIED_YEAR else f"{self.millisecond:03d}"
        return f"{_date_text(self)} {whole}.{rest}"

    def moment(self) -> datetime | None:
        """The local instant, without a zone; None if a part is unspecified or impossible."""
        return _moment(datetime, (*self[:3], *self[4:7], self.millisecond * 1000))


class DateTimeS(NamedTuple):
    """An instant by the sender's own clock, to the second; FF is unspecified."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int

    def __str__(self) -> str:
        """ISO text with ``**`` for what is unspecified."""
        return f"{_date_text(self)} {':'.join(_two(part) for part in self[3:])}"

    def moment(self) -> datetime | None:
        """The local instant, without a zone; None if a part is unspecified or impossible."""
        return _moment(datetime, self)

    @classmethod
    def of(cls, moment: datetime) -> "DateTimeS":
        """``moment`` to the second; what it says of a zone is not sent."""
        return cls(*moment.timetuple()[:6])


def _moment(kind: Callable[..., Moment], parts: Iterable[int]) -> Moment | None:
    try:
        return kind(*parts)
    except ValueError:
        return None


def _two(part: int) -> str:
    return "**" if part == UNSPECIFIED else f"{part:02d}"


def _date_text(day: Date | DateTime | DateTimeS) -> str:
    year = "****" if day.year == UNSPECIFIED_YEAR else f"{day.year:04d}"
    return f"{year}-{_two(day.month)}-{_two(day.day)}"
