"""The settlement section of events as its script runs: figures, reasons, settling and posting."""

from functools import partial

import pytest

from ingest.records.engine import SYSTEM, upgrade
from ingest.records.response_settlements import settle
from queries.billing.bill import bill
from queries.demand.event_settlement import event_settlement
from queries.demand.response_events import response_events
from queries.lake import open_lake
from queries.scope import EVERYTHING
from tests.demand.planted_event import planted_event
from tests.page_visits import HAN, PLANNER, accounts_of, sound, visiting

SETTLE = {"events_view": "settle"}


@pytest.fixture
def made(new_lake, register, take, day_row):
    found = new_lake()
    planted_event(found, register, take, day_row)
    return found


@pytest.fixture
def visit(made, monkeypatch):
    return partial(visiting(monkeypatch, made, accounts_of(made, planner=PLANNER)), "demand/events")


def tiles(app):
    return {one.label: one.value for one in app.metric}


def test_the_figures_are_those_of_the_settlement_and_everyone_has_a_reason(visit):
    """A, C and D reduce 10 kW each for two hours at 3 CNY/kWh; B reduces 4 kW."""
    app = visit(in_session=SETTLE)
    found = tiles(app)
    assert found["实测削减"] == "34.00 kW"
    assert (found["认定削减"], found["补贴金额"]) == ("30.00 kW", "180.00 元")
    [table] = [one.value for one in app.dataframe if "outcome" in one.value.columns]
    assert table["outcome"].to_list() == ["结算", "结算", "结算", "响应量不足"]


def test_in_english_nothing_is_left_in_chinese(visit):
    app = visit(language="en", in_session=SETTLE | {"settled_point": "PB"})
    said = [one.value for one in (*app.markdown, *app.caption, *app.subheader)]
    # the programme's own name stands in its choice alone
    assert [text for text in said if HAN.search(text)] == []
    assert any("less than the least share of what was promised" in text for text in said)


def test_what_is_kept_and_posted_stands_on_the_bill(visit, made):
    app = visit(in_session=SETTLE)
    assert not any(one.key == "event_post_now" for one in app.button), "nothing is kept yet"
    app = sound(app.button(key="event_settle_now").click().run())
    assert any("已保存 4 户" in one.value for one in app.success)
    app = sound(app.button(key="event_post_now").click().run())
    assert not any(one.key == "event_post_now" for one in app.button), "all is posted"
    lake = open_lake(made, EVERYTHING)
    lines = bill(lake, month=lake_month(lake), customer_id="A").filter(rule="posted")
    assert lines["amount_cny"].to_list() == [-60]


def lake_month(lake):
    """The month of the latest readings, whose bill is open."""
    return lake.sql("select max(service_date) from daily_totals").fetchall()[0][0]


@pytest.mark.parametrize(("customers", "said"), [(3, "部分结算"), (4, "已结算")])
def test_an_event_is_settled_once_everyone_is(visit, made, customers, said):
    with open_lake(made, EVERYTHING) as lake:
        [event_id] = response_events(lake)["event_id"]
        lines = event_settlement(lake, event_id=event_id)
    settle(upgrade(made), SYSTEM, event_id, lines.head(customers), lake_version="1")
    app = visit(in_session={"events_view": "plan"})
    [table] = [one.value for one in app.dataframe if "settled_kw" in one.value.columns]
    assert table["state"].to_list() == [said]


def test_other_rules_and_what_stands_out_are_shown_when_asked_for(visit):
    app = visit(in_session=SETTLE | {"event_settle_rules": True, "event_settle_gaming": True})
    assert any("rule" in one.value.columns for one in app.dataframe)
    assert any("未见需要核实" in one.value for one in app.success)
