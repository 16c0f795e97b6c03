"""The page of segments, in both languages: found, drawn, and what it says without portraits."""

from datetime import date, timedelta
from functools import partial

import numpy as np
import polars as pl
import pytest

from ingest.lake import append, publish, writing
from ingest.records.accounts import create_account
from ingest.records.engine import SYSTEM, upgrade
from pages.charts import LIGHT
from pages.downloads import png_bytes
from pages.segment_charts import segment_days, stability_lines
from pages.segment_rules_view import REGION
from pages.shape_charts import own_days_map, shape_panels, shape_use_map
from pages.text import LANGUAGES, speak, t_in
from queries.customers.segment_candidates import RETURNS as CANDIDATES
from queries.customers.segment_profiles import RETURNS as PROFILES
from queries.schema import PORTRAITS
from queries.settings import Settings
from tests.customers.portrait_row import portrait_row
from tests.page_visits import Visit, visiting

HOMES, THERE = 40, 10


def _town(settings: Settings, register, take, day_row) -> Settings:
    points = [
        {"usage_point_id": f"P{n}", "customer_class": "residential"}
        | {"region_id": "there" if n < THERE else "here"}
        for n in range(HOMES)
    ]
    register(
        settings,
        regions=[
            {"region_id": "town", "name": "此城", "name_en": "Town"},
            {"region_id": "here", "name": "此地", "name_en": "Here", "parent_region_id": "town"},
            {"region_id": "there", "name": "彼处", "name_en": "There", "parent_region_id": "town"},
        ],
        usage_points=points,
    )
    take(settings, day_row({0: 100}, point="P0", day=date(2025, 12, 31)))
    return settings


def _portraits(settings: Settings) -> None:
    """Every other home works by night; in November one of them did not yet."""
    noise = np.random.default_rng(2).normal(0, 0.01, HOMES)
    rows = [
        portrait_row(
            f"P{number}",
            month,
            night_share=noise[number]
            + (0.5 if number % 2 and (month, number) != ("2025-11", 1) else 0.15),
        )
        for number in range(HOMES)
        for month in ("2025-11", "2025-12")
    ]
    with writing(settings) as writer:
        append(writer, PORTRAITS, pl.DataFrame(rows, schema=PORTRAITS.schema))
        publish(writer)


@pytest.fixture(scope="module")
def accounts(new_lake, register, take, day_row):
    found = {}
    for name in ("planner", "newcomer"):
        settings = _town(new_lake(), register, take, day_row)
        if name == "planner":
            _portraits(settings)
        account = create_account(
            upgrade(settings), SYSTEM, name, role="planner", sees_every_region=True
        )
        found[name] = settings, account
    return found


@pytest.fixture
def visit(accounts, monkeypatch) -> Visit:
    settings, account = accounts["planner"]
    return partial(visiting(monkeypatch, settings, {"planner": account}), "customers/segments")


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_tells_how_many_kinds_of_homes_there_are_and_who_has_changed(visit, language):
    app = visit(language=language)
    tiles = {one.label: one.value for one in app.metric}
    assert int(tiles[t_in(language, "segment.number")]) >= 2
    assert tiles[t_in(language, "segment.placed")] == str(HOMES)
    assert float(tiles[t_in(language, "segment.stability")]) >= 0.85
    names = app.dataframe[0].value["segment"].to_list()
    assert len(set(names)) == len(names)
    moved = [one.value for one in app.markdown]
    assert any("97.5" in text and "39" in text for text in moved), moved


def test_a_segment_is_drawn_by_hand(visit):
    app = visit(in_session={"segment_section": "drawn"})
    app.selectbox(key="segment_column_0").set_value("night_share")
    app.number_input(key="segment_value_0").set_value(40.0)
    app.run()
    tiles = {one.label: one.value for one in app.metric}
    assert tiles[t_in("zh", "segment.members")] == str(HOMES // 2)


def test_a_segment_is_drawn_in_one_region(visit):
    app = visit(in_session={"segment_section": "drawn"})
    app.number_input(key="segment_value_0").set_value(40.0)
    app.selectbox(key=REGION).set_value("there").run()
    tiles = {one.label: one.value for one in app.metric}
    assert tiles[t_in("zh", "segment.members")] == str(THERE // 2)


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_portraits_it_says_what_to_do(accounts, monkeypatch, language):
    settings, account = accounts["newcomer"]
    visit = visiting(monkeypatch, settings, {"planner": account})
    app = visit("customers/segments", language=language)
    assert "python -m ingest portraits" in app.info[0].value


def test_charts_become_pictures():
    profiles = pl.DataFrame(
        {"segment": [0, 1], "workday_hours": [[1.0] * 24] * 2, "rest_day_hours": [None, [1.0] * 24]}
        | {name: [None, None] for name in PROFILES if name not in
           {"segment", "workday_hours", "rest_day_hours"}},
        schema=PROFILES,
    )  # fmt: skip
    candidates = pl.DataFrame(
        {"segments": [2, 3], "stability": [0.9, 0.8], "free_stability": [0.5, 0.6],
         "is_chosen": [True, False]}
        | {name: [None, None] for name in CANDIDATES if name not in
           {"segments", "stability", "free_stability", "is_chosen"}},
        schema=CANDIDATES,
    )  # fmt: skip
    for chart in (segment_days(profiles, ["a", "b"], look=LIGHT), stability_lines(candidates)):
        assert png_bytes(chart, "title").startswith(b"\x89PNG")


@pytest.fixture(scope="module")
def street(new_lake, register, take, day_row):
    """Two homes with evenings and a shop that is open by day, for a week; none has a portrait."""
    settings = new_lake()
    monday = date(2025, 12, 22)
    evening = {hour: 900 if hour in range(18, 22) else 100 for hour in range(24)}
    open_hours = {hour: 900 if hour in range(9, 18) else 50 for hour in range(24)}
    kinds = {"A": ("residential", evening), "B": ("residential", evening)}
    kinds |= {"S": ("commercial", open_hours)}
    register(
        settings,
        regions=[{"region_id": "here", "name": "此地"}],
        usage_points=[
            {"usage_point_id": point, "customer_class": kind, "region_id": "here"}
            for point, (kind, _) in kinds.items()
        ],
    )
    rows = [
        day_row(load, point=point, day=monday + timedelta(number))
        for point, (_, load) in kinds.items()
        for number in range(7)
    ]
    take(settings, pl.concat(rows))
    with writing(settings) as writer:
        held = [portrait_row(point, customer_class="residential") for point in ("A", "B")]
        append(writer, PORTRAITS, pl.DataFrame(held, schema=PORTRAITS.schema))
        publish(writer)
    account = create_account(
        upgrade(settings), SYSTEM, "planner", role="planner", sees_every_region=True
    )
    return settings, account


@pytest.mark.parametrize("language", LANGUAGES)
def test_shapes_of_days_are_shown_with_what_they_cover(street, monkeypatch, language):
    settings, account = street
    visit = visiting(monkeypatch, settings, {"planner": account})
    app = visit(
        "customers/segments", language=language, in_session={"segment_section": "shapes"},
        shape_class="-",
    )  # fmt: skip
    tiles = {one.label: one.value for one in app.metric}
    assert tiles[t_in(language, "shape.count")] == "2"
    assert tiles[t_in(language, "shape.covered")] == "100%"
    assert tiles[t_in(language, "shape.days")] == "21"
    table = app.dataframe[0].value
    assert table["shape"].to_list() == [1, 2]
    assert table["usage_points"].to_list() == [2, 1]
    said = [one.value for one in app.markdown]
    assert any(t_in(language, "shape.name", number=1) in text for text in said), said
    headings = [one.value for one in app.subheader]
    assert t_in(language, "shape.by_class") in headings
    assert t_in(language, "shape.no_segments") in [one.value for one in app.info]


def test_a_class_without_portraits_has_nobody_to_look_at(street, monkeypatch):
    settings, account = street
    visit = visiting(monkeypatch, settings, {"planner": account})
    app = visit(
        "customers/segments", in_session={"segment_section": "shapes"}, shape_class="commercial"
    )
    assert t_in("zh", "shape.nobody") in [one.value for one in app.info]


@pytest.mark.parametrize("language", LANGUAGES)
def test_charts_of_shapes_become_pictures(language):
    speak(language)
    shapes = pl.DataFrame(
        {
            "shape": [0, 1],
            "hour_shares": [[1 / 24] * 24, [1.0] + [0.0] * 23],
            "highest_hour": [0, 0],
            "days_share": [0.7, 0.3],
        }
    )
    use = pl.DataFrame(
        {
            "name": ["居民", "商业"],
            "shape": [0, 1],
            "days_share": [1.0, 1.0],
            "usage_points": [2, 1],
        }
    )
    days = pl.DataFrame(
        {
            "service_date": [date(2025, 1, 1), date(2025, 3, 1)],
            "shape": [0, 1],
            "is_within": [True, False],
            "distance_share": [0.1, 0.6],
            "energy_kwh": [4.0, 5.0],
            "highest_hour": [3, 0],
        }
    )
    for chart in (
        shape_panels(shapes, look=LIGHT),
        shape_use_map(use, ["居民", "商业"], look=LIGHT),
        own_days_map(days, look=LIGHT),
    ):
        assert png_bytes(chart, "title").startswith(b"\x89PNG")
