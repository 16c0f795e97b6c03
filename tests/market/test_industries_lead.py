"""Whether industrial load leads production: found where it does, not claimed where months lack."""

import numpy as np
import pytest

from queries.lake import open_lake
from queries.market.leading_load import LEAST_MONTHS, leading_load, led
from queries.scope import EVERYTHING
from tests.market.two_areas import two_areas

MONTHS, LEAD = 72, 2


def series(seed: int, own: float) -> np.ndarray:
    """Level of a business cycle by month: changes that follow the ones before."""
    random = np.random.default_rng(seed)
    steps = np.zeros(MONTHS + LEAD)
    for month in range(1, len(steps)):
        steps[month] = own * steps[month - 1] + random.normal(0, 0.02)
    return 100 * np.exp(steps)


def known(load: np.ndarray, production: np.ndarray, lead: int = 0) -> dict[str, float]:
    """What is said of a lead, without what is not."""
    return {name: one for name, one in led(load, production, lead).items() if one is not None}


def test_a_load_that_leads_by_two_months_is_found_to():
    cycle = series(3, 0.5)
    load, production = cycle[LEAD:], cycle[:-LEAD]  # production comes two months later
    found = [known(load, production, lead)["correlation"] for lead in range(6)]
    assert int(np.argmax(found)) == LEAD
    best = known(load, production, LEAD)
    assert best["correlation"] == pytest.approx(1.0, abs=1e-4)
    assert best["months"] == MONTHS - 12 - LEAD


def test_intervals_hold_for_series_that_have_nothing_in_common():
    covered, seeds = 0, 200
    for seed in range(seeds):
        said = known(series(seed, 0.6)[:MONTHS], series(1000 + seed, 0.6)[:MONTHS])
        covered += said["low"] <= 0 <= said["high"]
    assert covered / seeds >= 0.9  # 95 % are stated


def test_months_that_resemble_each_other_count_for_fewer():
    loose, close = (known(series(1, own)[:MONTHS], series(2, own)[:MONTHS]) for own in (0.0, 0.9))
    assert close["free_months"] < loose["free_months"] <= loose["months"] + 1e-9


def test_two_years_of_readings_are_not_enough_to_say():
    short = series(5, 0.5)[:24]
    said = led(short, short, 0)
    assert said["months"] == 12
    assert said["needed_months"] == LEAST_MONTHS
    assert said["correlation"] is said["low"] is said["high"] is None


def test_the_lake_says_how_many_months_it_has(new_lake, register, take):
    lake = open_lake(two_areas(new_lake(), register, take), EVERYTHING)
    found = leading_load(lake, region_id="land")
    assert found["series"].unique().to_list() == ["gross_domestic_product"]
    assert found["months"].to_list() == [12, 11, 10, 9, 8, 7, 6]
    assert found["correlation"].null_count() == 7
