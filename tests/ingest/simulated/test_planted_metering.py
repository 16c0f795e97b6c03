"""What meters show of what flowed: nothing is lost that the truth does not say."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.simulated.planted.clock import stamped, true_slots
from ingest.simulated.planted.meter_faults import FAULTS, draw_fault
from ingest.simulated.planted.metering import plan_metering, registered, seen, thieves
from ingest.simulated.planted.rows import truth_rows
from ingest.simulated.planted.theft import THEFTS, draw_theft
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.span import Span
from tests.ingest.simulated.by_hand import (
    FACTOR_FAULTS,
    YEAR,
    evenly,
    flows,
    planted,
    premise,
    premises,
    setting,
)

SETTING = setting()
SHORT = Span.between(date(2024, 10, 25), date(2024, 11, 10))
DAY = 96


def used(seed=0, span=YEAR):
    """Energy of a customer whose roof feeds back at times."""
    own = stream(seed, "used")
    net = own.gamma(0.7, 400.0, span.slots) - 100.0
    return flows(np.maximum(net, 0).astype(np.int32), np.maximum(-net, 0).astype(np.int32))


def drawn(kind, number):
    """One planted theft or fault of a kind, as the plan draws it."""
    draw = draw_theft if kind in THEFTS else draw_fault
    return draw(kind, premise(number), SETTING)


@settings(deadline=None)
@given(st.sampled_from([*THEFTS, *FAULTS]), st.integers(0, 10_000))
def test_what_was_used_is_shown_stolen_or_mis_metered(kind, number):
    true, things = used(number), drawn(kind, number)
    shown = registered(true, premise(number), things, SETTING)
    hidden = true.import_wh.astype(np.int64) - shown.flows.import_wh
    assert hidden.sum() == sum(energy or 0 for energy in shown.energies_wh)
    assert (shown.stolen_wh >= 0).all()
    assert (shown.stolen_wh <= true.import_wh).all()
    assert (shown.flows.import_wh >= 0).all()
    assert (shown.flows.export_wh >= 0).all()
    if kind in THEFTS and kind != "clock_shift":
        assert (hidden == shown.stolen_wh).all()
    else:
        assert not shown.stolen_wh.any()


@settings(deadline=None)
@given(st.sampled_from([*THEFTS, *FAULTS]), st.integers(0, 10_000))
def test_outside_its_time_nothing_is_hidden(kind, number):
    true, things = used(number), drawn(kind, number)
    shown = registered(true, premise(number), things, SETTING)
    there = np.zeros(YEAR.slots, dtype=bool)
    there[things[0].first_slot : things[0].last_slot] = True
    assert (shown.flows.import_wh == true.import_wh)[~there].all()
    assert (shown.flows.export_wh == true.export_wh)[~there].all()


def test_where_nothing_is_planted_the_same_arrays_come_back():
    true = used()
    shown = registered(true, premise(), (), SETTING)
    assert shown.flows is true
    assert shown.metered is true
    assert not shown.stolen_wh.any()
    voltage_v, current_a = np.full((3, YEAR.slots), 230.0), np.ones((3, YEAR.slots))
    measured = seen(voltage_v, current_a, premise(), (), SETTING)
    assert measured[0] is voltage_v
    assert measured[1] is current_a


def test_exchange_ratio_rollover_and_wrong_area_change_no_curve():
    plan = plan_metering(premises(600), SETTING)
    harmless = {"exchange", "ratio_change", "rollover", "wrong_transformer", "programme_lag"}
    true, count = evenly(100), 0
    for number, things in plan.items():
        if {thing.kind for thing in things} <= harmless:
            shown = registered(true, premise(number), things, SETTING)
            assert shown.flows is true
            assert shown.energies_wh == [None] * len(things)
            count += 1
    assert count > 20


def of_hundred(kind, amount, **detail):
    """What is shown of 100 Wh in a slot of the afternoon of 10 January."""
    thing = planted(kind, 0, YEAR.slots, amount, **detail)
    shown = registered(evenly(100), premise(), (thing,), SETTING)
    return shown.flows.import_wh[9 * DAY + 60], shown.stolen_wh[9 * DAY + 60]


def test_each_kind_hides_what_its_physics_says():
    assert of_hundred("bypass_share", 0.25) == (75, 25)
    assert of_hundred("shunted_phase", 0.4, phase="A") == (60, 40)
    assert of_hundred("replaced_meter", 0.55) == (45, 55)
    assert of_hundred("night_bypass", 0.9) == (100, 0)
    assert of_hundred("winter_bypass", 0.5) == (50, 50)
    magnets = {"days": [9], "unregistered_shares": [0.75]}
    assert of_hundred("magnet_days", 0.75, **magnets) == (25, 75)
    assert of_hundred("stopped", 0.0) == (0, 0)
    assert of_hundred("fast", 1.2) == (120, 0)
    # 40 of 100 Wh counted backwards: 60 − 40.
    assert of_hundred("reversed_ct", 0.2, phase="A") == (20, 0)
    assert of_hundred("wrong_multiplier", 0.75) == (75, 0)


@pytest.mark.parametrize("kind", ["reversed_ct", "lost_voltage", "lost_phase"])
def test_a_fault_of_one_phase_costs_its_share_once_or_twice(kind):
    thing = next(
        fault
        for fault in (draw_fault(kind, premise(n), SETTING)[0] for n in range(99))
        if fault.detail["phase"] == "B" and fault.detail.get("voltage_share", 0.0) < 0.1
    )
    times = 2 if kind == "reversed_ct" else 1
    left = thing.detail.get("voltage_share", 0.0) if kind == "lost_voltage" else 0.0
    assert thing.amount == pytest.approx(1.0 - times * 0.3 * (1.0 - left))


def test_a_balanced_meter_with_one_phase_backwards_counts_a_third():
    even = premise(phase_shares=(1 / 3, 1 / 3, 1 / 3))
    assert draw_fault("reversed_ct", even, SETTING)[0].amount == pytest.approx(1 / 3)


def test_a_phase_that_outweighs_the_others_backwards_feeds_back():
    thing = planted("reversed_ct", 0, DAY, -0.2, phase="A")
    shown = registered(evenly(100), premise(), (thing,), SETTING).flows
    assert (shown.import_wh[0], shown.export_wh[0]) == (0, 20)
    assert (shown.import_wh[DAY], shown.export_wh[DAY]) == (100, 0)


def test_a_night_bypass_steals_from_ten_to_six():
    thing = planted("night_bypass", 0, YEAR.slots, 0.8)
    stolen = registered(evenly(100), premise(), (thing,), SETTING).stolen_wh[:DAY]
    assert (stolen[: 6 * 4] == 80).all()
    assert not stolen[6 * 4 : 22 * 4].any()
    assert (stolen[22 * 4 :] == 80).all()


def test_a_winter_bypass_sleeps_in_summer():
    thing = planted("winter_bypass", 0, YEAR.slots, 0.8)
    stolen = registered(evenly(100), premise(), (thing,), SETTING).stolen_wh
    by_day = stolen.reshape(-1, DAY).sum(axis=1)
    assert by_day[YEAR.day(date(2024, 3, 31))] == by_day[YEAR.day(date(2024, 11, 1))] == 80 * DAY
    assert not by_day[YEAR.day(date(2024, 4, 1)) : YEAR.day(date(2024, 11, 1))].any()


def test_a_frozen_terminal_repeats_the_day_before_and_the_meter_goes_on():
    true = used()
    thing = planted("frozen", 10 * DAY, 13 * DAY, 3.0)
    shown = registered(true, premise(), (thing,), SETTING)
    by_day, before = shown.flows.import_wh.reshape(-1, DAY), true.import_wh.reshape(-1, DAY)
    assert (by_day[10:13] == before[9]).all()
    assert (by_day[13:] == before[13:]).all()
    assert shown.metered is true


def test_a_register_that_falls_back_leaves_the_curve_alone():
    true = used()
    thing = replace(planted("decreasing", 10 * DAY, YEAR.slots, 50.0), unit="kWh")
    shown = registered(true, premise(), (thing,), SETTING)
    assert shown.flows is true
    assert shown.energies_wh == [None]


def test_a_clock_six_hours_ahead_moves_the_evening_peak_into_the_night():
    peak = np.zeros(YEAR.slots, dtype=np.int32)
    peak.reshape(-1, DAY)[:, 16 * 4 : 21 * 4] = 500
    thing = planted("clock_shift", 5 * DAY, 40 * DAY, 6.0)
    shown = registered(flows(peak), premise(), (thing,), SETTING)
    day = shown.flows.import_wh.reshape(-1, DAY)[20]
    assert (day[22 * 4 :] == 500).all()
    assert (day[: 3 * 4] == 500).all()
    assert not day[3 * 4 : 22 * 4].any()
    assert shown.flows.import_wh.sum() == peak.sum()
    assert not shown.stolen_wh.any()


@settings(deadline=None)
@given(
    st.integers(1, 4 * DAY), st.integers(0, 8 * DAY), st.floats(-7.0, 7.0), st.floats(-180.0, 180.0)
)
def test_a_wrong_clock_conserves_the_total(first_slot, length, rate, offset_minutes):
    # It is set right again within the span, however late: 720 min off at most.
    last_slot = min(4 * DAY + first_slot + length, SHORT.slots - 1)
    thing = planted("drift", first_slot, last_slot, rate, offset_minutes=offset_minutes)
    if first_slot * 15 < -offset_minutes:
        thing = replace(thing, first_slot=DAY)
    true = used(span=SHORT)
    shown = stamped(true, thing, SHORT)
    edges = true_slots(thing, SHORT)
    assert (np.diff(edges) >= 0).all()
    assert (shown.import_wh >= 0).all()
    for channel in ("import_wh", "export_wh", "reactive_import_varh"):
        assert getattr(shown, channel).sum() == getattr(true, channel).sum()


@settings(deadline=None)
@given(st.floats(-7.0, 7.0), st.floats(-180.0, 180.0))
def test_a_clock_that_stays_wrong_moves_energy_across_the_edges_alone(rate, offset_minutes):
    thing = planted("drift", 0, SHORT.slots, rate, offset_minutes=offset_minutes)
    shown = stamped(evenly(100, SHORT), thing, SHORT).import_wh
    # 100 Wh in every slot: the total differs by the slots that the clock gained or lost.
    edges = true_slots(thing, SHORT)
    assert shown.sum() == pytest.approx(100 * (edges[-1] - edges[0]), abs=2)
    assert shown.min() >= 98


def test_a_drifting_clock_is_off_by_its_rate_times_the_months():
    month = 365.25 / 12 * DAY
    thing = planted("drift", 100, YEAR.slots, 5.0, offset_minutes=0.0)
    off = np.arange(YEAR.slots + 1) - true_slots(thing, YEAR)
    assert off[99] == 0
    assert off[100 + round(3 * month)] * 15 == pytest.approx(15.0, abs=0.01)


def measured(thing, number=0):
    """Voltages and currents that a meter sees under 230 V and 10 A on every phase."""
    voltage_v = np.full((3, YEAR.slots), 230.0, dtype=np.float32)
    current_a = np.full((3, YEAR.slots), 10.0, dtype=np.float32)
    seen_v, seen_a = seen(voltage_v, current_a, premise(number), (thing,), SETTING)
    assert (voltage_v == 230).all()
    assert (current_a == 10).all()
    return seen_v[:, 2 * DAY], seen_a[:, 2 * DAY]


def test_a_shunted_phase_has_voltage_and_hardly_any_current():
    voltage_v, current_a = measured(planted("shunted_phase", DAY, 9 * DAY, 0.4, phase="A"))
    assert voltage_v.tolist() == [230, 230, 230]
    assert current_a[0] < 0.5
    assert current_a[1:].tolist() == [10, 10]


def test_voltage_loss_keeps_the_current_and_phase_loss_does_not():
    lost_v, lost_a = measured(planted("lost_voltage", 0, 9 * DAY, 0.7, phase="B", voltage_share=0))
    assert lost_v.tolist() == [230, 0, 230]
    assert lost_a.tolist() == [10, 10, 10]
    lost_v, lost_a = measured(planted("lost_phase", 0, 9 * DAY, 0.7, phase="C", voltage_share=0.05))
    assert lost_v[2] < 0.6 * 230
    assert lost_a.tolist() == [10, 10, 0]


def test_a_drawn_voltage_loss_is_below_the_limit_of_78_percent():
    for number in range(50):
        thing = draw_fault("lost_voltage", premise(number), SETTING)[0]
        assert thing.detail["voltage_share"] < 0.78


def test_a_reversed_current_is_negative():
    _, current_a = measured(planted("reversed_ct", 0, 9 * DAY, 0.4, phase="B"))
    assert current_a.tolist() == [10, -10, 10]


@pytest.mark.parametrize("kind", ["bypass_share", "winter_bypass", "replaced_meter"])
def test_what_flows_past_the_meter_is_missing_from_its_current(kind):
    _, current_a = measured(planted(kind, 0, 9 * DAY, 0.6))
    assert current_a == pytest.approx([4, 4, 4])


def test_without_faults_the_district_is_healthy():
    assert plan_metering(premises(600), SETTING, faults=0.0) == {}


def test_six_hundred_premises_hold_21_thieves_of_every_kind():
    plan = plan_metering(premises(600), SETTING)
    found = [thing for things in plan.values() for thing in things if thing.group == "theft"]
    assert len(thieves(plan)) == len(found) == 21
    assert {thing.kind for thing in found} == set(THEFTS)


@settings(deadline=None)
@given(st.integers(1, 400), st.floats(0.0, 10.0), st.integers(0, 99))
def test_thieves_are_as_many_as_the_rate_says(count, faults, seed):
    given_premises = premises(count, SHORT)
    plan = plan_metering(given_premises, setting(SHORT, seed), faults=faults)
    assert len(thieves(plan)) == round(0.035 * count * faults)
    for things in plan.values():
        assert sum(thing.group in {"theft", "meter_fault"} for thing in things) <= 1
        assert all(0 <= one.first_slot < one.last_slot <= SHORT.slots for one in things)


def test_faults_befall_meters_that_can_have_them():
    all_premises = premises(6000)
    plan = plan_metering(all_premises, SETTING)
    faults = [(n, t) for n, things in plan.items() for t in things if t.group == "meter_fault"]
    assert len(faults) == 90
    assert {thing.kind for _, thing in faults} == set(FAULTS)
    for number, thing in faults:
        one = all_premises[number]
        assert one.phases == "ABC" or "phase" not in thing.detail
        assert one.current_ratio > 1 or thing.kind not in {"wrong_multiplier", "reversed_ct"}


def test_who_is_hit_does_not_depend_on_the_order_of_premises():
    ordered = premises(300)
    assert plan_metering(ordered, SETTING) == plan_metering(ordered[::-1], SETTING)


def test_another_seed_hits_others():
    plans = [plan_metering(premises(600), setting(seed=seed)) for seed in (1, 2)]
    assert thieves(plans[0]) != thieves(plans[1])


def test_a_fault_ended_by_exchange_ends_with_another_meter():
    ends = 0
    for number in range(40):
        thing, *rest = draw_fault("stopped", premise(number), SETTING)
        if thing.detail.get("ended_by") == "exchange":
            assert [one.kind for one in rest] == ["exchange"]
            assert rest[0].first_slot == thing.last_slot
            ends += 1
    assert ends > 10


def test_winter_thieves_have_a_winter_to_steal_in():
    for number in range(60):
        thing = draw_theft("winter_bypass", premise(number), SETTING)[0]
        heated = SETTING.days.is_heating_season.repeat(DAY)[thing.first_slot : thing.last_slot]
        assert heated.sum() > 25 * DAY
    summer = Span.between(date(2024, 6, 1), date(2024, 8, 31))
    plan = plan_metering(premises(600, summer), setting(summer))
    assert len(thieves(plan)) == 21
    assert "winter_bypass" not in {thing.kind for things in plan.values() for thing in things}


def test_theft_stays_within_one_tenancy():
    moving = premise()
    first, second = replace(moving.tenancies[0], last_day=100), replace(moving.tenancies[0])
    moved = replace(moving, tenancies=(first, replace(second, first_day=120)))
    for number in range(50):
        thing = draw_theft("bypass_share", replace(moved, number=number), SETTING)[0]
        assert 120 * DAY <= thing.first_slot < thing.last_slot <= YEAR.slots


def test_everything_planted_fits_the_truth():
    plan = plan_metering(premises(2000), SETTING, faults=3.0)
    for number, things in plan.items():
        rows = truth_rows("usage_point", str(number), things, [None] * len(things), YEAR)
        assert rows.height == len(things)


def test_every_fault_by_factor_says_so():
    for kind in FAULTS:
        unit = draw_fault(kind, premise(), SETTING)[0].unit
        assert (unit == "factor") == (kind in FACTOR_FAULTS)
