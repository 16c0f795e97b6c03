"""One transformer area: loading, voltage, loss, members, visits, worked out by hand."""

from contextlib import closing
from datetime import timedelta

import polars as pl
import pytest

from ingest.lake import append, publish, writing
from queries.lake import open_lake
from queries.load.area_classes import area_classes
from queries.load.area_members import area_members
from queries.load.area_visits import area_visits
from queries.load.rebalancing import rebalancing
from queries.load.transformer_curve import transformer_curve
from queries.load.transformer_facts import transformer_facts
from queries.load.transformer_loss import transformer_loss
from queries.load.transformer_summary import transformer_summary
from queries.load.voltage_quality import voltage_quality
from queries.schema import TABLES
from queries.scope import EVERYTHING, Scope
from queries.settings import Settings
from tests.load.small_grid import DAY, measurements, o_clock, small_grid, take_in

ONE_DAY = {"first_day": DAY, "last_day": DAY}
T1 = {"transformer_id": "T1", **ONE_DAY}
T2 = {"transformer_id": "T2", **ONE_DAY}
TWO_DAYS = {"first_day": DAY, "last_day": DAY + timedelta(days=1)}


@pytest.fixture(scope="module")
def settings(new_lake, register, day_row) -> Settings:
    return small_grid(new_lake(), register, day_row)


@pytest.fixture
def lake(settings):
    with closing(open_lake(settings, EVERYTHING)) as opened:
        yield opened


@pytest.fixture(scope="module")
def street(new_lake, register, day_row) -> Settings:
    """T (meter M, 96 kWh a day) with A, B, C on phase A: 48, 24 and 24 kWh.

    On the second day C is not read from noon on. A fed back 5 kWh on the first. D is on another
    """
    settings = new_lake()
    on = {"transformer_id": "T", "region_id": "R", "customer_class": "residential"}
    register(
        settings,
        regions=[{"region_id": "R"}],
        transformers=[{"transformer_id": "T", "transformer_meter_id": "M"}],
        customers=[{"customer_id": f"C-{n}", "name": "李小明"} for n in "ABC"],
        usage_points=[
            {"usage_point_id": "M", "metering_purpose": "check", **on},
            *({"usage_point_id": n, "customer_id": f"C-{n}", "phase": "A", **on} for n in "ABC"),
        ],
    )

    def even(kwh: int) -> list[int]:
        return [1000 * kwh // 24] * 24

    next_day = TWO_DAYS["last_day"]
    rows = []
    for day in (DAY, next_day):
        rows += [
            day_row(even(kwh), point=point, day=day)
            for point, kwh in {"M": 96, "A": 48, "B": 24}.items()
        ]
    rows.append(day_row(even(24), point="C", day=DAY))
    rows.append(day_row(dict.fromkeys(range(12), 1000), point="C", day=next_day))
    rows.append(day_row([500] * 24, point="A", channel="export", day=DAY))
    volts = [("C", "voltage_a_v", [0.0] * 48 + [220.0] * 48)]
    take_in(settings, pl.concat(rows), measurements(volts))
    found = [
        {
            "rule": rule,
            "what": "usage_point",
            "subject_id": "B",
            "first_day": DAY - timedelta(days=2),
            "last_day": DAY,
            "evidence": "{}",
        }
        for rule in ("stopped", "duplicate_differs")
    ]
    with writing(settings) as writer:
        table = TABLES["findings"]
        append(writer, table, pl.DataFrame(found, schema=table.schema))
        publish(writer)
    return settings


@pytest.fixture
def street_lake(street):
    with closing(open_lake(street, EVERYTHING)) as opened:
        yield opened


def test_the_summary_counts_hours_beyond_the_limits(lake):
    found = transformer_summary(lake, **T1).row(0, named=True)
    assert found["peak_share"] == pytest.approx(1.10)
    assert found["peak_at"] == o_clock(16)
    assert (found["heavy_hours"], found["overload_hours"]) == (8.0, 8.0)
    assert found["longest_heavy_hours"] == 8.0
    assert (found["judged_hours"], found["imbalance_hours"]) == (8.0, 8.0)
    assert found["mean_imbalance_share"] == pytest.approx(0.5)
    assert found["is_metered"]


def test_a_step_of_the_curve_shows_its_fullest_quarter(lake):
    hours = transformer_curve(lake, **T1, step_minutes=60)
    assert hours.height == 24
    at_four = hours.filter(pl.col("standard_start") == o_clock(16)).row(0, named=True)
    assert at_four["loading_share"] == pytest.approx(1.10)
    assert at_four["current_a_a"] == 200.0
    silent = transformer_curve(lake, transformer_id="T3", **ONE_DAY)
    assert silent["load_kw"].null_count() == 48  # read until noon


def test_the_qualified_share_counts_every_measured_phase_of_customers(lake):
    # A: 24 of 96 quarters at 190 V; B: 40 of 96 at 240 V
    whole = voltage_quality(lake, **T2).row(0, named=True)
    assert (whole["low_hours"], whole["high_hours"]) == (6.0, 10.0)
    assert whole["monitored_hours"] == 48.0
    assert whole["qualified_share"] == pytest.approx(1 - 16 / 48)
    assert (whole["lowest_v"], whole["lowest_at"]) == (190.0, o_clock(18))
    points = voltage_quality(lake, **T2, group_by="usage_point")
    assert points["group_id"].to_list() == ["B", "A"]  # the worst first
    phases = voltage_quality(lake, **T2, group_by="phase")
    assert phases["group_id"].to_list() == ["A"]


def test_a_lost_phase_is_no_low_voltage(street_lake):
    [found] = voltage_quality(street_lake, transformer_id="T", **ONE_DAY).iter_rows(named=True)
    assert (found["lost_hours"], found["low_hours"], found["monitored_hours"]) == (12, 0, 12)
    assert (found["qualified_share"], found["lowest_v"]) == (1.0, 220.0)


def test_loss_is_what_is_supplied_and_not_sold_on_complete_days_only(street_lake):
    days = transformer_loss(street_lake, **TWO_DAYS, transformer_id="T", group_by="day")
    first, second = days.iter_rows(named=True)
    # 96 through the transformer and 12 from A's roof; 48 + 24 + 24 to customers
    assert (first["supplied_kwh"], first["sold_kwh"]) == (108.0, 96.0)
    assert first["loss_share"] == pytest.approx(12 / 108)
    assert second["loss_share"] is None  # C was not read from noon on: a gap is not a loss
    [whole] = transformer_loss(street_lake, **TWO_DAYS).iter_rows(named=True)
    assert (whole["days"], whole["complete_days"]) == (2, 1)
    assert whole["loss_share"] == first["loss_share"]


def test_without_a_meter_at_the_transformer_nothing_is_known_of_the_loss(lake):
    [found] = transformer_loss(lake, **T2).iter_rows(named=True)
    assert (found["complete_days"], found["loss_share"]) == (0, None)


def test_members_say_how_well_they_are_read(street_lake):
    members = area_members(street_lake, transformer_id="T", **TWO_DAYS)
    rows = {row["usage_point_id"]: row for row in members.iter_rows(named=True)}
    assert list(rows) == ["A", "B", "C", "M"]  # the area's own meter last
    assert rows["C"]["readings_share"] == pytest.approx(36 / 48)
    assert rows["A"]["export_kwh"] == 12.0
    assert rows["A"]["silent_days"] == 0
    later = TWO_DAYS["last_day"] + timedelta(days=3)
    silent = area_members(street_lake, transformer_id="T", first_day=later, last_day=later)
    assert silent["silent_days"].to_list() == [3] * 4
    assert silent["energy_kwh"].to_list() == [None] * 4


def test_what_roofs_fed_back_is_a_share_of_what_customers_took(street_lake):
    classes = area_classes(street_lake, transformer_id="T", **ONE_DAY)
    whole = classes.row(0, named=True)
    assert whole["customer_class"] == "all"
    assert (whole["usage_points"], whole["energy_kwh"]) == (3, 96.0)
    assert whole["export_share"] == pytest.approx(12 / 96)
    assert classes["energy_share"].to_list() == [1.0, 1.0]


def test_customers_on_one_phase_are_moved_to_the_others(street_lake):
    found = rebalancing(street_lake, transformer_id="T", **ONE_DAY)
    assert found["step"].to_list() == [0, 1, 2]
    assert not found["is_measured"].any()
    before, _, after = found.iter_rows(named=True)
    assert (before["phase_a_share"], before["imbalance_share"]) == (1.0, 1.0)
    # A takes 2 kW and feeds 0.5 back; B and C take 1 kW each: 1.5, 1, 1
    assert after["imbalance_share"] == pytest.approx(1 / 3)
    assert found["usage_point_id"][1:].n_unique() == 2
    assert set(found["to_phase"][1:]) == {"B", "C"}
    assert found["name"][1] == "李小明"


def test_names_are_masked_for_who_may_not_see_them(street):
    # Whoever may was asked before: what is held for one is not shown to the other.
    for scope, name in ((EVERYTHING, "李小明"), (Scope("p", "planner"), "李**")):
        with closing(open_lake(street, scope)) as opened:
            found = rebalancing(opened, transformer_id="T", **ONE_DAY)
            assert found["name"][1] == name
            assert area_members(opened, transformer_id="T", **ONE_DAY)["name"][0] == name


def test_an_area_out_of_sight_has_no_facts_and_no_visits(street):
    other = Scope("x", "planner", regions=frozenset({"elsewhere"}))
    with closing(open_lake(street, other)) as opened:
        assert transformer_facts(opened, transformer_id="T", day=DAY).is_empty()
        assert area_visits(opened, transformer_id="T", day=DAY).is_empty()
        assert rebalancing(opened, transformer_id="T", **ONE_DAY).is_empty()
        assert transformer_summary(opened, transformer_id="T", **ONE_DAY).is_empty()


def test_facts_count_single_phase_customers_by_their_phase(street_lake):
    facts = transformer_facts(street_lake, transformer_id="T", day=DAY).row(0, named=True)
    assert (facts["customers"], facts["phase_a_points"], facts["phase_b_points"]) == (3, 3, 0)
    assert facts["solar_points"] == 1


def test_visits_name_the_place_once_with_all_its_reasons(lake):
    found = area_visits(lake, transformer_id="T2", day=DAY)
    told = found.select("visit", "reason", "usage_point_id", "amount").rows()
    assert told == [
        (1, "low_voltage", "A", 6.0),
        (2, "high_voltage", "B", 10.0),
    ]
    at_transformer = area_visits(lake, transformer_id="T1", day=DAY)
    assert set(at_transformer["reason"]) == {"overload", "imbalance"}
    assert at_transformer["visit"].unique().to_list() == [1]


def test_a_whole_area_that_fell_silent_is_one_visit(street_lake):
    day = TWO_DAYS["last_day"] + timedelta(days=2)
    [visit] = [
        row
        for row in area_visits(street_lake, transformer_id="T", day=day).iter_rows(named=True)
        if "silent" in row["reason"]
    ]
    assert (visit["reason"], visit["amount"]) == ("area_silent", 2.0)
    assert visit["since"] == TWO_DAYS["last_day"]


def test_the_loss_of_an_area_leads_to_its_transformer(street_lake):
    found = area_visits(street_lake, transformer_id="T", day=DAY)
    first = found.row(1, named=True)
    assert (first["reason"], first["usage_point_id"]) == ("loss", None)
    assert first["amount"] == pytest.approx(12 / 108)


def test_a_finding_that_can_be_seen_on_site_is_a_reason_with_its_evidence(street_lake):
    found = area_visits(street_lake, transformer_id="T", day=DAY)
    of_b = found.filter(pl.col("usage_point_id") == "B")
    assert of_b.select("reason", "rule", "evidence").rows() == [("finding", "stopped", "{}")]
    assert found["reason"].to_list() == ["lost_voltage", "loss", "finding"]
