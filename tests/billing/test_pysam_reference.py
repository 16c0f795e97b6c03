"""Bills of 18 URDB records beside those of NREL's PySAM, month by month; REopt's lookback bills.

PySAM's numbers have six decimals. Where it follows a convention that no bill has, the test says
which, shows from its own numbers that this is what it did, and checks all the rest.
"""

import csv
import json
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

import numpy as np
import pytest

from queries.billing.load_price import in_even_months
from queries.billing.measured import DayRows
from queries.billing.pricing import price
from queries.billing.segments import months
from queries.billing.tariff_model import DemandCharge, Ratchet, Rate, Tariff, Version
from queries.billing.urdb import tariff_from_urdb
from queries.settings import PROJECT

FOLDER = PROJECT.parent / "shared" / "data" / "tariffs"
# PySAM's year has no leap day and begins on a Monday, as 2018 does.
DAYS = tuple(date(2018, 1, 1) + timedelta(n) for n in range(365))
BILLS = months(DAYS[0], DAYS[-1])
MONTH_LENGTHS = np.array([(last - first).days + 1 for first, last in BILLS])
DGRULES = {0: "Net Metering", 2: "Net Billing Instantaneous", 4: "Buy All Sell All"}
COMPONENTS = ("energy_charge", "fixed", "minimum", "demand_flat", "demand_tou")
DECIMALS = 12
TOLERANCE = 1e-6
"""Relative, and absolute below one dollar: PySAM's months are rounded to six decimals."""
DAILY = {"596ebab65457a38a493f1f7c", "5c48e57f5457a3670a427930", "5c48ce5e5457a32306427930"}
"""Fixed charges a day."""
LOOKING_BACK = {"59762dc35457a33b4a237331", "597634eb5457a3324a237334"}
"""Ratchets on demand by time of use."""
CASES = 73


@cache
def _reference():
    return json.loads((FOLDER / "pysam_reference.json").read_text("utf-8"), parse_float=Decimal)


@cache
def _profile(name):
    """Load of a year in units of 0.1 W, average of each interval (intervals,)."""
    file = "pysam_profiles_15min.csv" if name.endswith("15") else "pysam_profiles.csv"
    with (FOLDER / file).open(encoding="utf-8") as lines:
        values = [Decimal(row[name]).scaleb(4) for row in csv.DictReader(lines)]
    units = np.array(values).astype(np.int64)
    assert all(value == int(value) for value in values)
    return units.reshape(365, -1)


@cache
def _load(name):
    if name == "res + 4.0*pv":
        # Net metering, net billing and buy-all all meter use and generation; they net them alike.
        units = {"import": _profile("res")[None], "export": 4 * _profile("pv")[None]}
    else:
        units = {"import": _profile(name)[None]}
    intervals_an_hour = units["import"].shape[2] // 24
    return DayRows.of(DAYS, units, 10**4 * intervals_an_hour, country="US")


@cache
def _priced(number):
    """A case, its tariff, and its bill unrounded."""
    case = _reference()["cases"][number]
    record = _reference()["tariffs"][case["urdb_label"]]
    tariff = tariff_from_urdb(record, dgrules=DGRULES.get(case.get("metering_option")))
    return case, tariff, price(tariff, _load(case["profile"]), BILLS, decimals=DECIMALS)


def _component(line):
    if line.kind == "demand":
        return "demand_tou" if line.period else "demand_flat"
    return {"energy": "energy_charge"}.get(line.kind, line.kind)


def _by_component(priced):
    """Every component's amount by month [USD]."""
    lines = defaultdict(list)
    for line in priced.lines:
        lines[_component(line)].append(line)
    assert set(lines) <= set(COMPONENTS)
    return {name: _dollars(priced.totals(lines[name])[0]) for name in COMPONENTS}


def _dollars(units):
    return units.astype(float) / 10**DECIMALS


def _theirs(case, name):
    return np.array([float(amount) for amount in case["result"]["monthly"][name]])


def _deviation(mine, theirs):
    return np.abs(mine - theirs) / np.maximum(np.abs(theirs), 1)


@pytest.fixture(autouse=True)
def _data(shared_data):
    return shared_data


def test_all_cases_are_here():
    assert len(_reference()["cases"]) == CASES
    assert len({case["urdb_label"] for case in _reference()["cases"]}) == 18


@pytest.mark.parametrize("number", range(CASES))
def test_every_component_of_every_month_is_pysams(number):
    case, tariff, priced = _priced(number)
    label = case["urdb_label"]
    if label in DAILY:  # PySAM's months are all as long: see below
        priced = price(in_even_months(tariff), _load(case["profile"]), BILLS, decimals=DECIMALS)
    mine = _by_component(priced)
    judged = {"demand_tou"} if label in LOOKING_BACK else set()
    for name in set(COMPONENTS) - judged:
        assert _deviation(mine[name], _theirs(case, name)).max() <= TOLERANCE, name
    rest = sum(mine[name] for name in set(COMPONENTS) - judged)
    theirs = _theirs(case, "total_bill") - sum(_theirs(case, name) for name in judged)
    assert _deviation(rest, theirs).max() <= TOLERANCE


@pytest.mark.parametrize("number", range(CASES))
def test_energy_and_peak_of_every_month_are_pysams(number):
    case, _, priced = _priced(number)
    billed = np.zeros(12)
    for line in priced.lines:
        if line.kind == "energy" and not line.unit_price.is_signed():
            billed[line.bill] += float(line.quantity.fraction(0))
    if case["kind"] == "load only":
        assert _deviation(billed, _theirs(case, "kwh")).max() <= TOLERANCE
        hours = _profile(case["profile"]).reshape(-1)
        ends = np.cumsum(MONTH_LENGTHS) * (len(hours) // 365)
        peaks = [part.max() / 10**4 for part in np.split(hours, ends[:-1])]
        assert _deviation(np.array(peaks), _theirs(case, "peak_kw")).max() <= TOLERANCE
    else:
        used, fed_in = _profile("res").sum() / 10**4, 4 * _profile("pv").sum() / 10**4
        # PySAM counts what is bought below zero; 0.0 is where it says nothing.
        assert used - fed_in == pytest.approx(-_theirs(case, "kwh").sum(), rel=TOLERANCE)


def _cases_of(labels):
    """Numbers of the cases of some records, without reading them where the data is absent."""
    if not (FOLDER / "pysam_reference.json").exists():
        return []
    return [n for n, case in enumerate(_reference()["cases"]) if case["urdb_label"] in labels]


@pytest.mark.parametrize("number", _cases_of(DAILY))
def test_pysam_bills_a_charge_a_day_as_a_twelfth_of_365_and_so_only_its_year_is_right(number):
    """A bill of February has 28 days and one of March 31; PySAM's converter has 30.42 for both."""
    case, _, priced = _priced(number)
    record = _reference()["tariffs"][case["urdb_label"]]
    assert record["fixedchargeunits"] == "$/day"
    a_day = float(record["fixedchargefirstmeter"])
    theirs, mine = _theirs(case, "fixed"), _by_component(priced)["fixed"]
    assert _deviation(np.full(12, a_day * 365 / 12), theirs).max() <= TOLERANCE, "what PySAM did"
    assert mine == pytest.approx(a_day * MONTH_LENGTHS, rel=1e-12)
    assert mine.sum() == pytest.approx(theirs.sum(), rel=TOLERANCE)


@pytest.mark.parametrize("number", _cases_of(LOOKING_BACK))
def test_pysam_bills_half_of_the_demand_that_was_measured_where_a_ratchet_holds(number):
    """``lookbackpercent`` 0.5 with ``lookbackrange`` 0: PySAM looks back no month at all.

    It takes half of the month's own peak, of whatever period, and bills every period by it: a
    customer would owe less the more of its demand the tariff remembers. A ratchet is a floor: the
    month's own demand, or half of the highest of the year's months, whichever is more.
    """
    case, tariff, priced = _priced(number)
    record = _reference()["tariffs"][case["urdb_label"]]
    assert (record["lookbackpercent"], record["lookbackrange"]) == (Decimal("0.5"), 0)
    peaks = np.array([float(kw) for kw in case["result"]["monthly"]["peak_kw"]])
    their_kw = np.array([float(kw) for kw in case["result"]["billing_demand_kw"]])
    assert _deviation(0.5 * peaks, their_kw).max() <= TOLERANCE, "half of the month's own peak"
    prices = [
        [sum(float(tier[key]) for key in ("rate", "adj") if key in tier) for tier in period]
        for period in record["demandratestructure"]
    ]
    of_month = [
        sum(prices[period][0] for period in {*weekday, *weekend})
        for weekday, weekend in zip(
            record["demandweekdayschedule"], record["demandweekendschedule"], strict=True
        )
    ]
    theirs = _theirs(case, "demand_tou")
    assert _deviation(their_kw * np.array(of_month), theirs).max() <= TOLERANCE, "for every period"

    mine = _by_component(priced)["demand_tou"]
    assert _deviation(mine, _by_hand(record, case["profile"], prices)).max() <= TOLERANCE
    unratcheted = _without_ratchet(tariff)
    plain = price(unratcheted, _load(case["profile"]), BILLS, decimals=DECIMALS)
    assert (mine >= _by_component(plain)["demand_tou"] - TOLERANCE).all(), "a ratchet is a floor"


def _by_hand(record, profile, prices):
    """Demand by period with its ratchet, hour by hour from the record's schedules [USD]."""
    load = _profile(profile)
    hours = np.repeat(np.arange(24), load.shape[1] // 24)
    highest = np.zeros((12, len(prices)))
    has_hours = np.zeros_like(highest)
    for day, kw in zip(DAYS, load / 10**4, strict=True):
        kind = "demandweekendschedule" if day.weekday() >= 5 else "demandweekdayschedule"
        period_of = np.array(record[kind][day.month - 1])[hours]
        for period in set(period_of):
            at = day.month - 1, period
            highest[at] = max(highest[at], kw[period_of == period].max())
            has_hours[at] = 1
    billed = np.maximum(highest, 0.5 * highest.max(axis=0) * has_hours)
    return billed @ np.array([period[0] for period in prices])


def _without_ratchet(tariff):
    charges = [
        DemandCharge(one.code, one.component, one.rates, one.calendar, one.months)
        if isinstance(one, DemandCharge)
        else one
        for one in tariff.versions[0].charges
    ]
    return Tariff("plain", "", "", (Version(tuple(charges)),), currency="USD", country="US")


def test_pysam_leaves_47_percent_unbilled_where_a_tier_has_no_unit_and_we_do_not():
    """Tiers ``[{max: 200, unit: kWh/kW}, {rate: 0.044}]``: the second has no unit of its own.

    The reference was made with the unit of the tier before it, as here. Read as kWh, PySAM's
    converter makes of it a step within hours of use, and January's energy beyond 200 h is gone.
    """
    [number] = [
        n
        for n in _cases_of({"539fcb22ec4f024d2f5402c8"})
        if _reference()["cases"][n]["profile"] == "com"
    ]
    case, _, priced = _priced(number)
    january = [line for line in priced.lines if line.bill == 0 and line.kind == "energy"]
    kwh = [float(line.quantity.fraction(0)) for line in january]
    used = float(case["result"]["monthly"]["kwh"][0])
    assert sum(kwh) == pytest.approx(used, rel=TOLERANCE)
    assert kwh[1] / used == pytest.approx(0.474, abs=1e-3)


def _vectors():
    found = json.loads((FOLDER / "peer_expected_vectors.json").read_text("utf-8"))["vectors"]
    return {vector["id"]: vector for vector in found}


def _loads_kw(year, base, peaks):
    """An hourly year of ``base`` kW with ``peaks`` at hours counted from 1."""
    first = date(year, 1, 1)
    units = np.full(8760, base, np.int64)
    for hour, kw in peaks.items():
        units[hour - 1] = kw
    days = [first + timedelta(n) for n in range(365)]
    load = DayRows.of(days, {"import": units.reshape(1, 365, 24)}, 1, country="US")
    return load, months(days[0], days[-1])


def test_reopts_lookback_of_a_urdb_record():
    load, bills = _loads_kw(2022, 1, {8: 100})
    warm = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0]
    record = {
        "label": "539f6a23ec4f024411ec8bf9",
        "energyratestructure": [[{"rate": 0}]],
        "energyweekdayschedule": [[0] * 24] * 12,
        "energyweekendschedule": [[0] * 24] * 12,
        "flatdemandstructure": [[{"rate": 10.5}], [{"rate": 11.5}]],
        "flatdemandmonths": warm,
        "lookbackmonths": [True] * 12,
        "lookbackpercent": 0.35,
        "lookbackrange": 0,
    }
    expected = _vectors()["reopt-lookback-urdb"]["value"]
    assert expected == 5302.5
    priced = price(tariff_from_urdb(record), load, bills)
    assert priced.totals().sum() == 530250


@pytest.mark.parametrize(
    ("vector", "ratchet"),
    [
        ("reopt-lookback-months", Ratchet(Decimal("0.75"), frozenset({1, 4, 12}))),
        ("reopt-lookback-range6", Ratchet(Decimal("0.75"), last_months=6)),
    ],
)
def test_reopts_lookback_by_months_and_by_range(vector, ratchet):
    rates = [10, 10, 20, 50, 20, 10, 20, 20, 20, 20, 20, 5]
    load, bills = _loads_kw(2022, 100, {22: 200, 2403: 400, 4088: 500, 8333: 300})
    charges = tuple(
        DemandCharge(
            f"month_{month}",
            "basic",
            (Rate((Decimal(rate),)),),
            months=frozenset({month}),
            ratchet=ratchet,
        )
        for month, rate in enumerate(rates, 1)
    )
    priced = price(Tariff("r", "", "", (Version(charges),)), load, bills)
    expected = _vectors()[vector]
    billed = {line.bill: line.quantity.fraction(0) for line in priced.lines}
    assert [billed[month] for month in range(12)] == expected["monthly_billing_peaks"]
    assert priced.totals().sum() == int(expected["value"].rpartition("=")[2]) * 100


def test_reopts_tiered_demand_by_time():
    """Flat load L: 12 × (limit × rate 1 + (L − limit) × rate 2)."""
    assert _vectors()["reopt-tiered-tou-demand"]["rule"].startswith("flat load")
    load, bills = _loads_kw(2022, 114, {})
    record = {
        "energyratestructure": [[{"rate": 0}]],
        "energyweekdayschedule": [[0] * 24] * 12,
        "energyweekendschedule": [[0] * 24] * 12,
        "demandratestructure": [[{"rate": 5, "max": 50}, {"rate": 12}]],
        "demandweekdayschedule": [[0] * 24] * 12,
        "demandweekendschedule": [[0] * 24] * 12,
    }
    priced = price(tariff_from_urdb(record), load, bills)
    assert priced.totals().sum() == 12 * (50 * 5 + 64 * 12) * 100
