"""What messages of DL/T 698.45 say: curves, daily freezes, clocks, and frames of 645 within."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from ingest.collection.exchange import Exchange
from ingest.collection.wants import Meter
from ingest.collectors.wire import dlt645
from ingest.collectors.wire.heard import (
    ENERGY_CHANNELS,
    PHASES,
    TARIFF_REGISTERS,
    Frozen,
    Heard,
    Told,
)
from ingest.collectors.wire.own_counts import hear_tasks
from ingest.protocols.dlt698.dar import dar_name
from ingest.protocols.dlt698.fields import moment_of
from ingest.protocols.dlt698.fragments import Reassembler
from ingest.protocols.dlt698.link import FRAGMENTED, parse_frame
from ingest.protocols.dlt698.messages import (
    Block,
    ProxyAnswer,
    ProxyRecord,
    ProxyResults,
    Record,
    Records,
    Result,
    Results,
)
from ingest.protocols.dlt698.moments import DateTime, DateTimeS
from ingest.protocols.dlt698.objects import Scalers, meaning, stated_scalers
from ingest.protocols.dlt698.rows import Cell, record_rows
from ingest.protocols.dlt698.secured import open_message
from ingest.protocols.dlt698.session_messages import LinkRequest
from ingest.protocols.dlt698.values import Data, ScalerUnit, Tag, meter_digits

PROTOCOL = "DL/T 698.45"
_CURVE, _FREEZE, _TERMINAL_STORE = "5002", "5004", "6012"
_METER, _AT, _CLOCK = "202A0200", "20210200", "40000200"
_PARTS = {
    "2000": tuple(f"voltage_{phase}_v" for phase in PHASES),
    "2001": tuple(f"current_{phase}_a" for phase in PHASES),
    "2004": ("power_kw", *(f"power_{phase}_kw" for phase in PHASES)),
    "200A": ("power_factor",),
}
_FACTORS = {"W": 0.001}
_ALSO_TAKEN = {("kW", "W")}
"""Units that a meter may state beside the usual one, each with the latter."""


def hear(heard: Heard, one: Exchange) -> None:
    """Take what a frame says; a fragment waits for the rest of its message.

    Raises:
        FrameError: It is no valid frame, or its message is none.
    """
    frame = parse_frame(one.answer)
    address = frame.address.removesuffix("F")
    if not frame.control & FRAGMENTED:
        hear_apdu(heard, frame.data, address, one)
        return
    waiting = heard.memory.setdefault(("698 fragments", one.source, address), Reassembler())
    if (whole := waiting.add(frame)) is not None:
        hear_apdu(heard, whole, address, one)


def hear_apdu(heard: Heard, octets: bytes, address: str, one: Exchange) -> None:
    """Take what one message says that the server ``address`` sent."""
    message, wrapper = open_message(octets)
    if message is None:
        is_cipher = wrapper is not None and wrapper.is_cipher
        why = "enciphered, so that only the crypto machine can read it" if is_cipher else "refused"
        heard.refuse(f"{address}: a message that is {why}")
        return
    for body in (message.body, message.follow_report):
        _hear_body(heard, body.content if isinstance(body, Block) else body, address, one)


def _hear_body(heard: Heard, body: object, address: str, one: Exchange) -> None:
    match body:
        case LinkRequest():
            _hear_clock(heard, body.sent, address, None, one)
        case Results():
            _hear_results(heard, body.results, address, one)
        case Records():
            for record in body.records:
                _hear_record(heard, record, address, one)
        case ProxyRecord():
            _hear_record(heard, body.record, meter_digits(body.address), one)
        case ProxyResults():
            for target in body.targets:
                _hear_results(heard, target.results, meter_digits(target.address), one)
        case ProxyAnswer() if body.octets:
            dlt645.hear_forwarded(heard, body.octets, one)


def know_scalers(heard: Heard, address: str, stated: Mapping[str, Sequence[int]]) -> None:
    """Take note of what a meter has stated, as [scaler, unit] by OAD, from here on."""
    known = {oad: ScalerUnit(*pair) for oad, pair in stated.items()}
    heard.memory["698 scalers", address] = known


def _hear_results(heard: Heard, results: tuple[Result, ...], address: str, one: Exchange) -> None:
    key = "698 scalers", address
    if stated := stated_scalers(results):
        heard.memory[key] = {**heard.memory.get(key, {}), **stated}
    hear_tasks(heard, results, address, PROTOCOL)
    for result in results:
        if result.oad == _CLOCK and result.data is not None:
            _hear_clock(heard, result.data.value, address, heard.meters.get(address), one)


def _hear_clock(
    heard: Heard, sent: object, address: str, meter: Meter | None, one: Exchange
) -> None:
    shown = moment_of(sent) if isinstance(sent, (DateTime, DateTimeS)) else None
    if not isinstance(shown, datetime):
        heard.refuse(f"{address}: a clock that shows no time ({sent})")
        return
    device = meter.meter_id if meter else address
    terminal = meter.terminal if meter else address
    heard.told.append(Told(device, meter, terminal, one.at, shown, PROTOCOL))


def _hear_record(heard: Heard, record: Record, address: str, one: Exchange) -> None:
    if record.rows is None:
        reason = dar_name(record.dar) if record.dar is not None else "no reason"
        heard.refuse(f"{address}: no rows of {record.oad}: {reason}")
        return
    for cells in record_rows(record):
        _hear_row(heard, cells, address, one)


def _hear_row(heard: Heard, cells: tuple[Cell, ...], address: str, one: Exchange) -> None:
    of = {(cell.table[:4], cell.oad): cell.data for cell in cells}
    named = next((data for (_, oad), data in of.items() if oad == _METER), None)
    whose = meter_digits(named.value) if named and isinstance(named.value, bytes) else address
    meter = heard.meter_of(whose)
    if meter is None:
        return
    at = next((_moment(data) for (_, oad), data in of.items() if oad == _AT), None)
    if at is None:
        if any(data.tag != Tag.NULL for (table, _), data in of.items() if table != _TERMINAL_STORE):
            heard.refuse(f"meter {whose}: a row without its time; it is asked for again")
        return
    scalers = heard.memory.get(("698 scalers", whose))
    for (table, oad), data in of.items():
        if table not in {_CURVE, _FREEZE} or _is_of_another_unit(heard, whose, oad, scalers):
            continue
        hear_cell = _hear_curve if table == _CURVE else _hear_freeze
        hear_cell(heard, meter, (oad, data), at, scalers, one)


def _is_of_another_unit(heard: Heard, whose: str, oad: str, scalers: Scalers | None) -> bool:
    usual, stated = meaning(oad).unit, meaning(oad, scalers).unit
    if stated == usual or (stated, usual) in _ALSO_TAKEN:
        return False
    heard.refuse(f"meter {whose} states that it counts {oad} in {stated}; expected {usual}")
    return True


def _moment(data: Data) -> datetime | None:
    value = data.value
    shown = moment_of(value) if isinstance(value, (DateTime, DateTimeS)) else None
    return shown if isinstance(shown, datetime) else None


def _hear_curve(  # noqa: PLR0913, PLR0917 - one cell of a row
    heard: Heard,
    meter: Meter,
    cell: tuple[str, Data],
    at: datetime,
    scalers: Scalers | None,
    one: Exchange,
) -> None:
    oad, _ = cell
    channel = _channel(oad)
    if channel is not None:
        [total] = list(_numbers(cell, scalers))[:1] or [None]
        if total is not None and channel in meter.channels:
            heard.show(meter, channel, at, total, one)
    elif meter.measurements and oad[:4] in _PARTS:
        factor = _FACTORS.get(meaning(oad, scalers).unit, 1.0)
        for name, value in zip(_PARTS[oad[:4]], _numbers(cell, scalers), strict=False):
            if value is not None:
                heard.measure(meter, name, at, float(value) * factor, one)


def _hear_freeze(  # noqa: PLR0913, PLR0917 - one cell of a row
    heard: Heard,
    meter: Meter,
    cell: tuple[str, Data],
    at: datetime,
    scalers: Scalers | None,
    one: Exchange,
) -> None:
    channel = _channel(cell[0])
    if channel is None:
        return
    for register, kwh in zip(TARIFF_REGISTERS, _numbers(cell, scalers), strict=False):
        if kwh is not None:
            heard.frozen.append(Frozen(meter, channel, register, at, kwh, one.at))


def _channel(oad: str) -> str | None:
    """The channel of an energy's OAD: 0010 forward active … 0040 combined reactive 2."""
    return ENERGY_CHANNELS.get(int(oad[2], 16)) if oad[:2] == "00" and oad[3] == "0" else None


def _numbers(cell: tuple[str, Data], scalers: Scalers | None) -> Iterator[Decimal | None]:
    """The values of a cell, scaled; None where one is not available."""
    oad, data = cell
    scaler = meaning(oad, scalers).scaler
    parts = data.value if data.tag in {Tag.ARRAY, Tag.STRUCTURE} else (data,)
    if not isinstance(parts, tuple):
        return
    for part in parts:
        value = part.value if isinstance(part, Data) else None
        if isinstance(value, int) and not isinstance(value, bool):
            yield Decimal(value).scaleb(scaler or 0)
        else:
            yield None
