"""The optimiser of prices against the laboratory, scenarios, brute force, and its own laws."""

from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from itertools import product

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.billing.lab import tariff_of
from queries.billing.simulate import Selection, simulate
from queries.billing.tariff_model import EnergyCharge
from queries.billing.tariff_text import write_tariff
from queries.demand.optimal_aim import load_after
from queries.demand.optimal_bills import optimal_bills
from queries.demand.optimal_constraints import optimal_constraints
from queries.demand.optimal_day import optimal_day
from queries.demand.optimal_deciles import optimal_deciles
from queries.demand.optimal_frame import tariff_at
from queries.demand.optimal_prices import optimal_prices
from queries.demand.optimal_summary import optimal_summary
from queries.demand.optimal_terms import NoPricesError, OptimalError, Problem, problem_of
from queries.demand.optimal_tradeoff import optimal_tradeoff
from queries.demand.optimum import READS, optimum, searches
from queries.demand.what_if_outcome import READS as WHAT_IF_READS
from queries.demand.what_if_outcome import outcome
from queries.demand.what_if_terms import Answer, NewTariff, WhatIf
from queries.lake import open_lake
from queries.scope import EVERYTHING
from tests.demand.optimal_street import DAYS, EVENING, HOMES, optimal_street, problem

SHARES = st.floats(0, 1)


@pytest.fixture(scope="module")
def lake(new_lake, register, take, day_row):
    made = optimal_street(new_lake(), register, take, day_row)
    with closing(open_lake(made, EVERYTHING, reads=(*READS, *WHAT_IF_READS))) as opened:
        yield opened


@pytest.fixture(scope="module", params=["arcturus", "constant_elasticity"])
def search(request, lake):
    [found] = searches(problem(model=request.param, bill_rise_share=0.05), lake).values()
    return found


@pytest.fixture(
    scope="module",
    params=[
        {},
        {"model": "constant_elasticity", "aim": "cost"},
        {"price_class": "industrial_commercial", "uptake_share": 0.5},
        {"periods": "blocks_3", "aim": "cost"},
    ],
    ids=["homes", "elastic homes", "trade", "three blocks"],
)
def any_search(request, lake):
    [found] = searches(problem(bill_rise_share=0.05, **request.param), lake).values()
    return found


def text(**asked: object) -> str:
    return problem(**asked).model_dump_json()


def ratios_at(search, shares):
    """The shape at these shares of the way between the bounds of each ratio."""
    shapes = search.shapes
    given_ = np.array([shares[: len(shapes.names)]])
    return shapes.inside(shapes.least + given_ * (shapes.most - shapes.least))


def test_revenue_and_bills_without_answer_are_the_laboratorys_to_the_fen(lake):
    row = optimal_summary(lake, problem=text()).row(0, named=True)
    chosen = Selection(*DAYS, price_classes=("residential",))
    told = simulate((row["tariff_text"],), chosen, lake)
    [owed] = told.under.values()
    assert row["unanswered_cny"] == Decimal(int(owed.total_fen.sum())) / 100
    assert row["now_cny"] == Decimal(int(told.now.total_fen.sum())) / 100
    bills = optimal_bills(lake, problem=text())
    each = dict(zip(told.points["usage_point_id"], owed.total_fen.tolist(), strict=True))
    for point, cny in bills.select("usage_point_id", "unanswered_cny").iter_rows():
        assert cny == Decimal(each[point]) / 100


def test_trades_bills_by_posted_components_are_the_laboratorys_too(lake):
    asked = text(price_class="industrial_commercial", least_ratio=3.0)
    row = optimal_summary(lake, problem=asked).row(0, named=True)
    chosen = Selection(*DAYS, price_classes=("industrial_commercial",))
    [owed] = simulate((row["tariff_text"],), chosen, lake).under.values()
    assert row["form"] == "times"
    assert row["unanswered_cny"] == Decimal(int(owed.total_fen.sum())) / 100
    assert abs(row["revenue_change_share"]) <= 0.001
    assert row["is_other_class"]


def test_bills_are_linear_in_prices_as_the_laboratory_bills_them(lake, search):
    frame = search.money.response.frame
    found = optimum(problem(), lake)
    for prices in ([0.21, 0.55, 0.83, 1.1], [0.4, 0.5, 0.6, 0.72]):
        steps = [Decimal(str(one)) for one in prices]
        tariff = tariff_at(found.district, frame, steps)
        chosen = Selection(*DAYS, price_classes=("residential",))
        [owed] = simulate((write_tariff(tariff),), chosen, lake).under.values()
        reckoned = frame.bills_cny(np.array(prices))
        # two months, a line a tier and period, each rounded to the fen
        assert reckoned == pytest.approx(owed.total_fen / 100, abs=0.08)


@pytest.mark.parametrize("model", ["arcturus", "constant_elasticity"])
def test_load_and_bills_after_the_answer_are_those_of_a_scenario(lake, model):
    found = optimum(problem(model=model), lake)
    what_if = WhatIf(
        first_day=DAYS[0],
        last_day=DAYS[1],
        tariffs=(NewTariff(price_class="residential", tariff=write_tariff(found.tariff)),),
        answers=(Answer(uptake_share=1.0, model=model),),
    )
    told = outcome(what_if, lake)
    mine, _ = load_after(found.problem, found.district, found.search.money.response, found.factors)
    theirs = 4 * (told.before.by_class.sum(axis=0) + told.after.added.sum(axis=0))
    # here the class gives back as one, there every home what it took
    assert mine == pytest.approx(theirs, rel=0.01)
    assert mine.max() == pytest.approx(theirs.max(), rel=0.003)
    is_home = (told.before.lab.points["customer_class"] == "residential").to_numpy()
    assert found.answered_cny == pytest.approx(told.then.total_fen[is_home] / 100, rel=1e-3)
    expected = optimal_summary(lake, problem=found.problem.model_dump_json())["answered_cny"][0]
    assert float(expected) == pytest.approx(told.then.total_fen[is_home].sum() / 100, rel=2e-3)


@pytest.mark.parametrize("aim", ["peak", "cost"])
@pytest.mark.parametrize("cap", [None, 0.1])
def test_no_shape_of_a_fine_grid_is_better_than_what_was_found(lake, aim, cap):
    asked = problem(aim=aim, bill_rise_share=cap, least_ratio=2.0)
    [search] = searches(asked, lake).values()
    found = search.run()
    axes = [np.linspace(0, 1, 25)] * len(search.shapes.names)
    points = np.concatenate([ratios_at(search, np.array(one)) for one in product(*axes)])
    prices = search.shapes.prices(points)
    whole = search.money.level(prices)[:, None] * prices
    factors = search.money.response.factors(search.money.slot_prices(whole, 1.0))
    holds = search.conditions.hold(whole)
    best = search.moments.at(factors)[holds].min()
    assert found.bound <= best
    gain = search.before - best
    assert gain > 0
    assert found.aim <= best + 0.05 * gain
    assert found.aim - found.bound <= 0.05 * gain
    assert optimum(asked, lake).gap_share <= asked.gap_share


@given(st.lists(st.tuples(SHARES, SHARES, SHARES), min_size=3, max_size=3))
@settings(max_examples=60, deadline=None)
def test_nothing_in_a_box_is_below_its_bound(any_search, drawn):
    ratios = np.concatenate(
        [ratios_at(any_search, np.array(one)) for one in zip(*drawn, strict=True)]
    )
    least, most = ratios[:2].min(axis=0, keepdims=True), ratios[:2].max(axis=0, keepdims=True)
    middle = any_search.shapes.inside(least + ratios[2:] % 1 * (most - least))
    least, most = any_search.shapes.narrowed(least, most)
    bounds, cheap, dear = any_search.bounds(least, most)
    points = np.concatenate(
        [middle, any_search.shapes.inside(least), any_search.shapes.inside(most)]
    )
    prices = any_search.shapes.prices(points)
    level = any_search.money.level(prices)
    whole = level[:, None] * prices
    factors = any_search.money.response.factors(any_search.money.slot_prices(whole, 1.0))
    low, high = bounds.least.min(axis=0), bounds.most.max(axis=0)
    # a month without a period has no load in it either
    is_used = any_search.money.response.moved_kwh > 0
    assert (factors >= low - 1e-9)[:, is_used].all()
    assert (factors <= high + 1e-9)[:, is_used].all()
    floor = any_search.moments.least(bounds)[0]
    assert (any_search.moments.at(factors) >= floor * (1 - 1e-12) - 1e-9).all()
    if any_search.conditions.hold(whole).any():
        assert any_search._may_hold(cheap, dear, bounds).all()  # noqa: SLF001 - the law is of it


@given(st.tuples(SHARES, SHARES, SHARES))
@settings(max_examples=40, deadline=None)
def test_the_energy_of_every_month_stays_and_so_does_revenue(any_search, shares):
    response = any_search.money.response
    prices = any_search.shapes.prices(ratios_at(any_search, np.array(shares)))
    whole = any_search.money.level(prices)[:, None] * prices
    factors = response.factors(any_search.money.slot_prices(whole, 1.0))[0]
    for month in range(response.frame.months):
        kinds = response.frame.month == month
        after = (factors * response.moved_kwh)[:, kinds].sum()
        assert after == pytest.approx(response.energy_kwh[:, kinds].sum())
    assert any_search.money.revenue(whole)[0] == pytest.approx(
        any_search.money.target_cny, rel=1e-9
    )


def test_prices_are_in_whole_steps_and_keep_every_condition(lake):
    asked = {"bill_rise_share": 0.1, "low_use_kwh": 5000.0, "low_rise_share": 0.08}
    row = optimal_summary(lake, problem=text(**asked)).row(0, named=True)
    prices = optimal_prices(lake, problem=text(**asked))
    by_name = dict(zip(prices["period"], prices["setting"], strict=True))
    assert all(one == round(one, 4) for one in by_name.values())
    assert 2 * by_name["valley"] <= by_name["peak"] <= 5 * by_name["valley"]
    assert by_name["sharp"] >= Decimal("1.2") * by_name["peak"]
    assert abs(row["revenue_change_share"]) <= 0.001
    bills = optimal_bills(lake, problem=text(**asked))
    for column in ("unanswered_change_share", "answered_change_share"):
        over = bills.filter(pl.col(column) > 0.1 + 1e-6).height
        assert over <= 0.05 * HOMES
        assert (bills.filter("is_low_user")[column] <= 0.08 + 1e-6).all()
    assert bills["is_low_user"].any()
    assert row["after"] < row["before"]
    assert row["is_certified"]


def test_the_tariff_as_text_has_the_prices_and_the_laboratory_reads_it(lake):
    row = optimal_summary(lake, problem=text()).row(0, named=True)
    [version] = tariff_of(row["tariff_text"]).versions
    [energy] = [
        one for one in version.charges if isinstance(one, EnergyCharge) and one.code == "energy"
    ]
    settings_ = optimal_prices(lake, problem=text()).select("period", "setting").iter_rows()
    base = energy.rates[0].prices[0]
    added = {rate.period: rate.prices[0] + base for rate in energy.rates[1:]}
    assert added == dict(settings_)


def test_a_tighter_cap_on_bills_never_lowers_the_peak_further(lake):
    curve = optimal_tradeoff(lake, problem=text(bill_rise_share=0.1))
    assert curve.height >= 3
    aims, bounds = curve["aim"].to_list(), curve["bound"].to_list()
    for tight, loose in zip(range(len(aims) - 1), range(1, len(aims)), strict=True):
        assert bounds[loose] <= aims[tight] + 1e-9
    assert (curve["saved"] > 0).all()
    assert curve["is_asked"].sum() == 1
    assert curve["cap_share"][-1] is None


def test_conditions_without_room_are_named_and_more_room_gains(lake):
    found = optimal_constraints(lake, problem=text(bill_rise_share=0.1))
    row = found.filter(condition="bill_rise").row(0, named=True)
    assert row["binds"]
    assert row["gain"] > 0
    free = optimal_constraints(lake, problem=text()).filter(condition="most_ratio")
    assert free["value"][0] == pytest.approx(5)
    assert not found.filter(condition="revenue")["binds"][0]


def test_where_nobody_answers_the_peak_stays_and_bills_still_keep_the_cap(lake):
    for nobody in ({"model": "commercial_none"}, {"uptake_share": 0.0}):
        asked = text(bill_rise_share=0.06, **nobody)
        row = optimal_summary(lake, problem=asked).row(0, named=True)
        assert row["after"] == pytest.approx(row["before"])
        assert row["gap_share"] == pytest.approx(0, abs=1e-9)
        assert row["rise_share_p95"] <= 0.06 + 1e-6


def test_conditions_that_no_prices_keep_are_told_with_how_far_they_are(lake):
    with pytest.raises(NoPricesError, match="Loosen") as told:
        optimum(problem(least_ratio=5.0, most_ratio=5.0, bill_rise_share=0.0), lake)
    assert 0 < told.value.nearest_share < 1


def test_of_several_hours_the_best_are_chosen_and_they_are_no_worse_than_todays(lake):
    today = optimum(problem(), lake)
    best = optimum(problem(periods="best"), lake)
    assert best.aim <= today.aim + 1e-6 * today.aim
    assert best.hours[best.frame.name] == min(best.hours.values())
    assert {"today", "blocks_2", "blocks_6"} <= set(best.hours)


def test_the_day_of_the_peak_falls_in_its_dear_hours(lake):
    day = optimal_day(lake, problem=text())
    assert day["service_date"][0] == DAYS[1]
    at_peak = day.filter(pl.col("slot_minute") // 60 == 18)
    assert (at_peak["class_after_kw"] < at_peak["class_kw"]).all()
    change = day["load_after_kw"] - day["load_kw"]
    assert change.to_list() == pytest.approx((day["class_after_kw"] - day["class_kw"]).to_list())


def test_deciles_add_up_to_everyone(lake):
    deciles, bills = (
        question(lake, problem=text()) for question in (optimal_deciles, optimal_bills)
    )
    assert deciles["accounts"].sum() == bills["is_counted"].sum() == HOMES
    assert deciles["unanswered_cny"].sum() == bills["unanswered_cny"].sum()
    assert (deciles["winners"] + deciles["losers"] <= deciles["accounts"]).all()


def test_the_dearest_purchase_hours_are_left_when_cost_is_the_aim(lake):
    dear = tuple(2.0 if hour in EVENING else 0.1 for hour in range(24))
    row = optimal_summary(lake, problem=text(aim="cost", purchase_cny_per_kwh=dear)).row(
        0, named=True
    )
    assert row["cost_after_cny"] < row["cost_cny"]
    assert float(row["cost_after_cny"]) == pytest.approx(row["after"], abs=0.02)
    flat = (0.3,) * 24
    even = optimal_summary(lake, problem=text(aim="cost", purchase_cny_per_kwh=flat)).row(
        0, named=True
    )
    assert even["after"] == pytest.approx(even["before"])


def test_a_problem_says_which_field_cannot_be(lake):
    with pytest.raises(OptimalError, match="uptake_share"):
        problem_of('{"uptake_share": 2}')
    with pytest.raises(OptimalError, match="no JSON"):
        problem_of("peak")
    with pytest.raises(ValueError, match="none of"):
        problem(model="prism")
    with pytest.raises(OptimalError, match="nobody"):
        optimum(problem(price_class="agricultural"), lake)
    again = problem_of(text())
    assert isinstance(again, Problem)
    assert again == problem()


def test_a_search_that_knows_a_better_aim_still_says_what_it_proved(lake):
    [search] = searches(problem(), lake).values()
    alone = search.run()
    told = replace(search).run(known=alone.aim * 0.9)
    assert told.bound >= alone.aim * 0.9 - abs(alone.aim) * search.problem.gap_share
