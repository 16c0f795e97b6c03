from datetime import date
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ingest.simulated.customers.premise import Premise, Tenancy
from ingest.simulated.loads.demand import Demand
from ingest.simulated.planted.behaviour import respond
from ingest.simulated.planted.growth import growth, planted_growth
from ingest.simulated.planted.pilot import PERIOD_OF_SLOT, PERIODS, PRICE_RATIOS, ces_factors
from ingest.simulated.planted.response_events import response_events
from ingest.simulated.surroundings.days import days
from ingest.simulated.surroundings.economy import economy
from ingest.simulated.surroundings.setting import Setting
from ingest.simulated.surroundings.span import Span
from ingest.simulated.surroundings.weather import weather
from ingest.simulated.truth import Planted

SPAN = Span.between(date(2024, 6, 1), date(2025, 6, 30))
PREMISE = Premise(
    number=1,
    serial=2,
    usage_point_id="FC-P000002",
    kind="household",
    feeder=0,
    area=0,
    node=0,
    phases="A",
    phase_shares=(1.0, 0.0, 0.0),
    capacity_kva=8.0,
    current_ratio=1.0,
    voltage_ratio=1.0,
    register_digits=6,
    tenancies=(Tenancy("FC-C1", 0, SPAN.days, None),),
    vehicle=None,
    solar=None,
)


@lru_cache
def setting():
    calendar = days(SPAN)
    return Setting(1, SPAN, calendar, weather(1, SPAN, calendar), economy(1, SPAN, "R"))


def steady(active_w=2000.0):
    active = np.full(SPAN.slots, active_w, dtype=np.float32)
    return Demand(active, active / 4)


def uneven():
    active = np.random.default_rng(7).gamma(2.0, 300.0, SPAN.slots).astype(np.float32)
    return Demand(active, active / 4)


def after(demand, *planted):
    changed, energies_wh = respond(demand, PREMISE, planted, setting())
    return changed, energies_wh


def decoy(kind, amount, first_day=100, last_day=SPAN.days, **detail):
    return Planted("decoy", kind, first_day * 96, last_day * 96, amount, "share", detail)


def test_an_area_that_grows_by_5_percent_a_year_draws_so_much_more_after_a_year():
    grown, _ = after(steady(), planted_growth(0.05, 3, SPAN))
    assert grown.active_w[0] == 2000
    # 365 days are 365/365.25 of a year: exp(0.05 × 0.99932) = 1.051235
    assert grown.active_w[365 * 96] == pytest.approx(2000 * 1.051235, rel=1e-6)


def test_the_rate_of_an_area_does_not_depend_on_the_others():
    assert growth(1, [5, 9])[9] == growth(1, range(40))[9]
    assert growth(1, [5]) != growth(2, [5])


def test_a_partial_closure_leaves_what_was_before_as_it_was():
    before = uneven()
    closed, (energy_wh,) = after(before, decoy("partial_closure", -0.4))
    assert np.array_equal(closed.active_w[:9600], before.active_w[:9600])
    assert closed.active_w[9600:] == pytest.approx(0.6 * before.active_w[9600:])
    assert energy_wh == pytest.approx(-0.4 * before.active_w[9600:].sum(dtype=float) / 4, abs=1)


def test_reactive_power_falls_with_the_active():
    closed, _ = after(uneven(), decoy("partial_closure", -0.4))
    assert closed.reactive_var == pytest.approx(closed.active_w / 4)


def test_who_was_long_absent_comes_back_as_before():
    before = uneven()
    absent, _ = after(before, decoy("long_absence", -0.9, 100, 130))
    assert np.array_equal(absent.active_w[130 * 96 :], before.active_w[130 * 96 :])


def test_a_business_declines_day_by_day_to_what_is_left():
    declining, _ = after(steady(), decoy("business_decline", -0.5, falls_for_days=100))
    by_day = declining.active_w.reshape(-1, 96)[:, 0]
    assert all(later < earlier for earlier, later in pairwise(by_day[99:200]))
    assert by_day[149] == pytest.approx(2000 * 0.75)
    assert (by_day[199:] == 1000).all()


def test_new_lamps_save_most_in_the_dark():
    lit, _ = after(steady(), decoy("led_retrofit", -0.2, by_day_share=0.5))
    day = lit.active_w.reshape(-1, 96)[200]
    assert day[[4, 92]] == pytest.approx(1600)
    assert day[48] == pytest.approx(1800)


def test_a_dropped_shift_is_missing_in_its_hours_only():
    cut, _ = after(steady(), decoy("shift_cut", -0.7, hours=[15.5, 23.5]))
    day = cut.active_w.reshape(-1, 96)[200]
    assert day[62:94] == pytest.approx(600)
    assert (np.delete(day, slice(62, 94)) == 2000).all()


def pilot(arm, substitution=0.18, daily=-0.04):
    detail = {
        "arm": arm,
        "substitution_elasticity": substitution,
        "daily_elasticity": daily,
    }
    if arm == "control":
        return [Planted("programme", "tou_pilot", 200 * 96, SPAN.slots, 1.0, "price_ratio", detail)]
    return [
        Planted(
            "programme", "tou_pilot", 200 * 96, SPAN.slots, r, "price_ratio", detail | {"period": p}
        )
        for p, r in PRICE_RATIOS.items()
    ]


def by_period(demand):
    by_day = demand.active_w.reshape(-1, 96).astype(float)[200:]
    return np.stack([by_day[:, n == PERIOD_OF_SLOT].sum(axis=1) for n in range(3)], axis=1)


def test_the_periods_of_the_notice_take_eight_hours_each():
    assert np.bincount(PERIOD_OF_SLOT).tolist() == [32, 32, 32]
    hours = {p: np.flatnonzero(n == PERIOD_OF_SLOT) / 4 for n, p in enumerate(PERIODS)}
    assert {7.5, 10.25, 16, 20.75} <= set(hours["peak"])
    assert {0, 4.75, 11.5, 12.25, 22, 23.75} <= set(hours["valley"])
    assert {5, 7.25, 10.5, 12.5, 15.75, 21, 21.75} <= set(hours["flat"])


def test_the_control_arm_of_the_pilot_is_untouched_bit_by_bit():
    before = uneven()
    same, energies_wh = after(before, *pilot("control"))
    assert same.active_w.tobytes() == before.active_w.tobytes()
    assert same.reactive_var.tobytes() == before.reactive_var.tobytes()
    assert energies_wh == [0]


def test_treated_households_substitute_and_save_every_day_as_the_formula_says():
    before = uneven()
    treated, energies_wh = after(before, *pilot("treated"))
    old, new = by_period(before), by_period(treated)
    # PRISM: ln(Qp/Qv)' − ln(Qp/Qv) = −0.18 × ln(1.6/0.4) = −0.249533
    change = np.log(new[:, 0] / new[:, 2]) - np.log(old[:, 0] / old[:, 2])
    assert change == pytest.approx(-0.249533, abs=1e-5)  # float32 has seven digits
    price = (old * [1.6, 1.0, 0.4]).sum(axis=1) / old.sum(axis=1)
    assert new.sum(axis=1) / old.sum(axis=1) == pytest.approx(price**-0.04, rel=1e-6)
    assert energies_wh == pytest.approx((new - old).sum(axis=0) / 4, abs=1)
    assert np.array_equal(treated.active_w[: 200 * 96], before.active_w[: 200 * 96])


def test_an_empty_day_stays_empty_under_any_price():
    nothing = steady(0.0)
    treated, energies_wh = after(nothing, *pilot("treated"))
    assert not treated.active_w.any()
    assert energies_wh == [0, 0, 0]


energies = arrays(float, (3, 2), elements=st.floats(0.1, 100.0))


@given(energies, st.floats(1.1, 5.0), st.floats(0.0, 0.4), st.floats(-0.1, 0.0))
def test_two_periods_answer_as_prism_writes_it(energy, peak_ratio, substitution, daily):
    """Qo' = (24/Ho)·Qd' / (1 + (Hp/Ho)·exp(ln(Qp/Qo)')), Q per hour, with Hp = 8 and Ho = 16."""
    hours = np.array([8.0, 16.0])
    prices = np.array([peak_ratio, 0.5])
    new = energy * ces_factors(energy, prices, substitution, daily)
    per_hour = energy / hours
    log_ratio = np.log(per_hour[:, 0] / per_hour[:, 1]) - substitution * np.log(peak_ratio / 0.5)
    mean_price = (energy * prices).sum(axis=1) / energy.sum(axis=1)
    per_hour_of_day = energy.sum(axis=1) * mean_price**daily / 24
    off_peak = (24 / 16) * per_hour_of_day / (1 + (8 / 16) * np.exp(log_ratio))
    assert new[:, 1] / 16 == pytest.approx(off_peak)
    assert new[:, 0] / 8 == pytest.approx(off_peak * np.exp(log_ratio))


def response(kw=1.0, **detail):
    first = 60 * 96 + 60
    usual = {"flexible_share": 0.9, "pre_cooled_share": 0.0, "rebound_share": 0.0}
    detail = {"rebound_slots": 8, **usual, **detail}
    return Planted("programme", "response_event", first, first + 12, kw, "kW", detail)


def test_an_event_takes_the_planted_power_out_of_its_window_and_nothing_elsewhere():
    before, event = steady(), response(0.7)
    responded, energies_wh = after(before, event)
    assert responded.active_w[event.first_slot : event.last_slot] == pytest.approx(1300)
    assert np.array_equal(
        responded.active_w[: event.first_slot], before.active_w[: event.first_slot]
    )
    assert np.array_equal(responded.active_w[event.last_slot :], before.active_w[event.last_slot :])
    assert energies_wh == [-2100]  # 0.7 kW × 3 h


def test_pre_cooling_and_rebound_give_back_their_shares_of_what_was_curtailed():
    event = response(1.0, pre_cooled_share=0.2, rebound_share=0.5)
    responded, energies_wh = after(steady(), event)
    changed_wh = (responded.active_w.astype(float) - 2000) / 4
    assert changed_wh[: event.first_slot].sum() == pytest.approx(600)
    assert changed_wh[event.first_slot : event.last_slot].sum() == pytest.approx(-3000)
    back = changed_wh[event.last_slot :]
    assert back.sum() == pytest.approx(1500, rel=1e-6)
    assert all(later <= earlier for earlier, later in pairwise(back))
    assert not back[8:].any()
    assert energies_wh == [-900]  # −3000 × (1 − 0.2 − 0.5)


def test_no_more_is_curtailed_than_is_flexible():
    event = response(5.0, flexible_share=0.4)
    responded, _ = after(steady(), event)
    assert responded.active_w[event.first_slot : event.last_slot] == pytest.approx(1200)


def test_who_draws_nothing_has_nothing_to_give_and_nothing_to_catch_up():
    responded, energies_wh = after(steady(0.0), response(1.0, rebound_share=0.5))
    assert not responded.active_w.any()
    assert energies_wh == [0]


def test_events_fall_on_workdays_that_are_hot_or_cold():
    weather_c = setting().weather.temperature_c
    usual_c = {month: np.mean(weather_c[of_month(month)]) for month in (1, 7)}
    events = response_events(setting())
    assert 5 <= len(events) <= 8  # six in a year
    for event in events:
        day = event.first_slot // 96
        assert setting().days.is_workday[day]
        assert 2 * 4 <= event.last_slot - event.first_slot <= 4 * 4
        felt_c = weather_c[event.first_slot : event.last_slot].mean()
        assert felt_c > usual_c[7] + 3 if event.reason == "heat" else felt_c < usual_c[1] + 1


def of_month(month):
    return np.repeat([day.month == month for day in SPAN.dates], 96)


def test_an_offer_changes_everything_from_the_day_it_is_accepted():
    before = uneven()
    offer = Planted("programme", "offer", 250 * 96, SPAN.slots, -0.08, "share")
    changed, _ = after(before, offer)
    assert np.array_equal(changed.active_w[: 250 * 96], before.active_w[: 250 * 96])
    assert changed.active_w[250 * 96 :] == pytest.approx(0.92 * before.active_w[250 * 96 :])


def test_things_are_applied_one_after_the_other():
    closed = decoy("partial_closure", -0.5)
    grown = planted_growth(0.05, 3, SPAN)
    both, energies_wh = after(steady(), closed, grown)
    alone, (growth_wh,) = after(steady(), grown)
    assert both.active_w[9600:] == pytest.approx(0.5 * alone.active_w[9600:])
    assert energies_wh[1] == growth_wh
