"""The records of AEMO's Meter Data File Format (MDFF), which NEM12 and NEM13 share.

A record that breaks the format raises ``MdffError``; the collector then refuses the whole file.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cached_property

import polars as pl

from ingest.batch import reject

AEST = timezone(timedelta(hours=10))
"""National market time: Australian Eastern Standard Time, no daylight saving."""

MINUTES_PER_DAY = 24 * 60
_QUALITIES = {"A": "A", "S": "S", "F": "S", "E": "E", "N": "N", "V": "V"}
_FIELDS = {100: 5, 200: 10, 250: 23, 400: 6, 500: 5, 550: 5, 900: 1}
_INTERVAL_NUMBER = re.compile(r"[0-9]{1,4}")
_QUALITY_METHOD = re.compile(r"([ASFENV])([0-9]{2})?")
# The NMI procedure names flows from the network's side: "export" leaves it for the customer.
_MAIN_METER = {"E": "import", "B": "export", "Q": "reactive_import", "K": "reactive_export"}
_SECOND_METER = "ADJPCFLR"
_NUMERALS = {"": 1} | {
    numeral: number for number, numeral in enumerate("123456789ABCDEFGHJKLMNPQRSTUVWXYZ", start=1)
}
_ACTIVE_WH = {"WH": 1.0, "KWH": 1e3, "MWH": 1e6}
_REACTIVE_VARH = {"VARH": 1.0, "KVARH": 1e3, "MVARH": 1e6}


class MdffError(ValueError):
    """A record breaks the format; ``row`` is its line of REJECTS."""

    def __init__(self, reason: str, row: pl.DataFrame) -> None:
        """Keep the row that names line, byte, field, reason and excerpt."""
        super().__init__(reason)
        self.row = row


@dataclass(frozen=True)
class Record:
    """One line of a file: its number from 1, its offset [bytes] and its text."""

    line: int
    byte: int
    text: str

    @cached_property
    def fields(self) -> list[str]:
        """The comma-separated fields, without surrounding blanks."""
        return [value.strip() for value in self.text.split(",")]

    def fault(self, reason: str, field: str | None = None, excerpt: str | None = None) -> MdffError:
        """The fault of this record; it costs the whole file."""
        reason = f"{reason}. Nothing of this file was taken; ask its sender for a whole one"
        shown = self.text if excerpt is None else excerpt
        return MdffError(
            reason, reject(reason, line=self.line, byte=self.byte, field=field, excerpt=shown)
        )

    def reject(self, reason: str, field: str | None = None) -> pl.DataFrame:
        """One row of REJECTS for a record that is sound but cannot be used."""
        return reject(reason, line=self.line, byte=self.byte, field=field, excerpt=self.text)


@dataclass(frozen=True)
class Stream:
    """A 200 record: which usage point and channel the 300 records after it belong to.

    ``channel`` is null where the register is no energy; ``energy_factor`` is Wh (varh) per unit.
    """

    usage_point_id: str
    suffix: str
    interval_minutes: int
    channel: str | None
    energy_factor: float
    line: int

    @property
    def intervals(self) -> int:
        """Values in a day."""
        return MINUTES_PER_DAY // self.interval_minutes


@dataclass(frozen=True)
class QualityRange:
    """A 400 record: the quality of intervals ``first`` to ``last``, both included, from 1."""

    first: int
    last: int
    quality: str
    record: Record


def check_end(record: Record, code: int) -> None:
    """Refuse a record that goes on after its last field: a lost line end joins two records."""
    if any(record.fields[_FIELDS.get(code, 0) :]) and code in _FIELDS:
        raise record.fault(
            f"the {code} record has more than its {_FIELDS[code]} fields; is a line end missing?",
            str(code),
        )


def version(record: Record) -> str:
    """``NEM12`` or ``NEM13``, from a 100 record."""
    if len(record.fields) < 5 or record.fields[1].upper() not in {"NEM12", "NEM13"}:
        raise record.fault("the 100 record is not '100,NEM12 or NEM13,date,from,to'", "100")
    if instant(record.fields[2], record, "DateTime") is None:
        raise record.fault("the 100 record has no date", "DateTime")
    return record.fields[1].upper()


def instant(text: str, record: Record, field: str) -> datetime | None:
    """A YYYYMMDDhhmm[ss] in AEST as a UTC instant; null if empty."""
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) in {12, 14}:
        try:
            local = datetime.strptime(text.ljust(14, "0"), "%Y%m%d%H%M%S").replace(tzinfo=AEST)
            return local.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise record.fault(f"'{text}' is not a time; expected YYYYMMDDhhmmss", field, text)


def quality(text: str, record: Record, field: str = "QualityMethod") -> str:
    """A, S, E, N or V (varies) of a quality method such as ``F14``; F, final substitute, is S."""
    match = _QUALITY_METHOD.fullmatch(text)
    if match is None:
        raise record.fault(
            f"'{text}' is not a quality method; expected A, N, V, or E, F, S with two digits", field
        )
    return _QUALITIES[match[1]]


def stream(record: Record) -> tuple[Stream, str | None]:
    """A 200 record, and why its values are not taken (null: they are)."""
    if len(record.fields) < 9:
        raise record.fault(
            f"the 200 record has {len(record.fields)} fields; expected at least 9", "200"
        )
    nmi, suffix, unit, minutes = (record.fields[place] for place in (1, 4, 7, 8))
    if not nmi or not suffix:
        raise record.fault("the 200 record lacks its NMI or its NMI suffix", "NMI")
    interval = int(minutes) if _INTERVAL_NUMBER.fullmatch(minutes) else 0
    if not 0 < interval <= MINUTES_PER_DAY or MINUTES_PER_DAY % interval:
        raise record.fault(
            f"'{minutes}' min is not an interval length; expected 5, 15 or 30", "IntervalLength"
        )
    channel, factor, reason = channel_of(suffix, unit)
    return Stream(nmi, suffix, interval, channel, factor, record.line), reason


def channel_of(suffix: str, unit: str) -> tuple[str | None, float, str | None]:
    """Channel, Wh (varh) per unit, and why there is none: ``('E2', 'kWh')`` is ``import.2``.

    >>> channel_of("E2", "kWh")
    ('import.2', 1000.0, None)
    >>> channel_of("V1", "")[2]
    "register 'V1' in unit '' is not energy of a main meter (E, B in Wh; Q, K in varh); not taken"
    """
    kind, number = suffix[0].upper(), _NUMERALS.get(suffix[1:].upper(), 0)
    if kind in _SECOND_METER:
        reason = (
            f"register '{suffix}' is a check meter or the average of main and check meter; only "
            "main meters (E, B, Q, K) are taken, as both would count the energy twice"
        )
        return None, 0.0, reason
    units = _ACTIVE_WH if kind in "EB" else _REACTIVE_VARH
    if kind not in _MAIN_METER or number < 1 or unit.upper() not in units:
        reason = (
            f"register '{suffix}' in unit '{unit}' is not energy of a main meter "
            "(E, B in Wh; Q, K in varh); not taken"
        )
        return None, 0.0, reason
    name = _MAIN_METER[kind]
    return (name if number == 1 else f"{name}.{number}"), units[unit.upper()], None


def quality_range(record: Record) -> QualityRange:
    """A 400 record."""
    if len(record.fields) < 4 or not all(
        _INTERVAL_NUMBER.fullmatch(field) for field in record.fields[1:3]
    ):
        raise record.fault("the 400 record is not '400,first,last,quality method,…'", "400")
    method = quality(record.fields[3], record)
    if method == "V":
        raise record.fault("a 400 record cannot have quality V; expected A, E, F, N or S", "400")
    return QualityRange(int(record.fields[1]), int(record.fields[2]), method, record)


def check_cover(ranges: Sequence[QualityRange], intervals: int) -> None:
    """Refuse 400 records that do not cover intervals 1 … ``intervals`` once each, in order."""
    expected = 1
    for part in ranges:
        if part.first != expected or not part.first <= part.last <= intervals:
            raise part.record.fault(
                f"the 400 record covers intervals {part.first} to {part.last}; expected one from "
                f"{expected} on, to {intervals} at most, as the 200 record's interval length says",
                "StartInterval",
            )
        expected = part.last + 1
    if expected != intervals + 1:
        raise ranges[-1].record.fault(
            f"the 400 records end at interval {expected - 1}; expected {intervals}, "
            "as the 200 record's interval length says",
            "EndInterval",
        )


def service_date(read_at: datetime) -> date:
    """The day in AEST that a register reading closes: at 00:00 it is the day before."""
    return (read_at.astimezone(AEST) - timedelta(microseconds=1)).date()
