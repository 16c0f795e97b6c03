"""Orderly use on a street worked out by hand: who is asked, who is spared, who kept the limit."""

import json
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import insert

from ingest.records.engine import SYSTEM, Actor, change, upgrade
from ingest.records.orderly import record_day, save_plan, step_plan
from queries.demand.orderly_curve import orderly_curve
from queries.demand.orderly_days import orderly_days
from queries.demand.orderly_follow_up import orderly_follow_up
from queries.demand.orderly_levels import orderly_levels
from queries.demand.orderly_plans import orderly_plans
from queries.demand.orderly_result import orderly_result
from queries.demand.orderly_roster import orderly_roster
from queries.demand.orderly_saved import orderly_saved
from queries.demand.orderly_terms import OrderlyError, read_terms
from queries.demand.orderly_use import orderly_use
from queries.demand.orderly_versions import orderly_versions
from queries.demand.response_tables import RESPONSE_ENROLMENTS, RESPONSE_PROGRAMMES
from queries.lake import open_lake
from queries.scope import EVERYTHING, Scope
from tests.demand.orderly_street import DAYS, FIRST, PERIOD, street

PLANNER = Actor("li.na", "planner")
SOUTH = Scope("s", "planner", regions=frozenset({"south"}))
MASKED = Scope("m", "planner")
# the highest hour: 100 + 50 + 200 + 30 + 5 kW
MAXIMUM_KW = 385.0


@pytest.fixture(scope="module")
def settings(new_lake, register, take, day_row):
    return street(new_lake(), register, take, day_row)


@pytest.fixture(scope="module")
def lake(settings):
    upgrade(settings)
    with closing(open_lake(settings, EVERYTHING)) as cursor:
        yield cursor


def quotas(lake, level, **more):
    found = orderly_use(lake, **PERIOD, level=level, **more).filter(status="called")
    return {
        row["usage_point_id"]: tuple(row[f"{one}_kw"] for one in ("shift", "avoid", "limit"))
        for row in found.iter_rows(named=True)
    }


def test_the_mildest_level_is_covered_by_what_moves_on_its_own(lake):
    # 5 % of 385 kW; the factory moves 20 kW in the mean, the shop nothing
    assert quotas(lake, "IV") == {"factory": pytest.approx((19.25, 0, 0))}


def test_measures_are_asked_for_in_their_order_and_by_load(lake):
    # 38.5 kW: 20 move; of 60 and 40 kW above the base loads 24 and 16 can be avoided, the factory
    # has given 20 of its own already; 18.5 by loads of 80 and 50 would be 11.4 from the factory
    assert quotas(lake, "III") == {
        "shop": pytest.approx((0, 14.5, 0)),
        "factory": pytest.approx((20, 4, 0)),
    }
    # 77 kW: 37 are left for limiting, by load
    assert quotas(lake, "II") == {
        "factory": pytest.approx((20, 4, 37 * 80 / 130)),
        "shop": pytest.approx((0, 16, 37 * 50 / 130)),
    }


def test_what_cannot_be_covered_above_the_base_loads_is_said(lake):
    levels = {row["level"]: row for row in orderly_levels(lake, **PERIOD).iter_rows(named=True)}
    # 30 % are 115.5 kW; all there is above the base loads of both is 100 kW
    assert levels["I"]["uncovered_kw"] == pytest.approx(15.5)
    assert levels["I"]["customers"] == 2
    parts = ("agreed_kw", "shift_kw", "avoid_kw", "limit_kw", "uncovered_kw")
    for row in levels.values():
        assert sum(row[part] for part in parts) == pytest.approx(row["shortage_kw"])
        assert row["maximum_kw"] == MAXIMUM_KW
        assert row["shortage_kw"] == pytest.approx(row["level_share"] * MAXIMUM_KW)
    top = orderly_use(lake, **PERIOD, level="I").filter(status="called")
    assert (top["allowed_kw"] >= top["base_kw"] - 1e-9).all()


def test_hospitals_homes_and_the_small_are_spared(lake):
    found = orderly_use(lake, **PERIOD, level="I")
    status = dict(found.select("usage_point_id", "status").iter_rows())
    assert status == {
        "factory": "called",
        "shop": "called",
        "hospital": "spared_industry",
        "home": "spared_class",
        "kiosk": "small",
    }
    spared = orderly_use(lake, **PERIOD, level="I", terms='{"spared_points": ["shop"]}')
    assert spared.filter(usage_point_id="shop")["status"].to_list() == ["spared_by_name"]
    assert set(quotas(lake, "I", terms='{"spared_points": ["shop"]}')) == {"factory"}


def test_shares_of_the_levels_are_terms_of_the_plan(lake):
    terms = json.dumps({"level_shares": {"IV": 0.01, "III": 0.02, "II": 0.03, "I": 0.04}})
    assert quotas(lake, "IV", terms=terms) == {"factory": pytest.approx((3.85, 0, 0))}


@pytest.mark.parametrize(
    "terms",
    [
        "no JSON",
        "[]",
        '{"colour": 1}',
        '{"from_minute": 1200, "until_minute": 1020}',
        '{"from_minute": 1030}',
        '{"months": [13]}',
        '{"level_shares": {"IV": 0.2, "III": 0.1, "II": 0.3, "I": 0.4}}',
        '{"level_shares": {"IV": 0.2}}',
        '{"avoid_share": 2}',
    ],
)
def test_terms_that_make_no_sense_are_refused(terms):
    with pytest.raises(OrderlyError):
        read_terms(terms)


def test_a_level_or_days_there_are_not_are_refused(lake):
    with pytest.raises(OrderlyError, match="IV, III, II, I"):
        orderly_use(lake, **PERIOD, level="V")  # type: ignore[arg-type]
    with pytest.raises(OrderlyError, match="before"):
        orderly_use(lake, first_day=PERIOD["last_day"], last_day=PERIOD["first_day"])


def test_months_without_readings_have_no_plan(lake):
    assert orderly_use(lake, **PERIOD, terms='{"months": [1]}').is_empty()
    assert orderly_levels(lake, **PERIOD, terms='{"months": [1]}').is_empty()
    assert orderly_saved(lake, **PERIOD, terms='{"months": [1]}').is_empty()


def test_a_region_plans_for_itself_and_names_are_masked(settings):
    upgrade(settings)
    with closing(open_lake(settings, SOUTH)) as south:
        found = orderly_use(south, **PERIOD, level="I")
    assert found["usage_point_id"].sort().to_list() == ["home", "kiosk"]
    with closing(open_lake(settings, MASKED)) as masked:
        names = orderly_use(masked, **PERIOD)["name"].to_list()
    assert not any("峰川factory" in (name or "") for name in names)


@pytest.fixture(scope="module")
def plan_id(settings, lake):
    """A plan in force, called at level IV on the second day."""
    engine = upgrade(settings)
    terms = read_terms("").model_dump_json()
    roster = orderly_saved(lake, **PERIOD, terms=terms)
    content = {"region_id": None, "terms": terms}
    made = save_plan(engine, PLANNER, name="迎峰度夏", content=content, quotas=roster.to_dicts())
    step_plan(engine, PLANNER, made, version=1, state="approved")
    step_plan(engine, PLANNER, made, version=2, state="in_force")
    record_day(
        engine,
        PLANNER,
        made,
        service_date=FIRST + timedelta(days=1),
        level="IV",
        from_minute=17 * 60,
        until_minute=20 * 60,
    )
    return made


def test_who_was_called_already_comes_after_who_was_not(lake, plan_id):
    assert orderly_days(lake, plan_id=plan_id)["level"].to_list() == ["IV"]
    found = orderly_use(lake, **PERIOD, level="III")
    called = dict(found.select("usage_point_id", "called_days").iter_rows())
    assert (called["factory"], called["shop"]) == (1, 0)
    # of 18.5 kW to be avoided the shop gives its 16 first
    assert quotas(lake, "III") == {
        "shop": pytest.approx((0, 16, 0)),
        "factory": pytest.approx((20, 2.5, 0)),
    }
    assert quotas(lake, "III", year=2024)["shop"] == pytest.approx((0, 14.5, 0))


@pytest.mark.parametrize(("day", "is_kept", "load_kw"), [(0, False, 100), (1, True, 60)])
def test_a_load_is_held_against_the_reference_less_the_quota(lake, plan_id, day, is_kept, load_kw):
    asked = {"plan_id": plan_id, "service_date": FIRST + timedelta(days=day)}
    [row] = orderly_follow_up(lake, **asked).iter_rows(named=True)
    # 80 kW in the mean of the reference days, less 19.25 kW
    assert row["usage_point_id"] == "factory"
    assert row["limit_kw"] == pytest.approx(60.75)
    assert row["load_kw"] == pytest.approx(load_kw)
    assert row["is_kept"] is is_kept
    assert row["mean_excess_kw"] == pytest.approx(max(load_kw - 60.75, 0))
    assert row["maximum_excess_kw"] == pytest.approx(max(load_kw - 60.75, 0))
    assert row["quarters_over"] == (0 if is_kept else 12)
    result = orderly_result(lake, **asked).row(0, named=True)
    assert result["achieved_kw"] == pytest.approx(80 - load_kw)
    assert result["needed_kw"] == pytest.approx(19.25)
    assert (result["kept_customers"], result["broken_customers"]) == (is_kept, not is_kept)


def test_the_limit_stands_in_the_hours_asked_about_only(lake, plan_id):
    curve = orderly_curve(lake, plan_id=plan_id, service_date=FIRST)
    assert curve.height == 96
    assert curve["limit_kw"].is_not_null().sum() == 12
    assert curve["load_kw"][70] == pytest.approx(100)
    assert curve["load_kw"][0] == pytest.approx(20)
    assert curve["limit_kw"][70] == pytest.approx(60.75)


def test_a_baseline_of_demand_response_may_be_the_reference(lake, plan_id):
    asked = {
        "plan_id": plan_id,
        "service_date": FIRST + timedelta(days=DAYS - 1),
        "level": "I",
        "reference": "china_2",
    }
    found = orderly_follow_up(lake, **asked)
    shop = found.filter(usage_point_id="shop").row(0, named=True)
    # every day is like the other: it would have drawn 50 kW, and did
    assert shop["reference_kw"] == pytest.approx(50)
    # loads are held as Float32
    assert shop["achieved_kw"] == pytest.approx(0, abs=1e-4)
    assert shop["is_kept"] is False


def test_what_was_not_read_is_neither_kept_nor_broken(lake, plan_id):
    asked = {"plan_id": plan_id, "service_date": FIRST + timedelta(days=DAYS + 20)}
    [row] = orderly_follow_up(lake, **asked).iter_rows(named=True)
    assert row["is_kept"] is None
    assert row["load_kw"] is None
    result = orderly_result(lake, **asked).row(0, named=True)
    assert (result["unknown_customers"], result["achieved_share"]) == (1, None)
    assert result["unread_kw"] == pytest.approx(19.25)


@pytest.mark.parametrize(
    "wrong",
    [
        {"plan_id": "none"},
        {"reference": "guess"},
        {"from_minute": 1030, "until_minute": 1100},
        {"from_minute": 1200, "until_minute": 1100},
        {"level": "V"},
    ],
)
def test_a_follow_up_of_nothing_is_refused(lake, plan_id, wrong):
    with pytest.raises(OrderlyError):
        orderly_follow_up(lake, **{"plan_id": plan_id, "service_date": FIRST, **wrong})


def test_every_step_of_a_plan_is_kept_with_who_took_it(lake, plan_id):
    found = orderly_versions(lake, plan_id=plan_id)
    assert found["state"].to_list() == ["in_force", "approved", "draft"]
    assert set(found["changed_by"]) == {"li.na"}
    assert set(found["roster_version"]) == {1}


def test_who_sees_a_part_of_a_roster_gets_its_rows_and_not_the_whole_plan(settings, plan_id):
    shop = Scope("shop", "customer", customer_ids=frozenset({"C-shop"}))
    with closing(open_lake(settings, shop)) as own:
        [plan] = orderly_plans(own).iter_rows(named=True)
        assert (plan["usage_points"], plan["seen_usage_points"]) == (2, 1)
        assert plan["content"] is None
        roster = orderly_roster(own, plan_id=plan_id, level="I")
        assert roster["usage_point_id"].to_list() == ["shop"]


def test_a_region_sees_its_own_rows_of_a_roster_alone(settings, lake, plan_id):
    assert orderly_roster(lake, plan_id=plan_id, level="I").height == 2
    [plan] = orderly_plans(lake).iter_rows(named=True)
    assert (plan["usage_points"], plan["seen_usage_points"]) == (2, 2)
    with closing(open_lake(settings, SOUTH)) as south:
        assert orderly_plans(south).is_empty()
        assert orderly_roster(south, plan_id=plan_id, level="I").is_empty()
        assert orderly_days(south, plan_id=plan_id).is_empty()
        assert orderly_versions(south, plan_id=plan_id).is_empty()
        asked = {"plan_id": plan_id, "service_date": FIRST}
        assert orderly_follow_up(south, **asked).is_empty()
        assert orderly_curve(south, **asked).is_empty()


def test_demand_response_comes_off_the_shortage_before_anybody_is_limited(settings, lake):
    # last: it stays enrolled
    terms = {"id": "p", "name": "p", "state": "open", "version": 1, "content": "{}"}
    stamp = {"author": "a", "created_at": "t", "changed_by": "a", "changed_at": "t"}
    enrolment = {
        "id": "e",
        "programme_id": "p",
        "usage_point_id": "factory",
        "customer_id": "C-factory",
        "first_day": FIRST.isoformat(),
        "agreed_reduction_kw": 30.0,
        "accepted_on": FIRST.isoformat(),
        "channel": "phone",
        "availability": "{}",
        "recorded_by": "a",
        "recorded_at": "t",
    }
    with change(upgrade(settings), SYSTEM, "t", subject=("t", "t")) as connection:
        connection.execute(insert(RESPONSE_PROGRAMMES).values(**terms, **stamp))
        connection.execute(insert(RESPONSE_ENROLMENTS).values(**enrolment))
    assert quotas(lake, "IV") == {}
    # 38.5 - 30 kW; what the factory agreed to is what moves and part of what it could avoid
    assert quotas(lake, "III") == {"shop": pytest.approx((0, 8.5, 0))}
    levels = orderly_levels(lake, **PERIOD)
    assert levels["agreed_kw"].to_list() == pytest.approx([19.25, 30, 30, 30])
    # 385 * 0.3 - 30, of 40 kW at the shop and 30 at the factory
    assert levels["uncovered_kw"][3] == pytest.approx(15.5)
