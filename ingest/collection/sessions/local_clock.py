"""Instants as meters write them: local standard time, without a zone."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ingest.collection.wants import Kind, Want
from queries.local_time import standard_offset

A_DAY = timedelta(days=1)


def to_local(instant: datetime, zone: ZoneInfo) -> datetime:
    """Local standard time of an instant [UTC]."""
    offset = standard_offset(zone, instant.year)
    return (instant.astimezone(UTC) + offset).replace(tzinfo=None)


def to_utc(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a local standard time."""
    return (local - standard_offset(zone, local.year)).replace(tzinfo=UTC)


def step_of(want: Want) -> timedelta:
    """Between two instants that are wanted."""
    return A_DAY if want.kind is Kind.FREEZE else timedelta(minutes=want.meter.interval_minutes)


def instants(want: Want, zone: ZoneInfo) -> list[datetime]:
    """Local standard times that are wanted: midnights of a freeze, instants of a curve."""
    first, last = to_local(want.first, zone), to_local(want.last, zone)
    if want.kind is Kind.FREEZE:
        return list(_midnights(first, last))
    step, first = step_of(want), first.replace(second=0, microsecond=0)
    return [first + step * number for number in range(max(0, (last - first) // step + 1))]


def _midnights(first: datetime, last: datetime) -> Iterator[datetime]:
    day: date = first.date()
    while (midnight := datetime.combine(day, time())) <= last:
        if midnight >= first:
            yield midnight
        day += A_DAY
