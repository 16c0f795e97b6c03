"""Tiers by hours of use, ratchets of seasonal demands, minimums of a day: small bills by hand."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from queries.billing.calendar_model import Calendar, Window
from queries.billing.measured import DayRows
from queries.billing.pricing import price
from queries.billing.segments import months
from queries.billing.tariff_model import (
    DemandCharge,
    EnergyCharge,
    FixedCharge,
    MinimumCharge,
    Ratchet,
    Rate,
    Tariff,
    TierRule,
    Version,
)
from queries.billing.tier_resets import TierReset

BLOCKS = (Decimal(3000), Decimal(10000), Decimal(200), Decimal(400))
UNITS = ("kwh", "kwh", "kwh_per_kw", "kwh_per_kw")
PRICES = tuple(map(Decimal, ("0.12", "0.11", "0.10", "0.05", "0.04")))


def flat_load(kw_by_month, year=2018):
    """A steady load, hour by hour [kW, in units of 1 kWh]."""
    first = date(year, 1, 1)
    days = [first + timedelta(n) for n in range(365)]
    units = np.array([[kw_by_month[day.month - 1]] * 24 for day in days], np.int64)
    return DayRows.of(days, {"import": units[None]}, 1, country="US")


def bill(charges, load, first=date(2018, 1, 1), last=date(2018, 12, 31)):
    return price(Tariff("t", "", "", (Version(tuple(charges)),)), load, months(first, last))


def blocks(prices=PRICES, limits=BLOCKS, units=UNITS):
    return EnergyCharge(
        "e", "retail", (Rate(prices, None, limits, units),), tiers=TierRule(TierReset("month"))
    )


def quantities(priced, bill_number, charge="e"):
    return {
        line.tier: line.quantity.fraction(0)
        for line in priced.lines
        if line.charge == charge and line.bill == bill_number
    }


def test_hours_of_use_end_a_block_whatever_its_kwh():
    # 10 kW all January: 7,440 kWh. 200 h of use are 2,000 kWh, fewer than the first 3,000 kWh.
    priced = bill([blocks()], flat_load([10] * 12))
    assert quantities(priced, 0) == {1: 2000, 4: 2000, 5: 3440}


def test_blocks_in_kwh_come_first_where_the_demand_is_large():
    # 100 kW: 74,400 kWh; 200 h of use are 20,000 kWh, 400 h 40,000.
    priced = bill([blocks()], flat_load([100] * 12))
    assert quantities(priced, 0) == {1: 3000, 2: 7000, 3: 10000, 4: 20000, 5: 34400}


def test_a_limit_below_one_before_it_in_the_same_unit_is_refused():
    with pytest.raises(ValueError, match="fall"):
        blocks(limits=(Decimal(3000), Decimal(100), Decimal(200), Decimal(400)))


def test_every_limit_has_its_unit():
    with pytest.raises(ValueError, match="4 limits and 2 units"):
        blocks(units=("kwh", "kwh_per_kw"))


def test_a_ratchet_does_not_charge_a_summer_peak_in_winter():
    summer = frozenset({6, 7, 8, 9})
    calendar = Calendar(
        "seasons", "季节", "Seasons", "", "", (Window("summer", 0, 1440, summer),), "winter"
    )
    charge = DemandCharge(
        "d",
        "basic",
        (Rate((Decimal(10),), "summer"), Rate((Decimal(2),), "winter")),
        calendar,
        ratchet=Ratchet(Decimal("0.8")),
    )
    load = flat_load([10, 20, 10, 10, 10, 50, 100, 50, 50, 10, 10, 10])
    priced = bill([charge], load)
    found = {(line.bill, line.period): line.quantity.fraction(0) for line in priced.lines}
    winter = dict.fromkeys((0, 2, 3, 4, 9, 10, 11), 16) | {1: 20}
    assert found == {
        **{(month, "winter"): kw for month, kw in winter.items()},
        **{(month, "summer"): 80 for month in (5, 7, 8)},
        (6, "summer"): 100,
    }


def test_a_ratchet_over_less_than_a_year_says_that_it_does_not_know_the_months_before():
    charge = DemandCharge("d", "basic", (Rate((Decimal(1),)),), ratchet=Ratchet(Decimal("0.5")))
    priced = bill([charge], flat_load([1] * 12), last=date(2018, 3, 31))
    assert "of 3 months only those are known" in priced.warnings[0]


def test_a_minimum_of_a_day_is_owed_for_every_day():
    charges = [
        FixedCharge("f", "other", Decimal(5)),
        MinimumCharge("m", "other", Decimal(1), "day"),
    ]
    priced = bill(charges, flat_load([0] * 12), last=date(2018, 2, 28))
    assert priced.totals().tolist() == [[3100, 2800]]


def test_a_minimum_of_a_year_is_not_topped_up_before_the_year_is_over():
    priced = bill([MinimumCharge("m", "other", Decimal(120), "year")], flat_load([0] * 12))
    assert priced.totals()[0].tolist() == [0] * 11 + [12000]
    short = bill(
        [MinimumCharge("m", "other", Decimal(120), "year")],
        flat_load([0] * 12),
        last=date(2018, 2, 28),
    )
    assert short.totals().tolist() == [[0, 0]]
    assert "are not topped up" in short.warnings[0]


def test_net_billing_fills_the_tiers_with_what_is_left_of_each_interval():
    # Until noon 2 kWh an hour are used while 3 are fed in: only the afternoon's 2 kWh count.
    days = [date(2018, 1, 1) + timedelta(n) for n in range(31)]
    used = np.full((1, 31, 24), 2, np.int64)
    fed_in = np.zeros_like(used)
    fed_in[:, :, :12] = 3
    load = DayRows.of(days, {"import": used, "export": fed_in}, 1, country="US")
    halves = Calendar("h", "半日", "Halves", "", "", (Window("first", 0, 720),), "second")
    rates = tuple(
        Rate((Decimal("0.1"), Decimal("0.2")), period, (Decimal(100),))
        for period in ("first", "second")
    )
    charge = EnergyCharge(
        "e",
        "retail",
        rates,
        halves,
        tiers=TierRule(TierReset("month"), "chronological"),
        netting="interval",
    )
    priced = bill([charge], load, last=date(2018, 1, 31))
    assert quantities(priced, 0) == {1: 100, 2: 31 * 24 - 100}


def test_a_single_tier_with_differences_by_period_keeps_the_differences():
    halves = Calendar("h", "半日", "Halves", "", "", (Window("first", 0, 720),), "second")
    charge = EnergyCharge(
        "e",
        "retail",
        (Rate((Decimal("0.10"),)), Rate((Decimal("0.05"),), "first")),
        halves,
        tiers=TierRule(TierReset("month")),
    )
    priced = bill([charge], flat_load([10] * 12), last=date(2018, 1, 31))
    assert priced.totals().tolist() == [[74400 + 18600]]
