"""Segments of a scenario on a street that has portraits."""

from contextlib import closing

import numpy as np
import pytest

from ingest.portraits import make_portraits
from queries.customers.portraits import portraits
from queries.demand.what_if_transformers import READS
from queries.lake import open_lake
from queries.scope import EVERYTHING
from tests.demand.what_if_street import HOMES, by_day, everyone, make_street, scenario, tariffs


@pytest.fixture(scope="module")
def portrayed(new_lake, register, take, day_row):
    made = make_street(new_lake, register, take, day_row)
    make_portraits(made)
    return made


@pytest.fixture
def lake(portrayed):
    with closing(open_lake(portrayed, EVERYTHING, reads=READS)) as opened:
        yield opened


@pytest.fixture(scope="module")
def daily_kwh(portrayed):
    with closing(open_lake(portrayed, EVERYTHING)) as opened:
        known = portraits(opened).select("usage_point_id", "daily_kwh")
    return {name: known.filter(usage_point_id=name)["daily_kwh"][0] for name in HOMES}


def moved(lake, name, text):
    return not np.allclose(by_day(lake, name, text, "energy_kwh"), by_day(lake, name, text))


def test_only_who_meets_the_conditions_answers(lake, daily_kwh):
    least, *others = sorted(HOMES, key=daily_kwh.__getitem__)
    large = [{"column": "daily_kwh", "test": "at_least", "value": daily_kwh[others[0]] - 0.01}]
    text = scenario(tariffs=tariffs(), answers=everyone(segment=large))
    assert not moved(lake, least, text)
    assert all(moved(lake, name, text) for name in others)


def test_a_customer_belongs_to_the_first_answer_whose_segment_it_meets(lake, daily_kwh):
    least, *others = sorted(HOMES, key=daily_kwh.__getitem__)
    small = [{"column": "daily_kwh", "test": "at_most", "value": daily_kwh[least] + 0.01}]
    [of_class] = everyone()
    # By its own pilot the smallest home does not answer at all; the rest answer as the class does.
    both = [of_class | {"segment": small, "substitution": 0.0}, of_class]
    text = scenario(tariffs=tariffs(), answers=both)
    assert not moved(lake, least, text)
    assert all(moved(lake, name, text) for name in others)
