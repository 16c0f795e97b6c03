"""The utility's own pilot, asked of a lake in which the response was planted."""

from contextlib import closing
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from queries.demand.pilot_response import pilot_response
from queries.lake import open_lake
from queries.run import QuestionError
from queries.scope import EVERYTHING, Scope

START, DAYS = date(2025, 3, 3), 56
TREATED = tuple(f"T{number:02d}" for number in range(12))
CONTROL = tuple(f"C{number:02d}" for number in range(12))
ASKED = {
    "treated": TREATED,
    "control": CONTROL,
    "starts_on": START + timedelta(days=28),
    "first_day": START,
    "last_day": START + timedelta(days=DAYS - 1),
    "from_hour": 17,
    "until_hour": 21,
}


@pytest.fixture(scope="module")
def settings(new_lake, register, take, day_row):
    """From the fifth week on the treated use a tenth less from 17 to 21, and all the season's."""
    made = new_lake()
    register(
        made,
        regions=[{"region_id": "r"}],
        usage_points=[
            {"usage_point_id": point, "customer_id": point, "region_id": "r"}
            for point in (*TREATED, *CONTROL)
        ],
    )
    rng = np.random.default_rng(3)
    rows = []
    for point in (*TREATED, *CONTROL):
        size = rng.uniform(500, 3000)
        for day in range(DAYS):
            season = 1 + 0.01 * day
            level = size * season * rng.lognormal(0, 0.02)
            peak = 0.9 if day >= 28 and point in TREATED else 1.0
            hours = [int(level * (peak if 17 <= hour < 21 else 1)) for hour in range(24)]
            rows.append(day_row(hours, point=point, day=START + timedelta(days=day)))
    take(made, pl.concat(rows))
    return made


def test_the_planted_tenth_is_found_at_the_peak_and_nothing_elsewhere(settings):
    with closing(open_lake(settings, EVERYTHING)) as lake:
        peak, other = pilot_response(lake, **ASKED).iter_rows(named=True)
    assert peak["low_share"] <= -0.1 <= peak["high_share"]
    assert peak["change_share"] == pytest.approx(-0.1, abs=0.01)
    assert other["low_share"] <= 0 <= other["high_share"]
    assert (peak["treated"], peak["control"]) == (12, 12)
    assert (peak["weeks_before"], peak["weeks_after"]) == (4, 4)


def test_the_elasticity_of_substitution_is_the_change_of_the_ratio_of_loads(settings):
    with closing(open_lake(settings, EVERYTHING)) as lake:
        peak, other = pilot_response(lake, **ASKED, price_ratio=2.0).iter_rows(named=True)
        flat = pilot_response(lake, **ASKED, price_ratio=1.0)
    planted = np.log(0.9) / np.log(2)
    # What is noise in this lake moves both hours alike, and has no part in their ratio.
    assert peak["substitution"] == pytest.approx(planted, abs=1e-3)
    assert peak["substitution_low"] <= peak["substitution"] <= peak["substitution_high"] < 0
    assert other["substitution"] == peak["substitution"]
    assert flat["substitution"].null_count() == 2, "the same price moves nothing that can be told"


def test_a_pilot_out_of_scope_cannot_be_estimated(settings):
    nobody = Scope("x", "planner", regions=frozenset())
    with (
        closing(open_lake(settings, nobody)) as lake,
        pytest.raises(QuestionError, match="read before and after"),
    ):
        pilot_response(lake, **ASKED)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"control": TREATED}, "treated and control"),
        ({"from_hour": 21, "until_hour": 17}, "in order"),
        ({"starts_on": START}, "times before"),
    ],
)
def test_what_cannot_be_compared_is_refused(settings, changed, told):
    with (
        closing(open_lake(settings, EVERYTHING)) as lake,
        pytest.raises(QuestionError, match=told),
    ):
        pilot_response(lake, **ASKED | changed)
