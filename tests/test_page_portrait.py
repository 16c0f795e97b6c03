"""The page of a portrait: what it says of whom, in which language, and to whom."""

from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from pages.charts import LIGHT
from pages.downloads import png_bytes
from pages.portrait_charts import month_bars, typical_days, weather_points, year_calendar
from pages.portrait_words import value_in_words
from pages.text import LANGUAGES, speak, t_in
from queries.customers.portrait_days import portrait_days
from queries.customers.portrait_months import portrait_months
from queries.customers.portrait_typical_days import portrait_typical_days
from queries.questions import answer, question_of
from queries.scope import EVERYTHING
from tests.customers.portrait_street import street_of
from tests.page_visits import PLANNER, Visit, accounts_of, visiting

PAGE = "customers/portrait"


@pytest.fixture(scope="module")
def street(new_lake, register, take, day_row):
    return street_of(new_lake(), register, take, day_row)


@pytest.fixture(scope="module")
def accounts(street):
    own = {"role": "customer", "customer_ids": ["C-H05"]}
    return accounts_of(street, planner=PLANNER, home=own)


@pytest.fixture
def visit(street, accounts, monkeypatch: pytest.MonkeyPatch) -> Visit:
    return partial(visiting(monkeypatch, street, accounts), PAGE)


def _said(app: AppTest) -> str:
    return " ".join(one.value for one in (*app.markdown, *app.caption))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_home_is_told_in_five_figures_and_a_sentence(visit: Visit, language: str):
    app = visit("planner", language, point="H03")
    assert [one.value for one in app.title] == [t_in(language, "customers.portrait_question")]
    tiles = {one.label: one.value for one in app.metric}
    assert len(tiles) == 5
    assert tiles[t_in(language, "portrait_feature.base_kw")] == "0.100 kW"
    said = _said(app)
    assert t_in(language, "portrait_part.evening") in said
    assert t_in(language, "portrait_festival.vacant_home") in said
    assert t_in(language, "fit_help.no_weather") in said
    for heading in ("typical_days", "months", "year", "likely", "contract", "data", "all"):
        assert t_in(language, f"portrait.{heading}") in [one.value for one in app.subheader]


def test_a_shop_is_held_against_its_contract_and_not_judged_for_heating(visit: Visit):
    app = visit("planner", "en", point="S")
    said = _said(app)
    assert "Power factor: **0.80**" in said
    assert "Use of the contracted demand: **60.0%**" in said
    assert t_in("en", "portrait.homes_only") in [one.value for one in app.info]


def test_a_customer_finds_only_itself_even_by_another_link(visit: Visit):
    app = visit("home", "zh", point="H03")
    [box] = [one for one in app.selectbox if one.label == t_in("zh", "portrait.search")]
    assert len(box.options) == 1
    assert "H05" in box.options[0]
    assert "H03" not in _said(app)
    assert [one.value for one in app.title] == [t_in("zh", "customers.portrait_own")]
    medians = [one.delta for one in app.metric]
    assert any("kWh" in delta for delta in medians), "what is usual is told to everybody"


def test_without_portraits_the_page_says_how_to_make_them(
    new_lake, take, day_row, monkeypatch: pytest.MonkeyPatch
):
    bare = new_lake()
    take(bare, day_row([100] * 24))
    visit = visiting(monkeypatch, bare, accounts_of(bare, planner=PLANNER))
    app = visit(PAGE, "planner", "en")
    assert [one.value for one in app.info] == [t_in("en", "portrait.none")]
    assert [one.value for one in app.code] == ["python -m ingest portraits"]


@pytest.mark.parametrize(
    ("feature", "value", "said"),
    [
        ("annual_kwh", 2228.0, "2.228 MWh"),
        ("peak_kw", 4.5, "4.500 kW"),
        ("night_share", 0.256, "25.6%"),
        ("heating_below_c", 14.25, "14.2 °C"),
        ("heating_below_error_c", 1.3, "1.3 K"),
        ("heating_kwh_per_k", 0.5, "0.500 kWh/(d·K)"),
        ("trend_share_per_year", -0.031, "-3.1% a year"),
        ("flexible_kwh_per_day", 1.5, "1.500 kWh/day"),
        ("regularity", 0.333, "0.33"),
        ("capacity_kva", 8.0, "8 kVA"),
        ("base_kw", None, "–"),
    ],
)
def test_every_figure_has_its_unit(feature: str, value: float | None, said: str):
    speak("en")
    assert value_in_words(feature, value) == said


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_charts_can_be_drawn(street, language: str):
    speak(language)
    for question, chart in (
        (portrait_typical_days, typical_days),
        (portrait_months, month_bars),
        (portrait_days, year_calendar),
        (portrait_days, weather_points),
    ):
        frame = answer(question_of(question), street, EVERYTHING, usage_point_id="S")
        assert png_bytes(chart(frame, look=LIGHT)).startswith(b"\x89PNG")
