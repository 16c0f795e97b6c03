"""The tariffs of Chinese areas that come with Fenggu."""

import shutil
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import duckdb
import numpy as np
import pytest

from queries.billing import tariffs as known
from queries.billing.accounts import Accounts, Agreement
from queries.billing.calendars import known_calendars
from queries.billing.choices import RETAIL
from queries.billing.errors import TariffError
from queries.billing.measured import DayRows
from queries.billing.pricing import price
from queries.billing.tariff_file import read_tariffs
from queries.billing.tariff_model import (
    CapacityCharge,
    Charge,
    CreditCharge,
    DemandCharge,
    EnergyCharge,
    Tariff,
)
from queries.billing.tariff_text import write_tariff
from queries.billing.tariffs import FOLDER, RETURNS, known_tariffs, tariffs
from queries.billing.tier_resets import reset_period

TARIFFS = known_tariffs()
CALENDARS = known_calendars()


def _charges(code: str, day: date = date(2026, 8, 1)) -> dict[str, Charge]:
    version = TARIFFS[code].version_on(day)
    assert version
    return {charge.code: charge for charge in version.charges}


def _energy(code: str, charge: str = "energy") -> EnergyCharge:
    found = _charges(code)[charge]
    assert isinstance(found, EnergyCharge)
    return found


def _prices_by_tier_and_period(charge: EnergyCharge) -> dict[str, list[Decimal]]:
    """What the source prints, where the file has tiers and differences."""
    assert charge.calendar
    base = next(rate for rate in charge.rates if rate.period is None)
    differences = {rate.period: rate.prices[0] for rate in charge.rates if rate.period}
    return {
        period: [price + differences.get(period, Decimal(0)) for price in base.prices]
        for period in charge.calendar.periods
    }


def _numbers(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


@pytest.mark.parametrize("code", TARIFFS)
def test_every_tariff_says_where_it_was_read_and_how_sure_it_is(code):
    tariff = TARIFFS[code]
    assert tariff.source
    assert any(word in tariff.certainty for word in ("Read", "Secondary", "Illustrative"))
    assert tariff.region in tariff.code
    assert tariff.currency == "CNY"


@pytest.mark.parametrize("code", TARIFFS)
def test_every_tariff_is_read_as_it_was_written(code, tmp_path):
    path = tmp_path / f"{code}.toml"
    path.write_text(write_tariff(TARIFFS[code]), "utf-8")
    assert read_tariffs(path, CALENDARS) == (TARIFFS[code],)


def test_an_area_has_one_tariff_for_each_price_class():
    named = Counter(
        (tariff.region, tariff.price_class)
        for tariff in TARIFFS.values()
        if not tariff.price_class.startswith(RETAIL)  # retailers have as many as they like
    )
    assert set(named.values()) == {1}
    assert all(price_class for _, price_class in named)


def test_areas_are_called_as_their_calendars_are():
    areas = {path.stem for path in (FOLDER / "calendars").glob("*.toml")} | {"tianjin"}
    assert {tariff.region for tariff in TARIFFS.values()} <= areas


def test_households_of_ten_provinces_and_more_have_tiers():
    with_tiers = [
        tariff.region
        for tariff in TARIFFS.values()
        if tariff.price_class == "residential"
        and any(isinstance(c, EnergyCharge) and c.tiers for c in tariff.versions[-1].charges)
    ]
    assert len(with_tiers) == 17
    for region in ("beijing", "liaoning", "shenzhen", "sichuan", "yunnan"):
        assert region in with_tiers


@pytest.mark.parametrize("code", [c for c in TARIFFS if c.endswith("_residential")])
def test_the_second_tier_costs_five_fen_more_and_the_third_thirty_but_in_two_provinces(code):
    others = {"sichuan": ("0.10", "0.30"), "yunnan": ("0.05", "0.35")}
    more = _numbers(*others.get(TARIFFS[code].region, ("0.05", "0.30")))
    for charge in _charges(code).values():
        if isinstance(charge, EnergyCharge) and charge.tiers:
            first, second, third = charge.rates[0].prices
            assert [second - first, third - first] == more


def _load(first_day: date, days: int, kwh_by_day: int) -> DayRows:
    """One account, the same energy in every quarter of an hour, a tenth as much fed in."""
    units = np.full((1, days, 96), kwh_by_day, np.int64)
    rows = [first_day + timedelta(n) for n in range(days)]
    return DayRows.of(rows, {"import": units, "export": units // 10}, per=96)


def test_five_thousand_kwh_of_a_beijing_household():
    day = date(2024, 1, 1)
    priced = price(TARIFFS["beijing_residential"], _load(day, 1, 5000), [(day, day)])
    # 2,880 × 0.4883 + 1,920 × 0.5383 + 200 × 0.7883 = 1,406.304 + 1,033.536 + 157.66
    assert priced.totals().tolist() == [[259750]]


@pytest.mark.parametrize("code", TARIFFS)
def test_every_tariff_bills_a_month_with_time_of_use_and_without(code):
    first = max(TARIFFS[code].versions[0].valid_from or date.min, date(2024, 1, 1))
    load = _load(first, 31, 20)
    for has_time_of_use in (True, False):
        terms = Agreement(
            has_time_of_use=has_time_of_use,
            choice="contract",
            capacity_kva=Decimal(315),
            contract_kw=Decimal(200),
        )
        month = [(first, first + timedelta(30))]
        priced = price(TARIFFS[code], load, month, accounts=Accounts.of([terms]))
        [[total]] = priced.totals().tolist()
        assert (total < 0) == (code == "liaoning_pv_full_feed_in")


def test_zhejiang_shanghai_and_shenzhen_come_to_the_prices_that_are_printed():
    assert _prices_by_tier_and_period(_energy("zhejiang_residential")) == {
        "peak": _numbers("0.568", "0.618", "0.868"),
        "valley": _numbers("0.288", "0.338", "0.588"),
    }
    assert _prices_by_tier_and_period(_energy("shanghai_residential")) == {
        "peak": _numbers("0.617", "0.667", "0.917"),
        "valley": _numbers("0.307", "0.357", "0.607"),
    }
    assert _prices_by_tier_and_period(_energy("shenzhen_residential", "energy_summer")) == {
        "peak": _numbers("1.1121", "1.1621", "1.4121"),
        "flat": _numbers("0.6542", "0.7042", "0.9542"),
        "valley": _numbers("0.2486", "0.2986", "0.5486"),
    }


def test_sichuan_has_a_cheaper_night_in_the_wet_months():
    dry, wet = (_energy("sichuan_residential", f"energy_{name}") for name in ("dry", "wet"))
    assert _prices_by_tier_and_period(dry)["valley"] == _numbers("0.2535", "0.3535", "0.5535")
    assert _prices_by_tier_and_period(wet)["valley"] == _numbers("0.1750", "0.2750", "0.4750")


def test_shandong_has_a_longer_and_cheaper_night_in_the_heating_season():
    [first, *_] = _energy("shandong_residential").rates
    for charge, valley in (("time_of_use", "0.3769"), ("time_of_use_heating", "0.3469")):
        differences = {r.period: r.prices[0] for r in _energy("shandong_residential", charge).rates}
        assert first.prices[0] + differences["peak"] == Decimal("0.5769")
        assert first.prices[0] + differences["valley"] == Decimal(valley)


@pytest.mark.parametrize(
    "code",
    ["shenzhen_residential", "sichuan_residential", "yunnan_residential", "shandong_residential"],
)
def test_seasons_of_a_charge_make_a_year_without_a_month_twice(code):
    charges = [c for c in _charges(code).values() if isinstance(c, EnergyCharge)]
    months = Counter(m for c in charges for m in c.months if c.months != set(range(1, 13)))
    assert months == Counter(range(1, 13))


def test_the_tiers_of_guizhou_begin_on_the_first_of_december():
    tiers = _energy("guizhou_residential").tiers
    assert tiers
    assert reset_period(date(2024, 12, 1), tiers.reset)[0] == date(2024, 12, 1)
    assert reset_period(date(2024, 11, 30), tiers.reset)[0] == date(2023, 12, 1)


def test_yunnan_has_tiers_from_december_to_april_only():
    dry, wet = (_energy("yunnan_residential", f"energy_{name}") for name in ("dry", "wet"))
    assert dry.months == {12, 1, 2, 3, 4}
    assert wet.tiers is None
    assert wet.rates[0].prices[0] == dry.rates[0].prices[0]


def test_the_price_classes_of_the_simulated_district_all_have_a_tariff_in_liaoning():
    classes = {t.price_class for t in TARIFFS.values() if t.region == "liaoning"}
    assert classes >= {
        *("residential", "residential_shared", "agricultural"),
        *("industrial_commercial", "industrial_commercial_two_part"),
    }


def test_the_limit_of_liaoning_that_is_unresolved_is_said_to_be():
    assert any("unresolved" in doubt for doubt in TARIFFS["liaoning_residential"].doubts)


@pytest.mark.parametrize(
    "code", [c for c, t in TARIFFS.items() if "industrial" in c or "charging_station" in c]
)
def test_what_was_never_posted_says_so(code):
    assert "Illustrative, never posted: " in TARIFFS[code].certainty


@pytest.mark.parametrize("code", [c for c in TARIFFS if c.startswith("liaoning_industrial")])
def test_liaoning_trade_pays_five_components_of_which_three_float(code):
    charges = [
        c for c in _charges(code).values() if isinstance(c, EnergyCharge) and not c.is_credit
    ]
    components = ["purchase", "line_loss", "transmission", "system_operation", "funds"]
    assert [c.component for c in charges] == components
    floating = [c for c in charges if c.factors]
    assert [c.component for c in floating] == components[:3]
    for charge in floating:
        assert charge.calendar == CALENDARS["liaoning"]
        factors = dict(charge.factors[0].by_period)
        assert factors["sharp"] == factors["peak"] * Decimal("1.25")
        assert (factors["peak"], factors["valley"]) == (Decimal("1.5"), Decimal("0.5"))


def test_a_purchase_price_stands_for_every_month_of_2024_and_2025():
    series = dict(_energy("liaoning_industrial_commercial", "purchase").series)
    assert list(series) == [f"{y}-{m:02d}" for y in (2024, 2025) for m in range(1, 13)]
    assert all(Decimal("0.3") < price < Decimal("0.5") for price in series.values())


@pytest.mark.parametrize("code", [c for c, t in TARIFFS.items() if "two_part" in t.price_class])
def test_a_two_part_tariff_has_one_basic_charge_for_each_choice(code):
    basic = {
        charge.choice: charge
        for charge in _charges(code).values()
        if isinstance(charge, CapacityCharge | DemandCharge)
    }
    assert list(basic) == ["capacity", "contract", "maximum"]
    contract, maximum = basic["contract"], basic["maximum"]
    assert isinstance(contract, DemandCharge)
    assert isinstance(maximum, DemandCharge)
    assert contract.option == "contract_or_maximum"
    assert maximum.option == "maximum"
    assert contract.rates == maximum.rates
    assert contract.discount == maximum.discount is not None


def test_the_pearl_river_delta_charges_7119_for_315_kva():
    capacity = _charges("guangdong_pearl_river_delta_two_part")["basic_capacity"]
    assert isinstance(capacity, CapacityCharge)
    assert 315 * capacity.price == Decimal(7119)


def test_a_charging_station_pays_no_basic_charge():
    charges = _charges("liaoning_ev_charging_station").values()
    assert all(charge.component != "basic" for charge in charges)


def test_what_a_roof_feeds_in_is_paid_and_never_netted():
    fed_in = [
        charge
        for tariff in TARIFFS.values()
        for charge in tariff.versions[-1].charges
        if charge.component == "generation"
    ]
    assert len(fed_in) == 10
    for charge in fed_in:
        assert isinstance(charge, EnergyCharge)
        assert (charge.channel, charge.is_credit, charge.netting) == ("export", True, "none")


def test_free_energy_of_welfare_households_is_worth_the_first_tier():
    for code in ("beijing_residential", "jiangsu_residential", "liaoning_residential"):
        welfare = _charges(code)["welfare"]
        assert isinstance(welfare, CreditCharge)
        assert welfare.price == _energy(code).rates[0].prices[0]


def test_tariffs_are_a_row_each_those_of_liaoning_first():
    found = tariffs(duckdb.connect())
    assert found.schema == RETURNS
    assert found.height == len(TARIFFS)
    assert found["region"][0] == "liaoning"
    sichuan = found.filter(found["tariff_code"] == "sichuan_residential")
    assert sichuan["valid_from"].to_list() == [[date(2026, 7, 1)]]


def test_a_file_that_is_laid_beside_the_others_or_changed_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(known, "FOLDER", tmp_path)
    shutil.copy(FOLDER / "beijing.toml", tmp_path)
    assert list(known_tariffs()) == ["beijing_residential"]
    text = (FOLDER / "tianjin.toml").read_text("utf-8")
    own = tmp_path / "own.toml"
    own.write_text(text, "utf-8")
    assert list(known_tariffs()) == ["beijing_residential", "tianjin_residential"]
    own.write_text(text.replace('"2160"', '"5000"'), "utf-8")
    with pytest.raises(TariffError, match=r"own\.toml: tariff 'tianjin_residential': .*limits"):
        known_tariffs()


def test_a_tariff_is_what_held_on_a_day():
    sichuan: Tariff = TARIFFS["sichuan_residential"]
    assert sichuan.version_on(date(2026, 6, 30)) is None
    assert sichuan.version_on(date(2026, 7, 1)) is sichuan.versions[0]
