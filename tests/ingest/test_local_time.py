"""Written times and clocks."""

# ruff: noqa: DTZ001 - wall clocks have no zone

from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from ingest.local_time import has_daylight_saving, parse_times, resolve_wall_clock, standard_to_utc

SYDNEY = ZoneInfo("Australia/Sydney")
QUARTER_PAST = datetime(2024, 1, 1, 0, 15)


def _read(text, time_format=None):
    return parse_times(pl.Series([text], dtype=pl.String), time_format).row(0)


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-01 00:15",
        "2024-01-01 00:15:00",
        "2024-01-01T00:15:00",
        "2024/1/1 0:15",
        "2024.1.1 0:15",
        "2024年1月1日 0时15分",
        "2024年01月01日 00:15:00",
        "20240101 0015",
        "202401010015",
        "20240101001500",
        " 2024-01-01 00：15 ",
        "45292.0104166667",
    ],
)
def test_a_quarter_past_midnight_is_read_however_it_is_written(text):
    assert _read(text) == (QUARTER_PAST, False)


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-01T00:15:00Z",
        "2024-01-01 08:15+08:00",
        "20231231191500-0500",
        "1704068100",
        "1704068100000",
    ],
)
def test_a_text_with_its_own_offset_or_an_epoch_is_utc(text):
    assert _read(text) == (QUARTER_PAST, True)


def test_24_00_is_the_end_of_the_day():
    assert _read("2024-02-28 24:00") == (datetime(2024, 2, 29), False)
    assert _read("2024/12/31 24:00:00") == (datetime(2025, 1, 1), False)
    assert _read("12/31/2024 24:00", "%m/%d/%Y %H:%M") == (datetime(2025, 1, 1), False)


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-30 00:00",
        "2024-13-01",
        "2024-01-01 24:15",
        "2024-01-01 00:60",
        "1/2/24",
        "x",
        "",
        None,
    ],
)
def test_what_is_no_certain_time_is_not_guessed(text):
    assert _read(text)[0] is None


def test_forms_may_be_mixed_in_one_column():
    texts = ["2024-01-01 00:00:00", "2024-01-01 24:00", "20240102 0015", None, "2024-01-01T00:00Z"]
    found = parse_times(pl.Series(texts))
    assert found["at"].to_list() == [
        datetime(2024, 1, 1),
        datetime(2024, 1, 2),
        datetime(2024, 1, 2, 0, 15),
        None,
        datetime(2024, 1, 1),
    ]
    assert found["is_utc"].to_list() == [False, False, False, False, True]


def test_standard_time_knows_no_summer():
    frame = pl.DataFrame({"at": [datetime(2013, 1, 1, 10), datetime(2013, 7, 1, 10)]})
    at = frame.select(standard_to_utc(pl.col("at"), SYDNEY, [2013]))["at"].to_list()
    assert at == [datetime(2013, 1, 1), datetime(2013, 7, 1)]


def test_china_kept_no_summer_time_in_2024_but_did_in_1988():
    shanghai = ZoneInfo("Asia/Shanghai")
    assert not has_daylight_saving(shanghai, [2024])
    assert has_daylight_saving(shanghai, [1988])
    assert has_daylight_saving(SYDNEY, [2013])


def _wall(*times, line=1):
    count = len(times)
    return pl.DataFrame(
        {
            "usage_point_id": ["a"] * count,
            "channel": ["import"] * count,
            "at": times,
            "is_utc": [False] * count,
            "line": range(line, line + count),
        }
    )


def test_the_hour_skipped_in_spring_has_no_instant():
    # Sydney 2013-10-06: 02:00 becomes 03:00.
    times = [datetime(2013, 10, 6, 1, 30), datetime(2013, 10, 6, 2, 0), datetime(2013, 10, 6, 3, 0)]
    found = resolve_wall_clock(_wall(*times), SYDNEY)
    assert found["problem"].to_list() == [None, "skipped", None]
    assert found["at"].to_list() == [datetime(2013, 10, 5, 15, 30), None, datetime(2013, 10, 5, 16)]


def test_the_hour_repeated_in_autumn_is_told_apart_by_order():
    # Sydney 2013-04-07: 03:00 summer becomes 02:00 standard.
    times = [datetime(2013, 4, 7, 2), datetime(2013, 4, 7, 2, 30)] * 2
    found = resolve_wall_clock(_wall(*times), SYDNEY)
    assert found["at"].to_list() == [
        datetime(2013, 4, 6, 15),
        datetime(2013, 4, 6, 15, 30),
        datetime(2013, 4, 6, 16),
        datetime(2013, 4, 6, 16, 30),
    ]
    assert found["problem"].null_count() == 4


def test_one_of_a_repeated_pair_alone_is_taken_as_summer_time_and_says_so():
    found = resolve_wall_clock(_wall(datetime(2013, 4, 7, 2)), SYDNEY)
    assert found["at"].to_list() == [datetime(2013, 4, 6, 15)]
    assert found["problem"].to_list() == ["single"]
