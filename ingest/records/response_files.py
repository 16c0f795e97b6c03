"""Lists of enrolments and of past events: read line by line, with what is wrong where."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypeVar

import polars as pl

from ingest.records.answer_list import MOST_LINES, Problem
from ingest.records.response_enrolments import CHANNELS, Enrolment
from ingest.records.response_events import REASONS, is_quarter
from queries.demand.response_availability import DAY_MINUTES, WHOLE_DAY, Availability

ENROLMENT_COLUMNS = (
    "usage_point_id",
    "first_day",
    "last_day",
    "agreed_reduction_kw",
    "accepted_on",
    "channel",
    "address",
    "workday_hours",
    "rest_day_hours",
)
"""Of a list of enrolments; only the first two are needed. Hours are ``08:00-12:00 14:00-18:00``,
empty for the whole day and ``-`` for never."""
EVENT_COLUMNS = ("event_id", "called_at", "starts_at", "ends_at", "reason", "target_kw")
"""Of a list of past events; ``event_id`` and ``target_kw`` may be missing."""
_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class PastEvent:
    """An event that was called before these records were kept; None: no number, no target."""

    called_at: datetime
    starts_at: datetime
    ends_at: datetime
    reason: str
    event_id: str | None = None
    target_kw: float | None = None


class _LineError(ValueError):
    """What is wrong with a line: a code of ``read_enrolments`` and what stands there."""

    def __init__(self, code: str, value: str) -> None:
        super().__init__(code)
        self.code, self.value = code, value


def read_enrolments(text: str, points: pl.DataFrame) -> tuple[list[Enrolment], list[Problem]]:
    """The enrolments of a CSV with a heading, and the lines that are none.

    Args:
        text: The list; see ENROLMENT_COLUMNS. Where it has ``programme_kind``, its lines of
            ``response_event`` are read and the others passed over.
        points: ``usage_point_id`` and ``customer_id`` of everybody in sight.

    Returns:
        What could be read, and problems with the codes ``columns`` (of the heading), ``unknown``,
        ``day``, ``days`` (ends before it begins), ``kw``, ``channel``, ``hours``, ``twice``,
        ``many``.
    """
    known = points.drop_nulls("customer_id").select("usage_point_id", "customer_id")
    customer_of: dict[str, str] = dict(known.iter_rows())

    def made(cells: Mapping[str, str]) -> tuple[str, Enrolment]:
        point = cells["usage_point_id"]
        if point not in customer_of:
            raise _LineError("unknown", point)
        member = Enrolment(
            usage_point_id=point,
            customer_id=customer_of[point],
            first_day=_day(cells["first_day"]),
            last_day=_optional(cells.get("last_day"), _day),
            agreed_reduction_kw=_optional(cells.get("agreed_reduction_kw"), _kw),
            accepted_on=_optional(cells.get("accepted_on"), _day),
            channel=_channel(cells.get("channel") or "phone"),
            address=cells.get("address") or None,
            availability=Availability(
                workday=read_hours(cells.get("workday_hours", "")),
                rest_day=read_hours(cells.get("rest_day_hours", "")),
            ),
        )
        if member.last_day is not None and member.last_day < member.first_day:
            raise _LineError("days", f"{member.first_day} … {member.last_day}")
        return f"{point} {member.first_day}", member

    return _read(text, ENROLMENT_COLUMNS[:2], made)


def read_past_events(text: str) -> tuple[list[PastEvent], list[Problem]]:
    """The events of a CSV with a heading, and the lines that are none.

    Args:
        text: The list; see EVENT_COLUMNS. Instants are ISO 8601 with their offset.

    Returns:
        What could be read, and problems with the codes ``columns``, ``instant``, ``span`` (ends
        before it begins, is called afterwards, or begins off a quarter of an hour), ``reason``,
        ``kw``, ``twice``, ``many``.
    """

    def made(cells: Mapping[str, str]) -> tuple[str, PastEvent]:
        if cells["reason"] not in REASONS:
            raise _LineError("reason", cells["reason"])
        event = PastEvent(
            called_at=_instant(cells["called_at"]),
            starts_at=_instant(cells["starts_at"]),
            ends_at=_instant(cells["ends_at"]),
            reason=cells["reason"],
            event_id=cells.get("event_id") or None,
            target_kw=_optional(cells.get("target_kw"), _kw),
        )
        in_order = event.called_at <= event.starts_at < event.ends_at
        if not (in_order and is_quarter(event.starts_at) and is_quarter(event.ends_at)):
            raise _LineError("span", f"{cells['starts_at']} … {cells['ends_at']}")
        return event.event_id or event.starts_at.isoformat(), event

    return _read(text, EVENT_COLUMNS[1:5], made)


def read_hours(text: str) -> tuple[tuple[int, int], ...]:
    """Hours of availability from their text, as ENROLMENT_COLUMNS says.

    >>> read_hours("08:00-12:00 14:00-24:00")
    ((480, 720), (840, 1440))
    >>> read_hours(""), read_hours("-")
    (((0, 1440),), ())
    """
    if not text.strip():
        return WHOLE_DAY
    if text.strip() == "-":
        return ()
    spans = []
    for part in text.split():
        try:
            first, until = (_minute(one) for one in part.replace("–", "-").split("-"))
        except ValueError as error:
            raise _LineError("hours", text) from error
        if not 0 <= first < until <= DAY_MINUTES:
            raise _LineError("hours", text)
        spans.append((first, until))
    return tuple(spans)


def _read(
    text: str, needed: Sequence[str], made: Callable[[Mapping[str, str]], tuple[str, _Row]]
) -> tuple[list[_Row], list[Problem]]:
    """Rows by what they are known as, each once, and problems by line."""
    lines = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    missing = [name for name in needed if name not in (lines.fieldnames or [])]
    if missing:
        return [], [Problem(1, "columns", ", ".join(missing))]
    found: dict[str, _Row] = {}
    problems = []
    for number, cells in _cells(lines):
        if number > MOST_LINES:
            return [], [Problem(number, "many", f"{MOST_LINES:,}")]
        try:
            key, row = made(cells)
        except _LineError as error:
            problems.append(Problem(number, error.code, error.value))
            continue
        if key in found:
            problems.append(Problem(number, "twice", key))
        else:
            found[key] = row
    return list(found.values()), problems


def _cells(lines: "csv.DictReader[str]") -> Iterator[tuple[int, Mapping[str, str]]]:
    """Lines with their number in the file, without empty ones and programmes of other kinds."""
    for line in lines:
        cells = {name: (line[name] or "").strip() for name in lines.fieldnames or []}
        is_ours = cells.get("programme_kind", "response_event") == "response_event"
        if any(cells.values()) and is_ours:
            yield lines.line_num, cells


def _optional(text: str | None, read: Callable[[str], _Row]) -> _Row | None:
    return read(text) if text else None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.replace("/", "-"))
    except ValueError as error:
        raise _LineError("day", text) from error


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise _LineError("instant", text) from error
    if instant.tzinfo is None:
        raise _LineError("instant", text)
    return instant.astimezone(UTC)


def _kw(text: str) -> float:
    try:
        kw = float(text)
    except ValueError as error:
        raise _LineError("kw", text) from error
    if not 0 < kw < float("inf"):
        raise _LineError("kw", text)
    return kw


def _channel(text: str) -> str:
    if text not in CHANNELS:
        raise _LineError("channel", text)
    return text


def _minute(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)
