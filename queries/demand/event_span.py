"""The hours of an event: as planners say them, as instants, and among the quarters of readings."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from queries.local_time import standard_offset
from queries.run import QuestionError
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY

_DAY_MINUTES = 1440


@dataclass(frozen=True, slots=True)
class Span:
    """Hours of one day.

    Attributes:
        day: Local date.
        from_minute: First minute [min after local midnight].
        until_minute: Minute after the last; both at a quarter of an hour.
    """

    day: date
    from_minute: int
    until_minute: int

    def __post_init__(self) -> None:
        """Check the order."""
        is_quarter = not (self.from_minute % SLOT_MINUTES or self.until_minute % SLOT_MINUTES)
        if not (is_quarter and 0 <= self.from_minute < self.until_minute <= _DAY_MINUTES):
            raise QuestionError(
                f"from_minute {self.from_minute} and until_minute {self.until_minute} must be "
                "quarters of an hour of one day, in order."
            )

    @property
    def hours(self) -> float:
        """Its length [h]."""
        return (self.until_minute - self.from_minute) / 60

    def starts_at(self, zone: ZoneInfo) -> datetime:
        """When it begins, UTC."""
        return _instant(self.day, self.from_minute, zone)

    def ends_at(self, zone: ZoneInfo) -> datetime:
        """When it ends, UTC."""
        return _instant(self.day, self.until_minute, zone)

    def standard(self, zone: ZoneInfo) -> "StandardSpan":
        """The same among the quarters of readings."""
        return standard_span(self.starts_at(zone), self.ends_at(zone), zone)


@dataclass(frozen=True, slots=True)
class StandardSpan:
    """Hours in standard time.

    Attributes:
        day: Service date.
        first_slot, end_slot: First quarter of an hour, and that after the last.
    """

    day: date
    first_slot: int
    end_slot: int

    def after(self, hours: int) -> slice:
        """The quarters of ``hours`` after it, as far as they are of the same day."""
        last = self.end_slot + hours * 60 // SLOT_MINUTES
        return slice(self.end_slot, min(last, SLOTS_PER_DAY))


def standard_span(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> StandardSpan:
    """Two instants as quarters of a service date.

    Raises:
        QuestionError: they lie on two service dates.
    """
    begin, end = (
        (one.astimezone(UTC) + standard_offset(zone, one.year)) for one in (starts_at, ends_at)
    )
    day = begin.date()
    midnight = datetime.combine(day, time(), tzinfo=UTC)
    first, until = (int((one - midnight) / timedelta(minutes=SLOT_MINUTES)) for one in (begin, end))
    if until > SLOTS_PER_DAY:
        raise QuestionError(f"the event from {begin:%d %b %H:%M} goes past midnight. Split it.")
    return StandardSpan(day, first, until)


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    at = day + timedelta(days=minute // _DAY_MINUTES)
    of_day = minute % _DAY_MINUTES
    return datetime.combine(at, time(of_day // 60, of_day % 60), tzinfo=zone).astimezone(UTC)


def next_day(day: date) -> date:
    """The day after: the first that can be planned, where ``day`` is the last of the readings."""
    return day + timedelta(days=1)


def minute_of(clock: time) -> int:
    """Minutes after midnight.

    >>> minute_of(time(14, 30))
    870
    """
    return clock.hour * 60 + clock.minute


def clock_of(minute: int) -> time:
    """The time of day, midnight after the last minute as a quarter of an hour before it.

    >>> clock_of(870), clock_of(1440)
    (datetime.time(14, 30), datetime.time(23, 45))
    """
    kept = min(minute, _DAY_MINUTES - SLOT_MINUTES)
    return time(kept // 60, kept % 60)
