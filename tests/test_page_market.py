"""The pages of regions, industries and new business, in both languages."""

import sys
from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from ingest.lake import append, publish, writing
from ingest.records.accounts import create_account
from ingest.records.engine import SYSTEM, upgrade
from pages.charts import LIGHT
from pages.cookie import SESSION_COOKIE, issue
from pages.downloads import png_bytes
from pages.market_application_charts import application_bars
from pages.market_charts import capacity_bars, lead_dots
from pages.market_potential_charts import assumption_swings
from pages.market_potential_words import in_unit, step_table, step_word
from pages.text import LANGUAGES, catalogue, speak, t_in
from queries.market.applications import KINDS as APPLICATION_KINDS
from queries.market.capacity_changes import KINDS
from queries.market.potential_arithmetic import VALUE, steps
from queries.market.potential_assumptions import (
    BUSINESSES,
    FIELDS,
    SOURCES,
    potential_text,
    read_potential,
    shipped_potential,
    with_values,
)
from queries.market.potential_steps import lines
from queries.records import Account, open_records
from queries.scenarios import scenarios
from queries.schema import TABLES
from queries.settings import PROJECT, Settings
from tests.market.test_potential import FACTS
from tests.market.two_areas import two_areas
from tests.page_visits import PLANNER, accounts_of, visiting

Visit = Callable[..., AppTest]


@pytest.fixture(scope="module")
def utility(new_lake, register, take) -> Settings:
    return two_areas(new_lake(), register, take)


@pytest.fixture(scope="module")
def planner(utility: Settings) -> Account:
    return create_account(
        upgrade(utility), SYSTEM, "planner", role="planner", sees_every_region=True
    )


@pytest.fixture
def visit(utility: Settings, planner: Account, monkeypatch: pytest.MonkeyPatch) -> Visit:
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    monkeypatch.setenv("FENGGU_DATA", str(utility.data))

    def run(page: str, language: str = "zh", section: str | None = None, **address: str) -> AppTest:
        app = AppTest.from_file(
            str(PROJECT / "pages" / "market" / f"{page}.py"), default_timeout=120
        )
        app.session_state["fenggu_language"] = language
        if section is not None:
            app.session_state[f"{page}_section"] = section
        app.session_state[SESSION_COOKIE] = issue(utility, planner)
        for name, value in address.items():
            app.query_params[name] = value
        return sound(app.run())

    return run


def sound(app: AppTest) -> AppTest:
    assert [error.message for error in app.exception] == []
    assert [error.value for error in app.error] == []
    return app


def tiles(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


@pytest.mark.parametrize("language", LANGUAGES)
def test_regions_are_laid_side_by_side_with_their_growth(visit: Visit, language: str):
    app = visit("regions", language)
    assert [title.value for title in app.title] == [t_in(language, "market.regions_question")]
    assert tiles(app)[t_in(language, "trends.growth")][0] == "+"
    headings = [one.value for one in app.subheader]
    assert headings == [
        t_in(language, f"market_view.{key}")
        for key in ("peak", "growth", "shapes", "changes", "table")
    ]
    table = app.dataframe[0].value
    together = t_in(language, "groups.all")
    assert table["name"].tolist()[-1] == together
    assert len(table) == 3
    assert [one.value for one in app.info] == [t_in(language, "market_view.no_changes")]


def test_regions_are_looked_at_as_finely_as_asked(visit: Visit):
    app = visit("regions", "zh", fineness="transformer")
    names = app.dataframe[0].value["name"].tolist()
    assert t_in("zh", "groups.none_transformer") in names  # the works hang on a feeder
    assert {"T-N", "T-S"} <= set(names)


@pytest.mark.parametrize("language", LANGUAGES)
def test_any_two_industries_are_compared(visit: Visit, language: str):
    app = visit("industries", language, "pair")
    assert app.selectbox(key="first").value == "households"  # the largest first
    assert app.selectbox(key="second").value == "C"
    assert tiles(app)[t_in(language, "market_view.overlap")][-1] == "%"
    table = app.dataframe[0].value
    measures = table[t_in(language, "market_view.measure")].tolist()
    assert t_in(language, "column.growth_share") in measures
    assert len(table.columns) == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_makes_up_an_hour_is_told_with_its_largest_customers(visit: Visit, language: str):
    speak(language)
    app = visit("industries", language, "hour")
    groups, customers = (frame.value for frame in app.dataframe)
    evening_kw = sum(groups["load_kw"].tolist())
    assert sum(groups["load_share"].tolist()) == pytest.approx(1.0)
    assert sum(customers["load_kw"].tolist()) == pytest.approx(evening_kw)
    assert customers["customer_id"].tolist()[0] == "C-W"
    sound(app.slider(key="makeup_hour").set_value(3).run())
    night_kw = sum(app.dataframe[0].value["load_kw"].tolist())
    # 0.8 of the mean at night, 1.5 in the evening
    assert night_kw / evening_kw == pytest.approx(0.8 / 1.5, abs=0.01)


def test_one_day_is_chosen_by_its_date(visit: Visit):
    app = visit("regions", "en", "hour", which="day", kind="region", area="north")
    [picked] = app.date_input
    assert picked.value == date(2024, 12, 31)
    customers = app.dataframe[1].value
    assert set(customers["customer_id"]) == {"C-N1", "C-N2", "C-N3"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_years_say_nothing_of_a_lead_and_the_page_says_so(visit: Visit, language: str):
    app = visit("industries", language, "leads")
    series = t_in(language, "driver.gross_domestic_product")
    assert [one.value for one in app.info] == [
        t_in(language, "market_view.few_months", series=series, months=12, needed=24)
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", ["regions", "industries"])
def test_without_applications_the_page_says_how_to_bring_them(visit: Visit, page, language):
    app = visit(page, language, "applications")
    assert [one.value for one in app.info] == [t_in(language, "applications.none")]
    assert app.code[0].value.startswith("fenggu ingest --master")


@pytest.fixture(scope="module")
def applied(new_lake, register, take) -> tuple[Settings, Account]:
    """The utility with a works that asked for 30 kVA and got them, and a home that still waits."""
    settings = two_areas(new_lake(), register, take)
    table = TABLES["contract_applications"]
    works = {"usage_point_id": "W", "customer_id": "C-W", "industry_code": "3311"}
    rows = [
        works
        | {"application_id": "1", "kind": "increase", "capacity_kva": 30.0, "status": "done"}
        | {"applied_on": date(2024, 2, 1), "energised_on": date(2024, 4, 1)},
        {"application_id": "2", "kind": "new", "capacity_kva": 8.0, "status": "approved"}
        | {"transformer_id": "T-N", "customer_class": "residential"}
        | {"applied_on": date(2024, 12, 1)},
    ]
    with writing(settings) as writer:
        append(writer, table, pl.DataFrame(rows, schema=table.schema))
        publish(writer)
    return settings, accounts_of(settings, planner=PLANNER)["planner"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("page", "groups"), [("industries", 2), ("regions", 2)])
def test_applications_are_shown_with_conversion_delay_and_what_is_open(
    applied: tuple[Settings, Account],
    monkeypatch: pytest.MonkeyPatch,
    page: str,
    groups: int,
    language: str,
):
    settings, account = applied
    app = visiting(monkeypatch, settings, {"planner": account})(
        f"market/{page}", language=language, in_session={f"{page}_section": "applications"}
    )
    shown = tiles(app)
    assert shown[t_in(language, "applications.net")] == "+38 kVA"
    assert shown[t_in(language, "applications.conversion")] == "100%"
    assert shown[t_in(language, "applications.delay")] == t_in(
        language, "applications.days", days="60"
    )
    assert shown[t_in(language, "applications.pending")] == t_in(
        language, "applications.count", count="1"
    )
    [table] = [frame.value for frame in app.dataframe]
    assert table["net_kva"].tolist() == [30.0, 8.0, 38.0]
    assert len(table) == groups + 1
    assert table["name"].tolist()[-1] == t_in(language, "groups.all")
    assert [one.value for one in app.info] == [
        t_in(language, "applications.few_months", months=0, needed=24)
    ]


def test_changes_of_capacity_say_that_they_come_from_applications(
    applied: tuple[Settings, Account], monkeypatch: pytest.MonkeyPatch
):
    settings, account = applied
    app = visiting(monkeypatch, settings, {"planner": account})("market/industries")
    words = t_in("zh", "market_view.basis_applications")
    assert any(words in one.value for one in app.caption)


@pytest.mark.parametrize("language", LANGUAGES)
def test_new_business_is_ranked_and_its_arithmetic_shown(visit: Visit, language: str):
    app = visit("potential", language, potential_kind="feeder", business="solar")
    assert set(tiles(app)) == {t_in(language, f"potential_business.{one}") for one in BUSINESSES}
    ranked, arithmetic = (frame.value for frame in app.dataframe)
    assert set(ranked["area_id"]) == {"F-N", "F-S"}
    assert ranked["value_cny"].is_monotonic_decreasing
    assert arithmetic["step"].tolist()[-1] == t_in(language, "potential_step.value_cny")
    assert arithmetic["step"].tolist()[0] == t_in(language, "potential_step.homes")


def test_own_assumptions_are_reckoned_with(visit: Visit):
    usual = visit("potential", "zh", potential_kind="feeder", business="solar")
    label = t_in("zh", "potential_business.solar")
    assumed = read_potential(shipped_potential())
    nobody = dict.fromkeys(("home_share", "business_share"), (0.0, 0.0, 0.0))
    own = potential_text(with_values(assumed, "solar", nobody))
    usual.session_state["potential_own"] = own
    app = sound(usual.run())
    assert tiles(app)[label] == "0.00 元"


@pytest.mark.parametrize("business", BUSINESSES)
def test_every_assumption_stands_in_the_form(visit: Visit, business: str):
    app = visit("potential", "en", "assumptions", business=business)
    [table] = app.dataframe
    shown = table.value["assumption"].tolist()
    speak("en")
    assert shown == [step_word(business, name) for name in FIELDS[business]]
    [compute] = [one for one in app.button if one.key == "potential_compute"]
    sound(compute.click().run())
    assert read_potential(app.session_state["potential_own"]) == read_potential(shipped_potential())


def test_saved_assumptions_open_from_their_link_and_are_compared(
    visit: Visit, utility: Settings, planner: Account
):
    speak("zh")
    app = visit("potential", "zh", potential_kind="feeder")
    assumed = read_potential(shipped_potential())
    nobody = dict.fromkeys(("home_share", "business_share"), (0.0, 0.0, 0.0))
    own = potential_text(with_values(assumed, "solar", nobody))
    app.session_state["potential_own"] = own
    sound(app.run())
    app.text_input(key="scenario_name").set_value("无光伏")
    sound(app.button(key="scenario_save").click().run())
    [saved] = scenarios(open_records(utility), planner, "potential").rows(named=True)
    assert saved["name"] == "无光伏"
    theirs = visit(
        "potential",
        "zh",
        "comparison",
        potential_kind="feeder",
        scenario=saved["id"],
        scenario_first="shipped",
        scenario_second=saved["id"],
    )
    assert theirs.session_state["potential_own"] == own
    assert t_in("zh", "potential.which_saved", name="无光伏") in [
        one.value for one in theirs.caption
    ]
    differing, values = (frame.value for frame in theirs.dataframe)
    assert differing["assumption"].tolist() == [
        step_word("solar", name) for name in ("home_share", "business_share")
    ]
    assert set(differing["second"]) == {in_unit("home_share", 0.0)}
    solar = values.set_index(t_in("zh", "potential.business")).loc["屋顶光伏"]
    assert solar[f"{t_in('zh', 'potential.value')} · 无光伏"] == "0.00 元"
    assert solar[t_in("zh", "potential.change")].startswith("-")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("business", BUSINESSES)
def test_every_line_of_the_arithmetic_has_words(language: str, business: str):
    speak(language)
    ranges = read_potential(shipped_potential())[business]
    found = lines(business, FACTS, ranges, "a_tariff")
    table = step_table(business, found, {"a_tariff": "A tariff"})
    assert table["step"].n_unique() == table.height
    assert "" not in table["source"].to_list()
    known = catalogue(language)
    for one in steps(business, FACTS, {name: value.base for name, value in ranges.items()}):
        if one.source == "computed":
            assert f"potential_formula.{business}_{one.name}" in known
    words = [step_word(business, step) for step in found["step"]]
    labelled = found.with_columns(pl.Series("label", words))
    value = found.filter(pl.col("step") == VALUE)["figure"][0]
    assert png_bytes(assumption_swings(labelled, value, look=LIGHT))[:4] == b"\x89PNG"


@pytest.mark.parametrize("language", LANGUAGES)
def test_codes_have_words(language: str):
    known = catalogue(language)
    for group, codes in (
        ("capacity_kind", KINDS),
        ("application_kind", APPLICATION_KINDS),
        ("potential_source", SOURCES),
        ("potential_about", BUSINESSES),
    ):
        assert {f"{group}.{code}" for code in codes} <= known.keys()


def test_values_stand_with_their_units():
    speak("en")
    assert in_unit("vehicle_kwh", 2000.0) == "2,000 kWh"
    assert in_unit("home_share", 0.25) == "25.0%"
    assert in_unit("spread_change_share", -0.2) == "-20.0%"
    assert in_unit("margin_cny_per_kwh", 0.18) == "0.180 CNY/kWh"
    assert in_unit("new_vehicles", 3.0) == "3"
    assert in_unit("counted_vehicles", 1.772) == "1.77"
    assert in_unit("vehicles", 12.34) == "12.34"
    assert in_unit("fitting_vehicles", 37.84) == "37.8"
    assert in_unit("open_kva", None) == "–"


@pytest.mark.parametrize("language", LANGUAGES)
def test_charts_without_data_in_the_small_utility_are_drawn_too(language: str):
    speak(language)
    changes = pl.DataFrame(
        {
            "group_id": ["C", "C"],
            "month": [date(2024, 1, 1), date(2024, 4, 1)],
            "kind": ["connected", "closed"],
            "usage_points": [1, 1],
            "change_kva": [100.0, -40.0],
        }
    )
    leads = pl.DataFrame(
        {
            "lead_months": [0, 1],
            "months": [30, 29],
            "correlation": [0.2, 0.8],
            "low": [-0.3, 0.5],
            "high": [0.6, 0.9],
        }
    )
    applied = changes.select(
        pl.col("month").alias("quarter"),
        pl.Series("kind", ["new", "cancellation"]),
        "change_kva",
        *(pl.lit(1.0).alias(name) for name in ("applications", "done_kva", "pending_kva")),
    )
    for chart in (
        capacity_bars(changes, look=LIGHT),
        lead_dots(leads, "lead", look=LIGHT),
        application_bars(applied, look=LIGHT),
    ):
        assert png_bytes(chart)[:4] == b"\x89PNG"


@pytest.mark.parametrize("page", ["regions", "industries", "potential"])
def test_a_lake_without_a_register_says_what_it_lacks(
    page: str, new_lake, take, day_row, monkeypatch: pytest.MonkeyPatch
):
    settings = new_lake()
    load = dict.fromkeys(range(24), 500)
    first = date(2024, 6, 1)
    days = [day_row(load, day=first + timedelta(number)) for number in range(30)]
    take(settings, pl.concat(days))
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    monkeypatch.setenv("FENGGU_DATA", str(settings.data))
    account = create_account(
        upgrade(settings), SYSTEM, "planner", role="planner", sees_every_region=True
    )
    app = AppTest.from_file(str(PROJECT / "pages" / "market" / f"{page}.py"), default_timeout=120)
    app.session_state["fenggu_language"] = "en"
    app.session_state[SESSION_COOKIE] = issue(settings, account)
    sound(app.run())
    assert app.info
