"""How DL/T 645 writes values: what a meter writes is read back as it was meant."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt645.answers import answer_data
from ingest.protocols.dlt645.catalogue import ENERGIES, STATUS_WORDS
from ingest.protocols.dlt645.decode import decode_frame
from ingest.protocols.dlt645.frame import Frame
from ingest.protocols.dlt645.identifiers import layout_of, single_identifier, travelling
from ingest.protocols.dlt645.values import (
    DAY,
    MOMENT,
    SECOND,
    TIME_OF_DAY,
    digits,
    flags,
    number,
    text,
)

WORD = flags(2, ("low", "", "open"))


def registers(width: int, decimals: int, *, signed: bool):
    """Every number that fits, and null."""
    most = (8 if signed else 10) * 10 ** (2 * width - 1) - 1
    whole = st.integers(-most if signed else 0, most)
    return st.none() | whole.map(lambda count: Decimal(count).scaleb(-decimals))


@given(st.data(), st.integers(1, 6), st.integers(0, 4), st.booleans())
def test_a_number_that_fits_comes_back_as_it_was(data, width, decimals, signed):
    codec = number(width, decimals, signed=signed)
    value = data.draw(registers(width, decimals, signed=signed))
    raw = codec.write(value)
    assert len(raw) == width
    back = codec.read(raw)
    assert back == value
    assert value is None or str(back).lstrip("-") == f"{abs(value):.{decimals}f}"


@given(st.binary(min_size=1, max_size=4), st.booleans())
def test_bytes_that_read_as_a_number_are_the_only_ones_that_write_it(raw, signed):
    codec = number(len(raw), 2, signed=signed)
    try:
        value = codec.read(raw)
    except FrameError as error:
        assert raw[error.offset] % 16 > 9 or raw[error.offset] // 16 > 9  # noqa: PT017
    else:
        minus_zero = signed and value == 0 and any(raw)
        assert minus_zero or codec.write(value) == raw


def test_the_sign_is_the_top_bit_and_not_the_complement_of_two():
    assert number(2, 3, signed=True).write(Decimal("-0.501")) == bytes.fromhex("0185")
    assert number(2, 3, signed=True).read(bytes.fromhex("0185")) == Decimal("-0.501")
    assert number(3, 4, signed=True).read(bytes.fromhex("999999")) == Decimal("-19.9999")
    assert number(3, 4).read(bytes.fromhex("999999")) == Decimal("99.9999")


def test_minus_zero_is_zero():
    assert str(number(3, 3, signed=True).read(bytes.fromhex("000080"))) == "0.000"


@pytest.mark.parametrize(
    ("value", "signed"),
    [("1000.0", False), ("800.0", True), ("-800.0", True), ("-0.1", False), ("0.01", False)],
)
def test_a_number_that_does_not_fit_is_not_written(value, signed):
    with pytest.raises(ValueError, match="does not fit 4 digits, 1 behind the point"):
        number(2, 1, signed=signed).write(Decimal(value))


@given(
    st.none() | st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31))  # noqa: DTZ001 - a meter's own
)
def test_times_of_the_meters_clock_come_back_to_the_minute_or_second(moment):
    to_minute = moment and moment.replace(second=0, microsecond=0)
    to_second = moment and moment.replace(microsecond=0)
    assert MOMENT.read(MOMENT.write(moment)) == to_minute
    assert SECOND.read(SECOND.write(moment)) == to_second


@given(
    st.none() | st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.none() | st.times().map(lambda moment: moment.replace(microsecond=0)),
)
def test_dates_and_times_of_day_come_back(day, moment):
    assert DAY.read(DAY.write(day)) == day
    assert TIME_OF_DAY.read(TIME_OF_DAY.write(moment)) == moment


def test_midnight_is_a_time_of_day_but_no_date_is_all_zero():
    assert TIME_OF_DAY.read(bytes(3)) == time(0, 0)
    assert MOMENT.read(bytes(5)) is None
    assert DAY.read(bytes(3)) is None


@given(st.none() | st.text("0123456789", min_size=12, max_size=12))
def test_meter_numbers_keep_their_leading_zeros(written):
    assert digits(6).read(digits(6).write(written)) == written


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=10))
def test_text_comes_back_without_its_padding(written):
    assert text(10).read(text(10).write(written)) == written


@given(st.none() | st.sets(st.sampled_from(["low", "bit 1", "open", "bit 7", "bit 14"])))
def test_bits_come_back_by_name_lowest_first(names):
    order = ["low", "bit 1", "open", "bit 7", "bit 14"]
    written = None if names is None else ", ".join(n for n in order if n in names)
    assert WORD.read(WORD.write(written)) == written


@pytest.mark.parametrize(
    ("codec", "value"),
    [(WORD, "high"), (digits(6), "12"), (digits(1), "٣٤"), (text(2), "abc"), (text(2), "峰")],
)
def test_what_a_format_cannot_hold_is_not_written(codec, value):
    with pytest.raises(ValueError, match=value):
        codec.write(value)


# Identifiers


def test_phases_repeat_the_kinds_of_energy_14_28_and_3c_further_on():
    assert ENERGIES[0x01].name == "forward active energy"
    assert ENERGIES[0x15].name == "forward active energy, phase A"
    assert ENERGIES[0x2A].name == "reverse active energy, phase B"
    assert ENERGIES[0x44].name == "reactive quadrant 4 energy, phase C"
    assert len(ENERGIES) == 1 + 4 * (10 + 7)


@pytest.mark.parametrize(
    ("identifier", "name"),
    [
        ("00010000", "forward active energy, total"),
        ("00023F0C", "reverse active energy, tariff 63, 12 settlement days back"),
        ("00150000", "forward active energy, phase A"),
        ("02010300", "voltage, phase C"),
        ("02030000", "active power, total"),
        ("020A0315", "voltage harmonic, order 21, phase C"),
        ("04000504", "status word 4, phase A"),
        ("05000203", "timed freeze, 3 back: reverse active energy, all tariffs"),
        ("05061001", "daily freeze, last: power"),
    ],
)
def test_an_identifier_has_a_name(identifier, name):
    layout = layout_of(travelling(identifier))
    assert layout
    assert layout.name == name


@pytest.mark.parametrize(
    "identifier",
    ["000B0000", "00014000", "0001000D", "0001FFFF", "02010000", "02010400", "02030400",
     "02010101", "02800100", "020A0016", "04010001", "05070101", "05060100", "050601FF",
     "06000001", "FFFFFFFF"],
)  # fmt: skip
def test_an_identifier_outside_the_tables_has_no_meaning(identifier):
    assert layout_of(travelling(identifier)) is None


@pytest.mark.parametrize("written", ["0001", "0001000g", "000100000", ""])
def test_what_is_no_identifier_is_refused(written):
    with pytest.raises(ValueError, match="expected 8 hexadecimal digits"):
        travelling(written)


BLOCKS = ["0001FF00", "0001FF0C", "000100FF", "0101FF00", "0201FF00", "0202FF00", "0203FF00",
          "0204FF00", "0205FF00", "0206FF00", "0207FF00", "0208FF00", "020A01FF",
          "040005FF"]  # fmt: skip


@pytest.mark.parametrize("block", BLOCKS)
def test_a_value_of_a_block_is_the_value_asked_for_alone(block):
    layout = layout_of(travelling(block))
    assert layout
    for part in layout.parts:
        if part.identifier.endswith(".time"):
            continue
        alone = layout_of(travelling(single_identifier(part.identifier)))
        assert alone
        assert alone.parts[0][1:3] == part[1:3]
        assert alone.parts[0].codec is part.codec


@pytest.mark.parametrize("identifier", ["02010100", "05060101.2", "01010000.time"])
def test_what_is_no_part_of_a_block_keeps_its_identifier(identifier):
    assert single_identifier(identifier) == identifier


ALONE = ["00010000", "00000203", "01010000", "02030000", "02060100", "02800007", "04000101",
         "04000102", "0400010C", "04000401", "04000403", "04000901", "05060001"]  # fmt: skip
FROZEN = ["05060101", "05060901", "05061001", "05000301"]


CLOCKS = {
    id(MOMENT): datetime.fromisoformat("2025-01-31 18:45"),
    id(SECOND): datetime.fromisoformat("2025-01-31 18:45:59"),
    id(DAY): date(2025, 1, 31),
    id(TIME_OF_DAY): time(18, 45, 1),
}


def meant(codec, raw):
    """A value that this way of writing can hold, from any bytes; FF in front for none."""
    if raw[0] == 0xFF:
        return None
    if id(codec) in CLOCKS:
        return CLOCKS[id(codec)]
    mask, always = (0x17, 0x40) if codec is text(codec.width) else (0x77, 0)
    return codec.read(bytes(byte & mask | always for byte in raw))


@given(st.data(), st.sampled_from([*ALONE, *BLOCKS, *FROZEN]))
def test_what_a_simulated_meter_answers_is_what_is_read(data, identifier):
    layout = layout_of(travelling(identifier))
    assert layout
    width = data.draw(st.sampled_from(sorted(layout.parts_at)))
    raw = data.draw(st.binary(min_size=width, max_size=width))
    parts = layout.parts[: layout.parts_at[width]]
    values = [meant(part.codec, raw[part.start : part.stop]) for part in parts]
    fields = decode_frame(Frame("000000000001", 0x91, answer_data(identifier, values))).fields
    assert [field.value for field in fields] == values
    assert [field.identifier for field in fields] == [part.identifier for part in parts]


def test_values_that_are_no_whole_block_are_not_answered():
    with pytest.raises(ValueError, match="1 values for 01010000; expected one of"):
        answer_data("01010000", [Decimal(1)])
    with pytest.raises(ValueError, match="not in the catalogue"):
        answer_data("FFFFFFFF", [])


def test_every_status_word_is_two_bytes_with_unique_names():
    for names in STATUS_WORDS.values():
        named = [name for name in names if name]
        assert len(named) == len(set(named)) <= 16
