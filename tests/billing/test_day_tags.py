"""What notices call days."""

from datetime import UTC, date, datetime, timedelta

import pytest

from queries.billing.day_tags import (
    DeclaredEvent,
    day_tags,
    holiday_break,
    holiday_names,
    tags_of_days,
)
from queries.day_classes import day_class

SPRING_FESTIVAL = "break:chinese_new_year_spring_festival"


def _tags(*day: int) -> frozenset[str]:
    return tags_of_days([date(*day)], "CN")[0]


@pytest.mark.parametrize(
    ("first_day", "last_day", "holiday"),
    [  # 国办发明电〔2023〕7号, 国办发明电〔2024〕12号, and the notice for 2026
        (date(2024, 2, 10), date(2024, 2, 17), "chinese_new_year_spring_festival"),
        (date(2024, 4, 4), date(2024, 4, 6), "tomb_sweeping_day"),
        (date(2024, 5, 1), date(2024, 5, 5), "labor_day"),
        (date(2024, 9, 15), date(2024, 9, 17), "mid_autumn_festival"),
        (date(2024, 10, 1), date(2024, 10, 7), "national_day"),
        (date(2025, 1, 1), date(2025, 1, 1), "new_year_s_day"),
        (date(2025, 1, 28), date(2025, 2, 4), "chinese_new_year_spring_festival"),
        (date(2025, 5, 31), date(2025, 6, 2), "dragon_boat_festival"),
        (date(2026, 2, 15), date(2026, 2, 23), "chinese_new_year_spring_festival"),
    ],
)
def test_a_break_is_the_one_the_state_council_announced(first_day, last_day, holiday):
    days = [first_day + timedelta(n) for n in range(-1, (last_day - first_day).days + 2)]
    named = [f"break:{holiday}" in tags for tags in tags_of_days(days, "CN")]
    assert named == [False, *[True] * (len(days) - 2), False]


def test_national_day_and_mid_autumn_in_one_break_name_it_both():
    found = holiday_break(date(2025, 10, 4), "CN")
    assert found
    assert found.days == 8
    assert found.holidays == {"national_day", "mid_autumn_festival"}
    both = day_tags(date(2020, 10, 1), day_class(date(2020, 10, 1), "CN"))
    assert {"holiday:national_day", "holiday:mid_autumn_festival"} <= both


def test_a_make_up_workday_is_a_workday_on_a_weekend():
    sunday = _tags(2024, 2, 4)
    assert {"workday", "make_up_workday", "weekend", "weekday:7"} <= sunday
    assert not sunday & {"rest_day", "holiday", "break", "monday_to_friday"}


def test_a_day_off_in_lieu_rests_in_the_break_without_being_the_holiday():
    friday = _tags(2024, 2, 16)
    assert {"rest_day", "day_off_in_lieu", SPRING_FESTIVAL, "monday_to_friday"} <= friday
    assert not friday & {"holiday", "workday", "weekend"}


def test_an_ordinary_weekend_is_no_break_and_one_day_no_long_break():
    assert "break" not in _tags(2024, 3, 2)
    assert "break_of_3_days_or_more" not in _tags(2025, 1, 1)
    assert "break_of_3_days_or_more" in _tags(2024, 5, 4)


def test_an_event_holds_on_the_day_it_is_declared_for_not_on_the_day_of_declaring():
    evening_before = datetime(2024, 5, 19, 10, tzinfo=UTC)
    hot = DeclaredEvent("hot_day", date(2024, 5, 20), "Guangdong", evening_before)
    days = [date(2024, 5, 19), date(2024, 5, 20), date(2024, 5, 21)]
    assert ["event:hot_day" in tags for tags in tags_of_days(days, "CN", [hot])] == [
        False,
        True,
        False,
    ]


def test_names_of_holidays_are_known_without_years_and_observances():
    names = holiday_names("CN")
    assert {"labor_day", "chinese_new_year_spring_festival", "national_day"} <= names
    assert not [name for name in names if "observed" in name or "20" in name]
