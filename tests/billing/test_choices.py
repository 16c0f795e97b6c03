"""What an account may choose, by its capacity, tariff and area."""

from dataclasses import replace

import pytest

from queries.billing.choices import POLICIES, RETAIL, is_two_part, offers
from queries.billing.tariffs import known_tariffs

KNOWN = known_tariffs()
SHOP = KNOWN["liaoning_industrial_commercial"]
SHOP_10KV = KNOWN["liaoning_industrial_commercial_10kv"]
PLANT = KNOWN["liaoning_industrial_commercial_two_part"]
PLANT_66KV = KNOWN["liaoning_industrial_commercial_two_part_66kv"]
HOME = KNOWN["liaoning_residential"]
BASIC_CHARGES = ["capacity", "contract", "maximum", "by_quarter"]


def open_to(current, kva=0.0, *, has_time_of_use=True, policy=None, known=KNOWN):
    """The offers as (tariff, basic charge, time of use), of one policy or of all."""
    found = offers(current, known, capacity_kva=kva, has_time_of_use=has_time_of_use)
    return [
        (one.tariff.code, one.basic_charge, one.has_time_of_use)
        for one in found
        if policy in {None, one.policy}
    ]


@pytest.mark.parametrize(
    ("kva", "may_choose"),
    [(0, False), (99, False), (100, True), (314, True), (315, False), (1600, False)],
)
def test_from_100_to_below_315_kva_single_or_two_part_is_chosen(kva, may_choose):
    to_two_part = [(PLANT.code, kind, True) for kind in BASIC_CHARGES] if may_choose else []
    assert open_to(SHOP_10KV, kva, policy="two_part") == to_two_part
    to_single = [(SHOP_10KV.code, "as_now", True)] if may_choose else []
    assert open_to(PLANT, kva, policy="two_part") == to_single


def test_the_two_part_tariff_at_low_voltage_is_the_only_one_there_is():
    assert {code for code, *_ in open_to(SHOP, 200, policy="two_part")} == {PLANT.code}


def test_no_tariff_of_another_area_is_offered():
    areas = {KNOWN[code].region for code, *_ in open_to(SHOP, 200)}
    assert areas == {"liaoning"}


def test_a_two_part_customer_chooses_the_basic_charge_at_any_capacity():
    for tariff, kva in ((PLANT, 200), (PLANT, 1600), (PLANT_66KV, 20_000)):
        chosen = open_to(tariff, kva, policy="basic_charge")
        assert chosen == [(tariff.code, kind, True) for kind in BASIC_CHARGES]
    assert open_to(SHOP, 1600, policy="basic_charge") == []


def test_a_household_chooses_time_of_use_only_where_its_tariff_says_so():
    assert open_to(HOME, has_time_of_use=False) == [(HOME.code, "as_now", False)]
    shanghai = KNOWN["shanghai_residential"]
    for now in (False, True):
        chosen = open_to(shanghai, has_time_of_use=now)
        assert chosen == [(shanghai.code, "as_now", now), (shanghai.code, "as_now", not now)]


def test_trade_must_keep_its_time_of_use():
    assert open_to(SHOP, policy="time_of_use") == []
    assert {has for *_, has in open_to(SHOP, 200, has_time_of_use=False)} == {False}


def test_packages_of_retailers_are_marked_as_such_and_only_for_their_class_and_area():
    packages = {one.code for one in KNOWN.values() if one.price_class.startswith(RETAIL)}
    assert {code for code, *_ in open_to(SHOP, policy="retail")} == packages
    for other in (SHOP_10KV, PLANT, HOME, KNOWN["liaoning_agricultural"]):
        assert open_to(other, 200, policy="retail") == []
    elsewhere = replace(SHOP, region="jilin")
    assert open_to(elsewhere, policy="retail") == []


def test_packages_that_come_with_fenggu_say_that_no_retailer_offers_them():
    for tariff in KNOWN.values():
        if tariff.price_class.startswith(RETAIL):
            assert tariff.certainty.startswith("Illustrative")


def test_what_it_has_comes_first_and_every_choice_names_its_policy():
    for tariff in (SHOP, SHOP_10KV, PLANT, HOME):
        found = offers(tariff, KNOWN, capacity_kva=200, has_time_of_use=True)
        assert (found[0].policy, found[0].tariff, found[0].basic_charge) == (
            "now",
            tariff,
            "as_now",
        )
        assert {one.policy for one in found} <= POLICIES.keys()
        assert [one.policy for one in found].count("now") == 1


def test_without_its_counterpart_among_the_tariffs_there_is_nothing_to_change_to():
    assert open_to(PLANT, 200, policy="two_part", known={PLANT.code: PLANT}) == []


def test_only_a_tariff_with_a_basic_charge_to_choose_is_two_part():
    assert is_two_part(PLANT)
    assert not is_two_part(SHOP)


def test_a_basic_charge_that_the_tariff_has_no_price_for_is_no_choice():
    [version] = PLANT.versions
    by_capacity = replace(
        version,
        charges=tuple(c for c in version.charges if getattr(c, "choice", "capacity") == "capacity"),
    )
    tariff = replace(PLANT, versions=(by_capacity,))
    chosen = [
        one.basic_charge for one in offers(tariff, KNOWN, capacity_kva=1600, has_time_of_use=True)
    ]
    assert chosen == ["as_now", "capacity"]
