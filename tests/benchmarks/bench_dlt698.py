"""DL/T 698.45 frames decoded a second, beside PyPI's dlt698 (C++) reading the same frames.

Run it: ``python -m tests.benchmarks.bench_dlt698``. One thread, processor time, the best of five
rounds, so that a busy machine does not change who wins.
"""

import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from dlt698 import codec

from ingest.protocols.dlt698.answers import answer_frame, got, got_record
from ingest.protocols.dlt698.apdu import parse_apdu
from ingest.protocols.dlt698.decode import decode
from ingest.protocols.dlt698.link import find_frames, parse_frame
from ingest.protocols.dlt698.messages import Record, Result
from ingest.protocols.dlt698.moments import DateTimeS
from ingest.protocols.dlt698.values import Data, Tag

ROUNDS, REPEATS, ROWS = 5, 4000, 96
_MIDNIGHT = datetime(2026, 1, 20)  # noqa: DTZ001 - the meter's own clock


def _energies(number: int) -> bytes:
    parts = tuple(Data(Tag.UINT32, 123456 + number * part) for part in range(5))
    return answer_frame(got(Result("00100200", Data(Tag.ARRAY, parts)), number), "000000000001")


def _total(number: int) -> bytes:
    total = Data(Tag.UINT32, 123456 + number)
    return answer_frame(got(Result("00100201", total), number), "000000000001")


def _curve(number: int) -> bytes:
    rows = tuple(
        (
            Data(Tag.DATE_TIME_S, DateTimeS.of(_MIDNIGHT + timedelta(minutes=15 * slot))),
            Data(Tag.UINT32, 123456 + number + slot),
        )
        for slot in range(ROWS)
    )
    record = Record("50020200", ("20210200", "00100201"), rows)
    return answer_frame(got_record(record, number), "000000000001")


TOTAL = [_total(number) for number in range(10)]
ENERGY = [_energies(number) for number in range(10)]
CURVE = [_curve(number) for number in range(4)]


def run() -> list[tuple[str, str]]:
    """Name and figures of each comparison."""
    streamed = [b"\xfe\xfe\xfe\xfe" + frame for frame in ENERGY]
    return [
        ("DL/T 698.45 frames checked", _beside(parse_frame, codec.decode_frame, ENERGY)),
        ("DL/T 698.45 parsed, one energy", _beside(_ours, _theirs, TOTAL)),
        ("DL/T 698.45 parsed, block of 5 energies", _beside(_ours, _theirs, ENERGY)),
        ("DL/T 698.45 parsed, load curve of 96", _beside(_ours, _theirs, CURVE, ROWS, "rows")),
        ("DL/T 698.45 with names and units, one energy", f"{_rate(decode, TOTAL):,.0f} frames/s"),
        ("DL/T 698.45 found in a stream", f"{_rate(find_frames, streamed):,.0f} frames/s"),
    ]


def _ours(frame: bytes) -> None:
    parse_apdu(parse_frame(frame).data)


def _theirs(frame: bytes) -> None:
    codec.decode_apdu(codec.decode_frame(frame).payload)


def _beside(
    own: Callable, peer: Callable, frames: Sequence[bytes], each: int = 1, what: str = "frames"
) -> str:
    rate, peer_rate = (_rate(read, frames) * each for read in (own, peer))
    return f"{rate:,.0f} {what}/s, dlt698 {peer_rate:,.0f}/s ({rate / peer_rate:.2f} times)"


def _rate(read: Callable[[bytes], object], frames: Sequence[bytes]) -> float:
    """Frames a second of processor time."""
    repeats = max(1, REPEATS * 60 // sum(map(len, frames)))
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        for _ in range(repeats):
            for frame in frames:
                read(frame)
        best = min(best, time.process_time() - started)
    return repeats * len(frames) / best


if __name__ == "__main__":
    for line in run():
        sys.stdout.write(": ".join(line) + "\n")
