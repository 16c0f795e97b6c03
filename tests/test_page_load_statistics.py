"""The pages of growth, behaviour and savings: what they say, and what they do not guess."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from pages.behaviour_charts import peak_bars, share_bars, temperature_bars, typical_day_panels
from pages.charts import DARK
from pages.downloads import csv_bytes, png_bytes
from pages.menu import PAGES, pages_for
from pages.saving_charts import amounts
from pages.text import LANGUAGES, catalogue, speak, t_in
from pages.trend_charts import change_parts, growth_by_days, growth_map, growth_ranks, trend_line
from pages.units import energy_unit
from queries.lake import open_lake
from queries.load.decomposition import decomposition
from queries.load.electric_heating import electric_heating
from queries.load.growth import growth
from queries.load.growth_days import growth_days
from queries.load.growth_hours import growth_hours
from queries.load.peak_contribution import peak_contribution
from queries.load.peak_hours import peak_hours
from queries.load.response import FITTED
from queries.load.saving_potential import saving_potential
from queries.load.temperature_shares import temperature_shares
from queries.load.typical_days import typical_days
from queries.load.vehicle_charging import vehicle_charging
from queries.records import Account
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.load.town_with_weather import FIRST, LAST
from tests.page_visits import HAN, PLANNER, Visit, accounts_of, open_page

TRENDS, BEHAVIOUR, SAVING = "trends", "behaviour", "saving_potential"
EVERY_PAGE = pytest.mark.parametrize("page", [TRENDS, BEHAVIOUR, SAVING])
PERIOD = {"first_day": FIRST, "last_day": LAST}


@pytest.fixture(scope="module")
def town_planner(town_settings: Settings) -> Account:
    return accounts_of(town_settings, statistician=PLANNER)["statistician"]


@pytest.fixture(scope="module")
def sample_planner(sample_settings: Settings) -> Account:
    return accounts_of(sample_settings, statistician=PLANNER)["statistician"]


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch) -> Visit:
    def run(
        settings: Settings, account: Account, page: str, language: str = "en", **address: str
    ) -> AppTest:
        return open_page(monkeypatch, settings, account, f"load/{page}", language, **address)

    return run


def _texts(app: AppTest) -> str:
    parts = [*app.title, *app.subheader, *app.caption, *app.info, *app.warning, *app.markdown]
    labels = [*app.metric, *app.selectbox]
    return " ".join([*(str(part.value) for part in parts), *(str(part.label) for part in labels)])


def _metric(app: AppTest, label: str) -> str:
    return next(str(metric.value) for metric in app.metric if metric.label == label)


@EVERY_PAGE
def test_staff_find_the_page_and_customers_do_not(page: str):
    [found] = [known for known in PAGES if known.name == page]
    assert found in pages_for("planner")["load"]
    assert found not in pages_for("customer")["load"]


@EVERY_PAGE
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_speaks_one_language(
    visit: Visit, town_settings: Settings, town_planner: Account, page: str, language: str
):
    app = visit(town_settings, town_planner, page, language)
    assert app.title[0].value == t_in(language, f"load.{page}_question")
    found = _texts(app)
    for name in ("城区", "全县"):
        found = found.replace(name, "")
    assert bool(HAN.search(found)) == (language == "zh")
    if language == "zh":
        latin = set(re.findall(r"[A-Za-z]{4,}", found)) - {"Town", "County"}
        assert not {word for word in latin if word.islower()}, latin


def test_growth_of_the_market_stands_in_the_tile(
    visit: Visit, town_settings: Settings, town_planner: Account
):
    app = visit(town_settings, town_planner, TRENDS, kind="transformer", area="T-market")
    said = _metric(app, t_in("en", "trends.growth"))
    assert 7.5 <= float(said.strip("+%")) <= 8.5
    street = visit(town_settings, town_planner, TRENDS, kind="transformer", area="T-street")
    assert abs(float(_metric(street, t_in("en", "trends.growth")).strip("+-%"))) < 0.6


def test_less_than_thirteen_months_is_said_and_no_growth_is_shown(
    visit: Visit, sample_settings: Settings, sample_planner: Account
):
    app = visit(sample_settings, sample_planner, TRENDS)
    assert t_in("en", "fit_help.short", months=13) in [info.value for info in app.info]
    assert not app.metric
    assert not app.dataframe


def test_without_weather_a_page_says_what_to_do_and_shows_the_rest(
    visit: Visit, sample_settings: Settings, sample_planner: Account
):
    app = visit(sample_settings, sample_planner, BEHAVIOUR)
    assert t_in("en", "fit_help.no_weather", months=13) in [info.value for info in app.info]
    assert "fenggu ingest weather.csv" in [code.value for code in app.code]
    assert _metric(app, t_in("en", "load.peak")).endswith("W")
    saving = visit(sample_settings, sample_planner, SAVING)
    assert _metric(saving, t_in("en", "saving.base")) == "–"
    assert _metric(saving, t_in("en", "saving.avoidable")).endswith("W")


@EVERY_PAGE
@pytest.mark.parametrize("group", ["region", "feeder", "transformer"])
def test_a_page_can_be_grouped_by_the_grid(
    visit: Visit, town_settings: Settings, town_planner: Account, page: str, group: str
):
    app = visit(town_settings, town_planner, page, group=group)
    names = {name for table in app.dataframe for name in table.value.iloc[:, 0]}
    expected = {"region": "Town", "feeder": "Line one", "transformer": "Street"}
    assert expected[group] in names


def test_every_answer_can_be_taken_away_with_headings_in_words(town_settings: Settings):
    lake = open_lake(town_settings, EVERYTHING)
    answers = [
        growth(lake, **PERIOD, group_by="transformer"),
        growth_hours(lake, **PERIOD),
        growth_days(lake, **PERIOD),
        decomposition(lake, **PERIOD),
        typical_days(lake, **PERIOD),
        peak_hours(lake, **PERIOD),
        peak_contribution(lake, **PERIOD),
        temperature_shares(lake, **PERIOD),
        saving_potential(lake, **PERIOD),
        electric_heating(lake, **PERIOD),
        vehicle_charging(lake, **PERIOD),
    ]
    for language in LANGUAGES:
        speak(language)
        for answer in answers:
            assert not answer.is_empty()
            assert csv_bytes(answer).startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("language", LANGUAGES)
def test_charts_are_drawn_in_either_language(town_settings: Settings, language: str):
    speak(language)
    lake = open_lake(town_settings, EVERYTHING)
    grown = growth(lake, **PERIOD, group_by="transformer").rename({"group_id": "name"})
    peak = peak_contribution(lake, **PERIOD).rename({"group_id": "name"})
    hours = peak_hours(lake, **PERIOD).rename({"group_id": "name"})
    shares = temperature_shares(lake, **PERIOD).rename({"group_id": "name"})
    saving = saving_potential(lake, **PERIOD).rename({"group_id": "name"})
    days = typical_days(lake, **PERIOD).filter(customer_class="residential")
    unit = energy_unit(1.0)
    charts = [
        growth_ranks(grown, look=DARK),
        change_parts(grown.row(0, named=True)),
        growth_map(growth_hours(lake, **PERIOD)),
        growth_by_days(growth_days(lake, **PERIOD)),
        trend_line(decomposition(lake, **PERIOD)),
        typical_day_panels(days),
        peak_bars(hours, ["commercial", "residential"]),
        share_bars(peak),
        temperature_bars(shares.filter(status=FITTED)),
        amounts(saving, "avoidable_kw", unit=unit, title="kW"),
    ]
    for chart in charts:
        assert chart.to_dict()["config"]
    months = {"zh": "1月–2月", "en": "Jan–Feb"}
    assert months[language] in str(charts[2].to_dict()["datasets"])
    assert png_bytes(charts[0]).startswith(b"\x89PNG")


def test_every_status_has_words_and_most_have_help():
    for language in LANGUAGES:
        words = catalogue(language)
        for status in (
            "fitted",
            "short",
            "no_weather",
            "few_days",
            "narrow_temperatures",
            "no_use",
        ):
            assert words[f"fit_status.{status}"]
            assert status == "fitted" or words[f"fit_help.{status}"]
