"""Every quarter of an hour belongs to one period."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.billing.calendar_check import faults
from queries.billing.calendar_model import Calendar, Window, periods_of_days, slots_of_day
from queries.billing.day_tags import tags_of_days
from queries.billing.errors import TariffError

MONDAY = frozenset({"all", "workday", "monday_to_friday", "weekday:1"})
quarters = st.integers(0, 95).map(lambda quarter: quarter * 15)


def _calendar(*windows: Window, remainder: str | None = "flat", country: str = "CN") -> Calendar:
    return Calendar("test", "试", "Test", "1号", "made up", windows, remainder, country=country)


@st.composite
def windows(draw):
    begin, end = draw(st.lists(quarters, min_size=2, max_size=2, unique=True))
    period = draw(st.sampled_from(["peak", "valley", "sharp", "super"]))
    days = draw(st.sampled_from(["all", "workday", "rest_day", "weekday:3", "holiday"]))
    months = draw(st.frozensets(st.integers(1, 12), min_size=1))
    return Window(period, begin, end, months, frozenset({days}), draw(st.integers(-1, 2)))


def _by_the_minute(window: Window, minute: int) -> bool:
    if window.from_minute < window.until_minute:
        return window.from_minute <= minute < window.until_minute
    return minute >= window.from_minute or minute < window.until_minute


@given(st.lists(windows(), max_size=6), st.dates(date(2024, 1, 1), date(2026, 12, 31)))
def test_the_highest_window_has_the_quarter_and_a_tie_is_refused(chosen, day):
    calendar = _calendar(*chosen)
    [tags] = tags_of_days([day], "CN")
    owners = []
    for minute in range(0, 1440, 15):
        holding = [w for w in chosen if w.holds(day.month, tags) and _by_the_minute(w, minute)]
        highest = max((w.priority for w in holding), default=0)
        owners.append({w.period for w in holding if w.priority == highest} or {"flat"})
    if any(len(owner) > 1 for owner in owners):
        with pytest.raises(TariffError, match="two periods"):
            periods_of_days(calendar, [day], "CN")
        assert faults(calendar)
    else:
        [found] = periods_of_days(calendar, [day], "CN")
        assert [{calendar.periods[number]} for number in found] == owners


@given(st.lists(windows(), max_size=6))
def test_a_calendar_without_faults_is_never_refused(chosen):
    calendar = _calendar(*chosen)
    days = [date(2025, month, day) for month in range(1, 13) for day in range(1, 8)]
    if not faults(calendar):
        assert periods_of_days(calendar, days, "CN").shape == (84, 96)


@given(windows())
def test_a_window_across_midnight_is_its_two_halves_on_the_same_day(window):
    if window.from_minute > window.until_minute > 0:
        evening = Window("peak", window.from_minute, 1440)
        morning = Window("peak", 0, window.until_minute)
        assert np.array_equal(window.slots(), evening.slots() | morning.slots())


def test_a_window_covers_the_quarters_from_its_first_minute_to_before_its_last():
    assert np.flatnonzero(Window("peak", 450, 630).slots()).tolist() == list(range(30, 42))
    assert Window("flat", 0, 1440).slots().all()


def test_the_night_of_a_rest_day_is_its_own_two_ends_not_the_next_morning():
    night = Window("valley", 1320, 300, days=frozenset({"weekday:6"}))
    friday, saturday, sunday = periods_of_days(
        _calendar(night), [date(2024, 3, 1), date(2024, 3, 2), date(2024, 3, 3)], "CN"
    )
    assert np.flatnonzero(saturday == 1).tolist() == [*range(20), *range(88, 96)]
    assert not friday.any()
    assert not sunday.any()


def test_a_tie_beneath_a_higher_window_is_none():
    tied = Window("peak", 480, 540), Window("valley", 480, 540)
    holiday = Window("sharp", 480, 540, priority=1)
    assert slots_of_day(_calendar(*tied, holiday), 1, MONDAY)[32] == 0
    assert faults(_calendar(*tied, holiday)) == []


def test_periods_come_in_the_order_of_their_price():
    chosen = Window("valley", 0, 60), Window("super", 60, 120), Window("sharp", 120, 180)
    assert _calendar(*chosen).periods == ("sharp", "flat", "valley", "super")


def test_no_days_have_no_periods():
    assert periods_of_days(_calendar(), [], "CN").shape == (0, 96)


def test_a_calendar_is_not_laid_on_the_holidays_of_another_country():
    at_rest = Window("valley", 0, 1440, days=frozenset({"holiday"}))
    with pytest.raises(TariffError, match="FENGGU_HOLIDAY_COUNTRY=US"):
        periods_of_days(_calendar(at_rest, country="US"), [date(2024, 7, 4)], "CN")
    [independence_day] = periods_of_days(_calendar(at_rest, country="US"), [date(2024, 7, 4)], "US")
    assert (independence_day == 1).all()
