"""URDB records: every feature on a small one, what is refused and why, and the way back."""

import gzip
import json
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.billing.calendar_model import Calendar, Window
from queries.billing.measured import DayRows
from queries.billing.pricing import price
from queries.billing.segments import months
from queries.billing.tariff_model import (
    CapacityCharge,
    DemandCharge,
    EnergyCharge,
    FixedCharge,
    Ratchet,
    Rate,
    Tariff,
    TierRule,
    Version,
)
from queries.billing.tier_resets import TierReset
from queries.billing.urdb import Census, census, records_in, tariff_from_urdb
from queries.billing.urdb_record import REFUSALS, WARNINGS, RecordRefusedError
from queries.billing.urdb_structure import UNSAYABLE, UnsayableError
from queries.billing.urdb_write import urdb_record
from queries.settings import PROJECT

RECORDS = PROJECT.parent / "shared" / "data" / "tariffs" / "urdb_rates_dgen_all.jsonl.gz"
ALWAYS = [[0] * 24] * 12
NOON = [[0] * 12 + [1] * 4 + [0] * 8] * 12
SUMMER = [0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0]
FLAT = {
    "energyratestructure": [[{"rate": 0.1}]],
    "energyweekdayschedule": ALWAYS,
    "energyweekendschedule": ALWAYS,
}
DAYS = tuple(date(2018, 1, 1) + timedelta(n) for n in range(365))
BILLS = months(DAYS[0], DAYS[-1])


def load(kw=1, *, peaks=(), export=0):
    """A steady load of 2018 [kW], with ``peaks`` of (month, day, hour, kW)."""
    used = np.full((1, 365, 24), kw * 1000, np.int64)
    for month, day, hour, peak in peaks:
        used[0, (date(2018, month, day) - DAYS[0]).days, hour] = peak * 1000
    units = {"import": used} | ({"export": np.full_like(used, export * 1000)} if export else {})
    return DayRows.of(DAYS, units, 1000, country="US")


def billed(record, measured=None, **how):
    """Lines of January by (charge, period, tier): quantity and price."""
    priced = price(tariff_from_urdb(FLAT | record, **how), measured or load(), BILLS)
    return {
        (line.charge, line.period, line.tier): (line.quantity.fraction(0), line.unit_price)
        for line in priced.lines
        if line.bill == 0
    }


def by_month(record, charge, measured=None):
    priced = price(tariff_from_urdb(FLAT | record), measured or load(), BILLS)
    chosen = [line for line in priced.lines if line.charge == charge]
    return (priced.totals(chosen)[0] / 100).tolist()


def doubts(record):
    return [doubt.partition(":")[0] for doubt in tariff_from_urdb(FLAT | record).doubts]


def refusal(record):
    with pytest.raises(RecordRefusedError) as told:
        tariff_from_urdb(FLAT | record)
    assert told.value.reason in REFUSALS
    assert told.value.reason in str(told.value)
    return told.value.reason


def test_a_price_is_rate_and_adjustment_exactly():
    found = billed({"energyratestructure": [[{"rate": 0.0655, "adj": -0.00739}]]})
    assert found == {("energy", None, None): (744, Decimal("0.05811"))}


def test_periods_follow_month_hour_and_kind_of_day():
    structure = [[{"rate": 0.1}], [{"rate": 0.3}]]
    found = billed({"energyratestructure": structure, "energyweekdayschedule": NOON})
    # January 2018 has 23 weekdays: 4 hours each.
    assert found == {
        ("energy", "period_1", None): (92, Decimal("0.3")),
        ("energy", "period_0", None): (652, Decimal("0.1")),
    }


def test_tiers_count_the_month_and_later_ones_inherit_the_unit():
    tiers = [
        [{"max": 200, "rate": 0.05, "unit": "kWh/kW"}, {"max": 300, "rate": 0.04}, {"rate": 0.03}]
    ]
    found = billed({"energyratestructure": tiers}, load(2))
    assert {key[2]: kwh for key, (kwh, _) in found.items()} == {1: 400, 2: 200, 3: 1488 - 600}


def test_daily_limits_are_those_of_the_days_of_the_month():
    tiers = [[{"max": 20, "rate": 0.1, "unit": "kWh daily"}, {"rate": 0.12, "unit": "kWh"}]]
    found = billed({"energyratestructure": tiers})
    assert {key[2]: kwh for key, (kwh, _) in found.items()} == {1: 620, 2: 124}


def test_daily_limits_by_demand_are_both():
    tiers = [[{"max": 5, "rate": 0.1, "unit": "kWh/kW daily"}, {"rate": 0.12}]]
    found = billed({"energyratestructure": tiers}, load(2))
    assert {key[2]: kwh for key, (kwh, _) in found.items()} == {1: 2 * 5 * 31, 2: 1488 - 310}


def test_tiers_meet_periods_pro_rata_under_net_metering_and_by_time_under_net_billing():
    tiered = [{"max": 372, "rate": 0.1}, {"rate": 0.2}]
    halves = [[0] * 12 + [1] * 12] * 12
    record = {
        "energyratestructure": [tiered, tiered],
        "energyweekdayschedule": halves,
        "energyweekendschedule": halves,
    }
    pro_rata = billed(record | {"dgrules": "Net Metering"})
    assert {key[1:]: kwh for key, (kwh, _) in pro_rata.items()} == {
        (f"period_{period}", tier): 186 for period in (0, 1) for tier in (1, 2)
    }
    by_time = billed(record | {"dgrules": "Net Billing Instantaneous"})
    # 372 kWh are reached at noon of the 16th.
    assert {key[1:]: kwh for key, (kwh, _) in by_time.items()} == {
        ("period_0", 1): 16 * 12,
        ("period_1", 1): 15 * 12,
        ("period_0", 2): 15 * 12,
        ("period_1", 2): 16 * 12,
    }


def test_a_price_that_is_the_same_in_all_months_has_no_calendar():
    [charge] = tariff_from_urdb(FLAT).versions[0].charges
    assert isinstance(charge, EnergyCharge)
    assert charge.calendar is None


def test_fuel_adjustments_are_prices_of_their_months():
    fuel = [0.01, 0.02] + [0] * 9 + [0.02]
    assert by_month({"fueladjustmentsmonthly": fuel}, "fuel_2") == [
        0,
        13.44,
        *[0] * 9,
        14.88,
    ]


def test_sold_energy_is_paid_where_the_rule_pays_it():
    record = {"energyratestructure": [[{"rate": 0.1, "sell": 0.04}]]}
    measured = load(1, export=3)
    paid = {
        rule: billed(record, measured, dgrules=rule)
        for rule in ("Net Metering", "Net Billing Instantaneous", "Buy All Sell All")
    }
    assert paid == {
        "Net Metering": {},
        "Net Billing Instantaneous": {("export", None, None): (2 * 744, Decimal("-0.04"))},
        "Buy All Sell All": {
            ("energy", None, None): (744, Decimal("0.1")),
            ("export", None, None): (3 * 744, Decimal("-0.04")),
        },
    }
    assert doubts(record | {"dgrules": "Net Metering"}) == ["sell_unused"]


def test_demand_by_month_is_priced_in_blocks():
    record = {
        "flatdemandstructure": [[{"max": 5, "rate": 0}, {"rate": 6.5, "adj": 0.5}], [{"rate": 9}]],
        "flatdemandmonths": SUMMER,
    }
    measured = load(1, peaks=[(1, 3, 9, 20), (7, 4, 15, 30)])
    assert by_month(record, "demand_0", measured) == [15 * 7] + [0] * 11
    assert by_month(record, "demand_1", measured) == [0] * 5 + [9, 270, 9, 9, 0, 0, 0]


def test_demand_by_time_has_a_maximum_for_each_period_with_a_price():
    record = {
        "demandratestructure": [[{"rate": 0}], [{"rate": 10}]],
        "demandweekdayschedule": NOON,
        "demandweekendschedule": ALWAYS,
    }
    measured = load(1, peaks=[(1, 3, 9, 20), (1, 4, 13, 7), (1, 6, 13, 15)])
    assert by_month(record, "demand_by_time", measured) == [70] + [10] * 11


def test_a_demand_window_is_its_mean():
    record = {
        "flatdemandstructure": [[{"rate": 1}]],
        "flatdemandmonths": [0] * 12,
        "demandwindow": 60,
    }
    units = np.zeros((1, 365, 96), np.int64)
    units[0, 0, :2] = 1000
    measured = DayRows.of(DAYS, {"import": units}, 1000, country="US")
    assert by_month(record, "demand_0", measured)[0] == 2
    assert by_month(record | {"demandwindow": 0}, "demand_0", measured)[0] == 4


@pytest.mark.parametrize(
    ("lookback", "expected"),
    [
        ({}, [50, 50, 50, 50, 50, 50, 100, 50, 50, 50, 50, 50]),
        ({"lookbackmonths": [True] + [False] * 11}, [40, *[20] * 5, 100, *[20] * 5]),
        ({"lookbackrange": 2}, [40, 20, 20, 10, 10, 10, 100, 50, 50, 10, 10, 10]),
        ({"lookbackpercent": 0, "lookbackrange": 2}, [40, *[10] * 5, 100, *[10] * 5]),
    ],
)  # fmt: skip
def test_a_ratchet_is_a_share_of_the_highest_demand_looked_back_at(lookback, expected):
    record = {"flatdemandstructure": [[{"rate": 1}]], "flatdemandmonths": [0] * 12}
    measured = load(10, peaks=[(1, 5, 9, 40), (7, 4, 15, 100)])
    found = by_month(record | {"lookbackpercent": 0.5} | lookback, "demand_0", measured)
    assert found == expected


def test_demand_at_the_systems_peak_is_billed_where_its_time_is_known():
    record = {"coincidentratestructure": [[{"rate": 14}]], "coincidentschedule": ALWAYS}
    assert doubts(record) == ["coincident_demand"]
    charges = tariff_from_urdb(FLAT | record, coincident=True).versions[0].charges
    assert [charge.is_coincident for charge in charges if isinstance(charge, DemandCharge)] == [
        True
    ]
    assert doubts(record | {"coincidentratestructure": [[{"rate": 0}]]}) == []


@pytest.mark.parametrize(
    ("unit", "january", "year"), [("$/month", 12, 144), ("$/day", 372, 4380), ("$/year", 1, 12)]
)
def test_fixed_charges_are_of_a_month_a_day_or_a_year(unit, january, year):
    found = by_month({"fixedchargefirstmeter": 12, "fixedchargeunits": unit}, "fixed")
    assert (found[0], sum(found)) == (january, year)


@pytest.mark.parametrize(
    ("unit", "amount", "january", "december"),
    [("$/month", 80, 5.6, 5.6), ("$/day", 3, 18.6, 18.6), ("$/year", 900, 0, 24)],
)
def test_a_minimum_tops_up_what_is_owed(unit, amount, january, december):
    found = by_month({"mincharge": amount, "minchargeunits": unit}, "minimum")
    assert (found[0], found[11]) == (january, december)


SAID = {
    "reactive_power": {"demandreactivepowercharge": 0.6},
    "coincident_demand": {
        "coincidentratestructure": [[{"rate": 4}]],
        "coincidentschedule": ALWAYS,
    },
    "additional_meters": {"fixedchargeeaaddl": 5.62},
    "words": {"demandattrs": [{"Transformer Ownership Credit:": "$-0.25"}]},
    "demand_in_kva": {
        "demandunits": "kVA",
        "flatdemandunit": "kW",
        "flatdemandstructure": [[{"rate": 4}]],
        "flatdemandmonths": [0] * 12,
    },
    "demand_price_missing": {
        "flatdemandstructure": [[{"max": 200}, {"rate": 15.65}]],
        "flatdemandmonths": [0] * 12,
    },
    "flat_months_missing": {"flatdemandstructure": [[{"rate": 4}]]},
    "unreachable_tier": {"energyratestructure": [[{"rate": 0.1}, {"rate": 0.2}]]},
    "last_tier_limit": {"energyratestructure": [[{"rate": 0.1, "max": 500}]]},
    "mixed_limits": {
        "energyratestructure": [
            [{"rate": 0.1, "max": 500}, {"rate": 0.2, "max": 200, "unit": "kWh/kW"}, {"rate": 0.3}]
        ]
    },
    "ratchet_by_period": {
        "demandratestructure": [[{"rate": 1}], [{"rate": 2}]],
        "demandweekdayschedule": NOON,
        "demandweekendschedule": NOON,
        "lookbackpercent": 0.5,
    },
    "sell_unused": {
        "energyratestructure": [[{"rate": 0.1, "sell": 0.05}]],
        "dgrules": "Net Metering",
    },
    "sell_by_tier": {
        "energyratestructure": [[{"rate": 0.1, "max": 100, "sell": 0.05}, {"rate": 0.2}]]
    },
    "net_billing_hourly": {"dgrules": "Net Billing Hourly"},
    "export_rule_unknown": {"dgrules": "Net Something"},
    "charge_unit_missing": {"mincharge": 5},
}


def test_every_warning_has_a_record_that_shows_it():
    assert set(SAID) == set(WARNINGS)


@pytest.mark.parametrize("code", SAID)
def test_what_a_bill_leaves_out_or_takes_for_granted_is_said(code):
    assert doubts(SAID[code]) == [code]
    priced = price(tariff_from_urdb(FLAT | SAID[code]), load(), BILLS)
    energy = [line for line in priced.lines if line.charge == "energy"]
    assert sum(line.quantity.fraction(0) for line in energy) == 8760


def test_empty_words_are_not_worth_a_warning():
    assert doubts({"fixedattrs": [{" ": ""}], "demandreactivepowercharge": 0}) == []


REFUSED = {
    "no_energy_prices": [{"energyratestructure": []}, {"energyratestructure": None}],
    "price_missing": [
        {"energyratestructure": [[{"sell": 0.03, "unit": "kWh"}]]},
        {"energyratestructure": [[{"max": 10, "rate": 0.1}, {"unit": "kWh"}]]},
    ],
    "period_without_rate": [
        {"energyweekdayschedule": NOON},
        {"energyratestructure": [[]]},
        {"energyweekdayschedule": [[-1] * 24] * 12},
        {"flatdemandstructure": [[{"rate": 1}]], "flatdemandmonths": SUMMER},
    ],
    "schedule_missing": [
        {"energyweekendschedule": None},
        {"energyweekdayschedule": [[0] * 23] * 12},
        {"energyweekdayschedule": [[0] * 24] * 11},
        {"flatdemandstructure": [[{"rate": 1}], [{"rate": 2}]]},
    ],
    "energy_unit": [
        {"energyratestructure": [[{"max": 100, "rate": 0.1, "unit": "kWh/kVA"}, {"rate": 0.2}]]}
    ],
    "demand_unit": [
        {"flatdemandstructure": [[{"rate": 1}]], "flatdemandunit": "hp"},
        {"flatdemandstructure": [[{"rate": 1}]], "demandunits": "kVA"},
        {"demandratestructure": [[{"rate": 1}]], "demandrateunit": "kW daily"},
    ],
    "limits_fall": [
        {"energyratestructure": [[{"max": 100, "rate": 1}, {"max": 50, "rate": 1}, {"rate": 2}]]},
        {
            "flatdemandstructure": [[{"max": 9, "rate": 1}, {"max": 5, "rate": 1}, {"rate": 2}]],
            "flatdemandmonths": [0] * 12,
        },
    ],
    "blocks_in_blocks": [
        {
            "energyratestructure": [
                [
                    {"max": 125, "rate": 0, "unit": "kWh/kW"},
                    {"max": 3000, "rate": 0.1, "unit": "kWh"},
                    {"rate": 0.2, "unit": "kWh"},
                ]
            ]
        }
    ],
    "money_unit": [
        {"fixedchargefirstmeter": 5, "fixedchargeunits": "$/week"},
        {"mincharge": 5, "minchargeunits": "$/kW"},
    ],
    "malformed": [
        {"energyratestructure": [[{"rate": "cheap"}]]},
        {"energyratestructure": [[{"rate": float("nan")}]]},
        {"energyratestructure": [[{"rate": True}]]},
        {"energyratestructure": [[{"rate": Decimal("1e999999")}]]},
        {"energyratestructure": [[{"rate": 0.1, "max": -5}, {"rate": 0.2}]]},
        {"energyratestructure": "none"},
        {"energyratestructure": [[0.1]]},
        {"energyweekdayschedule": [[0.5] * 24] * 12},
        {"fueladjustmentsmonthly": [0.1]},
        {"fixedchargefirstmeter": "1e99"},
        {"lookbackpercent": 50},
        {"lookbackpercent": 0.5, "lookbackmonths": [True]},
        {"lookbackpercent": 0.5, "lookbackrange": 13},
        {"lookbackpercent": 0.5, "lookbackrange": 2_000_000_000},
        {"demandwindow": 0.5},
        {"fixedattrs": 5},
        {"energyattrs": ["words"]},
        {"dgrules": ["Net Metering"]},
        {"fixedchargefirstmeter": 5, "fixedchargeunits": {}},
        {"fixedchargefirstmeter": 5, "fixedchargeunits": {"$": "month"}},
        {"mincharge": 5, "minchargeunits": ["$/month"]},
    ],
}


def test_every_reason_has_a_record_that_shows_it():
    assert set(REFUSED) == set(REFUSALS)


@pytest.mark.parametrize(
    ("reason", "record"), [(reason, one) for reason, all_ in REFUSED.items() for one in all_]
)
def test_what_cannot_be_billed_whole_is_refused_with_its_reason(reason, record):
    assert refusal(record) == reason


def test_a_period_no_hour_has_may_be_as_it_likes():
    structure = [[{"rate": 0.1}], [{"unit": "kWh"}], []]
    assert billed({"energyratestructure": structure}) == billed({})


def test_records_are_read_from_a_file_exactly(tmp_path):
    path = tmp_path / "rate.json"
    path.write_text(json.dumps({"items": [FLAT | {"label": "a"}]}), "utf-8")
    [record] = records_in(path)
    assert record["energyratestructure"] == [[{"rate": Decimal("0.1")}]]


def test_a_census_counts_what_is_billed_with_doubts_and_refused():
    records = [FLAT, FLAT | SAID["words"], FLAT | SAID["words"], FLAT | REFUSED["energy_unit"][0]]
    assert census(records) == Census(1, 2, {"words": 2}, {"energy_unit": 1})
    assert census(records).records == 4


@cache
def _real():
    with gzip.open(RECORDS, "rt", encoding="utf-8") as lines:
        return [json.loads(line, parse_float=Decimal) for line in lines]


def test_the_census_of_all_real_records(shared_data):
    assert shared_data.exists()
    assert census(_real()) == Census(
        billed=2517,
        billed_with_warnings=355,
        warnings={
            "words": 108,
            "reactive_power": 108,
            "sell_unused": 81,
            "mixed_limits": 31,
            "coincident_demand": 19,
            "sell_by_tier": 9,
            "flat_months_missing": 8,
            "unreachable_tier": 8,
            "ratchet_by_period": 7,
            "demand_in_kva": 7,
            "last_tier_limit": 3,
            "additional_meters": 1,
            "charge_unit_missing": 1,
            "demand_price_missing": 1,
        },
        refused={
            "no_energy_prices": 25,
            "price_missing": 8,
            "period_without_rate": 4,
            "blocks_in_blocks": 2,
            "limits_fall": 1,
            "energy_unit": 1,
        },
    )


@cache
def _few_days():
    """Four days of every month, two of them of a weekend in most [W average, up to 60 kW]."""
    days = [date(2018, month, day) for month in range(1, 13) for day in (13, 14, 15, 16)]
    units = np.random.default_rng(7).integers(0, 60_000, (1, len(days), 24))
    return DayRows.of(days, {"import": units}, 1000, country="US"), Fraction(int(units.sum()), 1000)


def test_every_kwh_of_every_real_record_is_billed_once(shared_data):
    assert shared_data.exists()
    measured, used = _few_days()
    unlike = []
    for record in _real():
        try:
            tariff = tariff_from_urdb(record)
        except RecordRefusedError:
            continue
        priced = price(tariff, measured, BILLS)
        lines = [line for line in priced.lines if line.charge == "energy"]
        if sum((line.quantity.fraction(0) for line in lines), Fraction(0)) != used:
            unlike.append(record["label"])
    assert not unlike


@pytest.mark.parametrize("part", range(4))
def test_real_records_come_back_as_records_that_bill_the_same(shared_data, part):
    assert shared_data.exists()
    measured, _ = _few_days()
    for record in _real()[part * 7 :: 28]:
        try:
            tariff = tariff_from_urdb(record)
        except RecordRefusedError:
            continue
        again = tariff_from_urdb(urdb_record(tariff))
        mine = price(tariff, measured, BILLS, decimals=9).totals()
        theirs = price(again, measured, BILLS, decimals=9).totals()
        # Tiers cut each period's energy to whole units: periods that fell together are cut once.
        assert abs(mine - theirs).max() <= 100, record["label"]
        assert urdb_record(again) == urdb_record(tariff) | {
            name: urdb_record(again)[name] for name in ("source", "utility")
        }


def _priced(prices, limits=()):
    return Rate(tuple(map(Decimal, prices)), None, tuple(map(Decimal, limits)))


PRICES = st.decimals(0, 1, places=5)


@settings(deadline=None, max_examples=20)
@given(
    st.lists(PRICES, min_size=2, max_size=3),
    st.lists(st.integers(1, 800), min_size=2, max_size=2, unique=True).map(sorted),
    st.integers(0, 23),
    st.integers(0, 23),
    st.frozensets(st.integers(1, 12), min_size=1),
    st.sampled_from(["all", "weekend", "monday_to_friday"]),
    PRICES,
    st.one_of(st.none(), st.integers(1, 12)),
)
def test_what_urdb_can_say_bills_the_same_after_it_was_said(  # noqa: PLR0917 - Hypothesis
    prices, limits, start, end, held, days, demand, last_months
):
    windows = (Window("peak", start * 60, end * 60 or 1440, held, frozenset({days})),)
    calendar = Calendar("c", "", "", "", "", windows, "rest", country="US")
    tiers = limits[: len(prices) - 1]
    rates = tuple(
        Rate(tuple(price + extra for price in prices), period, tuple(map(Decimal, tiers)))
        for period, extra in (("peak", Decimal("0.5")), ("rest", Decimal(0)))
    )
    ratchet = Ratchet(Decimal("0.6"), last_months=last_months)
    tariff = Tariff(
        "t",
        "t",
        "t",
        (
            Version(
                (
                    FixedCharge("f", "other", Decimal("3.3"), "day"),
                    EnergyCharge(
                        "e",
                        "retail",
                        rates,
                        calendar,
                        tiers=TierRule(TierReset("month"), "pro_rata"),
                    ),
                    EnergyCharge("r", "other", (Rate((prices[0],)),), months=held),
                    DemandCharge(
                        "d", "basic", (Rate((demand,), "peak"),), calendar, ratchet=ratchet
                    ),
                    DemandCharge("m", "basic", (Rate((demand,)),), months=held, ratchet=ratchet),
                )
            ),
        ),
        currency="USD",
        country="US",
    )
    record = json.loads(json.dumps(urdb_record(tariff), default=str))
    again = tariff_from_urdb(record)
    measured, _ = _few_days()
    mine = price(tariff, measured, BILLS, decimals=9).totals()
    theirs = price(again, measured, BILLS, decimals=9).totals()
    # Five lines of a month are rounded to nine decimals, and tiers cut whole units of energy.
    assert abs(mine - theirs).max() <= 1000


def _tariff(*charges, **how):
    return Tariff("t", "t", "t", (Version(charges),), **({"currency": "USD"} | how))


WEEK = Calendar("w", "", "", "", "", (Window("p", 0, 720),), "q")
ODD = Calendar("o", "", "", "", "", (Window("p", 15, 720),), "q")
WORKDAYS = Calendar("d", "", "", "", "", (Window("p", 0, 720, days=frozenset({"workday"})),), "q")
TWO = (Rate((Decimal("0.1"),), "p"), Rate((Decimal("0.2"),), "q"))
ENERGY = EnergyCharge("e", "retail", (_priced(["0.1"]),))
YEARLY = TierRule(TierReset("year"))
CANNOT = {
    "versions": Tariff(
        "t",
        "",
        "",
        (Version((ENERGY,)), Version((ENERGY,), date(2020, 1, 1))),
        currency="USD",
    ),
    "currency": _tariff(ENERGY, currency="CNY"),
    "kind": _tariff(CapacityCharge("c", "basic", Decimal(20))),
    "holidays": _tariff(EnergyCharge("e", "retail", TWO, WORKDAYS)),
    "sub_hour": _tariff(EnergyCharge("e", "retail", TWO, ODD)),
    "tier_reset": _tariff(EnergyCharge("e", "retail", (_priced(["1", "2"], ["9"]),), tiers=YEARLY)),
    "prices_by_month": _tariff(EnergyCharge("e", "purchase", series=(("2018-01", Decimal(1)),))),
    "several_prices": _tariff(
        EnergyCharge("e", "retail", TWO, WEEK), EnergyCharge("f", "retail", TWO, WEEK)
    ),
    "months": _tariff(FixedCharge("f", "other", Decimal(1), months=frozenset({1}))),
    "demand_rule": _tariff(DemandCharge("d", "basic", (_priced(["1"]),), highest_days=3)),
    "ratchet": _tariff(
        DemandCharge(
            "d",
            "basic",
            (_priced(["1"]),),
            ratchet=Ratchet(Decimal("0.5"), holds_in=frozenset({1})),
        )
    ),
    "export_rule": _tariff(
        EnergyCharge("e", "retail", (_priced(["0.1"]),), netting="month"),
        EnergyCharge("f", "retail", (_priced(["0.1"]),), netting="interval"),
    ),
    "choice": _tariff(EnergyCharge("e", "retail", (_priced(["1"]),), for_time_of_use=True)),
}


def test_every_thing_urdb_cannot_say_has_a_tariff_that_shows_it():
    assert set(CANNOT) == set(UNSAYABLE)


@pytest.mark.parametrize("reason", CANNOT)
def test_what_urdb_cannot_say_is_refused(reason):
    with pytest.raises(UnsayableError, match=f"\\({reason}\\)") as told:
        urdb_record(CANNOT[reason])
    assert told.value.reason == reason
