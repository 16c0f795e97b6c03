"""The data types of DL/T 698.45: each comes back as it went, and hostile octets build nothing."""

from datetime import date, datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt698.data import DEEPEST, parse_data
from ingest.protocols.dlt698.moments import Date, DateTime, DateTimeS, Time
from ingest.protocols.dlt698.values import (
    Bits,
    Comdcb,
    Data,
    MeterSet,
    Region,
    Road,
    ScalerUnit,
    SelectEqual,
    SelectLast,
    SelectRange,
    Sid,
    SidMac,
    Tag,
    Ti,
    meter_address,
    meter_digits,
    plain,
)
from ingest.protocols.dlt698.writing import write_data
from tests.ingest.protocols.dlt698_drawn import DATA, FLAT, FLAT_DATA, nesting, tagged

BY_HAND = {
    "00": Data(Tag.NULL, None),
    "0102 1101 1102": Data(Tag.ARRAY, (Data(Tag.UINT8, 1), Data(Tag.UINT8, 2))),
    "0202 1101 00": Data(Tag.STRUCTURE, (Data(Tag.UINT8, 1), Data(Tag.NULL, None))),
    "0301": Data(Tag.BOOLEAN, True),  # noqa: FBT003
    "040C A5F0": Data(Tag.BIT_STRING, Bits(12, b"\xa5\xf0")),
    "05 FFFFFF85": Data(Tag.INT32, -123),
    "06 0001E240": Data(Tag.UINT32, 123456),
    "0907 4C593130323636": Data(Tag.OCTETS, b"LY10266"),
    "0A04 32323056": Data(Tag.VISIBLE, "220V"),
    "0C03 E5B3B0": Data(Tag.UTF8, "峰"),
    "0F FF": Data(Tag.INT8, -1),
    "10 FE0B": Data(Tag.INT16, -501),
    "11 FF": Data(Tag.UINT8, 255),
    "12 096D": Data(Tag.UINT16, 2413),
    "14 FFFFFFFFFFFFFFFE": Data(Tag.INT64, -2),
    "15 0000000000BC614E": Data(Tag.UINT64, 12345678),
    "16 02": Data(Tag.ENUM, 2),
    "17 3FC00000": Data(Tag.FLOAT32, 1.5),
    "18 BFF8000000000000": Data(Tag.FLOAT64, -1.5),
    "19 07E00B0903102801 03E7": Data(Tag.DATE_TIME, DateTime(2016, 11, 9, 3, 16, 40, 1, 999)),
    "1A 07E0011403": Data(Tag.DATE, Date(2016, 1, 20, 3)),
    "1B 173B3B": Data(Tag.TIME, Time(23, 59, 59)),
    "1C 07E00114000000": Data(Tag.DATE_TIME_S, DateTimeS(2016, 1, 20, 0, 0, 0)),
    "50 2000": Data(Tag.OI, "2000"),
    "51 00100200": Data(Tag.OAD, "00100200"),
    "52 50040200 01 00100200": Data(Tag.ROAD, Road("50040200", ("00100200",))),
    "53 43000300": Data(Tag.OMD, "43000300"),
    "54 01000F": Data(Tag.TI, Ti(1, 15)),
    "55 07 05000000000002": Data(Tag.TSA, meter_address("000000000002")),
    "56 02 AABB": Data(Tag.MAC, b"\xaa\xbb"),
    "57 02 0102": Data(Tag.RN, b"\x01\x02"),
    "58 00 120001 120002": Data(Tag.REGION, Region(0, Data(Tag.UINT16, 1), Data(Tag.UINT16, 2))),
    "59 FE 21": Data(Tag.SCALER_UNIT, ScalerUnit(-2, 33)),
    "5A 09 01": Data(Tag.RSD, SelectLast(1)),
    "5B 00 00100200": Data(Tag.CSD, "00100200"),
    "5C 01": Data(Tag.MS, MeterSet(1)),
    "5D 00000001 01AA": Data(Tag.SID, Sid(1, b"\xaa")),
    "5E 00000001 01AA 02BBCC": Data(Tag.SID_MAC, SidMac(Sid(1, b"\xaa"), b"\xbb\xcc")),
    "5F 0602080100": Data(Tag.COMDCB, Comdcb(6, 2, 8, 1, 0)),
    "60 02 00 20210200 01 50040200 01 00100200": Data(
        Tag.RCSD, ("20210200", Road("50040200", ("00100200",)))
    ),
}


def test_each_type_is_read_and_written_as_worked_out_by_hand():
    assert {data.tag for data in BY_HAND.values()} == set(Tag)
    for text, data in BY_HAND.items():
        octets = bytes.fromhex(text)
        assert parse_data(octets) == data
        assert type(parse_data(octets).value) is type(data.value)
        assert write_data(data) == octets


@pytest.mark.parametrize("tag", list(Tag), ids=lambda tag: tag.name)
def test_every_value_of_every_type_comes_back(tag):
    @settings(max_examples=60)
    @given(tagged(tag, {**FLAT, **nesting(FLAT_DATA)}[tag]))
    def comes_back(data):
        octets = write_data(data)
        assert parse_data(octets) == data
        assert write_data(parse_data(octets)) == octets

    comes_back()


@given(DATA)
def test_types_within_types_come_back(data):
    assert parse_data(write_data(data)) == data


@given(DATA, st.data())
def test_a_value_cut_short_or_followed_by_more_is_refused(data, drawn):
    octets = write_data(data)
    with pytest.raises(FrameError):
        parse_data(octets[: drawn.draw(st.integers(0, len(octets) - 1))])
    with pytest.raises(FrameError, match="1 octets are left"):
        parse_data(octets + b"\x00")


@settings(max_examples=500)
@given(st.sampled_from(list(Tag)), st.binary(max_size=60))
def test_octets_of_no_meaning_give_a_value_or_a_frame_error(tag, octets):
    hostile = bytes((tag,)) + octets
    try:
        data = parse_data(hostile)
    except FrameError as error:
        offset = error.offset
    else:
        assert parse_data(write_data(data)) == data or "nan" in repr(data)
        offset = 0
    assert 0 <= offset <= len(hostile)


def test_a_tag_unknown_is_refused_for_its_length_is_unknown():
    for tag in set(range(256)) - set(Tag):
        with pytest.raises(FrameError, match=f"tag {tag:02X} is none known") as refused:
            parse_data(bytes((tag, 0, 0)))
        assert refused.value.offset == 0


def test_values_nest_so_deep_and_no_deeper():
    assert parse_data(b"\x01\x01" * DEEPEST + b"\x00").tag == Tag.ARRAY
    with pytest.raises(FrameError, match="more than 16 deep"):
        parse_data(b"\x01\x01" * (DEEPEST + 1) + b"\x00")
    # A selector within a selector within … is held to the same.
    with pytest.raises(FrameError, match="more than 16 deep"):
        parse_data(bytes.fromhex("5A0120210200") * 5000 + b"\x00")


@pytest.mark.parametrize(
    "text", ["0182FFFF00", "02817F", "5281", "52 50040200 82FFFF", "60 82FFFF", "5C 03 82FFFF"]
)
def test_a_count_that_cannot_fit_is_refused_before_anything_is_made(text):
    with pytest.raises(FrameError):
        parse_data(bytes.fromhex(text))


def test_a_length_in_a_longer_form_than_it_needs_is_read():
    assert parse_data(bytes.fromhex("09 8202 AABB".replace("8202", "820002"))).value == b"\xaa\xbb"
    assert parse_data(bytes.fromhex("09 8102 AABB")).value == b"\xaa\xbb"
    with pytest.raises(FrameError, match="expected at most 82"):
        parse_data(bytes.fromhex("09 83000002 AABB"))


@pytest.mark.parametrize("size", [0, 127, 128, 255, 256, 0xFFFF])
def test_lengths_take_one_two_or_three_octets(size):
    octets = write_data(Data(Tag.OCTETS, bytes(size)))
    assert len(octets) == 1 + (1 if size < 128 else 2 if size < 256 else 3) + size
    assert parse_data(octets).value == bytes(size)


@pytest.mark.parametrize(("text", "reason"), [("0302", "true or false"), ("0C01FF", "UTF-8")])
def test_what_cannot_be_told_is_refused(text, reason):
    with pytest.raises(FrameError, match=reason):
        parse_data(bytes.fromhex(text))


@pytest.mark.parametrize(
    "data",
    [
        Data(Tag.UINT8, 256),
        Data(Tag.INT32, 1 << 31),
        Data(Tag.FLOAT32, 1e300),
        Data(Tag.OAD, "0010"),
        Data(Tag.BIT_STRING, Bits(9, b"\x00")),
        Data(Tag.OCTETS, bytes(0x10000)),
    ],
)
def test_a_value_that_does_not_fit_its_type_is_not_sent(data):
    with pytest.raises(ValueError, match=r"fit|expected|octets"):
        write_data(data)


def test_ff_is_unspecified_and_no_moment():
    some = parse_data(bytes.fromhex("1C 07E0 01 FF 00 00 00")).value
    assert (str(some), some.moment()) == ("2016-01-** 00:00:00", None)  # type: ignore[union-attr]
    full = DateTime(2016, 11, 9, 3, 17, 3, 42, 960)
    assert full.moment() == datetime(2016, 11, 9, 17, 3, 42, 960_000)  # noqa: DTZ001
    assert full._replace(millisecond=0xFFFF).moment() is None
    assert str(full._replace(year=0xFFFF)) == "****-11-09 17:03:42.960"
    assert (Date(2016, 1, 20, 0xFF).moment(), Time(0xFF, 0, 0).moment()) == (
        date(2016, 1, 20),
        None,
    )
    assert Time(23, 59, 59).moment() == time(23, 59, 59)


def test_a_day_that_does_not_exist_is_no_moment_but_can_be_sent_again():
    sent = bytes.fromhex("1C 07D0 00 00 00 00 00")
    data = parse_data(sent)
    assert isinstance(data.value, DateTimeS)
    assert data.value.moment() is None
    assert str(data.value) == "2000-00-00 00:00:00"
    assert write_data(data) == sent


def test_an_address_behind_a_terminal_has_its_high_digit_first():
    assert meter_address("000000000002").hex() == "05000000000002"
    assert meter_address("123").hex() == "01123f"
    assert (meter_digits(b"\x05\x00\x00\x00\x00\x00\x02"), meter_digits(b"\x01\x12\x3f")) == (
        "000000000002",
        "123",
    )


def test_a_value_without_its_tags_is_plain():
    assert plain(parse_data(bytes.fromhex("0102 1101 0201 16FF"))) == [1, [255]]


def test_the_rows_of_a_day_are_asked_for_as_in_the_facts():
    span = SelectRange(
        "20210200",
        Data(Tag.DATE_TIME_S, DateTimeS(2016, 1, 20, 0, 0, 0)),
        Data(Tag.DATE_TIME_S, DateTimeS(2016, 1, 21, 0, 0, 0)),
        Data(Tag.TI, Ti(1, 15)),
    )
    sent = "5A 02 20210200 1C07E00114000000 1C07E00115000000 54 01 000F"
    assert write_data(Data(Tag.RSD, span)) == bytes.fromhex(sent)
    one = SelectEqual("20210200", Data(Tag.DATE_TIME_S, DateTimeS(2016, 1, 20, 0, 0, 0)))
    assert write_data(Data(Tag.RSD, one)).hex() == "5a01202102001c07e00114000000"
