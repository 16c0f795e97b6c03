"""The tribunal of baselines: figures by hand, on a small lake, and on fifty real homes."""

from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from queries.demand.baseline_history import Event, History
from queries.demand.baseline_rules import baseline_rules
from queries.demand.baseline_tribunal import SURE, errors_of, loads_of, recommended, verdicts
from queries.demand.baselines import baselines
from queries.demand.placebo_events import placebo_events
from queries.lake import open_lake
from queries.run import QuestionError
from queries.scope import EVERYTHING
from tests.demand.sgsc_homes import sgsc_homes

RULES = baseline_rules()
FIRST, DAYS = date(2025, 3, 3), 70
PERIOD = {"first_day": FIRST, "last_day": FIRST + timedelta(days=DAYS - 1)}


def test_the_figures_of_two_customers_and_two_events_by_hand():
    # an event of two half hours; loads 4 and 1 kW, errors of +1/+1 and -0.5/+0.5, then twice that
    load = np.array([[[4.0, 4.0], [1.0, 1.0]]] * 2)
    first = np.array([[1.0, 1.0], [-0.5, 0.5]])
    found = verdicts({"a": np.stack([first, 2 * first])}, load, 2)[0]
    # energy: errors 1 and 0 kWh, then 2 and 0, of 5 kWh each
    assert found.bias_share == pytest.approx(3 / 10)
    assert (found.chosen_error_share, found.held_error_share) == pytest.approx((1 / 5, 2 / 5))
    # together 0.5, 1.5, 1, 3 kW around 5 kW
    assert found.cvrmse_share == pytest.approx(np.sqrt((0.25 + 2.25 + 1 + 9) / 4) / 5)
    # customers' biases 3/8 and 0; their CVRMSE √2.5 / 4 and √0.625 / 1
    assert found.customer_bias_share == pytest.approx((3 / 8 + 0) / 2)
    assert found.customer_cvrmse_share == pytest.approx((np.sqrt(2.5) / 4 + np.sqrt(0.625)) / 2)
    assert (found.overpaid_kwh, found.underpaid_kwh) == pytest.approx((1.5, 0.0))
    assert (found.answered_share, found.p_value) == (1.0, 1.0)


def test_settled_together_errors_of_customers_cancel():
    load = np.ones((4, 2, 1))
    error = np.tile(np.array([[0.3], [-0.3]]), (4, 1, 1))
    [single], [total] = (verdicts({"a": error}, load, 1, basis) for basis in ("customer", "total"))
    assert single.error_share == pytest.approx(0.3)
    assert total.error_share == pytest.approx(0.0)


def test_a_rule_that_seldom_answers_is_not_judged_and_spares_the_others():
    load = np.ones((4, 5, 1))
    few = np.full((4, 5, 1), np.nan)
    few[:, 0] = 0.0
    found = verdicts({"few": few, "all": np.full((4, 5, 1), 0.1)}, load, 1)
    assert found[0].answered_share == pytest.approx(0.2)
    assert np.isnan(found[0].error_share)
    assert found[1].error_share == pytest.approx(0.1)


def test_rules_are_judged_where_all_of_them_answer():
    load = np.ones((2, 4, 1))
    spared = np.full((2, 4, 1), 0.1)
    spared[:, 3] = np.nan
    hard = np.full((2, 4, 1), 0.1)
    hard[:, 3] = 9.0
    found = verdicts({"spared": spared, "hard": hard}, load, 1)
    assert found[0].error_share == found[1].error_share == pytest.approx(0.1)


def test_a_bound_is_never_recommended():
    load, none = np.ones((4, 3, 1)), np.zeros((4, 3, 1))
    judged = verdicts({"china_1_maximum": none, "china_2": none + 0.2}, load, 1)
    assert recommended(judged, RULES) == "china_2"
    assert recommended(judged[:1], RULES) is None


def test_on_days_that_are_all_alike_every_rule_is_right():
    dates = tuple(FIRST + timedelta(days=n) for n in range(DAYS))
    load = np.broadcast_to(np.full(24, 2.0), (12, DAYS, 24)).copy()
    history = History(dates, load, np.zeros(DAYS, dtype=bool))
    events = [Event(day, 16, 19) for day in (50, 51, 52)]
    errors = {code: errors_of(history, events, rule) for code, rule in RULES.items()}
    for one in verdicts(errors, loads_of(history, events), 1):
        assert one.answered_share == 1.0
        assert one.error_share == pytest.approx(0.0, abs=1e-9)


def test_placebos_are_the_highest_days_that_were_no_event_and_have_a_history():
    dates = tuple(FIRST + timedelta(days=n) for n in range(DAYS))
    load = np.ones((2, DAYS, 24))
    load[:, :, 17] = np.arange(DAYS)
    is_event = np.zeros(DAYS, dtype=bool)
    is_event[DAYS - 1] = True
    history = History(dates, load, is_event)
    # the last day is Sunday 11 May 2025, an event on top
    found = [dates[event.day] for event in placebo_events(history, 16, 19, 3)]
    assert found == [date(2025, 5, 7), date(2025, 5, 8), date(2025, 5, 9)]
    rest = [dates[one.day] for one in placebo_events(history, 16, 19, 2, is_rest_day=True)]
    assert rest == [date(2025, 5, 5), date(2025, 5, 10)], "a holiday and a Saturday"


@pytest.fixture(scope="module")
def lake(new_lake, register, take, day_row):
    """Twelve usage points for ten weeks; what they use swings from day to day together."""
    made = new_lake()
    points = [f"P{number:02d}" for number in range(12)]
    register(
        made,
        usage_points=[
            {"usage_point_id": point, "customer_id": f"c{point}", "region_id": "r"}
            for point in points
        ],
        regions=[{"region_id": "r"}],
    )
    rng = np.random.default_rng(1)
    level = 1 + 0.3 * rng.random(DAYS)
    rows = [
        day_row(
            [int(1000 * (number + 1) * level[day] * (2 if 16 <= hour < 19 else 1))
             for hour in range(24)],
            point=point,
            day=FIRST + timedelta(days=day),
        )
        for number, point in enumerate(points)
        for day in range(DAYS)
    ]  # fmt: skip
    take(made, pl.concat(rows))
    with closing(open_lake(made, EVERYTHING)) as cursor:
        yield cursor


def test_where_all_swing_together_the_controls_know_best(lake):
    found = baselines(lake, **PERIOD)
    first = found.row(0, named=True)
    assert first["settlement_error_share"] == pytest.approx(0.0, abs=1e-3)
    best = found.filter(pl.col("is_recommended"))
    # so does the same day's level where its cap does not bind; both are right
    assert best["rule"].item() in {"matched_control", "pjm_match_day", "pjm_economic"}
    assert found["customers"].unique().to_list() == [12]
    assert found["is_bound"].to_list()[-2:] == [True, True]


def test_a_real_event_is_no_placebo(lake):
    days = baselines(lake, **PERIOD, placebo_days=4)["placebo_days"][0].to_list()
    fewer = baselines(lake, **PERIOD, placebo_days=4, event_days=(days[0],))["placebo_days"][0]
    assert days[0] not in fewer.to_list()


def test_the_money_is_the_energy_at_the_price(lake):
    cheap, dear = (
        baselines(lake, **PERIOD, price_cny_per_kwh=Decimal(price)).sort("rule") for price in (1, 4)
    )
    for low, high in zip(cheap["overpaid_cny"], dear["overpaid_cny"], strict=True):
        # each is rounded once
        assert abs(low * 4 - high) <= Decimal("0.02")


def test_without_days_to_try_there_is_no_answer(lake):
    short = PERIOD | {"last_day": FIRST + timedelta(days=20)}
    assert baselines(lake, **short).is_empty()


def test_hours_that_are_none_are_refused(lake):
    with pytest.raises(QuestionError, match="whole hours"):
        baselines(lake, **PERIOD, from_minute=19 * 60, until_minute=18 * 60)


def test_on_real_homes_the_rule_chosen_is_the_best_or_tied_on_days_held_back(shared_data):
    homes = sgsc_homes(shared_data)
    events = placebo_events(homes, 34, 40, 24)
    errors = {code: errors_of(homes, events, rule) for code, rule in RULES.items()}
    judged = {one.rule: one for one in verdicts(errors, loads_of(homes, events), 2)}
    assert all(np.isfinite(one.bias_share) for one in judged.values())
    assert all(one.answered_share > 0.5 for one in judged.values())
    best = recommended(list(judged.values()), RULES)
    assert best is not None
    assert judged[best].p_value >= SURE
    # bounds bound: on real evenings the maximum pays and the minimum takes
    assert judged["china_1_maximum"].bias_share > 0.3
    assert judged["china_1_minimum"].bias_share < -0.3
