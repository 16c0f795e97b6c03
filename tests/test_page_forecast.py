"""The pages of forecasts: what they show of a small district, to whom, in which language."""

import re
import sys
from collections.abc import Callable
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from ingest.forecasts import Wanted, forecast
from ingest.records.accounts import create_account
from ingest.records.engine import SYSTEM, upgrade
from pages.charts import DARK
from pages.cookie import SESSION_COOKIE, issue
from pages.downloads import png_bytes
from pages.forecast_charts import accuracy_lines, component_lines, driver_bars, forecast_fan
from pages.forecast_words import band_words, day_words
from pages.text import t_in
from queries.forecasting.prophet_view import LEAST_DAYS
from queries.load.forecast_accuracy import forecast_accuracy
from queries.load.forecast_against_actual import forecast_against_actual
from queries.load.forecast_drivers import forecast_drivers
from queries.questions import answer, question_of
from queries.records import Account
from queries.scope import EVERYTHING
from queries.settings import PROJECT, Settings
from tests.load.forecast_town import DAYS, LAST, district

HAN = re.compile(r"[一-鿿]")

Visit = Callable[..., AppTest]


@pytest.fixture(scope="module")
def lake_settings(new_lake, register, take, day_row) -> Settings:
    settings = district(new_lake(forecast_customers=0), register, take, day_row)
    forecast(settings, Wanted(kinds=("system", "region"), fits_trees=False), workers=1)
    return settings


@pytest.fixture(scope="module")
def accounts(lake_settings: Settings) -> dict[str, Account]:
    engine = upgrade(lake_settings)
    rights: dict[str, dict] = {
        "planner": {"role": "planner", "sees_every_region": True},
        "north": {"role": "planner", "regions": ["north"]},
    }
    return {name: create_account(engine, SYSTEM, name, **given) for name, given in rights.items()}


@pytest.fixture
def visit(
    lake_settings: Settings, accounts: dict[str, Account], monkeypatch: pytest.MonkeyPatch
) -> Visit:
    # Streamlit puts the page in its place; a process that a later test starts would open it.
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    monkeypatch.setenv("FENGGU_DATA", str(lake_settings.data))

    def run(page: str, user: str = "planner", language: str = "zh") -> AppTest:
        file = PROJECT / "pages" / "load" / f"{page}.py"
        app = AppTest.from_file(str(file), default_timeout=60)
        app.session_state["fenggu_language"] = language
        app.session_state[SESSION_COOKIE] = issue(lake_settings, accounts[user])
        app.run()
        assert [error.message for error in app.exception] == []
        return app

    return run


def _answer(settings: Settings, function, **inputs):
    return answer(question_of(function), settings, EVERYTHING, **inputs)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_tells_tomorrow_what_drives_it_and_how_good_it_was(visit: Visit, language):
    app = visit("forecast", language=language)
    headings = [heading.value for heading in app.subheader]
    for key in ("drivers", "against", "alarms", "accuracy"):
        assert t_in(language, f"forecast.{key}") in headings
    labels = [metric.label for metric in app.metric]
    assert t_in(language, "forecast.peak") in labels
    assert t_in(language, "forecast.coverage_80") in labels
    first = next(m.value for m in app.metric if m.label == t_in(language, "forecast.day"))
    assert str((LAST + timedelta(days=1)).day) in first


def test_the_english_page_says_nothing_in_chinese(visit: Visit):
    for page in ("forecast", "model_lab"):
        app = visit(page, language="en")
        elements = (*app.title, *app.caption, *app.markdown, *app.subheader)
        texts = [element.value for element in elements]
        texts += [f"{metric.label} {metric.value} {metric.delta}" for metric in app.metric]
        texts += [f"{box.label} {box.options}" for box in app.selectbox]
        assert [text for text in texts if HAN.search(text)] == []


def test_a_planner_of_one_region_is_shown_that_region_alone(visit: Visit):
    [series] = [box for box in visit("forecast", "north").selectbox if box.key == "series"]
    assert series.options == ["区域：北"]
    whole = next(box for box in visit("forecast").selectbox if box.key == "series")
    assert whole.options == ["镇（全区）", "区域：北", "区域：南"]


def test_the_laboratory_runs_models_only_when_asked_and_names_the_best(visit: Visit):
    app = visit("model_lab")
    assert not app.success
    app.multiselect[0].set_value(["naive_24h", "naive_168h"])
    app.run()
    app.button[0].click().run()
    assert [error.message for error in app.exception] == []
    [best] = app.success
    assert "上周同期" in best.value


def test_the_laboratory_explains_why_prophet_draws_no_line(visit: Visit):
    app = visit("model_lab")
    fit = next(b for b in app.button if b.label == t_in("zh", "lab_models.fit_prophet"))
    fit.click().run()
    explanation = t_in("zh", "lab_models.prophet_short", days=DAYS, needed=LEAST_DAYS)
    assert explanation in [info.value for info in app.info]


def test_days_are_called_what_a_planner_calls_them():
    assert day_words("workday", "7:make_up_workday") == "调休上班日"
    assert day_words("rest_day", "3:labor_day") == t_in("zh", "holiday.labor_day")
    assert day_words("rest_day", "5:day_off_substituted_from_01_04_2026") == "放假"
    assert day_words("workday", "1") == "工作日"


def test_a_band_is_told_in_one_unit():
    assert band_words(3096.3, 3430.8) == "3.10–3.43 MW"
    assert band_words(-12.0, 80.0) == "-12.0–80.0 kW"


def test_the_charts_of_forecasts_can_be_drawn_and_exported(lake_settings: Settings):
    asked = {"series_id": "system:town"}
    truth = _answer(lake_settings, forecast_against_actual, **asked)
    charts = [
        forecast_fan(truth, look=DARK),
        accuracy_lines(_answer(lake_settings, forecast_accuracy, **asked)),
        driver_bars(_answer(lake_settings, forecast_drivers, **asked)),
        component_lines(_two_components(truth)),
    ]
    for chart in charts:
        assert png_bytes(chart, "预测").startswith(b"\x89PNG")


def _two_components(truth):
    return truth.select("standard_start", forecast="load_kw", actual="actual_kw").unpivot(
        index="standard_start", variable_name="component", value_name="load_kw"
    )
