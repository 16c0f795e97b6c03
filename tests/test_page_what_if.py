"""The page of scenarios: what is supposed in its widgets is what its answers are about."""

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from pages.downloads import png_bytes
from pages.text import LANGUAGES, speak, t_in
from pages.what_if_charts import (
    days_before_and_after,
    days_side_by_side,
    duration_before_and_after,
)
from queries.demand.what_if_days import RETURNS
from queries.records import Account
from queries.settings import Settings
from tests.page_visits import PLANNER, accounts_of, open_page, sound


@pytest.fixture(scope="module")
def planner(sample_settings: Settings) -> Account:
    return accounts_of(sample_settings, what_if_planner=PLANNER)["what_if_planner"]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, sample_settings: Settings, planner: Account):
    def visit(language: str = "en") -> AppTest:
        return open_page(monkeypatch, sample_settings, planner, "demand/what_if", language)

    return visit


def tiles(app: AppTest) -> dict[str, str]:
    return {tile.label: tile.value for tile in app.metric}


@pytest.mark.parametrize("language", LANGUAGES)
def test_at_first_nothing_is_supposed_and_the_page_says_how_to_begin(opened, language):
    app = opened(language)
    assert t_in(language, "what_if.nothing") in [one.value for one in app.info]
    assert tiles(app)[t_in(language, "what_if.losers")] == "0"


def test_dear_hours_raise_the_bills_of_those_who_use_them(opened):
    app = opened()
    sound(app.toggle(key="what_if_dear").set_value(True).run())
    assert t_in("en", "what_if.nothing") not in [one.value for one in app.info]
    assert int(tiles(app)[t_in("en", "what_if.losers")]) > 0


def test_vehicles_take_energy(opened):
    app = opened()
    before = tiles(app)[t_in("en", "what_if.energy_kwh")]
    sound(app.slider(key="what_if_vehicles").set_value(100).run())
    assert tiles(app)[t_in("en", "what_if.energy_kwh")] != before


def test_a_price_ratio_that_nobody_tried_is_pointed_out(opened):
    app = opened()
    sound(app.toggle(key="what_if_dear").set_value(True).run())
    app.slider(key="what_if_answer").set_value(100)
    sound(app.number_input(key="what_if_dear_times").set_value(1.5).run())
    assert any("2 to 1" in one.value for one in app.warning)


def test_dear_hours_of_months_without_readings_are_said_to_change_nothing(opened):
    app = opened()
    app.toggle(key="what_if_dear").set_value(True).run()
    sound(app.multiselect(key="what_if_dear_months").set_value([7]).run())
    assert t_in("en", "what_if.months_unread") in [one.value for one in app.info]


def test_the_day_can_be_drawn_in_both_languages():
    rows = [("workday", None, 3, 15 * slot, 1.0, 2.0) for slot in range(96)]
    days = pl.DataFrame(rows, RETURNS, orient="row")
    for language in LANGUAGES:
        speak(language)
        assert png_bytes(days_before_and_after(days))
        three = pl.concat(
            days.select(pl.lit(name).alias("state"), "slot_minute", "load_kw") for name in "abc"
        )
        assert png_bytes(days_side_by_side(three))
        curve = pl.DataFrame({"hours": [0.25, 9.0], "load_kw": [3, 1], "load_after_kw": [2, 1]})
        assert png_bytes(duration_before_and_after(curve))
