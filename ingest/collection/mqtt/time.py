"""Times as messages write them, into instants."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from queries.local_time import standard_offset

FIRST_INSTANT = datetime(1980, 1, 1, tzinfo=UTC)
LAST_INSTANT = datetime(2100, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECONDS = {"epoch_s": 1_000_000, "epoch_ms": 1000}
_LONGEST_TEXT = 40
_END_OF_DAY = re.compile(r"(?<=[T ])24:?00(:?00)?(?=$|[Z+-])")
_ONE_DAY = timedelta(days=1)
_EXPECTED = {
    "iso": "a time such as 2026-01-01T00:15:00+08:00 or 2026-01-01 00:15, as a text",
    "epoch_s": "seconds since 1970, UTC",
    "epoch_ms": "milliseconds since 1970, UTC",
}


def time_reader(form: str, clock: str, zone: ZoneInfo) -> Callable[[object], datetime | str]:
    """A function from what stands in the JSON to the instant [UTC], or to what was expected.

    It remembers: thousands of meters send the same quarter of an hour.

    Args:
        form: ``iso``, ``epoch_s``, ``epoch_ms`` or a strftime pattern.
        clock: What a time without offset means, one of ``ingest.local_time.CLOCKS``.
        zone: The zone of that clock.
    """
    expected = _EXPECTED.get(form, f"a time of the form {form}, as a text")

    @cache
    def read(value: str | int | Decimal) -> datetime | str:
        try:
            if form in _MICROSECONDS:
                at = _since_1970(value, _MICROSECONDS[form])
            else:
                at = _on_clock(_written(value, form), clock, zone)
        except (ValueError, OverflowError, ArithmeticError) as error:
            return f"{expected}{error if isinstance(error, _AmbiguousError) else ''}"
        if not FIRST_INSTANT <= at < LAST_INSTANT:
            return f"{expected}, between 1980 and 2100; check 'time_format'"
        return at

    def checked(value: object) -> datetime | str:
        if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
            return expected
        return read(value)

    return checked


class _AmbiguousError(ValueError):
    """A time of the wall clock that has no instant, or two."""


def _since_1970(value: str | int | Decimal, microseconds: int) -> datetime:
    number = Decimal(value) if not isinstance(value, str) or len(value) <= _LONGEST_TEXT else None
    if number is None or not number.is_finite() or abs(number) > 10**15:
        raise ValueError
    return _EPOCH + timedelta(microseconds=int((number * microseconds).to_integral_value()))


def _written(value: str | int | Decimal, form: str) -> datetime:
    if form != "iso":
        return datetime.strptime(str(value)[:_LONGEST_TEXT], form)  # noqa: DTZ007 - see _on_clock
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise ValueError
    text = value.strip().replace("/", "-")
    if ends := _END_OF_DAY.search(text):
        text = text[: ends.start()] + "00:00" + text[ends.end() :]
    return datetime.fromisoformat(text) + (_ONE_DAY if ends else timedelta())


def _on_clock(at: datetime, clock: str, zone: ZoneInfo) -> datetime:
    if not FIRST_INSTANT.year - 1 <= at.year <= LAST_INSTANT.year:
        return LAST_INSTANT
    if at.tzinfo is not None:
        return at.astimezone(UTC)
    if clock == "utc":
        return at.replace(tzinfo=UTC)
    if clock == "standard":
        return (at - standard_offset(zone, at.year)).replace(tzinfo=UTC)
    first, second = at.replace(tzinfo=zone), at.replace(tzinfo=zone, fold=1)
    if first.utcoffset() != second.utcoffset():
        raise _AmbiguousError(
            "; when the clock changes, one hour is skipped or comes twice: let the source send "
            "its offset"
        )
    return first.astimezone(UTC)
