"""DL/T 645 frames decoded a second, beside PyPI's dlt645 reading the same frames.

Run it: ``python -m tests.benchmarks.bench_dlt645``. One thread, processor time, the best of five
rounds, so that a busy machine does not change who wins.
"""

import sys
import time
from collections.abc import Callable, Sequence

from dlt645 import DLT645Protocol, MeterClientService

from ingest.protocols.dlt645.decode import decode
from ingest.protocols.dlt645.frame import find_frames, parse_frame
from tests.ingest.protocols.dlt645_frames import answer

ROUNDS, REPEATS = 5, 4000
VOLTAGE = [answer("02010100", bytes([number, 0x22])) for number in range(10)]
ENERGY = [answer("00010000", bytes([0x56, number, 0x12, 0x00])) for number in range(10)]
BLOCK = [answer("0001FF00", bytes([0x56, number, 0x12, 0x00]) * 5) for number in range(10)]


def run() -> list[tuple[str, str]]:
    """Name and figures of each comparison."""
    peer = MeterClientService(None)  # type: ignore[arg-type]
    peer.address = bytearray(VOLTAGE[0][1:7])

    def peer_values(frame_bytes: bytes) -> None:
        frame = DLT645Protocol.deserialize(frame_bytes)
        if frame is None or peer.handle_response(frame) is None:
            raise RuntimeError(f"dlt645 gave no value for {frame_bytes.hex()}")

    typical = [*VOLTAGE, *ENERGY]
    parsed, parsed_by_peer = _rate(parse_frame, typical), _rate(DLT645Protocol.deserialize, typical)
    decoded, decoded_by_peer = _rate(decode, typical), _rate(peer_values, typical)
    streamed = _rate(find_frames, [b"\xfe\xfe\xfe\xfe" + frame for frame in typical])
    return [
        ("DL/T 645 frames checked", _beside(parsed, parsed_by_peer)),
        ("DL/T 645 decoded, voltage and energy", _beside(decoded, decoded_by_peer)),
        ("DL/T 645 decoded, block of 5 energies", f"{_rate(decode, BLOCK):,.0f} frames/s"),
        ("DL/T 645 found in a stream", f"{streamed:,.0f} frames/s"),
    ]


def _beside(rate: float, peer: float) -> str:
    return f"{rate:,.0f} frames/s, dlt645 {peer:,.0f}/s ({rate / peer:.1f} times)"


def _rate(read: Callable[[bytes], object], frames: Sequence[bytes]) -> float:
    """Frames a second of processor time."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        for _ in range(REPEATS // len(frames)):
            for frame_bytes in frames:
                read(frame_bytes)
        best = min(best, time.process_time() - started)
    return REPEATS // len(frames) * len(frames) / best


if __name__ == "__main__":
    for line in run():
        sys.stdout.write(": ".join(line) + "\n")
