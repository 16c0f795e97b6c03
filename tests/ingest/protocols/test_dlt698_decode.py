"""DL/T 698.45 decoded for people: names, scaled values, units, and no value where there is none."""

import random
from datetime import date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.protocols.decoded import Decoded, Field, FrameError
from ingest.protocols.dlt698 import answers
from ingest.protocols.dlt698.apdu import parse_apdu
from ingest.protocols.dlt698.dar import (
    DAR_NAMES,
    FINDING,
    RETRY,
    dar_name,
    is_finding,
    may_retry,
)
from ingest.protocols.dlt698.decode import decode, decode_apdu
from ingest.protocols.dlt698.fields import selector_text, value_of
from ingest.protocols.dlt698.messages import Result, Results
from ingest.protocols.dlt698.moments import DateTimeS
from ingest.protocols.dlt698.objects import (
    OBJECTS,
    Meaning,
    meaning,
    part_name,
    scaler_oad,
    stated_scalers,
)
from ingest.protocols.dlt698.values import (
    ALL_METERS,
    NULL,
    NUMBERS,
    Bits,
    Data,
    MeterSet,
    ScalerUnit,
    SelectAll,
    SelectLast,
    SelectRange,
    SelectRanges,
    SelectSpan,
    Tag,
    Ti,
)
from tests.ingest.protocols.dlt698_drawn import DATA
from tests.ingest.protocols.dlt698_vectors import METER, apdus, frames, vectors


def decoded(text: str) -> dict[str, Field]:
    return {field.identifier: field for field in decode_apdu(bytes.fromhex(text)).fields}


def test_the_four_tariffs_of_a_meter_add_up_to_its_total():
    whole = decode(METER)
    assert whole[:4] == ("DL/T 698.45", "uplink", "GET-Response-Normal", "000000000000")
    assert whole.checksums == {"HCS": True, "FCS": True}
    total, *tariffs = [field for field in whole.fields if field.unit == "kWh"]
    assert total == Field("00100200.1", "forward active energy, total", Decimal("1234.56"), "kWh")
    assert [field.name[-2:] for field in tariffs] == ["T1", "T2", "T3", "T4"]
    values = [field.value for field in tariffs]
    assert values == [Decimal("100.00"), Decimal("200.00"), Decimal("300.00"), Decimal("634.56")]
    assert sum(values) == total.value  # type: ignore[arg-type]


STATED = {
    "forward active total UInt32": ("1234.56", "kWh", "forward active energy, total"),
    "extended precision": ("1234.5678", "kWh", "forward active energy, total"),
    "A-phase forward active": ("4000.00", "kWh", "forward active energy, phase A, total"),
    "Q1 reactive": ("543.21", "kvarh", "reactive energy, quadrant 1, total"),
    "A 224.1 V": ("224.1", "V", "voltage, A"),
    "241.3/241.4/241.5 V": ("241.3", "V", "voltage, A"),
    "1 row 123456": ("1234.56", "kWh", "forward active energy, total"),
    "voltage 241.3 x3, current": ("241.3", "V", "voltage, A"),
}


@pytest.mark.parametrize("note", STATED)
def test_values_from_the_field_are_what_their_sources_say(shared_data, note):
    [vector] = [v for v in vectors(shared_data) if (v["note"] or "").startswith(note)]
    octets = bytes.fromhex(vector["hex"])
    whole = decode(octets) if vector["kind"] == "frame" else decode_apdu(octets)
    first = next(field for field in whole.fields if field.unit)
    value, unit, name = STATED[note]
    assert (first.value, first.unit, first.name) == (Decimal(value), unit, name)


def test_everything_from_the_field_decodes_with_its_service_direction_and_address(shared_data):
    for vector in vectors(shared_data):
        octets, known = bytes.fromhex(vector["hex"]), vector["decoded"]
        if vector["kind"] == "apdu":
            assert decode_apdu(octets).service == known["apdu"]["service"]
            assert decode_apdu(octets).checksums == {}
            continue
        whole = decode(octets)
        assert whole.service == known.get("apdu", {"service": "fragment"})["service"]
        assert whole.direction == ("uplink" if known["DIR"] else "downlink")
        assert whole.address == known["SA"]
        assert whole.fields


def test_damaged_frames_are_not_decoded(shared_data):
    for vector in frames(shared_data):
        octets = bytes.fromhex(vector["hex"])
        for bit in range(7, len(octets) * 8, 13):
            damaged = bytearray(octets)
            damaged[bit // 8] ^= 1 << bit % 8
            with pytest.raises(FrameError):
                decode(bytes(damaged))


def test_an_error_in_the_message_counts_from_the_first_octet_given():
    broken = b"\xfe\xfe" + answers.answer_frame(bytes.fromhex("850100 00100201 01 FF"), "01")
    with pytest.raises(FrameError, match="tag FF") as refused:
        decode(broken)
    assert broken[refused.value.offset] == 0xFF


def test_a_fragment_says_which_it_is():
    whole = decode(bytes.fromhex("681400A3050200000000001076750501050115D6D116"))
    assert whole.service == "fragment"
    assert [field.value for field in whole.fields] == ["first", 261, bytes.fromhex("050115")]


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("0501000010020000", "downlink"),
        ("010000012C07E60217030806380322", "uplink"),
        ("810000" + "07E60217030806380322" * 3, "downlink"),
        ("080102012000020000", "downlink"),
        ("8801420120000200011200DC0000", "uplink"),
        ("8301000000", "uplink"),
    ],
)
def test_a_bare_message_goes_the_way_its_service_goes(text, direction):
    assert decode_apdu(bytes.fromhex(text)).direction == direction


def test_an_odd_address_loses_its_padding():
    assert decode(answers.answer_frame(bytes.fromhex("8301000000"), "123")).address == "123"


def test_a_demand_comes_with_its_time():
    told = decoded("850100 10100200 01 0101 0202 06 0000C350 1C 07E0011410 2D00 0000")
    kw, when = told["10100200.1.1"], told["10100200.1.2"]
    assert (kw.value, kw.unit) == (Decimal("5.0000"), "kW")
    assert kw.name == "maximum forward active demand, total"
    assert when.value == datetime(2016, 1, 20, 16, 45)  # noqa: DTZ001


def test_power_is_total_then_phases_and_may_be_negative():
    told = decoded("850100 20040200 01 0104 05FFFFFB2E 0500000064 0500000000 05FFFFFFFF 0000")
    assert [field.value for field in told.values()][1:] == [
        Decimal("-123.4"), Decimal("10.0"), Decimal("0.0"), Decimal("-0.1"),
    ]  # fmt: skip
    assert [field.name.split(", ")[1] for field in list(told.values())[1:]] == [
        "total", "A", "B", "C",
    ]  # fmt: skip
    factor = decoded("850100 200A0201 01 10FE0B 0000")["200A0201"]
    assert (factor.value, factor.name) == (Decimal("-0.501"), "power factor, total")


def test_each_object_of_the_table_is_another_one():
    names = [known.name for known in OBJECTS.values()]
    assert len(set(names)) == len(names)
    assert {oi: OBJECTS[oi].name[-1] for oi in ("0050", "0060", "0070", "0080")} == {
        "0050": "1", "0060": "2", "0070": "3", "0080": "4",
    }  # fmt: skip


def test_frequency_has_two_decimals_and_combined_energy_a_sign():
    hertz = decoded("850100 200F0200 01 12 1388 0000")["200F0200"]
    assert (hertz.value, hertz.unit) == (Decimal("50.00"), "Hz")
    combined = decoded("850100 00000201 01 05 FFFFFF85 0000")["00000201"]
    assert (combined.value, combined.unit) == (Decimal("-1.23"), "kWh")


def test_missing_is_null_and_never_zero():
    told = decoded("850300 50020200 02 00 20210200 00 00100201 01 01 00 00 0000")
    assert told["50020200.1.20210200"].value is None
    assert told["50020200.1.00100201"].value is None
    assert decoded("850300 50020200 01 00 20210200 01 00 0000")["50020200.rows"].value == 0


def test_why_there_is_no_value_is_said():
    told = decoded("850100 00100200 00 06 0000")
    assert told["00100200"].value is None
    assert told["00100200.DAR"] == Field("00100200.DAR", "object does not exist", 6)
    assert decoded("850300 50020200 00 00 09 0000")["50020200.DAR"].value == 9
    assert decoded("850600 40010200 00 03 0000")["40010200.DAR"].value == 3
    assert decoded("850500 01 0000 00 02 0000")["DAR"].value == 2
    assert decoded("890700 F2010200 00 21 0000")["F2010200.DAR"].value == 33


def test_a_meters_own_scaler_goes_before_the_table():
    stated = stated_scalers(
        [
            Result("00100300", Data(Tag.SCALER_UNIT, ScalerUnit(-4, 33))),
            Result("00100500", Data(Tag.SCALER_UNIT, ScalerUnit(-6, 99))),
            Result("00100200", Data(Tag.UINT32, 1)),
            Result("20000300", None, 6),
        ]
    )
    assert stated == {"00100200": ScalerUnit(-4, 33), "00100400": ScalerUnit(-6, 99)}
    told = decode(METER, stated).fields[1]
    assert (told.value, told.unit) == (Decimal("12.3456"), "kWh")
    assert meaning("00100401", stated) == Meaning("forward active energy, total", "kWh", -6)
    assert (scaler_oad("00100201"), scaler_oad("00100400")) == ("00100300", "00100500")


def test_watts_are_not_taken_for_kilowatts_when_the_meter_says_so():
    stated = {"20040200": ScalerUnit(-4, 28)}
    told = {f.identifier: f for f in decode_apdu(
        bytes.fromhex("850100 20040201 01 0500003039 0000"), stated
    ).fields}["20040201"]  # fmt: skip
    assert (told.value, told.unit) == (Decimal("1.2345"), "kW")


def test_objects_unknown_stay_as_they_were_sent():
    assert meaning("48000400") == Meaning("object 4800, attribute 4")
    assert decoded("850100 48000400 01 06 0001E240 0000")["48000400"].value == 123456
    assert meaning("00100100").name == "forward active energy, attribute 1"
    assert meaning("60120300").name == "collection tasks"


def test_indices_are_tariffs_phases_or_both():
    assert [part_name("00100200", index) for index in (1, 2, 5)] == ["total", "T1", "T4"]
    assert [part_name("20000200", index) for index in (1, 2, 3)] == ["A", "B", "C"]
    assert [part_name("20040200", index) for index in (1, 2, 4)] == ["total", "A", "C"]
    assert part_name("40000200", 1) == ""
    assert meaning("48000401").name == "object 4800, attribute 4, 1"
    units = {OBJECTS[oi].unit for oi in ("0010", "0030", "0090", "1010", "2000", "2001")}
    assert units == {"kWh", "kvarh", "kVAh", "kW", "V", "A"}


def test_the_types_of_the_table_are_those_that_meters_send(shared_data):
    seen = 0
    for octets, _ in apdus(shared_data):
        body = parse_apdu(octets).body
        if not isinstance(body, Results):
            continue
        for oad, data in ((result.oad, result.data) for result in body.results):
            known = OBJECTS.get(oad[:4])
            if known is None or known.tag is None or data is None or oad[4:6] != "02":
                continue
            parts = data.value if data.tag == Tag.ARRAY else (data,)
            assert {part.tag for part in parts} <= {known.tag, Tag.UINT16}  # type: ignore[union-attr]
            seen += 1
    assert seen == 11


def test_a_column_of_columns_is_named_by_both():
    told = decoded(
        "850300 60120300 02 00 202A0200 01 50040200 02 20210200 00100201 01 01"
        "55 07 05000000000002 02 02 1C 07E00114000000 06 0001E240 0000"
    )
    assert told["60120300.1.202A0200"].value == "000000000002"
    assert told["60120300.1.50040200.00100201"].value == Decimal("1234.56")
    assert told["60120300.1.50040200.20210200"].value == datetime(2016, 1, 20)  # noqa: DTZ001
    none = decoded("850300 60120300 01 01 50040200 02 20210200 00100201 01 01 00 0000")
    assert none["60120300.1.50040200.00100201"].value is None
    other = decoded("850300 60120300 01 01 50040200 02 20210200 00100201 01 01 0101 1105 0000")
    assert other["60120300.1.50040200.1"].value == 5


def test_what_is_asked_through_a_terminal_is_told_by_meter():
    told = decoded("090100 0064 01 07 05000000000002 000A 01 00100200 00")
    assert (told["timeout"].value, told["000000000002.timeout"].value) == (100, 10)
    assert told["000000000002.00100200"].name == "forward active energy"
    table = decoded("090200 000A 02 0001 50040200 09 01 01 00 20000200 00")
    assert table["01.50040200.RSD"].value == "number 1 from the end"
    answer = decoded("890200 02 0001 50040200 01 00 20000200 01 01 1200DC 0000")
    assert answer["01.50040200.1.20000200"].value == Decimal("22.0")


def test_a_protected_answer_shows_what_is_in_it_and_that_nobody_checked_it():
    told = decoded("90 00 0F 850106 00100201 01 060001E240 0000 01 00 04 37583591")
    assert told["service"].value == "GET-Response-Normal"
    assert told["00100201"].value == Decimal("1234.56")
    assert told["MAC"].value == b"\x37\x58\x35\x91"
    assert told["MAC.verified"].value is None
    nested = decoded("90 00 04 90020200 00")
    assert set(nested) == {"content"}
    assert set(decoded("90 01 01 AA 00")) == {"content"}
    signed = decoded("10 00 02 0500 00 00000001 01AA 01BB")
    assert (signed["SID"].value, signed["SID.attached"].value) == (1, b"\xaa")


def test_events_waiting_and_a_report_that_rides_along_are_told():
    told = decoded("850142 20000200 01 1200DC 01 01 01 20010201 01 0500000005 00")
    assert told["ACD"].value is True
    assert told["report.20010201"].value == Decimal("0.005")


def test_moments_left_open_are_text_and_wholly_open_ones_null():
    assert value_of(Data(Tag.DATE_TIME_S, DateTimeS(0xFFFF, *[0xFF] * 5))) is None
    some = Data(Tag.DATE_TIME_S, DateTimeS(2016, 1, 0xFF, 0, 0, 0))
    assert value_of(some) == "2016-01-** 00:00:00"
    assert value_of(Data(Tag.TI, Ti(1, 15))) == "15 min"
    assert value_of(Data(Tag.TI, Ti(9, 1))) == "1 unit 9"
    assert value_of(Data(Tag.BIT_STRING, Bits(3, b"\xa0"))) == "101"
    assert value_of(Data(Tag.TSA, b"\x05\x00\x00\x00\x00\x01\x21")) == "000000000121"
    assert decoded("850100 40010200 01 0906 000000000121 0000")["40010200"].value == "000000000121"


def test_rows_asked_for_are_told_in_words():
    day = SelectRange(
        "20210200",
        Data(Tag.DATE_TIME_S, DateTimeS(2016, 1, 20, 0, 0, 0)),
        Data(Tag.DATE_TIME_S, DateTimeS(2016, 1, 21, 0, 0, 0)),
        Data(Tag.TI, Ti(1, 15)),
    )
    words = "20210200 in [2016-01-20 00:00:00, 2016-01-21 00:00:00)"
    assert selector_text(day) == f"{words} each 15 min"
    assert selector_text(SelectRanges((day._replace(step=NULL),) * 2)) == f"{words} and {words}"
    assert selector_text(SelectAll()) == "all"
    assert selector_text(SelectLast(2, MeterSet(NUMBERS, (7,)))).endswith("meters 04010007")
    span = SelectSpan(
        7, DateTimeS(2016, 1, 20, 0, 0, 0), DateTimeS(2016, 1, 21, 0, 0, 0), Ti(0, 0),
        MeterSet(ALL_METERS),
    )  # fmt: skip
    assert selector_text(span).startswith("stored in [2016-01-20 00:00:00, 2016-01-21")
    assert selector_text(span._replace(step=Ti(2, 1))).endswith("each 1 h, all meters")


def test_what_to_ask_again_and_what_to_report():
    assert {dar for dar in range(256) if may_retry(dar)} == {2, 9, 33} == set(RETRY)
    assert {dar for dar in range(256) if is_finding(dar)} == {3, 4, 5, 6, 15, *range(20, 31)}
    assert not RETRY & FINDING
    assert set(DAR_NAMES) == {*range(36), 255}
    assert (dar_name(6), dar_name(53)) == ("object does not exist", "unknown result 53")


def test_good_frames_around_damaged_messages_raise_nothing_but_frame_errors(shared_data):
    chance = random.Random(45)  # noqa: S311
    known = [octets[:200] for octets, _ in apdus(shared_data)]
    shown = 0
    for _ in range(4_000):
        octets = bytearray(chance.choice(known))
        octets[chance.randrange(len(octets))] = chance.randrange(256)
        try:
            whole = decode(answers.answer_frame(bytes(octets), "000000000001"))
        except FrameError:
            continue
        shown += bool(whole.service)
    assert 500 < shown < 3_500


SHOWN = (Decimal, int, float, str, bytes, date, time)


@settings(max_examples=50)
@given(DATA, st.sampled_from(["00100200", "20000200", "10100200", "40010200", "48000400"]))
def test_whatever_an_attribute_holds_it_can_be_shown(data, oad):
    whole = decode_apdu(answers.got(Result(oad, data)))
    assert isinstance(whole, Decoded)
    for field in whole.fields:
        assert isinstance(field.value, SHOWN) or field.value is None
        assert field.identifier
    assert parse_apdu(answers.got(Result(oad, data))).service == whole.service
