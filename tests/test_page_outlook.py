"""The page of the outlook: what it shows, in which language, and what a reader can change."""

from datetime import date, timedelta
from functools import partial

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from pages.charts import LIGHT
from pages.downloads import png_bytes
from pages.outlook_charts import backtest_fan, growth_parts, outlook_fan
from pages.text import LANGUAGES, speak, t_in
from queries.market.assumptions import read_assumptions, shipped_text
from queries.market.outlook import outlook
from queries.market.outlook_backtest import outlook_backtest
from queries.market.outlook_parts import outlook_parts
from queries.questions import answer, question_of
from queries.records import Account, open_records
from queries.scenarios import scenarios
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.market.two_areas import two_areas
from tests.page_visits import PLANNER, Visit, accounts_of, open_page, sound, visiting

PAGE = "market/outlook"


@pytest.fixture(scope="module")
def utility(new_lake, register, take) -> Settings:
    return two_areas(new_lake(), register, take)


@pytest.fixture(scope="module")
def planners(utility: Settings) -> dict[str, Account]:
    return accounts_of(utility, planner=PLANNER, colleague=PLANNER)


@pytest.fixture
def visit(
    utility: Settings, planners: dict[str, Account], monkeypatch: pytest.MonkeyPatch
) -> Visit:
    open_outlook = partial(visiting(monkeypatch, utility, planners), PAGE)

    def run(
        language: str = "zh", section: str = "demand", user: str = "planner", **address: str
    ) -> AppTest:
        return open_outlook(user, language, in_session={"outlook_section": section}, **address)

    return run


def _tiles(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


@pytest.mark.parametrize("language", LANGUAGES)
def test_demand_is_shown_with_its_band_its_causes_and_its_backtest(visit: Visit, language: str):
    app = visit(language)
    assert [title.value for title in app.title] == [t_in(language, "market.outlook_question")]
    tiles = _tiles(app)
    assert t_in(language, "outlook.energy_in", year=2034) in tiles
    headings = [one.value for one in app.subheader]
    assert t_in(language, "outlook.causes") in headings
    assert t_in(language, "outlook.side_by_side") in headings
    notes = " ".join(one.value for one in app.caption)
    assert "24" in notes
    assert t_in(language, "outlook.weather", years=2, drawn=30) in notes


@pytest.mark.parametrize("language", LANGUAGES)
def test_transformers_are_listed_by_the_year_they_fill_up(visit: Visit, language: str):
    app = visit(language, "grid")
    assert [one.value for one in app.subheader] == [
        t_in(language, "outlook.filling"),
        t_in(language, "outlook.open"),
    ]
    filling, today = (frame.value for frame in app.dataframe)
    assert filling["place"].tolist()[0] == "T-N"
    assert str(filling["open"].tolist()[0]).startswith("load-transformer-area?")
    assert "transformer=T-N" in filling["open"].tolist()[0]
    assert set(today["place"]) == {"T-N", "T-S"}


def test_feeders_are_judged_by_what_hangs_on_them(visit: Visit):
    app = visit("en", "grid", outlook_kind="feeder")
    assert set(app.dataframe[0].value["area_id"]) == {"F-N", "F-S"}


def test_every_assumption_stands_in_the_form_and_a_changed_one_becomes_the_readers_own(
    visit: Visit,
):
    app = visit("zh", "assumptions")
    keys = [str(one.key) for kind in (app.number_input, app.checkbox) for one in kind]
    fields = [key for key in keys if key[:11] == "assumption_"]
    given = read_assumptions(shipped_text("base"))
    parts = [value for _, value in given if hasattr(value, "model_dump")]
    assert len(fields) == sum(len(part.model_dump()) for part in parts) + 3
    [cars] = [one for one in app.number_input if "vehicles_final_share" in str(one.key)]
    assert cars.value == pytest.approx(45.0)
    cars.set_value(90.0)
    [compute] = [one for one in app.button if one.label == t_in("zh", "outlook.compute")]
    sound(compute.click().run())
    assert app.selectbox(key="scenario_kind").value == "own"
    assert read_assumptions(app.session_state["outlook_own"]).vehicles.final_share == 0.9


def test_a_saved_outlook_opens_from_its_link_for_a_colleague(visit: Visit, utility: Settings):
    app = visit("zh", "assumptions")
    [people] = [one for one in app.number_input if "population_growth_share" in str(one.key)]
    people.set_value(1.0)
    [compute] = [one for one in app.button if one.label == t_in("zh", "outlook.compute")]
    sound(compute.click().run())
    app.text_input(key="scenario_name").set_value("More people")
    sound(app.button(key="scenario_save").click().run())
    known = scenarios(
        open_records(utility), accounts_of(utility, third=PLANNER)["third"], "outlook"
    )
    assert known["name"].to_list() == ["More people"]
    theirs = visit("zh", "demand", "colleague", scenario=known["id"][0])
    assert theirs.selectbox(key="scenario_kind").value == "own"
    own = read_assumptions(theirs.session_state["outlook_own"])
    assert own.economy.population_growth_share == 0.01


def test_two_months_of_readings_are_not_enough_and_the_page_says_so(
    new_lake, take, day_row, monkeypatch: pytest.MonkeyPatch
):
    settings = new_lake()
    first = date(2024, 6, 1)
    load = dict.fromkeys(range(24), 500)
    days = [pl.lit(first + timedelta(n)).alias("service_date") for n in range(61)]
    take(settings, pl.concat(day_row(load, day=first).with_columns(day) for day in days))
    account = accounts_of(settings, planner=PLANNER)["planner"]
    app = open_page(monkeypatch, settings, account, PAGE, "en")
    assert [one.value for one in app.info] == [t_in("en", "outlook.too_short", months=2)]
    assert not app.metric


@pytest.mark.parametrize("language", LANGUAGES)
def test_charts_are_drawn_in_both_languages(utility: Settings, language: str):
    speak(language)
    asked = {"assumptions": shipped_text("base")}

    def found(question):
        return answer(question_of(question), utility, EVERYTHING, **asked)

    years = found(outlook)
    years = years.filter(years["month"].is_null())
    for chart in (
        outlook_fan(years, "energy", look=LIGHT),
        outlook_fan(years, "peak", look=LIGHT),
        growth_parts(found(outlook_parts), look=LIGHT),
        backtest_fan(found(outlook_backtest), look=LIGHT),
    ):
        assert png_bytes(chart)[:4] == b"\x89PNG"
