"""Answers of DL/T 645 too long for one frame: put together in order, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt645.decode import decode, decode_frame
from ingest.protocols.dlt645.follow_ups import join_follow_ups, split_answer
from ingest.protocols.dlt645.frame import Frame, parse_frame

BLOCK = bytes.fromhex("00FF0100") + bytes.fromhex("30360000 56020000 19000000 38000000 17330000")
METER = "000000000161"


def pieces(data: bytes = BLOCK, longest: int = 12) -> list[Frame]:
    return [parse_frame(each) for each in split_answer(METER, data, longest=longest)]


def test_an_answer_cut_into_frames_says_in_each_that_more_follows_but_in_the_last():
    first, second, third = pieces()
    assert [f.control for f in (first, second, third)] == [0xB1, 0xB2, 0x92]
    assert first.data == BLOCK[:12]
    assert second.data == BLOCK[:4] + BLOCK[12:19] + b"\x01"
    assert third.data == BLOCK[:4] + BLOCK[19:] + b"\x02"


def test_joined_pieces_decode_like_the_whole():
    [whole] = split_answer(METER, BLOCK)
    assert decode_frame(join_follow_ups(pieces())) == decode(whole)


def test_an_answer_in_one_frame_is_its_own_whole():
    [whole] = pieces(longest=200)
    assert whole.control == 0x91
    assert join_follow_ups([whole]) == whole


@given(st.binary(max_size=400), st.integers(6, 255))
def test_what_was_cut_is_joined_again(rest, longest):
    data = b"\x01\x00\x00\x06" + rest
    frames = pieces(data, longest)
    assert join_follow_ups(frames) == Frame(METER, 0x91, data)
    assert all(len(frame.data) <= longest for frame in frames)


def altered(place: int, **change) -> list[Frame]:
    frames = pieces()
    frames[place] = frames[place]._replace(**change)
    return frames


@pytest.mark.parametrize(
    ("frames", "said", "offset"),
    [
        ([], "no frame", 0),
        (pieces()[:1], "control B1 with 0 follow-ups; expected 91", 0),
        (pieces()[:2], "follow-up 1: control B2; expected 92", 12),
        (pieces()[1:], "control B2 with 1 follow-ups; expected B1", 0),
        ([pieces()[0], pieces()[2]], "follow-up 1: sequence number 2; expected 1", 12),
        ([*pieces()[:2], *pieces()[1:]], "follow-up 2: sequence number 1; expected 2", 19),
        (altered(2, address="000000000162"), "address 000000000162; expected 000000000161", 19),
        (altered(1, data=b"\x00\xff\x02\x00\x01"), "identifier 0002FF00; expected 0001FF00", 12),
        (altered(1, data=b"\x00\xff\x01\x00"), "4 data bytes; expected an identifier and", 12),
        (altered(0, data=b"\x00\xff"), "2 data bytes; expected an identifier", 0),
        (altered(2, control=0xD2), "follow-up 2: control D2; expected 92", 19),
    ],
)
def test_pieces_that_are_not_the_whole_are_refused(frames, said, offset):
    with pytest.raises(FrameError) as raised:
        join_follow_ups(frames)
    assert said in str(raised.value)
    assert raised.value.offset == offset


def test_more_follow_ups_than_sequence_numbers_cannot_be_asked_for():
    with pytest.raises(ValueError, match="996 follow-ups; sequence numbers end at 255"):
        split_answer(METER, bytes(1002), longest=6)
