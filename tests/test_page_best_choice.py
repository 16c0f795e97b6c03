"""The page of best choices: what it shows, to whom, and in which language."""

from datetime import date
from functools import partial

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from pages.charts import DARK, LIGHT
from pages.choice_charts import demand_bars, owed_bars, saving_bars
from pages.choice_words import quarters_in_words
from pages.downloads import csv_bytes, png_bytes, xlsx_bytes
from pages.flat_tables import with_lists_joined
from pages.text import LANGUAGES, speak, t_in
from queries.billing.best_choice import READS, best_choice
from queries.billing.choice_savings import savings_by_choice, without_packages
from queries.billing.contract_months import contract_months
from queries.lake import open_lake
from queries.records import Account
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.billing.small_lakes import (
    HOME,
    SHOP,
    TWO_PART,
    agreement,
    point,
    profiles,
    street,
    with_hour,
)
from tests.page_visits import HAN, PLANNER, Visit, accounts_of, visiting

SPRING = date(2025, 1, 1), date(2025, 4, 10)
DAYS = {"first_day": date(2025, 1, 1), "last_day": date(2025, 3, 31)}


@pytest.fixture(scope="module")
def lake_settings(new_lake, register, take, day_row) -> Settings:
    """A plant of 1,600 kVA, a shop and a home; three whole months and ten days more."""
    plant = profiles(day_row, "plant", SPRING, {}, 100.0)
    for month, maximum in ((1, 1000), (2, 1000), (3, 1060)):
        plant = with_hour(plant, date(2025, month, 8), 10, maximum)
    of_plant = point("plant", 1600.0, customer_class="industrial", voltage_kv=10.0)
    of_home = point("home", customer_class="residential")
    shop = profiles(day_row, "shop", SPRING, {13: 10.0})
    home = profiles(day_row, "home", SPRING, {19: 3.0})
    return street(
        new_lake(),
        register,
        take,
        {
            "plant": (of_plant, agreement("plant", TWO_PART), plant),
            "shop": (point("shop", 50.0), agreement("shop", SHOP, line_loss_share=0.02), shop),
            "home": (of_home, agreement("home", HOME), home),
        },
    )


@pytest.fixture(scope="module")
def accounts(lake_settings: Settings) -> dict[str, Account]:
    """A planner, a service desk, and the customers of the plant, the shop and the home."""
    customers = {
        name: {"role": "customer", "customer_ids": [f"C-{name}"]}
        for name in ("plant", "shop", "home")
    }
    desk = {"role": "service_desk", "sees_every_region": True}
    return accounts_of(lake_settings, planner=PLANNER, service_desk=desk, **customers)


@pytest.fixture
def visit(
    lake_settings: Settings, accounts: dict[str, Account], monkeypatch: pytest.MonkeyPatch
) -> Visit:
    return partial(visiting(monkeypatch, lake_settings, accounts), "billing/best_choice")


def tiles(app: AppTest) -> dict[str, tuple[str, str]]:
    return {metric.label: (metric.value, metric.delta) for metric in app.metric}


def points(app: AppTest) -> list[str]:
    return [option.split(" ")[0] for box in app.selectbox for option in box.options]


def test_the_tiles_say_how_many_could_save_how_much(visit: Visit):
    found = tiles(visit())
    assert found["另选更省的用户"] == ("1", "共 1 户可选")
    # The contract of 953 kW against the measured maximum: 112,608.00 − 109,579.36.
    assert found["合计节省"][0] == found["电网收入风险"][0] == "3,028.64 元"


@pytest.mark.parametrize("language", LANGUAGES)
def test_whose_real_bills_have_more_in_them_is_said(visit: Visit, language: str):
    app = visit("planner", language=language, packages="1")
    # The shop pays for line losses too: 10 kWh a day from January to March.
    said = t_in(language, "lab.note_other_terms", accounts="1", energy="900.0 kWh")
    assert said in [caption.value for caption in app.caption]


def test_packages_count_only_when_they_are_switched_on(visit: Visit):
    app = visit()
    assert points(app) == ["plant"]
    app.toggle(key="packages").set_value(True).run()
    assert [error.message for error in app.exception] == []
    assert points(app) == ["plant", "shop"]
    found = tiles(app)
    assert found["另选更省的用户"] == ("2", "共 2 户可选")
    # What the grid company would lose by its own rules stays what it was.
    assert found["电网收入风险"][0] == "3,028.64 元" != found["合计节省"][0]
    again = visit(packages="1", point="shop")
    assert again.selectbox(key="point").value == "shop"
    assert points(again) == ["plant", "shop"]


def test_the_months_are_the_whole_ones(visit: Visit):
    assert "2025年1月1日 – 3月31日" in visit().markdown[0].value


def test_the_table_names_what_is_had_what_is_best_and_the_notice(visit: Visit):
    [table] = visit().dataframe
    [row] = pl.from_pandas(table.value).rows(named=True)
    assert (row["usage_point_id"], row["choice_now"], row["choice_best"]) == (
        "plant",
        "工商业两部制，按实际最大需量",
        "基本电费按合同最大需量",
    )
    assert row["by_quarter"] == "合同 953 kW"
    assert row["notice"] == "发改办价格〔2016〕1583号"
    assert row["name"] == "某**"


def test_packages_are_said_to_be_examples_of_no_retailer(visit: Visit):
    texts = [element.value for element in visit(packages="1", point="shop").markdown]
    assert any("售电公司套餐（示例）" in text for text in texts)
    examples = [text for text in texts if "Illustrative: no retailer offers this" in text]
    assert len(examples) == 2


def test_the_notice_of_a_policy_stands_below_it(visit: Visit):
    assert [text.value for text in visit().text] == ["依据 发改办价格〔2016〕1583号。"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_customer_sees_the_own_choices_and_nobody_elses(visit: Visit, language: str):
    app = visit("plant", language)
    assert points(app) == ["plant"]
    assert len(app.metric) == len(app.dataframe) == 0
    shop = visit("shop", language, packages="1", point="plant")
    assert points(shop) == ["shop"]


def test_who_has_nothing_to_choose_is_told_so(visit: Visit):
    for user in ("home", "shop"):
        app = visit(user)
        assert [info.value for info in app.info] == [t_in("zh", "choice.nothing")]


def test_the_service_desk_finds_the_page(visit: Visit):
    assert points(visit("service_desk")) == ["plant"]


def test_the_english_page_says_nothing_in_chinese(visit: Visit):
    app = visit(language="en", packages="1", point="shop")
    texts = [element.value for element in (*app.title, *app.caption, *app.markdown, *app.subheader)]
    texts += [f"{metric.label} {metric.value} {metric.delta}" for metric in app.metric]
    texts += [f"{box.label} {box.options}" for box in app.selectbox]
    assert [text for text in texts if HAN.search(text)] == []


def test_every_chart_is_drawn_as_a_picture_and_the_answer_as_a_file(lake_settings: Settings):
    speak("zh")
    lake = open_lake(lake_settings, EVERYTHING, reads=READS)
    choices = best_choice(lake, **DAYS)
    savings = savings_by_choice(choices)
    own = choices.filter(usage_point_id="plant")
    months = contract_months(lake, usage_point_id="plant", **DAYS)
    for look in (LIGHT, DARK):
        for chart in (
            saving_bars(savings, [f"{n}" for n in range(savings.height)], look=look),
            owed_bars(own, [f"{n}" for n in range(own.height)], look=look),
            demand_bars(months, look=look),
        ):
            assert png_bytes(chart, "峰川区").startswith(b"\x89PNG")
    flat = with_lists_joined(choices)
    assert "953" in csv_bytes(flat).decode("utf-8-sig")
    assert xlsx_bytes(flat).startswith(b"PK")


def test_a_basic_charge_of_each_quarter_is_told_quarter_by_quarter():
    speak("zh")
    row = {"contract_kw": [953, 640], "basic_charges": ["contract", "capacity"]}
    assert quarters_in_words(row) == "合同 953 kW → 按容量"
    assert quarters_in_words({"contract_kw": None, "basic_charges": None}) == ""


def test_without_packages_the_best_of_the_others_is_marked(lake_settings: Settings):
    lake = open_lake(lake_settings, EVERYTHING, reads=READS)
    kept = without_packages(best_choice(lake, **DAYS))
    assert kept["usage_point_id"].unique().to_list() == ["plant"]
    assert kept.filter("is_best")["basic_charge"].to_list() == ["contract"]
