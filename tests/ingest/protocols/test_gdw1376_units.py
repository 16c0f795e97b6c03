"""Values inside frames of Q/GDW 1376.1, worked out by hand, and what their labels mean."""

import json
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.protocols.decoded import Field, FrameError
from ingest.protocols.gdw1376 import answers, formats
from ingest.protocols.gdw1376.application import parse_application
from ingest.protocols.gdw1376.decode import decode
from ingest.protocols.gdw1376.encoding import Terminal
from ingest.protocols.gdw1376.frame import parse_frame
from ingest.protocols.gdw1376.payloads import PAYLOADS, Mark
from ingest.protocols.gdw1376.units import DataUnit, Reader, read_answer, write_answer

TERMINAL = Terminal("1000", 1)
at = datetime.fromisoformat
"""Local, as the clocks of terminals are."""


@pytest.fixture(scope="module")
def vector_frame(shared_data):
    """The real frame of an application function, of which there is one."""
    every = json.loads((shared_data / "protocol" / "vectors.json").read_text("utf-8"))
    real = [one for one in every if one["protocol"] == "Q/GDW 376.1" and one["checksum_verified"]]

    def of(afn):
        [found] = [one for one in real if one["decoded"]["AFN"] == afn]
        return bytes.fromhex(found["hex"])

    return of


def answered(afn, function, hexadecimal):
    reader = Reader(bytes.fromhex(hexadecimal), 18)
    unit = read_answer(reader, afn, 2, function)
    assert reader.left == 0
    return unit


def fields(frame):
    return {field.identifier: field for field in decode(frame).fields}


@pytest.mark.parametrize(
    ("form", "hexadecimal", "value"),
    [
        ("A.05", "0190", Decimal("-100.1")),
        ("A.07", "7123", Decimal("237.1")),
        ("A.08", "3000", Decimal(30)),
        ("A.09", "010080", Decimal("-0.0001")),
        ("A.09", "563412", Decimal("12.3456")),
        ("A.11", "78563412", Decimal("123456.78")),
        ("A.13", "78563412", Decimal("1234.5678")),
        ("A.14", "9078563412", Decimal("123456.7890")),
        ("A.22", "25", Decimal("2.5")),
        ("A.23", "563492", Decimal("92.3456")),
        ("A.25", "001500", Decimal("1.500")),
        ("A.25", "010580", Decimal("-0.501")),
        ("A.01", "593018257126", at("2026-11-25 18:30:59")),
        ("A.15", "4512160415", at("2015-04-16 12:45")),
        ("A.16", "06502321", "21 23:50:06"),
        ("A.17", "45121604", "04-16 12:45"),
        ("A.17", "59232902", "02-29 23:59"),
        ("A.20", "160415", date(2015, 4, 16)),
        ("A.21", "0415", date(2015, 4, 1)),
        ("BIN.1", "1F", 31),
        ("BIN.2", "2C01", 300),
        ("BS8", "02", "00000010"),
    ],
)
def test_a_value_reads_as_worked_out_by_hand_and_writes_back(form, hexadecimal, value):
    raw = bytes.fromhex(hexadecimal)
    assert formats.read(form, raw, 0) == value
    assert formats.write(form, value) == raw


def test_the_clock_has_the_day_of_the_week_in_the_top_bits_of_its_month():
    # 25 November 2026 is a Wednesday: 3 << 5 | 11 (BCD) = 71
    assert formats.write("A.01", at("2026-11-25 18:30:59"))[4] == 0x71
    # 31 November is no day, whatever day of the week it claims to be.
    with pytest.raises(FrameError, match=r"no time A\.01"):
        formats.read("A.01", bytes.fromhex("593018317126"), 0)


@pytest.mark.parametrize("form", [*formats.NUMBERS, *formats.TIMES, *formats.BINARIES])
def test_ee_and_ff_are_no_value_and_never_zero(form):
    size = formats.width(form)
    assert formats.read(form, b"\xee" * size, 0) is None
    assert formats.read(form, b"\xff" * size, 0) is None
    assert formats.write(form, None) == b"\xee" * size


@pytest.mark.parametrize("form", formats.TIMES)
def test_a_time_of_zeros_never_was(form):
    assert formats.read(form, bytes(formats.width(form)), 0) is None


@pytest.mark.parametrize(
    ("form", "hexadecimal"),
    [("A.07", "3A22"), ("A.09", "00000A"), ("A.15", "6012160415"), ("A.15", "4512300215")],
)
def test_what_is_no_number_and_no_time_is_refused_where_it_stands(form, hexadecimal):
    with pytest.raises(FrameError, match=f"{hexadecimal} is no") as caught:
        formats.read(form, bytes.fromhex(hexadecimal), 33)
    assert caught.value.offset == 33


@pytest.mark.parametrize(
    ("form", "value"),
    [("A.07", Decimal("237.15")), ("A.07", Decimal(-1)), ("A.07", Decimal(1000)), ("A.09", 80)],
)
def test_a_value_that_does_not_fit_is_not_rounded_away(form, value):
    with pytest.raises(ValueError, match=r"does not fit|more digits"):
        formats.write(form, value)


def test_a_frozen_day_is_labelled_with_itself_and_closes_at_the_midnight_after():
    # Day 2015-04-16, read 2015-04-17 00:05, 4 tariffs, total 1234.5678 = 400 + 300 + 534.5678 + 0
    unit = answered(
        0x0D,
        161,
        "160415 0500170415 04 7856341200 0000000400 0000000300 7856340500 0000000000",
    )
    assert unit.label == date(2015, 4, 16)
    assert unit.read_at == at("2015-04-17 00:05")
    # DL/T 645 and 698.45 stamp the same register 2015-04-17 00:00.
    assert unit.closes_at == at("2015-04-17")
    assert unit.values[0] == Decimal("1234.5678")
    total, *tariffs = map(Decimal, unit.values)
    assert sum(tariffs) == total


def test_a_day_that_was_read_before_it_ended_is_labelled_with_the_stamp_of_the_meter():
    for read_at, is_too_early in (
        ("0500170415", False),
        ("0000170415", False),
        ("5923160415", True),
    ):
        unit = answered(0x0D, 161, f"160415 {read_at} 00 7856341200")
        assert unit.is_read_too_early is is_too_early
    assert not answered(0x0D, 161, "160415 EEEEEEEEEE 00 7856341200").is_read_too_early


def test_a_frozen_month_closes_at_the_first_of_the_next():
    unit = answered(0x0D, 177, "12150500010116007856341200")
    assert unit.label == date(2015, 12, 1)
    assert unit.closes_at == at("2016-01-01")


def test_every_function_of_the_table_that_freezes_a_day_or_month_says_when_it_closes():
    frozen = {Mark.DAY: timedelta(days=1), Mark.MONTH: timedelta(days=31)}
    for (_, function), payload in PAYLOADS.items():
        unit = DataUnit(1, function, payload, label=date(2015, 1, 1))
        span = frozen.get(payload.mark)
        assert unit.closes_at == (span and at("2015-01-01") + span), payload.name


def test_present_power_voltage_and_current_take_67_bytes_as_in_two_implementations():
    raw = answers.readings(TERMINAL, 1, 0x0C, [DataUnit(1, 25, values=(None,) * 23)])
    assert len(parse_frame(raw).data) == 4 + 67


def test_present_power_voltage_and_current_are_read_in_their_order():
    powers = "105200 102000 102000 901180"  # 0.5210, 0.2010, 0.2010, -0.1190 kW
    nothing = "EE" * 12
    factors = "0010 9909 0010 5080"  # 100.0, 99.9, 100.0, -5.0 %
    voltages = "0122 0222 FFFF"  # 220.1, 220.2 V, and no phase C
    currents = "001500 001580 EEEEEE 050000"  # 1.500, -1.500 A, none, neutral 0.005 A
    together = "4512160415" + powers + nothing + factors + voltages + currents + nothing
    unit = answered(0x0C, 25, together)
    names = [column.name for column in PAYLOADS[0x0C, 25].columns]
    found = dict(zip(names, unit.values, strict=True))
    assert found["active power, phase C"] == Decimal("-0.1190")
    assert found["power factor, phase C"] == Decimal("-5.0")
    assert found["voltage, phase B"] == Decimal("220.2")
    assert found["voltage, phase C"] is None
    assert found["current, phase B"] == Decimal("-1.500")
    assert found["current, neutral"] == Decimal("0.005")
    assert found["apparent power, total"] is None


def test_forward_energies_go_with_quadrants_1_and_4_and_reverse_with_2_and_3():
    # A day without tariffs: active 1.0000, reactive 2.00, quadrants 3.00 and 4.00
    unit = answered(0x0D, 1, "160415 0500170415 00 0000010000 00020000 00030000 00040000")
    assert unit.values == (Decimal("1.0000"), Decimal("2.00"), Decimal("3.00"), Decimal("4.00"))
    names = {
        what: [column.name.rpartition(" ")[2] for column in PAYLOADS[what].columns[2:]]
        for what in ((0x0C, 33), (0x0C, 34), (0x0D, 1), (0x0D, 2), (0x0D, 17), (0x0D, 18))
    }
    assert set(map(tuple, names.values())) == {("1", "4"), ("2", "3")}
    assert names[0x0D, 1] == names[0x0C, 33] == names[0x0D, 17] == ["1", "4"]
    order = [PAYLOADS[0x0D, function].name for function in range(145, 149)]
    assert [name[17:27] for name in order] == [f"quadrant {number}" for number in (1, 4, 2, 3)]


def test_a_maximum_demand_is_followed_by_its_time():
    unit = answered(0x0D, 185, "1604150500170415015634123019160400000000000000")
    assert unit.values == (Decimal("12.3456"), "04-16 19:30", Decimal("0.0000"), None)


def test_all_quarters_of_a_day_are_points_and_the_last_is_the_midnight_after():
    values = tuple(Decimal(at).scaleb(-4) if at % 7 else None for at in range(96))
    unit = DataUnit(
        3,
        81,
        label=at("2015-04-16 00:15"),
        interval_minutes=15,
        point_count=96,
        values=values,
    )
    frame = answers.readings(TERMINAL, 5, 0x0D, [unit])
    found = decode(frame).fields
    points = [
        field for field in found if field.identifier.startswith("0D.F81.") and field.unit == "kW"
    ]
    assert [field.value for field in points] == list(values)
    assert points[-1].name == "active power, total at 2015-04-17 00:00"
    assert points[-1].identifier == "0D.F81.96"
    assert points[0].value is None


@pytest.mark.parametrize(
    ("function", "kilowatt_hours"), [(97, "1234.5678"), (99, "1234.5678"), (101, "123456.78")]
)
def test_energy_used_has_four_decimals_and_a_register_along_the_day_two(function, kilowatt_hours):
    unit = answered(0x0D, function, "1500160415 01 01 78563412")
    assert unit.values == (Decimal(kilowatt_hours),)


@pytest.mark.parametrize(
    ("hexadecimal", "minutes"),
    [("01", 15), ("02", 30), ("03", 60), ("FE", 5), ("FF", 1), ("00", None)],
)
def test_the_density_of_a_curve_is_a_code(hexadecimal, minutes):
    unit = answered(0x0D, 89, f"4512160415{hexadecimal}010022")
    assert unit.interval_minutes == minutes
    assert unit.values == (Decimal("220.0"),)


def test_an_unknown_density_is_refused_because_its_points_cannot_be_dated():
    with pytest.raises(FrameError, match="density 7 of a curve is none of") as caught:
        answered(0x0D, 89, "451216041507010022")
    assert caught.value.offset == 18 + 5


def test_more_tariffs_than_the_standard_has_are_no_number_of_tariffs():
    with pytest.raises(FrameError, match="238 tariffs; expected at most 12"):
        answered(0x0D, 161, "1604150500170415EE")


def test_an_answer_cut_short_inside_a_value_says_where_it_ends():
    with pytest.raises(FrameError, match=r"end 2 bytes into the 5 of a A\.14") as caught:
        answered(0x0D, 161, "1604150500170415007856")
    assert caught.value.offset == 18 + 11


def binaries(form):
    """EE and FF say that there is no value: no number of a terminal is so."""
    size = formats.BINARIES[form]
    whole = st.integers(0, 256**size - 1).filter(lambda n: n not in NO_VALUE[size])
    return st.one_of(st.none(), whole.map(lambda n: f"{n:08b}") if form == "BS8" else whole)


def numbers(form):
    """Every value that a format holds, and null."""
    if form in formats.BINARIES:
        return binaries(form)
    number = formats.NUMBERS[form]
    largest = (8 if number.is_signed else 10) * 10 ** (2 * number.width - 1) - 1
    smallest = -largest if number.is_signed else 0
    digits = st.integers(smallest, largest)
    return st.one_of(st.none(), digits.map(lambda one: Decimal(one).scaleb(-number.decimals)))


NO_VALUE = {1: (0xEE, 0xFF), 2: (0xEEEE, 0xFFFF)}
MINUTES = st.datetimes(at("2000-01-01 00:01"), at("2099-12-31")).map(
    lambda one: one.replace(second=0, microsecond=0)
)


@st.composite
def units(draw, afn, function):
    payload = PAYLOADS[afn, function]
    mark, count = payload.mark, draw(st.integers(0, 20)) if payload.mark is Mark.CURVE else None
    times = draw(st.integers(1, 13)) if payload.has_tariffs else 1
    values = []
    blocks = draw(st.integers(0, 31)) if payload.has_blocks else 1
    for column in payload.columns * blocks:
        for _ in range(times if count is None else count):
            is_clock = column.form in formats.TIMES
            values.append(draw(MINUTES if is_clock else numbers(column.form)))
            if column.occurs:
                values.append(draw(MINUTES.map(lambda one: f"{one:%m-%d %H:%M}")))
    days = MINUTES.map(lambda one: one.date())
    labels = {Mark.DAY: days, Mark.MONTH: days.map(lambda one: one.replace(day=1))}
    label = draw(labels[mark]) if mark in labels else draw(MINUTES) if count is not None else None
    return DataUnit(
        draw(st.integers(0, 2040)),
        function,
        payload,
        label,
        draw(st.sampled_from([1, 5, 15, 30, 60, None])) if count is not None else None,
        count,
        draw(st.one_of(st.none(), MINUTES)) if payload.has_read_time else None,
        tuple(values),
    )


@settings(deadline=None)
@given(st.data())
def test_what_a_terminal_writes_is_read_back_for_every_function_of_the_table(data):
    afn, function = data.draw(st.sampled_from(sorted(PAYLOADS)))
    written = data.draw(units(afn, function))
    raw = write_answer(afn, written)
    found = read_answer(Reader(raw[4:], 18), afn, written.point, function)
    assert found._replace(offset=0) == written


@settings(deadline=None)
@given(st.data())
def test_many_units_stand_in_one_frame_with_events_behind_them(data):
    functions = sorted(function for afn, function in PAYLOADS if afn == 0x0D)
    chosen = data.draw(st.lists(st.sampled_from(functions), min_size=1, max_size=4))
    sent = [data.draw(units(0x0D, function)) for function in chosen]
    frame = answers.readings(TERMINAL, 3, 0x0D, sent, events=(4, 250))
    application = parse_application(parse_frame(frame))
    assert [unit._replace(offset=0) for unit in application.units] == sent
    assert application.events == (4, 250)
    assert decode(frame).address == "100000001"


@pytest.mark.parametrize("count", [0, 15])
def test_values_that_do_not_fill_the_layout_are_not_sent(count):
    unit = DataUnit(1, 161, label=date(2015, 4, 16), values=(Decimal(1),) * count)
    with pytest.raises(ValueError, match="do not fill 'forward active energy'"):
        write_answer(0x0D, unit)


def test_the_real_curves_say_220_volts_and_one_and_a_half_amperes_and_else_nothing(vector_frame):
    decoded = decode(vector_frame("0D"))
    assert decoded.service == "AFN 0D class 2 data"
    found = {field.identifier: field for field in decoded.fields}
    assert found["DA"].value == 2
    assert found["0D.F89.1"] == Field(
        "0D.F89.1", "voltage, phase A at 2015-04-16 12:45", Decimal("220.0"), "V"
    )
    assert found["0D.F92.1"].value == Decimal("1.500")
    points = [one for one in decoded.fields if one.identifier.endswith(".1")]
    assert len(points) == 20
    assert sum(one.value is None for one in points) == 18


def test_the_real_forwarded_frame_gives_the_reading_of_the_meter_inside(vector_frame):
    decoded = decode(vector_frame("10"))
    found = {field.identifier: field for field in decoded.fields}
    assert found["10.F1.port"].value == 31
    assert found["10.F1.address"].value == "151230011061"
    assert found["00010000"].value == Decimal("6.78")
    assert found["00010000"].unit == "kWh"
    assert (found["EC1"].value, found["EC2"].value) == (0x4F, 0)
    assert found["Tp.sent"].value == "21 23:50:06"
    assert found["Tp.delay"] == Field("Tp.delay", "longest transmission", 5, "min")


def test_a_heartbeat_says_what_the_clock_shows_or_nothing():
    clock = at("2026-11-25 18:30:59")
    assert fields(answers.heartbeat(TERMINAL, 1, clock))["02.F3"].value == clock
    assert fields(answers.heartbeat(TERMINAL, 1))["02.F3"] == Field(
        "02.F3", "heartbeat", value=True
    )


def test_a_function_that_is_not_known_keeps_its_bytes_and_loses_nothing_before_it():
    frame = answers.readings(
        TERMINAL, 1, 0x0C, [DataUnit(1, 2, values=(at("2026-11-25 18:30:59"),))]
    )
    body = frame[6:-2] + bytes.fromhex("0101 0106 ABCD")  # p1 F49: not in the table
    length = (len(body) << 2 | 2).to_bytes(2, "little")
    whole = b"\x68" + length * 2 + b"\x68" + body + bytes((sum(body) & 0xFF, 0x16))
    found = fields(whole)
    assert found["0C.F2"].value == at("2026-11-25 18:30:59")
    assert found["0C.F49"] == Field("0C.F49", "data not decoded", b"\xab\xcd")
