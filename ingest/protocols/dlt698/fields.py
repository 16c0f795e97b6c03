"""Values as fields: named, scaled, in their unit."""

from collections.abc import Iterator
from decimal import Decimal

from ingest.protocols.decoded import Field, Value
from ingest.protocols.dlt698.dar import dar_name
from ingest.protocols.dlt698.messages import Record, Result
from ingest.protocols.dlt698.moments import Date, DateTime, DateTimeS, Time
from ingest.protocols.dlt698.objects import Meaning, Scalers, meaning, part_name
from ingest.protocols.dlt698.values import Bits, Column, Data, Road, Tag, Ti, meter_digits
from ingest.protocols.dlt698.writing import write_data

_SCALED = frozenset(
    {
        Tag.INT8, Tag.INT16, Tag.INT32, Tag.INT64,
        Tag.UINT8, Tag.UINT16, Tag.UINT32, Tag.UINT64,
    }
)  # fmt: skip
_TI_UNITS = ("s", "min", "h", "d", "month", "year")
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
    for number, row in enumerate(record.rows, 1):
        for column, cell in zip(record.columns, row, strict=True):
            yield from cell_fields(column, cell, scalers, f"{table}.{number}.")


def cell_fields(
    column: Column, cell: Data, scalers: Scalers | None, before: str = ""
) -> Iterator[Field]:
    """The fields of one cell; that of a ROAD holds a value for each of its columns."""
    if not isinstance(column, Road):
        yield from data_fields(column, cell, scalers, before)
        return
    parts = cell.value
    if (
        cell.tag in {Tag.ARRAY, Tag.STRUCTURE}
        and isinstance(parts, tuple)
        and len(parts) == len(column.columns)
    ):
        for oad, part in zip(column.columns, parts, strict=True):
            if isinstance(part, Data):
                yield from data_fields(oad, part, scalers, f"{before}{column.oad}.")
    else:
        yield from data_fields(column.oad, cell, scalers, before)


def data_fields(oad: str, data: Data, scalers: Scalers | None, before: str = "") -> Iterator[Field]:
    """The fields of one value: one, or one for each part with its number behind a point."""
    known = meaning(oad, scalers)
    is_whole = oad.endswith("00")
    parts = _parts(data)
    if parts is None:
        yield _field(before + oad, known, data, oad)
        return
    if not parts:
        yield Field(before + oad, f"{known.name}: none", None)
    for number, part in enumerate(parts, 1):
        name = f"{known.name}, {part_name(oad, number)}" if is_whole else known.name
        yield from _part_fields(f"{before}{oad}.{number}", known._replace(name=name), part, oad)


def _part_fields(identifier: str, known: Meaning, data: Data, oad: str) -> Iterator[Field]:
    parts = _parts(data)
    if parts is None:
        yield _field(identifier, known, data, oad)
        return
    for number, part in enumerate(parts, 1):
        yield from _part_fields(f"{identifier}.{number}", known, part, oad)


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
    """One value as analysts know it.

    An instant with parts left open, or that the calendar does not have, stays text; one left
    open altogether is null. What has no plain form is the hexadecimal text of its octets.
    """
    value = data.value
    if isinstance(value, (Date, Time, DateTime, DateTimeS)):
        if set(str(value)) <= set("*-: ."):
            return None
        moment = value.moment()
        return str(value) if moment is None else moment
    if isinstance(value, Ti):
        unit = _TI_UNITS[value.unit] if value.unit < len(_TI_UNITS) else f"unit {value.unit}"
        return f"{value.amount} {unit}"
    if isinstance(value, Bits):
        bits = "".join(f"{octet:08b}" for octet in value.octets)
        return bits[: value.length]
    if isinstance(value, bytes):
        return meter_digits(value) if data.tag == Tag.TSA else value
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return write_data(data)[1:].hex().upper()


def _no_value(identifier: str, name: str, dar: int | None) -> Iterator[Field]:
    yield Field(identifier, name, None)
    yield Field(f"{identifier}.DAR", dar_name(dar or 0), dar)
