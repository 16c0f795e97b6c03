"""How a class answers to a dearer peak, on a mean day that is known."""

from contextlib import closing
from datetime import date

import numpy as np
import pytest

from queries.demand.class_response import class_response
from queries.demand.price_response import price_response
from queries.demand.response_models import response_models
from queries.lake import open_lake
from queries.run import QuestionError
from queries.scope import EVERYTHING
from tests.demand.two_seasons import two_seasons

MODELS = response_models()
DAY = np.where((np.arange(24) >= 17) & (np.arange(24) < 21), 2.0, 1.0)
PEAK = DAY > 1
YEAR = {"first_day": date(2025, 1, 1), "last_day": date(2025, 12, 31), "region_id": "plain"}


@pytest.mark.parametrize(
    ("has_technology", "change"), [(False, -0.1011), (True, -0.1649)], ids=["plain", "technology"]
)
def test_the_peak_of_homes_changes_as_arcturus_prints_and_the_day_keeps_its_energy(
    has_technology, change
):
    found = class_response(
        DAY, PEAK, 4.0, MODELS["arcturus"], "residential", has_technology=has_technology
    )
    assert found.peak_change_share == pytest.approx(change, abs=1e-4)
    assert found.daily_change_share == pytest.approx(0.0, abs=1e-12)
    assert found.evidence == "within"


def test_trade_is_not_taken_to_answer_like_homes():
    assert class_response(DAY, PEAK, 4.0, MODELS["arcturus"], "commercial").after_kw is None
    cautious = class_response(DAY, PEAK, 4.0, MODELS["commercial_none"], "commercial")
    assert (cautious.after_kw == DAY).all()


@pytest.mark.parametrize("code", [c for c, m in MODELS.items() if m.form != "none"])
def test_without_a_dearer_peak_nothing_changes(code):
    found = class_response(DAY, PEAK, 1.0, MODELS[code], "residential")
    assert found.after_kw is not None
    assert (found.after_kw == DAY).all()
    assert (found.evidence, found.peak_change_share) == ("no_signal", 0.0)


def test_below_the_pilots_arcturus_refuses_and_substitution_does_not():
    assert class_response(DAY, PEAK, 1.5, MODELS["arcturus"], "residential").evidence == "outside"
    found = class_response(DAY, PEAK, 1.5, MODELS["prism"], "residential")
    assert found.peak_change_share is not None
    assert -0.1 < found.peak_change_share < 0


@pytest.mark.parametrize("code", [c for c, m in MODELS.items() if m.form != "none"])
def test_a_dearer_peak_lowers_the_peak(code):
    changes = [
        class_response(DAY, PEAK, ratio, MODELS[code], "residential").peak_change_share or 0.0
        for ratio in (2.0, 4.0, 8.0)
    ]
    assert changes == sorted(changes, reverse=True)
    assert changes[-1] < -0.05


@pytest.fixture(scope="module")
def lake(new_lake, register, take, day_row):
    made = two_seasons(new_lake(), register, take, day_row)
    register(
        made,
        usage_points=[
            {
                "usage_point_id": "P",
                "region_id": "plain",
                "customer_id": "c",
                "customer_class": "residential",
            }
        ],
    )
    with closing(open_lake(made, EVERYTHING)) as cursor:
        yield cursor


def test_every_model_answers_on_the_mean_day_of_a_class(lake):
    found = price_response(lake, **YEAR, price_ratio=4.0, from_hour=12, until_hour=17)
    homes = found.filter(model="arcturus", has_technology=False)
    assert homes["load_kw"].to_list()[12] == pytest.approx(6.0)
    assert homes["after_kw"].to_list()[12] == pytest.approx(6.0 * (1 - 0.1011), abs=1e-3)
    assert set(found["model"]) == set(MODELS)
    trade = found.filter(model="commercial_none")
    assert trade["evidence"].unique().to_list() == ["other_class"]


def test_a_class_without_days_has_no_answer_and_a_peak_of_all_day_is_none(lake):
    assert price_response(lake, **YEAR, customer_class="public").is_empty()
    with pytest.raises(QuestionError, match="off-peak"):
        price_response(lake, **YEAR, from_hour=0, until_hour=24)
