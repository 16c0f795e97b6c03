"""Workshops and plants on one, two and three shifts."""

from dataclasses import replace

import numpy as np
import pytest

from ingest.simulated.loads.opening import shift_share
from ingest.simulated.loads.reactive_power import Capacitors, compensated, lagging_share
from ingest.simulated.loads.switching import autoregressive, batches_w, machines_w
from ingest.simulated.streams import stream
from tests.ingest.simulated.a_year import (
    NEW_YEAR,
    between,
    customers,
    demand,
    on,
    setting,
    traits,
)

SHIFTS = ("plant_one_shift", "plant_two_shift", "plant_three_shift")
MAKE_UP_SUNDAY, PLAIN_SUNDAY = on(4, 28), on(4, 21)
WEEK = slice(on(4, 15), on(4, 20))


def with_orders(factor):
    """The same circumstances with so many times the orders."""
    usual = setting()
    orders = {group: factor * of for group, of in usual.economy.daily_orders.items()}
    return replace(usual, economy=replace(usual.economy, daily_orders=orders))


@pytest.mark.parametrize("kind", ["workshop", "plant_one_shift"])
def test_one_shift_is_idle_at_night(kind):
    power = customers(kind, 9)[:, WEEK].mean(axis=1)
    assert (between(power, 20, 24) < 0.35 * between(power, 9, 11)).all()
    assert (between(power, 0, 5) < 0.35 * between(power, 9, 11)).all()


@pytest.mark.parametrize("kind", ["workshop", "plant_one_shift", "plant_two_shift"])
def test_sunday_is_idle_but_a_make_up_sunday_is_not(kind):
    power = customers(kind, 9)
    usual = between(power[:, WEEK], 9, 11).mean(axis=1)
    assert (between(power[:, PLAIN_SUNDAY], 9, 11) < 0.4 * usual).all()
    assert (between(power[:, MAKE_UP_SUNDAY], 9, 11) > 0.6 * usual).all()


def test_lunch_is_a_break():
    power = customers("plant_one_shift", 9)[:, WEEK].mean(axis=1)
    assert (between(power, 12, 13) < 0.6 * between(power, 10, 11)).all()


def test_two_shifts_work_in_the_evening_and_not_after_midnight():
    power = customers("plant_two_shift", 9)[:, WEEK].mean(axis=1)
    assert (between(power, 19.5, 22) > 0.7 * between(power, 9, 11)).all()
    assert (between(power, 1, 6) < 0.45 * between(power, 9, 11)).all()


def test_three_shifts_work_at_three_in_the_morning_and_on_sunday():
    power = customers("plant_three_shift", 9)
    usual = between(power[:, WEEK], 9, 11).mean(axis=1)
    assert (between(power[:, WEEK], 2, 4).mean(axis=1) > 0.6 * usual).all()
    assert (between(power[:, PLAIN_SUNDAY], 9, 11) > 0.6 * usual).all()


@pytest.mark.parametrize("kind", ["workshop", "plant_one_shift", "plant_two_shift"])
def test_plants_stand_still_for_a_week_and_longer_at_spring_festival(kind):
    power = customers(kind, 9)
    usual = between(power[:, on(3, 18) : on(3, 23)], 9, 11).mean(axis=1)
    for_a_week = between(power[:, NEW_YEAR - 2 : NEW_YEAR + 5], 9, 11).max(axis=1)
    assert (for_a_week < 0.45 * usual).all()
    idle = between(power[:, NEW_YEAR - 20 : NEW_YEAR + 25], 9, 11) < 0.5 * usual[:, None]
    assert (idle.sum(axis=1) < 35).all()


@pytest.mark.parametrize("kind", [*SHIFTS, "workshop"])
def test_a_fifth_fewer_orders_lower_the_energy_but_not_by_a_fifth(kind):
    for number in range(4):
        drawn = traits(kind, number)
        usual, fewer = (
            demand(kind, drawn, number, with_orders(factor)).active_w.sum(dtype=float)
            for factor in (1.0, 0.8)
        )
        assert 0.8 * usual < fewer < 0.95 * usual


def test_a_backlog_is_worked_off_on_saturdays():
    drawn = replace(traits("plant_one_shift"), rests=(5, 6), backlog_from=1.5)
    saturdays = np.flatnonzero(setting().days.weekday == 5)
    usual, pressed = (
        demand("plant_one_shift", drawn, 0, with_orders(factor)).active_w.reshape(-1, 96)[saturdays]
        for factor in (1.0, 2.0)
    )
    assert between(pressed, 9, 11).sum() > 4 * between(usual, 9, 11).sum()


def test_a_night_furnace_is_cold_by_day():
    def power(*, is_night_furnace):
        drawn = replace(traits("plant_three_shift"), furnace_kw=400.0, connected_kw=9e3)
        drawn = replace(drawn, is_night_furnace=is_night_furnace)
        return demand("plant_three_shift", drawn).active_w.reshape(-1, 96)[WEEK].mean(axis=0)

    at_night, always = power(is_night_furnace=True), power(is_night_furnace=False)
    assert between(at_night, 9, 21) < between(always, 9, 21) - 50_000
    assert between(at_night, 9, 21) < between(at_night, 0, 5) - 100_000


def test_shifts_and_breaks_by_hand():
    share = shift_share([(8, 17)], [(12, 13, 0.2)])
    assert share.sum() * 0.25 == pytest.approx(8 + 0.2)
    assert share[[31, 32, 48, 67, 68]] == pytest.approx([0, 1, 0.2, 1, 0])


def test_machines_run_for_their_share_of_the_time_and_switch():
    # Ten machines of 1 kW that run for 3 hours and rest for 1: 7.5 kW on average, at most 10.
    power = machines_w(stream(1, "machines"), (1000.0,) * 10, 3.0, 1.0, 40_000)
    assert power.mean() == pytest.approx(7500, rel=0.02)
    assert power.min() >= 0
    assert power.max() <= 10_000 * (1 + 1e-6)
    # Of independent machines: n p (1 - p) kW², somewhat less in means of a quarter of an hour.
    assert (power / 1000).var() == pytest.approx(10 * 0.75 * 0.25, rel=0.2)


def test_one_machine_is_on_or_off_or_switches_within_a_slot():
    power = machines_w(stream(2, "machines"), (1000.0,), 2.0, 2.0, 20_000)
    between_both = (power > 1) & (power < 999)
    # A machine switches twice in four hours, that is in one of eight slots.
    assert between_both.mean() == pytest.approx(1 / 8, rel=0.15)


def test_a_batch_heats_holds_and_rests_by_hand():
    power = batches_w(stream(1, "batches"), 1000.0, (1.0, 4.0, 1.0), 40_000)
    # An hour at 1000 W, four at about 450 W, one at 0: 2800 Wh in six hours.
    assert power.mean() == pytest.approx(2800 / 6, rel=0.03)
    assert power.max() == pytest.approx(1000, abs=1)
    assert power.min() == 0


@pytest.mark.parametrize("persistence", [0.3, 0.7, 0.95])
def test_noise_has_variance_one_and_the_persistence_asked_for(persistence):
    noise = autoregressive(stream(3, "noise"), 200_000, persistence).astype(float)
    assert noise.var() == pytest.approx(1, rel=0.1)
    for lag in (1, 4):
        found = np.corrcoef(noise[:-lag], noise[lag:])[0, 1]
        assert found == pytest.approx(persistence**lag, abs=0.03)


def test_an_automatic_bank_makes_up_for_whole_steps_of_most_of_it_by_hand():
    bank = Capacitors(step_kvar=10, steps=6)
    # 85 % of 5, 20, 50 and 100 kvar are 0, 1, 4 and 8 steps of 10; there are but six.
    left = compensated(np.float32([5e3, 20e3, 50e3, 100e3]), bank)
    assert left.tolist() == [5e3, 10e3, 10e3, 40e3]


def test_a_fixed_bank_over_compensates_whoever_is_idle():
    bank = Capacitors(step_kvar=30, steps=1, is_automatic=False)
    assert compensated(np.float32([5e3, 50e3]), bank).tolist() == [-25e3, 20e3]


def test_a_power_factor_of_08_means_three_quarters_of_a_var_per_watt():
    assert lagging_share(0.8) == pytest.approx(0.75)


def test_power_factors_leave_something_to_adjust():
    factors, over = [], 0
    for kind in SHIFTS:
        for number in range(12):
            wanted = demand(kind, traits(kind, number), number)
            active = wanted.active_w.sum(dtype=float)
            reactive = np.abs(wanted.reactive_var).sum(dtype=float)
            factors.append(active / np.hypot(active, reactive))
            over += (wanted.reactive_var < 0).mean() > 0.1
    assert min(factors) > 0.65
    assert 0.1 < np.mean(np.array(factors) < 0.9) < 0.6
    assert over >= 2
