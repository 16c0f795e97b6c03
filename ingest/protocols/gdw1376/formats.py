"""Data formats of Q/GDW 1376.1, appendix A: BCD numbers and times, low byte first.

Widths and decimals are from memory of the standard, each found again in at least two public
implementations, except A.08 and A.22 (one). Numbers with a sign carry it in the top bit of the
high byte. All bytes EE say that there is no value (无效); terminals also pass on the FF of meters.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from ingest.protocols.decoded import FrameError, Value


class Number(NamedTuple):
    """A BCD number: its bytes, its decimals, and whether its top bit is a sign."""

    width: int
    decimals: int
    is_signed: bool = False


NUMBERS = {
    "A.05": Number(2, 1, is_signed=True),
    "A.07": Number(2, 1),
    "A.08": Number(2, 0),
    "A.09": Number(3, 4, is_signed=True),
    "A.11": Number(4, 2),
    "A.13": Number(4, 4),
    "A.14": Number(5, 4),
    "A.22": Number(1, 1),
    "A.23": Number(3, 4),
    "A.25": Number(3, 3, is_signed=True),
}
TIMES = {"A.01": 6, "A.15": 5, "A.16": 4, "A.17": 4, "A.20": 3, "A.21": 2}
"""Bytes of a time: A.01 clock, A.15 to the minute, A.16 without month and year, A.17 without year,
A.20 day, A.21 month."""
BINARIES = {"BIN.1": 1, "BIN.2": 2, "BS8": 1}
"""Bytes of what is no BCD: whole numbers, and BS8, eight bits as text, D7 first."""

_CENTURY = 2000


def width(name: str) -> int:
    """Bytes of a format."""
    return NUMBERS[name].width if name in NUMBERS else (TIMES | BINARIES)[name]


def read(name: str, data: bytes, offset: int) -> Value:
    """One value in a format; null where all bytes are EE or FF.

    Args:
        name: Of the format, such as ``A.14``.
        data: Its bytes, and no others.
        offset: Of the first one in the frame, for errors.

    Returns:
        A Decimal; of a binary number an int, of bits their text; for a time what it says and no
        more: ``datetime`` (A.01, A.15), ``date`` (A.20, and A.21 as the first of the month), or
        text (A.16 ``DD hh:mm:ss``, A.17 ``MM-DD hh:mm``).
        Local times, without a zone. A time of zeros never was: null.
    """
    if len(data) < width(name):
        reason = f"the data end after {len(data)} bytes of a {name} of {width(name)}"
        raise FrameError(reason, offset + len(data))
    if data in (b"\xee" * len(data), b"\xff" * len(data)):
        return None
    if name in BINARIES:
        number = int.from_bytes(data, "little")
        return f"{number:08b}" if name == "BS8" else number
    return _number(name, data, offset) if name in NUMBERS else _time(name, data, offset)


def _number(name: str, data: bytes, offset: int) -> Decimal:
    form = NUMBERS[name]
    is_negative = form.is_signed and data[-1] & 0x80
    high = data[-1] & 0x7F if form.is_signed else data[-1]
    digits = f"{high:02x}{data[-2::-1].hex()}" if form.width > 1 else f"{high:02x}"
    if not digits.isdecimal():
        raise FrameError(f"{data.hex().upper()} is no {name}: not all digits are decimal", offset)
    return Decimal(-int(digits) if is_negative else int(digits)).scaleb(-form.decimals)


def _time(name: str, data: bytes, offset: int) -> Value:
    if not any(data):
        return None
    # Bits 7–5 of the month of a clock are the day of the week.
    plain = data[:4] + bytes((data[4] & 0x1F, data[5])) if name == "A.01" else data
    try:
        return _of_parts(name, [int(f"{byte:02x}") for byte in plain[::-1]])
    except ValueError as error:
        raise FrameError(f"{data.hex().upper()} is no time {name}: {error}", offset) from error


def _of_parts(name: str, parts: list[int]) -> Value:
    """A time from its two-digit parts, the longest first; what a format lacks is taken as 2000."""
    year, month, day, hour, minute, second = {
        "A.01": lambda: parts,
        "A.15": lambda: [*parts, 0],
        "A.16": lambda: [0, 1, *parts],
        "A.17": lambda: [0, *parts, 0],
        "A.20": lambda: [*parts, 0, 0, 0],
        "A.21": lambda: [*parts, 1, 0, 0, 0],
    }[name]()
    moment = datetime(_CENTURY + year, month, day, hour, minute, second)  # noqa: DTZ001 - local
    if name in ("A.20", "A.21"):
        return moment.date()
    if name == "A.16":
        return f"{moment:%d %H:%M:%S}"
    return f"{moment:%m-%d %H:%M}" if name == "A.17" else moment


def write(name: str, value: Value) -> bytes:
    """A value in a format, as :func:`read` gives it; null as EE.

    Raises:
        ValueError: The value has more digits than the format, or a sign that it cannot carry.
    """
    if value is None:
        return b"\xee" * width(name)
    if name in NUMBERS:
        return _written_number(name, Decimal(str(value)))
    return _written_binary(name, value) if name in BINARIES else _written_time(name, value)


def _written_binary(name: str, value: Value) -> bytes:
    number = int(value, 2) if isinstance(value, str) else value
    if not isinstance(number, int) or not 0 <= number < 256 ** BINARIES[name]:
        raise ValueError(f"{value!r} does not fit {name}")
    raw = number.to_bytes(BINARIES[name], "little")
    if raw in (b"\xee" * len(raw), b"\xff" * len(raw)):
        raise ValueError(f"{value!r} would say in {name} that there is no value")
    return raw


def _written_number(name: str, value: Decimal) -> bytes:
    form = NUMBERS[name]
    scaled = value.scaleb(form.decimals)
    if scaled != int(scaled) or (value < 0 and not form.is_signed):
        raise ValueError(f"{value} does not fit {name}: {form.decimals} decimals, or its sign")
    digits = f"{abs(int(scaled)):0{2 * form.width}d}"
    if len(digits) > 2 * form.width or (form.is_signed and digits[0] > "7"):
        raise ValueError(f"{value} has more digits than {name} holds")
    raw = bytearray(bytes.fromhex(digits)[::-1])
    if value < 0:
        raw[-1] |= 0x80
    return bytes(raw)


def _written_time(name: str, value: Value) -> bytes:
    pattern = {"A.01": "%y%m%d%H%M%S", "A.15": "%y%m%d%H%M", "A.20": "%y%m%d", "A.21": "%y%m"}
    if isinstance(value, str):
        text = value.translate({ord(sign): None for sign in "-: "})
    elif isinstance(value, date) and _CENTURY <= value.year < _CENTURY + 100:
        text = value.strftime(pattern[name])
    else:
        raise ValueError(f"{value!r} is no time {name}; expected one from 2000 to 2099")
    raw = bytearray(bytes.fromhex(text)[::-1])
    if len(raw) != width(name):
        raise ValueError(f"{value!r} is no time {name} of {width(name)} bytes")
    if name == "A.01" and isinstance(value, date):
        raw[4] |= value.isoweekday() << 5
    return bytes(raw)
