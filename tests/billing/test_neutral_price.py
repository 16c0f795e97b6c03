"""The price that leaves revenue as it is."""

from decimal import Decimal

import pytest

from queries.billing.lab import tariff_of
from queries.billing.neutral_price import neutral_price
from queries.billing.simulation_summary import simulation_summary
from queries.billing.tariff_model import EnergyCharge, Rate, TierRule
from queries.billing.tariff_presets import dearer_peak, midday_valley, wider_peak
from queries.billing.tariff_simulation import READS
from queries.billing.tariff_text import write_tariff
from queries.billing.tariffs import known_tariffs
from queries.billing.tier_resets import TierReset
from queries.lake import open_lake
from queries.run import QuestionError
from queries.scope import EVERYTHING
from tests.billing.by_hand import flat, tariff
from tests.billing.small_lakes import WINTER

DAYS = {"first_day": WINTER[0], "last_day": WINTER[1]}
SHOPS = known_tariffs()["liaoning_industrial_commercial"]
TRADE = {"price_classes": ("industrial_commercial", "industrial_commercial_two_part")}
FEN = Decimal("0.01")


@pytest.fixture
def lake(street_settings):
    return open_lake(street_settings, EVERYTHING, reads=READS)


PRESETS = pytest.mark.parametrize("preset", [wider_peak, dearer_peak, midday_valley])
CHARGES = pytest.mark.parametrize("charge", ["purchase", "transmission"])


@PRESETS
@CHARGES
def test_the_neutral_price_of_shops_leaves_less_than_a_fen_an_account(lake, preset, charge):
    text = write_tariff(preset(SHOPS))
    shops = {"price_classes": (SHOPS.price_class,)}
    [row] = neutral_price(lake, tariff=text, charge=charge, **DAYS, **shops).rows(named=True)
    assert abs(row["difference_cny"]) < FEN * 3


@PRESETS
@CHARGES
def test_what_is_left_is_what_the_last_decimal_and_the_rounding_of_lines_leave(
    lake, preset, charge
):
    text = write_tariff(preset(SHOPS))
    [row] = neutral_price(lake, tariff=text, charge=charge, **DAYS, **TRADE).rows(named=True)
    [summary] = simulation_summary(lake, tariffs=(row["tariff_text"],), **DAYS, **TRADE).rows(
        named=True
    )
    # The bill under the text that comes back is the one reported.
    assert (summary["revenue_cny"], summary["now_cny"]) == (row["revenue_cny"], row["now_cny"])
    assert summary["change_cny"] == row["difference_cny"]
    # Half of the sixth decimal at twice the price, and half a fen a line: 4 accounts, 2 months, up
    # to 4 periods of the one charge.
    left = summary["energy_kwh"] * 0.5e-6 * 2 + 0.005 * 4 * 2 * 4
    assert abs(float(row["difference_cny"])) < left


def test_one_price_that_brings_in_the_same_is_revenue_over_energy(lake):
    text = write_tariff(tariff(flat("0.30")))
    farms = {"price_classes": ("agricultural",)}
    [row] = neutral_price(lake, tariff=text, charge="energy", **DAYS, **farms).rows(named=True)
    assert row["price_cny_per_kwh"] == Decimal("0.490000")
    assert row["before_cny_per_kwh"] == Decimal("0.300000")
    assert row["difference_cny"] == 0


def test_the_present_tariff_is_neutral_as_it_is(lake):
    farms = {"price_classes": ("agricultural",)}
    [row] = neutral_price(
        lake, tariff="liaoning_agricultural", charge="energy", **DAYS, **farms
    ).rows(named=True)
    assert row["price_cny_per_kwh"] == row["before_cny_per_kwh"]
    assert row["difference_cny"] == 0


def test_tiers_move_together(lake):
    homes = {"customer_class": "residential"}
    text = write_tariff(known_tariffs()["liaoning_residential"]).replace("0.5000", "0.4000")
    [row] = neutral_price(lake, tariff=text, charge="energy", **DAYS, **homes).rows(named=True)
    # All of it is in the first tier; the steps to the second and third stay 0.15 and 0.40.
    assert row["price_cny_per_kwh"] == Decimal("0.500000")
    [energy, *_] = tariff_of(row["tariff_text"]).versions[0].charges
    assert isinstance(energy, EnergyCharge)
    assert energy.rates[0].prices == (Decimal("0.5"), Decimal("0.65"), Decimal("0.9"))


def test_limits_of_different_units_keep_them(lake):
    limits, units = (Decimal(3000), Decimal(200)), ("kwh", "kwh_per_kw")
    rate = Rate((Decimal("0.3"), Decimal("0.4"), Decimal("0.2")), limits=limits, units=units)
    tiered = tariff(
        flat("0.10"), EnergyCharge("steps", "other", (rate,), tiers=TierRule(TierReset("month")))
    )
    farms = {"price_classes": ("agricultural",)}
    [row] = neutral_price(lake, tariff=write_tariff(tiered), charge="steps", **DAYS, **farms).rows(
        named=True
    )
    [_, moved] = tariff_of(row["tariff_text"]).versions[0].charges
    assert isinstance(moved, EnergyCharge)
    assert moved.rates[0].units == units


@pytest.mark.parametrize(
    ("charge", "period", "said"),
    [
        ("moon", None, "has no price of charge 'moon' for period None; .*purchase"),
        ("purchase", "sharp", "has no price of charge 'purchase' for period sharp"),
    ],
)
def test_a_price_that_is_not_there_is_named_with_those_that_are(lake, charge, period, said):
    with pytest.raises(QuestionError, match=said):
        neutral_price(lake, tariff=SHOPS.code, charge=charge, period=period, **DAYS)


def test_a_price_that_nobody_pays_is_refused(lake):
    farms = {"price_classes": ("agricultural",)}
    with pytest.raises(QuestionError, match="nobody of the selection pays it"):
        neutral_price(lake, tariff=SHOPS.code, charge="feed_in", **DAYS, **farms)


def test_a_price_below_zero_is_refused(lake):
    tax = EnergyCharge("tax", "other", (Rate((Decimal(2),)),))
    text = write_tariff(tariff(flat("0.30"), tax))
    farms = {"price_classes": ("agricultural",)}
    with pytest.raises(QuestionError, match="below zero"):
        neutral_price(lake, tariff=text, charge="energy", **DAYS, **farms)
