"""Load profiles in CSV and Parquet files: read exactly, or refused with the line and the reason."""

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.billing.load_file import read_load
from queries.billing.load_numbers import LoadFileError, exact_units
from queries.billing.segments import cut, months
from queries.billing.tariff_model import DemandCharge

MONDAY = datetime(2018, 1, 1)  # noqa: DTZ001 - local clock time


def times(minutes=60, days=1, start=MONDAY):
    return [start + timedelta(minutes=minutes * n) for n in range(days * 24 * 60 // minutes)]


def csv_of(path, rows, header="timestamp,kwh", encoding="utf-8"):
    lines = [header, *(",".join(map(str, row)) for row in rows)]
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return path


@pytest.fixture
def file(tmp_path):
    def write(rows, header="timestamp,kwh", name="load.csv", encoding="utf-8"):
        return csv_of(tmp_path / name, rows, header, encoding)

    return write


def total_kwh(load, channel="import"):
    return Decimal(int(load.units[channel].sum())) / load.per


def peak_kw(load):
    bills = months(*load.span)
    found = load.day_rows("US").maximum(None, cut(bills, ()), DemandCharge("d", "other", ()))
    return max(found.fraction(0, bill, 0) for bill in range(len(bills)))


def refused(path, **wanted):
    with pytest.raises(LoadFileError) as told:
        read_load(path, **wanted)
    text = str(told.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    return text.removeprefix(f"{path}: ")


@pytest.mark.parametrize("minutes", [1, 5, 10, 15, 20, 30, 60, 120, 1440])
def test_any_interval_that_divides_the_day_keeps_energy_and_power(file, minutes):
    rows = [(time, "1.25") for time in times(minutes, days=2)]
    load = read_load(file(rows))
    assert load.interval_minutes == minutes
    assert total_kwh(load) == Decimal("1.25") * len(rows)
    assert peak_kw(load) == Fraction(125 * 60, 100 * minutes)
    assert bool(load.warnings) == (minutes > 60)


def test_readings_of_a_week_are_spread_over_its_days(file):
    rows = [(MONDAY + timedelta(7 * n), 70 * (n + 1)) for n in range(4)]
    load = read_load(file(rows))
    assert len(load.days) == 28
    rows_kwh = load.units["import"].sum(axis=2)[0] / load.per
    assert rows_kwh.tolist() == [10.0] * 7 + [20.0] * 7 + [30.0] * 7 + [40.0] * 7
    assert "10080 minutes" in load.warnings[0]


def test_power_times_length_is_energy(file):
    load = read_load(file([(time, "3.2") for time in times(15)], "timestamp,kW"))
    assert total_kwh(load) == Decimal("3.2") * 24
    assert peak_kw(load) == Decimal("3.2")


@pytest.mark.parametrize(
    ("header", "kwh"),
    [
        ("时间,用电量(kWh)", 24),
        ("数据时间,电量", 24),
        ("日期时间,有功功率（kW）", 24),
        ("Interval Start,Usage (kWh)", 24),
        ("datetime,energy_wh", Decimal("0.024")),
        ("time,负荷", 24),
    ],
)
def test_columns_are_known_by_name_in_both_languages(file, header, kwh):
    load = read_load(file([(time, 1) for time in times()], header))
    assert total_kwh(load) == kwh


def test_a_file_of_a_chinese_spreadsheet_is_read_in_its_encoding(file):
    path = file([(time, 1) for time in times()], "时间,用电量", encoding="gb18030")
    assert total_kwh(read_load(path)) == 24


def test_columns_that_say_nothing_here_are_left_alone(file):
    rows = [(time, "A", "7", "x") for time in times()]
    assert total_kwh(read_load(file(rows, "timestamp,quality,kwh,note"))) == 7 * 24


def test_what_was_fed_in_is_a_channel_of_its_own(file):
    rows = [(time, "0.5", "0.25") for time in times()]
    load = read_load(file(rows, "timestamp,kwh,export_kwh"))
    assert (total_kwh(load), total_kwh(load, "export")) == (12, 6)


@pytest.mark.parametrize(
    "form",
    [
        "%Y-%m-%d %H:%M",
        "%Y-%m-%dT%H:%M:%S",
        "%Y/%m/%d %H:%M:%S",
        "%Y年%m月%d日 %H:%M",
        "%Y.%m.%d %H:%M",
    ],
)
def test_times_may_be_written_in_the_usual_ways(file, form):
    load = read_load(file([(time.strftime(form), 1) for time in times()]))
    assert load.days == (date(2018, 1, 1),)


def test_days_without_an_hour_are_readings_of_days(file):
    load = read_load(file([(date(2018, 1, 1) + timedelta(n), 24) for n in range(3)], "date,kwh"))
    assert load.interval_minutes == 1440
    assert total_kwh(load) == 72


def test_times_of_ends_belong_to_the_interval_before(file):
    rows = [(time + timedelta(hours=1), n) for n, time in enumerate(times())]
    load = read_load(file(rows, "interval_end,kwh"))
    assert load.days == (date(2018, 1, 1),)
    assert load.units["import"][0, 0].tolist() == list(range(24))


def test_24_o_clock_is_the_end_of_the_day(file):
    rows = [(f"2018-01-01 {hour:02d}:00", 1) for hour in range(1, 25)]
    assert read_load(file(rows, "interval_end,kwh")).days == (date(2018, 1, 1),)


def test_ends_taken_for_starts_are_found_out(file):
    rows = [(time + timedelta(minutes=15), 1) for time in times(15, days=2)]
    told = refused(file(rows))
    assert "2018-01-01 00:15 to 2018-01-03 00:15" in told
    assert "call their column interval_end" in told


def test_the_clock_of_the_place_counts_not_that_of_utc(file):
    rows = [(f"{time.isoformat()}-08:00", time.hour) for time in times()]
    load = read_load(file(rows))
    assert load.units["import"][0, 0].tolist() == list(range(24))
    assert load.warnings == ()


def test_a_zone_shows_times_in_utc_by_its_clock(file):
    first = datetime(2018, 1, 1, 6, tzinfo=UTC)
    rows = [((first + timedelta(hours=n)).isoformat(), n) for n in range(24)]
    path = file(rows)
    load = read_load(path, zone=ZoneInfo("America/Chicago"))
    assert load.units["import"][0, 0].tolist() == list(range(24))
    assert "expected whole days" in refused(path)


def test_times_in_utc_are_said_to_be(file):
    load = read_load(file([(f"{time.isoformat()}Z", 1) for time in times()]))
    assert "times are in UTC" in load.warnings[0]


def test_a_zone_needs_offsets(file):
    told = refused(file([(time, 1) for time in times()]), zone=ZoneInfo("Asia/Shanghai"))
    assert "have no offset from UTC" in told


def test_every_time_has_an_offset_or_none(file):
    rows = [(time.isoformat() + ("+08:00" if time.hour else ""), 1) for time in times()]
    assert "line 2, column 'timestamp'" in refused(file(rows))


@pytest.mark.parametrize(("day", "hours"), [("2018-03-11", 23), ("2018-11-04", 25)])
def test_days_of_23_and_25_hours_are_one_day_each(file, day, hours):
    zone = ZoneInfo("America/Chicago")
    midnight = datetime.fromisoformat(day).replace(tzinfo=zone).astimezone(UTC)
    local = [(midnight + timedelta(hours=n)).astimezone(zone) for n in range(hours)]
    with_offsets = read_load(file([(time.isoformat(), 1) for time in local]))
    bare = read_load(file([(time.strftime("%Y-%m-%d %H:%M"), 1) for time in local]))
    for load in (with_offsets, bare):
        assert set(load.days) == {date.fromisoformat(day)}
        assert total_kwh(load) == hours
        assert peak_kw(load) == 1, "the hour that comes again is no double demand"
    assert with_offsets.warnings == ()
    assert "the clock is taken to be set" in bare.warnings[0]


def test_an_hour_missing_on_another_day_is_no_change_of_the_clock(file):
    rows = [(time, 1) for time in times(days=2) if time.hour != 2 or time.day != 2]
    assert "1 are missing here" in refused(file(rows))


def test_only_days_asked_for_have_to_be_there(file):
    rows = [(time, 1) for time in times(days=4, start=MONDAY + timedelta(hours=7))]
    del rows[80]
    path = file(rows)
    assert "are missing" in refused(path)
    load = read_load(path, first_day=date(2018, 1, 2), last_day=date(2018, 1, 3))
    assert load.days == (date(2018, 1, 2), date(2018, 1, 3))
    told = refused(path, first_day=date(2018, 1, 1), last_day=date(2018, 1, 3))
    assert "readings are from 2018-01-01 07:00" in told


def test_a_missing_value_on_a_day_not_asked_for_does_no_harm(file):
    rows = [(time, "NaN" if time.day == 2 else 1) for time in times(days=2)]
    path = file(rows)
    assert "line 26, column 'kwh': no value ('NaN')" in refused(path)
    assert total_kwh(read_load(path, last_day=date(2018, 1, 1))) == 24


def test_first_day_after_last_day(file):
    path = file([(time, 1) for time in times()])
    assert "is after the last" in refused(path, first_day=date(2019, 1, 1))


def changed(row, column, value):
    def change(rows):
        rows[row][column] = value
        return rows

    return change


HOSTILE = {
    "no value": (changed(3, 1, ""), "line 5, column 'kwh': no value ('')"),
    "not a number": (changed(3, 1, "NaN"), "line 5, column 'kwh': no value ('NaN')"),
    "infinity": (changed(3, 1, "inf"), "line 5, column 'kwh': 'inf' is no number"),
    "word": (changed(3, 1, "offline"), "line 5, column 'kwh': 'offline' is no number"),
    "underscores": (changed(3, 1, "1_0"), "line 5, column 'kwh': '1_0' is no number"),
    "below zero": (changed(3, 1, "-0.5"), "line 5, column 'kwh': -0.5 is below zero"),
    "too large": (changed(3, 1, "1e30"), "line 5, column 'kwh': 1e30 is too large"),
    "long": (changed(3, 1, "9" * 5000), "line 5, column 'kwh': 9999"),
    "one more field": (changed(3, 1, "1,5"), "line 5: 3 fields; expected 2"),
    "no time": (changed(3, 0, "yesterday"), "line 5, column 'timestamp': 'yesterday' is no time"),
    "no such day": (changed(3, 0, "2018-02-30 03:00"), "line 5, column 'timestamp'"),
    "no such hour": (changed(3, 0, "2018-01-01 25:00"), "line 5, column 'timestamp'"),
    "seconds": (changed(3, 0, "2018-01-01 03:00:30"), "on a whole minute"),
    "twice": (changed(3, 0, "2018-01-01 02:00"), "stands twice, also in line 4"),
    "back": (changed(3, 0, "2018-01-01 00:30"), "is before 2018-01-01 02:00 above it"),
    "other interval": (changed(3, 0, "2018-01-01 02:30"), "30 minutes after the reading above"),
    "gap": (lambda rows: rows[:3] + rows[5:], "line 5, column 'timestamp': 2018-01-01 05:00"),
    "no reading": (lambda rows: rows[:0], "0 readings; expected at least two"),
    "one reading": (lambda rows: rows[:1], "1 readings; expected at least two"),
    "backwards": (lambda rows: rows[::-1], "times do not rise"),
    "quote left open": (changed(3, 1, '"1'), "line 25: unexpected end of data"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files_are_refused_with_line_column_and_reason(file, case):
    change, told = HOSTILE[case]
    rows = change([[time.strftime("%Y-%m-%d %H:%M"), "1.5"] for time in times()])
    assert told in refused(file(rows))


def test_a_gap_says_how_many_readings_are_missing_here_and_in_all(file):
    rows = [(time, 1) for time in times(15) if time.hour not in {3, 9}]
    told = refused(file(rows))
    assert "4 are missing here, 8 in all" in told
    assert "not zero" in told


@pytest.mark.parametrize(
    ("minutes", "told"),
    [(7, "7 minutes apart"), (2000, "2000 minutes apart"), (50, "50 minutes apart")],
)
def test_intervals_that_do_not_fit_the_day_are_refused(file, minutes, told):
    rows = [(MONDAY + timedelta(minutes=minutes * n), 1) for n in range(30)]
    assert told in refused(file(rows))


def test_intervals_that_do_not_begin_with_the_hour_are_refused(file):
    rows = [(time + timedelta(minutes=7), 1) for time in times(15, days=2)]
    path = file(rows)
    assert "begins at 2018-01-01 00:07" in refused(path)


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("when,kwh", "no column of time"),
        ("timestamp,value", "no column of use"),
        ("timestamp,energy_kwh,usage_kwh", "all say use"),
        ("timestamp,kwh,kWh", "all say use"),
    ],
)
def test_columns_that_are_not_there_or_there_twice_are_named(file, header, told):
    rows = [(time, *[1] * header.count(",")) for time in times()]
    assert told in refused(file(rows, header))


def test_energy_goes_before_power_where_a_file_has_both(file):
    rows = [(time, 99, 1) for time in times()]
    assert total_kwh(read_load(file(rows, "timestamp,kw,kwh"))) == 24


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "no column of time"),
        (b"\x00\x01\x02", "zero bytes"),
        (b"\xff\xfe\xfd", "neither in UTF-8 nor in GB 18030"),
        (b"timestamp,kwh", "0 readings"),
        (b"timestamp,kwh\r\n\r\n\r\n", "0 readings"),
    ],
)
def test_files_that_hold_no_table_are_refused(tmp_path, raw, told):
    path = tmp_path / "load.csv"
    path.write_bytes(raw)
    assert told in refused(path)


def test_a_file_cut_off_at_any_byte_is_refused_or_has_all_of_its_days(file):
    path = file([(time, "1.25") for time in times()])
    whole = path.read_bytes()
    for length in range(len(whole) - 6):
        path.write_bytes(whole[:length])
        refused(path)


def test_a_parquet_file_is_read_as_the_same_csv(tmp_path, file):
    kwh = [0.1 * n for n in range(96)]
    frame = pl.DataFrame({"timestamp": times(15), "kwh": kwh})
    frame.write_parquet(tmp_path / "load.parquet")
    from_parquet = read_load(tmp_path / "load.parquet")
    from_csv = read_load(file([(t, repr(k)) for t, k in zip(times(15), kwh, strict=True)]))
    assert total_kwh(from_parquet) == total_kwh(from_csv)
    assert "rounded to micro-kWh" in from_parquet.warnings[0]


def test_parquet_knows_its_zone(tmp_path):
    local = pl.Series(times()).dt.replace_time_zone("Asia/Shanghai")
    pl.DataFrame({"时间": local, "用电量": list(range(24))}).write_parquet(tmp_path / "l.parquet")
    load = read_load(tmp_path / "l.parquet")
    assert load.units["import"][0, 0].tolist() == list(range(24))


@pytest.mark.parametrize("column", [[1.0, None] * 12, [1.0, float("nan")] * 12])
def test_parquet_without_a_value_is_refused(tmp_path, column):
    pl.DataFrame({"time": times(), "kwh": column}).write_parquet(tmp_path / "l.parquet")
    assert "row 2, column 'kwh': no value" in refused(tmp_path / "l.parquet")


def test_parquet_that_is_none_is_refused(tmp_path):
    path = tmp_path / "l.parquet"
    path.write_bytes(b"PAR1 and nothing")
    assert "no Parquet file" in refused(path)
    pl.DataFrame({"time": times(), "kwh": [[1]] * 24}).write_parquet(path)
    assert "expected numbers, times or text" in refused(path)


NUMBERS = st.decimals(0, 10**6, allow_nan=False, allow_infinity=False, places=9)


@settings(deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=20))
def test_numbers_are_read_exactly_or_rounded_half_up_to_the_micro_kwh(numbers):
    texts = pl.Series([f"{number:f}" for number in numbers])
    places = np.arange(len(numbers))
    units, decimals, _ = exact_units(texts, places, "line {}", most_decimals=12)
    assert [Decimal(int(unit)).scaleb(-decimals) for unit in units] == numbers
    units, decimals, is_rounded = exact_units(texts, places, "line {}", most_decimals=6)
    rounded = [number.quantize(Decimal("0.000001"), ROUND_HALF_UP) for number in numbers]
    assert [Decimal(int(unit)).scaleb(-decimals) for unit in units] == rounded
    assert is_rounded == (rounded != numbers)


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=24, max_size=24), st.integers(0, 6))
def test_numbers_with_exponents_are_those_without(integers, decimals):
    plain = pl.Series([f"{Decimal(n).scaleb(-decimals):f}" for n in integers])
    written = pl.Series([f"{n}E-{decimals}" for n in integers])
    places = np.arange(24)
    mine, own, _ = exact_units(plain, places, "{}", most_decimals=6)
    theirs, other, _ = exact_units(written, places, "{}", most_decimals=6)
    assert (mine * 10 ** (6 - own) == theirs * 10 ** (6 - other)).all()
