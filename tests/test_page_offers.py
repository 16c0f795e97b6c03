"""The page of offers: catalogue, targets, a lot, refusals, and what a campaign brought."""

import json
import re
import sys
from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from ingest.records.accounts import create_account
from ingest.records.consents import record_consent
from ingest.records.engine import SYSTEM, upgrade
from ingest.records.offer_campaigns import take_over_campaign
from ingest.records.offers import save_offer
from pages.charts import DARK, LIGHT
from pages.cookie import SESSION_COOKIE, issue
from pages.downloads import png_bytes
from pages.offer_charts import qini_curve, weeks_apart
from pages.text import LANGUAGES, speak, t_in
from queries.customers.offer_draft import offer_draft
from queries.customers.offer_records import (
    campaign_list,
    offer_list,
    stored_campaign,
    stored_offer,
    version_list,
)
from queries.customers.offer_result import READS as RESULT_READS
from queries.customers.offer_result import offer_result
from queries.customers.offer_targets import READS, offer_targets
from queries.customers.offer_uplift import offer_uplift
from queries.customers.offer_weeks import offer_weeks
from queries.lake import open_lake
from queries.records import Account, open_records
from queries.scope import EVERYTHING, Scope
from queries.settings import PROJECT, Settings
from tests.billing.small_lakes import HOME, agreement, point, profiles, street

HAN = re.compile(r"[一-鿿]")
FIRST, SENT, LAST = date(2025, 1, 1), date(2025, 4, 1), date(2025, 5, 31)
HOMES = 48
CONTENT = {
    "text_zh": "夜间采暖",
    "text_en": "Heat at night",
    "name_en": "Heating by night",
    "basis": "办法",
    "rules": [{"column": "annual_kwh", "test": "at_least", "value": 1000}],
    "value": {"uptake_share": 0.5, "change_share": -0.1},
    "limits": {"contacts": 1, "days": 30},
}
Visit = Callable[..., AppTest]


@pytest.fixture(scope="module")
def lake_settings(new_lake, register, take, day_row) -> Settings:
    """Homes of 6 to 10 kWh a day; every other one halves it when the offer comes in April."""
    random = np.random.default_rng(2)
    homes = {}
    for number in range(HOMES):
        name, kwh = f"H{number:02d}", 6 + 4 * random.random()
        before = profiles(
            day_row, name, (FIRST, SENT - timedelta(days=1)), {19: kwh / 2, 3: kwh / 2}
        )
        less = kwh * (0.5 if number % 2 == 0 else 1.0)
        after = profiles(day_row, name, (SENT, LAST), {19: less / 2, 3: less / 2})
        own = point(name, customer_class="residential")
        homes[name] = own, agreement(name, HOME), pl.concat([before, after])
    small = profiles(day_row, "small", (FIRST, LAST), {19: 1.0})
    homes["small"] = (
        point("small", customer_class="residential"),
        agreement("small", HOME),
        small,
    )
    return street(new_lake(), register, take, homes)


@pytest.fixture(scope="module")
def accounts(lake_settings: Settings) -> dict[str, Account]:
    engine = upgrade(lake_settings)
    return {
        "planner": create_account(engine, SYSTEM, "planner", role="planner", sees_every_region=True)
    }


@pytest.fixture(scope="module")
def offer_id(lake_settings: Settings) -> str:
    """An offer with a campaign of April; H03 wants none."""
    engine = upgrade(lake_settings)
    made = save_offer(engine, SYSTEM, kind="policy_benefit", name="夜间采暖", content=CONTENT)
    names = [f"H{number:02d}" for number in range(HOMES)]
    rows = pl.DataFrame(
        {
            "usage_point_id": names,
            "customer_id": [f"C-{name}" for name in names],
            "arm": ["offered", "control"] * (HOMES // 2),
            "first_day": [SENT] * HOMES,
            "accepted_on": [date(2025, 4, 3), None] * (HOMES // 2),
        }
    )
    take_over_campaign(engine, SYSTEM, made, rows, "四月")
    record_consent(engine, SYSTEM, customer_id="C-H03", decision="refused", said_on=SENT)
    return made


@pytest.fixture
def visit(
    lake_settings: Settings,
    accounts: dict[str, Account],
    offer_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Visit:
    # Streamlit puts the page in its place; a process that a later test starts would open it.
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    monkeypatch.setenv("FENGGU_DATA", str(lake_settings.data))

    def run(language: str = "zh", **address: str) -> AppTest:
        page = PROJECT / "pages" / "customers" / "offers.py"
        app = AppTest.from_file(str(page), default_timeout=120)
        app.session_state["fenggu_language"] = language
        app.session_state[SESSION_COOKIE] = issue(lake_settings, accounts["planner"])
        for name, value in {"offer": offer_id, **address}.items():
            app.query_params[name] = value
        app.run()
        assert [error.message for error in app.exception] == []
        return app

    return run


def tiles(app: AppTest) -> dict[str, str]:
    return {tile.label: tile.value for tile in app.metric}


def targets_of(settings: Settings, offer_id: str, send_on: date) -> dict[str, str]:
    lake = open_lake(settings, EVERYTHING, reads=READS)
    found = offer_targets(
        lake, offer_id=offer_id, send_on=send_on, first_day=FIRST, last_day=date(2025, 3, 31)
    )
    return dict(found.select("usage_point_id", "status").iter_rows())


def test_it_goes_to_who_meets_the_rules_refused_nothing_and_was_not_just_written_to(
    lake_settings: Settings, offer_id: str
):
    soon = targets_of(lake_settings, offer_id, SENT + timedelta(days=7))
    assert (soon["H00"], soon["H01"], soon["H03"]) == ("contacted_lately", "to_send", "refused")
    assert soon["small"] == "rule:annual_kwh"
    later = targets_of(lake_settings, offer_id, SENT + timedelta(days=40))
    assert (later["H00"], later["H03"]) == ("to_send", "refused")


def test_the_page_says_what_was_measured_with_its_interval(visit: Visit):
    app = visit()
    found = tiles(app)
    assert found["可以推荐"] == "47"
    # Half of those compared halved their use: all who were sent it did.
    assert -0.55 < float(found["电量变化"].rstrip("%")) / 100 < -0.45
    assert found["推荐 / 对照（户）"] == "24 / 24"
    said = [one.value for one in app.markdown]
    assert any(text.startswith("**全天用电减少：-") for text in said)
    assert any("用户太少" in text and "不猜" in text for text in said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_speaks_the_readers_language(visit: Visit, language: str):
    app = visit(language=language)
    said = [one.value for one in (*app.title, *app.caption, *app.markdown, *app.subheader)]
    said += [f"{tile.label} {tile.value} {tile.delta}" for tile in app.metric]
    assert not any("{" in text for text in said)
    if language == "en":
        assert [text for text in said if HAN.search(re.sub("办法|四月", "", text))] == []


def test_what_a_finished_trial_measured_stands_for_what_was_supposed(
    lake_settings: Settings, offer_id: str, visit: Visit
):
    lake = open_lake(lake_settings, EVERYTHING, reads=READS)
    days = {"first_day": FIRST, "last_day": date(2025, 3, 31), "send_on": LAST}
    found = offer_targets(lake, offer_id=offer_id, **days).filter(status="to_send")
    assert set(found["basis"]) == {"measured"}
    # Half of those compared halved their use: whoever is sent it saves half of its year.
    share = (found["expected_kwh"] / found["annual_kwh"]).to_list()
    assert share == pytest.approx([-0.5] * found.height, abs=0.05)
    assert (found["expected_low_kwh"] < found["expected_kwh"]).all()
    assert (found["expected_kwh"] < found["expected_high_kwh"]).all()
    assert found["uplift_share"].unique().to_list() == [1.0]
    assert any("“四月”测得的平均值" in one.value for one in visit().caption)
    # Another of its kind borrows the trial; of another kind nothing is known.
    content = json.dumps(CONTENT)
    same = offer_draft(lake, kind="policy_benefit", content=content, **days)
    assert set(same["basis"]) == {"measured"}
    other = offer_draft(lake, kind="tariff_choice", content=content, **days)
    assert set(other["basis"]) == {"supposed"}
    assert other["expected_low_kwh"].null_count() == other.height


def test_an_offer_is_changed_on_the_page_and_what_was_sent_stays(
    visit: Visit, lake_settings: Settings, offer_id: str
):
    engine = open_records(lake_settings)
    before = stored_offer(engine, offer_id)
    app = visit()
    app.segmented_control(key="offer_mode").set_value("edit").run()
    assert app.text_input(key="offer_name_edit").value == "夜间采暖"
    assert app.number_input(key="offer_rule_value_0").value == 1000
    reached = int(tiles(app)["可以推荐"])
    # 4,000 kWh a year are more than the largest home's ten a day.
    app.number_input(key="offer_rule_value_0").set_value(4000.0).run()
    assert tiles(app)["可以推荐"] == "0"
    assert any("不符合“年电量”" in one.value for one in app.markdown)
    app.number_input(key="offer_rule_value_0").set_value(1200.0)
    app.number_input(key="offer_uptake_share_edit").set_value(60.0).run()
    assert int(tiles(app)["可以推荐"]) == reached
    app.button(key="offer_save").click().run()
    assert [error.message for error in app.exception] == []
    kept = stored_offer(engine, offer_id)
    assert before is not None
    assert kept is not None
    assert kept.version == before.version + 1
    assert kept.content.value.uptake_share == pytest.approx(0.6)
    assert [one["value"] for one in kept.content.rules] == [1200.0]
    assert version_list(engine, EVERYTHING, offer_id)["changed_by"][0] == "planner"
    [april] = campaign_list(engine, EVERYTHING, offer_id).filter(name="四月")["id"]
    sent = stored_campaign(engine, april)
    assert sent is not None
    assert [one["value"] for one in sent.content.rules] == [1000]
    assert any("planner" in one.value and "条件" in one.value for one in visit().markdown)


def test_a_new_offer_is_made_on_the_page_and_says_what_is_missing(
    visit: Visit, lake_settings: Settings
):
    app = visit()
    app.segmented_control(key="offer_mode").set_value("new").run()
    app.button(key="offer_save").click().run()
    assert [one.value for one in app.warning] == [t_in("zh", "offer_error.name")]
    app.text_input(key="offer_name_edit").set_value("Valley")
    app.button(key="offer_save").click().run()
    assert [one.value for one in app.warning] == [t_in("zh", "offer_error.words")]
    app.text_area(key="offer_text_zh_edit").set_value("谷段用电")
    app.text_area(key="offer_text_en_edit").set_value("Use the valley")
    app.button(key="offer_rule_add").click().run()
    app.selectbox(key="offer_rule_column_0").set_value("festival_status").run()
    app.multiselect(key="offer_rule_choice_0").set_value([]).run()
    assert [one.value for one in app.warning] == [t_in("zh", "condition.error", number=1)]
    app.multiselect(key="offer_rule_choice_0").set_value(["vacant"]).run()
    app.button(key="offer_save").click().run()
    found = offer_list(open_records(lake_settings), EVERYTHING).filter(name="Valley")
    assert found["kind"].to_list() == ["tariff_choice"]
    kept = stored_offer(open_records(lake_settings), found["id"][0])
    assert kept is not None
    assert list(kept.content.rules) == [
        {"column": "festival_status", "test": "one_of", "value": ["vacant"]}
    ]


def test_answers_are_pasted_recorded_and_keep_customers_off_the_next_list(
    visit: Visit, lake_settings: Settings, offer_id: str
):
    app = visit()
    app.text_area(key="answer_text_0").set_value("C-H05,接受,2025-05-02\nH07,不接受\nnobody").run()
    assert [one.value for one in app.warning] == [
        "- 第 3 行：没有户号或计量点“nobody”，或不在您的管辖范围。"
    ]
    app.button(key="answer_record").click().run()
    assert [error.message for error in app.exception] == []
    found = tiles(visit())
    assert (found["接受"], found["不接受"]) == ("1", "1")
    later = targets_of(lake_settings, offer_id, LAST)
    assert (later["H05"], later["H07"]) == ("accepted", "declined")


def test_an_offer_that_has_ended_is_sent_to_nobody_and_can_be_opened_again(
    visit: Visit, lake_settings: Settings, offer_id: str
):
    app = visit()
    app.button(key="offer_end").click().run()
    kept = stored_offer(open_records(lake_settings), offer_id)
    assert kept is not None
    assert kept.state == "closed"
    ended = visit()
    assert not any(one.label == "登记" and one.key is None for one in ended.button)
    assert "已结束" in ended.selectbox(key="offer").options[0] + str(ended.selectbox[0].options)
    ended.button(key="offer_end").click().run()
    kept = stored_offer(open_records(lake_settings), offer_id)
    assert kept is not None
    assert kept.state == "open"


def test_a_lot_is_drawn_and_recorded_and_no_refuser_is_in_it(
    visit: Visit, lake_settings: Settings, offer_id: str
):
    app = visit()
    app.text_input(key="offer_campaign_name").set_value("第二次")
    app.number_input(key="offer_look_at").set_value(20)
    next(one for one in app.button if one.label == "登记").click().run()
    assert [error.message for error in app.exception] == []
    engine = open_records(lake_settings)
    found = campaign_list(engine, EVERYTHING, offer_id)
    assert found.height == 2
    [newest] = found.filter(name="第二次")["id"]
    campaign = stored_campaign(engine, newest)
    assert campaign is not None
    assert campaign.members.height == 20
    assert "C-H03" not in campaign.members["customer_id"].to_list()
    assert campaign.members["arm"].value_counts()["count"].to_list() == [10, 10]


def test_a_reader_compares_only_whom_it_may_see(lake_settings: Settings, offer_id: str):
    engine = open_records(lake_settings)
    [april] = campaign_list(engine, EVERYTHING, offer_id).filter(name="四月")["id"]
    own = Scope("H00", "customer", customer_ids=frozenset({"C-H00"}))
    lake = open_lake(lake_settings, own, reads=RESULT_READS)
    found = offer_result(lake, campaign_id=april)
    assert found["status"].unique().to_list() == ["too_few_customers"]
    assert found["offered"].to_list() == [0, 0]  # nobody to compare with
    assert found["change_share"].null_count() == 2
    assert offer_list(engine, own).is_empty()


def test_the_weeks_lie_together_before_and_half_apart_after(lake_settings: Settings, offer_id: str):
    speak("zh")
    [april] = campaign_list(open_records(lake_settings), EVERYTHING, offer_id).filter(name="四月")[
        "id"
    ]
    lake = open_lake(lake_settings, EVERYTHING, reads=RESULT_READS)
    weeks = offer_weeks(lake, campaign_id=april)
    apart = weeks.group_by("is_after").agg(pl.col("apart_share").mean()).sort("is_after")
    assert apart["apart_share"].to_list() == pytest.approx([0.0, -0.5], abs=0.001)
    assert offer_uplift(lake, campaign_id=april)["status"].to_list() == ["too_few_customers"]
    curve = pl.DataFrame(
        {
            "asked_share": [0.0, 1.0],
            "saved_kwh": [0.0, 1.0],
            "saved_low_kwh": [0.0, 0.5],
            "saved_high_kwh": [0.0, 1.5],
            "chance_kwh": [0.0, 1.0],
        }
    )
    for look in (LIGHT, DARK):
        for chart in (weeks_apart(weeks, look=look), qini_curve(curve, look=look)):
            assert png_bytes(chart, "镇").startswith(b"\x89PNG")
