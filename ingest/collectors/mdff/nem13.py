"""The 250 records of a NEM13 file: accumulation registers, read now and then."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from ingest.collectors.mdff.records import Record, instant, quality, service_date

_FIELDS = 22  # MSATSLoadDateTime after them is optional
_PLACES = {"Previous": 8, "Current": 13}  # of value, time and quality method
_DIRECTIONS = {"E": "import", "I": "export"}  # from the network's side
_KWH = {
    "WH": ("", Decimal("0.001")),
    "KWH": ("", Decimal(1)),
    "MWH": ("", Decimal(1000)),
    "VARH": ("reactive_", Decimal("0.001")),
    "KVARH": ("reactive_", Decimal(1)),
    "MVARH": ("reactive_", Decimal(1000)),
}
_READING = re.compile(r"[0-9]{1,12}(\.[0-9]{0,4})?|\.[0-9]{1,4}")
_FIRST_SUFFIXES = {"11", "E1", "B1", "Q1", "K1"}


def readings(record: Record) -> tuple[list[tuple[Any, ...]], str | None]:
    """The previous and the current reading [kWh, kvarh] as rows of REGISTERS_READ.

    The channel follows the direction indicator; a register whose suffix is not the usage point's
    first (11) carries its suffix as number: ``import.41``. Also returns why a record is not taken.
    """
    fields = record.fields
    if len(fields) < _FIELDS:
        raise record.fault(f"the 250 record has {len(fields)} fields; expected 22 or 23", "250")
    nmi, suffix, meter_id, direction, unit = (fields[place] for place in (1, 4, 6, 7, 19))
    if not nmi or not suffix:
        raise record.fault("the 250 record lacks its NMI or its NMI suffix", "NMI")
    if direction.upper() not in _DIRECTIONS or unit.upper() not in _KWH:
        return [], (
            f"direction '{direction}', unit '{unit}' is no energy register; expected E or I and "
            "Wh, kWh, MWh, varh, kvarh or Mvarh"
        )
    kind, factor = _KWH[unit.upper()]
    channel = kind + _DIRECTIONS[direction.upper()]
    if suffix.upper() not in _FIRST_SUFFIXES:
        channel = f"{channel}.{suffix}"
    issued = instant(fields[21], record, "UpdateDateTime")
    if issued is None and len(fields) > _FIELDS:
        issued = instant(fields[22], record, "MSATSLoadDateTime")
    key = (nmi, meter_id, channel, "total")
    previous = _row(record, "Previous", key, factor, issued)
    current = _row(record, "Current", key, factor, issued)
    if current is None:
        raise record.fault("the current reading is missing", "CurrentRegisterRead")
    if previous is None:  # a new meter
        return [current], None
    if previous[5] > current[5]:
        raise record.fault("the previous reading is later than the current one", "250")
    return [previous, current], None


def _row(
    record: Record,
    name: str,
    key: tuple[str, ...],
    factor: Decimal,
    issued: datetime | None,
) -> tuple[Any, ...] | None:
    """The ``name`` reading; null if its fields are empty."""
    place = _PLACES[name]
    text, time, method = record.fields[place : place + 3]
    if not text and not time:
        return None
    read_at = instant(time, record, f"{name}RegisterReadDateTime")
    if read_at is None:
        raise record.fault(f"the {name.lower()} reading has no time", f"{name}RegisterRead")
    letter = quality(method, record, f"{name}QualityMethod")
    if letter == "V":
        raise record.fault("a register reading cannot have quality V", f"{name}QualityMethod")
    value = _reading(text, factor, record, f"{name}RegisterRead")
    value = None if letter == "N" else value
    return (*key, service_date(read_at), read_at, value, None, None, letter, issued)


def _reading(text: str, factor: Decimal, record: Record, field: str) -> Decimal:
    if not _READING.fullmatch(text):
        raise record.fault(
            f"'{text[:40]}' is not a register reading; expected digits, up to four decimals", field
        )
    value = Decimal(text) * factor
    if value >= Decimal(10) ** 14:
        raise record.fault(f"{text} is more than a register can show", field)
    return value.quantize(Decimal("0.0001"))
