"""A tariff that changes, and accounts billed beside others: nothing is lost, nothing twice."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from queries.billing.accounts import Accounts, Agreement
from queries.billing.calendar_model import Calendar, Window
from queries.billing.measured import DayRows
from queries.billing.pricing import price
from queries.billing.segments import months
from queries.billing.tariff_model import (
    CapacityCharge,
    CreditCharge,
    DemandCharge,
    EnergyCharge,
    MinimumCharge,
    PercentageCharge,
    PowerFactorCharge,
    Rate,
    Tariff,
    TierRule,
    Version,
)
from queries.billing.tier_resets import TierReset

JANUARY = (date(2024, 1, 1), date(2024, 1, 31))
FEBRUARY = (date(2024, 2, 1), date(2024, 2, 29))
BOTH = (JANUARY, FEBRUARY)


def load(*, reactive: int = 0, accounts: int = 1, wh: int = 10, exports: int = 0) -> DayRows:
    """``wh`` every quarter of an hour of January and February."""
    days = [JANUARY[0] + timedelta(n) for n in range(60)]
    imported = np.full((accounts, 60, 96), wh, np.int64)
    channels = {"import": imported}
    if reactive:
        channels["reactive_import"] = np.full_like(imported, reactive)
    if exports:
        exported = np.zeros_like(imported)
        exported[:, :31] = exports
        channels |= {"import": np.where(exported > 0, 0, imported), "export": exported}
    return DayRows.of(days, channels, 1000)


def changing(on: date, before: tuple, after: tuple) -> Tariff:
    return Tariff("t", "", "", (Version(before), Version(after, on)))


def energy(text: str, **more: object) -> EnergyCharge:
    return EnergyCharge("energy", "retail", (Rate((Decimal(text),)),), **more)  # type: ignore[arg-type]


def demand(text: str, code: str = "demand", **more: object) -> DemandCharge:
    return DemandCharge(code, "basic", (Rate((Decimal(text),)),), **more)  # type: ignore[arg-type]


def owed(priced) -> list[Decimal]:
    return [Decimal(int(fen)).scaleb(-2) for fen in priced.totals()[0]]


def test_what_is_taken_of_other_lines_follows_the_new_price() -> None:
    # 29.76 and 27.84 kWh; as much reactive energy: a factor of 0.71, 19 below 0.90: +9.5 %.
    rest = (
        PowerFactorCharge("factor", 90),
        PercentageCharge("tax", "other", Decimal("0.1")),
        MinimumCharge("minimum", "other", Decimal(1)),
    )
    tariff = changing(FEBRUARY[0], (energy("5"), *rest), (energy("6"), *rest))
    priced = price(tariff, load(reactive=10), BOTH)
    named = [(line.bill, line.charge) for line in priced.lines]
    assert named == [(b, c) for b in (0, 1) for c in ("energy", "factor", "tax")]
    # 148.80 × 1.095 × 1.1 and 167.04 × 1.095 × 1.1, rounded line by line
    assert owed(priced) == [Decimal("179.23"), Decimal("201.20")]


def test_a_demand_has_its_own_price_before_and_after_the_change() -> None:
    tariff = changing(FEBRUARY[0], (demand("40"),), (demand("50"),))
    priced = price(tariff, load(wh=250), BOTH)  # 1 kW
    assert owed(priced) == [40, 50]
    assert [int(priced.demand["demand"][1].fraction(0, n)) for n in (0, 1)] == [1, 1]


def test_a_share_is_taken_of_the_days_it_holds_and_a_minimum_of_the_whole_bill() -> None:
    # 16 and 15 days of January: 15.36 and 14.40 kWh at 10.
    shares = [(energy("10"), PercentageCharge("tax", "other", Decimal(s))) for s in ("0.1", "0.2")]
    priced = price(changing(date(2024, 1, 17), *shares), load(), [JANUARY])
    assert owed(priced) == [Decimal("153.60") * Decimal("1.1") + Decimal("144.00") * Decimal("1.2")]
    least = [(energy("10"), MinimumCharge("m", "other", Decimal(n))) for n in (1000, 1200)]
    priced = price(changing(date(2024, 1, 17), *least), load(), [JANUARY])
    assert owed(priced) == [Decimal("1096.77")]  # 16/31 × 1,000 + 15/31 × 1,200 = 1,096.774


def test_credit_of_net_metering_outlives_a_change_of_price() -> None:
    # 744 kWh are fed in in January, 696 used in February.
    charges = [(energy(p, netting="month"),) for p in ("0.50", "0.51")]
    priced = price(changing(FEBRUARY[0], *charges), load(wh=250, exports=250), BOTH)
    assert owed(priced) == [0, 0]


def test_a_price_that_changes_leaves_the_capacity_a_whole_month() -> None:
    charges = [(CapacityCharge("c", "basic", Decimal(p), None),) for p in ("30", "30.01")]
    accounts = Accounts.alike(1, Agreement(capacity_kva=Decimal(100)))
    priced = price(changing(date(2024, 2, 15), *charges), load(), [FEBRUARY], accounts=accounts)
    assert sum(line.quantity.fraction(0) for line in priced.lines) == 100


def test_free_energy_is_no_more_than_was_used_whatever_changes() -> None:
    charges = [(CreditCharge("free", "retail", price=Decimal(p)),) for p in ("0.5", "0.6")]
    accounts = Accounts.alike(1, Agreement(free_kwh_per_month=Decimal(40)))
    tariff = changing(date(2024, 1, 17), *charges)
    priced = price(tariff, load(), [JANUARY], accounts=accounts)
    assert sum(line.quantity.fraction(0) for line in priced.lines) == Decimal("29.76")


def test_the_highest_days_of_a_bill_are_looked_for_in_all_of_it() -> None:
    five = Tariff("t", "", "", (Version((demand("10", highest_days=5),)),))
    whole = price(five, load(wh=25_000), [JANUARY])
    cut = price(five, load(wh=25_000), [JANUARY], cuts=[date(2024, 1, day) for day in (4, 7, 30)])
    assert owed(whole) == owed(cut) == [1000]


def test_hours_of_use_are_those_of_the_account_whoever_is_billed_beside_it() -> None:
    hours = EnergyCharge(
        "energy",
        "retail",
        (Rate((Decimal(1), Decimal("0.5")), None, (Decimal(200),)),),
        tiers=TierRule(TierReset("month"), unit="kwh_per_kw"),
    )
    basic = (
        demand("0", "contract", option="contract", choice="contract"),
        demand("0", "maximum", choice="maximum"),
    )
    tariff = Tariff("t", "", "", (Version((*basic, hours)),))
    mine, other = Agreement(choice="maximum"), Agreement(choice="contract", contract_kw=Decimal(2))
    # 744 kWh at 1 kW: 200 hours at 1, the rest at 0.5
    alone = price(tariff, load(wh=250), [JANUARY], accounts=Accounts.of([mine]))
    beside = price(tariff, load(wh=250, accounts=2), [JANUARY], accounts=Accounts.of([other, mine]))
    assert alone.totals()[0].tolist() == beside.totals()[1].tolist() == [47200]
    assert beside.totals()[0].tolist() == [57200]  # 400 kWh at 1


def test_without_reactive_readings_nobody_is_rewarded() -> None:
    rows = load(reactive=1, accounts=2, wh=1000)
    rows.energy_units["reactive_import"][1] = 0
    tariff = Tariff("t", "", "", (Version((energy("1"), PowerFactorCharge("factor", 90))),))
    priced = price(tariff, rows, [JANUARY])
    first, second = priced.totals()[:, 0].tolist()
    assert (first, second) == (297_600 - 2232, 297_600)  # −0.75 %
    assert priced.warnings == [
        "The power factor is not adjusted where no reactive energy was read."
    ]


@pytest.mark.parametrize(
    ("terms", "fen"),
    [
        ({}, 14_880),
        ({"purchase_times": Decimal("1.5")}, 22_320),
        ({"own_prices": (("purchase", "2024-01", Decimal("0.1")),)}, 2976),
    ],
)
def test_prices_by_period_follow_the_terms_of_the_purchase(terms: dict, fen: int) -> None:
    noon = Window("peak", 12 * 60, 13 * 60, priority=1)
    calendar = Calendar("noon", "", "", "", "", (noon,), remainder="flat")
    rates = tuple(Rate((Decimal("0.5"),), period) for period in ("peak", "flat"))
    charge = EnergyCharge("energy", "purchase", rates, calendar)
    tariff = Tariff("t", "", "", (Version((charge,)),))
    accounts = Accounts.alike(1, Agreement(**terms))
    priced = price(tariff, load(wh=100), [JANUARY], accounts=accounts)
    assert priced.totals().tolist() == [[fen]]


def test_the_days_of_a_tariff_add_up_over_its_versions() -> None:
    changes = [FEBRUARY[0] + timedelta(n) for n in (0, 9)]
    versions = [Version((energy(p),), d) for p, d in zip(("2", "3"), changes, strict=True)]
    tariff = Tariff("t", "", "", (Version((energy("1"),)), *versions))
    priced = price(tariff, load(), months(JANUARY[0], FEBRUARY[1]))
    kwh = [line.quantity.fraction(0) for line in priced.lines]
    assert kwh == [Decimal("29.76"), Decimal("8.64"), Decimal("19.2")]
