"""What is asked of a DL/T 698.45 terminal and the meters behind it, and which rows came."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ingest.collection.sessions.local_clock import step_of, to_local
from ingest.collection.wants import Kind, Meter, Want
from ingest.protocols.dlt698.messages import (
    Body,
    ProxyCommand,
    ProxyGetList,
    ProxyGetRecord,
    ProxyRecord,
    ProxyTarget,
    Record,
    RecordRequest,
    Records,
)
from ingest.protocols.dlt698.moments import DateTimeS
from ingest.protocols.dlt698.requests import rows_between
from ingest.protocols.dlt698.rows import Cell, record_rows
from ingest.protocols.dlt698.values import (
    ADDRESSES,
    NULL,
    Column,
    Comdcb,
    Data,
    MeterSet,
    Road,
    SelectSpan,
    Tag,
    Ti,
    meter_address,
    meter_digits,
)

STORE = "60120300"
"""The records that a terminal has collected."""

CLOCK = "40000200"
RS485 = "F2010200"
LINE_OF_645 = Comdcb(3, 2, 8, 1, 0)
"""2400 bit/s, even parity, 8 bits, 1 stop bit, no flow control: the number 3 of the rate is [M]."""

METER, FROZEN_AT = "202A0200", "20210200"
_HEAD: tuple[Column, ...] = (METER, "60400200", "60410200", "60420200")
_TABLES = {Kind.CURVE: "50020200", Kind.FREEZE: "50040200"}
_TOTALS = {
    "import": "00100201",
    "export": "00200201",
    "reactive_import": "00300201",
    "reactive_export": "00400201",
}
_MEASURED = ("20000200", "20010200", "20040200")
_STORED = 7
_BYTE_PAUSE_MS = 100


def columns(want: Want) -> tuple[str, ...]:
    """What is wanted in each row: totals of a curve, whole registers with tariffs of a freeze."""
    totals = [_TOTALS[channel] for channel in want.meter.channels if channel in _TOTALS]
    if want.kind is Kind.FREEZE:
        return (FROZEN_AT, *(f"{total[:6]}00" for total in totals))
    return (FROZEN_AT, *totals, *(_MEASURED if want.meter.measurements else ()))


def values_of(meter: Meter) -> tuple[str, ...]:
    """The whole values, by OAD, that are collected of a meter, each with a scaler of its own."""
    totals = [f"{_TOTALS[channel][:6]}00" for channel in meter.channels if channel in _TOTALS]
    return (*totals, *(_MEASURED if meter.measurements else ()))


def from_store(wants: Sequence[Want], zone: ZoneInfo) -> RecordRequest:
    """Rows of several meters that want the same of the same span, from what the terminal holds."""
    first = wants[0]
    step = Ti(1, first.meter.interval_minutes) if first.kind is Kind.CURVE else Ti(0, 0)
    start, end = _span(to_local(first.first, zone), to_local(first.last, zone), step_of(first))
    addresses = tuple(meter_address(want.meter.address) for want in wants)
    selector = SelectSpan(
        _STORED, DateTimeS.of(start), DateTimeS.of(end), step, MeterSet(ADDRESSES, addresses)
    )
    return RecordRequest(STORE, selector, (*_HEAD, Road(_TABLES[first.kind], columns(first))))


def from_meter(want: Want, wanted: Sequence[datetime], timeout_seconds: int) -> ProxyGetRecord:
    """Rows of one meter that the terminal is to fetch, from the first to the last of ``wanted``."""
    start, end = _span(wanted[0], wanted[-1], step_of(want))
    minutes = want.meter.interval_minutes if want.kind is Kind.CURVE else None
    request = RecordRequest(
        _TABLES[want.kind], rows_between(start, end, minutes), tuple(columns(want))
    )
    return ProxyGetRecord(timeout_seconds, meter_address(want.meter.address), request)


def clocks(wants: Iterable[Want], timeout_seconds: int) -> ProxyGetList:
    """The clocks of several meters."""
    targets = tuple(
        ProxyTarget(meter_address(want.meter.address), timeout_seconds, (CLOCK,)) for want in wants
    )
    return ProxyGetList(min(timeout_seconds * len(targets), 0xFFFF), targets)


def forwarded(request: bytes, timeout_seconds: int) -> ProxyCommand:
    """A frame of DL/T 645 for the line behind the terminal."""
    return ProxyCommand(RS485, LINE_OF_645, timeout_seconds, _BYTE_PAUSE_MS, request)


def rows_told(body: Body) -> dict[str | None, set[datetime]]:
    """Instants of the rows that hold a register, by meter; of a record without meters under None.

    A row whose time or register is null tells nothing that could be used.
    """
    match body:
        case Records(records):
            told = records
        case ProxyRecord(_, record):
            told = (record,)
        case _:
            told = ()
    rows: dict[str | None, set[datetime]] = {}
    for record in told:
        for cells in record_rows(record):
            at = _instant(cells)
            if at is not None and _has_register(cells):
                rows.setdefault(_meter(cells), set()).add(at)
    return rows


def dar_of(body: Body) -> int | None:
    """Why a table was not given; null where it was."""
    match body:
        case Records(records):
            return next((record.dar for record in records if record.rows is None), None)
        case ProxyRecord(_, Record(dar=dar)):
            return dar
    return None


def _span(first: datetime, last: datetime, step: timedelta) -> tuple[datetime, datetime]:
    """Half-open: the row of ``last`` is within, the one after it not."""
    return first, last + step


def _meter(cells: Iterable[Cell]) -> str | None:
    for cell in cells:
        value = cell.data.value
        if cell.oad == METER and isinstance(value, bytes):
            # Some makes give it as octets, without the length within.
            return meter_digits(value) if cell.data.tag == Tag.TSA else value.hex().upper()
    return None


def _instant(cells: Iterable[Cell]) -> datetime | None:
    for cell in cells:
        if cell.oad == FROZEN_AT and isinstance(cell.data.value, DateTimeS):
            return cell.data.value.moment()
    return None


def _has_register(cells: Iterable[Cell]) -> bool:
    """Whether all energy registers are there."""
    registers = [cell.data for cell in cells if cell.oad.startswith("00")]
    return bool(registers) and not any(_is_null(data) for data in registers)


def _is_null(data: Data) -> bool:
    return data == NULL
