"""What the district's agreements say of bills."""

import polars as pl
import pytest

from ingest.simulated.district import district, known_tables
from ingest.simulated.plan import Plan

TWO_PART = "industrial_commercial_two_part"


@pytest.fixture(scope="module")
def agreed():
    """Agreements beside the usage point as it was last known."""
    known = known_tables(district(Plan()))
    points = known["usage_points"].sort("valid_from").unique("usage_point_id", keep="last")
    return known["agreements"].join(points, on="usage_point_id")


def test_only_two_part_customers_choose_a_basic_charge_and_a_contract_has_its_demand(agreed):
    assert agreed.filter(pl.col("tariff_code") == TWO_PART)["basic_charge"].null_count() == 0
    rest = agreed.filter(pl.col("tariff_code") != TWO_PART)["basic_charge"]
    assert rest.null_count() == rest.len()
    by_contract = agreed.filter(basic_charge="contract")
    assert by_contract.height == agreed["contracted_demand_kw"].is_not_null().sum()
    assert (
        by_contract["contracted_demand_kw"] > 0.4 * by_contract["contracted_capacity_kva"]
    ).all()
    assert {"capacity", "maximum"} <= set(agreed["basic_charge"].drop_nulls())


def test_power_factor_standards_follow_class_voltage_and_capacity(agreed):
    with_one = agreed.filter(pl.col("power_factor_hundredths").is_not_null())
    assert (with_one["contracted_capacity_kva"] >= 100).all()
    assert not with_one["tariff_code"].str.starts_with("residential").any()
    best = agreed.filter(power_factor_hundredths=90)
    assert set(best["customer_class"]) == {"industrial"}
    assert (best["voltage_kv"] == 10).all()
    assert (best["contracted_capacity_kva"] > 160).all()


def test_large_families_and_welfare_are_of_households_and_low_side_meters_of_medium_voltage(agreed):
    homes = agreed.filter(pl.col("household_persons").is_not_null())
    assert homes.height > 0
    assert (homes["household_persons"] >= 5).all()
    assert set(homes["tariff_code"]) == {"residential"}
    assert set(agreed.filter(free_kwh_per_month=15.0)["tariff_code"]) == {"residential"}
    low_side = agreed.filter("is_metered_low_side")
    assert low_side.height > 0
    assert (low_side["voltage_kv"] == 10).all()


def test_direct_traders_are_settled_by_intervals_and_agency_prices_rise_for_few(agreed):
    assert (agreed["purchase_type"] == "direct").sum() == (
        agreed["settlement_basis"] == "interval"
    ).sum()
    dearer = agreed.filter(agency_price_times=1.5)
    assert 0 < dearer.height < 0.15 * (agreed["purchase_type"] == "agency").sum()
    assert set(dearer["purchase_type"]) == {"agency"}
