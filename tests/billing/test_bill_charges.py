"""Charges of Chinese bills over curves, worked by hand."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.billing.accounts import Accounts, Agreement
from queries.billing.calendars import known_calendars
from queries.billing.day_tags import DeclaredEvent
from queries.billing.demand_charge import InForce
from queries.billing.measured import DayRows
from queries.billing.pricing import price
from queries.billing.segments import months
from queries.billing.tariff_model import (
    CapacityCharge,
    DemandCharge,
    EnergyCharge,
    Factors,
    FixedCharge,
    Rate,
    TierRule,
)
from queries.billing.tier_resets import TierReset
from queries.billing.tiers import Allowance
from tests.billing.by_hand import JUNE, amounts, every_day, quantities, tariff, total

CALENDARS = known_calendars()
LIAONING_TIERS = EnergyCharge(
    "energy",
    "retail",
    (
        Rate(
            (Decimal("0.5"), Decimal("0.55"), Decimal("0.8")), None, (Decimal(2160), Decimal(4200))
        ),
    ),
    tiers=TierRule(TierReset("year")),
)
FLOATING = EnergyCharge(
    "energy",
    "purchase",
    (Rate((Decimal("0.4"),)),),
    calendar=CALENDARS["liaoning"],
    factors=(
        Factors(
            (
                ("sharp", Decimal("1.875")),
                ("peak", Decimal("1.5")),
                ("flat", Decimal(1)),
                ("valley", Decimal("0.5")),
            )
        ),
    ),
    price_decimals=4,
)


def on_days(first_day, last_day, kwh_of_day):
    """A curve with so many kWh in the first slot of every day."""
    days = [first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1)]
    units = np.zeros((1, len(days), 96), np.int64)
    units[0, :, 0] = [round(1000 * kwh_of_day(day)) for day in days]
    return DayRows.of(days, {"import": units}, 1000)


def test_a_beijing_year_of_5000_kwh_as_one_bill():
    """2,880 × 0.4883 + 1,920 × 0.5383 + 200 × 0.7883 = 1,406.30 + 1,033.54 + 157.66."""
    year = date(2023, 1, 1), date(2023, 12, 31)
    prices = Decimal("0.4883"), Decimal("0.5383"), Decimal("0.7883")
    charge = EnergyCharge(
        "energy",
        "retail",
        (Rate(prices, None, (Decimal(2880), Decimal(4800))),),
        tiers=TierRule(TierReset("year")),
    )
    load = on_days(*year, lambda day: 5000 if day == year[0] else 0)
    assert total(price(tariff(charge), load, [year])) == Decimal("2597.50")


def test_a_tier_is_crossed_in_the_middle_of_a_month():
    """2,000 kWh before June and 300 in it: 160 at 0.50, 140 at 0.55 = 157.00."""
    bill = price(
        tariff(LIAONING_TIERS),
        on_days(*JUNE, lambda _: 10),
        [JUNE],
        accounts=Accounts.of([Agreement(used_before_kwh=Decimal(2000))]),
    )
    assert amounts(bill) == {
        ("energy", None, 1, 0): Decimal("80.00"),
        ("energy", None, 2, 0): Decimal("77.00"),
    }


def test_a_cycle_that_starts_on_the_first_of_december_begins_again_there():
    """Guizhou: 2,990 before; November's 100: 10 + 90. December's 200 are in the first tier."""
    charge = EnergyCharge(
        "energy",
        "retail",
        (Rate((Decimal("0.4556"), Decimal("0.5056")), None, (Decimal(3000),)),),
        tiers=TierRule(TierReset("year", start_month=12)),
    )
    span = date(2024, 11, 1), date(2024, 12, 31)
    load = on_days(*span, lambda day: {1: 100 if day.month == 11 else 200}.get(day.day, 0))
    agreed = Accounts.of([Agreement(used_before_kwh=Decimal(2990))])
    bill = price(tariff(charge), load, months(*span), accounts=agreed)
    assert quantities(bill) == {
        ("energy", None, 1, 0): 10,
        ("energy", None, 2, 0): 90,
        ("energy", None, 1, 1): 200,
    }


def test_an_account_opened_in_may_has_eight_twelfths_of_the_limits():
    """2,160 × 8 / 12 = 1,440: of 1,500 kWh in May 60 are in the second tier."""
    may = date(2024, 5, 1), date(2024, 5, 31)
    agreed = Accounts.of([Agreement(allowance=Allowance(opened_on=date(2024, 5, 1)))])
    load = on_days(*may, lambda day: 1500 if day.day == 1 else 0)
    bill = price(tariff(LIAONING_TIERS), load, [may], accounts=agreed)
    assert quantities(bill) == {("energy", None, 1, 0): 1440, ("energy", None, 2, 0): 60}


def test_a_family_of_five_has_a_hundred_kwh_a_month_more_in_every_tier():
    """2,160 + 1,200 = 3,360."""
    year = date(2024, 1, 1), date(2024, 12, 31)
    agreed = Agreement(allowance=Allowance(extra_kwh_per_month=Decimal(100)))
    load = on_days(*year, lambda day: 3500 if day == year[0] else 0)
    bill = price(tariff(LIAONING_TIERS), load, [year], accounts=Accounts.of([agreed]))
    assert quantities(bill) == {("energy", None, 1, 0): 3360, ("energy", None, 2, 0): 140}


def test_a_shop_in_shenyang_over_a_week_in_july():
    """A kWh a quarter of an hour: sharp 17–19 (56), else peak (168), flat 224, valley 224 kWh.

    56 × 0.75 + 168 × 0.60 + 224 × 0.40 + 224 × 0.20 = 42.00 + 100.80 + 89.60 + 44.80.
    """
    week = date(2024, 7, 1), date(2024, 7, 7)
    bill = price(tariff(FLOATING), every_day(*week, 1000), [week])
    assert amounts(bill) == {
        ("energy", "sharp", None, 0): Decimal("42.00"),
        ("energy", "peak", None, 0): Decimal("100.80"),
        ("energy", "flat", None, 0): Decimal("89.60"),
        ("energy", "valley", None, 0): Decimal("44.80"),
    }


def test_half_past_seven_is_a_border_in_shenyang():
    """07:15–07:30 is flat, 07:30–07:45 peak."""
    week = date(2024, 7, 1), date(2024, 7, 7)
    day = np.zeros(96, np.int64)
    day[29], day[30] = 1000, 2000
    bill = price(tariff(FLOATING), every_day(*week, day), [week])
    assert quantities(bill) == {("energy", "flat", None, 0): 7, ("energy", "peak", None, 0): 14}


def test_the_hours_around_noon_of_the_spring_festival_are_a_deep_valley():
    """Zhejiang, 10:00: peak on 20 January 2025, deep valley from 28 January to 4 February."""
    calendar = CALENDARS["zhejiang"]
    charge = EnergyCharge(
        "energy",
        "retail",
        tuple(Rate((Decimal(n),), name) for n, name in enumerate(calendar.periods, 1)),
        calendar=calendar,
    )
    span = date(2025, 1, 20), date(2025, 2, 9)
    day = np.zeros(96, np.int64)
    day[40] = 1000
    bill = price(tariff(charge), every_day(*span, day), [span])
    found = {period: kwh for (_, period, _, _), kwh in quantities(bill).items()}
    assert found["deep_valley"] == 8
    assert sum(found.values()) == 21


def test_a_day_declared_hot_has_sharp_hours_in_guangdong():
    """20 May 2024, 11–12 and 15–17 are sharp only where 35 °C were declared the evening before."""
    calendar = CALENDARS["guangdong"]
    charge = EnergyCharge(
        "energy",
        "retail",
        tuple(Rate((Decimal(n),), name) for n, name in enumerate(calendar.periods, 1)),
        calendar=calendar,
    )
    day = date(2024, 5, 20)
    usual = every_day(day, day, 1000)
    declared = DeclaredEvent(
        "hot_day", day, "power dispatch", datetime(2024, 5, 19, 12, tzinfo=UTC)
    )
    hot = DayRows(usual.days, usual.energy_units, usual.per, events=(declared,))
    without, with_event = (
        {period: kwh for (_, period, _, _), kwh in quantities(one).items()}
        for one in (price(tariff(charge), load, [(day, day)]) for load in (usual, hot))
    )
    assert "sharp" not in without
    assert with_event["sharp"] == 12
    assert without["peak"] - with_event["peak"] == 12


def test_tiers_and_periods_of_a_household_add_up():
    """Zhejiang's form: tiers on all energy, ±differences on the energy of each period.

    2,760 before; 100 kWh in the month, 60 at peak (+0.03) and 40 in the valley (−0.25), all in the
    second tier (0.588): 58.80 + 1.80 − 10.00.
    """
    calendar = CALENDARS["liaoning"]
    charge = EnergyCharge(
        "energy",
        "retail",
        (
            Rate((Decimal("0.538"), Decimal("0.588")), None, (Decimal(2760),)),
            Rate((Decimal("0.03"),), "peak"),
            Rate((Decimal("-0.25"),), "valley"),
        ),
        calendar=calendar,
        tiers=TierRule(TierReset("year")),
    )
    day = np.zeros(96, np.int64)
    day[32], day[0] = 2000, 1333
    load = every_day(*JUNE, day)
    load.energy_units["import"][0, 0, 0] += 40_000 - 30 * 1333
    agreed = Accounts.of([Agreement(used_before_kwh=Decimal(2760))])
    bill = price(tariff(charge), load, [JUNE], accounts=agreed)
    assert amounts(bill) == {
        ("energy", None, 2, 0): Decimal("58.80"),
        ("energy", "peak", None, 0): Decimal("1.80"),
        ("energy", "valley", None, 0): Decimal("-10.00"),
    }


BY_CAPACITY = CapacityCharge("basic", "basic", Decimal("22.6"))


def test_twelve_days_of_suspension_take_twelve_thirtieths_of_the_month_off():
    """1,000 kVA on 18 of 30 days of June: 600 kVA·months at 22.6 = 13,560 CNY."""
    parts = (
        InForce(date(2024, 6, 1), date(2024, 6, 9), Decimal(1000)),
        InForce(date(2024, 6, 10), date(2024, 6, 21), Decimal(0)),
        InForce(date(2024, 6, 22), date(2024, 6, 30), Decimal(1000)),
    )
    agreed = Agreement(capacity_kva=Decimal(1000), capacity_parts=parts)
    bill = price(tariff(BY_CAPACITY), every_day(*JUNE, 0), [JUNE], accounts=Accounts.of([agreed]))
    assert quantities(bill) == {("basic", None, None, 0): 600}
    assert total(bill) == Decimal("13560.00")


def test_who_pays_by_demand_pays_none_for_days_on_which_all_was_suspended():
    """A maximum of 400 kW on 18 of 30 days: 240 kW·months at 30."""
    parts = (
        InForce(date(2024, 6, 1), date(2024, 6, 12), Decimal(0)),
        InForce(date(2024, 6, 13), date(2024, 6, 30), Decimal(1000)),
    )
    agreed = Agreement(choice="maximum", capacity_kva=Decimal(1000), capacity_parts=parts)
    charge = DemandCharge("basic", "basic", (Rate((Decimal(30),)),), choice="maximum")
    bill = price(tariff(charge), every_day(*JUNE, 100_000), [JUNE], accounts=Accounts.of([agreed]))
    assert quantities(bill) == {("basic", None, None, 0): 240}


@pytest.mark.parametrize("opened", [date(2024, 5, 20), date(2024, 6, 19)])
def test_a_basic_charge_begins_with_a_thirtieth_for_every_day(opened):
    """Opened with twelve days of the month to go, whether it has 30 or 31: 12 / 30 of 300 kVA."""
    span = opened, date(2024, opened.month, 31 if opened.month == 5 else 30)
    agreed = Accounts.of([Agreement(capacity_kva=Decimal(300), choice="capacity")])
    bill = price(tariff(BY_CAPACITY), every_day(*span, 0), [span], accounts=agreed)
    assert quantities(bill) == {("basic", None, None, 0): 120}


@settings(max_examples=40, deadline=None)
@given(
    cuts=st.sets(st.integers(1, 60), max_size=6),
    seed=st.integers(0, 2**32 - 1),
    used_before=st.integers(0, 5000),
)
def test_cutting_a_bill_where_nothing_changes_changes_nothing(cuts, seed, used_before):
    span = date(2024, 6, 1), date(2024, 7, 31)
    rng = np.random.default_rng(seed)
    days = [span[0] + timedelta(days=n) for n in range(61)]
    load = DayRows.of(days, {"import": rng.integers(0, 20_000, (1, 61, 96))}, 1000)
    agreed = Agreement(
        capacity_kva=Decimal(315),
        contract_kw=Decimal(200),
        used_before_kwh=Decimal(used_before),
        capacity_parts=(InForce(span[0], date(2024, 6, 20), Decimal(315)),),
    )
    charges = (
        LIAONING_TIERS,
        EnergyCharge("float", "purchase", *_float()),
        DemandCharge("demand", "basic", (Rate((Decimal(30),)),), option="contract_or_maximum"),
        BY_CAPACITY,
        FixedCharge("fixed", "other", Decimal("3.21")),
    )
    bills = [
        price(
            tariff(*charges),
            load,
            months(*span),
            accounts=Accounts.of([agreed]),
            cuts=[span[0] + timedelta(days=n) for n in at],
        )
        for at in (set(), cuts)
    ]
    assert amounts(bills[0]) == amounts(bills[1])
    assert quantities(bills[0]) == quantities(bills[1])


def _float():
    return FLOATING.rates, FLOATING.calendar, FLOATING.factors, FLOATING.price_decimals
