"""What a frame says, whatever protocol it came in."""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import NamedTuple, TypeAlias

Value: TypeAlias = Decimal | int | float | bool | str | bytes | datetime | date | time | None
"""Null: the meter says that it has no such value; missing is never zero."""


class FrameError(ValueError):
    """Bytes that are no valid frame.

    Attributes:
        offset: The byte at which it was noticed, counted from 0 at the first byte given.
    """

    def __init__(self, reason: str, offset: int) -> None:
        """Say what was expected, and where it was not found."""
        super().__init__(reason)
        self.offset = offset


class Field(NamedTuple):
    """One value of a frame.

    Attributes:
        identifier: The protocol's own name of it, hexadecimal: DI (``02010100``), OAD
            (``00100200``), AFN and Fn (``0D.F161``); a part of a block has its number behind a
            point (``00100200.1``).
        name: English words, such as ``forward active energy, total``.
        value: In ``unit``; Decimal where the protocol scales it.
        unit: ``kWh``, ``V`` …; empty where there is none.
    """

    identifier: str
    name: str
    value: Value
    unit: str = ""


class Decoded(NamedTuple):
    """One frame, decoded.

    Attributes:
        protocol: ``DL/T 645-2007``, ``DL/T 698.45``, ``Q/GDW 376.1`` …
        direction: ``downlink`` (下行, from the master) or ``uplink`` (上行, from the meter).
        service: What is asked or answered, by the protocol's own word.
        address: Of the meter or terminal, most significant digit first; None: it has none.
        fields: In the order of the frame.
        checksums: Whether each holds, by name (``CS``, ``HCS``, ``FCS``).
    """

    protocol: str
    direction: str
    service: str
    address: str | None
    fields: tuple[Field, ...]
    checksums: Mapping[str, bool]
