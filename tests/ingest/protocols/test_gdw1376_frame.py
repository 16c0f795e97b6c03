"""Link frames of Q/GDW 1376.1: what is one, what is not, and how they are found in a stream."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.protocols.decoded import FrameError
from ingest.protocols.gdw1376.application import parse_application
from ingest.protocols.gdw1376.decode import decode
from ingest.protocols.gdw1376.frame import find_frames, parse_frame
from ingest.protocols.gdw1376.identifiers import (
    EVERY_POINT,
    read_functions,
    read_points,
    write_functions,
    write_points,
)

LOGIN = bytes.fromhex("683200320068C900100100000270000001004D16")


@pytest.fixture(scope="module")
def vectors(shared_data):
    every = json.loads((shared_data / "protocol" / "vectors.json").read_text("utf-8"))
    return [one for one in every if one["protocol"] == "Q/GDW 376.1"]


@pytest.fixture(scope="module")
def frames(vectors):
    return [bytes.fromhex(one["hex"]) for one in vectors if one["checksum_verified"]]


def refused_at(frame):
    """Offset of the refusal; null where the frame is decoded."""
    try:
        decode(frame)
    except FrameError as error:
        return error.offset
    return None


def with_checksum(body: bytes) -> bytes:
    """A frame around C … data, its lengths and checksum right."""
    length = (len(body) << 2 | 2).to_bytes(2, "little")
    return b"\x68" + length * 2 + b"\x68" + body + bytes((sum(body) & 0xFF, 0x16))


def test_every_frame_seen_in_the_field_says_what_is_stated_of_it(vectors):
    verified = [one for one in vectors if one["checksum_verified"]]
    assert len(verified) == 8
    for vector in verified:
        frame, stated = parse_frame(bytes.fromhex(vector["hex"])), vector["decoded"]
        assert len(frame.data) + 8 == stated["L"]
        assert frame.control == int(stated["C"], 16)
        assert frame.is_uplink == bool(stated["DIR"])
        assert frame.is_initiated == bool(stated["PRM"])
        assert frame.link_function == stated["func"]
        assert (frame.region, frame.terminal) == (stated["region_A1(BCD)"], stated["terminal_A2"])
        assert frame.master << 1 | frame.is_group == stated["A3_MSA"]  # the file gives A3 whole
        assert (frame.afn, frame.sequence) == (int(stated["AFN"], 16), int(stated["SEQ"], 16))
        assert frame.data[:4] == bytes.fromhex(stated["DA"] + stated["DT"])
        assert frame.data[4:].hex() == stated["data"]
        unit = parse_application(frame).units[0]
        assert [f"p{unit.point}"] == stated["Pn"]
        assert [f"F{unit.function}"] == stated["Fn"]
        assert decode(bytes.fromhex(vector["hex"])).checksums == {"CS": True}


def test_the_frame_with_the_wrong_checksum_is_refused_and_both_sums_are_told(vectors):
    [damaged] = [one for one in vectors if not one["checksum_verified"]]
    frame = bytes.fromhex(damaged["hex"])
    with pytest.raises(FrameError, match="CS is B2; the bytes add up to C6") as caught:
        decode(frame)
    assert caught.value.offset == len(frame) - 2


def test_no_truncation_and_no_single_flipped_bit_passes(frames):
    for frame in frames:
        for end in range(len(frame)):
            with pytest.raises(FrameError):
                parse_frame(frame[:end])
        for bit in range(8 * len(frame)):
            flipped = bytearray(frame)
            flipped[bit // 8] ^= 1 << bit % 8
            with pytest.raises(FrameError) as caught:
                decode(bytes(flipped))
            assert 0 <= caught.value.offset < len(frame)


@pytest.mark.parametrize(
    ("change", "reason", "offset"),
    [
        ({0: 0x10}, "begins with 10; expected 68", 0),
        ({1: 0x31, 3: 0x31}, "protocol identifier 1, Q/GDW 130", 1),
        ({1: 0x1E, 2: 0, 3: 0x1E, 4: 0}, "L counts 7 bytes", 1),
        ({3: 0x36}, "L is 3200 and then 3600", 3),
        ({5: 0x00}, "00 stands after the lengths", 5),
        ({1: 0x36, 3: 0x36}, "ends after 20 bytes; L says 21", 20),
        ({1: 0x2E, 3: 0x2E}, "goes on after the 19 bytes", 19),
        ({19: 0x17}, "ends with 17; expected 16", 19),
    ],
)
def test_a_refusal_says_what_stood_there_and_where(change, reason, offset):
    frame = bytearray(LOGIN)
    for place, byte in change.items():
        frame[place] = byte
    with pytest.raises(FrameError, match=reason) as caught:
        parse_frame(bytes(frame))
    assert caught.value.offset == offset


def test_a_region_that_is_not_decimal_is_no_region():
    with pytest.raises(FrameError, match="A1 is 1A00") as caught:
        parse_frame(with_checksum(bytes.fromhex("C9001A010000027000000100")))
    assert caught.value.offset == 7


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_no_bytes_bring_anything_but_a_frame_error(data):
    for candidate in (data, with_checksum(b"\x88" + data), with_checksum(b"\x4b" + data)):
        offset = refused_at(candidate)
        assert offset is None or 0 <= offset <= len(candidate)


@settings(deadline=None)
@given(
    st.sampled_from([0x88, 0xA8, 0x4B, 0xC9]),
    st.sampled_from([0, 2, 0x0A, 0x0C, 0x0D, 0x0E, 0x10]),
    st.sampled_from([0x60, 0xE0]),
    st.sampled_from(["0000", "0101", "0301", "FF00"]),
    st.sampled_from(["0100", "0104", "0103", "0110", "0114", "010A", "030A", "0112", "0400"]),
    st.binary(max_size=80),
)
def test_hostile_data_of_every_function_bring_nothing_but_a_frame_error(  # noqa: PLR0917
    control, afn, sequence, points, functions, data
):
    head = bytes((control, 0, 0x10, 1, 0, 2, afn, sequence))
    frame = with_checksum(head + bytes.fromhex(points + functions) + data)
    offset = refused_at(frame)
    assert offset is None or 14 <= offset <= len(frame)


@settings(deadline=None)
@given(st.data())
def test_the_frames_of_a_stream_do_not_depend_on_where_it_was_cut(data):
    noise = st.binary(max_size=8)
    parts = data.draw(st.lists(st.one_of(noise, st.just(LOGIN)), max_size=6))
    stream = b"".join(parts)
    whole, _ = find_frames(stream)
    cut = data.draw(st.integers(0, len(stream)))
    first, done = find_frames(stream[:cut])
    second, _ = find_frames(stream[done:])
    assert first + second == whole


def test_frames_between_noise_are_found_and_a_begun_one_is_kept():
    stream = b"\x68\x16" + LOGIN + b"\xfe\x68\x00" + LOGIN + LOGIN[:9]
    found, done = find_frames(stream)
    assert found == [parse_frame(LOGIN)] * 2
    assert stream[done:] == LOGIN[:9]


def test_once_the_line_is_silent_a_false_beginning_no_longer_holds_up_what_follows():
    stream = bytes.fromhex("68FE03FE0368") + LOGIN  # looks like a frame of 263 bytes
    assert find_frames(stream) == ([], 0)
    assert find_frames(stream, ended=True) == ([parse_frame(LOGIN)], len(stream))


def test_points_and_functions_are_bitmaps_in_groups_of_eight():
    assert write_points(0) == b"\x00\x00"
    assert write_points(2) == bytes.fromhex("0201")
    assert write_points(9, 16) == bytes.fromhex("8102")
    assert write_points(1829) == bytes.fromhex("10E5")
    assert write_functions(81) == bytes.fromhex("010A")
    assert write_functions(161) == bytes.fromhex("0114")
    assert read_points(bytes.fromhex("FF00"), 0) == (EVERY_POINT,)
    assert read_functions(bytes.fromhex("071E"), 0) == (241, 242, 243)


@settings(deadline=None)
@given(st.integers(1, 255), st.integers(0, 30), st.sets(st.integers(0, 7), min_size=1))
def test_points_and_functions_come_back_as_they_went(group, functions_group, bits):
    points = tuple(sorted((group - 1) * 8 + bit + 1 for bit in bits))
    assert read_points(write_points(*points), 0) == points
    functions = tuple(sorted(functions_group * 8 + bit + 1 for bit in bits))
    assert read_functions(write_functions(*functions), 0) == functions


@pytest.mark.parametrize("wrong", ["0001", "0100", "7F00"])
def test_a_point_of_no_group_or_no_bit_is_refused(wrong):
    with pytest.raises(FrameError, match="names no point"):
        read_points(bytes.fromhex(wrong), 14)


@pytest.mark.parametrize("wrong", ["0000", "011F", "00FF"])
def test_a_function_beyond_f248_or_none_is_refused(wrong):
    with pytest.raises(FrameError, match="names no function"):
        read_functions(bytes.fromhex(wrong), 16)


@pytest.mark.parametrize("points", [(8, 9), (), (2041,), (-1,)])
def test_points_of_two_groups_do_not_fit_one_identifier(points):
    with pytest.raises(ValueError, match="one group of eight"):
        write_points(*points)
