"""The page of demand response: a plan is made, kept, called; terms are changed; lists are read."""

from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from pages.charts import DARK
from pages.downloads import png_bytes
from pages.event_actions import when_called
from pages.event_plan_charts import largest_reductions, planned_day
from pages.text import LANGUAGES, speak, t_in
from queries.demand.event_plan import event_plan
from queries.demand.event_plan_curve import event_plan_curve
from queries.demand.response_programme import read_terms
from queries.demand.response_records import calls, events, programmes
from queries.lake import open_lake
from queries.scope import EVERYTHING
from tests.demand.response_town import PLAN_DAY, town
from tests.page_visits import PLANNER, accounts_of, open_page


@pytest.fixture(scope="module")
def place(new_lake, register, take, day_row):
    made = town(new_lake, register, take, day_row)
    return made, accounts_of(made.settings, events_planner=PLANNER)["events_planner"]


@pytest.fixture
def lake(place):
    with open_lake(place[0].settings, EVERYTHING) as opened:
        yield opened


@pytest.fixture
def visit(monkeypatch, place):
    def run(language: str = "en", **in_session: object) -> AppTest:
        made, account = place
        return open_page(
            monkeypatch, made.settings, account, "demand/events", language, in_session=in_session
        )

    return run


def planned(app: AppTest, target: float, language: str = "en") -> AppTest:
    """The page after a target was typed and the button pressed."""
    app.date_input(key="event_plan_day").set_value(PLAN_DAY).run()
    app.number_input(key="event_plan_target").set_value(target).run()
    [button] = [one for one in app.button if one.label == t_in(language, "event_plan.plan")]
    return button.click().run()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_plan_says_whom_to_call_and_what_it_costs(visit, language):
    app = planned(visit(language), 14.9, language)
    assert not app.exception
    tiles = {tile.label: tile.value for tile in app.metric}
    assert tiles[t_in(language, "event_plan.called")] == "2"
    assert tiles[t_in(language, "event_plan.expected")] == "15.00 kW"
    assert tiles[t_in(language, "event_plan.gap")] == "0.00%"


def test_the_hours_of_the_highest_load_are_chosen_at_first(visit):
    app = visit()
    begin, end = app.slider[0].value
    # PA uses 100 kW more from 20:00 to 21:00: two hours that hold it
    assert (begin.hour, end.hour) in {(19, 21), (20, 22)}


def test_a_target_out_of_reach_names_the_most(visit):
    app = planned(visit(), 500.0)
    assert not app.exception
    assert "45.00 kW" in app.warning[0].value


def test_a_plan_is_kept_and_what_has_gone_by_is_recorded_as_called(visit, lake):
    app = planned(visit(), 14.9)
    app.button(key="event_keep").click().run()
    assert not app.exception
    event = events(lake).row(0, named=True)
    assert (event["state"], event["target_kw"]) == ("planned", 14.9)
    assert calls(lake, event["event_id"])["planned_kw"].sum() == pytest.approx(15.0, abs=1e-3)
    app.button(key=f"event_call_{event['event_id']}").click().run()
    [called] = events(lake).filter(event_id=event["event_id"]).iter_rows(named=True)
    # these hours are long gone: called at the last moment the terms allow
    assert called["state"] == "called"
    assert called["called_at"] == called["starts_at"] - timedelta(minutes=120)
    app.button(key=f"event_cancel_{event['event_id']}").click().run()
    assert events(lake).filter(event_id=event["event_id"])["state"].to_list() == ["cancelled"]


def test_a_call_is_of_now_while_there_is_notice_and_impossible_after():
    now, notice = datetime.now(UTC), timedelta(hours=2)
    at = when_called(now + timedelta(hours=3), notice)
    assert at is not None
    assert abs(at - now) < timedelta(minutes=1)
    assert when_called(now + timedelta(hours=1), notice) is None
    assert when_called(now - timedelta(days=3), notice) == now - timedelta(days=3) - notice


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_terms_are_changed_in_their_form(visit, place, lake, language):
    place[0].set_terms()
    app = visit(language, events_view="programme")
    assert not app.exception
    row = programmes(lake).row(0, named=True)
    key = f"{row['programme_id']}_{row['version']}"
    app.number_input(key=f"terms_rebound_share_{key}").set_value(25.0)
    app.text_input(key=f"terms_factors_{key}").set_value("19:00-21:00 × 2")
    save = t_in(language, "event_programme.save")
    next(one for one in app.button if one.label == save).click().run()
    assert not app.exception
    terms = read_terms(programmes(lake)["terms"][0])
    assert terms.rebound_share == 0.25
    assert [(a, b, float(c)) for a, b, c in terms.time_factors] == [(1140, 1260, 2.0)]
    assert terms.notice_minutes == 120


def test_a_closed_programme_takes_no_events_until_it_is_opened_again(visit, place, lake):
    place[0].set_terms()
    for state in ("closed", "open"):
        app = visit(events_view="programme")
        app.button(key="programme_close").click().run()
        assert programmes(lake)["state"].to_list() == [state]


def test_who_makes_no_events_looks_at_the_plan_without_buttons(monkeypatch, place):
    made, _ = place
    made.set_terms()
    clerk = accounts_of(made.settings, clerk={"role": "billing_clerk", "sees_every_region": True})
    app = open_page(monkeypatch, made.settings, clerk["clerk"], "demand/events", "en")
    assert not app.exception
    app = planned(app, 14.9)
    keys = {one.key for one in app.button}
    assert not {"event_keep", "event_call_now", "event_cancel_E1", "programme_close"} & keys
    assert t_in("en", "event_plan.not_maker") in [one.value for one in app.caption]


def test_charts_of_a_plan_can_be_drawn(place, lake):
    place[0].set_terms()
    asked = {
        "programme_id": place[0].programme_id,
        "day": PLAN_DAY,
        "from_minute": 840,
        "until_minute": 960,
        "target_kw": 14.9,
        "region_id": "town",
    }
    curve = event_plan_curve(lake, **asked)
    event = curve.filter(part="event")
    assert event.height == 8
    assert (event["load_kw"] - event["load_with_event_kw"]).to_list() == pytest.approx(
        [15.0] * 8, abs=1e-3
    )
    for language in LANGUAGES:
        speak(language)
        assert png_bytes(planned_day(curve, look=DARK))
        assert png_bytes(largest_reductions(event_plan(lake, **asked).filter("is_called")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_programme_the_page_says_what_to_do(monkeypatch, sample_settings, language):
    account = accounts_of(sample_settings, **{f"events_{language}": PLANNER})[f"events_{language}"]
    app = open_page(monkeypatch, sample_settings, account, "demand/events", language)
    assert app.info[0].value == t_in(language, "event_programme.none_yet")
