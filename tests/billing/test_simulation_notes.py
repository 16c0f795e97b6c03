"""What a simulation rests on is said: agreements, readings, certainty; which classes there are."""

import polars as pl
import pytest

from queries.billing.price_classes import price_classes
from queries.billing.simulation_groups import simulation_groups
from queries.billing.simulation_notes import READS, simulation_notes
from queries.billing.simulation_summary import simulation_summary
from queries.lake import open_lake
from queries.scope import EVERYTHING, Scope
from tests.billing.small_lakes import SHOP, WINTER, agreement, point, profiles, street

DAYS = {"first_day": WINTER[0], "last_day": WINTER[1]}
SHOPS = "liaoning_industrial_commercial"


@pytest.fixture
def lake(street_settings):
    return open_lake(street_settings, EVERYTHING, reads=READS)


def test_classes_of_prices_add_up_to_everybody_and_to_what_is_owed(lake):
    classes = price_classes(lake, **DAYS)
    [all_of_them] = simulation_summary(lake, tariffs=(SHOPS,), **DAYS).iter_rows(named=True)
    assert classes["accounts"].sum() == all_of_them["accounts"]
    assert classes["now_cny"].sum() == all_of_them["now_cny"]
    named = classes.drop_nulls("price_class")
    assert named["now_cny"].to_list() == sorted(named["now_cny"], reverse=True)
    assert classes["price_class"].to_list()[-1] is None  # the stranger


def test_a_class_names_the_tariff_that_holds_now(lake):
    held = dict(price_classes(lake, **DAYS).select("price_class", "tariff_code").iter_rows())
    assert held["industrial_commercial"] == SHOPS
    assert held[None] is None


def test_who_sees_one_region_finds_its_classes_only(street_settings):
    one = Scope("a", "planner", regions=frozenset({"nowhere"}))
    lake = open_lake(street_settings, one, reads=READS)
    assert price_classes(lake, **DAYS).is_empty()


def _notes(lake, *tariffs: str, **chosen) -> dict[tuple[str, str], int | None]:
    rows = simulation_notes(lake, tariffs=tariffs, **DAYS, **chosen)
    return {(row["tariff"], row["note"]): row["accounts"] for row in rows.iter_rows(named=True)}


def test_missing_agreements_tariffs_and_readings_are_counted(lake):
    notes = _notes(lake, SHOPS)
    assert notes["now", "assumed"] == 1  # the school
    assert notes["now", "no_tariff"] == 1  # the stranger
    assert notes["now", "incomplete"] == 1  # half, read in January only
    shops = _notes(lake, SHOPS, price_classes=("industrial_commercial",))
    assert ("now", "assumed") not in shops


@pytest.fixture(scope="module")
def special(new_lake, register, take, day_row):
    """A shop metered on the low side, one above a sub-meter, one with a retailer, and a plain one.

    Each uses 1 kWh a day of January and February, 59 kWh.
    """
    terms = {
        "low": {"is_metered_low_side": True},
        "lost": {"line_loss_share": 0.02},
        "part": {"split_tariff_code": "residential", "split_share": 0.1},
        "above": {},
        "sub": {"deducted_from_usage_point_id": "above"},
        "direct": {"purchase_type": "direct"},
        "retail": {"purchase_type": "retail"},
        "plain": {"line_loss_share": 0.0},
    }
    points = {
        name: (point(name), agreement(name, SHOP, **own), profiles(day_row, name, WINTER, {13: 1}))
        for name, own in terms.items()
    }
    settings = street(new_lake(), register, take, points)
    return open_lake(settings, EVERYTHING, reads=READS)


def test_who_is_billed_by_metered_energy_alone_is_counted_with_the_energy(special):
    rows = simulation_notes(special, tariffs=(SHOPS,), **DAYS).rows(named=True)
    told = {row["note"]: (row["accounts"], row["energy_kwh"]) for row in rows if row["accounts"]}
    # Low, lost, part and above; a sub-meter is billed what it measures.
    assert told == {"other_terms": (4, 4 * 59.0), "own_contract": (2, 2 * 59.0)}


def test_prices_that_are_not_certain_say_so(lake):
    assert (SHOPS, "certainty") in _notes(lake, SHOPS)
    assert (SHOPS, "doubt") in _notes(lake, SHOPS)


def test_industries_are_grouped_by_their_section(lake):
    groups = simulation_groups(lake, tariffs=(SHOPS,), **DAYS, group_by="industry_section")
    assert groups["group"].str.len_chars().to_list() == [1] * groups.height
    assert groups.select(pl.col("accounts").sum()).item() > 0
