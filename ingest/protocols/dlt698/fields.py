"""Values as fields: named, scaled, in their unit."""

from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal

from ingest.protocols.decoded import Field, Value
from ingest.protocols.dlt698.dar import dar_name
from ingest.protocols.dlt698.messages import Record, Result
from ingest.protocols.dlt698.moments import Date, DateTime, DateTimeS, Time
from ingest.protocols.dlt698.objects import (
    Meaning,
    Scalers,
    meaning,
    member_name,
    part_name,
)
from ingest.protocols.dlt698.rows import record_rows
from ingest.protocols.dlt698.values import (
    ADDRESSES,
    ALL_METERS,
    Bits,
    Data,
    MeterSet,
    SelectEqual,
    SelectLast,
    SelectMoment,
    Selector,
    SelectRange,
    SelectRanges,
    SelectSpan,
    Tag,
    Ti,
    meter_digits,
)
from ingest.protocols.dlt698.writing import write_data, write_meters

_SCALED = frozenset(
    {
        Tag.INT8, Tag.INT16, Tag.INT32, Tag.INT64,
        Tag.UINT8, Tag.UINT16, Tag.UINT32, Tag.UINT64,
    }
)  # fmt: skip
_TI_UNITS = ("s", "min", "h", "d", "month", "year")
_WHEN = {4: "begun", 5: "stored", 6: "begun", 7: "stored", 8: "succeeded"}
_DIGITS = frozenset({"4001", "4002", "4003"})
"""Objects whose octets are decimal digits."""


def result_fields(result: Result, scalers: Scalers | None, before: str = "") -> Iterator[Field]:
    """The fields of one attribute; ``before`` stands before their identifiers."""
    if result.data is None:
        yield from _no_value(before + result.oad, meaning(result.oad).name, result.dar)
    else:
        yield from data_fields(result.oad, result.data, scalers, before)


def record_fields(record: Record, scalers: Scalers | None, before: str = "") -> Iterator[Field]:
    """The fields of all cells: ``table.row.column``."""
    table = before + record.oad
    if record.rows is None:
        yield from _no_value(table, meaning(record.oad).name, record.dar)
        return
    yield Field(f"{table}.rows", "number of rows", len(record.rows))
    for number, cells in enumerate(record_rows(record), 1):
        for cell in cells:
            row = f"{table}.{number}."
            inner = row if cell.table == record.oad else f"{row}{cell.table}."
            place = row if cell.oad == cell.table else inner
            yield from data_fields(cell.oad, cell.data, scalers, place)


def data_fields(oad: str, data: Data, scalers: Scalers | None, before: str = "") -> Iterator[Field]:
    """The fields of one value: one, or one for each part with its number behind a point."""
    known = meaning(oad, scalers)
    parts = _parts(data)
    if parts is None:
        yield _field(before + oad, known, data, oad)
        return
    for number, part in enumerate(parts, 1):
        what = part_name(oad, number) if oad.endswith("00") else ""
        name = f"{known.name}, {what}" if what else known.name
        yield from _part_fields(f"{before}{oad}.{number}", known._replace(name=name), part, oad)
    if not parts:
        yield Field(before + oad, f"{known.name}: none", None)


def _part_fields(identifier: str, known: Meaning, data: Data, oad: str) -> Iterator[Field]:
    parts = _parts(data)
    if parts is None:
        yield _field(identifier, known, data, oad)
        return
    for number, part in enumerate(parts, 1):
        member = member_name(oad, number)
        inner = known._replace(name=f"{known.name}, {member}") if member else known
        # The members of a structure have no named ones of their own.
        yield from _part_fields(f"{identifier}.{number}", inner, part, "" if member else oad)
    if not parts:
        yield Field(identifier, f"{known.name}: none", None)


def _parts(data: Data) -> list[Data] | None:
    if data.tag not in {Tag.ARRAY, Tag.STRUCTURE} or not isinstance(data.value, tuple):
        return None
    return [part for part in data.value if isinstance(part, Data)]


def _field(identifier: str, known: Meaning, data: Data, oad: str) -> Field:
    number = data.value
    if data.tag in _SCALED and isinstance(number, int):
        if known.scaler is None:
            return Field(identifier, known.name, number, known.unit)
        return Field(identifier, known.name, Decimal(number).scaleb(known.scaler), known.unit)
    if isinstance(number, bytes) and oad[:4] in _DIGITS:
        return Field(identifier, known.name, number.hex().upper().removesuffix("F"))
    return Field(identifier, known.name, value_of(data))


def value_of(data: Data) -> Value:
    """One value as analysts know it; what has no plain form is its octets as hexadecimal text."""
    value = data.value
    if value is None or isinstance(value, (bool, int, float, str)):
        plain = value
    elif isinstance(value, (Date, Time, DateTime, DateTimeS)):
        plain = moment_of(value)
    elif isinstance(value, bytes):
        plain = meter_digits(value) if data.tag == Tag.TSA else value
    elif isinstance(value, Ti):
        plain = _length_text(value)
    elif isinstance(value, Bits):
        plain = "".join(f"{octet:08b}" for octet in value.octets)[: value.length]
    else:
        plain = write_data(data)[1:].hex().upper()
    return plain


def moment_of(sent: Date | Time | DateTime | DateTimeS) -> datetime | date | time | str | None:
    """An instant by the sender's clock.

    One with parts left open, or that the calendar does not have, stays text; one left open
    altogether is null.
    """
    if set(str(sent)) <= set("*-: ."):
        return None
    moment = sent.moment()
    return str(sent) if moment is None else moment


def selector_text(selector: Selector) -> str:
    """Which rows are asked for, in words."""
    match selector:
        case SelectEqual(oad, value):
            text = f"{oad} = {value_of(value)}"
        case SelectRange(oad, start, end, step):
            each = "" if step.value is None else f" each {value_of(step)}"
            text = f"{oad} in [{value_of(start)}, {value_of(end)}){each}"
        case SelectRanges(ranges):
            text = " and ".join(map(selector_text, ranges))
        case SelectMoment(number, moment, meters):
            text = f"{_WHEN[number]} at {moment}, {_meters_text(meters)}"
        case SelectSpan(number, start, end, step, meters):
            each = f" each {_length_text(step)}" if step.amount else ""
            text = f"{_WHEN[number]} in [{start}, {end}){each}, {_meters_text(meters)}"
        case SelectLast(back, meters):
            text = f"number {back} from the end" + (f", {_meters_text(meters)}" if meters else "")
        case _:
            text = "all"
    return text


def _meters_text(meters: MeterSet) -> str:
    if meters.choice == ADDRESSES:
        return "meters " + " ".join(
            meter_digits(address) for address in meters.members if isinstance(address, bytes)
        )
    if meters.choice <= ALL_METERS:
        return ("no meters", "all meters")[meters.choice]
    return f"meters {write_meters(meters).hex().upper()}"


def _length_text(length: Ti) -> str:
    unit = _TI_UNITS[length.unit] if length.unit < len(_TI_UNITS) else f"unit {length.unit}"
    return f"{length.amount} {unit}"


def _no_value(identifier: str, name: str, dar: int | None) -> Iterator[Field]:
    yield Field(identifier, name, None)
    yield Field(f"{identifier}.DAR", dar_name(dar or 0), dar)
