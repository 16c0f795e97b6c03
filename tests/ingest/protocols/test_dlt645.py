"""DL/T 645 frames: what they say, and that damage never passes for a value."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.protocols.decoded import Decoded, Field, FrameError
from ingest.protocols.dlt645.decode import decode, decode_frame
from ingest.protocols.dlt645.frame import find_frames, is_meant, parse_frame
from ingest.protocols.dlt645.requests import read_address, read_data
from tests.ingest.protocols.dlt645_frames import answer, framed, verified

CURRENT = bytes.fromhex("6861010000000068910733343535CC7C331616")
"""4.999 A of phase A, from meter 000000000161."""

at = datetime.fromisoformat
LONG = answer("0001FF00", bytes.fromhex("30360000 56020000 19000000 38000000 17330000"))


def test_frames_from_the_field_say_what_is_known_of_them(shared_data):
    for vector in verified(shared_data):
        frame_bytes, known = bytes.fromhex(vector["hex"]), vector["decoded"]
        frame, decoded = parse_frame(frame_bytes), decode(frame_bytes)
        assert decoded.protocol == vector["protocol"]
        assert decoded.address == frame.address == known["address"]
        assert f"{frame.control:02X}" == known["control"]
        assert (decoded.direction == "uplink") == ("slave" in vector["direction"][:5])
        assert decoded.checksums == {"CS": True}
        if "DI" in known and known["control"] == "11":
            assert decoded.fields[0].value == known["DI"]
        elif "DI" in known:
            assert {field.identifier[:8] for field in decoded.fields} == {known["DI"]}
        values = known.get(
            "values", [known[key] for key in ("value", "read_address") if key in known]
        )
        if known["control"] in ("91", "93"):
            expected = [Decimal(str(v)) if isinstance(v, float) else v for v in values]
            assert [field.value for field in decoded.fields] == expected, vector["hex"]
        if "unit" in known:
            assert {field.unit for field in decoded.fields} == {known["unit"]}


def test_requests_of_ours_are_byte_for_byte_those_of_the_field(shared_data):
    requests = [v for v in verified(shared_data) if v["decoded"]["control"] in ("11", "13")]
    assert len(requests) >= 6
    for vector in requests:
        known = vector["decoded"]
        built = (
            read_data(known["address"], known["DI"], preamble=0)
            if known["control"] == "11"
            else read_address(known["address"], preamble=0)
        )
        assert built == bytes.fromhex(vector["hex"])


def test_the_older_edition_is_told_apart_and_decoded_to_its_identifier():
    frame_bytes = framed(0x81, bytes.fromhex("1F90 30930701"))
    assert decode(frame_bytes)[:3] == ("DL/T 645-1997", "uplink", "read data answer")
    assert decode(frame_bytes).fields == (Field("901F", "data", bytes.fromhex("30930701")),)
    assert decode(framed(0x01, b"\x1f\x90")).fields[0].value == "901F"


def test_no_truncation_and_no_single_flipped_bit_gives_a_value(shared_data):
    frames = [bytes.fromhex(vector["hex"]) for vector in verified(shared_data)]
    tried = 0
    for frame_bytes in [*frames, LONG]:
        for length in range(len(frame_bytes)):
            with pytest.raises(FrameError) as raised:
                decode(frame_bytes[:length])
            assert 0 <= raised.value.offset <= length
            tried += 1
        for place in range(1, len(frame_bytes) - 1):
            for bit in range(8):
                flipped = bytearray(frame_bytes)
                flipped[place] ^= 1 << bit
                with pytest.raises(FrameError):
                    decode(bytes(flipped))
                tried += 1
    assert tried == sum(9 * len(frame_bytes) - 16 for frame_bytes in [*frames, LONG])


@pytest.mark.parametrize("extra", [b"\x00", b"\x16", b"\x68", CURRENT])
def test_bytes_behind_a_frame_are_refused(extra):
    with pytest.raises(FrameError, match="after the end of the frame") as raised:
        decode(CURRENT + extra)
    assert raised.value.offset == len(CURRENT)


def test_an_error_names_what_stood_where():
    damaged = bytearray(CURRENT)
    damaged[12] += 1
    with pytest.raises(FrameError, match=r"checksum 16; the bytes sum to 17") as raised:
        decode(bytes(damaged))
    assert raised.value.offset == 17
    with pytest.raises(FrameError, match="byte 69; expected 68 to begin a frame") as raised:
        decode(b"\xfe\xfe" + b"\x69" + CURRENT[1:])
    assert raised.value.offset == 2
    with pytest.raises(FrameError, match="current, phase A: byte 9A in 99 9A 04") as raised:
        decode(b"\xfe" + answer("02020100", bytes.fromhex("999A04")))
    assert raised.value.offset == 1 + 10 + 4 + 1


@pytest.mark.parametrize(
    ("place", "byte", "said"),
    [
        (0, 0x69, "byte 69; expected 68 to begin a frame"),
        (7, 0x69, "byte 69; expected 68 to begin the control field"),
        (9, 0x06, "where the length puts the end; expected 16"),
        (9, 0x08, "frame ends after 19 bytes; expected 20"),
        (18, 0x17, "byte 17 where the length puts the end; expected 16"),
    ],
)
def test_a_sum_that_holds_does_not_make_up_for_wrong_structure(place, byte, said):
    wrong = bytearray(CURRENT)
    wrong[place] = byte
    wrong[17] = sum(wrong[:17]) % 256
    with pytest.raises(FrameError, match=said):
        decode(bytes(wrong))


def test_a_bad_value_within_a_block_is_found_where_it_stands():
    with pytest.raises(FrameError, match="voltage, phase C: byte 2B in 01 2B") as raised:
        decode(answer("0201FF00", bytes.fromhex("0122 0122 012B")))
    assert raised.value.offset == 10 + 4 + 4 + 1


@pytest.mark.parametrize("preamble", [b"", b"\xfe", b"\xfe" * 4, b"\xfe" * 7, b"\xff\xff\xfe"])
def test_any_preamble_is_accepted(preamble):
    assert decode(preamble + CURRENT) == decode(CURRENT)


def error_of(frame_bytes: bytes) -> FrameError | None:
    """What is wrong with a frame; None: nothing. Any other exception fails the test."""
    try:
        assert isinstance(decode(frame_bytes), Decoded)
    except FrameError as error:
        return error
    return None


@given(st.binary(max_size=60))
def test_no_bytes_whatever_raise_anything_but_a_frame_error(hostile):
    error = error_of(hostile)
    assert error is None or 0 <= error.offset <= len(hostile)


INTERESTING = ["00010000", "0001FF00", "01010000", "0201FF00", "04000101", "04000102", "04000403",
               "04000503", "04000901", "0400010C", "05060001", "05060901", "06000001", "06020001",
               "0280000A", "028022FF"]  # fmt: skip


@settings(max_examples=400)
@given(
    st.integers(0, 255),
    st.sampled_from(INTERESTING) | st.binary(min_size=4, max_size=4).map(bytes.hex),
    st.binary(max_size=40),
)
def test_no_data_field_under_a_sum_that_holds_raises_anything_but_a_frame_error(
    control, identifier, hostile
):
    for data in (bytes.fromhex(identifier)[::-1] + hostile, hostile[:6]):
        frame_bytes = framed(control, data)
        error = error_of(frame_bytes)
        assert error is None or 10 <= error.offset <= len(frame_bytes) - 2


# What a stream holds


def frames_in(*pieces: bytes, ended: bool = False):
    """Frames and errors of a stream that arrives in pieces; the part left waiting."""
    found, waiting = [], b""
    for piece in pieces:
        waiting += piece
        now, consumed = find_frames(waiting)
        found += now
        waiting = waiting[consumed:]
    if ended:
        now, consumed = find_frames(waiting, ended=True)
        found, waiting = [*found, *now], waiting[consumed:]
    return found, waiting


def test_two_frames_in_one_buffer_with_garbage_around_are_both_found():
    found, waiting = frames_in(
        b"\x00\x68\x12" + b"\xfe" * 4 + CURRENT + b"\xfe\xff" + LONG + b"\x99\x55"
    )
    kinds = [type(each).__name__ for each in found]
    assert kinds == ["FrameError", "Frame", "Frame", "FrameError"]
    assert found[1:3] == [parse_frame(CURRENT), parse_frame(LONG)]
    assert (str(found[0]), found[0].offset) == ("3 bytes that begin no frame: 00 68 12", 0)
    assert waiting == b""


def test_each_stretch_without_a_frame_has_its_own_error():
    damaged = CURRENT[:17] + b"\x17\x16"
    first, frame, second = frames_in(damaged + LONG + b"\xfe\x00\x01\xfe")[0]
    assert (str(first), first.offset) == ("checksum 17; the bytes sum to 16", 17)
    assert frame == parse_frame(LONG)
    assert str(second) == "2 bytes that begin no frame: 00 01"
    assert second.offset == len(damaged + LONG) + 1


def test_half_a_frame_waits_for_the_rest():
    assert frames_in(b"\xfe\xfe" + CURRENT[:9]) == ([], CURRENT[:9])
    assert frames_in(b"\xfe\xfe" + CURRENT[:9], CURRENT[9:]) == ([parse_frame(CURRENT)], b"")


def test_a_frame_that_the_line_dropped_is_an_error_once_it_falls_silent():
    [error], waiting = frames_in(CURRENT[:9], ended=True)
    assert "frame ends after 9 bytes; expected 12" in str(error)
    assert waiting == b""


def test_frames_behind_one_with_bytes_missing_are_found():
    [error, *frames], waiting = frames_in(CURRENT[:11] + CURRENT[14:] + LONG + CURRENT)
    assert isinstance(error, FrameError)
    assert frames == [parse_frame(LONG), parse_frame(CURRENT)]
    assert waiting == b""


def test_a_68_within_address_and_data_does_not_mislead():
    in_address = framed(0x91, b"\x00\x00\x01\x00\x00\x01\x02\x03", "686868686868")
    in_data = framed(0x91, b"\x00\x00\x01\x00" + b"\x35" * 24)  # 35 travels as 68
    assert in_data.count(b"\x68") == 26
    whole = [parse_frame(in_address), parse_frame(in_data)]
    assert frames_in(in_address + in_data) == (whole, b"")
    # One 68 too many in front makes a second start of the address: settled when more comes or
    # nothing does.
    [error, *frames], waiting = frames_in(b"\x68" + in_address + in_data, ended=True)
    assert isinstance(error, FrameError)
    assert (frames, waiting) == (whole, b"")


def test_the_echo_of_our_own_request_can_be_told_from_the_answer():
    request = read_data("000000000161", "02020100")
    found, _ = frames_in(request + b"\xfe\xfe" + CURRENT)
    assert [frame.is_answer for frame in found] == [False, True]
    assert [f for f in found if f.is_answer] == [parse_frame(CURRENT)]


@given(
    st.lists(
        st.sampled_from([CURRENT, LONG, CURRENT[:7], LONG[:20], b"\xfe\xfe", b"\x68"])
        | st.binary(max_size=6),
        max_size=8,
    ),
    st.lists(st.integers(1, 20), max_size=12),
)
def test_the_frames_found_do_not_depend_on_where_the_stream_was_cut(stream, cuts):
    whole = b"".join(stream)
    pieces, rest = [], whole
    for cut in cuts:
        pieces.append(rest[:cut])
        rest = rest[cut:]
    in_one, waiting_one = frames_in(whole)
    in_pieces, waiting_pieces = frames_in(*pieces, rest)
    assert [f for f in in_one if not isinstance(f, FrameError)] == [
        f for f in in_pieces if not isinstance(f, FrameError)
    ]
    assert waiting_one == waiting_pieces


@given(st.binary(max_size=5).filter(lambda noise: b"\x68" not in noise), st.integers(0, 8))
def test_a_frame_behind_noise_without_a_start_is_never_lost(noise, preamble):
    found, _ = frames_in(noise + b"\xfe" * preamble + CURRENT)
    assert found[-1] == parse_frame(CURRENT)


@pytest.mark.parametrize(
    ("asked", "answering", "meant"),
    [
        ("AAAAAAAAAAAA", "000000000161", True),
        ("AAAAAAAA0161", "000000000161", True),
        ("AAAAAAAA0161", "000000000162", False),
        ("000000000161", "000000000161", True),
        ("000000000161", "100000000161", False),
    ],
)
def test_a_wildcard_addresses_every_meter_that_has_the_digits_given(asked, answering, meant):
    assert is_meant(asked, answering) is meant


# What single answers mean


@pytest.mark.parametrize(
    ("identifier", "data", "value", "unit"),
    [
        ("02060000", "0185", Decimal("-0.501"), ""),
        ("02060000", "0105", Decimal("0.501"), ""),
        ("02030000", "004081", Decimal("-1.4000"), "kW"),
        ("02040100", "123480", Decimal("-0.3412"), "kvar"),
        ("02020200", "500280", Decimal("-0.250"), "A"),
        ("00000000", "81210080", Decimal("-21.81"), "kWh"),
        ("00030000", "00100080", Decimal("-10.00"), "kvarh"),
        ("00010000", "00000080", Decimal("800000.00"), "kWh"),  # has no sign
        ("00440000", "00010000", Decimal("1.00"), "kvarh"),
        ("02070100", "0001", Decimal("10.0"), "°"),
        ("02800002", "9849", Decimal("49.98"), "Hz"),
        ("02800007", "0581", Decimal("-10.5"), "°C"),
        ("02800008", "6003", Decimal("3.60"), "V"),
        ("0280000A", "15000000", Decimal(15), "min"),
        ("04000102", "595923", time(23, 59, 59), ""),
        ("0400010C", "30000001010625", at("2025-06-01 00:00:30"), ""),
        ("04000306", "400000", Decimal(40), ""),
        ("04000401", "345600000012", "120000005634", ""),
        ("04000403", "3231" + "00" * 30, "12", ""),
        ("04000501", "0400", "clock battery low", ""),
        ("04000503", "1080", "relay open, bit 15", ""),
        ("04000901", "05", "voltage current and frequency, power factor", ""),
        ("05060001", "0000010225", at("2025-02-01"), ""),
    ],
)  # fmt: skip
def test_a_value_is_read_by_its_identifier(identifier, data, value, unit):
    [field] = decode(answer(identifier, bytes.fromhex(data))).fields
    assert (field.identifier, field.value, field.unit) == (identifier, value, unit)


@pytest.mark.parametrize(
    ("identifier", "width"),
    [("00010000", 4), ("02010100", 2), ("02060000", 2), ("02030000", 3), ("04000102", 3),
     ("04000402", 6), ("04000405", 6), ("04000504", 2), ("05000001", 5)],
)  # fmt: skip
def test_ff_throughout_is_no_value_and_never_zero(identifier, width):
    [field] = decode(answer(identifier, b"\xff" * width)).fields
    assert field.value is None


def test_a_block_gives_each_value_its_number_and_what_is_absent_is_null():
    fields = decode(answer("0203FF00", bytes.fromhex("004000 004000 FFFFFF 000000"))).fields
    assert [(f.identifier, f.value) for f in fields] == [
        ("0203FF00.0", Decimal("0.4000")),
        ("0203FF00.1", Decimal("0.4000")),
        ("0203FF00.2", None),
        ("0203FF00.3", Decimal(0)),
    ]


def test_a_block_over_settlement_days_counts_them_back():
    fields = decode(answer("000100FF", bytes.fromhex("00030000 00020000 00010000"))).fields
    assert [(f.identifier, f.name, f.value) for f in fields] == [
        ("000100FF.0", "forward active energy, total", Decimal("3.00")),
        ("000100FF.1", "forward active energy, total, last settlement day", Decimal("2.00")),
        ("000100FF.2", "forward active energy, total, 2 settlement days back", Decimal("1.00")),
    ]


def test_a_maximum_demand_has_the_time_when_it_occurred():
    fields = decode(answer("01010000", bytes.fromhex("563412 4518310125"))).fields
    assert fields == (
        Field("01010000", "forward active maximum demand, total", Decimal("12.3456"), "kW"),
        Field(
            "01010000.time",
            "forward active maximum demand, total, occurred at",
            at("2025-01-31 18:45"),
        ),
    )
    never = decode(answer("01010000", bytes.fromhex("000000 0000000000"))).fields
    assert [field.value for field in never] == [Decimal(0), None]


def test_the_date_has_its_weekday_beside_it():
    fields = decode(answer("04000101", bytes.fromhex("06 01 02 25"))).fields
    assert [field.value for field in fields] == [Decimal(6), date(2025, 2, 1)]


def test_a_daily_freeze_has_the_total_and_its_tariffs():
    fields = decode(answer("05060101", bytes.fromhex("00500000 00200000 00300000"))).fields
    assert [(f.identifier, f.name, f.value, f.unit) for f in fields] == [
        ("05060101.0", "daily freeze, last: forward active energy, total", Decimal(50), "kWh"),
        ("05060101.1", "daily freeze, last: forward active energy, tariff 1", Decimal(20), "kWh"),
        ("05060101.2", "daily freeze, last: forward active energy, tariff 2", Decimal(30), "kWh"),
    ]


@pytest.mark.parametrize(
    ("identifier", "data", "said"),
    [
        ("02010100", "237100", "3 bytes of voltage, phase A; expected 2"),
        ("02010100", "", "0 bytes of voltage, phase A; expected 2"),
        ("0001FF00", "363600000256", "6 bytes of forward active energy, all tariffs"),
        ("01010000", "563412", "3 bytes of forward active maximum demand, total; expected 8"),
        ("00010000", "0000A000", "byte A0 in 00 00 A0 00; expected decimal digits"),
        ("00010000", "FFFFFF00", "byte FF in FF FF FF 00"),
        ("02060000", "01FF", "byte FF in 01 FF"),
        ("04000102", "606023", "236060; expected hhmmss that exists"),
        ("05060001", "0000300225", "2502300000; expected YYMMDDhhmm that exists"),
        ("04000403", "0A" + "00" * 31, "byte 0A; expected an ASCII character"),
    ],
)
def test_what_an_identifier_cannot_mean_is_refused(identifier, data, said):
    with pytest.raises(FrameError) as raised:
        decode(answer(identifier, bytes.fromhex(data)))
    assert said in str(raised.value)


def test_data_under_an_unknown_identifier_stay_bytes():
    fields = decode(answer("03300101", b"\x01\x02")).fields
    assert fields == (Field("03300101", "data not in the catalogue", b"\x01\x02"),)


@pytest.mark.parametrize(
    ("byte", "said"),
    [
        (0x02, "no such data"),
        (0x04, "password wrong or not authorised"),
        (0x41, "other error, too many tariffs"),
        (0x80, "bit 7"),
        (0x00, "not stated"),
    ],
)
def test_a_refusal_names_its_bits(byte, said):
    decoded = decode(framed(0xD1, bytes([byte])))
    assert decoded.service == "error answer"
    assert decoded.fields == (Field("ERR", "error", said),)


@pytest.mark.parametrize(
    ("control", "data", "direction", "service"),
    [
        (0x9C, "", "uplink", "relay control answer"),
        (0x1C, "02000000 01000000 1A00", "downlink", "relay control"),
        (0x94, "", "uplink", "write data answer"),
        (0x08, "000000010125", "downlink", "broadcast time sync"),
        (0x12, "00000100 01", "downlink", "read follow-up"),
        (0xB1, "00000100 0000", "uplink", "read data answer, more follows"),
        (0xB2, "00000100 0000 01", "uplink", "read follow-up answer, more follows"),
        (0x92, "00000100 0000 01", "uplink", "read follow-up answer"),
        (0x9F, "", "uplink", "function 1F answer"),
    ],
)
def test_frames_that_are_none_of_ours_can_still_be_read(control, data, direction, service):
    decoded = decode(framed(control, bytes.fromhex(data)))
    assert decoded[:3] == ("DL/T 645-2007", direction, service)


def test_a_request_for_load_records_says_how_many_from_when():
    request = framed(0x11, bytes.fromhex("01000006 04 4518310125"))
    assert [field.value for field in decode(request).fields] == [
        "06000001", Decimal(4), at("2025-01-31 18:45")
    ]  # fmt: skip


def test_a_piece_of_a_long_answer_has_no_values_yet():
    fields = decode(framed(0xB1, bytes.fromhex("00FF0100 30360000 5602"))).fields
    assert [field.identifier for field in fields] == ["DI", "data"]
    assert not any(isinstance(field.value, Decimal) for field in fields)


def test_a_frame_already_parsed_decodes_the_same():
    assert decode_frame(parse_frame(LONG)) == decode(LONG)
