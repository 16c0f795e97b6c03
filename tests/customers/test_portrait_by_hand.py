"""Features of portraits worked out by hand, a few days or months each."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.customers.portrait_flexibility import flexible_kwh
from queries.customers.portrait_holidays import RETURNING, USUAL, VACANT, holidays
from queries.customers.portrait_load import (
    energy_features,
    hour_features,
    regularity,
    shape_entropy_bits,
)
from queries.customers.portrait_peer_rows import peer_rows
from queries.customers.portrait_sums import Sums, window_months
from queries.customers.portrait_trend import SAME_MONTHS, same_months
from queries.schema import PORTRAITS

MONTHS = tuple(f"2025-{month:02d}" for month in range(1, 13))
NO_PERIOD = np.zeros((12, 2, 24))


def _sums(months=MONTHS, *, daily_kwh=None, days=30, hours=None, shapes=None, shaped=None):
    """One usage point: ``daily_kwh`` by month; ``hours`` of a mean workday and a mean rest day."""
    count = len(months)
    daily = np.ones(count) if daily_kwh is None else np.array(daily_kwh, float)
    of_kind = np.stack([np.full(count, 20.0), np.full(count, 10.0)], axis=1)
    of_hours = np.zeros((1, count, 2, 24)) if hours is None else np.tile(hours, (1, count, 1, 1))
    return Sums(
        points=pl.Series(["P"]),
        months=tuple(months),
        known_days=np.full((1, count), float(days)),
        energy_kwh=(daily * days)[None, :],
        days=of_kind[None],
        hours_kwh=(of_hours * of_kind[None, :, :, None]).astype(np.float32),
        shaped_days=np.zeros((1, count, 2)) if shaped is None else shaped,
        shapes=np.zeros((1, count, 2, 24)) if shapes is None else shapes,
    )


def _only(found):
    return {name: float(values[0]) for name, values in found.items()}


def test_a_year_is_the_means_of_its_months_times_their_days():
    kwh = [3.0, 2.0, 1.0, 1.0, 1.0, 5.0, 5.0, 5.0, 1.0, 1.0, 1.0, 2.0]
    found = _only(energy_features(_sums(daily_kwh=kwh, days=20)))
    days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    assert found["annual_kwh"] == pytest.approx(sum(np.array(kwh) * days))
    assert found["daily_kwh"] == pytest.approx(sum(kwh) / 12)
    assert found["seasonality_share"] == pytest.approx((5 - 1) / (5 + 1))
    assert found["summer_ratio"] == pytest.approx(5.0)
    assert found["winter_ratio"] == pytest.approx((3 + 2 + 2) / 3)


def test_a_month_that_was_hardly_read_makes_the_year_unknown_and_not_the_day():
    sums = _sums(daily_kwh=[2.0] * 12)
    sums.known_days[0, 6], sums.energy_kwh[0, 6] = 13, 26
    found = _only(energy_features(sums))
    assert np.isnan(found["annual_kwh"])
    assert np.isnan(found["seasonality_share"])
    assert found["daily_kwh"] == 2.0


def test_the_two_ends_of_thirteen_months_are_one_month_of_the_year():
    sums = _sums(("2024-12", *MONTHS), daily_kwh=[1.0] * 12 + [3.0])
    assert _only(energy_features(sums))["winter_ratio"] == pytest.approx((2 + 1 + 1) / 3)


def test_shares_of_the_day_are_read_off_its_hours():
    day = np.zeros(24)
    day[[22, 3]], day[8], day[12], day[18] = 1.0, 2.0, 3.0, 4.0
    valley = NO_PERIOD.copy()
    valley[:, :, 3] = 0.5
    found = _only(hour_features(_sums(hours=np.stack([day, day])), valley, NO_PERIOD))
    assert found["night_share"] == pytest.approx(2 / 11)
    assert found["morning_share"] == pytest.approx(2 / 11)
    assert found["midday_share"] == pytest.approx(3 / 11)
    assert found["evening_share"] == pytest.approx(4 / 11)
    assert found["valley_share"] == pytest.approx(0.5 / 11)
    assert found["peak_period_share"] == 0
    assert found["mean_kw"] == pytest.approx(11 / 24)
    assert found["weekend_share"] == pytest.approx(2 / 7), "all days alike"


def test_a_shop_shut_at_weekends_uses_nothing_of_its_week_on_rest_days():
    day = np.full(24, 2.0)
    found = _only(hour_features(_sums(hours=np.stack([day, 0 * day])), NO_PERIOD, NO_PERIOD))
    assert found["weekend_share"] == 0


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0, 1e4), min_size=48, max_size=48).filter(lambda h: sum(h) > 1e-3))
def test_the_parts_of_the_day_add_up_to_the_day(hours):
    found = _only(hour_features(_sums(hours=np.reshape(hours, (2, 24))), NO_PERIOD, NO_PERIOD))
    parts = ("night_share", "morning_share", "midday_share", "evening_share")
    # Hours are summed as 32-bit numbers.
    assert sum(found[part] for part in parts) == pytest.approx(1, abs=1e-5)
    assert 0 <= found["weekend_share"] <= 1 or np.isnan(found["weekend_share"])


def test_days_of_one_shape_are_wholly_regular_and_opposite_ones_are_not():
    unit = np.zeros(24)
    unit[0], unit[12] = np.sqrt(0.5), -np.sqrt(0.5)
    shaped = np.zeros((1, 12, 2))
    shaped[0, :, 0] = 20
    alike, opposite = np.zeros((1, 12, 2, 24)), np.zeros((1, 12, 2, 24))
    alike[0, :, 0] = 20 * unit
    opposite[0, :, 0] = 0 * unit  # ten days one way, ten the other
    assert regularity(_sums(shapes=alike, shaped=shaped))[0] == pytest.approx(1)
    # Of 60 days of a season half are opposite: (0 − 60) / (60 · 59).
    assert regularity(_sums(shapes=opposite, shaped=shaped))[0] == pytest.approx(-1 / 59)


def test_entropy_counts_shapes_in_bits():
    point = np.repeat([0, 1, 2], [32, 32, 8])
    code = np.concatenate([np.full(32, 5), np.tile([1, 2, 3, 4], 8), np.arange(8)])
    bits = shape_entropy_bits(point, code, 3)
    assert bits[:2].tolist() == [0.0, 2.0]
    assert np.isnan(bits[2]), "eight days say nothing"


def test_what_some_days_have_and_others_not_could_move():
    load = np.full((1, 20, 24), 1.0)
    load[0, :, 18] = 2.0  # every evening: fixed
    load[0, ::2, 19] = 4.0  # every other evening
    peak = np.zeros((20, 24))
    peak[:, 18], peak[:, 19] = 1.0, 0.5
    base = np.full((1, 20), 1.0)
    assert flexible_kwh(load, base, peak)[0] == pytest.approx(10 * 3.0 * 0.5)


def test_flexibility_without_a_calendar_is_unknown():
    flat = np.ones((1, 3, 24))
    assert np.isnan(flexible_kwh(flat, np.ones((1, 3)), np.full((3, 24), np.nan))[0])


def _year_of(festival, holiday, ordinary=10.0):
    energy = np.full((1, 120), ordinary)
    is_holiday, is_festival = np.zeros(120, bool), np.zeros(120, bool)
    is_festival[40:44], is_holiday[40:44], is_holiday[90:93] = True, True, True
    around = np.zeros(120, bool)
    around[33:51] = True
    energy[0, 40:44], energy[0, 90:93] = festival, holiday
    return energy, {
        "is_holiday": is_holiday,
        "is_festival": is_festival,
        "is_around_festival": around,
    }


@pytest.mark.parametrize(
    ("festival", "status"),
    # Of 10 kWh 2 are base: at 30 % of the other 8 nobody is there.
    [(2.0, VACANT), (4.3, VACANT), (4.5, USUAL), (12.9, USUAL), (13.1, RETURNING)],
)
def test_spring_festival_is_told_by_what_is_used_above_the_base(festival, status):
    energy, days = _year_of(festival, 5.0)
    found = holidays(energy, np.array([2.0]), **days)
    assert found.festival_status == [status]
    assert found.festival_ratio[0] == pytest.approx(festival / 10)
    assert found.holiday_ratio[0] == pytest.approx(0.5)


def test_a_festival_that_was_not_read_has_no_status():
    energy, days = _year_of(np.nan, np.nan)
    found = holidays(energy, np.array([2.0]), **days)
    assert found.festival_status == [None]
    assert np.isnan([found.festival_ratio[0], found.holiday_ratio[0]]).all()


def test_without_weather_the_same_months_of_both_years_are_compared():
    month = np.repeat(np.arange(1, 8), 20)
    before, after = np.full((1, 140), 10.0), np.full((1, 140), 11.0)
    after[0, :20] = np.nan  # of January nothing is known
    before[0, :20] = 1000.0
    found = same_months(before, after, np.stack([month, month]))
    assert found.share_per_year[0] == pytest.approx(0.1)
    assert found.basis == [SAME_MONTHS]
    few = same_months(before[:, :100], after[:, :100], np.stack([month, month])[:, :100])
    assert few.basis == [None]


def test_peers_are_told_from_ten_customers_on():
    def portraits(customers):
        rows = [
            {
                "usage_point_id": f"P{n}",
                "month": "2025-12",
                "customer_id": f"C{n % customers}",
                "district_id": "d",
                "customer_class": "residential",
                "annual_kwh": float(n),
            }
            for n in range(11)
        ]
        return pl.DataFrame(rows, schema=PORTRAITS.schema)

    [row] = peer_rows(portraits(11)).rows(named=True)
    assert (row["feature"], row["usage_points"], row["median"]) == ("annual_kwh", 11, 5.0)
    assert (row["low_quartile"], row["high_quartile"]) == (2.5, 7.5)
    assert peer_rows(portraits(9)).is_empty(), "eleven usage points of nine customers"


def test_a_year_up_to_the_middle_of_a_month_begins_a_year_before_that_month():
    assert window_months(date(2025, 2, 28)) == [
        *(f"2024-{m:02d}" for m in range(3, 13)),
        *MONTHS[:2],
    ]
    assert len(window_months(date(2025, 2, 27))) == 13
