"""Every rule, shown by one usage point of a small fleet that is judged once."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from ingest.batch import PROFILES_READ, Batch
from ingest.vee import validate
from tests.ingest.validation.conftest import (
    ARRIVED,
    DAYS,
    FIRST,
    LAST,
    Meter,
    at,
    curves,
    events,
    fill,
    on,
    usual,
)

VOLTS, AMPS = np.full((DAYS, 24), 220.0), np.full((DAYS, 24), 4.0)
THREE_PHASES = {f"voltage_{p}_v": VOLTS for p in "abc"} | {f"current_{p}_a": AMPS for p in "abc"}
BAD = slice(30, 36)
"""Days on which the peculiar thing happens."""


def changed(values, days, new):
    """``values`` with some days replaced."""
    values = values.copy()
    values[days] = new
    return values


def frozen():
    curve = usual(1)
    return Meter(changed(curve, BAD, curve[29]), register_wh=changed(curve, BAD, 0).sum(axis=1))


def rolling():
    daily = usual(2).sum(axis=1)
    return Meter(usual(2), start_kwh=10**6 - daily[:28].sum() / 1000)


def falling():
    daily = usual(3).sum(axis=1)
    return Meter(usual(3), register_wh=changed(daily, 30, daily[30] - 150_000))


def with_zeros():
    curve = usual(4)
    return Meter(changed(curve, (30, slice(8, 14)), 0.0), register_wh=curve.sum(axis=1))


def constant():
    return Meter(np.full((DAYS, 24), 5.0))


def exchanged():
    """By day, with what the fitters read off; the new meter has a ratio of its own."""
    curve = usual(6) * 10
    daily = curve.sum(axis=1)
    before, after = curve[30, :10].sum(), curve[30, 10:].sum()
    old = 5000 + np.floor(np.cumsum(daily[:30]) / 10 / 10) / 100
    last = 5000 + np.floor((daily[:30].sum() + before) / 10 / 10) / 100
    new = np.floor((after + np.concatenate([[0], np.cumsum(daily[31:])])) / 20 / 10) / 100
    readings = [("changed-M", at(d + 1), on(d), kwh) for d, kwh in enumerate(old.tolist())]
    readings += [("changed-M", at(30, 10), on(30), last), ("changed-N", at(30, 10), on(30), 0.0)]
    readings += [("changed-N", at(30 + d + 1), on(30 + d), k) for d, k in enumerate(new.tolist())]
    return Meter(curve, ratio=10.0, readings=readings, capacity_kva=80)


def frozen_in_pieces():
    meter = frozen()
    for day in range(29, 36):
        meter.curve[day, day - 20 : day - 14] = np.nan
    return meter


METERS = {
    "sound": Meter(usual(0), quantities=THREE_PHASES, drift_seconds=np.full(DAYS, 12.0)),
    "frozen": frozen(),
    "frozen in pieces": frozen_in_pieces(),
    "rolling": rolling(),
    "falling": falling(),
    "zeros": with_zeros(),
    "constant": constant(),
    "changed": exchanged(),
    "mismatch": Meter(usual(7), register_wh=changed(usual(7).sum(axis=1), 30, 5_000)),
    "fast clock": Meter(usual(8), drift_seconds=np.arange(DAYS) * 4.0),
    "slow rate": Meter(usual(9), drift_seconds=-np.clip(np.arange(DAYS) * 2.0, 0, 55)),
    "big": Meter(changed(usual(10), (30, 12), 13_000.0)),
    "spike": Meter(changed(usual(11), (30, 12), 7_000.0)),
    "by night": Meter(usual(12), export=changed(usual(13) * 0, (BAD, 2), 400.0)),
    "roof": Meter(usual(14), export=changed(usual(13) * 0, (BAD, 12), 400.0)),
    "no voltage": Meter(
        usual(15), quantities=THREE_PHASES | {"voltage_b_v": changed(VOLTS, BAD, 30.0)}
    ),
    "no phase": Meter(
        usual(16),
        quantities=THREE_PHASES
        | {"voltage_c_v": changed(VOLTS, BAD, 3.0), "current_c_a": changed(AMPS, BAD, 0.0)},
    ),
    "no current": Meter(
        usual(17), quantities=THREE_PHASES | {"current_a_a": changed(AMPS, BAD, 0.05)}
    ),
    "backwards": Meter(
        usual(18), quantities=THREE_PHASES | {"current_a_a": changed(AMPS, BAD, -4.0)}
    ),
    "dark": Meter(
        changed(usual(19), BAD, 0.0),
        quantities={n: changed(v, BAD, np.nan) for n, v in THREE_PHASES.items()},
    ),
    "stopped": Meter(changed(usual(20), BAD, 0.0), quantities=THREE_PHASES),
    "stopped unmeasured": Meter(
        changed(changed(usual(21), BAD, 0.0), (29, slice(None)), [12.0] + [0.0] * 23)
    ),
    "vacant": Meter(changed(usual(22), (slice(None), slice(None)), 0.0)),
    "silent": Meter(changed(usual(23), slice(30, 33), np.nan), unread=(30, 31, 32)),
    "freezes only": Meter(changed(usual(28), slice(30, 33), np.nan)),
    "one day late": Meter(usual(24), late_days={30: 3}),
    "doubled": Meter(usual(25)),
    "E": Meter(changed(usual(26), 31, usual(26)[30]), estimated=(31,)),
    "ahead": Meter(usual(27)),
} | {f"area {n}": Meter(usual(40 + n), area="T1", late_days={31: 4, 32: 3}) for n in range(4)}


@pytest.fixture(scope="module")
def fleet(new_lake, enrol):
    """The lake of METERS, and what was found in its last 25 days."""
    settings = new_lake()
    new = {
        "meter_id": "changed-N",
        "usage_point_id": "changed",
        "current_ratio": 20.0,
        "voltage_ratio": 1.0,
        "register_digits": 6,
        "valid_from": on(30),
    }
    enrol(settings, METERS, more_meters=[new])
    second = curves("doubled", METERS["doubled"])[0]
    second = second.filter(pl.col("service_date") == on(30)).with_columns(
        pl.col("t0800") + 7, issued_at=pl.lit(at(33)).cast(PROFILES_READ["issued_at"])
    )
    told = events(
        ("ahead", "3011", ARRIVED + timedelta(days=3), None),
        ("ahead", "3105", at(30), None),
    )
    fill(settings, METERS, Batch(profiles=second), Batch(events=told))
    return settings, validate(settings, on(24), LAST)


def found(fleet, name):
    """(rule, first day number, last day number) of a subject's findings."""
    rows = fleet[1].filter(pl.col("subject_id") == name).sort("rule", "first_day")
    return [
        (rule, (first - FIRST).days, (last - FIRST).days)
        for rule, first, last in rows.select("rule", "first_day", "last_day").rows()
    ]


def one(fleet, rule, name):
    """The one finding of a rule about a subject."""
    rows = fleet[1].filter((pl.col("rule") == rule) & (pl.col("subject_id") == name))
    [row] = rows.rows(named=True)
    return row


@pytest.mark.parametrize("name", ["sound", "constant", "changed", "roof", "dark", "vacant"])
def test_nothing_is_found_of_what_is_sound(fleet, name):
    assert found(fleet, name) == []


def test_a_curve_that_repeats_is_frozen_and_its_register_stands(fleet):
    rules = found(fleet, "frozen")
    assert ("frozen_curve", 30, 35) in rules
    assert ("frozen_register", 30, 35) in rules
    repeated_kwh = METERS["frozen"].curve[29].sum() / 1000
    assert one(fleet, "frozen_curve", "frozen")["magnitude"] == pytest.approx(repeated_kwh)


def test_a_repeated_curve_is_seen_though_every_day_lacks_other_slots(fleet):
    assert ("frozen_curve", 30, 35) in found(fleet, "frozen in pieces")


def test_an_estimate_that_repeats_the_day_before_is_no_frozen_curve(fleet):
    assert found(fleet, "E") == []


def test_a_register_at_its_end_rolls_over_and_its_day_still_adds_up(fleet):
    [(rule, first, last)] = found(fleet, "rolling")
    assert (rule, first == last) == ("register_rollover", True)


def test_a_register_that_falls_by_less_than_half_its_range_is_held(fleet):
    assert found(fleet, "falling") == [("register_decrease", 30, 30)]


def test_zeros_where_the_register_ran_on_are_told_from_a_mismatch_without_zeros(fleet):
    assert ("zero_for_missing", 30, 30) in found(fleet, "zeros")
    assert found(fleet, "mismatch") == [("register_mismatch", 30, 30)]
    assert '"zero_slots":6' in one(fleet, "zero_for_missing", "zeros")["evidence"]


def test_a_clock_over_the_limit_and_one_that_only_runs_slow_are_told_apart(fleet):
    assert [rule for rule, *_ in found(fleet, "fast clock")] == ["clock_drift", "clock_rate"]
    assert one(fleet, "clock_drift", "fast clock")["value"] == "196.0 s"
    assert [rule for rule, *_ in found(fleet, "slow rate")] == ["clock_rate"]
    assert one(fleet, "clock_rate", "slow rate")["magnitude"] == pytest.approx(2.0)


def test_power_above_one_and_a_half_times_the_contract_is_impossible(fleet):
    assert ("above_limit", 30, 30) in found(fleet, "big")
    assert one(fleet, "above_limit", "big")["value"] == "13.0 kW"


def test_a_slot_far_above_the_third_highest_is_a_spike(fleet):
    third = np.sort(METERS["spike"].curve[30])[-3]
    assert found(fleet, "spike") == [("spike", 30, 30)]
    assert one(fleet, "spike", "spike")["magnitude"] == pytest.approx((7_000 - third) / third)


def test_energy_fed_back_by_night_is_found_and_a_roof_is_not(fleet):
    assert found(fleet, "by night") == [("reverse_energy", 30, 35)]


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("no voltage", "voltage_loss"),
        ("no phase", "phase_loss"),
        ("no current", "current_loss"),
        ("backwards", "reverse_current"),
    ],
)
def test_what_one_phase_lost_the_others_tell(fleet, name, rule):
    assert found(fleet, name) == [(rule, 30, 35)]
    assert one(fleet, rule, name)["magnitude"] == 1.0


def test_no_energy_while_current_flows_is_a_stopped_meter(fleet):
    assert found(fleet, "stopped") == [("stopped", 30, 35)]
    assert one(fleet, "stopped", "stopped")["magnitude"] == 1.0


def test_without_currents_a_sudden_standstill_is_only_a_suspicion(fleet):
    assert found(fleet, "stopped unmeasured") == [("stopped", 30, 35)]
    assert one(fleet, "stopped", "stopped unmeasured")["magnitude"] == 0.5


def test_two_silent_days_are_a_finding_and_one_late_day_is_none(fleet):
    assert found(fleet, "silent") == [("offline", 30, 32)]
    assert found(fleet, "one day late") == []


def test_a_meter_whose_freeze_arrives_is_online_though_its_curve_is_missing(fleet):
    assert found(fleet, "freezes only") == []


def test_an_area_silent_as_a_whole_is_one_finding_of_the_area(fleet):
    assert found(fleet, "T1") == [("area_offline", 31, 32)]
    assert all(found(fleet, f"area {n}") == [] for n in range(4))


def test_two_actual_values_for_one_interval_are_told(fleet):
    assert found(fleet, "doubled") == [
        ("duplicate_differs", 30, 30),
    ]
    assert one(fleet, "duplicate_differs", "doubled")["magnitude"] == 7


def test_without_a_clock_reading_the_meters_own_event_speaks(fleet):
    assert ("clock_drift", 30, 30) in found(fleet, "ahead")


def test_judging_the_same_days_again_changes_no_row(fleet):
    settings, before = fleet
    again = validate(settings, on(24), LAST)
    assert again.equals(before)
