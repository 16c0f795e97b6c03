"""The tariff simulation as its script runs: edits, presets, errors, scenarios."""

import json
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from ingest.lake import create_lake
from ingest.records.engine import upgrade
from pages.text import t_in
from queries.billing.simulation_summary import READS, simulation_summary
from queries.lake import open_lake
from queries.records import Account, account, audit_lines
from queries.scenarios import scenarios
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.page_visits import PLANNER, Visit, accounts_of, sound, visiting

PAGE = "billing/tariff_simulation"
MAY = {"first_day": date(2025, 5, 1), "last_day": date(2025, 5, 31), "region_id": "new"}


@pytest.fixture(scope="module")
def settings(
    new_lake: Callable[..., Settings], register: Callable, take: Callable, day_row: Callable
) -> Settings:
    """Two shops and two households of a district, May 2025; one shop uses most at the peak."""
    made = new_lake()
    agreed = {"valid_from": date(2025, 1, 1)}
    classes = {"S1": "commercial", "S2": "commercial", "H1": "residential", "H2": "residential"}
    register(
        made,
        regions=[
            {"region_id": "new", "name": "新城区", "name_en": "New town", "is_simulated": True},
            {"region_id": "east", "name": "东所", "name_en": "East", "parent_region_id": "new"},
        ],
        customers=[
            {"customer_id": f"C-{point}", "name": "王小明", "industry_code": "5212"}
            for point in classes
        ],
        usage_points=[
            {
                "usage_point_id": point,
                "customer_id": f"C-{point}",
                "region_id": "east",
                "customer_class": kind,
                "price_code": "residential" if kind == "residential" else "industrial_commercial",
                **agreed,
            }
            for point, kind in classes.items()
        ],
    )
    loads = {"S1": {18: 40_000}, "S2": {2: 30_000}, "H1": {19: 5_000}, "H2": {1: 4_000}}
    may = pl.date_range(date(2025, 5, 1), date(2025, 5, 31), eager=True)
    rows = [
        day_row(dict.fromkeys(range(24), 0) | hours, point=point).with_columns(
            service_date=pl.lit(day)
        )
        for point, hours in loads.items()
        for day in may
    ]
    take(made, pl.concat(rows))
    return made


@pytest.fixture(scope="module")
def accounts(settings: Settings) -> dict[str, Account]:
    return accounts_of(
        settings,
        planner=PLANNER,
        colleague={"role": "analyst"},
        customer={"role": "customer", "customer_ids": ["C-S1"]},
    )


@pytest.fixture
def visit(
    settings: Settings, accounts: dict[str, Account], monkeypatch: pytest.MonkeyPatch
) -> Visit:
    return partial(visiting(monkeypatch, settings, accounts), PAGE)


def _metric(app: AppTest, label: str) -> str:
    [found] = [metric.value for metric in app.metric if metric.label.startswith(label)]
    return found


def _revenue(app: AppTest) -> str:
    return _metric(app, t_in(app.session_state["fenggu_language"], "lab.revenue"))


def _edit(app: AppTest, table: str, **edits: object) -> AppTest:
    """Type into a table, as the browser sends it: ``edited_rows={0: {"price": 1}}``."""
    protos = [element.proto for element in app.dataframe]
    [proto] = [proto for proto in protos if f"{table}_" in proto.id]
    # AppTest has no name yet for typing into a table.
    states = app._tree.get_widget_states()  # noqa: SLF001
    state = states.widgets.add()
    state.id = proto.id
    empty: dict[str, object] = {"edited_rows": {}, "added_rows": [], "deleted_rows": []}
    state.string_value = json.dumps(empty | edits)
    return sound(app._run(states))  # noqa: SLF001


def _table(app: AppTest, table: str) -> pl.DataFrame:
    [found] = [one for one in app.dataframe if f"{table}_" in one.proto.id]
    return pl.from_pandas(found.value)


def _row(app: AppTest, key: str) -> int:
    return _table(app, "prices")["key"].to_list().index(key)


def test_at_first_the_plan_is_what_holds_now_for_the_class_with_the_most_revenue(visit: Visit):
    app = visit()
    assert "工商业单一制 · 2 户" in app.selectbox(key="price_class").options[0]
    assert _metric(app, "多付的用户") == _metric(app, "少付的用户") == "0"
    assert t_in("zh", "lab.nothing_changed") in [info.value for info in app.info]
    assert app.query_params["from"] in ("2025-05-01", ["2025-05-01"])


def test_the_revenue_shown_is_the_one_the_question_answers(visit: Visit, settings: Settings):
    lake = open_lake(settings, EVERYTHING, reads=READS)
    [row] = simulation_summary(
        lake,
        tariffs=("liaoning_industrial_commercial",),
        price_classes=("industrial_commercial",),
        **MAY,  # type: ignore[arg-type]
    ).iter_rows(named=True)
    assert _revenue(visit()) == f"{row['revenue_cny']:,.2f}"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_price_edited_in_the_table_changes_revenue_and_who_pays_more(visit: Visit, language: str):
    app = visit(language=language)
    before = _revenue(app)
    _edit(app, "prices", edited_rows={_row(app, "times 0|peak"): {"price": "1.8"}})
    assert _revenue(app) != before
    # only S1 uses anything at the peak
    assert _metric(app, t_in(language, "lab.losers")) == "1"
    assert _metric(app, t_in(language, "lab.winners")) == "0"


def test_a_wider_peak_is_one_click_and_one_more_brings_it_back(visit: Visit):
    app = visit()
    app.button(key="preset_wider_peak").click()
    sound(app.run())
    hours = _table(app, "hours").filter(pl.col("period") == "peak")
    assert ("16:00", "22:00") in hours.select("from", "until").rows()
    app.button(key="preset_as_now").click()
    sound(app.run())
    assert ("16:00", "21:00") in _table(app, "hours").select("from", "until").rows()


def test_hours_that_leave_a_gap_say_where_and_keep_the_edit(visit: Visit):
    app = visit()
    before = _revenue(app)
    rest = next(box for box in app.selectbox if str(box.key).startswith("rest_"))
    rest.set_value("-")
    sound(app.run())
    [told] = [error.value for error in app.error]
    assert re.search(r"05:00–07:30 不属于任何时段", told)
    assert _revenue(app) == before
    assert next(box for box in app.selectbox if str(box.key).startswith("rest_")).value == "-"


def test_hours_claimed_twice_are_told_in_the_readers_language(visit: Visit):
    app = visit(language="en")
    row = {"period": "valley", "from": "08:00", "until": "09:00", "priority": 0}
    _edit(app, "hours", added_rows=[row])
    [told] = [error.value for error in app.error]
    assert told.startswith("08:00–09:00 belongs to both Peak, Valley")


def test_a_new_period_gets_a_price_that_can_be_edited(visit: Visit):
    app = visit()
    row = {"period": "deep_valley", "from": "02:00", "until": "03:00", "priority": 2}
    _edit(app, "hours", added_rows=[row])
    assert "times 0|deep_valley" in _table(app, "prices")["key"].to_list()
    # S2 uses everything from two to three o'clock
    assert _metric(app, "少付的用户") == "1"


def test_a_price_taken_out_of_the_table_is_missed(visit: Visit):
    app = visit()
    before = _revenue(app)
    _edit(app, "prices", edited_rows={_row(app, "transmission||0"): {"price": None}})
    assert [error.value for error in app.error] == ["“输配电价”缺少价格。请填写。"]
    assert _revenue(app) == before


def test_the_neutral_price_leaves_revenue_as_it_is(visit: Visit):
    app = visit()
    app.button(key="preset_dearer_peak").click()
    sound(app.run())
    app.button(key="neutral_go").click()
    sound(app.run())
    [told] = [success.value for success in app.success]
    assert "购电价" in told
    left = re.search(r"尚差 ([+-][\d.]+) 元", told)
    assert left
    assert abs(Decimal(left.group(1))) < 1
    assert _metric(app, "多付的用户") == _metric(app, "少付的用户") == "1"


def test_plans_stand_side_by_side_up_to_five(visit: Visit):
    app = visit()
    for _ in range(4):
        app.button(key="draft_copy").click()
        sound(app.run())
    assert app.button(key="draft_copy").disabled
    app.button(key="preset_without_time_of_use").click()
    sound(app.run())
    tables = [one.value for one in app.dataframe if "change_share_p95" in one.value.columns]
    assert tables[0]["tariff"].to_list() == [f"方案 {n}" for n in range(1, 6)]
    assert tables[0]["losers"].to_list() == [0, 0, 0, 0, 1]


def test_who_loses_most_is_masked_as_the_scope_says(visit: Visit):
    app = visit()
    app.button(key="preset_dearer_peak").click()
    sound(app.run())
    [losers] = [one.value for one in app.dataframe if "owed_cny" in one.value.columns]
    assert losers["name"].to_list() == ["王**"]
    assert losers["customer_id"].to_list() == ["C-S1"]


def _named_scenario(app: AppTest, name: str) -> AppTest:
    app.text_input(key="scenario_name").set_value(name)
    app.button(key="scenario_save").click()
    return sound(app.run())


def test_a_saved_scenario_opens_from_its_link_for_a_colleague(visit: Visit, settings: Settings):
    mine = visit()
    mine.button(key="preset_wider_peak").click()
    sound(mine.run())
    mine.button(key="draft_copy").click()
    sound(mine.run())
    _named_scenario(mine, "晚峰延长")
    found = scenarios(upgrade(settings), _account(settings, "planner"), "tariff")
    [identifier] = found.filter(pl.col("name") == "晚峰延长")["id"]
    theirs = visit("colleague", scenario=identifier)
    assert ("16:00", "22:00") in _table(theirs, "hours").select("from", "until").rows()
    assert len(next(iter(theirs.get("button_group"))).proto.options) == 2
    assert "scenario.create" in audit_lines(upgrade(settings))["action"].to_list()


def _account(settings: Settings, name: str) -> Account:
    found = account(upgrade(settings), name)
    assert found
    return found


def test_a_scenario_of_another_can_only_be_saved_anew(visit: Visit):
    mine = _named_scenario(visit(), "我的")
    identifier = mine.query_params["scenario"]
    theirs = visit(
        "colleague", scenario=identifier if isinstance(identifier, str) else identifier[0]
    )
    theirs.button(key="scenario_overwrite").click()
    sound(theirs.run())
    told = [warning.value for warning in theirs.warning]
    assert t_in("zh", "scenario.error_not_yours") in told


def test_a_link_to_a_scenario_that_is_gone_says_so(visit: Visit):
    app = visit(scenario="0" * 16)
    assert t_in("zh", "scenario.not_found") in [warning.value for warning in app.warning]
    assert _metric(app, "多付的用户") == "0"


def test_without_readings_the_page_says_what_to_do(
    visit: Visit, settings: Settings, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FENGGU_LAKE", str(tmp_path / "lake"))
    for text in ("empty.no_lake", "empty.no_readings"):
        app = visit()
        assert [info.value for info in app.info] == [t_in("zh", text)]
        create_lake(settings.model_copy(update={"lake": str(tmp_path / "lake")}))


def test_more_than_three_years_cannot_be_reached_even_by_the_address(
    visit: Visit,
    settings: Settings,
    *,
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
    register: Callable,
    take: Callable,
    day_row: Callable,
):
    long = settings.model_copy(update={"lake": str(tmp_path / "lake")})
    create_lake(long)
    point = {"usage_point_id": "S1", "customer_id": "C-S1", "region_id": "new"}
    shop = {"customer_class": "commercial", "valid_from": date(2021, 1, 1)}
    register(long, regions=[{"region_id": "new", "name": "新城区"}], usage_points=[point | shop])
    days = date(2022, 1, 1), date(2025, 5, 31)
    rows = [
        day_row({18: 40_000}, point="S1").with_columns(service_date=pl.lit(day)) for day in days
    ]
    take(long, pl.concat(rows))
    monkeypatch.setenv("FENGGU_LAKE", long.lake)
    app = visit(**{"from": days[0].isoformat(), "to": days[1].isoformat()})
    assert not app.error
    assert app.session_state["month_from"] == "2022-01-01"
    assert app.session_state["month_to"] == "2024-12-31"
