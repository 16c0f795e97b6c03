"""The calendars of the Chinese areas that come with Fenggu."""

import json
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from queries.billing.calendar_file import calendars_in, read_calendars
from queries.billing.calendar_model import periods_of_days, slots_of_day
from queries.billing.day_tags import DeclaredEvent, day_tags, tags_of_days
from queries.settings import PROJECT

FOLDER = PROJECT / "data" / "tariffs" / "calendars"
CALENDARS = calendars_in(FOLDER)
DAYS = [date(2024, 1, 1) + timedelta(n) for n in range(366 + 365 + 365)]
WEDNESDAY = day_tags(date(2024, 1, 3), "3")


def _hours(code: str, *day: int, events=()) -> dict[str, float]:
    calendar = CALENDARS[code]
    [slots] = periods_of_days(calendar, [date(*day)], "CN", events)
    counts = np.bincount(slots, minlength=len(calendar.periods))
    return {p: n / 4 for p, n in zip(calendar.periods, counts.tolist(), strict=True) if n}


def _slots_in(code: str, period: str, *day: int, events=()) -> list[int]:
    calendar = CALENDARS[code]
    [slots] = periods_of_days(calendar, [date(*day)], "CN", events)
    return np.flatnonzero(slots == calendar.periods.index(period)).tolist()


def test_there_are_thirty_two_areas():
    assert len(list(FOLDER.glob("*.toml"))) == 32
    for path in FOLDER.glob("*.toml"):
        for calendar in read_calendars(path):
            assert calendar.code.startswith(path.stem)
            assert calendar.certainty
            assert "〔" in calendar.notice


@pytest.mark.parametrize("code", CALENDARS)
def test_every_quarter_of_an_hour_of_three_years_belongs_to_exactly_one_period(code):
    calendar = CALENDARS[code]
    assert periods_of_days(calendar, DAYS, "CN").shape == (1096, 96)
    tags = tags_of_days(DAYS, "CN")
    for month, used in {(d.month, t & calendar.tags) for d, t in zip(DAYS, tags, strict=True)}:
        holding = [window for window in calendar.windows if window.holds(month, used)]
        for slot in range(96):
            over = [window for window in holding if window.slots()[slot]]
            highest = max((window.priority for window in over), default=0)
            owners = {window.period for window in over if window.priority == highest}
            assert len(owners) == 1 or (not owners and calendar.remainder)


@pytest.mark.parametrize("month", [2, 3, 4, 5, 6, 9, 10, 11])
def test_liaoning_has_eight_hours_each_of_peak_flat_and_valley(month):
    assert _hours("liaoning", 2024, month, 15) == {"peak": 8, "flat": 8, "valley": 8}


@pytest.mark.parametrize("month", [1, 7, 8, 12])
def test_liaoning_is_sharp_from_17_to_19_in_four_months(month):
    assert _hours("liaoning", 2024, month, 15) == {"sharp": 2, "peak": 6, "flat": 8, "valley": 8}
    assert _slots_in("liaoning", "sharp", 2024, month, 15) == list(range(68, 76))


def test_liaoning_begins_its_peak_at_half_past_seven_and_its_night_crosses_midnight():
    assert _slots_in("liaoning", "peak", 2024, 6, 3) == [*range(30, 42), *range(64, 84)]
    assert _slots_in("liaoning", "valley", 2024, 6, 3) == [
        *range(20),
        *range(46, 50),
        *range(88, 96),
    ]


def test_shanghai_has_its_deep_valley_in_the_nights_of_the_spring_festival_break():
    night = [*range(24), *range(88, 96)]
    code = "shanghai_large_industry"
    for day in (
        (2024, 2, 12),  # a Monday of the festival
        (2024, 2, 16),  # the Friday off in lieu of a Sunday
        (2025, 1, 29),  # in January, where rest days have none
        (2024, 3, 2),  # an ordinary Saturday
    ):
        assert _slots_in(code, "deep_valley", *day) == night, day
    for day in ((2024, 2, 18), (2024, 1, 6), (2024, 2, 19)):
        assert "deep_valley" not in _hours(code, *day), day
        assert _slots_in(code, "valley", *day) == night
    assert "deep_valley" not in _hours("shanghai_two_part", 2024, 2, 12)


def test_zhejiang_has_a_deep_valley_at_noon_of_three_holidays_even_over_sharp_hours():
    noon = list(range(40, 56))
    assert _slots_in("zhejiang", "deep_valley", 2024, 5, 1) == noon
    assert _slots_in("zhejiang", "deep_valley", 2024, 5, 4) == noon  # a Saturday in the break
    assert _slots_in("zhejiang", "deep_valley", 2025, 1, 29) == noon
    assert _slots_in("zhejiang", "sharp", 2025, 1, 29) == [*range(36, 40), *range(60, 68)]
    assert _slots_in("zhejiang", "sharp", 2025, 1, 8) == [*range(36, 44), *range(60, 68)]
    assert "deep_valley" not in _hours("zhejiang", 2024, 4, 28)  # a make-up Sunday
    assert "deep_valley" not in _hours("zhejiang", 2024, 6, 10)  # Dragon Boat


def test_guangdong_is_sharp_on_a_day_declared_hot_and_in_summer_anyway():
    evening_before = datetime(2024, 5, 19, 10, tzinfo=UTC)
    hot = [DeclaredEvent("hot_day", date(2024, 5, 20), "Guangzhou forecast", evening_before)]
    sharp = [*range(44, 48), *range(60, 68)]
    assert _slots_in("guangdong", "sharp", 2024, 5, 20, events=hot) == sharp
    assert _slots_in("guangdong", "sharp", 2024, 7, 20) == sharp
    assert _hours("guangdong", 2024, 5, 21, events=hot) == {"peak": 7, "flat": 9, "valley": 8}


def test_jiangxi_has_borders_at_half_hours():
    day = (2024, 7, 10)
    assert _slots_in("jiangxi", "sharp", *day) == list(range(82, 90))
    assert _slots_in("jiangxi", "valley", *day) == [*range(4, 20), 46, 47, 56, 57]
    assert _slots_in("jiangxi", "deep_valley", *day) == list(range(48, 56))


def test_anhui_counts_only_breaks_of_three_days():
    assert "deep_valley" not in _hours("anhui_two_part_industry", 2025, 1, 1)
    assert _hours("anhui_two_part_industry", 2025, 5, 1)["deep_valley"] == 4


def test_sharp_hours_cost_what_the_notice_says():
    [ratio] = CALENDARS["guangdong"].ratios
    factors = dict(ratio.factors)
    assert factors["sharp"] == factors["peak"] * 5 / 4  # 25 % on the peak price


def test_ordinary_days_are_those_of_the_notices_as_collected(shared_data):
    collected = json.loads((shared_data / "tariffs" / "cn_tou_calendars.json").read_text("utf-8"))
    for area in collected["areas"]:
        if not area["complete"]:
            continue
        own = [c for c in CALENDARS.values() if c.notice.startswith(area["notice"])]
        for season in area["seasons"]:
            calendar = own[_number_of(area["area_en"], season["category"])]
            for month in season["months"]:
                found = slots_of_day(calendar, month, WEDNESDAY)
                assert [calendar.periods[n] for n in found] == _printed(season["periods"]), month


def _number_of(area: str, category: str) -> int:
    """Which calendar of the file: the last is for those with all the extra hours."""
    if area == "Jiangsu":
        return 0 if category == "all" else 1
    if area == "Shanghai":
        return 0 if category.startswith("single") else 2
    return -1


def _printed(bands: list[dict[str, str]]) -> list[str]:
    day = [""] * 96
    over = ("sharp", "deep_valley")
    for band in sorted(bands, key=lambda band: band["kind"] in over):
        begin, end = (
            int(time[:2]) * 4 + int(time[3:]) // 15 for time in (band["from"], band["to"])
        )
        day[begin:end] = [band["kind"]] * (end - begin)
    return day
