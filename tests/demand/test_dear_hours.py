"""Dear and cheap hours on top of any tariff."""

from datetime import date
from decimal import Decimal

import pytest

from queries.billing.as_in_force import as_in_force
from queries.billing.errors import EditError
from queries.billing.lab import tariff_of
from queries.billing.prices import PriceTerms
from queries.billing.tariff_text import write_tariff
from queries.billing.tariffs import known_tariffs
from queries.demand.dear_hours import Hours, with_dear_hours
from queries.demand.slot_prices import slot_prices
from tests.billing.by_hand import tariff

JANUARY, JULY = date(2025, 1, 15), date(2025, 7, 15)
EVENING = Hours(18 * 60, 20 * 60, Decimal(4), frozenset({1}))
NIGHT = Hours(23 * 60, 6 * 60, Decimal("0.5"))
TAKEN = [
    "liaoning_residential",
    "anhui_residential",
    "shenzhen_residential",
    "liaoning_industrial_commercial",
    "liaoning_agricultural",
]


def prices(one, day):
    held = as_in_force(one, JANUARY, JULY)
    return slot_prices(held, [day], PriceTerms(), "CN")[0]


def test_a_household_of_one_price_has_a_dear_evening_in_january_alone():
    made = with_dear_hours(known_tariffs()["liaoning_residential"], EVENING, NIGHT)
    winter, summer = prices(made, JANUARY), prices(made, JULY)
    assert winter[72:80] == pytest.approx(2.0)
    assert summer[72:80] == pytest.approx(0.5)
    for day in (winter, summer):
        assert day[:24] == pytest.approx(0.25)
        assert day[92:] == pytest.approx(0.25)
        assert day[24:72] == pytest.approx(0.5)


@pytest.mark.parametrize("code", TAKEN)
def test_only_the_hours_named_get_another_price(code):
    before = known_tariffs()[code]
    made = with_dear_hours(before, EVENING)
    old, new = prices(before, JANUARY), prices(made, JANUARY)
    assert (new[72:80] > old[72:80]).all()
    assert new[:72] == pytest.approx(old[:72])
    assert new[80:] == pytest.approx(old[80:])
    assert prices(made, JULY) == pytest.approx(prices(before, JULY))


@pytest.mark.parametrize("code", TAKEN)
def test_it_can_be_written_down_and_read_again(code):
    made = with_dear_hours(known_tariffs()[code], EVENING, NIGHT)
    read = tariff_of(write_tariff(made))
    assert prices(read, JANUARY) == pytest.approx(prices(made, JANUARY))


def test_no_hours_are_no_change_and_no_price_is_an_error():
    home = known_tariffs()["liaoning_residential"]
    assert with_dear_hours(home, None) is home
    with pytest.raises(EditError):
        with_dear_hours(tariff(), EVENING)
