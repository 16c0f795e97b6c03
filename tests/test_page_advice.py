"""The page of saving advice: what it says, to whom, and in which language."""

import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from ingest.advices import make_advices
from ingest.records.accounts import create_account
from ingest.records.engine import SYSTEM, upgrade
from pages.advice_charts import day_lines
from pages.charts import DARK, LIGHT
from pages.cookie import SESSION_COOKIE, issue
from pages.downloads import png_bytes
from pages.text import LANGUAGES, speak, t_in
from queries.customers.advice_bill import READS, advice_bill
from queries.customers.advice_curve import advice_curve
from queries.customers.own_consent import READS as CONSENT_READS
from queries.customers.own_consent import own_consent
from queries.lake import open_lake
from queries.records import Account
from queries.scope import EVERYTHING
from queries.settings import PROJECT, Settings
from tests.customers.advice_street import YEAR, as_they_are

HAN = re.compile(r"[一-鿿]")
Visit = Callable[..., AppTest]


@pytest.fixture(scope="module")
def lake_settings(new_lake, register, take, day_row) -> Settings:
    return as_they_are(new_lake(), register, take, day_row)


@pytest.fixture(scope="module")
def accounts(lake_settings: Settings) -> dict[str, Account]:
    engine = upgrade(lake_settings)
    planner = {"role": "planner", "sees_every_region": True}
    shop = {"role": "customer", "customer_ids": ["C-shop"]}
    return {
        name: create_account(engine, SYSTEM, name, **rights)
        for name, rights in (("planner", planner), ("shop", shop))
    }


@pytest.fixture
def visit(
    lake_settings: Settings, accounts: dict[str, Account], monkeypatch: pytest.MonkeyPatch
) -> Visit:
    # Streamlit puts the page in its place; a process that a later test starts would open it.
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    monkeypatch.setenv("FENGGU_DATA", str(lake_settings.data))

    def run(user: str = "planner", language: str = "zh", **address: str) -> AppTest:
        page = PROJECT / "pages" / "customers" / "advice.py"
        app = AppTest.from_file(str(page), default_timeout=120)
        app.session_state["fenggu_language"] = language
        app.session_state[SESSION_COOKIE] = issue(lake_settings, accounts[user])
        for name, value in address.items():
            app.query_params[name] = value
        app.run()
        assert [error.message for error in app.exception] == []
        return app

    return run


def texts(app: AppTest) -> list[str]:
    found = [one.value for one in (*app.title, *app.caption, *app.markdown, *app.subheader)]
    found += [f"{tile.label} {tile.value} {tile.delta}" for tile in app.metric]
    return found + [one.label for one in (*app.expander, *app.toggle)]


def test_advice_stands_in_the_order_of_what_it_saves_and_the_rest_says_why_not(visit: Visit):
    app = visit(point="shop")
    titles = [one.label for one in app.expander]
    assert len(titles) >= 8
    assert app.metric[1].value == str(len(titles))
    assert any("不按容量交基本电费" in text for text in texts(app))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_said_in_the_readers_language(visit: Visit, language: str):
    for point in ("shop", "plant"):
        said = texts(visit(language=language, point=point))
        assert not any("{" in text for text in said)
        if language == "en":
            assert [text for text in said if HAN.search(text)] == []


def test_the_first_piece_shows_the_bill_before_and_after_and_it_adds_up(visit: Visit):
    app = visit(point="shop")
    [table] = app.dataframe
    saved = table.value["saving_cny"].astype(float)
    fell = (table.value["before_cny"] - table.value["after_cny"]).astype(float)
    assert saved.tolist() == fell.tolist()
    best = next(tile for tile in app.metric if tile.label == t_in("zh", "advice.best"))
    units = {"元": 1, "万元": 10_000}
    number, unit = best.value.split(" ")
    assert float(number.replace(",", "")) * units[unit] == pytest.approx(saved.sum(), rel=0.001)


def test_everybodys_advice_stands_in_one_list_by_kind_once_it_was_worked_out(
    visit: Visit, lake_settings: Settings
):
    app = visit()
    app.segmented_control(key="advice_section").set_value("everybody").run()
    assert [one.value for one in app.info] == [t_in("zh", "advice.nobody_advised")]
    make_advices(lake_settings)
    app = visit()
    app.segmented_control(key="advice_section").set_value("everybody").run()
    assert [error.message for error in app.exception] == []
    assert app.metric[0].value == "2"
    [table] = app.dataframe
    assert sorted(table.value["usage_point_id"]) == ["plant", "shop"]
    saved = table.value["saving_cny"].astype(float).tolist()
    assert saved == sorted(saved, reverse=True)
    app.toggle(key="advice_only_best").set_value(False).run()
    assert len(app.dataframe[0].value) > 2
    app.button_group(key="advice_list_kind").set_value("shift").run()
    assert set(app.dataframe[0].value["advice_kind"]) == {t_in("zh", "advice_kind.shift")}


def test_the_agent_writes_down_what_the_customer_said_and_that_it_was_told(
    visit: Visit, lake_settings: Settings
):
    app = visit(point="shop")
    assert any(t_in("zh", "consent.stands_unsaid") in one.value for one in app.caption)
    for count in ("1", "2"):
        app.button(key="consent_told").click().run()
        assert [error.message for error in app.exception] == []
        assert any(f"已联系 {count} 次" in one.value for one in app.caption)
    # Two contacts in 90 days are the limit.
    assert app.button(key="consent_told").disabled
    app.radio(key="advice_consent_decision").set_value("refused")
    app.selectbox(key="advice_consent_channel").set_value("counter")
    next(one for one in app.button if one.label == t_in("zh", "offer.record")).click().run()
    assert any(t_in("zh", "consent.stands_refused") in one.value for one in app.caption)
    lake = open_lake(lake_settings, EVERYTHING, reads=CONSENT_READS)
    said = own_consent(lake, customer_id="C-shop", on=datetime.now(UTC).date())
    row = said.row(0, named=True)
    assert (row["decision"], row["channel"], row["may_be_contacted"]) == (
        "refused",
        "counter",
        False,
    )
    own = visit("shop", point="shop")
    assert not any(one.key == "consent_told" for one in own.button)


def test_a_customer_finds_its_own_meter_and_no_other(visit: Visit):
    app = visit("shop", point="plant")
    assert [one.split(" ")[0] for one in app.selectbox(key="point").options] == ["shop"]


def test_counted_lamps_replace_the_estimate(visit: Visit):
    app = visit(point="shop")
    app.number_input(key="sheet_shop_lamps").set_value(10)
    apply = t_in("zh", "advice.sheet_apply")
    next(one for one in app.button if one.label == apply).click().run()
    assert [error.message for error in app.exception] == []
    assert any("10 盏" in text for text in texts(app))


def test_the_day_before_and_after_is_drawn_as_a_picture_and_the_bill_adds_up(
    lake_settings: Settings,
):
    speak("zh")
    days = {"first_day": YEAR[0], "last_day": YEAR[1]}
    lake = open_lake(lake_settings, EVERYTHING, reads=READS)
    curve = advice_curve(lake, usage_point_id="shop", kind="standby", **days)
    for look in (LIGHT, DARK):
        chart = day_lines(curve.filter(day_kind="workday"), look=look)
        assert png_bytes(chart, "镇").startswith(b"\x89PNG")
    assert (curve["mean_after_kw"] <= curve["mean_before_kw"] + 1e-9).all()
    assert advice_curve(lake, usage_point_id="plant", kind="capacity", **days).is_empty()
    bill = advice_bill(lake, usage_point_id="plant", kind="capacity", **days)
    changed = bill.filter(bill["saving_cny"] != 0)["part"].to_list()
    assert set(changed) <= {"capacity", "power_factor"}
    assert "capacity" in changed
