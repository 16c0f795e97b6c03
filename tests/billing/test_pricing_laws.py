"""Laws of every bill, whatever the tariff and the load."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.billing.accounts import Accounts, Agreement
from queries.billing.calendar_model import Calendar, Window
from queries.billing.lines import Priced
from queries.billing.measured import DayRows
from queries.billing.pricing import price
from queries.billing.segments import months
from queries.billing.tariff_model import (
    CreditCharge,
    EnergyCharge,
    Rate,
    Tariff,
    TierRule,
    Version,
)
from queries.billing.tier_resets import TierReset
from tests.billing.drawn_tariffs import tariffs

FIRST_DAY, LAST_DAY = date(2025, 1, 20), date(2025, 4, 8)
BILLS = months(FIRST_DAY, LAST_DAY)
DAYS = tuple(FIRST_DAY + timedelta(n) for n in range((LAST_DAY - FIRST_DAY).days + 1))
_SOON = settings(max_examples=40, deadline=None)
_KWH = st.integers(0, 5000).map(Decimal)


def _load(seed: int, accounts: int = 2) -> DayRows:
    rng = np.random.default_rng(seed)
    imported = rng.integers(0, 3000, (accounts, len(DAYS), 96))
    channels = {"import": imported, "reactive_import": imported // 3, "export": imported // 7}
    return DayRows.of(DAYS, channels, 1000)


def _fen(priced: Priced) -> list[list[int]]:
    return priced.totals().tolist()


def _energy(*rates: Rate, **more: object) -> Tariff:
    return Tariff("t", "", "", (Version((EnergyCharge("e", "retail", rates, **more),)),))  # type: ignore[arg-type]


@given(tariffs(), st.integers(0, 9))
@_SOON
def test_months_billed_one_by_one_are_those_billed_together(tariff: Tariff, seed: int) -> None:
    # Tiers of a year, quarters and ratchets look beyond a month: told what was used before, or off.
    charges = tuple(
        replace(c, tiers=TierRule(TierReset("month"), c.tiers.meeting))
        if isinstance(c, EnergyCharge) and c.tiers
        else replace(c, ratchet=None)
        if c.kind == "demand"
        else c
        for c in tariff.versions[0].charges
    )
    tariff = replace(tariff, versions=(Version(charges),))
    load = _load(seed)
    together = _fen(price(tariff, load, BILLS))
    alone = [_fen(price(tariff, load, [bill])) for bill in BILLS]
    assert together == np.concatenate(alone, axis=1).tolist()


@given(st.integers(0, 9), st.decimals(0, 2, places=4), st.lists(_KWH, min_size=2, max_size=2))
@_SOON
def test_one_period_and_equal_tiers_are_a_flat_price(
    seed: int, one: Decimal, limits: list[Decimal]
) -> None:
    load = _load(seed)
    flat = price(_energy(Rate((one,))), load, BILLS)
    window = Window("flat", 0, 1440)
    whole_day = Calendar("whole", "", "", "", "", (window,))
    by_time = price(_energy(Rate((one,), "flat"), calendar=whole_day), load, BILLS)
    assert _fen(by_time) == _fen(flat)
    equal = Rate((one,) * 3, None, tuple(sorted(limits)))
    for every in ("month", "year"):
        tiered = price(_energy(equal, tiers=TierRule(TierReset(every))), load, BILLS)
        # Each line is rounded by itself: three tiers of a price are off by a fen at most.
        assert abs(np.array(_fen(tiered)) - _fen(flat)).max() <= 1
        unrounded = price(_energy(equal, tiers=TierRule(TierReset(every))), load, BILLS, decimals=9)
        exact = price(_energy(Rate((one,))), load, BILLS, decimals=9)
        assert _fen(unrounded) == _fen(exact)


@given(st.integers(0, 9), st.lists(_KWH, min_size=1, max_size=2), _KWH)
@_SOON
def test_however_tiers_meet_periods_all_energy_is_billed_and_every_tier_is_as_full(
    seed: int, limits: list[Decimal], used: Decimal
) -> None:
    evening = Window("peak", 17 * 60, 22 * 60, priority=1)
    calendar = Calendar("evening", "", "", "", "", (evening,), remainder="flat")
    limits = sorted(limits)
    prices = tuple(Decimal(n) for n in range(1, len(limits) + 2))
    accounts = Accounts.alike(2, Agreement(used_before_kwh=used))
    load = _load(seed)
    by_tier = []
    for meeting in ("pro_rata", "chronological"):
        rates = [Rate(prices, period, tuple(limits)) for period in ("peak", "flat")]
        rule = TierRule(TierReset("quarter"), meeting)  # type: ignore[arg-type]
        tariff = _energy(*rates, calendar=calendar, tiers=rule)
        found = np.zeros((2, len(prices)))
        for line in price(tariff, load, BILLS, accounts=accounts).lines:
            assert line.tier is not None
            found[:, line.tier - 1] += line.quantity.floats()
        by_tier.append(found)
    assert by_tier[0].sum() == pytest.approx(load.energy_units["import"].sum() / 1000, rel=1e-12)
    # Pro rata is cut to whole watt-hours: a line of a period is off by less than one.
    assert by_tier[0] == pytest.approx(by_tier[1], abs=0.001 * 2 * len(BILLS))


def test_pro_rata_and_chronological_by_hand() -> None:
    # 100 kWh in the valley, then 150 at peak, then 50 in the valley; the first tier holds 200.
    energy = np.zeros((1, 1, 96), np.int64)
    energy[0, 0, [0, 48, 92]] = 100_000, 150_000, 50_000
    load = DayRows.of([FIRST_DAY], {"import": energy}, 1000)
    noon = Window("peak", 12 * 60, 13 * 60, priority=1)
    calendar = Calendar("noon", "", "", "", "", (noon,), remainder="valley")
    prices, limits = (Decimal(1), Decimal(2)), (Decimal(200),)
    billed = {}
    for meeting in ("pro_rata", "chronological"):
        rates = [Rate(prices, period, limits) for period in ("peak", "valley")]
        rule = TierRule(TierReset("month"), meeting)  # type: ignore[arg-type]
        tariff = _energy(*rates, calendar=calendar, tiers=rule)
        lines = price(tariff, load, [(FIRST_DAY, FIRST_DAY)]).lines
        billed[meeting] = {(x.tier, x.period): int(x.quantity.fraction(0)) for x in lines}
    assert billed["chronological"] == {
        (1, "valley"): 100,
        (1, "peak"): 100,
        (2, "valley"): 50,
        (2, "peak"): 50,
    }
    assert billed["pro_rata"] == {
        (1, "peak"): 100,
        (1, "valley"): 100,
        (2, "peak"): 50,
        (2, "valley"): 50,
    }


def test_a_household_on_welfare_has_no_more_free_energy_than_it_used() -> None:
    credit = CreditCharge("free", "retail", price=Decimal("0.5"))
    tariff = Tariff("t", "", "", (Version((credit,)),))
    used = np.zeros((2, 1, 96), np.int64)
    used[:, 0, 0] = 8_000, 90_000
    load = DayRows.of([FIRST_DAY], {"import": used}, 1000)
    accounts = Accounts.alike(2, Agreement(free_kwh_per_month=Decimal(310)))
    # One day of January is 1/31 of a month: 10 kWh.
    priced = price(tariff, load, [(FIRST_DAY, FIRST_DAY)], accounts=accounts)
    assert _fen(priced) == [[-400], [-500]]
