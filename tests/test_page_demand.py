"""The pages of the demand side: what they say, and that hours found reach the laboratory."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date

import pytest
from duckdb import DuckDBPyConnection
from streamlit.testing.v1 import AppTest

from pages.charts import DARK
from pages.demand_baseline_charts import bias_bars, error_bars
from pages.demand_handover import take_hours
from pages.demand_period_charts import mean_day, period_strips, sharp_map
from pages.demand_response_charts import answered_day, peak_changes
from pages.downloads import png_bytes
from pages.tariff_drafts import MOST_DRAFTS, Drafts, start_tariff
from pages.text import LANGUAGES, speak, t_in
from queries.billing.tariff_hours import calendar_of
from queries.demand.baseline_rules import baseline_rules
from queries.demand.baselines import baselines
from queries.demand.period_calendar import found_windows
from queries.demand.period_rules import period_rules
from queries.demand.periods import periods
from queries.demand.price_response import price_response
from queries.lake import open_lake
from queries.records import Account
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.page_visits import PLANNER, Visit, accounts_of, open_page

YEAR = {"first_day": date(2016, 11, 1), "last_day": date(2016, 12, 31), "region_id": "simbench"}
RULES = baseline_rules()


@pytest.fixture(scope="module")
def planner(sample_settings: Settings) -> Account:
    return accounts_of(sample_settings, demand_planner=PLANNER)["demand_planner"]


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch) -> Visit:
    def run(
        settings: Settings, account: Account, page: str, language: str = "en", **address: str
    ) -> AppTest:
        return open_page(monkeypatch, settings, account, f"demand/{page}", language, **address)

    return run


@pytest.fixture(scope="module")
def lake(sample_settings: Settings) -> Iterator[DuckDBPyConnection]:
    with closing(open_lake(sample_settings, EVERYTHING)) as cursor:
        yield cursor


@pytest.mark.parametrize("language", LANGUAGES)
def test_periods_are_shown_beside_todays(visit, sample_settings, planner, language):
    app = visit(sample_settings, planner, "periods", language)
    assert not app.exception
    labels = [tile.label for tile in app.metric]
    assert t_in(language, "demand_periods.explained") in labels
    assert t_in(language, "demand_periods.ratio") in labels


def test_charts_of_periods_can_be_drawn(lake):
    found = periods(lake, **YEAR)
    year = found.filter(season="year")
    for language in LANGUAGES:
        speak(language)
        assert png_bytes(mean_day(year, look=DARK))
        strips = png_bytes(period_strips(year))
        assert strips
    hours = period_rules(lake, **YEAR)["sharp_hours"].explode().struct.unnest()
    assert png_bytes(sharp_map(hours))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_rule_to_settle_by_is_named(visit, sample_settings, planner, language):
    app = visit(sample_settings, planner, "baselines", language)
    assert not app.exception
    names = [one.name_en if language == "en" else one.name_zh for one in RULES.values()]
    assert any(f"**{name}**" in app.success[0].value for name in names)


def test_days_that_are_none_are_said(visit, sample_settings, planner):
    app = visit(sample_settings, planner, "baselines")
    app.text_input(key="event_days").set_value("2016-12-06, soon").run()
    assert "soon" in app.warning[0].value


def test_charts_of_baselines_can_be_drawn(lake):
    found = baselines(lake, **YEAR)
    named = found.with_columns(shown_name="name_en")
    assert found.height == len(RULES)
    assert png_bytes(error_bars(named, look=DARK))
    assert png_bytes(bias_bars(named))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_answer_of_homes_to_a_dearer_peak_is_shown(visit, sample_settings, planner, language):
    app = visit(sample_settings, planner, "price_response", language, season="winter")
    assert not app.exception
    tiles = {tile.label: tile.value for tile in app.metric}
    # Arcturus at a ratio of 3: -0.011 - 0.065 ln 3
    assert tiles[t_in(language, "column.peak_change_share")] == "-8.2%"


def test_trade_has_no_response_and_the_page_says_why(visit, sample_settings, planner):
    address = {"season": "winter", "class": "commercial"}
    app = visit(sample_settings, planner, "price_response", **address)
    assert not app.exception
    tiles = {tile.label: tile.value for tile in app.metric}
    assert tiles[t_in("en", "column.peak_change_share")] in {"+0.0%", "0", "0.0%"}
    assert any("negligible" in caption.value for caption in app.caption)


def test_charts_of_price_response_can_be_drawn(lake):
    found = price_response(lake, **YEAR, season="winter")
    named = found.with_columns(shown_name="name_en")
    arcturus = found.filter(model="arcturus", has_technology=False)
    assert png_bytes(answered_day(arcturus, look=DARK))
    assert png_bytes(peak_changes(named.unique("shown_name")))


def _laboratory(code: str) -> None:
    """Stand in for the laboratory: takes what was handed over, and says what it then has."""
    # The script runs by itself, without this module's imports.
    import streamlit as st  # noqa: PLC0415

    from pages.demand_handover import take_hours  # noqa: PLC0415
    from pages.tariff_drafts import drafts_for  # noqa: PLC0415

    drafts = drafts_for("here", "class", code, st.session_state["day"], "plan")
    take_hours(drafts)
    st.session_state["drafts"] = drafts


@pytest.mark.parametrize("code", ["liaoning_residential", "liaoning_industrial_commercial"])
def test_hours_found_stand_in_the_laboratory_as_one_more_tariff(lake, code):
    windows = found_windows(periods(lake, **YEAR))
    app = AppTest.from_function(_laboratory, kwargs={"code": code}, default_timeout=20)
    app.session_state["day"] = date(2025, 12, 31)
    app.session_state["hours_to_try"] = (windows, "found")
    app.run()
    assert not app.exception
    drafts = app.session_state["drafts"]
    assert [draft.name for draft in drafts.items] == ["plan", "found"]
    calendar = calendar_of(drafts.current.tariff)
    assert calendar is not None
    assert calendar.windows == windows
    app.run()
    assert len(app.session_state["drafts"].items) == 2, "once"


def test_where_there_is_no_room_the_hours_take_the_place_of_the_one_shown(lake, monkeypatch):
    start = start_tariff("liaoning_residential", date(2025, 12, 31))
    drafts = Drafts("liaoning_residential", start)
    for number in range(MOST_DRAFTS):
        drafts.add(f"plan {number}", start)
    state = {"hours_to_try": (found_windows(periods(lake, **YEAR)), "found")}
    monkeypatch.setattr("streamlit.session_state", state)
    take_hours(drafts)
    assert len(drafts.items) == MOST_DRAFTS
    assert drafts.current.name == "found"
