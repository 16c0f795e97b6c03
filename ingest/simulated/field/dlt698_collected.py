"""The table of a 698 terminal in which it keeps what it read of its meters (6012 03 00)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from ingest.protocols.dlt698.messages import Record, RecordRequest
from ingest.protocols.dlt698.values import (
    ADDRESSES,
    ALL_METERS,
    Column,
    Data,
    MeterSet,
    Road,
    SelectMoment,
    Selector,
    SelectSpan,
    meter_digits,
)
from ingest.simulated.field.dlt698_values import (
    CONFIGURED,
    DAY_FREEZE,
    METER,
    MINUTE_FREEZE,
    OUT_OF_RANGE,
    UNDEFINED,
    date_time,
    every,
    row,
    step_of,
)
from ingest.simulated.field.meters import FieldMeter
from ingest.simulated.field.store import Store

COLLECTED = "60120300"
BEGAN, SUCCEEDED, STORED = "60400200", "60410200", "60420200"
COLLECTED_COLUMNS: tuple[Column, ...] = (
    METER,
    BEGAN,
    SUCCEEDED,
    STORED,
    Road(MINUTE_FREEZE, CONFIGURED),
)
_STORED_AT, _STORED_WITHIN = 5, 7
_TAKES = timedelta(seconds=5)


class Selected(NamedTuple):
    """Rows chosen of the table.

    Attributes:
        meters: Whose.
        first: Local time of the first row, under which the terminal files it.
        end: Before it ends.
        step: Between rows; None: all.
    """

    meters: list[FieldMeter]
    first: datetime
    end: datetime
    step: timedelta | None


def selected(selector: Selector, meters: Mapping[str, FieldMeter]) -> Selected | None:
    """What an RSD 5 or 7 chooses; None: it is another, or has no such times or set of meters."""
    if isinstance(selector, SelectMoment) and selector.number == _STORED_AT:
        first = selector.moment.moment()
        end, step = first and first + timedelta(seconds=1), None
    elif isinstance(selector, SelectSpan) and selector.number == _STORED_WITHIN:
        first, end, step = selector.start.moment(), selector.end.moment(), step_of(selector.step)
    else:
        return None
    chosen = _meters(selector.meters, meters)
    if chosen is None or first is None or end is None:
        return None
    return Selected(chosen, first, end, step)


def _meters(chosen: MeterSet, meters: Mapping[str, FieldMeter]) -> list[FieldMeter] | None:
    if chosen.choice == ALL_METERS:
        return list(meters.values())
    if chosen.choice != ADDRESSES:
        return None
    named = [meter_digits(member) for member in chosen.members if isinstance(member, bytes)]
    return [meters[address] for address in named if address in meters]


def collected_record(
    asked: RecordRequest, meters: Mapping[str, FieldMeter], store: Store, now: datetime
) -> Record:
    """Rows that the terminal holds: one for each meter and time, by meter.

    A row is filed under the time that it is of, which 6042 02 00 gives again: whoever gets no
    freeze time can tell it from there. What the terminal has not read yet, or missed, is no row.
    """
    columns = asked.columns or COLLECTED_COLUMNS
    tables = {column.oad for column in columns if isinstance(column, Road)} or {MINUTE_FREEZE}
    if asked.oad != COLLECTED or not tables <= {MINUTE_FREEZE, DAY_FREEZE} or len(tables) > 1:
        return Record(asked.oad, columns, None, UNDEFINED)
    rows = selected(asked.selector, meters)
    if rows is None:
        return Record(asked.oad, columns, None, OUT_OF_RANGE)
    found = []
    for meter in rows.meters:
        first, end = meter.instant(rows.first), meter.instant(rows.end)
        held = store.held(meter, first, end, now, daily=DAY_FREEZE in tables)
        found += [collected_row(meter, at, columns, store) for at in every(held, rows.step, meter)]
    return Record(COLLECTED, columns, tuple(found))


def collected_row(
    meter: FieldMeter, at: datetime, columns: tuple[Column, ...], store: Store
) -> tuple[Data, ...]:
    """What the terminal holds of a meter at an instant."""
    began = meter.local(store.read_at(at))
    times = {
        BEGAN: date_time(began),
        SUCCEEDED: date_time(began + _TAKES),
        STORED: date_time(meter.local(at)),
    }
    return row(meter, at, columns, times.get)
