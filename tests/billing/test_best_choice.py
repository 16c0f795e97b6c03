"""Which permitted choice suits an account: worked by hand, to the fen."""

import shutil
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from queries.billing import tariffs
from queries.billing.accounts import Accounts
from queries.billing.as_in_force import as_in_force
from queries.billing.best_choice import READS, RETURNS, best_choice
from queries.billing.calendar_model import Calendar, Window
from queries.billing.choice_savings import choice_savings, savings_by_choice, without_packages
from queries.billing.choice_summary import choice_summary
from queries.billing.choices import RETAIL
from queries.billing.contract_months import contract_months
from queries.billing.lab import laboratory
from queries.billing.pricing import price
from queries.billing.tariff_model import DemandCharge, Rate, Tariff, Version
from queries.billing.tariff_text import write_tariff
from queries.billing.tariffs import known_tariffs
from queries.lake import open_lake
from queries.scope import EVERYTHING, Scope
from tests.billing.by_hand import flat, tariff
from tests.billing.small_lakes import (
    HOME,
    JANUARY,
    SHOP,
    TWO_PART,
    agreement,
    point,
    profiles,
    street,
    with_hour,
)

HALF_YEAR = date(2025, 1, 1), date(2025, 6, 30)
MAXIMA = (1000, 1000, 1060, 500, 500, 1700)
"""Of the plant, January to June [kW]."""


def plant_load(day_row, name="plant", kwh=100.0):
    """A load of 100 kW, and one hour a month as high as ``MAXIMA`` says."""
    rows = profiles(day_row, name, HALF_YEAR, {}, kwh)
    for month, maximum in enumerate(MAXIMA, 1):
        rows = with_hour(rows, date(2025, month, 8), 10, maximum)
    return rows


@pytest.fixture(scope="module")
def lake_settings(new_lake, register, take, day_row):
    """A plant, its neighbour with a contract, a shop, a workshop of 200 kVA, homes."""
    shop_hours = {13: 10.0}  # flat in Liaoning
    stalls = profiles(day_row, "gap", HALF_YEAR, shop_hours)
    return street(
        new_lake(),
        register,
        take,
        {
            "plant": (
                point("plant", 1600.0, customer_class="industrial", voltage_kv=10.0),
                agreement("plant", TWO_PART),
                plant_load(day_row),
            ),
            "signed": (
                point(
                    "signed",
                    1600.0,
                    customer_class="industrial",
                    voltage_kv=10.0,
                    contracted_demand_kw=1000.0,
                ),
                agreement("signed", TWO_PART, basic_charge="contract"),
                plant_load(day_row, "signed"),
            ),
            "shop": (
                point("shop", 50.0, region_id="village"),
                agreement("shop", SHOP),
                profiles(day_row, "shop", HALF_YEAR, shop_hours),
            ),
            "back": (
                point("back", 50.0),
                agreement("back", SHOP, agency_price_times=1.5),
                profiles(day_row, "back", HALF_YEAR, shop_hours),
            ),
            "gap": (
                point("gap", 50.0),
                agreement("gap", SHOP),
                stalls.filter(pl.col("service_date") <= date(2025, 5, 31)),
            ),
            "workshop": (
                point("workshop", 200.0, customer_class="industrial", voltage_kv=10.0),
                agreement("workshop", SHOP),
                profiles(day_row, "workshop", HALF_YEAR, {}, 40.0),
            ),
            "home": (
                point("home", customer_class="residential"),
                agreement("home", HOME),
                profiles(day_row, "home", HALF_YEAR, {19: 3.0}),
            ),
            "chooser": (
                point("chooser", customer_class="residential"),
                agreement("chooser", HOME, tariff_code="shanghai_residential"),
                profiles(day_row, "chooser", HALF_YEAR, {23: 2.0}),
            ),
        },
    )


@pytest.fixture(scope="module")
def lake(lake_settings):
    return open_lake(lake_settings, EVERYTHING, reads=READS)


def choices(lake, name, days=HALF_YEAR, **inputs):
    found = best_choice(lake, first_day=days[0], last_day=days[1], usage_point_id=name, **inputs)
    assert found.schema == RETURNS
    return found


def basic_charges(found):
    """What each basic charge costs beyond the dearest, by its name; energy costs the same."""
    rows = found.filter(policy="basic_charge")
    return dict(rows.select("basic_charge", "saving_cny").iter_rows())


def test_the_best_contract_of_a_quarter_saves_against_the_measured_maximum(lake):
    quarter = HALF_YEAR[0], date(2025, 3, 31)
    found = choices(lake, "plant", quarter)
    # Maximum: (1,000 + 1,000 + 1,060) × 36.8 = 112,608.00. Capacity: 3 × 1,600 × 23 = 110,400.00.
    # Contract 953: 2 × 35,070.40, and (953 + 2 × 59.35) × 36.8 = 39,438.56: 109,579.36.
    assert basic_charges(found) == {
        "contract": Decimal("3028.64"),
        "by_quarter": Decimal("3028.64"),
        "capacity": Decimal("2208.00"),
    }
    best = found.row(0, named=True)
    assert (best["basic_charge"], best["contract_kw"], best["is_best"]) == ("contract", [953], True)
    assert best["notice"] == "发改办价格〔2016〕1583号"


def test_another_quarter_has_another_best_basic_charge(lake):
    best, *_ = found = choices(lake, "plant").rows(named=True)
    # April to June: maximum (500 + 500 + 1,700) × 36.8 = 99,360; capacity 110,400; the contract is
    # at its floor of 640 and bills 3 × 640 + 2 × (1,700 − 672) = 3,976 kW, 146,316.80.
    assert best["basic_charges"] == ["contract", "maximum"]
    assert best["contract_kw"] == [953, 640]
    assert best["saving_cny"] == Decimal("3028.64")
    saved = {row["basic_charge"]: row["saving_cny"] for row in found if not row["is_now"]}
    assert saved["capacity"] == Decimal("2208.00") - Decimal("11040.00")
    assert saved["contract"] == Decimal("3028.64") - Decimal("46956.80")


def test_a_signed_contract_is_what_is_paid_now_and_the_best_one_what_is_saved(lake):
    found = choices(lake, "signed", (HALF_YEAR[0], date(2025, 3, 31)))
    now = found.row(by_predicate=pl.col("is_now"), named=True)
    assert (now["basic_charge"], now["policy"], now["notice"]) == ("contract", "now", None)
    # 1,000 kW: 2 × 36,800 and 1,020 × 36.8 = 37,536: 111,136.00, against 109,579.36.
    assert basic_charges(found)["contract"] == Decimal("1556.64")
    assert basic_charges(found)["maximum"] == Decimal("-1472.00")


def test_what_is_had_is_not_offered_again(lake):
    rows = choices(lake, "plant").select("policy", "basic_charge").rows()
    assert sorted(rows) == [
        ("basic_charge", "by_quarter"),
        ("basic_charge", "capacity"),
        ("basic_charge", "contract"),
        ("now", "maximum"),
    ]


def test_from_100_kva_on_the_two_part_tariff_is_tried_with_every_basic_charge(lake):
    found = choices(lake, "workshop", JANUARY)
    two_part = found.filter(policy="two_part")
    assert set(two_part["basic_charge"]) == {"capacity", "contract", "maximum", "by_quarter"}
    owed = dict(two_part.select("basic_charge", "owed_cny").iter_rows())
    # A steady 40 kW: capacity 200 × 23 = 4,600; maximum 40 × 36.8 = 1,472; the contract is at its
    # floor of 80 kW: 2,944. It uses 148.8 kWh a kVA: no discount.
    assert owed["capacity"] - owed["maximum"] == Decimal("3128.00")
    assert owed["contract"] - owed["maximum"] == Decimal("1472.00")
    assert owed["by_quarter"] == owed["maximum"]
    # Of equal ones the one that need not be changed comes first.
    assert found["basic_charge"].to_list()[:2] == ["maximum", "by_quarter"]
    assert two_part["notice"].unique().to_list() == ["发改价格〔2023〕526号"]


def test_a_package_of_a_retailer_is_reckoned_to_the_fen_and_marked(lake):
    found = choices(lake, "shop", JANUARY)
    # 310 kWh at flat: the purchase 125.488, by the one price 124.00, by the small spread 120.28.
    saved = dict(found.filter(policy="retail").select("tariff_code", "saving_cny").iter_rows())
    assert saved == {
        "liaoning_retail_spread": Decimal("5.21"),
        "liaoning_retail_fixed": Decimal("1.49"),
    }
    now = found.row(by_predicate=pl.col("is_now"), named=True)
    # 125.49 + 310 × (0.0155, 0.2330, 0.0420, 0.026825) = 4.81 (4.805), 72.23, 13.02, 8.32 (8.31575)
    assert now["now_cny"] == Decimal("223.87")
    assert now["basic_charge"] == "as_now"
    assert found["is_best"].to_list() == [True, False, False]


def test_whoever_buys_from_a_retailer_pays_no_surcharge_on_the_agency(lake):
    back, shop = choices(lake, "back", JANUARY), choices(lake, "shop", JANUARY)
    packages = pl.col("policy") == "retail"
    assert back.filter(packages)["owed_cny"].equals(shop.filter(packages)["owed_cny"])
    # 310 × 0.4048 × 1.5 = 188.232, 62.74 more than without.
    assert back["now_cny"][0] - shop["now_cny"][0] == Decimal("62.74")


def test_a_household_changes_to_time_of_use_only_where_its_tariff_lets_it(lake):
    assert choices(lake, "home").is_empty()
    # 2 kWh a day from 23 to 24 o'clock, the valley: 362 kWh × 0.31 = 112.22.
    [best, now] = choices(lake, "chooser").rows(named=True)
    assert (best["policy"], best["has_time_of_use"], best["notice"]) == ("time_of_use", True, None)
    assert best["saving_cny"] == Decimal("112.22")
    assert now["has_time_of_use"] is False


def test_an_account_read_too_little_is_left_out(lake):
    assert choices(lake, "gap").is_empty()  # a month of six is missing
    assert not choices(lake, "gap", JANUARY).is_empty()


def test_every_row_is_the_bill_under_that_choice(lake):
    """Each account billed alone, its agreement changed as the row says, owes what the row says."""
    found = best_choice(lake, first_day=HALF_YEAR[0], last_day=HALF_YEAR[1])
    lab = laboratory(*HALF_YEAR, lake)
    places = {name: n for n, name in enumerate(lab.points["usage_point_id"])}
    held = found.filter(pl.col("basic_charge") != "by_quarter")
    assert held.height > 10
    for row in held.rows(named=True):
        place = places[row["usage_point_id"]]
        agreed = lab.accounts.agreements[lab.accounts.index[place]]
        times = Decimal(1) if row["policy"] == "retail" else agreed.purchase_times
        agreed = replace(agreed, has_time_of_use=row["has_time_of_use"], purchase_times=times)
        kw = row["contract_kw"] or [agreed.contract_kw] * 2
        fen = 0
        for number, bills in enumerate((lab.bills[:3], lab.bills[3:])):
            contract = Decimal(kw[number])
            if row["basic_charge"] != "as_now":
                agreed = replace(agreed, choice=row["basic_charge"], contract_kw=contract)
            tariff = as_in_force(known_tariffs()[row["tariff_code"]], *HALF_YEAR)
            alone = lab.cube.those(np.array([place]))
            fen += price(tariff, alone, bills, accounts=Accounts.of([agreed])).totals().sum()
        assert Decimal(int(fen)) / 100 == row["owed_cny"], row


def test_the_saving_is_what_is_owed_now_less_what_would_be(lake):
    found = best_choice(lake, first_day=HALF_YEAR[0], last_day=HALF_YEAR[1])
    assert (found["now_cny"] - found["owed_cny"] == found["saving_cny"]).all()
    share = found["saving_cny"].cast(pl.Float64) / found["now_cny"].cast(pl.Float64)
    assert found["saving_share"].to_list() == pytest.approx(share.to_list())
    by_account = found.group_by("usage_point_id").agg(
        pl.col("is_best").sum(), pl.col("is_now").sum(), pl.col("saving_cny").max()
    )
    assert by_account["is_best"].to_list() == by_account["is_now"].to_list()
    assert (by_account["saving_cny"] >= 0).all()  # what one has is among the choices
    best = found.filter("is_best")
    assert best.equals(
        best_choice(lake, first_day=HALF_YEAR[0], last_day=HALF_YEAR[1], only_best=True)
    )
    cheapest = found.group_by("usage_point_id").agg(pl.col("owed_cny").min())
    assert best.join(cheapest, on=["usage_point_id", "owed_cny"]).height == best.height


def test_nobody_sees_the_choices_of_others(lake_settings):
    days = {"first_day": HALF_YEAR[0], "last_day": HALF_YEAR[1]}
    customer = Scope("anna", "customer", customer_ids=frozenset({"C-shop"}))
    own = best_choice(open_lake(lake_settings, customer, reads=READS), **days)
    assert own["customer_id"].unique().to_list() == ["C-shop"]
    theirs = open_lake(lake_settings, customer, reads=READS)
    assert best_choice(theirs, **days, usage_point_id="plant").is_empty()
    village = Scope("wu", "planner", regions=frozenset({"village"}))
    seen = best_choice(open_lake(lake_settings, village, reads=READS), **days)
    assert seen["customer_id"].unique().to_list() == ["C-shop"]
    everyone = best_choice(open_lake(lake_settings, EVERYTHING, reads=READS), **days)
    assert everyone.filter(customer_id="C-shop").drop("name").equals(seen.drop("name"))


def test_a_region_is_only_its_own_accounts(lake):
    found = best_choice(lake, first_day=HALF_YEAR[0], last_day=HALF_YEAR[1], region_id="village")
    assert found["usage_point_id"].unique().to_list() == ["shop"]


def test_names_are_masked_unless_the_scope_sees_them(lake_settings, lake):
    desk = Scope("li", "service_desk")
    days = {"first_day": JANUARY[0], "last_day": JANUARY[1], "usage_point_id": "shop"}
    masked = best_choice(open_lake(lake_settings, desk, reads=READS), **days)
    assert masked["name"][0] != best_choice(lake, **days)["name"][0] == "某"


def test_each_choice_counts_whom_it_suits_and_what_they_save(lake):
    days = {"first_day": JANUARY[0], "last_day": JANUARY[1]}
    found = choice_savings(lake, **days)
    by_choice = {(row["policy"], row["basic_charge"]): row for row in found.rows(named=True)}
    assert by_choice["two_part", "maximum"]["accounts"] == 1  # the workshop
    # Both plants owe 36,800 now, 1,000 × 36.8, and would by capacity, 1,600 × 23. The contract of
    # 952 kW bills 952 + 2 × (1,000 − 999.6) = 952.8 kW, 35,063.04; that of 953 kW 35,070.40.
    contract = by_choice["basic_charge", "contract"]
    assert (contract["accounts"], contract["better_off_accounts"]) == (2, 2)
    assert contract["saving_cny"] == 2 * Decimal("1736.96")
    assert by_choice["basic_charge", "capacity"]["better_off_accounts"] == 0
    packages = found.filter(policy="retail")
    assert packages["tariff_code"].to_list() == ["liaoning_retail_spread", "liaoning_retail_fixed"]
    assert found.filter(policy="basic_charge")["tariff_code"].null_count() == 4
    assert found["saving_cny"].is_sorted(descending=True)
    assert savings_by_choice(best_choice(lake, **days)).equals(found)


def test_the_summary_tells_published_rules_from_packages(lake):
    days = {"first_day": JANUARY[0], "last_day": JANUARY[1]}
    choices_of_all = best_choice(lake, **days)
    [row] = choice_summary(lake, **days).rows(named=True)
    best = choices_of_all.filter("is_best")
    assert row["accounts"] == best.height == 7  # all but the home
    assert row["better_off_accounts"] == (best["saving_cny"] > 0).sum()
    assert row["saving_cny"] == best["saving_cny"].sum()
    assert row["now_cny"] == best["now_cny"].sum()
    published = without_packages(choices_of_all)
    assert set(published["usage_point_id"]) == {"plant", "signed", "workshop", "chooser"}
    assert row["published_saving_cny"] == published.filter("is_best")["saving_cny"].sum()
    assert 0 < row["published_saving_cny"] < row["saving_cny"]
    assert row["saving_share"] == pytest.approx(float(row["saving_cny"] / row["now_cny"]))


@pytest.fixture
def own_packages(tmp_path, monkeypatch):
    """Two packages beside the usual tariffs: one dearer from mid-January, one with a peak demand.

    The first costs 0.30 up to 16 January and 0.40 from then on, the second 0.50 and 10 a kW from
    12 to 14 o'clock.
    """
    shutil.copytree(tariffs.FOLDER, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(tariffs, "FOLDER", tmp_path)
    of_class = {"region": "liaoning", "price_class": f"{RETAIL}:industrial_commercial"}
    dearer = Tariff(
        "dearer",
        "",
        "",
        (Version((flat("0.30"),)), Version((flat("0.40"),), date(2025, 1, 16))),
        **of_class,
    )
    noon = Window("peak", 12 * 60, 14 * 60, priority=1)
    calendar = Calendar("noon", "", "", "", "", (noon,), remainder="flat")
    rates = (Rate((Decimal(10),), "peak"), Rate((Decimal(0),), "flat"))
    by_period = replace(
        tariff(flat("0.50"), DemandCharge("peak", "other", rates, calendar), **of_class),
        code="by_period",
    )
    for one in (dearer, by_period):
        (tmp_path / f"{one.code}.toml").write_text(write_tariff(one), "utf-8")


@pytest.mark.usefixtures("own_packages")
def test_packages_that_monthly_sums_cannot_bill_are_reckoned_too(lake):
    found = choices(lake, "shop", JANUARY).filter(policy="retail")
    owed = dict(found.select("tariff_code", "owed_cny").iter_rows())
    # 10 kWh a day from 13 to 14 o'clock: 15 days at 0.30 and 16 at 0.40; 310 kWh at 0.50, 10 kW.
    assert owed["dearer"] == Decimal("45.00") + Decimal("64.00")
    assert owed["by_period"] == Decimal("155.00") + Decimal("100.00")


def test_without_any_choice_there_is_nothing_to_save(lake):
    [row] = choice_summary(
        lake, first_day=JANUARY[0], last_day=JANUARY[1], region_id="nowhere"
    ).rows(named=True)
    assert (row["accounts"], row["saving_cny"], row["saving_share"]) == (0, 0, None)


def months_of(lake, name, days=HALF_YEAR):
    return contract_months(lake, usage_point_id=name, first_day=days[0], last_day=days[1])


def test_each_month_stands_beside_the_contract_of_its_quarter(lake):
    found = months_of(lake, "signed")
    assert found["month"].to_list() == [date(2025, month, 1) for month in range(1, 7)]
    assert found["maximum_kw"].to_list() == list(MAXIMA)
    assert found["best_contract_kw"].to_list() == [953] * 3 + [640] * 3
    assert found["tolerated_kw"].to_list() == pytest.approx([1000.65] * 3 + [672] * 3)
    assert found["contract_kw"].to_list() == [1000] * 6
    assert found["quarter"].to_list() == [1, 1, 1, 2, 2, 2]
    assert months_of(lake, "plant")["contract_kw"].null_count() == 6  # it has none


def test_whom_no_two_part_tariff_is_open_to_has_no_contract(lake):
    assert months_of(lake, "workshop")["best_contract_kw"].to_list() == [80] * 6
    for name in ("shop", "home", "nobody"):
        assert months_of(lake, name).is_empty()


def test_nobody_sees_the_demand_of_others(lake_settings):
    customer = Scope("anna", "customer", customer_ids=frozenset({"C-shop"}))
    own = open_lake(lake_settings, customer, reads=READS)
    assert months_of(own, "plant").is_empty()
