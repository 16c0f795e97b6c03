"""The pages of the collection and of data quality: what they show, to whom, in which language."""

import json
from datetime import date, timedelta

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from ingest.records.collection import GIVEN_UP, OPEN
from ingest.vee import estimate, validate
from pages.charts import DARK, LIGHT
from pages.collection_charts import curve_map, success_lines
from pages.downloads import csv_bytes, png_bytes
from pages.menu import PAGES, pages_for
from pages.quality_charts import estimate_lines, finding_map, quality_curve
from pages.quality_view import plain
from pages.text import LANGUAGES, catalogue, speak, t_in
from queries.governance.collection_queue import collection_queue
from queries.governance.collection_success import collection_success
from queries.governance.curve_completeness import curve_completeness
from queries.governance.curve_quality import curve_quality
from queries.governance.finding_days import finding_days
from queries.governance.findings import findings
from queries.lake import open_lake
from queries.questions import answer, question_of
from queries.records import COLLECTION_TASKS, Account, audit_lines, frame, open_records
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.governance.street_collected import CUT_OFF, DAY, street
from tests.page_visits import HAN, PLANNER, Visit, accounts_of, visiting

COLLECTION, QUALITY = "collection", "data_quality"
STILL = range(15, 19)
FIRST = DAY - timedelta(days=20)


@pytest.fixture(scope="module")
def lake_settings(new_lake, register, take, day_row) -> Settings:
    """The street of ``street_collected`` with curves: P-A stands still four days, P-B has a gap."""
    settings = street(new_lake(), register)
    rows = []
    for number in range(21):
        day = FIRST + timedelta(days=number)
        busy = {hour: 500 + 10 * hour + number for hour in range(24)}
        still = dict.fromkeys(range(24), 0)
        rows.append(day_row(still if number in STILL else busy, point="P-A", day=day))
        gap = {h: wh for h, wh in busy.items() if (number, h) != (10, 8)}
        rows.append(day_row(gap, point="P-B", day=day))
    take(settings, *rows)
    validate(settings, FIRST, DAY)
    estimate(settings, FIRST, DAY)
    return settings


@pytest.fixture(scope="module")
def quiet_settings(new_lake, take, day_row) -> Settings:
    """A lake with a curve of one day, no register, no collector, and never validated."""
    settings = new_lake()
    take(settings, day_row(dict.fromkeys(range(24), 5), point="Q", day=DAY))
    return settings


def _accounts(settings: Settings) -> dict[str, Account]:
    return accounts_of(
        settings,
        planner=PLANNER,
        north={"role": "planner", "regions": ["north"]},
        administrator={"role": "administrator"},
        north_administrator={"role": "administrator", "regions": ["north"]},
    )


@pytest.fixture(scope="module")
def accounts(lake_settings: Settings) -> dict[str, Account]:
    return _accounts(lake_settings)


@pytest.fixture(scope="module")
def quiet_accounts(quiet_settings: Settings) -> dict[str, Account]:
    return _accounts(quiet_settings)


@pytest.fixture
def visit(
    lake_settings: Settings, accounts: dict[str, Account], monkeypatch: pytest.MonkeyPatch
) -> Visit:
    return visiting(monkeypatch, lake_settings, accounts, "governance")


@pytest.fixture
def visit_quiet(
    quiet_settings: Settings, quiet_accounts: dict[str, Account], monkeypatch: pytest.MonkeyPatch
) -> Visit:
    return visiting(monkeypatch, quiet_settings, quiet_accounts, "governance")


def _tiles(app: AppTest) -> dict[str, tuple[str, str]]:
    return {metric.label: (metric.value, metric.delta) for metric in app.metric}


def _table(app: AppTest, column: str) -> pl.DataFrame:
    """The table of the page that has a column of that name."""
    [found] = [pl.from_pandas(f.value) for f in app.dataframe if column in f.value.columns]
    return found


def _spoken(app: AppTest) -> list[str]:
    kinds = (
        app.title, app.caption, app.markdown, app.subheader, app.info, app.success, app.warning
    )  # fmt: skip
    texts = [element.value for kind in kinds for element in kind]
    texts += [f"{m.label} {m.value} {m.delta} {m.help}" for m in app.metric]
    texts += [f"{box.label} {box.options}" for box in app.selectbox]
    return texts + [button.label for button in app.button]


@pytest.mark.parametrize("page", [COLLECTION, QUALITY])
@pytest.mark.parametrize(("user", "language"), [("planner", "zh"), ("administrator", "en")])
def test_the_pages_open_for_staff_in_both_languages(
    visit: Visit, page: str, user: str, language: str
):
    app = visit(page, user, language)
    assert app.title[0].value == t_in(language, f"governance.{page}_question")
    if language == "en":
        assert [text for text in _spoken(app) if HAN.search(text)] == []


def test_customers_do_not_find_them_in_the_menu():
    names = {page.name for page in PAGES if page.area == "governance"}
    assert {COLLECTION, QUALITY} <= names
    assert "governance" not in pages_for("customer")


def test_the_tiles_say_what_came_in_time_and_since(visit: Visit):
    tiles = _tiles(visit(COLLECTION, day="2024-06-03"))
    # Of six meters due three came in time and one late; the day before one did.
    assert tiles["采集成功率"] == ("50.0%", "+33.3 个百分点")
    assert tiles["补采后成功率"] == ("66.7%", "仍缺 2 块")
    assert tiles["一次采集成功率"] == ("33.3%", "已询问 3 块")
    assert tiles["终端在线率"] == ("50.0%", "1 / 2 台")
    assert tiles["时钟合格率"] == ("66.7%", "2 / 3 块电表")


def test_a_planner_of_the_north_counts_the_meters_of_the_north(visit: Visit):
    app = visit(COLLECTION, "north", "en")
    tiles = _tiles(app)
    assert tiles["Success rate"][0] == "100%"
    assert tiles["Terminals online"] == ("100%", "1 / 1")
    assert _table(app, "success_share")["name"].to_list() == ["North"]


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("transformer", {"一号台区 (T1)", "二号台区 (T2)"}),
        ("terminal", {"000000000001", "000000000002", "终端未知"}),
        ("purpose", {"结算表", "考核表"}),
    ],
)
def test_success_can_be_looked_at_by_anything_a_meter_belongs_to(
    visit: Visit, by: str, names: set[str]
):
    assert set(_table(visit(COLLECTION, by=by), "success_share")["name"]) == names


def test_a_terminals_own_count_stands_beside_ours_and_who_claims_more_is_told(visit: Visit):
    app = visit(COLLECTION, by="terminal")
    found = _table(app, "terminal_read_meters")
    names = ["name", "due_meters", "terminal_due_meters", "terminal_read_meters", "verdict"]
    assert sorted(found.select(names).rows()) == [
        ("000000000001", 2, 2, 2, "一致"),
        ("000000000002", 2, 3, 2, "比主站多"),  # of C and D only C came
        ("终端未知", 2, None, None, "未自报"),
    ]
    assert ["1 台一致；1 台自报比主站收到的多。" in w.value for w in app.warning] == [True]
    assert "verdict" not in _table(visit(COLLECTION, by="region"), "success_share").columns


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_no_terminal_counts_itself_the_page_says_who_is_asked(visit: Visit, language: str):
    app = visit(COLLECTION, "planner", language, day="2024-06-01")
    assert t_in(language, "collection.no_own_counts") in [c.value for c in app.caption]
    assert not app.warning


def test_the_queue_is_shown_in_words_and_local_time_longest_missing_first(visit: Visit):
    found = _table(visit(COLLECTION), "attempts")
    assert found.select("meter_id", "state", "reading", "reason").rows() == [
        ("D", "已放弃", "日冻结示数", "超时"),
        ("C", "待补采", "曲线", "超时"),
    ]
    # 09:00 in Shanghai, an hour after the cut-off.
    assert found["next_attempt_at"].dt.strftime("%H:%M").to_list() == [None, "09:00"]
    given_up = visit(COLLECTION, state="given_up")
    assert _table(given_up, "attempts")["meter_id"].to_list() == ["D"]


def _states(settings: Settings) -> dict[str, str]:
    rows = frame(open_records(settings), COLLECTION_TASKS.select())
    return dict(rows.select("meter_id", "state").rows())


def test_an_administrator_asks_again_and_the_audit_says_so(visit: Visit, lake_settings: Settings):
    app = visit(COLLECTION, "administrator")
    assert _states(lake_settings)["D"] == GIVEN_UP
    app.button(key="again").click().run()
    assert _states(lake_settings)["D"] == OPEN
    assert "2 项读数" in app.success[0].value
    lines = audit_lines(open_records(lake_settings)).filter(pl.col("action") == "collection.again")
    assert set(lines["user_name"]) == {"administrator"}
    assert set(lines["subject_id"]) == {"00000000010C", "00000000010D"}
    found = answer(question_of(collection_queue), lake_settings, EVERYTHING, now=CUT_OFF)
    assert found["state"].to_list() == ["open", "open"]


def test_a_planner_sees_the_queue_without_the_button(visit: Visit):
    keys = {button.key for button in visit(COLLECTION).button}
    assert not {"again", "again_all"} & keys


def test_an_administrator_of_one_region_cannot_ask_everything_again(visit: Visit):
    keys = {button.key for button in visit(COLLECTION, "north_administrator").button}
    assert "again_all" not in keys


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_nobody_collects_the_page_says_how_to_begin(visit_quiet: Visit, language: str):
    app = visit_quiet(COLLECTION, language=language)
    said = [info.value for info in app.info]
    assert t_in(language, "collection.no_collector", file="collectors.toml") in said
    assert t_in(language, "collection.nothing_due") in said
    assert "fenggu collect" in [code.value for code in app.code]
    assert _tiles(app)[t_in(language, "collection.curve")][0] == "100%"


def test_the_list_names_the_rule_in_the_readers_language(visit: Visit):
    chinese = _table(visit(QUALITY, rule="stopped"), "transformer_id")
    assert chinese.select("rule", "what", "subject_id", "days").rows() == [
        ("停走", "计量点", "P-A", 4)
    ]
    english = _table(visit(QUALITY, language="en", rule="stopped"), "transformer_id")
    assert english["rule"].to_list() == ["Meter stopped"]


def test_a_planner_of_the_north_sees_the_findings_of_the_north(visit: Visit):
    found = _table(visit(QUALITY, "north"), "transformer_id")
    assert found.height > 0
    assert set(found["transformer_id"]) <= {"T1"}


def test_the_curve_of_a_finding_is_shown_with_what_is_doubtful_about_it(visit: Visit):
    app = visit(QUALITY, rule="stopped")
    assert app.selectbox(key="point").value == "P-A"
    [card] = [text.value for text in app.markdown if "停走" in text.value]
    assert card.startswith("**停走** · 计量点 P\\-A")
    assert any(t_in("zh", "finding_why.stopped") in caption.value for caption in app.caption)
    assert "history" in [json.loads(raw.value).get("basis") for raw in app.json]


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("zh", "首日：电量为 0，此前每天至少用电 14.76 kWh；没有电压、电流曲线可佐证，仅为怀疑"),
        (
            "en",
            (
                "First day: no energy, at least 14.76 kWh on every day before; "
                "no voltage or current curve speaks for it, so only a suspicion"
            ),
        ),
    ],
)
def test_a_finding_is_told_in_a_sentence(visit: Visit, language: str, told: str):
    # 24 hours of 500 to 730 Wh: 14.76 kWh on the first day, a little more on every later one.
    found = _table(visit(QUALITY, language=language, rule="stopped"), "transformer_id")
    assert found["said"].to_list() == [told]


def test_a_number_with_asterisks_is_no_markup():
    assert plain("*A*_1 [x](y)") == r"\*A\*\_1 \[x\]\(y\)"


def test_shares_of_points_read_estimated_and_missing_are_told(visit: Visit):
    tiles = _tiles(visit(QUALITY))
    assert set(tiles) == {"疑点", "实抄率", "估算占比", "缺失占比"}
    assert tiles["实抄率"][0] != "100%"


@pytest.mark.parametrize("language", LANGUAGES)
def test_before_validation_the_page_gives_the_command(visit_quiet: Visit, language: str):
    app = visit_quiet(QUALITY, language=language)
    assert t_in(language, "quality.nothing_found") in [info.value for info in app.info]
    [command] = [code.value for code in app.code]
    assert command.startswith(f"fenggu validate --from {DAY} --to {DAY}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_taken_away_has_a_heading_for_every_column(lake_settings: Settings, language: str):
    speak(language)
    days = {"first_day": FIRST, "last_day": DAY}
    for question in (collection_success, findings):
        found = answer(question_of(question), lake_settings, EVERYTHING, **days)
        heading = csv_bytes(found).decode("utf-8-sig").splitlines()[0]
        assert len(set(heading.split(","))) == found.width, heading
    speak("zh")


def test_a_missing_interval_is_a_mark_and_no_zero_in_the_line():
    rows = pl.DataFrame(
        {
            "interval_start": pl.datetime_range(
                date(2024, 6, 3), date(2024, 6, 4), "6h", eager=True, closed="left"
            ).dt.replace_time_zone("UTC"),
            "local_start": pl.datetime_range(
                date(2024, 6, 3), date(2024, 6, 4), "6h", eager=True, closed="left"
            ),
            "interval_minutes": pl.Series([60] * 4, dtype=pl.Int16),
            "load_kw": [1.0, None, 3.0, 4.0],
            "quality": ["A", "N", "E", "S"],
            "method": [None, None, "like_day", None],
            "replaced_kwh": [None, None, None, 2.0],
        }
    )
    drawn = quality_curve(rows).to_dict()
    [data] = drawn["datasets"].values()
    assert [row["value"] for row in data] == [1.0, None, 3.0, 4.0]
    assert [row["gap"] for row in data] == [None, 0.0, None, None]
    assert [row["replaced"] for row in data] == [None, None, None, 2.0]
    colors = drawn["layer"][2]["encoding"]["color"]["scale"]
    assert len(set(colors["range"])) == len(colors["domain"]) == 4


def test_every_chart_is_drawn_without_a_browser_in_both_looks(lake_settings: Settings):
    days = {"first_day": FIRST, "last_day": DAY}
    lake = open_lake(lake_settings, EVERYTHING)
    places = curve_completeness(lake, **days, group_by="region").with_columns(
        place=pl.col("group_id")
    )
    found = finding_days(lake, **days).with_columns(named=pl.col("rule"))
    curve = curve_quality(lake, usage_point_id="P-B", first_day=FIRST, last_day=DAY)
    assert "E" in curve["quality"].to_list()
    success = collection_success(lake, **days)
    for chart in (
        success_lines(success, look=LIGHT),
        curve_map(places, look=DARK),
        finding_map(found, look=LIGHT),
        estimate_lines(places, look=DARK),
        quality_curve(curve, look=LIGHT),
    ):
        assert png_bytes(chart).startswith(b"\x89PNG")
    lake.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_state_and_method_has_a_word(language: str):
    words = catalogue(language)
    reasons = "offline nothing timeout disconnected checksum mismatch refused unsupported too_old"
    keys = [f"task_reason.{reason}" for reason in reasons.split()]
    keys += [f"task_state.{state}" for state in ("any", "open", "given_up")]
    keys += [f"task_kind.{kind}" for kind in ("any", "freeze", "curve", "clock")]
    keys += [f"quality_letter.{letter}" for letter in "AESN"]
    assert [key for key in keys if key not in words] == []
