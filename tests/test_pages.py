"""Every page as its script runs: the figures it shows, to whom, and in which language."""

import io
from datetime import UTC, date, datetime

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from ingest.lake import create_lake
from pages.charts import day_bars, duration_curve, fixed_size, load_lines
from pages.downloads import csv_bytes, png_bytes, xlsx_bytes
from pages.menu import PAGES
from pages.text import LANGUAGES, t_in
from queries.records import Account
from queries.schema import SLOTS
from queries.settings import PROJECT, Settings
from tests.page_visits import HAN, PLANNER, Visit, accounts_of, address_of, visiting

HOME, CURVE = "home/start", "load/curve"


@pytest.fixture(scope="session")
def accounts(sample_settings: Settings) -> dict[str, Account]:
    """A planner of everything, one of the region east, and the customer of LV1.401-L002."""
    return accounts_of(
        sample_settings,
        planner=PLANNER,
        east={"role": "planner", "regions": ["east"]},
        customer={"role": "customer", "customer_ids": ["C-LV1.401-L002"]},
    )


@pytest.fixture
def visit(
    sample_settings: Settings, accounts: dict[str, Account], monkeypatch: pytest.MonkeyPatch
) -> Visit:
    return visiting(monkeypatch, sample_settings, accounts)


@pytest.fixture(scope="session")
def profiles(sample_settings: Settings) -> pl.DataFrame:
    """What was taken in, straight from its file."""
    return pl.read_parquet(sample_settings.data / "slice.parquet")


def _kwh(profiles: pl.DataFrame, first_day: date, last_day: date, points: str = "") -> float:
    chosen = profiles.filter(
        pl.col("channel") == "import",
        pl.col("service_date").is_between(first_day, last_day),
        pl.col("usage_point_id").str.starts_with(points),
    )
    return chosen.select(pl.sum_horizontal(pl.col(SLOTS).sum())).item() / 1000


def _metric(app: AppTest, label: str) -> str:
    found = [metric.value for metric in app.metric if label in metric.label]
    assert len(found) == 1, [metric.label for metric in app.metric]
    return found[0]


def _shown_kwh(text: str) -> float:
    number, unit = text.replace(",", "").split()
    return float(number) * {"kWh": 1, "万kWh": 10_000, "MWh": 1_000, "GWh": 1_000_000}[unit]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("user", ["planner", "east", "customer"])
@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.key)
def test_every_page_opens_for_everyone_who_finds_it_in_the_menu(
    visit: Visit, accounts: dict[str, Account], entry, user: str, language: str
):
    if accounts[user].role not in entry.roles:
        pytest.skip("not in this role's menu")
    app = visit(entry.file.relative_to(PROJECT / "pages").with_suffix(""), user, language)
    assert app.title[0].value == t_in(language, entry.question_key(accounts[user].role))


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.key)
def test_the_english_page_says_nothing_in_chinese(visit: Visit, entry):
    app = visit(entry.file.relative_to(PROJECT / "pages").with_suffix(""), language="en")
    texts = [element.value for element in (*app.title, *app.caption, *app.markdown, *app.subheader)]
    texts += [f"{metric.label} {metric.value} {metric.delta}" for metric in app.metric]
    texts += [f"{box.label} {box.options}" for box in app.selectbox if box.key != "customer_en"]
    assert [text for text in texts if HAN.search(text)] == []


def test_the_overview_shows_the_energy_that_was_metered(visit: Visit, profiles: pl.DataFrame):
    app = visit(HOME)
    day, month = date(2016, 12, 31), date(2016, 12, 1)
    shown = _shown_kwh(_metric(app, "12月31日 电量"))
    assert shown == pytest.approx(_kwh(profiles, day, day), rel=1e-3)  # four digits are shown
    shown = _shown_kwh(_metric(app, "12月累计电量"))
    assert shown == pytest.approx(_kwh(profiles, month, day), rel=1e-3)


def test_the_overview_compares_with_the_same_weekday_before(visit: Visit, profiles: pl.DataFrame):
    last = _kwh(profiles, date(2016, 12, 31), date(2016, 12, 31))
    before = _kwh(profiles, date(2016, 12, 24), date(2016, 12, 24))
    delta = next(m.delta for m in visit(HOME, language="en").metric if "31 Dec" in m.label)
    assert delta == f"{(last - before) / before:+.1%}"


@pytest.mark.parametrize("page", [HOME, CURVE])
@pytest.mark.parametrize(("user", "points"), [("east", "LV1.401"), ("customer", "LV1.401-L002")])
def test_a_limited_account_sees_only_its_own_energy(
    visit: Visit, profiles: pl.DataFrame, page: str, user: str, points: str
):
    day = "2016-12-31"
    app = visit(page, user, from_=day, to=day)
    shown = _shown_kwh(_metric(app, "12月31日 电量" if page == HOME else "电量"))
    expected = _kwh(profiles, date(2016, 12, 31), date(2016, 12, 31), points)
    assert shown == pytest.approx(expected, rel=1e-3)


def test_a_planner_of_one_region_finds_no_other_in_the_choice_of_areas(visit: Visit):
    options = next(
        box.options for box in visit(CURVE, "east", kind="region").selectbox if box.key == "area"
    )
    assert [option for option in options if "simbench" in option] == []
    assert any("east" in option for option in options)


def test_a_customer_chooses_among_own_usage_points_only(visit: Visit):
    boxes = {box.key: box for box in visit(CURVE, "customer", kind="usage_point_id").selectbox}
    assert boxes["area"].options == ["LV1.401-L002"]
    assert len(boxes["kind"].options) == 2


def test_a_link_reopens_the_same_view(visit: Visit, profiles: pl.DataFrame):
    app = visit(
        CURVE,
        kind="transformer",
        area="LV2.401",
        from_="2016-11-07",
        to="2016-11-13",
        step="1h",
        compare="previous",
    )
    shown = _shown_kwh(_metric(app, "电量"))
    expected = _kwh(profiles, date(2016, 11, 7), date(2016, 11, 13), "LV2.401")
    assert shown == pytest.approx(expected, rel=1e-3)
    assert address_of(app, "area") == "LV2.401"
    assert address_of(app, "compare") == "previous"


def test_a_link_keeps_the_days_compared_with(visit: Visit):
    chosen = {"from_": "2016-12-12", "to": "2016-12-18", "compare": "custom"}
    app = visit(CURVE, **chosen, other="2016-11-07")
    assert address_of(app, "other") == "2016-11-07"
    assert (
        next(m for m in app.metric if m.label == "电量").help == "对比 2016年11月7日 – 11月13日。"
    )


def test_a_link_with_nonsense_opens_the_usual_view(visit: Visit):
    app = visit(CURVE, kind="moon", area="x", from_="2016-13-01", to="yesterday", step="1s")
    assert address_of(app, "from") == "2016-12-01"
    assert "kind" not in app.query_params


def test_one_click_shows_the_latest_day(visit: Visit):
    app = visit(CURVE)
    app.segmented_control(key="usual").select("day").run()
    assert address_of(app, "from") == address_of(app, "to") == "2016-12-31"


def test_missing_readings_are_said_in_plain_words(visit: Visit):
    silent = visit(CURVE, kind="transformer", area="LV1.401", from_="2016-12-10", to="2016-12-10")
    # two of three usage points reported
    assert _metric(silent, "数据完整率") == "66.7%"
    assert "66.7%" in silent.warning[0].value
    complete = visit(CURVE, kind="transformer", area="LV1.401", from_="2016-12-11", to="2016-12-11")
    assert len(complete.warning) == 0


def test_a_day_without_readings_is_no_zero_but_a_word(visit: Visit):
    app = visit(
        CURVE, kind="usage_point_id", area="LV1.401-L001", from_="2016-12-10", to="2016-12-10"
    )
    assert [info.value for info in app.info] == [t_in("zh", "load.nothing_read")]
    assert len(app.metric) == 0


def test_what_reproduce_shows_gives_the_same_answer_elsewhere(visit: Visit, profiles: pl.DataFrame):
    app = visit(CURVE, kind="feeder", area="MV4.101-F6", from_="2016-12-05", to="2016-12-11")
    python, command = (code.value for code in app.code)
    assert command.startswith("fenggu ask load/curve --first-day 2016-12-05")
    *_, call = python.partition("load_curve(\n")
    scope: dict = {}
    exec(python.removesuffix(f"load_curve(\n{call}"), scope)  # noqa: S102 - what users paste
    answer = eval(f"load_curve(\n{call}", scope)  # noqa: S307
    expected = _kwh(profiles, date(2016, 12, 5), date(2016, 12, 11), "LV1.401")
    assert answer["energy_kwh"].sum() == pytest.approx(expected)


def test_without_a_lake_the_page_says_what_to_do(
    visit: Visit, tmp_path, monkeypatch: pytest.MonkeyPatch, sample_settings: Settings
):
    monkeypatch.setenv("FENGGU_LAKE", str(tmp_path / "lake"))
    for text in ("empty.no_lake", "empty.no_readings"):
        app = visit(HOME)
        assert [info.value for info in app.info] == [t_in("zh", text)]
        assert "fenggu ingest" in app.code[0].value
        create_lake(sample_settings.model_copy(update={"lake": str(tmp_path / "lake")}))


CURVE_ROWS = pl.DataFrame(
    {
        "standard_start": pl.datetime_range(
            date(2016, 1, 1), date(2016, 1, 2), "1h", eager=True, time_unit="us", closed="left"
        ),
        "energy_kwh": [None, *[1000.0 + hour for hour in range(23)]],
        "load_kw": [None, *[1000.0 + hour for hour in range(23)]],
        "readings_share": [0.5] * 24,
    }
)


def test_a_file_of_readings_opens_with_headings_units_and_gaps():
    lines = csv_bytes(CURVE_ROWS).decode("utf-8-sig").splitlines()
    assert lines[0] == "时间（标准时）,电量 (kWh),平均负荷 (kW),完整率"
    assert lines[1] == "2016-01-01 00:00,,,0.5"
    sheet = pl.read_excel(io.BytesIO(xlsx_bytes(CURVE_ROWS)))
    assert sheet.columns == lines[0].split(",")
    assert sheet["电量 (kWh)"].sum() == sum(range(1000, 1023))


def test_reactive_energy_is_not_called_active():
    assert "电量 (kvarh)" in csv_bytes(CURVE_ROWS, "reactive_import").decode("utf-8-sig")


def test_a_gap_in_the_readings_is_a_gap_in_the_line():
    chart = load_lines(CURVE_ROWS).to_dict()
    rows = next(rows for rows in chart["datasets"].values() if len(rows) == 24)
    assert rows[0]["value"] is None
    assert rows[1]["value"] == 1.0  # MW


def test_a_valley_at_the_axis_is_named_above_its_point():
    def of_valley(rows):
        layers = load_lines(rows).to_dict()["layer"]
        return [one["mark"]["dy"] for one in layers if one["mark"]["type"] == "text"][-1]

    low = CURVE_ROWS.with_columns(load_kw=pl.col("load_kw") - 999.0)
    assert (of_valley(CURVE_ROWS) > 0, of_valley(low) < 0) == (True, True)


def test_a_standard_time_stays_what_it_is_in_every_browser():
    chart = load_lines(CURVE_ROWS).to_dict()
    rows = next(rows for rows in chart["datasets"].values() if len(rows) == 24)
    assert datetime.fromisoformat(rows[1]["at"]) == datetime(2016, 1, 1, 1, tzinfo=UTC)
    assert chart["layer"][0]["encoding"]["x"]["scale"]["type"] == "utc"


def test_every_chart_is_drawn_as_a_picture_without_a_browser():
    duration = pl.DataFrame({"time_share": [0.5, 1.0], "hours": [1.0, 2.0], "load_kw": [2.0, 1.0]})
    days = pl.DataFrame({"service_date": [date(2016, 1, 1)], "energy_kwh": [10.0]})
    for chart in (load_lines(CURVE_ROWS), duration_curve(duration), day_bars(days)):
        assert png_bytes(chart, "峰川区（仿真）").startswith(b"\x89PNG")


def test_a_picture_says_above_the_chart_what_it_shows():
    assert fixed_size(load_lines(CURVE_ROWS), title="东区 · 六月")["title"]["text"] == "东区 · 六月"
