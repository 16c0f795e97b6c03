"""What meters say in DL/T 698.45: attributes, and rows of their freezes."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache, lru_cache

from ingest.protocols.dlt698.messages import Record, RecordRequest, Result
from ingest.protocols.dlt698.moments import DateTimeS
from ingest.protocols.dlt698.objects import OBJECTS, UNITS
from ingest.protocols.dlt698.values import (
    NULL,
    Column,
    Data,
    Road,
    ScalerUnit,
    SelectAll,
    SelectEqual,
    SelectLast,
    Selector,
    SelectRange,
    Tag,
    Ti,
    meter_address,
)
from ingest.simulated.field.meters import DAY, QUARTER, FieldMeter, Kept

MINUTE_FREEZE, DAY_FREEZE = "50020200", "50040200"
FREEZE_TIME, METER, CLOCK = "20210200", "202A0200", "40000200"
CONFIGURED = (FREEZE_TIME, "00100201", "00200201")
"""Columns that a table has when none are asked for."""
UNDEFINED, OUT_OF_RANGE, TIMED_OUT = 4, 8, 33
"""DAR that meters and terminals give."""

_CHANNELS = {"0010": "import", "0020": "export"}
_MEASURES = ("2000", "2001", "2004")
_UNIT_NUMBERS = {name: number for number, name in UNITS.items()}
_SECONDS = {0: 1, 1: 60, 2: 3600, 3: 86_400}
_SAMPLED = 0xFF


def date_time(local: datetime) -> Data:
    """A local instant as ``date_time_s``."""
    return Data(Tag.DATE_TIME_S, DateTimeS.of(local))


@lru_cache(maxsize=16_384)
def _stamp(at: datetime, offset: timedelta) -> Data:
    """A freeze time: the same for all meters, and made once."""
    return date_time(at.replace(tzinfo=None) + offset)


def attribute(meter: FieldMeter, oad: str, now: datetime) -> Result:
    """One attribute of a meter as it is now; DAR 4 where it has none such."""
    if oad == CLOCK:
        return Result(oad, date_time(meter.clock(now)))
    if oad == "40010200":
        return Result(oad, Data(Tag.OCTETS, bytes.fromhex(meter.address)))
    if oad[4:6] in ("03", "05") and (scaler := _scaler(meter, oad)):
        return Result(oad, scaler)
    data = value(meter, oad, now)
    return Result(oad, None, UNDEFINED) if data is NULL else Result(oad, data)


def _scaler(meter: FieldMeter, oad: str) -> Data | None:
    """Scaler and unit that attribute 3 states, of energies attribute 5 those of attribute 4."""
    known = OBJECTS.get(oad[:4])
    if known is None or known.scaler is None or (oad[4:6] == "05" and oad[:2] != "00"):
        return None
    scaler = known.scaler
    if oad[:2] == "00":
        scaler = -4 if oad[4:6] == "05" else meter.energy_scaler
    return Data(Tag.SCALER_UNIT, ScalerUnit(scaler, _UNIT_NUMBERS.get(known.unit, _SAMPLED)))


def value(meter: FieldMeter, oad: str, at: datetime) -> Data:
    """What an attribute was at an instant; NULL where the meter does not keep it."""
    return _cell(oad)(meter, at)


@cache
def _cell(oad: str) -> Callable[[FieldMeter, datetime], Data]:
    """How an attribute is found, once for all rows."""
    kind, what, index = oad[:4], oad[4:6], int(oad[6:], 16)
    if oad == FREEZE_TIME:
        return lambda meter, at: _stamp(at, meter.offset)
    if oad == "20230200":
        return lambda meter, at: Data(Tag.UINT32, meter.index(at))
    if oad == METER:
        return lambda meter, _: Data(Tag.TSA, meter_address(meter.address))
    if kind in _CHANNELS and what in ("02", "04"):
        return _energy(_CHANNELS[kind], index, is_fine=what == "04")
    if kind in _MEASURES and what == "02":
        return _measure(kind, index)
    return lambda _, __: NULL


def _energy(channel: str, index: int, *, is_fine: bool) -> Callable[[FieldMeter, datetime], Data]:
    """Energy: 0 the array of total and tariffs, 1 the total, 2 to 5 the tariffs."""
    tag = Tag.UINT64 if is_fine else Tag.UINT32

    def least(meter: FieldMeter) -> int:
        return 1 if is_fine else meter.counts_shown

    def total(meter: FieldMeter, at: datetime) -> Data:
        resolution = least(meter)
        return Data(tag, meter.register(channel, at, resolution=resolution) // resolution)

    def all_of_them(meter: FieldMeter, at: datetime) -> tuple[Data, ...]:
        tariffs = meter.tariff_registers(channel, at)[1:]
        return total(meter, at), *(Data(tag, counts // least(meter)) for counts in tariffs)

    def one(meter: FieldMeter, at: datetime) -> Data:
        registers = all_of_them(meter, at)
        return registers[index - 1] if index <= len(registers) else NULL

    if index == 1:
        return total
    return one if index else lambda meter, at: Data(Tag.ARRAY, all_of_them(meter, at))


def _measure(kind: str, index: int) -> Callable[[FieldMeter, datetime], Data]:
    """Voltage, current, power: 0 all of them, else one; where none is recorded NULL."""
    tag = {"2000": Tag.UINT16, "2001": Tag.INT32, "2004": Tag.INT32}[kind]
    place = _MEASURES.index(kind)

    def found(meter: FieldMeter, at: datetime) -> Data:
        parts = [Data(tag, number) for number in meter.measured(at)[place]]
        if not index:
            return Data(Tag.ARRAY, tuple(parts))
        return parts[index - 1] if index <= len(parts) else NULL

    return found


def row(
    meter: FieldMeter,
    at: datetime,
    columns: Sequence[Column],
    special: Callable[[str], Data | None] = lambda _: None,
) -> tuple[Data, ...]:
    """A row of a record: a cell for each column; without its values where there are none.

    Args:
        meter: Whose.
        at: Of when.
        columns: Attributes, or tables with columns of their own.
        special: Cells that someone else than the meter knows, by OAD.
    """
    is_empty = meter.kept(at) is Kept.EMPTY

    def cell(column: Column) -> Data:
        if isinstance(column, Road):
            return Data(Tag.STRUCTURE, tuple(map(cell, column.columns)))
        if (known := special(column)) is not None:
            return known
        if is_empty and column not in (FREEZE_TIME, METER):
            return NULL
        is_unrecorded = column[:4] in _MEASURES and not meter.is_measuring
        return NULL if is_unrecorded else value(meter, column, at)

    return tuple(map(cell, columns))


def meter_record(meter: FieldMeter, asked: RecordRequest, now: datetime) -> Record:
    """Rows of the meter's own freezes; DAR 4 for other tables, 8 for rows chosen otherwise."""
    columns = asked.columns or CONFIGURED
    if asked.oad not in (MINUTE_FREEZE, DAY_FREEZE):
        return Record(asked.oad, columns, None, UNDEFINED)
    instants = _chosen(meter, asked.selector, now, daily=asked.oad == DAY_FREEZE)
    if instants is None:
        return Record(asked.oad, columns, None, OUT_OF_RANGE)
    return Record(asked.oad, columns, tuple(row(meter, at, columns) for at in instants))


def met_cuts(meter: FieldMeter, selector: Selector) -> bool:
    """Whether rows asked for fall into a time without power."""
    bounds = _bounds(meter, selector)
    return bounds is not None and meter.met_cuts(*bounds)


def _bounds(meter: FieldMeter, selector: Selector) -> tuple[datetime, datetime] | None:
    """From which instant, and before which."""
    if isinstance(selector, SelectEqual):
        at = _moment(selector.value)
        return (meter.instant(at), meter.instant(at) + timedelta(seconds=1)) if at else None
    if isinstance(selector, SelectRange) and selector.oad == FREEZE_TIME:
        start, end = _moment(selector.start), _moment(selector.end)
        return (meter.instant(start), meter.instant(end)) if start and end else None
    return None


def _chosen(
    meter: FieldMeter, selector: Selector, now: datetime, *, daily: bool
) -> list[datetime] | None:
    """Instants of the rows; None: they cannot be chosen so."""
    if isinstance(selector, SelectAll | SelectLast):
        instants = meter.recorded(meter.begin, now + QUARTER, now, daily=daily)
        if isinstance(selector, SelectAll):
            return instants
        back = selector.back
        return instants[-back : len(instants) - back + 1] if 0 < back <= len(instants) else []
    bounds = _bounds(meter, selector)
    if bounds is None:
        return None
    instants = meter.recorded(*bounds, now, daily=daily)
    step = _step(selector.step.value) if isinstance(selector, SelectRange) else None
    return every(instants, step, meter)


def every(
    instants: Iterable[datetime], step: timedelta | None, meter: FieldMeter
) -> list[datetime]:
    """Those that are a whole number of steps after midnight."""
    if not step:
        return list(instants)
    return [at for at in instants if (at - meter.begin) % DAY % step == timedelta()]


def _step(value: object) -> timedelta | None:
    return step_of(value) if isinstance(value, Ti) else None


def step_of(length: Ti) -> timedelta | None:
    """A length of time; None: none, or one of months and years, by which no row is chosen."""
    seconds = _SECONDS.get(length.unit, 0) * length.amount
    return timedelta(seconds=seconds) if seconds else None


def _moment(data: Data) -> datetime | None:
    return data.value.moment() if isinstance(data.value, DateTimeS) else None
