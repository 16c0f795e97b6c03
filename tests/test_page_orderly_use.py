"""The page of orderly use: a plan drawn up, saved, put in force, and followed up."""

from contextlib import closing
from datetime import date, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from ingest.records.engine import Actor, upgrade
from ingest.records.orderly import record_day, save_plan, step_plan
from pages.charts import DARK
from pages.demand_orderly_charts import covered_levels, kept_day
from pages.downloads import png_bytes
from pages.text import LANGUAGES, speak, t_in
from queries.demand.orderly_curve import orderly_curve
from queries.demand.orderly_levels import orderly_levels
from queries.demand.orderly_saved import orderly_saved
from queries.demand.orderly_tables import plan_rows
from queries.demand.orderly_terms import read_terms
from queries.lake import open_lake
from queries.scope import EVERYTHING
from tests.demand.orderly_street import FIRST, PERIOD, street
from tests.page_visits import PLANNER, Visit, accounts_of, sound, visiting

LI_NA = Actor("li.na", "planner")


@pytest.fixture(scope="module")
def place(new_lake, register, take, day_row):
    settings = street(new_lake(), register, take, day_row)
    desk = {"role": "service_desk", "sees_every_region": True}
    return settings, accounts_of(settings, planner=PLANNER, desk=desk)


@pytest.fixture
def visit(place, monkeypatch) -> Visit:
    return visiting(monkeypatch, *place, folder="demand")


def saved(settings, name: str) -> str:
    terms = read_terms("").model_dump_json()
    with closing(open_lake(settings, EVERYTHING)) as lake:
        quotas = orderly_saved(lake, **PERIOD, terms=terms).to_dicts()
    content = {"region_id": "town", "terms": terms, "reference_days": [FIRST.isoformat()]}
    return save_plan(upgrade(settings), LI_NA, name=name, content=content, quotas=quotas)


def in_force(settings, name: str, day: date) -> str:
    made, engine = saved(settings, name), upgrade(settings)
    step_plan(engine, LI_NA, made, version=1, state="approved")
    step_plan(engine, LI_NA, made, version=2, state="in_force")
    record_day(
        engine,
        LI_NA,
        made,
        service_date=day,
        level="IV",
        from_minute=17 * 60,
        until_minute=20 * 60,
    )
    return made


def tiles(app: AppTest) -> dict[str, str]:
    return {tile.label: tile.value for tile in app.metric}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shortage_and_who_covers_it_are_told(visit, language):
    app = visit("orderly_use", language=language)
    found = tiles(app)
    # 5 % of 385 kW, from one of five usage points
    level = t_in(language, "orderly.level_IV")
    assert found[t_in(language, "orderly.shortage", level=level)] == "19.25 kW"
    assert found[t_in(language, "orderly.called")] == "1"
    assert found[t_in(language, "orderly.uncovered")] == "0 kW"


def test_a_higher_level_calls_more_and_says_what_is_missing(visit):
    app = visit("orderly_use")
    app.segmented_control(key="orderly_level").set_value("I").run()
    found = tiles(sound(app))
    assert found[t_in("zh", "orderly.called")] == "2"
    assert found[t_in("zh", "orderly.uncovered")] == "15.50 kW"


def test_shares_that_do_not_rise_are_told_and_not_worked_out(visit):
    app = visit("orderly_use")
    app.number_input(key="orderly_share_IV").set_value(50.0).run()
    assert "level_shares" in app.error[0].value


def test_a_season_without_readings_says_what_to_do(visit):
    app = visit("orderly_use")
    app.selectbox(key="orderly_season").set_value("winter").run()
    assert app.info[0].value == t_in("zh", "orderly.nothing")


def test_a_planner_saves_a_draft_and_takes_it_to_the_end(visit, place):
    settings, _ = place
    app = visit("orderly_use", language="en")
    app.text_input(key="orderly_name").set_value("Summer")
    app.button(key="orderly_save").click().run()
    app.segmented_control(key="orderly_view").set_value("follow").run()
    for state in ("approved", "in_force", "ended"):
        sound(app).button(key=f"orderly_to_{state}").click().run()
    states = dict(plan_rows(upgrade(settings)).select("name", "state").iter_rows())
    assert states["Summer"] == "ended"


def test_a_name_that_is_taken_is_told(visit, place):
    saved(place[0], "迎峰度夏")
    app = visit("orderly_use")
    app.text_input(key="orderly_name").set_value("迎峰度夏")
    app.button(key="orderly_save").click().run()
    assert app.warning[0].value == t_in("zh", "orderly_error.taken")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_day_in_force_shows_who_kept_the_limit(visit, place, language):
    # on the second day the factory drew 60 kW of the 60.75 it was left
    made = in_force(place[0], f"day {language}", FIRST + timedelta(days=1))
    app = visit(
        "orderly_use",
        language=language,
        in_session={"orderly_view": "follow", "orderly_plan": made},
    )
    found = tiles(app)
    assert found[t_in(language, "orderly.kept")] == "1"
    assert found[t_in(language, "orderly.achieved")] == "20.00 kW"
    assert t_in(language, "orderly.was_called", user="li.na") in [i.value for i in app.info]
    app.selectbox(key=f"orderly_day_{made}").set_value("other").run()
    assert t_in(language, "orderly.replay") in [one.value for one in sound(app).warning]
    # the plan's reference day is the first, on which the factory drew 100 kW
    assert tiles(app)[t_in(language, "orderly.kept")] == "0"


def test_a_day_is_written_down_and_withdrawn(visit, place):
    made = in_force(place[0], "written", FIRST)
    opened = {"orderly_view": "follow", "orderly_plan": made}
    app = visit("orderly_use", in_session=opened)
    app.date_input(key="orderly_record_day").set_value(FIRST + timedelta(days=3))
    app.button[[one.label for one in app.button].index(t_in("zh", "orderly.record"))].click().run()
    sound(app)
    days = app.selectbox(key=f"orderly_day_{made}").options
    assert len(days) == 3
    app.button(key="orderly_withdraw").click().run()
    assert len(sound(app).selectbox(key=f"orderly_day_{made}").options) == 2


def test_the_service_desk_reads_plans_and_changes_none(visit, place):
    made = saved(place[0], "read only")
    app = visit("orderly_use", "desk", in_session={"orderly_view": "follow", "orderly_plan": made})
    keys = [one.key for one in app.button]
    assert not [key for key in keys if key and key.startswith("orderly_to_")]


def test_without_a_plan_it_says_what_to_do(new_lake, register, take, day_row, monkeypatch):
    settings = street(new_lake(), register, take, day_row)
    people = accounts_of(settings, planner=PLANNER)
    app = visiting(monkeypatch, settings, people, folder="demand")(
        "orderly_use", in_session={"orderly_view": "follow"}
    )
    assert app.info[0].value == t_in("zh", "orderly.no_plans")


def test_charts_of_orderly_use_can_be_drawn(place):
    made = saved(place[0], "charts")
    with closing(open_lake(place[0], EVERYTHING)) as lake:
        levels = orderly_levels(lake, **PERIOD)
        curve = orderly_curve(lake, plan_id=made, service_date=FIRST)
    for language in LANGUAGES:
        speak(language)
        assert png_bytes(covered_levels(levels, look=DARK))
        assert png_bytes(kept_day(curve))
