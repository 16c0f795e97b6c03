"""Irrigation pumps, street lights and dairy farms."""

from dataclasses import replace

import numpy as np

from tests.ingest.simulated.a_year import (
    YEAR,
    between,
    customers,
    demand,
    on,
    setting,
    traits,
)


def runs(watts):
    """Lengths of the unbroken stretches with power [slots]."""
    edges = np.diff(np.concatenate([[0], watts > 0, [0]]).astype(int))
    return np.flatnonzero(edges < 0) - np.flatnonzero(edges > 0)


def test_street_lights_are_off_at_noon_and_on_at_midnight():
    power = customers("street_lighting", 9)
    assert not power[:, :, 40:60].any()
    assert (power[:, :, 0] > 0).all()


def test_street_lights_burn_longer_in_december_than_in_june():
    power = customers("street_lighting", 9)
    hours = (power > 0).sum(axis=2) / 4
    june, december = (hours[:, on(month, 21)] for month in (6, 12))
    # Near Shenyang the night lasts 8.8 hours in June and 14.8 in December; lights wait for dusk.
    assert (june > 7.5).all()
    assert (june < 9.5).all()
    assert (december > 13.5).all()
    assert (december < 15).all()


def test_some_street_lights_are_dimmed_in_the_small_hours_and_some_are_not():
    power = customers("street_lighting", 9)
    share = between(power, 1, 3).mean(axis=1) / between(power, 21.5, 22.5).mean(axis=1)
    assert share.min() < 0.9
    assert share.max() > 0.99


def test_irrigation_is_nothing_from_october_to_march():
    power = customers("irrigation", 9)
    assert not power[:, : on(4, 1)].any()
    assert not power[:, on(10, 1) :].any()
    assert power.any(axis=(1, 2)).all()


def test_nobody_irrigates_wet_fields():
    usual = setting()
    wet = replace(usual.weather, dryness_share=np.zeros(YEAR.days, dtype=np.float32))
    rainy = replace(usual, weather=wet)
    assert not demand("irrigation", traits("irrigation"), 0, rainy).active_w.any()


def test_a_pump_runs_for_hours_at_nearly_its_rating():
    for number in range(9):
        drawn = traits("irrigation", number)
        watts = demand("irrigation", drawn, number).active_w
        lengths = runs(watts)
        assert np.median(lengths) > 4 * 4
        usual = np.median(watts[watts > 0])
        assert 0.7 < usual / (1000 * drawn.connected_kw) <= 1


def test_a_dairy_farm_milks_twice_a_day_every_day():
    power = customers("dairy_farm", 9)
    day = power.mean(axis=1)
    noon, night = between(day, 12, 14), between(day, 0, 2)
    for first_h, last_h in ((4.5, 7), (16.5, 19)):
        milking = between(day, first_h, last_h)
        assert (milking > 1.7 * noon).all()
        assert (milking > 1.7 * night).all()
    # On no day of the year is the best quarter of an hour below 1.5 times the usual one.
    assert (power.max(axis=2) > 1.5 * np.median(power, axis=(1, 2))[:, None]).all()
