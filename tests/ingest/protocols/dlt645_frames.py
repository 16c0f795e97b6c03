"""Frames of DL/T 645 for tests: written out by the rules of the link layer, and the real ones."""

import json
from pathlib import Path
from typing import Any


def framed(control: int, data: bytes, address: str = "000000000161") -> bytes:
    """A frame with a sum that holds, whatever its control byte: the codec itself builds few."""
    body = b"\x68" + bytes.fromhex(address)[::-1] + bytes([0x68, control, len(data)])
    body += bytes((byte + 0x33) % 256 for byte in data)
    return body + bytes([sum(body) % 256, 0x16])


def answer(identifier: str, data: bytes) -> bytes:
    """The answer to a request for data: identifier with its low byte first, then ``data``."""
    return framed(0x91, bytes.fromhex(identifier)[::-1] + data)


def verified(shared_data: Path, protocol: str = "DL/T 645") -> list[dict[str, Any]]:
    """Frames from the field whose checksum was verified when they were collected."""
    vectors = json.loads((shared_data / "protocol" / "vectors.json").read_text("utf-8"))
    found = [v for v in vectors if v["protocol"].startswith(protocol) and v["checksum_verified"]]
    assert len(found) >= 28
    return found
