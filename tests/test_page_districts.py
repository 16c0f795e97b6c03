"""Every page asks about one district: the one chosen, with its days, its areas, its name."""

from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from pages.text import t_in
from queries.records import Account
from queries.settings import Settings
from tests.page_visits import PLANNER, Visit, accounts_of, address_of, visiting

HOME, CURVE = "home/start", "load/curve"


@pytest.fixture(scope="module")
def accounts(district_settings: Settings) -> dict[str, Account]:
    """A planner of everything, one of a single supply station, and the customer of P1."""
    return accounts_of(
        district_settings,
        planner=PLANNER,
        station={"role": "planner", "regions": ["new-2"]},
        customer={"role": "customer", "customer_ids": ["C-P1"]},
    )


@pytest.fixture
def visit(
    district_settings: Settings, accounts: dict[str, Account], monkeypatch: pytest.MonkeyPatch
) -> Visit:
    return visiting(monkeypatch, district_settings, accounts)


def _metric(app: AppTest, label: str) -> str:
    [found] = [metric.value for metric in app.metric if label in metric.label]
    return found


def _options(app: AppTest, key: str) -> list[str]:
    [box] = [box for box in app.selectbox if box.key == key]
    return box.options


def _days(app: AppTest) -> tuple[date, ...]:
    return app.session_state["days"]


@pytest.mark.parametrize(
    ("user", "address", "day_energy", "customers"),
    [
        ("planner", {}, "11 kWh", "2"),
        ("planner", {"district": "old"}, "100 kWh", "1"),
        ("planner", {"district": "nowhere"}, "11 kWh", "2"),
        ("station", {"district": "old"}, "10 kWh", "1"),
        ("customer", {"district": "old"}, "1 kWh", "1"),
    ],
)
def test_the_overview_is_of_the_district_read_last_unless_the_address_names_one(
    visit: Visit, user: str, address: dict, day_energy: str, customers: str
):
    app = visit(HOME, user, **address)
    day = "12月31日" if day_energy == "100 kWh" else "6月15日"
    number, unit = _metric(app, f"{day} 电量").split()
    assert f"{float(number):g} {unit}" == day_energy
    assert _metric(app, "用电户") == customers


def test_the_overview_lists_the_districts_and_marks_the_simulated_one(visit: Visit):
    for language, names in (
        ("zh", ["新城区（仿真）", "旧城区"]),
        ("en", ["New town (simulated)", "Old town"]),
    ):
        [table] = visit(HOME, language=language).dataframe
        assert table.value["name"].to_list() == names
        assert table.value["check_meters"].to_list() == [1, 0]


def test_everything_on_the_curve_is_the_whole_district(visit: Visit):
    june = {"from_": "2025-06-01", "to": "2025-06-10"}
    assert _metric(visit(CURVE, **june), "电量") == "110.0 kWh"
    assert _metric(visit(CURVE, "station", **june), "电量") == "100.0 kWh"


def test_the_days_offered_are_those_of_the_district(visit: Visit):
    for district, first, last in (
        ("new", date(2025, 5, 1), date(2025, 6, 15)),
        ("old", date(2016, 11, 1), date(2016, 12, 31)),
    ):
        app = visit(CURVE, district=district)
        [offered] = [box for box in app.date_input if box.key == "days"]
        assert (offered.min, offered.max) == (first, last)


def test_days_outside_the_district_are_not_taken_over(visit: Visit):
    app = visit(CURVE, from_="2025-06-01", to="2025-06-10")
    assert _days(app) == (date(2025, 6, 1), date(2025, 6, 10))
    app.session_state["district"] = "old"
    app.run()
    assert [error.message for error in app.exception] == []
    assert _days(app) == (date(2016, 12, 1), date(2016, 12, 31))


def test_a_comparison_of_ones_own_choice_begins_in_the_district(visit: Visit):
    chosen = {"from_": "2025-06-01", "to": "2025-06-10", "compare": "custom", "other": "2025-05-05"}
    app = visit(CURVE, **chosen)
    assert app.session_state["other"] == date(2025, 5, 5)
    app.session_state["district"] = "old"
    app.run()
    assert app.session_state["other"] == date(2016, 11, 1)


def test_the_lists_hold_areas_of_the_district_only(visit: Visit):
    assert _options(visit(CURVE, kind="feeder"), "area") == ["东风线 (F1)"]
    old = visit(CURVE, kind="feeder", district="old")
    assert [box.key for box in old.selectbox if box.key == "area"] == []
    assert _options(visit(CURVE, kind="customer_id", district="old"), "area") == ["某** (C-Q)"]
    regions = _options(visit(CURVE, kind="region"), "area")
    assert regions == ["一所 (new-1)", "二所 (new-2)"]


def test_a_check_meter_is_found_among_usage_points_and_says_what_it_is(visit: Visit):
    app = visit(CURVE, kind="usage_point_id", area="P1-M", from_="2025-06-01", to="2025-06-01")
    assert _options(app, "area") == ["P1", "P2", "P1-M · 考核表"]
    assert _metric(app, "电量") == "1,000 kWh"


def test_the_heading_names_district_and_area(visit: Visit):
    [heading] = [h.value for h in visit(CURVE, kind="feeder").subheader if "负荷曲线" in h.value]
    assert heading.startswith("负荷曲线 · 新城区（仿真） · 东风线 (F1) · 2025年6月1日")


def test_what_reproduce_shows_asks_about_the_district(visit: Visit):
    python, command = (code.value for code in visit(CURVE, district="old").code)
    assert "region_id='old'" in python
    assert "--region-id old" in command


def test_a_customer_sees_what_is_the_own_and_no_district(visit: Visit):
    app = visit(CURVE, "customer", from_="2025-06-01", to="2025-06-10")
    assert _metric(app, "电量") == "10.00 kWh"
    assert "region_id" not in app.code[0].value


def _captions(app: AppTest) -> list[str]:
    return [caption.value for caption in app.caption]


def test_the_sidebar_switches_the_district_and_the_address_keeps_it(visit: Visit):
    app = visit("shell")
    switch = app.sidebar.radio(key="district")
    assert switch.options == ["新城区（仿真）", "旧城区"]
    assert address_of(app, "district") == "new"
    switch.set_value("old").run()
    assert address_of(app, "district") == "old"
    assert _metric(app, "12月31日 电量") == "100.0 kWh"


def test_every_page_says_that_a_district_is_simulated(visit: Visit):
    note = t_in("zh", "shell.simulated")
    assert note in _captions(visit("shell"))
    assert note in _captions(visit("shell", "customer"))
    assert note not in _captions(visit("shell", district="old"))


def test_who_sees_one_district_reads_its_name_and_has_nothing_to_switch(visit: Visit):
    app = visit("shell", "station")
    assert "二所（仿真）" in _captions(app)
    assert [box.key for box in app.sidebar.radio] == []
    assert "district" not in app.query_params


def test_a_customer_finds_no_district_in_the_sidebar(visit: Visit):
    app = visit("shell", "customer")
    assert [box.key for box in app.sidebar.radio] == []
    assert not any("新城区" in caption for caption in _captions(app))
