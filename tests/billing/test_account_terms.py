"""Terms of accounts: dates, moves, suspensions, and which tariff a price class means."""

from datetime import date
from decimal import Decimal

import pytest

from queries.billing.account_terms import account_terms, agreement_of, agreements_of
from queries.billing.demand_charge import InForce
from queries.lake import open_lake
from queries.scope import EVERYTHING

YEAR = {"first_day": date(2024, 1, 1), "last_day": date(2024, 12, 31)}
POINT = {
    "usage_point_id": "P1",
    "customer_id": "anna",
    "customer_class": "industrial",
    "status": "operating",
    "voltage_kv": 10.0,
    "contracted_capacity_kva": 1000.0,
    "operating_capacity_kva": 1000.0,
    "valid_from": date(2020, 1, 1),
}
AGREEMENT = {
    "agreement_id": "A1",
    "usage_point_id": "P1",
    "tariff_code": "industrial_commercial_two_part",
    "purchase_type": "agency",
    "has_time_of_use": True,
    "basic_charge": "capacity",
    "power_factor_hundredths": 90,
    "valid_from": date(2020, 1, 1),
}


@pytest.fixture
def terms(empty_settings, register):
    def ask(points, agreements, **inputs):
        register(empty_settings, usage_points=points, agreements=agreements)
        lake = open_lake(empty_settings, EVERYTHING)
        return account_terms(lake, **YEAR, **inputs)

    return ask


def test_a_price_class_means_the_tariff_of_the_area_and_of_its_voltage(terms):
    shop = POINT | {"usage_point_id": "P2", "customer_id": "li", "voltage_kv": 0.38}
    hotel = POINT | {"usage_point_id": "P3", "customer_id": "wu"}
    lost = POINT | {"usage_point_id": "P4", "customer_id": "he"}
    single = AGREEMENT | {"tariff_code": "industrial_commercial", "basic_charge": None}
    found = terms(
        [shop, hotel, lost],
        [
            single | {"usage_point_id": "P2", "agreement_id": "A2"},
            single | {"usage_point_id": "P3", "agreement_id": "A3"},
            single | {"usage_point_id": "P4", "agreement_id": "A4", "tariff_code": "nothing"},
        ],
    )
    assert found["tariff_code"].to_list() == [
        "liaoning_industrial_commercial",
        "liaoning_industrial_commercial_10kv",
        None,
    ]


def test_a_move_cuts_the_terms_and_each_has_its_own_first_and_last_day(terms):
    left = POINT | {"valid_to": date(2024, 5, 20)}
    came = POINT | {"customer_id": "bob", "valid_from": date(2024, 6, 1)}
    found = terms([left, came], [AGREEMENT])
    assert found.select("customer_id", "valid_from", "valid_to").rows() == [
        ("anna", date(2024, 1, 1), date(2024, 5, 20)),
        ("bob", date(2024, 6, 1), date(2025, 1, 1)),
    ]
    anna, bob = agreements_of(found)
    assert (anna.allowance.opened_on, anna.allowance.closed_on) == (None, date(2024, 5, 19))
    assert (bob.allowance.opened_on, bob.allowance.closed_on) == (date(2024, 6, 1), None)


def test_a_suspension_is_a_part_of_the_capacity_and_cuts_no_terms(terms):
    before = POINT | {"valid_to": date(2024, 6, 10)}
    idle = POINT | {
        "status": "suspended",
        "valid_from": date(2024, 6, 10),
        "valid_to": date(2024, 6, 22),
    }
    after = POINT | {"valid_from": date(2024, 6, 22)}
    found = terms([before, idle, after], [AGREEMENT])
    assert found.height == 1
    assert agreement_of(found.row(0, named=True)).capacity_parts == (
        InForce(date(2024, 1, 1), date(2024, 6, 9), Decimal(1000)),
        InForce(date(2024, 6, 10), date(2024, 6, 21), Decimal(0)),
        InForce(date(2024, 6, 22), date(2024, 12, 31), Decimal(1000)),
    )


def test_another_contract_and_another_basic_charge_cut_the_terms(terms):
    found = terms(
        [POINT],
        [
            AGREEMENT | {"valid_to": date(2024, 7, 1)},
            AGREEMENT | {"valid_from": date(2024, 7, 1), "basic_charge": "maximum"},
        ],
    )
    assert [one.choice for one in agreements_of(found)] == ["capacity", "maximum"]
    assert found["valid_from"].to_list() == [date(2024, 1, 1), date(2024, 7, 1)]


def test_families_welfare_and_dearer_agency_prices_become_figures(terms):
    found = terms(
        [POINT],
        [
            AGREEMENT
            | {"household_persons": 5, "free_kwh_per_month": 15.0, "agency_price_times": 1.5}
        ],
    )
    (one,) = agreements_of(found)
    assert one.allowance.extra_kwh_per_month == 100
    assert (one.free_kwh_per_month, one.purchase_times) == (15, Decimal("1.5"))


def test_one_account_or_one_usage_point_can_be_asked_for(terms):
    other = POINT | {"usage_point_id": "P2", "customer_id": "li"}
    agreements = [AGREEMENT, AGREEMENT | {"agreement_id": "A2", "usage_point_id": "P2"}]
    assert terms([POINT, other], agreements, customer_id="li")["usage_point_id"].to_list() == ["P2"]
    assert terms([POINT], [AGREEMENT], usage_point_id="P1")["customer_id"].to_list() == ["anna"]
