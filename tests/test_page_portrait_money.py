"""The money on the page of a portrait: what it says to staff, to the customer, and of nothing."""

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from ingest.lake import append, publish, writing
from pages.portrait_words import about, value_in_words
from pages.text import LANGUAGES, speak, t_in
from queries.schema import PORTRAIT_MONEY
from tests.customers.portrait_street import street_of
from tests.page_visits import HAN, PLANNER, Visit, accounts_of, visiting

PAGE = "customers/portrait"
_HOME = {
    "customer_id": "C-H05",
    "usage_points": 1,
    "bill_months": 12,
    "bill_cny": Decimal("1780.21"),
    "energy_kwh": 3436.86,
    "price_cny_per_kwh": 0.518,
    "choice_why": "nothing_to_choose",
    "next_year_cny": 1863.37,
    "next_year_low_cny": 1551.2,
    "next_year_high_cny": 2238.9,
    "growth_share": 0.047,
    "next_year_basis": "two_years",
    "late_probability_share": 0.014,
    "bills_before": 23,
    "on_time_share": 1.0,
}
_SHOP = {
    "customer_id": "C-S",
    "usage_points": 2,
    "bill_months": 9,
    "bill_cny": Decimal(945947),
    "price_cny_per_kwh": 0.7725,
    "has_other_terms": True,
    "choice_policy": "basic_charge",
    "choice_tariff_code": "liaoning_industrial_commercial_two_part",
    "choice_basic_charge": "maximum",
    "choice_has_time_of_use": True,
    "choice_saving_cny": Decimal(22870),
    "next_year_why": "too_new",
    "late_why": "too_few_months",
}


@pytest.fixture(scope="module")
def street(new_lake, register, take, day_row):
    settings = street_of(new_lake(), register, take, day_row)
    usual = dict.fromkeys(PORTRAIT_MONEY.names) | {
        "month": "2025-12",
        "last_day": date(2025, 12, 31),
        "received_at": datetime(2026, 1, 5, tzinfo=UTC),
    }
    rows = [usual | one for one in (_HOME, _SHOP)]
    with writing(settings) as writer:
        append(writer, PORTRAIT_MONEY, pl.DataFrame(rows, schema=PORTRAIT_MONEY.schema))
        publish(writer)
    return settings


@pytest.fixture(scope="module")
def accounts(street):
    own = {"role": "customer", "customer_ids": ["C-H05"]}
    return accounts_of(street, planner=PLANNER, home=own)


@pytest.fixture
def visit(street, accounts, monkeypatch: pytest.MonkeyPatch) -> Visit:
    return partial(visiting(monkeypatch, street, accounts), PAGE)


def _tiles(app: AppTest) -> dict[str, tuple[str, str]]:
    return {one.label: (one.value, one.delta) for one in app.metric}


def _said(app: AppTest) -> str:
    return " ".join(one.value for one in (*app.markdown, *app.caption))


def test_an_agent_reads_bill_choice_revenue_and_arrears_at_a_glance(visit: Visit):
    app = visit("planner", "en", point="H05")
    tiles = _tiles(app)
    assert tiles["Bill of 12 months"] == ("1,780.21 CNY", "0.5180 CNY/kWh")
    assert tiles["Best choice saves"] == ("–", "no other choice")
    assert tiles["Revenue to come"] == ("1,860 CNY", "1,550–2,240 CNY · 80%")
    assert tiles["Arrears probability"] == ("1.4%", "100% of 23 in time")
    said = _said(app)
    assert "+4.7%" in said
    assert t_in("en", "portrait_money.calibrated") in said
    for link in ("/billing-bill?customer=C-H05", "/billing-best-choice?point=H05", "/market-risk"):
        assert link in said


def test_a_shop_of_two_usage_points_is_told_its_choice_and_what_is_not_known(visit: Visit):
    app = visit("planner", "zh", point="S")
    tiles = _tiles(app)
    assert tiles["近 12 个月中 9 个月的电费"] == ("94.59 万元", "均价 0.7725 元/kWh")
    assert tiles["最优选择可省"] == ("2.287 万元/年", "基本电费按实际最大需量")
    assert tiles["未来 12 个月收入"] == ("–", "在户不满一年")
    assert tiles["迟缴概率"] == ("–", "有结果的账单不足 6 张")
    assert tiles["合同需量利用率"] == ("60.0%", "功率因数 0.80")
    said = _said(app)
    assert t_in("zh", "portrait_money.points", points=2) in said
    assert t_in("zh", "portrait_money.has_other_terms") in said


def test_a_customer_sees_its_bill_but_neither_arrears_nor_revenue(visit: Visit):
    app = visit("home", "zh", point="H05")
    tiles = _tiles(app)
    assert tiles["近 12 个月电费"][0] == "1,780.21 元"
    assert not {"未来 12 个月收入", "迟缴概率"} & set(tiles)
    everything = " ".join([_said(app), *(str(one.value.to_dict()) for one in app.dataframe)])
    for word in ("迟缴概率", "未来 12 个月收入", "/market-risk", "1,86"):
        assert word not in everything


def test_whoever_has_no_money_yet_has_the_rest_of_the_portrait(visit: Visit):
    app = visit("planner", "en", point="H03")
    assert len(app.metric) == 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_of_money_is_explained_in_the_language(visit: Visit, language: str):
    app = visit("planner", language, point="H05")
    assert t_in(language, "portrait_money.all") in [one.value for one in app.subheader]
    tables = [one.value for one in app.dataframe]
    shown = set(tables[-1].iloc[:, 0])
    assert t_in(language, "portrait_feature.late_probability_share") in shown
    if language == "en":
        assert not HAN.search(" ".join(shown))


def test_an_estimate_is_told_in_three_digits():
    speak("en")
    assert about(1863.37) == "1,860 CNY"
    assert about(0.0) == "0 CNY"
    assert about(None) == "–"
    assert about(881226.18, 1053700.0) == "0.881–1.05 M CNY"
    speak("zh")
    assert about(62.4) == "62.4 元"
    assert value_in_words("price_cny_per_kwh", 0.518) == "0.5180 元/kWh"
    assert value_in_words("bill_cny", Decimal("1780.21")) == "1,780.21 元"
    assert value_in_words("growth_share", -0.032) == "-3.2%"
