"""The questions that Fenggu puts to a meter: all of them read."""

from datetime import datetime
from decimal import Decimal

from ingest.protocols.dlt645.frame import WILDCARD, ReadFunction, encode_request
from ingest.protocols.dlt645.identifiers import travelling
from ingest.protocols.dlt645.values import MOMENT, number

EARLIEST, FROM_TIME, LATEST = "06000000", "06000001", "06000002"
"""Identifiers of load records of all classes."""

_MOST_RECORDS = 99
_LAST_SEQUENCE = 255


def read_data(address: str, identifier: str, *, preamble: int = 4) -> bytes:
    """Ask for what stands behind a data identifier.

    Raises:
        ValueError: No such address or identifier.
    """
    return encode_request(ReadFunction.DATA, address, travelling(identifier), preamble=preamble)


def read_load_records(
    address: str,
    *,
    records: int,
    start: datetime | None = None,
    identifier: str = FROM_TIME,
    preamble: int = 4,
) -> bytes:
    """Ask for load records.

    Args:
        address: Of the meter.
        records: How many, 1 to 99.
        start: Time of the first, by the meter's own clock, a full minute; only for an identifier
            that asks from a given time (``06xx0001``), and needed there.
        identifier: ``06000001``; ``06000000`` and ``06000002`` for the earliest and the latest.
        preamble: Number of FE in front.

    Raises:
        ValueError: No such address, identifier, number or time.
    """
    from_time = identifier[:2] == "06" and identifier[4:] == "0001"
    if not 1 <= records <= _MOST_RECORDS:
        raise ValueError(f"{records} load records; expected 1 to {_MOST_RECORDS}")
    if from_time != (start is not None):
        raise ValueError(f"start {start} with identifier {identifier}; only 06xx0001 has a start")
    if start is not None and (start.tzinfo or start.second or start.microsecond):
        raise ValueError(f"start {start}; expected a full minute of the meter's clock, no zone")
    data = travelling(identifier) + number(1, 0).write(Decimal(records))
    if start is not None:
        data += MOMENT.write(start)
    return encode_request(ReadFunction.DATA, address, data, preamble=preamble)


def read_follow_up(address: str, identifier: str, sequence: int, *, preamble: int = 4) -> bytes:
    """Ask for the next piece of an answer that said that more follows.

    Args:
        address: Of the meter.
        identifier: As it was asked for.
        sequence: 1 for the first piece behind the answer itself, at most 255.
        preamble: Number of FE in front.

    Raises:
        ValueError: No such address, identifier or sequence number.
    """
    if not 1 <= sequence <= _LAST_SEQUENCE:
        raise ValueError(f"sequence number {sequence}; expected 1 to {_LAST_SEQUENCE}")
    data = travelling(identifier) + bytes([sequence])
    return encode_request(ReadFunction.FOLLOW_UP, address, data, preamble=preamble)


def read_address(address: str = WILDCARD, *, preamble: int = 4) -> bytes:
    """Ask the one meter on the line for its address.

    Raises:
        ValueError: No such address.
    """
    return encode_request(ReadFunction.ADDRESS, address, preamble=preamble)
