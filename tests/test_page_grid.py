"""The pages of the grid: what they show of a small one, to whom, in which language."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from pages.area_charts import loading_line, phase_lines
from pages.charts import DARK
from pages.downloads import png_bytes
from pages.grid_charts import loading_bars
from pages.map_charts import MEASURES, grid_map_chart
from pages.text import t_in
from queries.grid.limits import shipped_limits
from queries.load.grid_lines import grid_lines
from queries.load.grid_map import grid_map
from queries.load.grid_now import grid_now
from queries.load.transformer_curve import transformer_curve
from queries.questions import answer, question_of
from queries.records import Account, audit_lines, open_records
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.load.small_grid import DAY, EVENING, small_grid
from tests.page_visits import HAN, PLANNER, Visit, accounts_of, open_page, visiting

EVENING_TEXT = EVENING.isoformat(timespec="minutes")


@pytest.fixture(scope="module")
def lake_settings(new_lake, register, day_row) -> Settings:
    return small_grid(new_lake(), register, day_row)


@pytest.fixture(scope="module")
def accounts(lake_settings: Settings) -> dict[str, Account]:
    elsewhere = {"role": "planner", "regions": ["elsewhere"]}
    return accounts_of(lake_settings, planner=PLANNER, elsewhere=elsewhere)


@pytest.fixture
def visit(
    lake_settings: Settings, accounts: dict[str, Account], monkeypatch: pytest.MonkeyPatch
) -> Visit:
    return visiting(monkeypatch, lake_settings, accounts, "load")


def _metric(app: AppTest, label: str) -> str:
    [found] = [metric.value for metric in app.metric if metric.label == label]
    return found


def _table(app: AppTest, column: str) -> pl.DataFrame:
    frames = [pl.from_pandas(table.value) for table in app.dataframe]
    return next(frame for frame in frames if column in frame.columns)


def test_what_was_read_long_ago_is_not_shown_as_the_present(visit: Visit):
    app = visit("realtime")
    [warning] = app.warning
    assert "2024年6月3日 24:00" in warning.value
    assert "不是实际的此刻" in warning.value


def test_while_readings_arrive_the_clock_says_what_is_now(
    new_lake, take, register, day_row, monkeypatch: pytest.MonkeyPatch
):
    settings = new_lake()
    clock = datetime.now(UTC) + timedelta(hours=8)
    today = clock.date()
    register(
        settings,
        regions=[{"region_id": "R"}],
        transformers=[{"transformer_id": "T", "rated_capacity_kva": 1.0}],
        usage_points=[{"usage_point_id": "P", "transformer_id": "T", "region_id": "R"}],
    )
    quarters = dict.fromkeys(range(4 * clock.hour + clock.minute // 15), 100)
    days = [day_row([100] * 96, point="P", day=today - timedelta(days=1), interval=15)]
    take(
        settings,
        *days,
        *([day_row(quarters, point="P", interval=15, day=today)] if quarters else []),
    )
    account = accounts_of(settings, planner=PLANNER)["planner"]
    app = open_page(monkeypatch, settings, account, "load/realtime")
    assert len(app.warning) == 0
    assert any("当前时刻" in caption.value for caption in app.caption)
    assert _metric(app, "数据中断台区") == "0"
    assert [_metric(app, name) for name in ("电压越限台区", "三相不平衡台区")] == ["–", "–"]


def test_the_page_counts_and_lists_what_is_outside_its_limits(visit: Visit):
    app = visit("realtime", at=EVENING_TEXT)
    assert [_metric(app, name) for name in ("过载台区", "重载台区", "数据中断台区")] == [
        "1",
        "0",
        "1",
    ]
    listed = _table(app, "limit_said")
    first = listed.row(0, named=True)
    assert (first["attention"], first["seen"]) == ("过载", "负载率 110.0%")
    assert (first["since"], first["lasted"]) == ("2024年6月3日 16:00", "4 小时")
    assert "transformer=T1" in first["open"]
    assert "198.0 V" in listed.filter(pl.col("attention") == "低电压")["limit_said"].item()


def test_a_moment_in_the_address_is_looked_back_at_and_nonsense_is_not(visit: Visit):
    back = visit("realtime", at="2024-06-03T15:00")
    assert _metric(back, "过载台区") == "0"
    assert "2024年6月3日 15:00" in back.info[0].value
    for nonsense in ("yesterday", "1999-01-01T00:00", "2024-06-03T15:00+08:00"):
        assert len(visit("realtime", at=nonsense).warning) == 1


def test_places_without_a_meter_and_with_an_assumed_power_factor_are_said(visit: Visit):
    told = " ".join(caption.value for caption in visit("realtime", at=EVENING_TEXT).caption)
    assert "1 处没有总表" in told
    assert "功率因数 0.95" in told


def test_the_page_of_an_area_leads_its_manager_to_the_worst_place_first(visit: Visit):
    app = visit("transformer_area", transformer="T2", span="day")
    [visits] = [one.value for one in app.markdown if one.value.startswith("1. ")]
    first, second = visits.split("\n2. ")
    assert "190.0 V" in first
    assert "240.0 V" in second
    assert "户" in first  # the name of the customer, masked or not
    assert _metric(app, "电压合格率") == "66.7%"
    assert _metric(app, "台区线损率") == "–"


def test_a_link_opens_the_area_it_names(visit: Visit):
    app = visit("transformer_area", transformer="T1", span="day")
    assert app.subheader[0].value.startswith("T1台区")
    assert _metric(app, "最高负载率") == "110.0%"
    assert _metric(app, "重过载时长") == "8 小时"
    unknown = visit("transformer_area", transformer="nowhere")
    assert unknown.subheader[0].value.startswith("T1台区")


def test_who_looks_at_an_area_leaves_a_line_that_names_it(visit: Visit, lake_settings: Settings):
    visit("transformer_area", transformer="T2", span="day")
    lines = audit_lines(open_records(lake_settings))
    subjects = {tuple(row) for row in lines.select("subject_kind", "subject_id").rows()}
    assert ("transformer", "T2") in subjects


@pytest.mark.parametrize("page", ["realtime", "transformer_area", "grid_map"])
def test_the_english_page_says_nothing_in_chinese_but_names(visit: Visit, page: str):
    app = visit(page, language="en", at=EVENING_TEXT)
    texts = [one.value for one in (*app.title, *app.caption, *app.info, *app.warning, *app.success)]
    texts += [f"{metric.label} {metric.value} {metric.delta}" for metric in app.metric]
    assert [text for text in texts if HAN.search(text.replace("东风线", ""))] == []


@pytest.mark.parametrize("page", ["realtime", "transformer_area", "grid_map"])
def test_a_planner_of_another_region_sees_nothing(visit: Visit, page: str):
    app = visit(page, user="elsewhere")
    assert len(app.metric) == 0
    assert [info.value for info in app.info] == [t_in("zh", "empty.no_readings")]


def test_a_map_without_coordinates_says_what_to_do(visit: Visit):
    app = visit("grid_map")
    assert t_in("zh", "map.no_coordinates") in [info.value for info in app.info]
    assert _table(app, "loading_share").height == 3


def test_every_chart_of_the_grid_is_drawn_as_a_picture(lake_settings: Settings):
    limits = shipped_limits()

    def ask(function, **inputs):
        return answer(question_of(function), lake_settings, EVERYTHING, **inputs)

    now = ask(grid_now, at=EVENING).filter(pl.col("kind") == "transformer")
    curve = ask(
        transformer_curve, transformer_id="T1", first_day=DAY, last_day=DAY, step_minutes=60
    )
    places = ask(grid_map, last_day=DAY).with_columns(
        place=pl.col("transformer_id"),
        feeder=pl.lit("F1"),
        longitude=pl.lit(120.0) + pl.int_range(pl.len()) / 100,
        latitude=pl.lit(39.0),
    )
    lines = ask(grid_lines).with_columns(place=pl.lit("S1"))
    drawn = [
        loading_bars(now.with_columns(place=pl.col("area_id")), limits),
        loading_line(curve, limits),
        phase_lines(curve),
        grid_map_chart(places, lines, "loading", limits),
    ]
    for chart in drawn:
        assert png_bytes(chart, "台区").startswith(b"\x89PNG")
    for measure in MEASURES:
        spec = grid_map_chart(places, lines, measure, limits, look=DARK).to_dict()
        assert spec["projection"]["type"] == "mercator"
