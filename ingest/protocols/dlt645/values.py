"""How DL/T 645-2007 writes values: BCD, low byte first, sign in the top bit, FF for nothing.

A negative number is its magnitude with the top bit of the high byte set, not two's complement:
a power factor of -0.501 is ``01 85``. Where every byte is FF, the meter has no such value.
"""

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Generic, NamedTuple, TypeVar

from ingest.protocols.decoded import FrameError

V = TypeVar("V", Decimal, str, datetime, date, time)


class Codec(NamedTuple, Generic[V]):
    """One way of writing a value.

    Attributes:
        width: Bytes.
        read: Bytes to value, None where the meter has none; FrameError with the offset within
            these bytes.
        write: Value to bytes; ValueError where the value does not fit. For the simulated field.
    """

    width: int
    read: Callable[[bytes], V | None]
    write: Callable[[V | None], bytes]


@cache
def number(width: int, decimals: int, *, signed: bool = False) -> Codec[Decimal]:
    """A decimal number of ``2 * width`` digits, ``decimals`` of them behind the point."""
    exponent = f"E-{decimals}"

    def read(raw: bytes) -> Decimal | None:
        digits = raw[::-1].hex()
        if digits.isdecimal() and (digits[0] < "8" or not signed):
            return Decimal(digits + exponent)
        if _is_absent(raw):
            return None
        top = int(digits[0], 16)
        magnitude = f"{top - 8}{digits[1:]}" if signed and top >= 8 else digits
        value = Decimal(_decimal(raw, magnitude) + exponent)
        return value.copy_negate() if value else value

    def write(value: Decimal | None) -> bytes:
        if value is None:
            return b"\xff" * width
        scaled = value.scaleb(decimals)
        limit = 10 ** (2 * width) // (10 if signed else 1) * (8 if signed else 1)
        if scaled != int(scaled) or abs(scaled) >= limit or (value < 0 and not signed):
            raise ValueError(
                f"{value} does not fit {2 * width} digits, {decimals} behind the point"
                + (", sign in the top bit" if signed else ", no sign")
            )
        raw = bytearray.fromhex(f"{abs(int(scaled)):0{2 * width}d}")
        raw[0] |= 0x80 * (value < 0)
        return bytes(raw[::-1])

    return Codec(width, read, write)


@cache
def digits(width: int) -> Codec[str]:
    """A number that is a name: leading zeros stay."""

    def read(raw: bytes) -> str | None:
        return None if _is_absent(raw) else _decimal(raw, raw[::-1].hex())

    def write(value: str | None) -> bytes:
        if value is None:
            return b"\xff" * width
        if len(value) != 2 * width or not (value.isascii() and value.isdecimal()):
            raise ValueError(f"{value!r} is not {2 * width} digits")
        return bytes.fromhex(value)[::-1]

    return Codec(width, read, write)


@cache
def text(width: int) -> Codec[str]:
    """ASCII, last character first, padded with NUL or spaces."""

    def read(raw: bytes) -> str | None:
        if _is_absent(raw):
            return None
        for place, byte in enumerate(raw):
            if byte and not 0x20 <= byte < 0x7F:
                raise FrameError(f"byte {byte:02X}; expected an ASCII character", place)
        return raw[::-1].decode("ascii").strip("\0 ")

    def write(value: str | None) -> bytes:
        if value is None:
            return b"\xff" * width
        if len(value) > width or not value.isascii():
            raise ValueError(f"{value!r} is not at most {width} ASCII characters")
        return value.encode("ascii").rjust(width, b"\0")[::-1]

    return Codec(width, read, write)


@cache
def flags(width: int, names: tuple[str, ...]) -> Codec[str]:
    """A word of bits: the names of those set, with commas between; an unnamed one by number."""

    def name(bit: int) -> str:
        return names[bit] if bit < len(names) and names[bit] else f"bit {bit}"

    bits = {name(bit): 1 << bit for bit in range(8 * width)}

    def read(raw: bytes) -> str | None:
        if _is_absent(raw):
            return None
        word = int.from_bytes(raw, "little")
        return ", ".join(named for named, bit in bits.items() if word & bit)

    def write(value: str | None) -> bytes:
        if value is None:
            return b"\xff" * width
        unknown = [named for named in value.split(", ") if named and named not in bits]
        if unknown:
            raise ValueError(f"no such bit: {unknown}; there are {list(bits)}")
        return sum(bits[named] for named in value.split(", ") if named).to_bytes(width, "little")

    return Codec(width, read, write)


def _read_moment(raw: bytes) -> datetime | None:
    return _made(raw, datetime, _calendar(raw), "YYMMDDhhmm") if _has_date(raw) else None


def _write_moment(value: datetime | None) -> bytes:
    return b"\xff" * 5 if value is None else bytes.fromhex(f"{value:%y%m%d%H%M}")[::-1]


def _read_second(raw: bytes) -> datetime | None:
    without_weekday = raw[:3] + raw[4:]  # ss mm hh WW DD MM YY
    if not _has_date(without_weekday):
        return None
    return _made(raw, datetime, _calendar(without_weekday), "YYMMDDWWhhmmss")


def _write_second(value: datetime | None) -> bytes:
    if value is None:
        return b"\xff" * 7
    return bytes.fromhex(f"{value:%y%m%d0%w%H%M%S}")[::-1]


def _read_day(raw: bytes) -> date | None:
    return _made(raw, date, _calendar(raw), "YYMMDD") if _has_date(raw) else None


def _write_day(value: date | None) -> bytes:
    return b"\xff" * 3 if value is None else bytes.fromhex(f"{value:%y%m%d}")[::-1]


def _read_time_of_day(raw: bytes) -> time | None:
    return None if _is_absent(raw) else _made(raw, time, _pairs(raw), "hhmmss")


def _write_time_of_day(value: time | None) -> bytes:
    return b"\xff" * 3 if value is None else bytes.fromhex(f"{value:%H%M%S}")[::-1]


MOMENT = Codec(5, _read_moment, _write_moment)
"""A minute by the meter's own clock, without a zone; all zero, like all FF: there was none."""

SECOND = Codec(7, _read_second, _write_second)
"""A second by the meter's own clock, its weekday not looked at."""

DAY = Codec(3, _read_day, _write_day)
TIME_OF_DAY = Codec(3, _read_time_of_day, _write_time_of_day)


def _is_absent(raw: bytes) -> bool:
    return raw.count(0xFF) == len(raw)


def _has_date(raw: bytes) -> bool:
    return any(raw) and not _is_absent(raw)


def _decimal(raw: bytes, shown: str) -> str:
    """``shown``, the digits of ``raw`` with the high byte first, if they are decimal."""
    if shown.isdecimal():
        return shown
    place = next(i for i in range(len(raw)) if not shown[-2 * i - 2 :][:2].isdecimal())
    raise FrameError(
        f"byte {raw[place]:02X} in {raw.hex(' ').upper()}; expected decimal digits, "
        "or FF throughout for no value",
        place,
    )


def _pairs(raw: bytes) -> tuple[int, ...]:
    """Two digits each, the last byte first."""
    shown = _decimal(raw, raw[::-1].hex())
    return tuple(int(shown[place : place + 2]) for place in range(0, len(shown), 2))


def _calendar(raw: bytes) -> tuple[int, ...]:
    year, *rest = _pairs(raw)
    return (2000 + year, *rest)


def _made(raw: bytes, kind: Callable[..., V], parts: tuple[int, ...], layout: str) -> V:
    try:
        return kind(*parts)
    except ValueError as error:
        shown = raw[::-1].hex().upper()
        raise FrameError(f"{shown}; expected {layout} that exists ({error})", 0) from None
