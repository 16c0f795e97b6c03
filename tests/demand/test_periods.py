"""Periods found from the load, on a lake whose hours were laid down."""

from contextlib import closing
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.billing.calendar_model import Calendar, slots_of_day
from queries.billing.calendars import known_calendars
from queries.billing.tariff_hours import calendar_of
from queries.billing.tariffs import known_tariffs
from queries.demand.circular_blocks import blocks_of, circular_blocks
from queries.demand.period_calendar import found_windows, months_of, tariff_with_periods
from queries.demand.period_names import membership_periods, named_blocks, peak_membership
from queries.demand.period_policy import demanded, sharp_steps
from queries.demand.period_rules import period_rules
from queries.demand.period_summary import period_summary
from queries.demand.periods import periods
from queries.lake import open_lake
from queries.run import QuestionError
from queries.scope import EVERYTHING
from tests.demand.two_seasons import two_seasons

YEAR = {"first_day": date(2025, 1, 1), "last_day": date(2025, 12, 31)}
PLAIN = YEAR | {"region_id": "plain", "blocks": 4}


@pytest.fixture(scope="module")
def lake(new_lake, register, take, day_row):
    made = two_seasons(new_lake(), register, take, day_row)
    with closing(open_lake(made, EVERYTHING)) as cursor:
        yield cursor


def _hours(found, season, column="period"):
    rows = found.filter(pl.col("season") == season)
    return rows.filter(pl.col("slot_minute") % 60 == 0)[column].to_list()


def test_the_hours_laid_down_are_found_season_by_season(lake):
    found = periods(lake, **PLAIN)
    v, f, p = "valley", "flat", "peak"
    assert _hours(found, "winter") == [v] * 7 + [f] * 9 + [p] * 4 + [f] * 3 + [v]
    assert _hours(found, "summer") == [v] * 8 + [f] * 4 + [p] * 5 + [f] * 6 + [v]
    assert found["season"].unique(maintain_order=True).to_list() == ["year", "winter", "summer"]


def test_a_day_read_by_half_is_left_out(lake):
    found = periods(lake, **PLAIN)
    assert found.group_by("season", maintain_order=True).agg(pl.first("days")).rows() == [
        ("year", 28),
        ("winter", 14),
        ("summer", 14),
    ]
    assert _hours(found, "winter", "load_kw")[12] == pytest.approx(3.0)


def test_days_that_are_all_alike_are_found_alike_whichever_are_drawn(lake):
    found = periods(lake, **PLAIN).filter(pl.col("season") != "year")
    assert found["stability_share"].unique().to_list() == [1.0]


def test_four_blocks_follow_all_of_a_day_of_four_and_today_gives_that_away(lake):
    winter = period_summary(lake, **PLAIN, calendar_code="liaoning").row(1, named=True)
    assert (winter["season"], winter["blocks"]) == ("winter", 4)
    assert winter["explained_share"] == pytest.approx(1.0)
    assert 0 < winter["today_explained_share"] < 1
    assert winter["regret_share"] == pytest.approx(1 - winter["today_explained_share"])


def test_without_a_calendar_nothing_is_said_of_today(new_lake, register, take, day_row):
    made = two_seasons(new_lake(tariff_area="nowhere"), register, take, day_row)
    with closing(open_lake(made, EVERYTHING)) as cursor:
        found = period_summary(cursor, **PLAIN)
        assert found["regret_share"].is_null().all()
        assert periods(cursor, **PLAIN)["today_period"].is_null().all()


def test_the_net_load_has_its_deep_valley_at_midday(lake):
    sunny = YEAR | {"region_id": "sunny", "blocks": 6}
    winter = _hours(periods(lake, **sunny, load_kind="net_load"), "winter")
    assert winter[10:15] == ["deep_valley"] * 5
    assert "deep_valley" not in _hours(periods(lake, **sunny), "winter")
    # 0.5 kW from 10 to 15 against 1 kW by night, and summer's 5 × (3, 3, 6, 6, 6) without sun
    rules = period_rules(lake, **YEAR, region_id="sunny").row(0, named=True)
    assert rules["midday_net_share"] == pytest.approx((5 * 0.5 + 24) / 10)
    assert rules["has_midday_valley"] is False
    january = {"first_day": date(2025, 1, 1), "last_day": date(2025, 1, 31)}
    assert period_rules(lake, **january, region_id="sunny")["has_midday_valley"].item() is True


def test_only_days_of_the_kind_asked_for_count(lake):
    # 6 to 19 January 2025 has ten workdays, 7 to 20 July ten; no holiday, no make-up day
    found = periods(lake, **PLAIN, day_kind="workday")
    assert found["days"].unique().sort().to_list() == [10, 20]
    assert periods(lake, **PLAIN, day_kind="rest_day")["season"].to_list() == []


def test_the_rules_of_prices_by_hand(lake):
    rules = period_rules(lake, **YEAR, region_id="plain").row(0, named=True)
    # every day (6 − 1) / 6 = 83 %: more than 40 %
    assert rules["difference_share"] == pytest.approx(5 / 6)
    assert rules["least_price_ratio"] == 4.0
    assert rules["maximum_kw"] == pytest.approx(6.0)
    # of 14 days each: January's four hours and July's five
    hours = [(one["month"], one["hour"], one["hours_reached"]) for one in rules["sharp_hours"]]
    assert hours == [(1, hour, 14.0) for hour in range(16, 20)] + [
        (7, hour, 14.0) for hour in range(12, 17)
    ]


def test_an_even_system_needs_only_three_to_one():
    days = (date(2025, 1, 1), date(2025, 1, 2))
    even = demanded(days, np.array([[6.0, 10.0], [7.0, 10.0]]))
    assert even is not None
    assert (even.difference_share, even.least_price_ratio) == (pytest.approx(0.4), 3.0)
    wide = demanded(days, np.array([[6.0, 10.0], [5.9, 10.0]]))
    assert wide is not None
    assert (wide.difference_day, wide.least_price_ratio) == (days[1], 4.0)
    assert demanded((), np.empty((0, 96))) is None


def test_each_year_is_measured_by_its_own_maximum():
    days = (date(2024, 7, 1), date(2025, 7, 1))
    found = sharp_steps(days, np.array([[94.9, 95.0, 100.0], [189.0, 190.0, 200.0]]))
    assert found.tolist() == [[False, True, True], [False, True, True]]


def test_peak_hours_that_policy_calls_sharp_are_marked(lake):
    found = periods(lake, **PLAIN, has_sharp=True)
    assert _hours(found, "winter")[16:20] == ["sharp"] * 4
    assert "sharp" not in _hours(periods(lake, **PLAIN), "winter")


def test_memberships_are_half_trapezoids():
    degree = peak_membership(np.array([2.0, 4.0, 6.0]))
    assert degree.tolist() == [0.0, 0.5, 1.0]
    load = np.array([1.0, 1.1, 5.0, 5.2, 9.0, 8.8, 5.1, 1.0])
    v, f, p = "valley", "flat", "peak"
    assert membership_periods(load).tolist() == [v, v, f, f, p, p, f, v]
    assert set(membership_periods(np.full(5, 2.0))) == {"flat"}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31))
def test_with_as_many_blocks_as_today_nothing_is_given_away(seed):
    rng = np.random.default_rng(seed)
    calendar = known_calendars()["liaoning"]
    today = slots_of_day(calendar, int(rng.integers(1, 13)), frozenset({"all"}))
    load = rng.gamma(2.0, 1.0, 96).cumsum() % 17
    now = blocks_of(today.astype(int), load)
    best = circular_blocks(load, len(now.starts), 2)
    assert best.within <= now.within + 1e-9 * now.total


def test_an_even_day_is_flat_and_one_of_two_levels_has_no_flat():
    assert set(named_blocks(circular_blocks(np.ones(24), 6, 1), np.ones(24))) == {"flat"}
    two = np.array([1.0] * 12 + [2.0] * 12)
    assert set(named_blocks(circular_blocks(two, 6, 1), two)) == {"valley", "peak"}


def test_what_was_found_becomes_hours_that_cover_every_day_of_the_year(lake):
    found = periods(lake, **PLAIN)
    windows = found_windows(found)
    calendar = Calendar("c", "c", "c", "", "", windows, remainder="flat")
    names = np.array(calendar.periods)
    for season in ("winter", "summer"):
        for month in months_of(season):
            hours = names[slots_of_day(calendar, month, frozenset({"all"}))][::4]
            assert hours.tolist() == _hours(found, season)
    for month in months_of("autumn"):
        hours = names[slots_of_day(calendar, month, frozenset({"all"}))][::4]
        assert hours.tolist() == _hours(found, "year")


@pytest.mark.parametrize("code", ["liaoning_residential", "liaoning_industrial_commercial"])
def test_a_tariff_takes_the_hours_whether_it_had_some_or_not(lake, code):
    tariff = next(one for name, one in known_tariffs().items() if name.startswith(code))
    windows = found_windows(periods(lake, **PLAIN))
    made = calendar_of(tariff_with_periods(tariff, windows))
    assert made is not None
    assert (made.windows, made.remainder) == (windows, "flat")


def test_months_follow_the_hemisphere():
    assert months_of("winter") == {12, 1, 2}
    assert months_of("winter", "south") == {6, 7, 8}


@pytest.mark.parametrize(
    ("inputs", "told"),
    [({"step_minutes": 20}, "must be 15, 30 or 60"), ({"least_minutes": 45}, "a multiple"),
     ({"calendar_code": "nowhere"}, "is none of")],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(lake, inputs, told):
    with pytest.raises(QuestionError, match=told):
        periods(lake, **PLAIN, **inputs)
