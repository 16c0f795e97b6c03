"""Load records of DL/T 645: classes told apart by their widths, absent ones by their AA alone."""

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt645.answers import load_record_data
from ingest.protocols.dlt645.decode import decode
from ingest.protocols.dlt645.load_record import (
    CLASSES,
    QUANTITIES,
    LoadRecord,
    encode_load_record,
    parse_load_records,
)
from tests.ingest.protocols.dlt645_frames import answer

NOON = datetime.fromisoformat("2025-01-31 12:00")
TIME = "0012310125"
CLASS_1 = "0122 FFFF FFFF 004000 FFFFFF FFFFFF 0050"
CLASS_2 = "004080 004080 FFFFFF FFFFFF 100000 100000 FFFFFF FFFFFF"
CLASS_3 = "0185 0185 FFFF FFFF"
CLASS_4 = "56341200 00000000 00010080 00000000"
CLASS_5 = "00010000 00020000 00030000 00040000"
CLASS_6 = "001000 002000"


def record(*classes: str, time: str = TIME) -> bytes:
    """A record written out: A0 A0, length, time, each class and AA, sum, E5."""
    body = bytes.fromhex(time) + b"".join(bytes.fromhex(each) + b"\xaa" for each in classes)
    head = b"\xa0\xa0" + bytes([len(body)]) + body
    return head + bytes([sum(head) % 256, 0xE5])


FULL = record(CLASS_1, CLASS_2, CLASS_3, CLASS_4, CLASS_5, CLASS_6)


def test_the_classes_lie_where_the_concentrators_fixed_offsets_put_them():
    assert len(FULL) == 103
    assert [FULL[place] for place in (25, 50, 59, 76, 93, 100)] == [0xAA] * 6
    widths = [sum(QUANTITIES[name].codec.width for name in group) for group in CLASSES]
    assert widths == [17, 24, 8, 16, 16, 6]


def test_a_record_of_all_classes_is_read_with_signs_and_nulls():
    [found] = parse_load_records(FULL)
    assert found.recorded_at == NOON
    assert len(found.values) == sum(len(group) for group in CLASSES)
    assert found.values["02010100"] == Decimal("220.1")
    assert found.values["02010200"] is None
    assert found.values["02020100"] == Decimal("4.000")
    assert found.values["02800002"] == Decimal("50.00")
    assert found.values["02030000"] == Decimal("-0.4000")
    assert found.values["02060000"] == Decimal("-0.501")
    assert found.values["00010000"] == Decimal("1234.56")
    assert found.values["00030000"] == Decimal("-1.00")
    assert found.values["00080000"] == Decimal("4.00")
    assert found.values["02800005"] == Decimal("0.2000")


def test_a_class_not_recorded_leaves_adjacent_aa_and_the_others_stay_in_place():
    [found] = parse_load_records(record(CLASS_1, "", "", CLASS_4, "", ""), mode_word=0x09)
    assert set(found.values) == {*CLASSES[0], *CLASSES[3]}
    assert found.values["00010000"] == Decimal("1234.56")


def test_a_class_of_a_longer_interval_may_be_empty_though_the_mode_word_has_it():
    [found] = parse_load_records(record("", "", "", CLASS_4, "", ""), mode_word=0x3F)
    assert set(found.values) == set(CLASSES[3])


def test_a_class_that_the_mode_word_has_not_is_refused():
    with pytest.raises(FrameError, match="class 4 is not in mode word 01; expected AA") as raised:
        parse_load_records(record(CLASS_1, "", "", CLASS_4, "", ""), mode_word=0x01)
    assert raised.value.offset == 8 + 17 + 1 + 2


def test_ff_fill_is_null_and_never_taken_for_a_separator():
    [found] = parse_load_records(
        record("FF" * 17, "FF" * 24, "FF" * 8, "FF" * 16, "FF" * 16, "FF" * 6)
    )
    assert len(found.values) == sum(len(group) for group in CLASSES)
    assert set(found.values.values()) == {None}


def test_a_record_without_a_time_keeps_its_values():
    [found] = parse_load_records(record("", "", "", CLASS_4, "", "", time="FF" * 5))
    assert found.recorded_at is None
    assert found.values["00010000"] == Decimal("1234.56")


def test_e0_e0_says_that_there_is_no_record():
    assert parse_load_records(b"\xe0\xe0") == ()
    spoilt = bytearray(FULL)
    spoilt[:2] = b"\xe0\xe0"
    spoilt[-2] = sum(spoilt[:-2]) % 256
    assert parse_load_records(bytes(spoilt)) == ()
    assert len(parse_load_records(bytes(spoilt) + FULL)) == 1
    [field] = decode(answer("06000001", b"\xe0\xe0")).fields
    assert (field.identifier, field.value) == ("06000001", None)


@pytest.mark.parametrize("body", [CLASS_4, f"AAAAAA {CLASS_4} AAAAAA", f"{CLASS_4} AA"])
def test_a_record_of_one_class_is_read_however_many_aa_stand_around_it(body):
    fields = decode(answer("06040001", record(body))).fields
    assert [(f.identifier, f.value) for f in fields[:2]] == [
        ("06040001.1", NOON),
        ("06040001.1.00010000", Decimal("1234.56")),
    ]
    assert len(fields) == 5


def test_a_class_that_had_nothing_to_record_has_no_values():
    for body in ("", "AA" * 5):
        assert parse_load_records(record(body), only=4) == (LoadRecord(NOON, {}),)


def test_a_record_of_one_class_must_have_that_class():
    with pytest.raises(FrameError, match="9 bytes; expected class 3"):
        parse_load_records(record(CLASS_3 + "00"), only=3)
    with pytest.raises(FrameError, match="load record ends within 00020000"):
        parse_load_records(record("00000000"), only=4)


def test_records_in_an_answer_have_numbers_names_and_units():
    fields = decode(answer("06000001", record("", "", "", CLASS_4, "", "") * 2)).fields
    assert len(fields) == 10
    assert fields[6][:2] == ("06000001.2.00010000", "load record 2, forward active energy, total")
    assert fields[6][2:] == (Decimal("1234.56"), "kWh")


@pytest.mark.parametrize(
    ("place", "byte", "said"),
    [
        (0, 0xA1, "A1 A0; expected A0 A0 or E0 E0"),
        (101, 0x00, "checksum 00; its bytes sum to"),
        (102, 0xE4, "byte E4; expected E5"),
        (2, 0xFF, "load record of 260 bytes ends early"),
    ],
)
def test_a_record_whose_frame_does_not_hold_is_refused(place, byte, said):
    damaged = bytearray(FULL)
    damaged[place] = byte
    with pytest.raises(FrameError) as raised:
        parse_load_records(bytes(damaged))
    assert said in str(raised.value)


def test_a_separator_missing_under_a_sum_that_holds_is_refused():
    with pytest.raises(FrameError, match="behind class 6 of a load record; expected AA"):
        parse_load_records(record(CLASS_1, CLASS_2, CLASS_3, CLASS_4, CLASS_5, CLASS_6 + "00"))
    with pytest.raises(FrameError, match="1 bytes behind the last class"):
        parse_load_records(record("", "", "", "", "", "", ""))


def test_every_flip_and_truncation_within_a_record_is_refused():
    for length in range(1, len(FULL)):
        with pytest.raises(FrameError):
            parse_load_records(FULL[:length])
    for place in range(len(FULL)):
        for bit in range(8):
            flipped = bytearray(FULL)
            flipped[place] ^= 1 << bit
            with pytest.raises(FrameError):
                parse_load_records(bytes(flipped))


@st.composite
def records(draw) -> LoadRecord:
    """Any record that a meter can have kept."""
    values: dict[str, Decimal | None] = {}
    for group in CLASSES:
        if draw(st.booleans()):
            for identifier in group:
                codec = QUANTITIES[identifier].codec
                raw = draw(st.binary(min_size=codec.width, max_size=codec.width))
                values[identifier] = codec.read(bytes(byte & 0x77 for byte in raw))
            values[group[-1]] = draw(st.sampled_from([None, values[group[-1]]]))
    kept_at = st.datetimes(NOON.replace(year=2000), NOON.replace(year=2098))
    moment = draw(st.none() | kept_at)
    return LoadRecord(moment and moment.replace(second=0, microsecond=0), values)


@given(st.lists(records(), max_size=3))
def test_what_a_simulated_meter_keeps_is_what_is_read(kept):
    encoded = b"".join(encode_load_record(each) for each in kept)
    assert parse_load_records(encoded) == tuple(kept)
    assert load_record_data("06000001", kept)[4:] == (encoded or b"\xe0\xe0")


def test_half_a_class_is_not_written():
    with pytest.raises(ValueError, match=r"only .'02060000'. of a class that records"):
        encode_load_record(LoadRecord(NOON, {"02060000": Decimal("0.9")}))
