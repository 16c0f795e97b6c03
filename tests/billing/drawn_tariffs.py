"""Tariffs at random, and what a bill says in full."""

from decimal import Decimal

from hypothesis import strategies as st

from queries.billing.calendars import known_calendars
from queries.billing.lines import Priced
from queries.billing.tariff_model import (
    CapacityCharge,
    ContractRule,
    DemandCharge,
    EnergyCharge,
    Factors,
    FixedCharge,
    LoadRateDiscount,
    MinimumCharge,
    PercentageCharge,
    PowerFactorCharge,
    Ratchet,
    Rate,
    Tariff,
    TierRule,
    Version,
)
from queries.billing.tier_resets import TierReset


def said(priced: Priced) -> list[tuple]:
    """Everything a bill says, line by line."""
    said = []
    for line in priced.lines:
        places = range(priced.count) if line.accounts is None else line.accounts.tolist()
        said += [
            (
                line.bill,
                line.charge,
                line.period,
                line.tier,
                line.unit_price,
                place,
                line.quantity.fraction(number),
                line.amount.fraction(number),
            )
            for number, place in enumerate(places)
        ]
    return sorted(said, key=str)


_prices = st.decimals(Decimal(0), Decimal(3), places=4)


@st.composite
def _energy(draw: st.DrawFn, code: str) -> EnergyCharge:
    calendar = draw(st.none() | st.sampled_from(sorted(known_calendars())))
    known = None if calendar is None else known_calendars()[calendar]
    count = draw(st.integers(1, 3))
    limits = tuple(sorted(draw(st.lists(st.integers(0, 4000), min_size=count - 1, max_size=2))))
    limits = tuple(Decimal(limit) for limit in limits[: count - 1])

    def rate(period: str | None, tiers: int) -> Rate:
        prices = draw(st.lists(_prices, min_size=tiers, max_size=tiers))
        return Rate(tuple(prices), period, limits[: tiers - 1])

    meeting = draw(st.sampled_from(["additive", "pro_rata"]))
    every = draw(st.sampled_from(["month", "quarter", "year"]))
    tiers = TierRule(TierReset(every, draw(st.integers(1, 12))), meeting)  # type: ignore[arg-type]
    if known is None:
        return EnergyCharge(code, "retail", (rate(None, count),), tiers=tiers)
    if draw(st.booleans()):
        by_period = tuple((p, draw(_prices)) for p in known.periods)
        decimals = draw(st.none() | st.integers(2, 6))
        factors = (Factors(by_period),)
        base = (rate(None, 1),)
        return EnergyCharge(code, "purchase", base, known, factors, price_decimals=decimals)
    if meeting == "additive":
        rates = (rate(None, count), *(rate(period, 1) for period in known.periods))
    else:
        rates = tuple(rate(period, count) for period in known.periods)
        if "flat" not in known.periods:  # what an account without time of use pays
            rates = (rate(None, count), *rates)
    return EnergyCharge(code, "retail", rates, known, tiers=tiers)


@st.composite
def _demand(draw: st.DrawFn) -> DemandCharge:
    calendar = draw(st.none() | st.sampled_from(sorted(known_calendars())))
    known = None if calendar is None else known_calendars()[calendar]
    periods = (None,) if known is None else known.periods
    blocks = draw(st.integers(1, 2))
    rates = tuple(
        Rate(
            tuple(draw(st.lists(_prices, min_size=blocks, max_size=blocks))),
            period,
            (Decimal(3),)[: blocks - 1],
        )
        for period in periods
    )
    return DemandCharge(
        "demand",
        "basic",
        rates,
        known,
        option=draw(st.sampled_from(["maximum", "contract", "contract_or_maximum"])),
        contract=ContractRule(floor_share=Decimal("0.4")),
        discount=draw(st.none() | st.just(LoadRateDiscount(Decimal(90)))),
        ratchet=draw(st.none() | st.just(Ratchet(Decimal("0.8"), last_months=2))),
        quantity_decimals=draw(st.none() | st.integers(0, 2)),
    )


@st.composite
def tariffs(draw: st.DrawFn) -> Tariff:
    charges = [draw(_energy("first")), draw(_energy("second")), draw(_demand())]
    charges += [
        CapacityCharge("capacity", "basic", draw(_prices), None),
        PowerFactorCharge("factor", 90),
        FixedCharge("fixed", "other", draw(_prices), draw(st.sampled_from(["month", "day"]))),
        PercentageCharge("tax", "other", Decimal("0.05")),
        MinimumCharge("minimum", "other", Decimal(200)),
    ]
    return Tariff("drawn", "", "", (Version(tuple(charges)),))
