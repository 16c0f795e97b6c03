"""The live section of events as its script runs: a replay, messages, calls by telephone."""

import shutil
from datetime import UTC, datetime, timedelta
from functools import partial

import polars as pl
import pytest

from ingest.records.engine import SYSTEM, upgrade
from ingest.records.response_events import call_event, plan_event
from ingest.signals.outbox import outgoing, prepare, tried
from queries.demand.response_records import calls, enrolments, programmes
from queries.lake import open_lake
from queries.scope import EVERYTHING
from tests.demand.planted_event import planted_event
from tests.page_visits import HAN, PLANNER, accounts_of, sound, visiting

LIVE = {"events_view": "live"}


@pytest.fixture(scope="module")
def planted(new_lake, register, take, day_row):
    found = new_lake()
    planted_event(found, register, take, day_row)
    return found


@pytest.fixture
def made(planted, tmp_path):
    """A copy of it to write to."""
    shutil.copytree(planted.data, tmp_path / "data")
    return planted.model_copy(update={"data": tmp_path / "data"})


@pytest.fixture
def visit(made, monkeypatch):
    return partial(visiting(monkeypatch, made, accounts_of(made, planner=PLANNER)), "demand/events")


@pytest.fixture
def called(made):
    """Another event, called now for tomorrow from 15:00 to 17:00."""
    engine, now = upgrade(made), datetime.now(UTC)
    tomorrow = now.astimezone(made.zone) + timedelta(days=1)
    begin = tomorrow.replace(hour=15, minute=0, second=0, microsecond=0)
    with open_lake(made, EVERYTHING) as lake:
        [programme_id], members = programmes(lake)["programme_id"], enrolments(lake)
    event_id = plan_event(
        engine,
        SYSTEM,
        programme_id=programme_id,
        starts_at=begin,
        ends_at=begin + timedelta(hours=2),
        reason="shortage",
        target_kw=None,
        plan={},
        calls=members.select(
            "usage_point_id", "customer_id", "enrolment_id", planned_kw=pl.lit(8.0)
        ),
    )
    call_event(engine, SYSTEM, event_id, version=1, called_at=now)
    return engine, event_id


def tiles(app):
    return {one.label: one.value for one in app.metric}


def table_with(app, column):
    [found] = [one.value for one in app.dataframe if column in one.value.columns]
    return found


def answers(made, event_id):
    with open_lake(made, EVERYTHING) as lake:
        return dict(calls(lake, event_id).select("usage_point_id", "answer").rows())


def test_a_past_event_is_replayed_to_any_quarter_of_it(visit):
    """Four customers reduce 10, 4, 10 and 10 kW of the 30 asked for, from 15:00 to 17:00."""
    app = visit(in_session=LIVE)
    assert (tiles(app)["平均削减"], tiles(app)["目标完成"]) == ("34.00 kW", "113.3%")
    assert table_with(app, "reduced_kwh")["reduced_kwh"].to_list() == [8, 20, 20, 20]
    [slider] = [one for one in app.slider if one.label == "回放到"]
    app = sound(slider.set_value(datetime(2025, 7, 10, 15, 30)).run())  # noqa: DTZ001 - local
    assert table_with(app, "reduced_kwh")["reduced_kwh"].to_list() == [2, 5, 5, 5]
    [slider] = [one for one in app.slider if one.label == "回放到"]
    app = sound(slider.set_value(datetime(2025, 7, 10, 14, 30)).run())  # noqa: DTZ001 - local
    assert tiles(app)["平均削减"] == "–"
    shown = [column for one in app.dataframe for column in one.value.columns]
    assert "reduced_kwh" not in shown


@pytest.mark.usefixtures("called")
def test_before_anything_went_out_it_says_what_to_run(visit):
    app = visit(in_session=LIVE)
    assert any("python -m ingest signals" in one.value for one in app.warning)


def test_what_failed_can_be_sent_again(visit, called):
    engine, _ = called
    now = datetime.now(UTC)
    prepare(engine, now)
    [first, *_] = outgoing(engine, "phone")
    tried(engine, [first], at=now, state="failed", wrong="status: 404")
    app = visit(in_session=LIVE)
    assert tiles(app)["通知失败"] == "1"
    assert table_with(app, "told_why")["told_why"][0] == "对方服务器拒收（状态码 404）"
    app = sound(app.button(key="event_again").click().run())
    assert tiles(app)["通知失败"] == "0"


def test_a_telephone_call_is_written_down(visit, made, called):
    _, event_id = called
    app = visit(in_session=LIVE)
    [who] = [one for one in app.selectbox if one.label == "用户"]
    [said] = [one for one in app.radio if one.label == "答复"]
    who.set_value("PC")
    said.set_value("opt_out")
    [button] = [one for one in app.button if one.label == "登记"]
    app = sound(button.click().run())
    assert answers(made, event_id) == {"PA": None, "PB": None, "PC": "opt_out", "PD": None}
    assert any("已登记 PC 的电话" in one.value for one in app.success)
    assert tiles(app)["同意响应"] == "0"


def test_in_english_nothing_is_left_in_chinese(visit, called):
    prepare(called[0], datetime.now(UTC))
    app = visit(language="en", in_session=LIVE)
    said = [one.value for one in (*app.markdown, *app.caption, *app.subheader, *app.warning)]
    said += [one.label for one in (*app.metric, *app.button, *app.radio)]
    assert [text for text in said if HAN.search(text)] == []
