"""``fenggu decode``: what frames of meters and terminals say, for engineers in the field."""

import json
import math
import re
import struct
from datetime import date, time
from decimal import Decimal
from typing import Annotated

import typer

from ingest.protocols.decoded import Decoded, FrameError
from ingest.protocols.detect import decode_any
from ingest.protocols.dlt698.decode import decode_apdu

_HEXADECIMAL = re.compile(r"(?:\b0[xX](?=[0-9a-fA-F])|[0-9a-fA-F]|[\s,])*")
"""Digits, with blanks and commas between them and 0x before them."""
_PLAIN = json.JSONEncoder(ensure_ascii=False)
_NO_DIGITS = re.compile(r"\b0[xX]|[\s,]+")


def decode(
    *,
    apdu: Annotated[bool, typer.Option("--apdu", help="Bare APDUs of DL/T 698.45.")] = False,
) -> None:
    """Say what hex frames mean, one a line, as JSON: echo 68AA… | fenggu decode.

    DL/T 645, DL/T 698.45 and Q/GDW 376.1 are told apart. Exit code 1 if a line is no frame.
    """
    failed = False
    for line in typer.get_binary_stream("stdin"):
        answer = _answer(line.decode("utf-8-sig", "replace"), is_apdu=apdu)
        if answer is not None:
            failed = failed or "error" in answer
            typer.echo(_json(answer))
    if failed:
        raise typer.Exit(1)


def _answer(line: str, *, is_apdu: bool) -> dict[str, object] | None:
    """What to print of a line; null where it holds only a comment, or nothing."""
    text = line.partition("#")[0]
    try:
        frame = _bytes(text)
        if not frame:
            return None
        return _as_dict(decode_apdu(frame) if is_apdu else decode_any(frame))
    except FrameError as error:
        return {"error": str(error), "offset": error.offset}


def _bytes(text: str) -> bytes:
    """Bytes written in hexadecimal: with blanks, commas and 0x, or without.

    Raises:
        FrameError: A character is none of these, or a digit stands alone.
    """
    valid = _HEXADECIMAL.match(text)
    end = valid.end() if valid else 0
    digits = _NO_DIGITS.sub("", text[:end])
    if end < len(text):
        reason = f"'{text[end]}', character {end + 1} of the line, is no hexadecimal digit"
        raise FrameError(reason, len(digits) // 2)
    if len(digits) % 2:
        reason = f"{len(digits)} hexadecimal digits; expected two a byte"
        raise FrameError(reason, len(digits) // 2)
    return bytes.fromhex(digits)


def _as_dict(decoded: Decoded) -> dict[str, object]:
    return {
        "protocol": decoded.protocol,
        "direction": decoded.direction,
        "service": decoded.service,
        "address": decoded.address,
        "fields": [field._asdict() for field in decoded.fields],
        "checksums": dict(decoded.checksums),
    }


def _json(value: object) -> str:
    """JSON in which a decimal number stands digit for digit as it was in the frame."""
    if isinstance(value, dict):
        members = (f"{_json(key)}: {_json(one)}" for key, one in value.items())
        return f"{{{', '.join(members)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_json, value))}]"
    if isinstance(value, Decimal | float):
        return _number(value)
    if isinstance(value, bytes):
        return json.dumps(value.hex())
    if isinstance(value, date | time):
        return json.dumps(value.isoformat())
    return _PLAIN.encode(value)


def _number(value: Decimal | float) -> str:
    if not math.isfinite(value):
        return "null"
    return f"{value:f}" if isinstance(value, Decimal) else _shortest(value)


def _shortest(value: float) -> str:
    """A float in the fewest digits; one that came in four bytes needs only theirs."""
    try:
        four_bytes = struct.pack("f", value)
    except OverflowError:
        return repr(value)
    if struct.unpack("f", four_bytes) != (value,):
        return repr(value)
    shorter = (float(f"{value:.{digits}g}") for digits in range(1, 10))
    return repr(next(one for one in shorter if _same(one, four_bytes)))


def _same(value: float, four_bytes: bytes) -> bool:
    try:
        return struct.pack("f", value) == four_bytes
    except OverflowError:
        return False
