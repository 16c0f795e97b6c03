"""Tabular dumps into day profiles: layouts, kinds of value, clocks, what is missing."""

# ruff: noqa: DTZ001 - wall clocks have no zone

from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.batch import PROFILES_READ, REJECTS
from ingest.collectors.table.profile import profile_from
from ingest.collectors.tabular import read
from queries.schema import SLOTS

SHANGHAI = ZoneInfo("Asia/Shanghai")
SYDNEY = ZoneInfo("Australia/Sydney")
NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
LONG = {"columns": {"meter": "m", "time": "t", "value": "v"}}
WIDE = {"layout": "wide", "columns": {"meter": "m", "date": "d"}}
RELAXED = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def collect(path, entries=None, zone=SHANGHAI, **arguments):
    """All profiles (sorted) and rejects of a file."""
    profile = profile_from(entries, "test.toml") if entries is not None else None
    batches = list(read(path, profile, zone, now=NOW, **arguments))
    profiles = pl.concat([batch.profiles for batch in batches])
    rejects = pl.concat([batch.rejects for batch in batches])
    assert profiles.schema == PROFILES_READ
    assert rejects.schema == REJECTS
    return profiles.sort("usage_point_id", "channel", "service_date"), rejects


@pytest.fixture
def dump(tmp_path):
    def write(text, name="dump.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    return write


def filled(profiles):
    """The slots that hold a value, of a single day."""
    assert len(profiles) == 1
    return {slot: v for slot in SLOTS if (v := profiles[slot][0]) is not None}


# --- layouts -------------------------------------------------------------------------------------


def test_a_long_dump_fills_the_slots_at_which_its_intervals_start(dump):
    path = dump("m,t,v\na,2024-01-01 00:00,0.25\na,2024-01-01 00:15,0.5\na,2024-01-01 23:45,1\n")
    profiles, rejects = collect(path, LONG)
    assert filled(profiles) == {"t0000": 250, "t0015": 500, "t2345": 1000}
    assert profiles["service_date"].to_list() == [date(2024, 1, 1)]
    assert profiles["interval_minutes"].to_list() == [15]
    assert rejects.is_empty()


def test_times_that_name_interval_ends_fill_the_slot_before(dump):
    path = dump("m,t,v\na,2024-01-01 00:15,1\na,2024-01-01 00:30,2\na,2024-01-01 24:00,3\n")
    profiles, _ = collect(path, {**LONG, "label": "end", "interval_minutes": 15})
    assert filled(profiles) == {"t0000": 1000, "t0015": 2000, "t2345": 3000}


@pytest.mark.parametrize("points", [96, 48, 24, 1440, 288, 144])
def test_a_wide_row_of_any_number_of_points_keeps_its_energy(points, dump):
    header = "m,d," + ",".join(f"p{i}" for i in range(1, points + 1))
    row = "a,2024-01-01," + ",".join(str(i) for i in range(points))
    profiles, rejects = collect(dump(f"{header}\n{row}\n"), WIDE | {"unit": "Wh"})
    assert rejects.is_empty()
    assert sum(filled(profiles).values()) == points * (points - 1) // 2


def test_points_named_00_15_to_24_00_are_the_96_slots_in_order(dump):
    names = [f"{m // 60:02d}:{m % 60:02d}" for m in range(15, 1441, 15)]
    row = ",".join(str(i) for i in range(96))
    path = dump(f"户号,数据日期,{','.join(names)}\n007,2024年1月1日,{row}\n", encoding="gb18030")
    profiles, rejects = collect(path)
    assert rejects.is_empty()
    assert [profiles[slot][0] for slot in SLOTS] == [i * 1000 for i in range(96)]
    assert profiles["usage_point_id"].to_list() == ["007"]


def test_point_columns_may_stand_in_any_order_and_may_be_few(dump):
    path = dump("m,d,0130,0000,0100\na,2024-01-01,3,1,2\n")
    profiles, _ = collect(path, WIDE | {"interval_minutes": 30})
    assert filled(profiles) == {"t0000": 1000, "t0100": 2000, "t0130": 3000}


def test_wide_points_named_from_00_00_as_ends_belong_to_the_day_before(dump):
    path = dump("m,d,00:00,00:30,01:00\na,2024-01-02,1,2,3\n")
    profiles, _ = collect(path, WIDE | {"label": "end", "interval_minutes": 30})
    assert profiles["service_date"].to_list() == [date(2024, 1, 1), date(2024, 1, 2)]
    assert profiles["t2330"].to_list() == [1000, None]
    assert profiles["t0000"].to_list() == [None, 2000]


def test_a_title_above_the_header_is_passed_over(dump):
    path = dump("日冻结电量曲线\n户号,数据时间,电量\n1,2024-01-01 00:00,1\n1,2024-01-01 00:15,2\n")
    profiles, rejects = collect(path)
    assert rejects.is_empty()
    assert filled(profiles) == {"t0000": 1000, "t0015": 2000}


def test_a_workbook_counts_its_rows_from_the_top(tmp_path):
    path = tmp_path / "dump.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    date_format = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet.write_row(1, 0, ["m", "t", "v"])
    for i in range(4):
        sheet.write(2 + i, 0, "007")
        sheet.write_datetime(
            2 + i, 1, datetime(2024, 1, 1) + timedelta(minutes=15 * i), date_format
        )
        sheet.write(2 + i, 2, ["--", 0, 1.25, "bad"][i])
    book.close()
    profiles, rejects = collect(path, LONG)
    assert filled(profiles) == {"t0015": 0, "t0030": 1250}
    assert rejects.select("line", "field", "excerpt").rows() == [(6, "v", "bad")]


def test_a_workbook_whose_points_are_time_cells(tmp_path):
    path = tmp_path / "wide.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    clock = book.add_format({"num_format": "hh:mm"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, ["户号", "数据日期"])
    for i in range(1, 25):
        sheet.write_number(0, 1 + i, i / 24, clock)
        sheet.write_number(1, 1 + i, i)
    sheet.write(1, 0, "a")
    sheet.write_datetime(1, 1, datetime(2024, 1, 1), day)
    book.close()
    profiles, rejects = collect(path)
    assert rejects.is_empty()
    assert filled(profiles) == {f"t{i:02d}00": (i + 1) * 1000 for i in range(24)}


def test_a_parquet_file_with_aware_times_and_numbers(tmp_path):
    path = tmp_path / "dump.parquet"
    pl.DataFrame(
        {
            "m": [7, 7],
            "t": [
                datetime(2023, 12, 31, 16, tzinfo=UTC),
                datetime(2023, 12, 31, 16, 30, tzinfo=UTC),
            ],
            "v": [1.5, float("nan")],
        }
    ).write_parquet(path)
    profiles, _ = collect(path, LONG)
    assert filled(profiles) == {"t0000": 1500}
    assert profiles["usage_point_id"].to_list() == ["7"]


def test_our_own_profiles_come_back_as_they_were(dump, tmp_path):
    header = "m,d," + ",".join(f"p{i}" for i in range(1, 49))
    row = "a,2024-01-01," + ",".join(str(i) for i in range(48))
    profiles, _ = collect(dump(f"{header}\n{row}\n"), WIDE)
    path = tmp_path / "own.parquet"
    profiles.write_parquet(path)
    again, rejects = collect(path)
    assert rejects.is_empty()
    assert again.equals(profiles)
    profiles.write_csv(tmp_path / "own.csv")
    from_csv, rejects = collect(tmp_path / "own.csv")
    assert rejects.is_empty()
    assert from_csv.equals(profiles)


def test_a_wrong_row_in_our_own_layout_is_refused_and_the_others_kept(dump, tmp_path):
    header = "m,d," + ",".join(f"p{i}" for i in range(1, 25))
    rows = "\n".join(f"{m},2024-01-01," + ",".join(["1"] * 24) for m in "abcdef")
    profiles, _ = collect(dump(f"{header}\n{rows}\n"), WIDE)
    wrong = profiles.with_columns(
        channel=pl.Series(["import", "imprt", *["import"] * 4]),
        interval_minutes=pl.Series([60, 60, 7, 60, 60, 60]),
        service_date=pl.Series(
            [date(2024, 1, 1)] * 3 + [date(2024, 6, 3)] + [date(2024, 1, 1)] * 2
        ),
        t0000=pl.Series([1000] * 4 + [-1, 1000]),
        quality=pl.Series([None] * 5 + ["AAX"], dtype=pl.String),
    )
    wrong.write_parquet(tmp_path / "own.parquet")
    kept, rejects = collect(tmp_path / "own.parquet")
    assert kept["usage_point_id"].to_list() == ["a"]
    assert rejects["line"].to_list() == [2, 3, 4, 5, 6]


# --- kinds of value ------------------------------------------------------------------------------


def test_power_times_its_interval_is_energy(dump):
    path = dump("m,t,v\na,2024-01-01 00:00,4\na,2024-01-01 00:15,8\n")
    profiles, _ = collect(path, LONG | {"kind": "power", "unit": "kW"})
    assert filled(profiles) == {"t0000": 1000, "t0015": 2000}


def test_a_register_advances_by_the_energy_in_between(dump):
    path = dump(
        "m,t,v\na,2024-01-01 00:00,100.0\na,2024-01-01 00:15,100.5\na,2024-01-01 00:30,102\n"
    )
    profiles, rejects = collect(path, LONG | {"kind": "cumulative", "multiplier": 10})
    assert rejects.is_empty()
    assert filled(profiles) == {"t0000": 5000, "t0015": 15000}


def test_the_energy_over_a_gap_in_register_readings_is_not_spread(dump):
    path = dump(
        "m,t,v\na,2024-01-01 00:00,1\na,2024-01-01 00:15,2\na,2024-01-01 00:30,--\n"
        "a,2024-01-01 00:45,9\na,2024-01-01 01:00,10\n"
    )
    profiles, _ = collect(path, LONG | {"kind": "cumulative"})
    assert filled(profiles) == {"t0000": 1000, "t0045": 1000}


def test_a_falling_register_is_refused_unless_it_rolls_over(dump):
    text = "m,t,v\na,2024-01-01 00:00,9999.5\na,2024-01-01 00:15,0.5\na,2024-01-01 00:30,1\n"
    profiles, rejects = collect(dump(text), LONG | {"kind": "cumulative"})
    assert filled(profiles) == {"t0015": 500}
    assert rejects["line"].to_list() == [3]
    assert "falls from 9999.5 to 0.5" in rejects["reason"][0]
    profiles, rejects = collect(dump(text), LONG | {"kind": "cumulative", "register_digits": 4})
    assert rejects.is_empty()
    assert filled(profiles) == {"t0000": 1000, "t0015": 500}


def test_a_meter_exchange_is_not_taken_for_a_rollover(dump):
    text = "m,t,v\na,2024-01-01 00:00,6000\na,2024-01-01 00:15,0\na,2024-01-01 00:30,1\n"
    profiles, rejects = collect(dump(text), LONG | {"kind": "cumulative", "register_digits": 4})
    assert rejects["line"].to_list() == [3]
    assert filled(profiles) == {"t0015": 1000}


def test_a_ratio_column_multiplies_and_a_change_of_it_leaves_the_interval_out(dump):
    text = (
        "m,t,v,r\na,2024-01-01 00:00,1,10\na,2024-01-01 00:15,2,10\n"
        "a,2024-01-01 00:30,3,20\na,2024-01-01 00:45,4,20\n"
    )
    entries = {"kind": "cumulative", "columns": LONG["columns"] | {"ratio": "r"}}
    profiles, rejects = collect(dump(text), entries)
    assert filled(profiles) == {"t0000": 10_000, "t0030": 20_000}
    assert rejects["line"].to_list() == [4]


def test_channels_by_column_and_by_value_column_give_the_same(dump):
    by_column = dump(
        "m,t,c,v\na,2024-01-01 00:00,正向有功,1\na,2024-01-01 00:00,反向有功,2\n", "c.csv"
    )
    by_value = dump("m,t,in,out\na,2024-01-01 00:00,1,2\n", "v.csv")
    first, _ = collect(
        by_column, {"interval_minutes": 15, "columns": LONG["columns"] | {"channel": "c"}}
    )
    second, _ = collect(
        by_value,
        {
            "interval_minutes": 15,
            "columns": {"meter": "m", "time": "t"},
            "values": {"import": "in", "export": "out"},
        },
    )
    assert first.equals(second)
    assert first.select("channel", "t0000").rows() == [("export", 2000), ("import", 1000)]


def test_an_unknown_channel_is_refused_by_line(dump):
    path = dump("m,t,c,v\na,2024-01-01 00:00,A相电压,220\na,2024-01-01 00:00,import.2,1\n")
    entries = {"interval_minutes": 15, "columns": LONG["columns"] | {"channel": "c"}}
    profiles, rejects = collect(path, entries)
    assert profiles["channel"].to_list() == ["import.2"]
    assert rejects.select("line", "field", "excerpt").rows() == [(2, "c", "A相电压")]


def test_qualities_are_kept_and_unknown_ones_refused(dump):
    path = dump(
        "m,t,v,q\na,2024-01-01 00:00,1,实抄\na,2024-01-01 00:15,2,估算\na,2024-01-01 00:30,3,??\n"
    )
    profiles, rejects = collect(path, {"columns": LONG["columns"] | {"quality": "q"}})
    assert profiles["quality"][0][:3] == "AEN"
    assert rejects["line"].to_list() == [4]


def test_meters_of_several_intervals_live_in_one_file(dump):
    rows = [f"a,2024-01-01 {h:02d}:{m:02d},1" for h in range(24) for m in (0, 15, 30, 45)]
    rows += [f"b,2024-01-01 {h:02d}:00,1" for h in range(24)] + ["c,2024-01-01 05:00,1"]
    # a changes to hourly on the second day
    rows += [f"a,2024-01-02 {h:02d}:00,1" for h in range(24)]
    profiles, rejects = collect(dump("m,t,v\n" + "\n".join(rows) + "\n"), LONG)
    assert rejects.is_empty()
    found = profiles.select("usage_point_id", "service_date", "interval_minutes").rows()
    assert found[0] == ("a", date(2024, 1, 1), 15)
    assert found[2] == ("b", date(2024, 1, 1), 60)


def test_a_meter_without_a_regular_step_is_refused(dump):
    path = dump("m,t,v\na,2024-01-01 00:00,1\na,2024-01-01 00:07,1\na,2024-01-01 01:00,1\n")
    profiles, rejects = collect(path, LONG)
    assert profiles.is_empty()
    assert rejects["line"].to_list() == [2, 3, 4]


# --- clocks --------------------------------------------------------------------------------------


def _local_half_hours(day):
    """Every half hour of a Sydney day as its wall clock shows it, in order."""
    start = datetime(day.year, day.month, day.day, tzinfo=SYDNEY).astimezone(UTC)
    end = datetime(day.year, day.month, day.day + 1, tzinfo=SYDNEY).astimezone(UTC)
    count = int((end - start) / timedelta(minutes=30))
    return [(start + timedelta(minutes=30 * i)).astimezone(SYDNEY) for i in range(count)]


@pytest.mark.parametrize(
    ("day", "count"), [(date(2013, 10, 6), 46), (date(2013, 4, 7), 50), (date(2013, 7, 1), 48)]
)
def test_a_wall_clock_day_of_46_or_50_half_hours_loses_nothing(day, count, dump):
    times = _local_half_hours(day)
    assert len(times) == count
    rows = "\n".join(f"a,{t:%Y-%m-%d %H:%M},{i + 1}" for i, t in enumerate(times))
    profiles, rejects = collect(
        dump(f"m,t,v\n{rows}\n"), LONG | {"clock": "local", "unit": "Wh"}, SYDNEY
    )
    assert rejects.is_empty()
    values = [
        profiles.filter(pl.col("service_date") == t.date())[f"t{t:%H%M}"][0]
        for t in (
            local.astimezone(UTC).replace(tzinfo=None) + timedelta(hours=10) for local in times
        )
    ]
    assert values == list(range(1, count + 1))


@pytest.mark.parametrize(("day", "count"), [(date(2013, 10, 6), 46), (date(2013, 4, 7), 50)])
def test_numbered_points_count_on_through_a_clock_change(day, count, dump):
    header = "m,d," + ",".join(f"p{i}" for i in range(1, 51))
    cells = [str(i) if i <= count else "" for i in range(1, 51)]
    path = dump(f"{header}\na,{day},{','.join(cells)}\n")
    profiles, rejects = collect(path, WIDE | {"clock": "local", "unit": "Wh"}, SYDNEY)
    assert rejects.is_empty()
    assert profiles.select(pl.sum_horizontal(pl.col(SLOTS).is_not_null()).sum()).item() == count
    assert profiles.select(pl.sum_horizontal(SLOTS).sum()).item() == count * (count + 1) // 2


def test_the_skipped_hour_is_refused_and_the_lonely_repeated_one_reported(dump):
    path = dump("m,t,v\na,2013-10-06 02:00,1\na,2013-04-07 02:00,2\na,2013-04-07 04:00,3\n")
    profiles, rejects = collect(path, LONG | {"clock": "local", "interval_minutes": 30}, SYDNEY)
    assert rejects["line"].to_list() == [2, 3]
    assert "does not exist" in rejects["reason"][0]
    assert "kept as the first" in rejects["reason"][1]
    # 02:00 summer time is 01:00 standard time.
    assert filled(profiles) == {"t0100": 2000, "t0400": 3000}


def test_utc_and_offset_times_are_the_same_instants(dump):
    utc = dump("m,t,v\na,2023-12-31 16:00,1\na,2023-12-31 16:15,2\n", "u.csv")
    aware = dump("m,t,v\na,2024-01-01T00:00+08:00,1\na,2024-01-01T00:15+08:00,2\n", "o.csv")
    assert collect(utc, LONG | {"clock": "utc"})[0].equals(collect(aware, LONG)[0])


# --- missing, doubtful ---------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "-", "--", "NA", "null", "NaN", " ", "N/A", "无"])
def test_missing_is_null_never_zero_and_no_reject(text, dump):
    path = dump(f"m,t,v\na,2024-01-01 00:00,{text}\na,2024-01-01 00:15,0\n")
    profiles, rejects = collect(path, LONG)
    assert rejects.is_empty()
    assert filled(profiles) == {"t0015": 0}


@pytest.mark.parametrize("text", ["abc", "1.2.3", "12k", "inf"])
def test_text_that_is_no_number_is_refused_with_line_and_column(text, dump):
    path = dump(f"m,t,v\na,2024-01-01 00:00,1\na,2024-01-01 00:15,{text}\n")
    profiles, rejects = collect(path, LONG | {"interval_minutes": 15})
    assert filled(profiles) == {"t0000": 1000}
    assert rejects.select("line", "field").rows() == [(3, "v")]


def test_future_and_ancient_times_are_refused(dump):
    path = dump("m,t,v\na,2024-06-03 08:00,1\na,2024-06-02 08:00,2\na,1970-01-01 08:00,3\n")
    profiles, rejects = collect(path, LONG | {"interval_minutes": 15})
    assert filled(profiles) == {"t0800": 2000}
    assert rejects["line"].to_list() == [2, 4]


@pytest.mark.parametrize(("rule", "expected"), [("reject", 0), ("keep", 1), ("export", 2)])
def test_negative_import_is_refused_kept_or_booked_as_export(rule, expected, dump):
    path = dump("m,t,v\na,2024-01-01 00:00,-1\na,2024-01-01 00:15,2\n")
    profiles, rejects = collect(path, LONG | {"negative": rule})
    slots = profiles.select("channel", "t0000", "t0015").rows()
    assert (
        slots
        == [
            [("import", None, 2000)],
            [("import", -1000, 2000)],
            [("export", 1000, 0), ("import", 0, 2000)],
        ][expected]
    )
    assert rejects["line"].to_list() == ([2] if rule == "reject" else [])


def test_equal_duplicates_are_one_and_unequal_ones_are_reported(dump):
    path = dump(
        "m,t,v\na,2024-01-01 00:00,1\na,2024-01-01 00:00,1\n"
        "a,2024-01-01 00:15,2\na,2024-01-01 00:15,3\n"
    )
    profiles, rejects = collect(path, LONG)
    assert filled(profiles) == {"t0000": 1000, "t0015": 3000}
    assert rejects["line"].to_list() == [4]
    assert "kept 3.0, not 2.0" in rejects["reason"][0]


def test_a_wide_day_given_twice_is_settled_point_by_point(dump):
    header = "m,d," + ",".join(f"p{i}" for i in range(1, 25))
    rest = ",".join(["1"] * 22)
    path = dump(f"{header}\na,2024-01-01,1,,{rest}\na,2024-01-01,2,5,{rest}\n")
    profiles, rejects = collect(path, WIDE)
    assert len(profiles) == 1
    assert (profiles["t0000"][0], profiles["t0100"][0]) == (2000, 5000)
    assert rejects["line"].to_list() == [2]


def test_a_value_no_slot_can_hold_is_refused_not_wrapped(dump):
    path = dump("m,t,v\na,2024-01-01 00:00,3000000\na,2024-01-01 00:15,1\n")
    profiles, rejects = collect(path, LONG)
    assert filled(profiles) == {"t0015": 1000}
    assert "2,147,483,647" in rejects["reason"][0]


# --- laws ----------------------------------------------------------------------------------------

INTERVALS = st.sampled_from([1, 2, 5, 10, 12, 15, 20, 30, 60, 120, 720, 1440])


@st.composite
def days(draw):
    """An interval and whole watt-hours (or missing) for each of its points, of two meters."""
    interval = draw(INTERVALS)
    count = 1440 // interval
    seed = draw(st.integers(0, 2**16))
    gap = draw(st.sampled_from([0, 7, 50]))
    values = [
        [
            None if gap and (i * 31 + seed + m) % gap == 0 else (i * seed + m) % 5000
            for i in range(count)
        ]
        for m in range(2)
    ]
    return interval, values


def _long_rows(interval, values):
    day = datetime(2024, 1, 1)
    return [
        f"{'ab'[m]},{day + timedelta(minutes=interval * i)},{'' if v is None else v / 1000}"
        for m, row in enumerate(values)
        for i, v in enumerate(row)
    ]


def _complete_energy(interval, row):
    """The sum of the values whose stored interval is complete."""
    stored = (
        interval if interval % 15 == 0 else min(m for m in range(15, 1441, 15) if m % interval == 0)
    )
    parts = stored // interval
    groups = [row[i : i + parts] for i in range(0, len(row), parts)]
    return sum(sum(group) for group in groups if None not in group)


@RELAXED
@given(given_days=days(), seed=st.integers(0, 99))
def test_long_rows_keep_their_energy_in_any_order_and_encoding(given_days, seed, tmp_path):
    interval, values = given_days
    entries = LONG | {"interval_minutes": interval}
    rows = _long_rows(interval, values)
    path = tmp_path / "long.csv"
    path.write_text("m,t,v\n" + "\n".join(rows) + "\n", "utf-8")
    profiles, rejects = collect(path, entries)
    assert rejects.is_empty()
    stored = dict(profiles.select("usage_point_id", pl.sum_horizontal(SLOTS)).rows())
    for meter, row in zip("ab", values, strict=True):
        assert stored.get(meter, 0) == _complete_energy(interval, row)
    Random(seed).shuffle(rows)  # noqa: S311
    path.write_bytes(("m,t,v\n" + "\n".join(rows)).encode("gb18030"))
    assert collect(path, entries)[0].equals(profiles)
    small, _ = collect(path, entries, chunk_rows=50)  # through temporary files
    assert small.equals(profiles)


@RELAXED
@given(given_days=days())
def test_wide_and_long_forms_give_the_same_profiles(given_days, tmp_path):
    interval, values = given_days
    if interval == 1440:
        return  # one point is no wide row
    long, wide = tmp_path / "long.csv", tmp_path / "wide.csv"
    long.write_text("m,t,v\n" + "\n".join(_long_rows(interval, values)), "utf-8")
    cells = [",".join("" if v is None else str(v / 1000) for v in row) for row in values]
    header = "m,d," + ",".join(f"p{i + 1}" for i in range(1440 // interval))
    wide.write_text(f"{header}\na,2024-01-01,{cells[0]}\nb,2024-01-01,{cells[1]}\n", "utf-8")
    from_long, _ = collect(long, LONG | {"interval_minutes": interval})
    from_wide, rejects = collect(wide, WIDE | {"interval_minutes": interval})
    assert rejects.is_empty()
    assert from_wide.equals(from_long)


def test_files_in_the_order_of_time_give_what_files_by_meter_give(dump):
    times = [datetime(2024, 1, 1) + timedelta(minutes=5 * i) for i in range(288)]
    by_meter = [f"m{m},{t},{i * m % 7}" for m in range(5) for i, t in enumerate(times)]
    by_time = [f"m{m},{t},{i * m % 7}" for i, t in enumerate(times) for m in range(5)]
    registers = {**LONG, "kind": "cumulative"}
    rising = [f"m{m},{t},{i * m}" for i, t in enumerate(times) for m in range(5)]
    first, _ = collect(dump("m,t,v\n" + "\n".join(by_meter), "a.csv"), LONG, chunk_rows=300)
    second, _ = collect(dump("m,t,v\n" + "\n".join(by_time), "b.csv"), LONG, chunk_rows=300)
    assert first.equals(second)
    path = dump("m,t,v\n" + "\n".join(rising), "c.csv")
    assert collect(path, registers, chunk_rows=300)[0].equals(collect(path, registers)[0])
