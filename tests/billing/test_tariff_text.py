"""Tariffs written as text are read again as they were."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from queries.billing.calendar_model import Calendar, Ratio, Window
from queries.billing.calendars import known_calendars
from queries.billing.errors import TariffError
from queries.billing.tariff_file import read_tariffs
from queries.billing.tariff_model import (
    COMPONENTS,
    CapacityCharge,
    ContractRule,
    CreditCharge,
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
from queries.billing.tariff_text import write_tariff
from queries.billing.tier_resets import TierReset

CALENDARS = known_calendars()


def test_prices_are_exact():
    assert "0.5000" in write_tariff(
        Tariff(
            "a", "", "", (Version((EnergyCharge("e", "retail", (Rate((Decimal("0.5000"),)),)),)),)
        )
    )


def test_a_calendar_that_comes_with_fenggu_is_named_and_not_written():
    rate = Rate((Decimal("0.5"),))
    factors = Factors(tuple((p, Decimal(1)) for p in CALENDARS["liaoning"].periods))
    charge = EnergyCharge("e", "purchase", (rate,), CALENDARS["liaoning"], (factors,))
    assert "[[calendar]]" not in write_tariff(Tariff("a", "", "", (Version((charge,)),)))


def test_two_calendars_of_one_code_cannot_be_written():
    own = CALENDARS["liaoning"]
    other = replace(own, certainty="none")
    rate = (Rate((Decimal("0.5"),)),)
    charges = (EnergyCharge("a", "retail", rate, own), EnergyCharge("b", "retail", rate, other))
    with pytest.raises(TariffError, match="charge 'b' has another calendar 'liaoning'"):
        write_tariff(Tariff("t", "", "", (Version(charges),)))


# Random tariffs, as a file may hold them.

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
NUMBERS = st.decimals(-9999, 9999, places=6)
ABOVE = st.decimals(0, 99999, places=2)
SHARES = st.decimals(0, 1, places=3)
MONTHS = st.frozensets(st.integers(1, 12), min_size=1)
COMPONENT = st.sampled_from(sorted(COMPONENTS))
UNIT = st.sampled_from(["kwh", "kwh_per_kw", "kwh_per_day", "kwh_per_kw_day"])
CHOICE = st.sampled_from([None, "capacity", "contract", "maximum"])


@st.composite
def own_calendars(draw):
    """Three windows round the clock, with whatever else a calendar may have."""
    cuts = sorted(draw(st.sets(st.integers(0, 95), min_size=3, max_size=3)))
    spans = zip(cuts, [*cuts[1:], cuts[0]], strict=True)
    windows = [
        Window(period, begin * 15, end * 15)
        for period, (begin, end) in zip(("peak", "own_period", "valley"), spans, strict=True)
    ]
    months, tags = draw(MONTHS), draw(st.sampled_from(["rest_day", "break:labor_day", "event:x"]))
    windows.append(Window("peak", 600, 1440, months, frozenset({tags}), priority=2))
    ratio = Ratio(draw(st.text()), months, (("peak", Decimal("1.5")),), draw(st.text()))
    return Calendar(
        draw(NAMES.filter(lambda code: code not in CALENDARS)),
        draw(st.text()),
        draw(st.text()),
        draw(st.text()),
        draw(st.text()),
        tuple(windows),
        remainder=draw(st.sampled_from([None, "flat"])),
        effective=draw(st.none() | st.dates()),
        doubts=tuple(draw(st.lists(st.text(), max_size=2))),
        ratios=(ratio,) if draw(st.booleans()) else (),
        rounding=draw(st.text()),
    )


@st.composite
def tiered(draw, period=None):
    """A rate of one to three tiers."""
    limits = sorted(draw(st.lists(ABOVE, max_size=2)))
    prices = draw(st.lists(NUMBERS, min_size=len(limits) + 1, max_size=len(limits) + 1))
    units = draw(st.tuples(*(UNIT for _ in limits)) | st.just(()))
    return Rate(tuple(prices), period, tuple(limits), units)


@st.composite
def tier_rules(draw, meeting):
    starts = sorted(draw(st.sets(st.dates(), max_size=2)))
    every = draw(st.sampled_from(["day", "month", "bill_cycle", "quarter", "year"]))
    reset = TierReset(
        every, draw(st.integers(1, 12)), draw(st.integers(1, 31)), cycle_starts=tuple(starts)
    )
    return TierRule(reset, meeting, draw(UNIT), draw(st.integers(0, 3)))


@st.composite
def factors_of(draw, periods):
    """Factors of all periods in all months, cut in two seasons."""
    summer = draw(MONTHS)
    winter = frozenset(range(1, 13)) - summer
    return tuple(
        Factors(tuple((period, draw(ABOVE)) for period in periods), season)
        for season in (summer, winter)
        if season
    )


@st.composite
def energy_charges(draw, calendar):
    """One of the five ways in which a price may be given."""
    periods = calendar.periods
    way = draw(st.sampled_from(["flat", "tiers", "additive", "periods", "floats", "posted"]))
    given: dict = {} if way in {"flat", "tiers"} else {"calendar": calendar}
    if way == "flat":
        given["rates"] = (Rate((draw(NUMBERS),)),)
    elif way == "tiers":
        given |= {"rates": (draw(tiered()),), "tiers": draw(tier_rules("pro_rata"))}
    elif way == "additive":
        differences = [Rate((draw(NUMBERS),), period) for period in periods[:1]]
        given |= {"rates": (draw(tiered()), *differences), "tiers": draw(tier_rules("additive"))}
    elif way == "periods":
        rates = tuple(draw(tiered(period)) for period in periods)
        given |= {"rates": rates, "tiers": draw(tier_rules("chronological"))}
    else:
        given["factors"] = draw(factors_of(periods))
        given["rates"] = (Rate((draw(NUMBERS),)),) if way == "floats" else ()
        first = draw(st.integers(2000 * 12, 2100 * 12))
        posted = [f"{m // 12}-{m % 12 + 1:02d}" for m in range(first, first + 14)]
        given["series"] = () if way == "floats" else tuple((m, draw(NUMBERS)) for m in posted)
    return EnergyCharge(
        draw(NAMES),
        draw(COMPONENT),
        **given,
        price_decimals=draw(st.none() | st.integers(0, 8)),
        months=draw(MONTHS),
        channel=draw(st.sampled_from(["import", "export"])),
        is_credit=draw(st.booleans()),
        netting=draw(st.sampled_from(["none", "interval", "month"])),
        for_time_of_use=draw(st.none() | st.booleans()),
    )


@st.composite
def demand_charges(draw, calendar):
    has_calendar = draw(st.booleans())
    periods = calendar.periods[:2] if has_calendar else (None,)
    return DemandCharge(
        draw(NAMES),
        draw(COMPONENT),
        tuple(draw(tiered(period)) for period in periods),
        calendar if has_calendar else None,
        draw(MONTHS),
        draw(st.sampled_from(["maximum", "contract", "contract_or_maximum"])),
        draw(CHOICE),
        draw(st.builds(ContractRule, NUMBERS, NUMBERS, SHARES)),
        draw(st.none() | st.builds(LoadRateDiscount, ABOVE, SHARES)),
        draw(st.none() | st.integers(1, 60)),
        draw(st.integers(1, 5)),
        in_kva=draw(st.booleans()),
        ratchet=draw(
            st.none() | st.builds(Ratchet, SHARES, MONTHS, st.none() | st.integers(1, 24), MONTHS)
        ),
        is_coincident=draw(st.booleans()),
        day_rule=draw(st.sampled_from(["thirtieth", "calendar"])),
        quantity_decimals=draw(st.none() | st.integers(0, 3)),
    )


EVERY = st.sampled_from(["month", "day", "year"])
DAY_RULE = st.sampled_from(["thirtieth", "calendar"])
OTHERS = st.one_of(
    st.builds(CapacityCharge, NAMES, COMPONENT, NUMBERS, CHOICE, DAY_RULE, MONTHS),
    st.builds(FixedCharge, NAMES, COMPONENT, NUMBERS, EVERY, MONTHS),
    st.builds(
        PowerFactorCharge,
        NAMES,
        st.sampled_from([None, 90, 85, 80]),
        st.frozensets(COMPONENT),
        COMPONENT,
    ),
    st.builds(PercentageCharge, NAMES, COMPONENT, NUMBERS, st.just(frozenset()), MONTHS),
    st.builds(MinimumCharge, NAMES, COMPONENT, NUMBERS, EVERY),
    st.builds(CreditCharge, NAMES, COMPONENT, NUMBERS, st.none() | NUMBERS),
)


@st.composite
def tariffs(draw):
    calendar = draw(own_calendars() | st.sampled_from([CALENDARS["liaoning"]]))
    charge = energy_charges(calendar) | demand_charges(calendar) | OTHERS
    versions = []
    for start in sorted(draw(st.sets(st.dates(), min_size=1, max_size=2))):
        charges = draw(st.lists(charge, min_size=1, max_size=4, unique_by=lambda c: c.code))
        before = frozenset(c.code for c in charges)
        last = PercentageCharge("last_of_all", "other", draw(NUMBERS), before)
        versions.append(Version((*charges, last), start, draw(st.text())))
    return Tariff(
        draw(NAMES),
        draw(st.text()),
        draw(st.text()),
        tuple(versions),
        draw(st.text()),
        doubts=tuple(draw(st.lists(st.text(), max_size=2))),
        currency=draw(st.sampled_from(["CNY", "USD"])),
        basis=draw(st.sampled_from(["register", "demand_register", "interval"])),
    )


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(tariff=tariffs())
def test_any_tariff_is_read_as_it_was_written(tmp_path, tariff):
    path = tmp_path / "random.toml"
    path.write_text(write_tariff(tariff), "utf-8")
    assert read_tariffs(path, CALENDARS) == (tariff,)
