"""What is said of a customer first follows from its figures by rules."""

import pytest

from queries.customers.portrait_peer_rows import COMPARED
from queries.customers.portrait_traits import level, part_of_day, traits
from tests.customers.portrait_row import portrait_row


def _compared(portrait, **quartiles):
    return {name: (portrait[name], *quartiles.get(name, (None, None))) for name in COMPARED}


def _codes(quartiles=None, **values):
    portrait = portrait_row("P", **values)
    return [one.code for one in traits(portrait, _compared(portrait, **(quartiles or {})))]


def test_of_an_ordinary_home_nothing_is_worth_saying():
    assert _codes() == []


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"actual_share": 0.9}, "few_readings"),
        ({"heating_likelihood": 0.8}, "heating"),
        ({"vehicle_likelihood": 0.95}, "vehicle"),
        ({"solar_likelihood": 0.95}, "solar"),
        ({"capacity_use_share": 1.01}, "over_capacity"),
        ({"capacity_use_share": 0.3, "capacity_kva": 100.0}, "idle_capacity"),
        ({"power_factor": 0.84}, "low_power_factor"),
        ({"trend_share_per_year": 0.1, "trend_error_share": 0.04}, "grows"),
        ({"trend_share_per_year": -0.1, "trend_error_share": 0.04}, "shrinks"),
        ({"festival_status": "vacant"}, "festival_vacant_home"),
        (
            {"festival_status": "vacant", "customer_class": "commercial"},
            "festival_vacant_business",
        ),
        ({"festival_status": "returning"}, "festival_returning_home"),
        ({"regularity": 0.7}, "regular"),
        ({"regularity": 0.1}, "irregular"),
    ],
)
def test_one_thing_out_of_the_ordinary_is_said(values, code):
    assert _codes(**values) == [code]


@pytest.mark.parametrize(
    "values",
    [
        {"heating_likelihood": 0.79},
        {"capacity_use_share": 0.3, "capacity_kva": 8.0},
        {"trend_share_per_year": 0.1, "trend_error_share": 0.06},
        {"trend_share_per_year": 0.1, "trend_error_share": None},
        {"festival_status": "usual"},
    ],
)
def test_what_is_not_sure_or_does_not_matter_is_not_said(values):
    assert _codes(**values) == []


def test_cooling_is_said_where_it_is_more_than_three_quarters_of_the_class_have():
    usual = {"cooling_share": (0.05, 0.1)}
    assert _codes(usual, cooling_share=0.2, cooling_above_c=24.0) == ["cooling"]
    assert _codes(usual, cooling_share=0.09, cooling_above_c=24.0) == []
    assert _codes(usual, cooling_share=0.2, cooling_above_c=-5.0) == [], "a season of work"


def test_at_most_four_things_are_said_and_doubts_come_first():
    codes = _codes(
        actual_share=0.5,
        heating_likelihood=1.0,
        vehicle_likelihood=1.0,
        solar_likelihood=1.0,
        power_factor=0.5,
    )
    assert codes == ["few_readings", "heating", "vehicle", "solar"]


def test_how_much_is_used_is_told_by_the_quartiles_of_the_class():
    portrait = portrait_row("P", annual_kwh=100.0)
    for quartiles, said in (((50, 99), "more"), ((101, 200), "less"), ((100, 100), "alike")):
        assert level(_compared(portrait, annual_kwh=quartiles)) == said
    assert level(_compared(portrait)) == "alone"
    assert level(_compared(portrait_row("P", annual_kwh=None))) == "unknown"


def test_the_part_of_the_day_is_the_one_with_the_highest_mean_load():
    # A third of the energy in eight hours of the night is less an hour than a quarter in five.
    shares = {"night_share": 0.35, "morning_share": 0.25, "midday_share": 0.2, "evening_share": 0.2}
    assert part_of_day(portrait_row("P", **shares)) == "morning"
    assert part_of_day(portrait_row("P", **dict.fromkeys(shares))) is None
