"""Which points and which functions a data unit is about: DA and DT, both bitmaps in groups of 8.

DA1 marks points of the group DA2 (1 holds p1–p8); DT1 marks functions of the group DT2 (0 holds
F1–F8). Both bytes of DA 0: p0, the terminal itself.
"""

from ingest.protocols.decoded import FrameError

EVERY_POINT = 0xFFFF
"""DA ``FF 00``: every measuring point that there is; only asked, never answered."""
LAST_POINT, LAST_FUNCTION = 2040, 248


def read_points(data: bytes, offset: int) -> tuple[int, ...]:
    """Numbers pn of a DA, ascending.

    Args:
        data: DA1 and DA2.
        offset: Of DA1 in the frame, for errors.
    """
    bits, group = data
    if not group and bits in (0, 0xFF):
        return (EVERY_POINT,) if bits else (0,)
    if not group or not bits:
        raise FrameError(f"DA {bits:02X} {group:02X} names no point", offset)
    return tuple((group - 1) * 8 + bit + 1 for bit in range(8) if bits >> bit & 1)


def read_functions(data: bytes, offset: int) -> tuple[int, ...]:
    """Numbers Fn of a DT, ascending.

    Args:
        data: DT1 and DT2.
        offset: Of DT1 in the frame, for errors.
    """
    bits, group = data
    if not bits or group * 8 >= LAST_FUNCTION:
        raise FrameError(f"DT {bits:02X} {group:02X} names no function F1–F{LAST_FUNCTION}", offset)
    return tuple(group * 8 + bit + 1 for bit in range(8) if bits >> bit & 1)


def write_points(*points: int) -> bytes:
    """DA of points of one group of eight.

    Raises:
        ValueError: There is none, or they are of different groups.
    """
    if points == (0,):
        return b"\x00\x00"
    if points == (EVERY_POINT,):
        return b"\xff\x00"
    bits, group = _bitmap(points, LAST_POINT, "point p")
    return bytes((bits, group + 1))


def write_functions(*functions: int) -> bytes:
    """DT of functions of one group of eight.

    Raises:
        ValueError: There is none, or they are of different groups.
    """
    return bytes(_bitmap(functions, LAST_FUNCTION, "function F"))


def _bitmap(numbers: tuple[int, ...], last: int, what: str) -> tuple[int, int]:
    groups = {(number - 1) // 8 for number in numbers}
    if len(groups) != 1 or not all(1 <= number <= last for number in numbers):
        raise ValueError(f"{what}{numbers} are not of one group of eight between 1 and {last}")
    bits = 0
    for number in numbers:
        bits |= 1 << (number - 1) % 8
    return bits, groups.pop()
