"""Every rule by hand, on a calendar with events, holidays and make-up workdays.

The event is on Tuesday 15 October 2024. Before it lie the National Day holidays (1 to 7 October),
the make-up workdays Sunday 29 September and Saturday 12 October, Mid-Autumn (16 and 17 September),
and an event on Thursday 10 October. The load of a day is the number of days until the event, so
that a mean tells which days were taken.
"""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.demand.baseline_engine import baseline
from queries.demand.baseline_history import Event, History, alike_days, day_type
from queries.demand.baseline_rules import BaselineError, baseline_rules, read_rules

DAY = date(2024, 10, 15)
BEFORE = 100
DATES = tuple(DAY - timedelta(days=back) for back in range(BEFORE, -1, -1))
EVENT = Event(BEFORE, 17, 20)
RULES = baseline_rules()


def _history(event_day_kw=10.0, **changes):
    load = np.repeat(np.arange(BEFORE, -1, -1.0)[:, None], 24, axis=1)[None].copy()
    load[0, -1] = event_day_kw
    is_event = np.array([day == date(2024, 10, 10) for day in DATES])
    return History(**{"dates": DATES, "load_kw": load, "is_event": is_event} | changes)


def _at_17(rule, **changes):
    return baseline(_history(**changes), EVENT, RULES[rule])[0, 17]


WORKDAYS = [1, 3, 4, 6, 7, 15, 16, 18, 19, 20]
"""14, 12 (made up), 11, 9, 8 October, 30, 29 (made up), 27, 26, 25 September."""


def test_caiso_takes_ten_workdays_made_up_ones_too_and_no_holiday_and_no_event():
    assert sum(WORKDAYS) / 10 == 10.9
    # from 13 to 16 the event's day had 10 kW, the ten days 10.9: 10.9 · 10/10.9
    assert _at_17("caiso_10_in_10") == pytest.approx(10.0)


@pytest.mark.parametrize(("event_day_kw", "times"), [(30.0, 1.2), (2.0, 0.8), (12.0, 12 / 10.9)])
def test_caiso_adjusts_by_a_fifth_at_most(event_day_kw, times):
    assert _at_17("caiso_10_in_10", event_day_kw=event_day_kw) == pytest.approx(10.9 * times)


def test_the_hour_next_to_the_event_does_not_adjust():
    history = _history()
    history.load_kw[0, -1, 16] = 1000.0
    found = baseline(history, EVENT, RULES["caiso_10_in_10"])
    assert found[0, 17] == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("rule", "level"),
    [
        # 14, 13, 12, 11, 9, 8, 7, 6, 5, 4 October: 1+2+3+4+6+7+8+9+10+11
        ("aemo_every_day", 6.1),
        ("aemo_workday", 10.9),
        ("aemo_three", 10.9),
        # Tuesdays that are no holiday: 8 October, 24, 10, 3 September, 27, 20, 13, 6 August,
        # 30, 23 July: 7+21+35+42+49+56+63+70+77+84
        ("aemo_weekday", 50.4),
    ],
)
def test_aemo_has_four_types_of_days(rule, level):
    # the event's day at the same level: the adjustment is 1
    assert _at_17(rule, event_day_kw=level) == pytest.approx(level)
    assert _at_17(rule, event_day_kw=level * 9) == pytest.approx(level * 1.2)


def test_pjm_takes_the_highest_four_of_five_and_adds_what_the_day_is_above_them():
    # 1, 3, 4, 6, 7: highest four 5.0; the event's day is at 6: 5 + (6 − 5)
    assert _at_17("pjm_economic", event_day_kw=6.0) == pytest.approx(6.0)
    history = _history(event_day_kw=6.0)
    history.load_kw[0, -1, 13:16] = 7.5
    assert baseline(history, EVENT, RULES["pjm_economic"])[0, 17] == pytest.approx(7.5)


def test_the_highest_days_are_those_of_the_events_hours():
    history = _history(event_day_kw=5.0)
    # the day before, low in the event's hours, is the highest by far at noon
    history.load_kw[0, -2, 12] = 500.0
    assert baseline(history, EVENT, RULES["nyiso_cbl"])[0, 12] < 20


def test_pjm_same_day_is_the_mean_of_three_hours_before_and_two_after_with_one_skipped():
    history = _history()
    history.load_kw[0, -1] = np.arange(24.0)
    found = baseline(history, EVENT, RULES["pjm_same_day"])[0]
    # 13, 14, 15 and 21, 22
    assert found[17:20].tolist() == [17.0] * 3
    assert np.isnan(found[[16, 20]]).all()
    # until 23 o'clock nothing is left after it: 18, 19, 20 alone
    late = baseline(history, Event(BEFORE, 22, 24), RULES["pjm_same_day"])[0]
    assert late[22:].tolist() == [19.0, 19.0]


def test_pjm_match_day_takes_the_three_most_like_it_outside_the_event():
    # at 15.6 outside the event: 15, 16 and 18 of the workdays, whatever happened in the event
    history = _history(event_day_kw=15.6)
    history.load_kw[0, -1, 17:20] = 0.0
    found = baseline(history, EVENT, RULES["pjm_match_day"])[0, 17]
    assert found == pytest.approx((15 + 16 + 18) / 3)


def test_nyiso_takes_the_highest_five_of_ten_adjusted_or_not():
    assert _at_17("nyiso_cbl") == pytest.approx((15 + 16 + 18 + 19 + 20) / 5)
    assert _at_17("nyiso_cbl_adjusted") == pytest.approx(17.6 * 0.8), "10 kW is less than 0.8"


def test_china_drops_samples_outside_a_quarter_and_three_times_the_mean():
    # 1, 3, 4, 6, 7: mean 4.2, so 1 lies below 1.05 and goes
    assert _at_17("china_2") == pytest.approx(4.2)
    assert _at_17("china_1") == pytest.approx(5.0)
    assert _at_17("china_1_maximum") == pytest.approx(7.0)
    assert _at_17("china_1_minimum") == pytest.approx(3.0)


def test_china_drops_samples_point_by_point():
    history = _history()
    history.load_kw[0, -2, 18] = 100.0
    found = baseline(history, EVENT, RULES["china_1"])[0]
    # at 18 the mean is 24: 100 is above 72, and 3 to 5.9 below 6; 6 and 7 stay
    assert found[18] == pytest.approx(6.5)
    assert found[17] == pytest.approx(5.0)


def test_an_event_on_a_rest_day_looks_back_to_rest_days():
    event = Event(DATES.index(date(2024, 9, 22)), 17, 20)
    places, _ = alike_days(_history(), event, RULES["china_2"])
    days = [DATES[place] for place in places[::-1]]
    # 21; the 15th, a Sunday, but not the holidays 16 and 17; 8, 7; the 14th was made up
    assert days[-4:] == [date(2024, 9, one) for one in (7, 8, 15, 21)]


def test_make_up_workdays_and_holidays_have_their_own_types():
    makeup, holiday = date(2024, 9, 29), date(2024, 10, 1)
    assert day_type(makeup, "workday", "CN") == day_type(date(2024, 9, 30), "workday", "CN")
    assert day_type(makeup, "three", "CN") == day_type(date(2024, 9, 30), "three", "CN")
    assert day_type(holiday, "three", "CN") == day_type(date(2024, 10, 13), "three", "CN")
    saturday = date(2024, 10, 19)
    assert day_type(saturday, "three", "CN") != day_type(date(2024, 10, 13), "three", "CN")
    assert day_type(makeup, "weekday", "CN") not in {
        day_type(date(2024, 9, 30) + timedelta(days=n), "weekday", "CN") for n in range(9)
    }


def test_days_that_were_not_read_are_passed_over_and_too_few_give_none():
    history = _history(event_day_kw=1.0)
    history.load_kw[0, -2, 18] = np.nan  # 14 October
    # 3, 4, 6, 7, 15
    assert baseline(history, EVENT, RULES["china_2"])[0, 17] == pytest.approx(7.0)
    history.load_kw[0, :-4] = np.nan  # 12 October is left
    assert np.isnan(baseline(history, EVENT, RULES["china_2"])[0]).all()


def test_events_of_one_customer_do_not_take_days_from_another():
    load = np.repeat(_history().load_kw, 2, axis=0)
    is_event = np.zeros((2, len(DATES)), dtype=bool)
    is_event[1, DATES.index(date(2024, 10, 14))] = True
    found = baseline(_history(load_kw=load, is_event=is_event), EVENT, RULES["china_2"])[:, 17]
    # 1, 3, 4, 5, 6 with the 10th; without the 14th 3, 4, 5, 6, 7
    assert found.tolist() == pytest.approx([3.8, 5.0])


def test_regression_finds_levels_and_slopes_that_were_planted():
    rng = np.random.default_rng(2)
    temperature = rng.uniform(5, 35, (len(DATES), 24))
    is_rest = np.array([day_type(day, "workday", "CN") for day in DATES])
    warm, cold = np.maximum(temperature - 22, 0), np.maximum(14 - temperature, 0)
    load = (2 + 3 * is_rest[:, None] + 0.5 * warm + 0.2 * cold)[None].copy()
    truth = load[0, -1, 17:20].copy()
    load[0, -1, 17:20] = 0.0
    found = baseline(_history(load_kw=load, temperature_c=temperature), EVENT, RULES["regression"])[
        0
    ]
    np.testing.assert_allclose(found[17:20], truth, rtol=1e-6)
    assert np.isnan(found[16])


def test_without_temperatures_regression_is_the_mean_of_its_kind_of_day():
    load = np.where([day_type(day, "workday", "CN") for day in DATES], 7.0, 4.0)
    found = baseline(
        _history(load_kw=np.repeat(load[:, None], 24, axis=1)[None]), EVENT, RULES["regression"]
    )[0, 17]
    assert found == pytest.approx(4.0)


def test_matched_controls_carry_what_the_day_did_to_those_like_oneself():
    rng = np.random.default_rng(4)
    shapes = np.stack(
        [np.where(np.arange(24) < 12, 3.0, 1.0), np.where(np.arange(24) < 12, 1.0, 3.0)]
    )
    kind = np.repeat([0, 1], 15)
    size = rng.uniform(1, 2, 30)
    load = np.repeat((shapes[kind] * size[:, None])[:, None, :], len(DATES), axis=1)
    # that day the morning ones use a tenth more, the evening ones double; customer 0 is called
    load[:15, -1] *= 1.1
    load[15:, -1] *= 2.0
    truth = load[0, -1].copy()
    load[0, -1, 17:20] = 0.0
    is_event = np.zeros((30, len(DATES)), dtype=bool)
    is_event[0, -1] = True
    found = baseline(_history(load_kw=load, is_event=is_event), EVENT, RULES["matched_control"])
    np.testing.assert_allclose(found[0], truth, rtol=1e-9)
    np.testing.assert_allclose(found[20], load[20, -1], rtol=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from(sorted(RULES)))
def test_what_happens_in_the_event_and_after_its_day_changes_no_rule(seed, rule):
    rng = np.random.default_rng(seed)
    load = rng.gamma(2.0, 1.0, (15, 75, 24))
    at = Event(70, 17, 20)
    dates = DATES[:75]
    history = History(dates, load, np.zeros(75, dtype=bool))
    before = baseline(history, at, RULES[rule])
    other = load.copy()
    other[:, 71:] *= 3
    other[:4, 70, at.steps] = 0.0
    is_event = np.zeros((15, 75), dtype=bool)
    is_event[:4, 70] = True
    after = baseline(History(dates, other, is_event), at, RULES[rule])
    # controls are others once some are called; their own load is theirs
    if RULES[rule].form != "matched_control":
        np.testing.assert_array_equal(before[:, at.steps], after[:, at.steps])
    else:
        later = load.copy()
        later[:, 71:] *= 3
        again = baseline(History(dates, later, np.zeros(75, dtype=bool)), at, RULES[rule])
        np.testing.assert_array_equal(before, again)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.floats(0.1, 50), st.sampled_from(sorted(RULES)))
def test_a_customer_a_thousand_times_larger_has_a_baseline_a_thousand_times_larger(
    seed, times, rule
):
    load = np.random.default_rng(seed).gamma(2.0, 1.0, (15, 75, 24))
    at = Event(70, 17, 20)
    one, other = (
        baseline(History(DATES[:75], kw, np.zeros(75, dtype=bool)), at, RULES[rule])
        for kw in (load, load * times)
    )
    np.testing.assert_allclose(other, one * times, rtol=1e-6)


_RULE = """
[[rule]]
code = "a"
name_zh = "a"
name_en = "a"
certain = "recalled"
look_back_days = 9
"""


@pytest.mark.parametrize(
    "text",
    [
        "[[rule",
        _RULE + "days = 3\nleast_days = 5",
        _RULE + 'days = 3\npick = "highest"',
        _RULE + 'days = 3\nadjust = "ratio"',
        _RULE + 'days = 3\ncombine = "trimmed"',
        (_RULE + "days = 3") * 2,
    ],
)
def test_a_rule_that_contradicts_itself_is_refused(text):
    with pytest.raises(BaselineError):
        read_rules(text)
