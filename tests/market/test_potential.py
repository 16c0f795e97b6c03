"""New business by hand: every line, its limits and its range."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.lake import open_lake
from queries.market.potential import TOGETHER, potential
from queries.market.potential_arithmetic import (
    BEYOND,
    ENERGY,
    VALUE,
    AreaFacts,
    extreme,
    outcome,
    steps,
)
from queries.market.potential_assumptions import (
    BUSINESSES,
    FIELDS,
    PotentialError,
    Range,
    potential_text,
    read_potential,
    shipped_potential,
    with_values,
)
from queries.market.potential_points import dearest
from queries.market.potential_steps import lines, potential_steps
from queries.run import QuestionError
from queries.scope import EVERYTHING, Scope
from queries.settings import Settings
from tests.market.two_areas import FIRST_DAY, LAST_DAY, two_areas

ONE = np.ones(1)
FACTS = AreaFacts(
    homes=ONE * 100,
    businesses=ONE * 10,
    vehicles=ONE * 5,
    heated_homes=ONE * 20,
    solar_homes=ONE * 10,
    solar_businesses=ONE * 2,
    business_kwh=ONE * 1_000_000,
    dear_kwh=ONE * 400,
    dear_price=ONE * 1.10,
    cheap_price=ONE * 0.43,
    open_kva=ONE * 1000,
    solar_open_kw=ONE * 1000,
)
"""An area with room enough."""


def given_of(business: str, **changed: float) -> Mapping[str, float | np.ndarray]:
    ranges = read_potential(shipped_potential())[business]
    return {name: one.base for name, one in ranges.items()} | changed


def worked_out(business: str, facts: AreaFacts = FACTS, **changed: float) -> dict[str, float]:
    found = steps(business, facts, given_of(business, **changed))
    return {one.name: float(one.values[0]) for one in found}


def test_charging_by_hand():
    found = worked_out("charging")
    # 100 homes × 0.30 vehicles × 0.40 with a place − 5 that charge already
    assert found["new_vehicles"] == pytest.approx(7.0)
    # 1000 kVA for 7 kW × 0.20 at the same moment
    assert found["fitting_vehicles"] == pytest.approx(714.2857, abs=1e-3)
    # 7 × 2,000 kWh × 0.60 at home, at 0.18 CNY
    assert found[ENERGY] == pytest.approx(8400.0)
    assert found[VALUE] == pytest.approx(1512.0)
    assert found[BEYOND] == 0.0


def test_a_full_transformer_bears_no_more_vehicles_and_says_how_many_wait():
    full = replace(FACTS, open_kva=ONE * 5.6)
    found = worked_out("charging", full)
    assert found["counted_vehicles"] == pytest.approx(4.0)  # 5.6 kVA / 1.4 kW
    assert found[ENERGY] == pytest.approx(4 * 1200.0)
    assert found[BEYOND] == pytest.approx(3 * 1200.0)


def test_where_no_rating_is_known_all_of_them_count():
    unknown = replace(FACTS, open_kva=ONE * np.nan, solar_open_kw=ONE * np.nan)
    assert worked_out("charging", unknown)["counted_vehicles"] == pytest.approx(7.0)
    assert worked_out("solar", unknown)["counted_kw"] == pytest.approx(125.0)


def test_photovoltaics_by_hand():
    found = worked_out("solar")
    # 90 homes × 0.10 × 5 kW + 8 businesses × 0.25 × 40 kW
    assert found["wanted_kw"] == pytest.approx(45 + 80)
    assert found[ENERGY] == pytest.approx(125 * 1150)
    # half at 0.60, half at 0.35 CNY; 280 CNY a kW and year
    assert found["income_cny"] == pytest.approx(143_750 * 0.475)
    assert found[VALUE] == pytest.approx(143_750 * 0.475 - 35_000)


def test_storage_by_hand():
    found = worked_out("storage")
    assert found["daily_kwh"] == pytest.approx(60.0)  # 400 kWh × 0.15
    assert found["capacity_kwh"] == pytest.approx(60 / 1.35)  # 1.5 cycles × 0.9
    assert found[ENERGY] == pytest.approx(19_200.0)  # 320 days
    # 1.10 CNY less 0.43 / 0.86 CNY for a kWh; 130 CNY for a kWh of capacity
    assert found[VALUE] == pytest.approx(19_200 * (1.10 - 0.50) - 60 / 1.35 * 130)


def test_storage_takes_the_tariff_s_prices_before_those_assumed():
    own = worked_out("storage", dear_price_cny_per_kwh=9.0)
    assert own[VALUE] == pytest.approx(worked_out("storage")[VALUE])
    without = replace(FACTS, dear_price=ONE * np.nan, cheap_price=ONE * np.nan)
    assumed = worked_out("storage", without)
    assert assumed["income_cny"] == pytest.approx(19_200 * (1.05 - 0.33 / 0.86))


def test_electric_heating_by_hand():
    found = worked_out("heating")
    assert found["counted_homes"] == pytest.approx(8.0)  # 80 homes × 0.10
    assert found[ENERGY] == pytest.approx(19_200.0)
    assert found[VALUE] == pytest.approx(19_200 * 0.18)


def test_energy_service_earns_a_part_of_the_money_saved_and_loses_a_margin():
    found = worked_out("service")
    assert found[ENERGY] == pytest.approx(16_000.0)  # 1 GWh × 0.20 × 0.08
    assert found[VALUE] == pytest.approx(16_000 * (0.70 * 0.45 - 0.18))


def test_the_dearest_hours_of_a_price_that_never_changes_are_no_dearer():
    dear, cheap, hours = dearest(np.full(24, 0.5))
    assert dear == cheap == 0.5
    assert len(hours) == 4
    assert np.isnan(dearest(None)[0])


@pytest.mark.parametrize("business", BUSINESSES)
def test_every_number_of_the_arithmetic_stands_in_a_line(business: str):
    found = lines(business, FACTS, read_potential(shipped_potential())[business], "a_tariff")
    named = found.filter(pl.col("source") == "assumption")["step"].to_list()
    assert sorted(named) == sorted(FIELDS[business])
    assert found["step"].to_list()[-1] == VALUE
    # an assumption at its own base moves nothing: its ends lie on either side, or on one
    base = found.filter(pl.col("step") == VALUE)["figure"][0]
    for row in found.drop_nulls("low").iter_rows(named=True):
        lower, upper = sorted((row["value_at_low_cny"], row["value_at_high_cny"]))
        assert lower - 1e-6 <= base <= upper + 1e-6


AMOUNT = st.floats(0, 1e5)


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(BUSINESSES),
    st.lists(AMOUNT, min_size=12, max_size=12),
    st.sampled_from([ENERGY, VALUE]),
)
def test_the_range_holds_the_base_and_energy_is_never_negative(
    business: str, told: list[float], measure: str
):
    facts = AreaFacts(*(np.array([one, one / 2]) for one in told))
    ranges = read_potential(shipped_potential())[business]
    base = outcome(business, facts, given_of(business), measure)
    low, high = (extreme(business, facts, ranges, measure, sign) for sign in (-1, 1))
    assert (low <= base + 1e-6).all()
    assert (base <= high + 1e-6).all()
    if measure == ENERGY:
        assert (low >= 0).all()


def test_the_range_by_hand_has_every_assumption_at_its_worst():
    ranges = read_potential(shipped_potential())["charging"]
    low = extreme("charging", FACTS, ranges, VALUE, -1)[0]
    high = extreme("charging", FACTS, ranges, VALUE, 1)[0]
    # 100 × 0.15 × 0.30 = 4.5 vehicles would charge, 5 do already: nothing is to be won
    assert low == 0.0
    assert high == pytest.approx((100 * 0.50 * 0.60 - 5) * 2600 * 0.75 * 0.25)


def test_a_wider_assumption_makes_no_range_narrower():
    ranges = dict(read_potential(shipped_potential())["solar"])
    narrow = [extreme("solar", FACTS, ranges, VALUE, sign)[0] for sign in (-1, 1)]
    ranges["full_load_hours"] = Range(low=800, base=1150, high=1500)
    wide = [extreme("solar", FACTS, ranges, VALUE, sign)[0] for sign in (-1, 1)]
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_assumptions_are_written_and_read_again_the_same():
    assumed = read_potential(shipped_potential())
    assert set(assumed) == set(FIELDS)
    assert read_potential(potential_text(assumed)) == assumed


def test_a_changed_assumption_is_the_reader_s_own():
    assumed = read_potential(shipped_potential())
    own = with_values(
        assumed, "solar", {"home_kw": (4.0, 6.0, 9.0), "home_share": (0.03, 0.1, 0.2)}
    )
    assert own["solar"]["home_kw"] == Range(low=4, base=6, high=9, source="own")
    assert own["solar"]["home_share"].source == "memory"
    assert own["charging"] == assumed["charging"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[charging]\nvehicle_kwh = { low = 3, base = 2, high = 4 }", "not in order"),
        ("[charging]\nwheels = { low = 3, base = 4, high = 4 }", "'wheels'"),
        ("[gas]\nwheels = { low = 3, base = 4, high = 4 }", "'gas'"),
        ("[charging]\nhome_share = { low = 0.1, base = 0.2, high = 1.2 }", "expected 0 to 1"),
        ("[charging]\ncharger_kw = { low = 0, base = 7, high = 7 }", "divided"),
        ("[charging", "no TOML"),
    ],
)
def test_assumptions_that_cannot_be_used_are_named(text: str, said: str):
    with pytest.raises(PotentialError, match=said):
        read_potential(text)


@pytest.fixture(scope="module")
def utility(new_lake, register, take) -> Settings:
    settings = two_areas(new_lake(), register, take)
    register(
        settings,
        agreements=[
            {
                "agreement_id": "A-W",
                "usage_point_id": "W",
                "tariff_code": "industrial_commercial",
                "has_time_of_use": True,
                "valid_from": date(2020, 1, 1),
            }
        ],
    )
    return settings


ASKED = {
    "assumptions": shipped_potential(),
    "first_day": FIRST_DAY,
    "last_day": LAST_DAY,
}


def test_areas_are_ranked_and_add_up(utility: Settings):
    lake = open_lake(utility, EVERYTHING)
    found = potential(lake, **ASKED, kind="feeder")
    assert found["business"].unique(maintain_order=True).to_list() == list(BUSINESSES)
    for business in BUSINESSES:
        own = found.filter(pl.col("business") == business)
        parts, whole = own.head(-1), own.tail(1)
        assert whole["area_id"][0] == TOGETHER
        assert parts["value_cny"].to_list() == sorted(parts["value_cny"], reverse=True)
        for name in ("energy_kwh", "value_cny", "value_low_cny", "value_high_cny", "homes"):
            assert parts[name].sum() == pytest.approx(whole[name][0])
    homes = dict(found.filter(pl.col("business") == "charging").select("area_id", "homes").rows())
    assert homes == {"F-N": 3, "F-S": 2, TOGETHER: 5}


def test_the_works_hang_on_a_feeder_and_its_tariff_tells_the_spread(utility: Settings):
    lake = open_lake(utility, EVERYTHING)
    found = potential_steps(lake, **ASKED, kind="feeder", area_id="F-S", business="storage")
    by_step = {row["step"]: row for row in found.iter_rows(named=True)}
    price = by_step["tariff_dear_cny_per_kwh"]
    assert price["detail"] == "liaoning_industrial_commercial"
    assert price["figure"] > by_step["tariff_cheap_cny_per_kwh"]["figure"] > 0
    # 24 kW, of which the works take between 0.8 and 1.5 times, and a little for the cold
    assert 4 * 24 * 0.8 < by_step["dear_kwh"]["figure"] < 4 * 24 * 1.5 * 1.3
    region = potential(lake, **ASKED, kind="region").filter(pl.col("business") == "storage")
    feeder = potential(lake, **ASKED, kind="feeder").filter(pl.col("business") == "storage")
    south = region.filter(pl.col("area_id") == "south")["value_cny"][0]
    assert south == pytest.approx(feeder.filter(pl.col("area_id") == "F-S")["value_cny"][0])


def test_a_planner_of_one_region_is_shown_that_one_alone(utility: Settings):
    mine = open_lake(utility, Scope(user="n", role="planner", regions=frozenset({"north"})))
    assert set(potential(mine, **ASKED, kind="feeder")["area_id"]) == {"F-N", TOGETHER}
    with pytest.raises(QuestionError, match="F-S"):
        potential_steps(mine, **ASKED, kind="feeder", area_id="F-S", business="solar")


def test_a_business_or_kind_that_is_none_is_refused(utility: Settings):
    lake = open_lake(utility, EVERYTHING)
    with pytest.raises(QuestionError, match="gas"):
        potential_steps(lake, **ASKED, area_id="T-N", business="gas")
    with pytest.raises(QuestionError, match="street"):
        potential(lake, **ASKED, kind="street")  # type: ignore[arg-type]
