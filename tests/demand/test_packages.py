"""Packages: who gains by doing nothing, what is given away, and that offers send the same."""

import json
from contextlib import closing

import polars as pl
import pytest

from ingest.records.consents import record_consent
from ingest.records.engine import SYSTEM, upgrade
from ingest.records.offers import save_offer
from queries.billing.best_choice import best_choice
from queries.customers.offer import Rebate, Value
from queries.customers.offer_targets import offer_targets
from queries.customers.offer_value import LEARNT, with_value
from queries.demand.package_choices import package_choices
from queries.demand.package_customers import READS, package_customers
from queries.demand.package_offer import PackageError
from queries.demand.package_summary import package_summary
from queries.lake import open_lake
from queries.scope import EVERYTHING, Scope
from tests.demand.package_homes import BY_HOURS, DAYS, PERIOD, homes

PER_YEAR = 365.25 / 181


@pytest.fixture(scope="module")
def settings(new_lake, register, take, day_row):
    return homes(new_lake(), register, take, day_row)


@pytest.fixture(scope="module")
def lake(settings):
    with closing(open_lake(settings, EVERYTHING, reads=(*READS, "agreements"))) as cursor:
        yield cursor


def content(**more):
    return json.dumps(json.loads(BY_HOURS) | more)


def customers(lake, **more):
    found = package_customers(lake, **PERIOD, content=content(**more))
    return {row["usage_point_id"]: row for row in found.iter_rows(named=True)}


def test_a_gain_without_any_change_is_a_free_riders_and_a_loss_nobody_takes(lake):
    found = customers(lake)
    tried = best_choice(lake, **PERIOD).filter(policy="time_of_use")
    saved = dict(tried.select("usage_point_id", pl.col("saving_cny").cast(float)).iter_rows())
    for name, row in found.items():
        assert row["choice_saving_cny"] == pytest.approx(saved[name] * PER_YEAR)
    assert saved["night"] > 0 > saved["evening"]
    assert found["night"]["is_free_rider"] is True
    assert found["night"]["status"] == "no_consent"
    assert found["evening"]["is_free_rider"] is False
    assert found["evening"]["status"] == "no_gain"


def test_a_rebate_for_nothing_makes_a_free_rider_of_a_loser(lake):
    loss = -customers(lake)["evening"]["choice_saving_cny"]
    just_less = customers(lake, rebate={"yearly_cny": loss - 1})
    more = customers(lake, rebate={"yearly_cny": loss + 5})
    assert just_less["evening"]["status"] == "no_gain"
    assert more["evening"]["status"] == "no_consent"
    assert more["evening"]["is_free_rider"] is True
    assert more["evening"]["unchanged_cny"] == pytest.approx(5)


def test_who_gains_only_by_changing_is_no_free_rider(lake):
    # a third less energy saves more than the dearer hours cost
    found = customers(lake, value={"uptake_share": 0.5, "change_share": -1 / 3})
    evening = found["evening"]
    saved = evening["annual_bill_cny"] / 3
    assert evening["taker_gain_cny"] == pytest.approx(evening["choice_saving_cny"] + saved)
    assert evening["status"] == "no_consent"
    assert evening["is_free_rider"] is False


def test_the_account_of_a_package_adds_up_and_names_what_is_given_away(lake):
    more = {
        "rebate": {"yearly_cny": 10, "cny_per_kwh": 0.01},
        "value": {"uptake_share": 0.4, "unasked_share": 0.1, "change_share": -0.3},
    }
    found = package_summary(lake, **PERIOD, content=content(**more))
    whole, homes = found.iter_rows(named=True)
    assert whole["customer_class"] is None
    assert homes["customer_class"] == "residential"
    for row in (whole, homes):
        brought = row["avoided_cny"] + row["peak_cny"]
        given_up = row["forgone_cny"] + row["earned_cny"] + row["given_cny"] + row["cost_cny"]
        assert row["utility_cny"] == pytest.approx(brought - given_up)
        assert row["takers"] == pytest.approx(0.4 * row["customers"])
    single = customers(lake, **more)
    riders = [one for one in single.values() if one["is_free_rider"]]
    assert whole["free_riders"] == len(riders)
    # three in ten switch because of it; all four takers in ten get the rebate
    by_hand = sum(0.3 * one["choice_saving_cny"] + 0.4 * one["rebate_cny"] for one in riders)
    assert whole["cannibalised_cny"] == pytest.approx(by_hand)
    assert whole["cannibalised_share"] == pytest.approx(by_hand / whole["given_cny"])


def test_a_rebate_for_kilowatts_taken_off_is_earned_and_not_given_away():
    rows = pl.DataFrame(
        {
            "annual_kwh": [1000.0],
            "annual_bill_cny": [500.0],
            "choice_saving_cny": [-20.0],
            "peak_kw": [10.0],
            "coincidence_share": [0.5],
            **dict.fromkeys(LEARNT),
        },
        schema_overrides=dict.fromkeys(LEARNT, pl.Float64),
    )
    value = Value(
        0.5, 0.1, 0.0, contact_cny=2, taker_cny=10, peak_cut_share=0.2, peak_cny_per_kw=300
    )
    row = with_value(rows, value, Rebate(30, 0.01, 100)).row(0, named=True)
    # 0.2 of 5 kW at the peak is 1 kW: worth 300, paid 100
    assert row["rebate_cny"] == pytest.approx(40)
    assert row["taker_gain_cny"] == pytest.approx(-20 + 40 + 100)
    assert row["given_cny"] == pytest.approx(0.4 * -20 + 0.5 * 40)
    assert row["earned_cny"] == pytest.approx(0.4 * 100)
    assert row["peak_cny"] == pytest.approx(0.4 * 300)
    assert row["customer_cny"] == pytest.approx(12 + 40)
    assert row["utility_cny"] == pytest.approx(120 - 52 - 2 - 5)


def test_what_is_designed_here_is_what_offers_send(settings, lake):
    package = json.loads(BY_HOURS) | {
        "rebate": {"yearly_cny": 12.0},
        "text_zh": "夜间",
        "text_en": "Night",
    }
    engine = upgrade(settings)
    made = save_offer(engine, SYSTEM, kind="package", name="夜间套餐", content=package)
    record_consent(engine, SYSTEM, customer_id="C-night", decision="given", said_on=DAYS[0])
    targets = offer_targets(lake, offer_id=made, send_on=DAYS[1], **PERIOD)
    sent = targets.filter(status="to_send")
    designed = package_customers(lake, **PERIOD, content=json.dumps(package))
    own = designed.filter(usage_point_id="night").row(0, named=True)
    assert sent["usage_point_id"].to_list() == ["night"]
    assert sent["customer_cny"].to_list() == pytest.approx([own["customer_cny"]])
    assert sent["utility_cny"].to_list() == pytest.approx([own["utility_cny"]])
    assert own["status"] == "to_send"


def test_choices_say_who_wins_and_loses_at_the_load_it_has(lake):
    found = package_choices(lake, **PERIOD).filter(policy="time_of_use").row(0, named=True)
    assert (found["accounts"], found["winners"], found["losers"]) == (3, 2, 1)
    assert found["winners_cny"] > 0 > found["losers_cny"]
    assert found["is_best"] is True


def test_a_region_sees_its_own_customers_alone(settings):
    village = Scope("v", "planner", regions=frozenset({"village"}))
    with closing(open_lake(settings, village)) as lake:
        found = package_customers(lake, **PERIOD, content=content())
        assert found["usage_point_id"].to_list() == ["away"]
        assert package_choices(lake, **PERIOD)["accounts"].max() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        "no JSON",
        "[]",
        '{"colour": 1}',
        '{"choice": {"policy": "magic"}}',
        '{"rebate": {"yearly_cny": -1}}',
        '{"value": {"peak_cut_share": 2}}',
        '{"rules": [{"column": "shoe", "test": "is", "value": true}]}',
    ],
)
def test_a_package_that_makes_no_sense_is_refused(lake, wrong):
    with pytest.raises(PackageError):
        package_summary(lake, **PERIOD, content=wrong)


def test_where_nobody_is_billed_there_is_no_package(lake):
    nowhere = {**PERIOD, "region_id": "moon"}
    assert package_summary(lake, **nowhere, content="{}").is_empty()
    assert package_customers(lake, **nowhere, content="{}").is_empty()
    assert package_choices(lake, **nowhere).is_empty()


def test_a_package_that_gives_away_more_than_it_brings_is_told(lake):
    nothing_back = package_summary(lake, **PERIOD, content=content()).row(0, named=True)
    assert nothing_back["brought_cny"] == 0
    assert nothing_back["is_given_away"] is True
    assert nothing_back["others_cny"] == pytest.approx(0)
    changing = {"uptake_share": 0.5, "change_share": -0.5, "supply_cny_per_kwh": 1.0}
    paying = package_summary(lake, **PERIOD, content=content(value=changing)).row(0, named=True)
    assert paying["is_given_away"] is False
