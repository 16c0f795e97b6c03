"""What answers of DL/T 645-2007 say: load records, daily freezes, the clock."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from ingest.collection.exchange import Exchange
from ingest.collection.wants import Meter
from ingest.collectors.wire.heard import (
    ENERGY_CHANNELS,
    PHASES,
    TARIFF_REGISTERS,
    Frozen,
    Heard,
    Told,
)
from ingest.protocols.decoded import FrameError, Value
from ingest.protocols.dlt645.decode import decode_frame
from ingest.protocols.dlt645.follow_ups import join_follow_ups
from ingest.protocols.dlt645.frame import Frame, find_frames, parse_frame

PROTOCOL = "DL/T 645-2007"
_LOAD_RECORDS = "06"
_FREEZE_TIME, _FREEZE_BLOCK = "050600", "05060"
_DATE, _TIME = "04000101", "04000102"
_MIDNIGHT = timedelta(minutes=2)
_FIRST_MORE, _MORE, _LAST_MORE = 0xB1, 0xB2, 0x92
_SCALES = {  # quantity of a load record: name in the lake, factor
    **{f"02010{n}00": (f"voltage_{phase}_v", 1.0) for n, phase in enumerate(PHASES, 1)},
    **{f"02020{n}00": (f"current_{phase}_a", 1.0) for n, phase in enumerate(PHASES, 1)},
    "02030000": ("power_kw", 1.0),
    **{f"02030{n}00": (f"power_{phase}_kw", 1.0) for n, phase in enumerate(PHASES, 1)},
    "02060000": ("power_factor", 1.0),
}


def hear(heard: Heard, one: Exchange) -> None:
    """Take what an answer says.

    Raises:
        FrameError: It is no valid frame.
    """
    hear_frame(heard, parse_frame(one.answer), one)


def hear_forwarded(heard: Heard, octets: bytes, one: Exchange) -> None:
    """Take what a terminal forwards: perhaps an echo of the question before the answer.

    Raises:
        FrameError: Something in it is no valid frame.
    """
    frames, _ = find_frames(octets, ended=True)
    for found in frames:
        if isinstance(found, FrameError):
            raise found
        hear_frame(heard, found, one)


def hear_frame(heard: Heard, frame: Frame, one: Exchange) -> None:
    """Take what a frame says that came by itself, or within one of another protocol."""
    if not frame.is_answer:
        return  # the echo of a question
    meter = heard.meter_of(frame.address)
    if meter is None:
        return
    whole = _whole(heard, meter, frame)
    if whole is None:
        return
    fields = {f.identifier: f.value for f in decode_frame(whole).fields}
    first = next(iter(fields), "")
    if first.startswith(_LOAD_RECORDS):
        _load_records(heard, meter, fields, one)
    elif first.startswith(_FREEZE_BLOCK):
        _freeze(heard, meter, fields, one)
    elif first in {_DATE, _TIME} or first.startswith(f"{_DATE}."):
        _clock(heard, meter, fields, one)


def _whole(heard: Heard, meter: Meter, frame: Frame) -> Frame | None:
    """An answer in one piece; None while its follow-ups are still to come."""
    key = "645 pieces", meter.address
    if frame.control == _FIRST_MORE:
        heard.memory[key] = [frame]
        return None
    if frame.control in {_MORE, _LAST_MORE}:
        pieces = [*heard.memory.get(key, []), frame]
        heard.memory[key] = pieces
        return join_follow_ups(heard.memory.pop(key)) if frame.control == _LAST_MORE else None
    return frame


def _load_records(heard: Heard, meter: Meter, fields: dict[str, Value], one: Exchange) -> None:
    at: datetime | None = None
    for identifier, value in fields.items():
        _, _, place = identifier.partition(".")
        _, _, quantity = place.partition(".")
        if not quantity:
            at = value if isinstance(value, datetime) else None
            if at is None and value is None and place:
                heard.refuse(f"meter {meter.address}: a load record without a time")
        elif at is not None and isinstance(value, Decimal):
            _load_value(heard, meter, quantity, at, value, one)


def _load_value(  # noqa: PLR0913, PLR0917 - one value of a record
    heard: Heard, meter: Meter, quantity: str, at: datetime, value: Decimal, one: Exchange
) -> None:
    if quantity.startswith("000") and quantity[4:] == "0000":
        channel = ENERGY_CHANNELS.get(int(quantity[3], 16))
        if channel in meter.channels and channel is not None:
            heard.show(meter, channel, at, value, one)
    elif meter.measurements and quantity in _SCALES:
        name, factor = _SCALES[quantity]
        heard.measure(meter, name, at, float(value) * factor, one)


def _freeze(heard: Heard, meter: Meter, fields: dict[str, Value], one: Exchange) -> None:
    """The time of a daily freeze, then its block: 0506 00 0n and 0506 0k 0n."""
    identifier, value = next(iter(fields.items()))
    number = identifier[6:8]
    key = "645 freeze", meter.address, number
    if identifier.startswith(_FREEZE_TIME):
        if isinstance(value, datetime):
            heard.memory[key] = value
        return
    at = heard.memory.get(key)
    if at is None:
        heard.refuse(f"meter {meter.address}: a daily freeze of which the time was not read")
        return
    channel = ENERGY_CHANNELS.get(int(identifier[5], 16))
    if channel is None:
        return
    for register, kwh in zip(TARIFF_REGISTERS, fields.values(), strict=False):
        if isinstance(kwh, Decimal):
            heard.frozen.append(Frozen(meter, channel, register, at, kwh, one.at))


def _clock(heard: Heard, meter: Meter, fields: dict[str, Value], one: Exchange) -> None:
    """Date, then time; where midnight passed between the two, the date is moved."""
    value = next((one for one in fields.values() if isinstance(one, date | time)), None)
    key = "645 date", meter.address
    if isinstance(value, date):
        heard.memory[key] = value, one.at
        return
    held = heard.memory.pop(key, None)
    if not isinstance(value, time) or held is None:
        return
    day, read_at = held
    if one.at - read_at > _MIDNIGHT:
        heard.refuse(f"meter {meter.address}: its date and its time were not read together")
        return
    shown = datetime.combine(day, value)
    if shown - shown.replace(hour=0, minute=0, second=0) < _MIDNIGHT:
        now = one.at.astimezone(heard.zone).replace(tzinfo=None)
        shown = min(shown, shown + timedelta(days=1), key=lambda guess: abs(guess - now))
    heard.told.append(Told(meter.meter_id, meter, meter.terminal, one.at, shown, PROTOCOL))
