from collections import Counter
from datetime import date
from functools import lru_cache

import numpy as np
import pytest

from ingest.simulated.customers.population import population
from ingest.simulated.grid.place import place
from ingest.simulated.loads.demand import Demand
from ingest.simulated.planted.behaviour import plan_behaviour, respond
from ingest.simulated.planted.decoys import DECOYS
from ingest.simulated.planted.programmes import (
    ENROLMENTS,
    PROGRAMME_EVENTS,
    programme_tables,
)
from ingest.simulated.planted.response_events import TRADES
from ingest.simulated.surroundings.days import days
from ingest.simulated.surroundings.economy import economy
from ingest.simulated.surroundings.setting import Setting
from ingest.simulated.surroundings.span import Span
from ingest.simulated.surroundings.weather import weather
from ingest.simulated.truth import Planted

TWO_YEARS = Span.between(date(2024, 1, 1), date(2025, 12, 31))
THIEVES = frozenset(range(0, 600, 29))


@lru_cache
def setting(seed=1, span=TWO_YEARS):
    calendar = days(span)
    return Setting(seed, span, calendar, weather(seed, span, calendar), economy(seed, span, "R"))


@lru_cache
def district():
    where = place(1, 600)
    kinds = {area.number: area.kind for area in where.areas}
    return population(1, where, TWO_YEARS), kinds


@lru_cache
def planted():
    premises, kinds = district()
    return plan_behaviour(premises, kinds, setting(), excluded=THIEVES)


def things(group, kind=None):
    return {
        number: found
        for number, all_of_it in planted().items()
        if (found := [t for t in all_of_it if t.group == group and kind in {None, t.kind}])
    }


def kind_of():
    return {premise.number: premise.kind for premise in district()[0]}


def wanted(seed):
    """A demand that is never the same twice, with hours of nothing."""
    own = np.random.default_rng(seed)
    active_w = own.gamma(1.5, 400.0, TWO_YEARS.slots).astype(np.float32)
    active_w[own.random(TWO_YEARS.slots) < 0.05] = 0
    return Demand(active_w, (0.3 * active_w).astype(np.float32))


def energy_wh(demand):
    return demand.active_w.sum(dtype=np.float64) / 4


def test_600_customers_hold_21_decoys_of_every_kind():
    decoys = things("decoy")
    assert len(decoys) == 21
    assert {thing.kind for found in decoys.values() for thing in found} == set(DECOYS)


def test_a_thief_is_no_decoy():
    for number in THIEVES:
        assert "decoy" not in {thing.group for thing in planted()[number]}


def test_taking_part_in_a_programme_clears_nobody():
    # Who is a thief or a decoy makes no difference to who is asked.
    premises, kinds = district()
    without = plan_behaviour(premises, kinds, setting(), excluded=frozenset())
    for number, found in planted().items():
        programmes = [thing for thing in found if thing.group == "programme"]
        assert programmes == [t for t in without[number] if t.group == "programme"]
    enrolled = [n for n, found in planted().items() if any(t.group == "programme" for t in found)]
    assert set(enrolled) & set(THIEVES)


def test_nobody_takes_part_in_two_programmes():
    for found in planted().values():
        assert len({thing.kind for thing in found if thing.group == "programme"}) <= 1


def test_only_who_stays_for_the_whole_span_takes_part():
    premises, _ = district()
    moved = {one.number for one in premises if len(one.tenancies) > 1}
    assert moved
    assert not moved & (things("decoy").keys() | things("programme").keys())


def test_all_premises_of_an_area_grow_alike_and_the_others_not_at_all():
    by_area = {}
    for premise in district()[0]:
        grown = [thing for thing in planted()[premise.number] if thing.group == "growth"]
        assert len(grown) == (premise.area is not None)
        by_area.setdefault(premise.area, set()).update(thing.amount for thing in grown)
    rates = {area: rates for area, rates in by_area.items() if area is not None}
    assert all(len(found) == 1 and -0.03 <= min(found) <= 0.08 for found in rates.values())


def test_the_pilot_has_as_many_control_households_as_treated_in_every_kind_of_area():
    households = Counter(kind_of().values())["household"]
    pilots = things("programme", "tou_pilot")
    assert len(pilots) == round(0.12 * households)
    assert {kind_of()[number] for number in pilots} == {"household"}
    arms = Counter((f[0].detail["stratum"], f[0].detail["arm"]) for f in pilots.values())
    for stratum in {stratum for stratum, _ in arms}:
        assert abs(arms[stratum, "treated"] - arms[stratum, "control"]) <= 1


def test_half_of_the_households_looked_at_get_the_offer():
    offers = things("programme", "offer")
    households = Counter(kind_of().values())["household"]
    sent = sum(found[0].detail["is_offered"] for found in offers.values())
    assert len(offers) == round(0.3 * households)
    assert abs(2 * sent - len(offers)) <= 1


def test_both_potential_outcomes_are_known_and_the_one_that_came_true_is_the_amount():
    for (thing,) in things("programme", "offer").values():
        arm = "offered" if thing.detail["is_offered"] else "not_offered"
        assert thing.amount == thing.detail[f"effect_if_{arm}"]
        assert (thing.detail["accepted_day"] is not None) == thing.detail[f"accepts_if_{arm}"]
        assert -0.08 <= thing.amount <= 0.03


def test_only_persuadables_are_won_by_the_offer_and_only_sleeping_dogs_lost():
    for (thing,) in things("programme", "offer").values():
        won = thing.detail["accepts_if_offered"] - thing.detail["accepts_if_not_offered"]
        assert won == {"persuadable": 1, "sleeping_dog": -1}.get(thing.detail["type"], 0)


def test_a_quarter_of_commerce_and_industry_and_some_homes_are_enrolled_for_response():
    kinds = Counter(kind_of()[number] for number in things("programme", "response_event"))
    of_all = Counter(kind_of().values())
    trades = sum(of_all[kind] for kind in TRADES)
    assert sum(kinds.values()) - kinds["household"] == round(0.25 * trades)
    assert kinds["household"] == round(0.06 * of_all["household"])


def test_the_order_of_the_premises_does_not_matter():
    premises, kinds = district()
    shuffled = [premises[i] for i in np.random.default_rng(3).permutation(len(premises))]
    mixed = dict(reversed(kinds.items()))
    assert plan_behaviour(shuffled, mixed, setting(), excluded=THIEVES) == planted()


def test_another_seed_plants_on_others():
    premises, kinds = district()
    other = plan_behaviour(premises, kinds, setting(seed=2), excluded=THIEVES)
    decoys = {number for number, found in other.items() if any(t.group == "decoy" for t in found)}
    assert decoys != things("decoy").keys()


def test_in_a_week_nothing_is_planted_but_growth():
    premises, kinds = district()
    week = setting(span=Span(date(2024, 7, 1), 7))
    found = plan_behaviour(premises, kinds, week)
    assert {thing.group for of_one in found.values() for thing in of_one} == {"growth"}


def test_what_was_planted_explains_the_whole_difference_of_energy():
    chosen = {(t.group, t.kind): number for number, f in planted().items() for t in f}
    assert len(chosen) == 1 + len(DECOYS) + 3
    for number in chosen.values():
        before = wanted(number)
        after, energies_wh = respond(before, district()[0][number], planted()[number], setting())
        # Half a watt-hour for each thing rounded, and float32 sums of energy over two years.
        assert sum(energies_wh) == pytest.approx(
            energy_wh(after) - energy_wh(before), abs=len(energies_wh)
        )
        assert (after.active_w >= 0).all()


def test_a_response_does_not_depend_on_the_order_of_what_is_planted_nor_change_its_input():
    number = next(iter(things("programme", "response_event")))
    premise, own = district()[0][number], planted()[number]
    before = wanted(number)
    one, energies = respond(before, premise, own, setting())
    other, reversed_energies = respond(before, premise, own[::-1], setting())
    assert np.array_equal(one.active_w, other.active_w)
    assert np.array_equal(one.reactive_var, other.reactive_var)
    assert energies == reversed_energies[::-1]
    assert np.array_equal(before.active_w, wanted(number).active_w)


def test_who_has_nothing_planted_draws_what_was_wanted():
    before = wanted(1)
    after, energies_wh = respond(before, district()[0][0], (), setting())
    assert np.array_equal(after.active_w, before.active_w)
    assert energies_wh == []


def test_theft_is_no_behaviour():
    theft = Planted("theft", "bypass_share", 0, 96, 0.5, "share")
    with pytest.raises(ValueError, match=r"bypass_share.*does not change what is consumed"):
        respond(wanted(1), district()[0][0], [theft], setting())


def test_the_utility_knows_arms_and_agreements_but_no_effect():
    tables = programme_tables(planted(), district()[0], setting())
    enrolments, calls = tables["enrolments"], tables["programme_events"]
    assert (enrolments.schema, calls.schema) == (ENROLMENTS, PROGRAMME_EVENTS)
    assert enrolments.height == len(things("programme"))
    assert enrolments["usage_point_id"].is_unique().all()
    numbers = {premise.usage_point_id: premise.number for premise in district()[0]}
    for row in enrolments.iter_rows(named=True):
        detail = planted()[numbers[row["usage_point_id"]]][-1].detail
        assert row["agreed_reduction_kw"] == detail.get("agreed_kw")
        if row["programme_kind"] == "tou_pilot":
            assert row["arm"] == detail["arm"]
        if row["programme_kind"] == "offer":
            assert (row["accepted_on"] is None) == (detail["accepted_day"] is None)


def test_every_event_called_the_day_before_is_one_that_was_planted():
    calls = programme_tables(planted(), district()[0], setting())["programme_events"]
    events = {
        (thing.detail["event_id"], TWO_YEARS.instant(thing.first_slot))
        for found in things("programme", "response_event").values()
        for thing in found
    }
    assert events == set(calls.select("event_id", "starts_at").iter_rows())
    notice = calls["starts_at"] - calls["called_at"]
    assert notice.dt.total_hours().is_between(24, 36).all()
