"""Which model serves: it changes for a proven lead, and for nothing less."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from queries.forecasting.choice import (
    LEAST_DAYS,
    PRODUCTION,
    WINDOW_DAYS,
    Serving,
    daily_errors,
    doubt,
    lead_of,
    served_from,
)

START = Serving(PRODUCTION, 0)


def _losses(days: int, **factors: float) -> dict[str, np.ndarray]:
    """Errors of every day around 1 by model; common weather makes days good or bad for all."""
    random = np.random.default_rng(5)
    common = random.lognormal(0.0, 0.3, days)
    return {
        name: factor * common * random.lognormal(0.0, 0.15, days)
        for name, factor in factors.items()
    }


def test_a_model_that_errs_a_fifth_less_takes_over_and_stays():
    losses = _losses(120, production=1.0, classical=0.8)
    served = served_from(losses, 0, 120, START)
    assert [one.model for one in served[:LEAST_DAYS]] == [PRODUCTION] * LEAST_DAYS
    last = served[-1]
    assert (last.model, last.before) == ("classical", PRODUCTION)
    assert LEAST_DAYS <= last.since <= WINDOW_DAYS
    changes = sum(one.model != other.model for one, other in pairwise(served))
    assert changes == 1


def test_models_of_equal_worth_do_not_take_turns():
    """Asked on 400 evenings, the least error changes hands often; the service does not."""
    losses = _losses(400, production=1.0, classical=1.0, vanilla=1.0)
    served = [one.model for one in served_from(losses, 60, 400, START)]
    least = [
        min(losses, key=lambda name: losses[name][day - 60 : day].mean()) for day in range(60, 401)
    ]
    assert sum(a != b for a, b in pairwise(least)) >= 5
    assert sum(a != b for a, b in pairwise(served)) <= 1


def test_a_sure_lead_of_one_in_a_hundred_is_too_small_to_change_for():
    losses = _losses(60, production=1.0)
    losses["vanilla"] = 0.99 * losses["production"]
    assert doubt(lead_of(losses["production"], losses["vanilla"])) < 1e-6
    assert served_from(losses, 60, 60, START)[0].model == PRODUCTION


def test_the_best_of_several_proven_ones_takes_over():
    losses = _losses(60, production=1.0, vanilla=0.8, classical=0.6)
    assert served_from(losses, 60, 60, START)[0].model == "classical"


def test_what_happens_on_a_day_does_not_decide_who_serves_it():
    losses = _losses(100, production=1.0, classical=0.9)
    before = served_from(losses, 0, 70, START)
    for name, factor in (("production", 50.0), ("classical", 0.01)):
        losses[name][70:] *= factor
    assert served_from(losses, 0, 70, START) == before


def test_days_known_of_one_model_alone_count_for_none():
    losses = _losses(60, production=1.0, classical=0.5)
    losses["classical"][: 60 - LEAST_DAYS + 1] = np.nan
    assert served_from(losses, 60, 60, START)[0].model == PRODUCTION


def test_doubt_by_hand():
    """Independent days: four of lead 1, 2, 3, 2. Autocovariances up to lag 2 count by 2/3, 1/3."""
    lead = np.array([1.0, 2.0, 3.0, 2.0])
    variance = 0.5 + 2 * (2 / 3) * 0.0 + 2 * (1 / 3) * (-1.0 / 4)
    statistic = 2.0 / np.sqrt(variance / 4) * np.sqrt(3 / 4)
    assert doubt(lead) == pytest.approx(float(stats.t.sf(statistic, 3)))
    assert doubt(-lead) == pytest.approx(1.0 - doubt(lead))
    assert doubt(np.array([1.0, np.nan])) == 1.0, "a single day proves nothing"


def test_a_lead_by_chance_is_doubted_about_as_often_as_said():
    random = np.random.default_rng(1)
    doubts = np.array([doubt(random.normal(0.0, 1.0, 60)) for _ in range(1000)])
    assert (doubts < 0.1).mean() == pytest.approx(0.1, abs=0.035)


def test_the_error_of_a_day_leaves_out_what_was_not_read():
    seen = np.array([[1.0, np.nan], [np.nan, np.nan]])
    assert daily_errors(np.full((2, 2), 3.0), seen).tolist()[0] == 2.0
    assert np.isnan(daily_errors(np.full((2, 2), 3.0), seen)[1])
