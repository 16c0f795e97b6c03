"""PyPI dlt698 1.0.1 (Apache-2.0) as second opinion on frames, messages and values."""

from typing import Any

import pytest
from dlt698 import codec
from dlt698.common.errors import ProtocolError
from hypothesis import given, settings

from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt698.apdu import parse_apdu
from ingest.protocols.dlt698.crc import fcs16
from ingest.protocols.dlt698.data import parse_data
from ingest.protocols.dlt698.link import LinkFrame, encode_frame, parse_frame
from ingest.protocols.dlt698.messages import Records, Results, Unparsed
from ingest.protocols.dlt698.values import Tag
from ingest.protocols.dlt698.writing import write_data
from tests.ingest.protocols.dlt698_drawn import FLAT_DATA
from tests.ingest.protocols.dlt698_vectors import METER, apdus, frames
from tests.ingest.protocols.test_dlt698_apdu import FURTHER
from tests.ingest.protocols.test_dlt698_link import SCRAMBLED


def test_both_take_frames_apart_alike(shared_data):
    for vector in frames(shared_data):
        octets = bytes.fromhex(vector["hex"])
        ours, theirs = parse_frame(octets), codec.decode_frame(octets)
        assert ours.data == theirs.payload
        assert (ours.control, ours.client) == (theirs.control, theirs.client)
        assert bytes.fromhex(ours.address)[::-1] == theirs.server.bytes
        assert (ours.logical, ours.address_kind) == (theirs.server.logical, int(theirs.server.type))
        assert encode_frame(ours) == codec.encode_frame(theirs)


def test_both_compute_the_same_check(shared_data):
    for vector in frames(shared_data):
        octets = bytes.fromhex(vector["hex"])
        assert fcs16(octets) == codec.crc16(octets).to_bytes(2, "little")


def test_both_scramble_alike():
    frame = codec.decode_frame(SCRAMBLED)
    ours = parse_frame(SCRAMBLED)
    assert ours.data == frame.payload
    plain = parse_frame(METER)
    sent = encode_frame(plain._replace(control=0xCB))
    assert codec.decode_frame(sent).payload == plain.data
    assert codec.encode_frame(codec.decode_frame(sent)) == sent


def test_both_pad_no_frame_the_other_cannot_read():
    sent = encode_frame(LinkFrame(0x43, "123", 1, bytes.fromhex("0501002000020000")))
    assert codec.decode_frame(sent).payload.hex() == "0501002000020000"


def test_both_read_the_same_messages(shared_data):
    known = [octets for octets, _ in apdus(shared_data)]
    known += [bytes.fromhex(text) for text in FURTHER]
    for octets in known:
        decode: Any
        encode: Any
        decode, encode = (
            (codec.decode_security, codec.encode_security)
            if octets[0] in (0x10, 0x90)
            else (codec.decode_apdu, codec.encode_apdu)
        )
        assert encode(decode(octets)) == octets
        if not isinstance(parse_apdu(octets).body, Unparsed):
            with pytest.raises((ProtocolError, ValueError)):
                decode(octets[:-1])


def test_both_find_the_same_values_in_answers(shared_data):
    compared = 0
    for octets, _ in apdus(shared_data):
        ours = parse_apdu(octets).body
        if octets[0] != 0x85:
            continue
        theirs: Any = codec.decode_apdu(octets)
        if isinstance(ours, Results):
            pairs = zip(ours.results, theirs.attributes, strict=True)
            for mine, other in pairs:
                assert mine.oad == oad_text(other.attribute)
                assert mine.data is not None
                assert (mine.data.tag, values_of(mine.data)) == (
                    int(other.result.type),
                    their_values(other.result),
                )
                compared += 1
        elif isinstance(ours, Records):
            for mine, other in zip(ours.records, theirs.records, strict=True):
                assert list(mine.columns) == [oad_text(column) for column in other.columns]
                rows = [[values_of(cell) for cell in row] for row in mine.rows or ()]
                assert rows == [[their_values(cell) for cell in row] for row in other.result]
                compared += len(rows)
    assert compared == 18


def oad_text(oad: Any) -> str:
    return f"{oad.oi:04X}{oad.attribute:02X}{oad.index:02X}"


def values_of(data: Any) -> Any:
    if data.tag in (Tag.ARRAY, Tag.STRUCTURE):
        return [values_of(part) for part in data.value]
    return write_data(data) if data.tag >= Tag.DATE_TIME else data.value


def their_values(data: Any) -> Any:
    if int(data.type) in (Tag.ARRAY, Tag.STRUCTURE):
        return [their_values(part) for part in data.value]
    if int(data.type) >= Tag.DATE_TIME:
        return codec.encode_data(data)
    return getattr(data.value, "value", data.value)


STRICTER = {Tag.TSA, Tag.VISIBLE, Tag.BIT_STRING, Tag.UTF8, Tag.DATE, Tag.TIME, Tag.DATE_TIME,
            Tag.DATE_TIME_S, Tag.OAD, Tag.ROAD, Tag.OMD, Tag.RCSD, Tag.CSD, Tag.TI, Tag.COMDCB,
            Tag.FLOAT32, Tag.FLOAT64, Tag.SCALER_UNIT, Tag.OI}  # fmt: skip
"""Types of which dlt698 refuses some values that we pass on (such as a month 13)."""


@settings(max_examples=200)
@given(FLAT_DATA)
def test_both_write_the_same_octets(data):
    octets = write_data(data)
    try:
        theirs = codec.decode_data(octets)
    except ProtocolError:
        assert data.tag in STRICTER
    else:
        assert codec.encode_data(theirs) == octets


@pytest.mark.parametrize("text", ["0302", "0C01FF", "1080", "FF00"])
def test_both_refuse_what_is_no_value(text):
    with pytest.raises(ProtocolError):
        codec.decode_data(bytes.fromhex(text))
    with pytest.raises(FrameError):
        parse_data(bytes.fromhex(text))
