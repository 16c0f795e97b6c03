"""Saving advice: its money is the bill's, its curve is physical, its reasons are the customer's."""

from collections import defaultdict
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal

import numpy as np
import pytest

from ingest.advices import Made, Wanted, make_advices
from queries.billing.tariffs import known_tariffs
from queries.customers.advice import READS, advice
from queries.customers.advice_assessed import KINDS, Advice, assess
from queries.customers.advice_basis import CHEAP, DEAR, Basis, bases
from queries.customers.advice_change import ADVISED
from queries.customers.advice_equipment import Lighting, lighting, payback_years
from queries.customers.advice_kinds import advice_kinds
from queries.customers.advice_list import READS as LIST_READS
from queries.customers.advice_list import advice_list
from queries.lake import open_lake
from queries.scope import EVERYTHING, Scope
from queries.settings import Settings
from tests.customers.advice_street import (
    TEMPERATURE_C,
    YEAR,
    as_advised,
    as_they_are,
    named,
    year_owed_fen,
)

DAYS = {"first_day": YEAR[0], "last_day": YEAR[1]}


@pytest.fixture(scope="module")
def before(new_lake, register, take, day_row) -> Settings:
    return as_they_are(new_lake(), register, take, day_row)


@pytest.fixture(scope="module")
def both(before: Settings) -> dict[str, Basis]:
    with closing(open_lake(before, EVERYTHING, reads=READS)) as lake:
        return {one.usage_point_id: one for one in bases(*YEAR, lake)}


@pytest.fixture(scope="module")
def advised(both: dict[str, Basis]) -> dict[tuple[str, str], Advice]:
    found = assess(list(both.values()), known_tariffs())
    return {(one.basis.usage_point_id, one.change.kind): one for one in found}


@pytest.fixture(scope="module")
def follow(new_lake, register, take, day_row) -> Callable[..., Settings]:
    """Make a lake in which pieces of advice were followed."""
    return lambda followed: as_advised(new_lake(), register, take, day_row, followed)


def test_every_kind_of_advice_is_given_to_somebody(advised: dict[tuple[str, str], Advice]):
    given = {kind for (_, kind), one in advised.items() if one.change.status == ADVISED}
    assert given == set(KINDS)


def test_the_money_of_every_kind_is_what_bills_say_before_and_after_it_is_followed(
    before: Settings, advised: dict[tuple[str, str], Advice], follow: Callable[..., Settings]
):
    given = [one for one in advised.values() if one.change.status == ADVISED]
    followed = list({one.change.kind: one for one in given}.values())
    assert {one.change.kind for one in followed} == set(KINDS)
    after = follow(followed)
    owed = {name: year_owed_fen(before, name) for name in ("shop", "plant")}
    wrong: dict[str, list[int]] = defaultdict(list)
    for one in followed:
        saved = owed[one.basis.usage_point_id] - year_owed_fen(after, named(one))
        if Decimal(saved) / 100 != one.saving_cny:
            wrong[named(one)] += [saved, one.before_fen - one.after_fen]
    assert wrong == {}
    assert all(one.saving_cny > 0 for one in followed)


def test_the_night_load_comes_down_to_what_the_quiet_nights_were(
    advised: dict[tuple[str, str], Advice],
):
    one = advised["shop", "standby"]
    # 8 kW at night, 3 kW on one night in five; too few shops to compare with.
    assert one.change.figures["night_kw"] == pytest.approx(8, rel=0.05)
    assert one.change.figures["quiet_kw"] == pytest.approx(3, rel=0.1)
    assert one.change.figures["usual_kw"] is None
    assert one.change.load is not None
    lowest = one.change.load.energy_units["import"][0].min() * 4 / one.basis.load.per
    assert lowest >= min(2.2, one.basis.energy_kwh.min() * 4) - 0.01


@pytest.mark.parametrize(("part", "kwh_per_k"), [("cooling", 24.0), ("heating", 12.0)])
def test_a_degree_saves_what_the_shop_answers_to_the_temperature(
    advised: dict[tuple[str, str], Advice], part: str, kwh_per_k: float
):
    # 2 kW a kelvin over twelve hours above 20 °C, 1 kW below 8 °C.
    one = advised["shop", part]
    found = one.change.figures
    assert found["kwh_per_day_per_k"] == pytest.approx(kwh_per_k, rel=0.1)
    beyond = TEMPERATURE_C - 20 if part == "cooling" else 8 - TEMPERATURE_C
    expected = kwh_per_k * np.clip(beyond, 0, 1).sum()
    assert one.saving_kwh == pytest.approx(expected, rel=0.1)
    low, high = one.change.interval_kwh or (0, 0)
    assert low < one.saving_kwh < high


def test_shifting_moves_energy_within_the_day_from_dear_to_cheap_hours(
    advised: dict[tuple[str, str], Advice],
):
    one = advised["shop", "shift"]
    basis, load = one.basis, one.change.load
    assert load is not None
    old, new = basis.energy_kwh, load.energy_units["import"][0] / load.per
    assert np.abs(new.sum(axis=1) - old.sum(axis=1)).max() < 0.05  # rounded to a watt-hour a slot
    changed = np.abs(new - old) > 0.001
    assert not (changed & ~(basis.is_in(DEAR) | basis.is_in(CHEAP))).any()
    assert (new[basis.is_in(DEAR)] <= old[basis.is_in(DEAR)] + 0.001).all()
    assert new.max() <= old.max() + 0.001


def test_a_battery_takes_more_than_it_gives_and_raises_no_maximum(
    advised: dict[tuple[str, str], Advice],
):
    one = advised["plant", "storage"]
    load = one.change.load
    assert load is not None
    old, new = one.basis.energy_kwh, load.energy_units["import"][0] / load.per
    given, taken = np.maximum(old - new, 0).sum(), np.maximum(new - old, 0).sum()
    assert given / taken == pytest.approx(0.88, rel=0.001)
    assert new.min() >= 0
    assert new.max() <= old.max() + 0.001


def test_a_roof_is_as_large_as_nine_tenths_of_it_are_used(advised: dict[tuple[str, str], Advice]):
    one = advised["shop", "solar"]
    found = one.change.figures
    # 600 W/m² at noon, half a sine over twelve hours: 3.65 h of full sun a day at 0.8.
    assert found["made_kwh"] == pytest.approx(365 * 3.65 * found["size_kw"], rel=0.01)
    assert found["spilled_kwh"] <= 0.1 * found["made_kwh"]
    assert one.change.cost_cny == 3200 * found["size_kw"]


def test_a_capacitor_is_the_smallest_that_reaches_the_factor_in_every_month(
    advised: dict[tuple[str, str], Advice],
):
    one = advised["shop", "power_factor"]
    found = one.change.figures
    assert found["factor"] == pytest.approx(1 / np.hypot(1, 0.6), abs=0.002)
    assert found["reached"] >= 0.95
    assert found["kvar"] % 5 == 0


def test_the_capacity_is_reduced_to_the_rating_that_the_maximum_needs(
    advised: dict[tuple[str, str], Advice],
):
    found = advised["plant", "capacity"].change.figures
    needed = found["highest_kw"] / 0.9 / 0.8
    assert found["new_kva"] in {630, 800}
    assert found["new_kva"] >= needed > 500


def test_the_lighting_sheet_is_what_was_typed_in(both: dict[str, Basis]):
    sheet = Lighting(lamps=100, hours_per_day=10, old_w=40, new_w=18, lamp_cny=30)
    change = lighting(both["shop"], sheet)
    [one] = assess([both["shop"]], known_tariffs(), kinds=["lighting"], sheet=sheet)
    # 100 lamps of 22 W less over ten hours: 22 kWh on every day.
    assert one.saving_kwh == pytest.approx(22 * 365, rel=0.001)
    assert change.cost_cny == 3000
    assert one.payback_years == pytest.approx(3000 / float(one.saving_cny))


def test_what_pays_nothing_back_has_no_payback():
    assert payback_years(100, Decimal(0)) is None
    assert payback_years(None, Decimal(5)) is None
    assert payback_years(100, Decimal(50)) == 2.0


def test_who_has_half_a_year_of_readings_is_told_there_is_not_enough(before: Settings):
    with closing(open_lake(before, EVERYTHING, reads=READS)) as lake:
        found = advice(
            lake,
            usage_point_id="shop",
            first_day=YEAR[0],
            last_day=YEAR[0].replace(month=6, day=30),
        )
    by_kind = {row["kind"]: row for row in found.iter_rows(named=True)}
    for kind in ("standby", "shift", "cooling", "solar", "lighting"):
        assert (by_kind[kind]["status"], by_kind[kind]["saving_cny"]) == ("not_enough_data", None)


def test_a_customer_gets_advice_on_its_own_meters_alone(before: Settings):
    scope = Scope("a", "customer", customer_ids=frozenset({"C-shop"}))
    with closing(open_lake(before, scope, reads=READS)) as lake:
        assert advice(lake, usage_point_id="plant", **DAYS).is_empty()
        own = advice(lake, usage_point_id="shop", **DAYS)
    assert own["customer_id"].unique().to_list() == ["C-shop"]
    saved = own.filter(status="advised")["saving_cny"].cast(float).to_list()
    assert saved == sorted(saved, reverse=True)


@pytest.fixture(scope="module")
def kept(before: Settings) -> Settings:
    """The street with everybody's advice worked out; it is the same for who came later."""
    made = make_advices(before)
    assert (made.usage_points, made.unchanged) == (2, 0)
    return before


def test_the_list_of_everybody_says_what_each_is_told_itself(
    kept: Settings, advised: dict[tuple[str, str], Advice]
):
    with closing(open_lake(kept, EVERYTHING, reads=LIST_READS)) as lake:
        found = advice_list(lake)
        one_kind = advice_list(lake, kind="shift")
        kinds = advice_kinds(lake)
    own = {key: one.saving_cny for key, one in advised.items() if one.change.status == ADVISED}
    saved = {
        (point, kind): cny
        for point, kind, cny in found.select("usage_point_id", "kind", "saving_cny").iter_rows()
    }
    assert saved == own
    assert found["saving_cny"].to_list() == sorted(own.values(), reverse=True)
    best = {point: max(cny for (p, _), cny in own.items() if p == point) for point, _ in own}
    assert dict(found.filter("is_best").select("usage_point_id", "saving_cny").rows()) == best
    assert set(one_kind["kind"]) == {"shift"}
    whole = kinds.row(0, named=True)
    assert (whole["customers"], whole["best_cny"]) == (2, sum(best.values()))
    by_kind = dict(kinds.tail(-1).select("kind", "saving_cny").rows())
    assert by_kind["shift"] == sum(cny for (_, kind), cny in own.items() if kind == "shift")


def test_a_customer_finds_itself_alone_in_the_list(kept: Settings):
    scope = Scope("a", "customer", customer_ids=frozenset({"C-shop"}))
    with closing(open_lake(kept, scope, reads=LIST_READS)) as lake:
        assert set(advice_list(lake)["usage_point_id"]) == {"shop"}


def test_only_who_has_something_new_is_worked_out_again(kept: Settings, take, day_row):
    assert make_advices(kept) == Made(0, 2, 0)
    take(kept, day_row({40: 99_000}, point="shop", day=YEAR[1], interval=15))
    assert make_advices(kept) == Made(1, 1, 0)
    assert make_advices(kept, Wanted(again=True)) == Made(2, 0, 0)
    with closing(open_lake(kept, EVERYTHING, reads=LIST_READS)) as lake:
        rows = lake.table("advices").pl()
    assert rows.height == 2 * len(KINDS)
    assert not rows.select("usage_point_id", "kind").is_duplicated().any()
