"""Frames in a stream of bytes, however it is cut up and whatever lies between them."""

import asyncio
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.collection.sessions.collected import backoff_seconds
from ingest.collection.sessions.limits import Limits
from ingest.collection.sessions.stream import DLT645, DLT698, GDW1376, FramedStream, Framing
from ingest.protocols.dlt645.requests import read_data
from ingest.protocols.dlt698.requests import get, get_list, request_frame
from ingest.protocols.gdw1376.encoding import Terminal
from ingest.protocols.gdw1376.requests import read_now

FRAMES = {
    "dlt645": (DLT645, [read_data(f"0000000000{n:02d}", "04000101") for n in (12, 68, 16)]),
    "dlt698": (
        DLT698,
        [request_frame(get("40000200", n), "686868161668") for n in (0, 22, 40)],
    ),
    "gdw1376": (GDW1376, [read_now(Terminal("6868", 0x6868), n, [(0, 2)]) for n in (1, 6, 8)]),
}


def stream_of(framing: Framing, pieces: list[bytes], limits: Limits) -> FramedStream:
    reader = asyncio.StreamReader()
    for piece in pieces:
        reader.feed_data(piece)
    return FramedStream(reader, None, framing, limits=limits)  # type: ignore[arg-type]


async def all_of(stream: FramedStream, count: int) -> list[bytes]:
    deadline = asyncio.get_running_loop().time() + 1
    return [(await stream.receive(deadline)).octets for _ in range(count)]


@pytest.mark.parametrize("protocol", FRAMES)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_every_frame_comes_with_its_own_bytes_however_the_stream_is_cut(protocol, data):
    framing, frames = FRAMES[protocol]
    bare = [frame.lstrip(b"\xfe") for frame in frames]
    # A stray 68 may begin nothing: what waits for the rest of it is told by a silence.
    noise = st.binary(max_size=6).map(lambda octets: octets.replace(b"\x68", b"\x00"))
    parts = [part for frame in frames for part in (data.draw(noise), frame)]
    whole = b"".join(parts)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(whole) - 1), max_size=8)))
    pieces = [whole[a:b] for a, b in pairwise([0, *cuts, len(whole)])]

    async def run():
        stream = stream_of(framing, [], Limits(silence_seconds=0.01))
        for piece in pieces:
            stream._reader.feed_data(piece)  # noqa: SLF001
            await asyncio.sleep(0)
        found = await all_of(stream, len(bare))
        return found, stream.stray_bytes

    found, strays = asyncio.run(run())
    assert found == bare
    expected = sum(len(part.strip(b"\xfe\xff")) for part in parts[::2])
    assert strays <= sum(map(len, parts[::2]))
    assert strays >= expected - 12  # FE and FF at the ends of a stretch are no strays


LONG_BEGUN = {
    "dlt645": bytes.fromhex("681200000000006891FF3333"),  # 255 bytes of data are to come
    "dlt698": request_frame(get_list(["40000200"] * 60), "000000000003")[:20],
    "gdw1376": read_now(Terminal("4401", 3), 1, [(n, 129) for n in range(1, 40)])[:20],
}


@pytest.mark.parametrize("protocol", FRAMES)
def test_a_frame_broken_off_does_not_swallow_the_next_for_longer_than_a_silence(protocol):
    framing, (_, second, _) = FRAMES[protocol]
    begun, second = LONG_BEGUN[protocol], second.lstrip(b"\xfe")

    async def run():
        stream = stream_of(framing, [begun, second], Limits(silence_seconds=0.05))
        loop = asyncio.get_running_loop()
        begin = loop.time()
        return await all_of(stream, 1), loop.time() - begin, stream.stray_bytes

    found, took, strays = asyncio.run(run())
    assert found == [second]
    assert strays == len(begun)
    assert 0.04 < took < 0.5


def test_a_stream_that_ends_within_a_frame_is_a_lost_connection():
    async def run():
        stream = stream_of(DLT698, [FRAMES["dlt698"][1][0][:-4]], Limits())
        stream._reader.feed_eof()  # noqa: SLF001
        with pytest.raises(ConnectionError, match="closed"):
            await all_of(stream, 1)

    asyncio.run(run())


def test_bytes_that_become_no_frame_are_not_gathered_without_end():
    # Both lengths say 16,383: the header is good, and the rest never comes.
    head = b"\x68\xfe\xff\xfe\xff\x68"

    async def run():
        stream = stream_of(GDW1376, [head + b"\x00" * 2000], Limits(buffer_bytes=1000))
        with pytest.raises(ConnectionError, match="no frame"):
            await all_of(stream, 1)

    asyncio.run(run())


@given(st.integers(1, 200), st.integers(0, 2**32))
def test_the_wait_between_attempts_doubles_up_to_a_bound_and_is_never_less_than_half(attempt, seed):
    limits = Limits(backoff_seconds=1.0, longest_backoff_seconds=60.0)
    whole = min(2 ** (attempt - 1), 60)
    assert whole / 2 <= backoff_seconds(attempt, limits, Random(seed)) <= whole  # noqa: S311


@pytest.mark.parametrize(
    "bound",
    [
        {"attempts": 0},
        {"records_per_question": 100},
        {"meters_per_question": 0},
        {"rows_per_question": 0},
    ],
)
def test_bounds_that_would_ask_for_nothing_are_refused(bound):
    [name] = bound
    with pytest.raises(ValueError, match=name):
        Limits(**bound)
