"""The candidates beside the production model: bands of their own, nothing later, a week ahead."""

import numpy as np
import pytest

from queries.forecasting.ahead import warm_up_start
from queries.forecasting.candidates import rivals_ahead
from queries.forecasting.choice import MODELS, PRODUCTION
from queries.forecasting.classical import TERMS, Classical, day_terms
from queries.forecasting.features import surroundings_of
from queries.forecasting.history import history_of
from queries.forecasting.rivals import classical, naive, vanilla
from queries.forecasting.scores import coverage, mape
from queries.forecasting.special_days import special_days
from queries.forecasting.vanilla import Vanilla
from tests.forecasting.made_loads import FIRST_DAY, made

ORIGIN, AHEAD = 150, 7
DAYS = ORIGIN + AHEAD


def _told(load: np.ndarray, around):
    known = load.copy()
    known[ORIGIN:] = np.nan
    return rivals_ahead(around, known, history_of(known, warm_up_start(ORIGIN)), ORIGIN, AHEAD)


@pytest.fixture(scope="module")
def around_and_load():
    return made(DAYS, known=90)


@pytest.fixture(scope="module")
def told(around_and_load):
    around, load = around_and_load
    return _told(load, around)


def test_every_candidate_foretells_the_recent_days_and_the_week(told):
    assert {PRODUCTION, *told} == set(MODELS)
    for one in told.values():
        assert one.quantiles.shape[:2] == (AHEAD, 24)
        assert len(one.warm_up) == ORIGIN - warm_up_start(ORIGIN)
        assert (np.diff(one.quantiles, axis=2) >= 0.0).all()


def test_a_rival_says_what_it_says_and_its_bands_hold_four_of_five(told, around_and_load):
    _, load = around_and_load
    recent = slice(warm_up_start(ORIGIN), ORIGIN)
    last_week = load[recent.start - 7 : recent.stop - 7]
    assert np.allclose(told["naive_168h"].median_of_warm_up, last_week)
    assert np.allclose(told["naive_24h"].median, load[ORIGIN - 1])
    for name, one in told.items():
        assert coverage(one.warm_up, load[recent]) == pytest.approx(0.8, abs=0.1), name


def test_what_comes_later_changes_no_candidate(told, around_and_load):
    around, load = around_and_load
    poisoned = load.copy()
    poisoned[ORIGIN:] *= 100.0
    after = _told(poisoned, around)
    for name, one in told.items():
        np.testing.assert_array_equal(one.quantiles, after[name].quantiles)
        np.testing.assert_array_equal(one.warm_up, after[name].warm_up)


def test_the_classical_baseline_beats_last_week_and_looks_at_nothing_later(around_and_load):
    around, load = around_and_load
    first, last = 120, 135
    ours = classical(around, load, first, last)
    seen = load[first : last + 1]
    week = mape(naive(load, first, last, 7).median, seen)
    assert week is not None
    assert (mape(ours.median, seen) or 100.0) < week
    poisoned = load.copy()
    poisoned[130:] *= 3.0
    after = classical(around, poisoned, first, last)
    np.testing.assert_allclose(after.median[:11], ours.median[:11])


def test_the_classical_baseline_finds_what_was_planted():
    """Free days are 20 % lower, a holiday on a weekday like any; cooling adds 3 % a degree."""
    around, load = made(360, known=360)
    known = history_of(load, 360)
    model = Classical(around, known.filled, 360)
    model.fit(360, with_errors=True)
    slopes = dict(zip([TERMS[at] for at in model.kept], model.fitted.params, strict=False))
    assert slopes["holiday"] == pytest.approx(np.log(0.8), abs=0.04)
    assert slopes["make_up_workday"] == pytest.approx(-np.log(0.8), abs=0.04)
    assert slopes["cooling"] > 0.01


def test_terms_tell_a_festivals_own_days_from_days_given_free_beside_them():
    """May 2022: the 1st is the festival, 2 to 4 May are given free, 24 April is worked for one."""
    calendar = special_days(FIRST_DAY, 130, "CN")
    terms = day_terms(surroundings_of(calendar, None), 130)
    named = {
        day: dict(zip(TERMS, row, strict=True))
        for day, row in zip(calendar.days, terms, strict=True)
    }
    found = {f"{day:%m-%d}": row for day, row in named.items()}
    assert found["05-01"]["holiday_at_weekend"] == 1.0
    assert (found["05-03"]["holiday"], found["05-03"]["day_off"]) == (0.0, 1.0)
    assert found["04-24"]["make_up_workday"] == 1.0
    assert found["05-01"]["cooling"] == found["05-01"]["heating"] == 0.0


def test_the_vanilla_regression_is_least_squares_on_all_its_columns_at_once():
    """Kept apart by slot, its normal equations have the solution of the plain ones."""
    around, load = made(120, known=100)
    load[20, 3:9] = np.nan
    model = Vanilla(around, load)
    model.fit(100)
    rows, slots = np.arange(100), 24
    own = np.zeros((100, slots, slots * model.own.shape[2]))
    for slot in range(slots):
        own[:, slot, slot * 10 : slot * 10 + 10] = model.own[rows, slot]
    design = np.concatenate([model.shared[rows], own], axis=2).reshape(100 * slots, -1)
    known = np.isfinite(load[rows].ravel())
    gram = design[known].T @ design[known]
    gram[np.diag_indices_from(gram)] += 1e-6 * np.trace(gram) / len(gram)
    slopes = np.linalg.solve(gram, design[known].T @ load[rows].ravel()[known])
    np.testing.assert_allclose(model.plain[rows].ravel(), design @ slopes, rtol=1e-6)
    assert vanilla(around, load, 100, 101).median.shape == (2, 24)
