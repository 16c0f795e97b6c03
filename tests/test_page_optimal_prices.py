"""The page of best prices: it answers in both languages, and its tariff reaches the laboratory."""

from contextlib import closing
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from pages.charts import DARK
from pages.downloads import png_bytes
from pages.optimal_charts import changes_histogram, decile_bars, peak_day, tradeoff_line
from pages.text import LANGUAGES, speak, t_in
from queries.demand.optimal_bills import optimal_bills
from queries.demand.optimal_day import optimal_day
from queries.demand.optimal_deciles import optimal_deciles
from queries.demand.optimal_summary import optimal_summary
from queries.demand.optimal_terms import Problem
from queries.demand.optimal_tradeoff import optimal_tradeoff
from queries.demand.optimum import READS
from queries.lake import open_lake
from queries.records import Account
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.page_visits import PLANNER, accounts_of, open_page, sound

PROBLEM = Problem(
    first_day=date(2016, 1, 1),
    last_day=date(2016, 12, 31),
    region_id="simbench",
    price_class="residential",
    least_ratio=2.0,
    bill_rise_share=0.2,
).model_dump_json()


@pytest.fixture(scope="module")
def planner(sample_settings: Settings) -> Account:
    return accounts_of(sample_settings, optimal_planner=PLANNER)["optimal_planner"]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, sample_settings: Settings, planner: Account):
    def visit(language: str = "en") -> AppTest:
        return open_page(monkeypatch, sample_settings, planner, "demand/optimal_prices", language)

    return visit


@pytest.fixture(scope="module")
def lake(sample_settings: Settings):
    with closing(open_lake(sample_settings, EVERYTHING, reads=READS)) as cursor:
        yield cursor


def tiles(app: AppTest) -> dict[str, str]:
    return {tile.label: tile.value for tile in app.metric}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_best_prices_are_shown_with_what_they_save_and_how_sure_they_are(opened, language):
    app = opened(language)
    assert not app.exception
    for name in ("peak_after", "saved", "revenue", "rise_p95", "gap"):
        assert tiles(app)[t_in(language, f"optimal.{name}")]
    assert t_in(language, "optimal.conditions_question") in [one.value for one in app.subheader]


def test_a_lower_cap_saves_less_and_one_too_low_says_how_far_it_is_off(opened):
    app = opened()
    before = tiles(app)[t_in("en", "optimal.rise_p95")]
    sound(app.slider(key="optimal_rise").set_value(5).run())
    assert tiles(app)[t_in("en", "optimal.rise_p95")] < before
    sound(app.slider(key="optimal_rise").set_value(0).run())
    assert any("No prices keep all conditions" in one.value for one in app.warning)


def test_cost_is_lowered_at_purchase_prices_that_can_be_changed(opened):
    app = opened()
    sound(app.selectbox(key="aim").set_value("cost").run())
    assert t_in("en", "optimal.cost_after") in tiles(app)


def test_charts_of_best_prices_can_be_drawn(lake):
    for language in LANGUAGES:
        speak(language)
        assert png_bytes(peak_day(optimal_day(lake, problem=PROBLEM), look=DARK))
        assert png_bytes(changes_histogram(optimal_bills(lake, problem=PROBLEM)))
        assert png_bytes(decile_bars(optimal_deciles(lake, problem=PROBLEM)))
        assert png_bytes(tradeoff_line(optimal_tradeoff(lake, problem=PROBLEM), "peak"))


def _laboratory() -> None:
    """Stand in for the laboratory: takes what was handed over, and says what it then has."""
    # The script runs by itself, without this module's imports.
    import streamlit as st  # noqa: PLC0415

    from pages.demand_handover import take_hours  # noqa: PLC0415
    from pages.tariff_drafts import drafts_for  # noqa: PLC0415

    code = "liaoning_residential"
    drafts = drafts_for("here", "residential", code, st.session_state["day"], "plan")
    take_hours(drafts)
    st.session_state["drafts"] = drafts


def test_the_best_prices_stand_in_the_laboratory_as_one_more_tariff(lake):
    text = optimal_summary(lake, problem=PROBLEM)["tariff_text"][0]
    app = AppTest.from_function(_laboratory, default_timeout=20)
    app.session_state["day"] = date(2016, 12, 31)
    app.session_state["tariff_to_try"] = (text, "best")
    app.run()
    assert not app.exception
    drafts = app.session_state["drafts"]
    assert [draft.name for draft in drafts.items] == ["plan", "best"]
    [version] = drafts.current.tariff.versions
    assert any(rate.period == "peak" for charge in version.charges[:1] for rate in charge.rates)
    app.run()
    assert len(app.session_state["drafts"].items) == 2, "once"
