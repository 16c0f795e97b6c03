"""Which protocol a frame is of, told by its structure alone, over every frame from the field."""

import json
from operator import itemgetter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.protocols.decoded import FrameError
from ingest.protocols.detect import decode_any
from ingest.protocols.dlt698.decode import decode_apdu

FAMILY = {
    "DL/T 645-2007": "DL/T 645",
    "DL/T 645-1997": "DL/T 645",
    "DL/T 698.45": "DL/T 698.45",
    "Q/GDW 376.1": "Q/GDW 376.1",
}
METER = bytes.fromhex("6861100130121568910833333433AB3933334916")


@pytest.fixture(scope="module")
def vectors(shared_data):
    return json.loads((shared_data / "protocol" / "vectors.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def framed(vectors):
    """Every framed message whose checksums hold, with its protocol."""
    return [
        (one["protocol"], bytes.fromhex(one["hex"]))
        for one in vectors
        if one["kind"] == "frame" and one["protocol"] in FAMILY and one["checksum_verified"]
    ]


def test_every_frame_from_the_field_is_told_apart_and_its_address_and_direction_are_right(vectors):
    told = 0
    for vector in vectors:
        stated = vector["decoded"]
        if vector["kind"] == "apdu":
            assert decode_apdu(bytes.fromhex(vector["hex"])).protocol == "DL/T 698.45"
            told += 1
        elif vector["protocol"] in FAMILY and vector["checksum_verified"]:
            decoded = decode_any(bytes.fromhex(vector["hex"]))
            assert decoded.protocol == vector["protocol"]
            assert all(decoded.checksums.values())
            if decoded.protocol == "DL/T 698.45":
                assert decoded.address == stated["SA"]
            elif decoded.protocol == "Q/GDW 376.1":
                terminal = f"{stated['terminal_A2']:05d}"
                assert decoded.address == stated["region_A1(BCD)"] + terminal
            is_uplink = stated.get("DIR", decoded.direction == "uplink")
            assert decoded.direction == ("uplink" if is_uplink else "downlink")
            told += 1
    assert told == 98


def test_dlms_is_refused_by_name(vectors):
    refused = [one for one in vectors if one["protocol"] == "DLMS/HDLC"]
    assert len(refused) == 3
    for vector in refused:
        with pytest.raises(FrameError, match="7E begins a frame of DLMS/COSEM over HDLC") as caught:
            decode_any(bytes.fromhex(vector["hex"]))
        assert caught.value.offset == 0


def test_the_frame_with_the_wrong_checksum_is_refused_as_one_of_its_own_protocol(vectors):
    [damaged] = [one for one in vectors if one["checksum_verified"] is False]
    with pytest.raises(FrameError, match=r"^Q/GDW 376\.1: CS is B2"):
        decode_any(bytes.fromhex(damaged["hex"]))


def test_no_truncation_and_no_single_flipped_bit_of_any_frame_gives_a_value(framed):
    short = [frame for _, frame in framed if len(frame) <= 64]
    assert len(short) > 60
    for frame in short:
        for end in range(len(frame)):
            with pytest.raises(FrameError):
                decode_any(frame[:end])
        first, last = frame.index(0x68), len(frame) - 1
        for bit in range(8 * first, 8 * (last + 1)):
            flipped = bytearray(frame)
            flipped[bit // 8] ^= 1 << bit % 8
            with pytest.raises(FrameError) as caught:
                decode_any(bytes(flipped))
            assert 0 <= caught.value.offset <= len(frame)


def test_a_damaged_last_checksum_is_told_of_the_protocol_that_the_frame_is_of(framed):
    for protocol, frame in framed:
        flipped = frame[:-2] + bytes((frame[-2] ^ 1,)) + frame[-1:]
        with pytest.raises(FrameError, match=f"^{FAMILY[protocol]}"):
            decode_any(flipped)


def test_a_frame_cut_after_its_second_68_is_told_of_its_protocol(framed):
    for protocol, frame in framed:
        if protocol != "DL/T 698.45":
            with pytest.raises(FrameError, match=f"^{FAMILY[protocol]}"):
                decode_any(frame[:-1])


def test_a_preamble_is_passed_over_and_counts_in_the_offset():
    assert decode_any(b"\xfe" * 4 + METER) == decode_any(METER)
    with pytest.raises(FrameError) as bare:
        decode_any(METER[:-1])
    with pytest.raises(FrameError) as led:
        decode_any(b"\xfe" * 4 + METER[:-1])
    assert led.value.offset == bare.value.offset + 4


@pytest.mark.parametrize(
    ("hexadecimal", "reason", "offset"),
    [
        ("", "there is no frame", 0),
        ("FEFEFEFE", "there is no frame", 4),
        ("FE10", "begins with 10; expected 68", 1),
        ("0501004001020000", "begins with 05; expected 68", 0),
    ],
)
def test_what_begins_like_no_frame_is_said_so(hexadecimal, reason, offset):
    with pytest.raises(FrameError, match=reason) as caught:
        decode_any(bytes.fromhex(hexadecimal))
    assert caught.value.offset == offset


@settings(deadline=None)
@given(st.data())
def test_frames_damaged_anyhow_bring_nothing_but_a_frame_error(framed, data):
    _, frame = data.draw(st.sampled_from(sorted(set(framed), key=itemgetter(1))))
    noise = data.draw(st.binary(max_size=4))
    start = data.draw(st.integers(0, len(frame)))
    damaged = frame[:start] + noise + frame[start + data.draw(st.integers(0, 4)) :]
    try:
        assert decode_any(damaged).fields is not None
    except FrameError as error:
        assert str(error)  # noqa: PT017 - no other exception may come


@settings(deadline=None)
@given(st.binary(max_size=40))
def test_no_bytes_bring_anything_but_a_frame_error(data):
    for body in (data, b"\x68" + data):
        with pytest.raises(FrameError):
            decode_any(body)
