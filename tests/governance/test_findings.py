"""Findings and estimates as planners ask for them."""

from contextlib import closing
from datetime import date, timedelta

import polars as pl
import pytest

from ingest.lake import append, publish, writing
from ingest.vee import estimate, validate
from queries.governance.curve_quality import curve_quality
from queries.governance.estimated_share import estimated_share
from queries.governance.finding_days import finding_days
from queries.governance.findings import findings
from queries.lake import open_lake
from queries.schema import FINDINGS
from queries.scope import EVERYTHING

FIRST = date(2024, 5, 1)
LAST = FIRST + timedelta(days=20)
DAYS = {"first_day": FIRST, "last_day": LAST}
STILL = range(15, 19)
GAP_DAY = FIRST + timedelta(days=10)


@pytest.fixture(scope="module")
def lake(new_lake, register, take, day_row):
    """P1 in ``north`` stands still for four days, P2 in ``south`` has a gap of an hour."""
    settings = new_lake()
    register(
        settings,
        regions=[{"region_id": "north"}, {"region_id": "south"}],
        usage_points=[
            {"usage_point_id": "P1", "customer_id": "a", "region_id": "north"},
            {"usage_point_id": "P2", "customer_id": "b", "region_id": "south"},
        ],
    )
    rows = []
    for number in range(21):
        day = FIRST + timedelta(days=number)
        busy = {hour: 500 + 10 * hour + number for hour in range(24)}
        still = dict.fromkeys(range(24), 0)
        rows.append(day_row(still if number in STILL else busy, day=day))
        gap = {h: wh for h, wh in busy.items() if (day, h) != (GAP_DAY, 8)}
        rows.append(day_row(gap, point="P2", day=day))
    take(settings, *rows)
    validate(settings, FIRST, LAST)
    estimate(settings, FIRST, LAST)
    with closing(open_lake(settings, EVERYTHING)) as opened:
        yield opened


def test_a_finding_says_where_its_usage_point_hangs(lake):
    [row] = findings(lake, **DAYS).rows(named=True)
    assert (row["rule"], row["subject_id"], row["region_id"]) == ("stopped", "P1", "north")
    assert (row["first_day"], row["days"]) == (FIRST + timedelta(days=15), 4)


def test_a_region_sees_its_own_findings_and_a_rule_can_be_asked_for(lake):
    assert findings(lake, **DAYS, region_id="south").is_empty()
    assert findings(lake, **DAYS, region_id="north").height == 1
    assert findings(lake, **DAYS, rule="spike").is_empty()


def test_a_finding_of_four_days_counts_on_each_of_them_and_began_on_one(lake):
    counted = finding_days(lake, **DAYS)
    assert counted["subjects"].to_list() == [1, 1, 1, 1]
    assert counted["began"].to_list() == [1, 0, 0, 0]
    later = finding_days(lake, first_day=FIRST + timedelta(days=17), last_day=LAST)
    assert later["began"].to_list() == [0, 0]


def test_read_estimated_and_missing_add_up_to_what_is_due(lake):
    shares = estimated_share(lake, **DAYS)
    parts = ["actual_share", "estimated_share", "missing_share"]
    total = shares.select(parts).sum_horizontal()
    assert total.to_list() == pytest.approx([1.0] * shares.height)
    is_it = (pl.col("region_id") == "south") & (pl.col("service_date") == GAP_DAY)
    row = shares.row(by_predicate=is_it, named=True)
    assert (row["actual_slots"], row["estimated_slots"], row["missing_slots"]) == (23, 1, 0)
    assert row["estimated_share"] == pytest.approx(1 / 24)


def test_the_estimated_slot_of_a_curve_is_told_from_the_read_ones_with_its_method(lake):
    day = {"first_day": GAP_DAY, "last_day": GAP_DAY}
    curve = curve_quality(lake, usage_point_id="P2", **day)
    assert curve["quality"].to_list() == ["A"] * 8 + ["E"] + ["A"] * 15
    assert curve["method"].to_list() == [None] * 8 + ["interpolation"] + [None] * 15
    # 580 Wh on the line between 570 and 590, and the ten that every day adds
    assert curve["energy_kwh"][8] == pytest.approx(0.590)
    assert curve["load_kw"][8] == pytest.approx(0.590)


def test_one_usage_point_shows_its_own_findings(lake):
    assert findings(lake, usage_point_id="P1", **DAYS)["rule"].to_list() == ["stopped"]
    assert findings(lake, usage_point_id="P2", **DAYS).is_empty()


def test_what_is_said_of_a_usage_points_meters_and_area_is_said_of_it(new_lake, register):
    settings = new_lake()
    register(
        settings,
        transformers=[{"transformer_id": "T"}],
        usage_points=[
            {"usage_point_id": name, "transformer_id": area}
            for name, area in (("P1", "T"), ("P2", "T"), ("P3", None))
        ],
        meters=[
            {"meter_id": "old", "usage_point_id": "P1", "valid_to": FIRST},
            {"meter_id": "new", "usage_point_id": "P1", "valid_from": FIRST},
        ],
    )
    said = [
        {"what": what, "subject_id": subject, "rule": "any", "first_day": FIRST, "last_day": LAST}
        for what, subject in (
            ("usage_point", "P1"),
            ("meter", "old"),
            ("meter", "new"),
            ("transformer", "T"),
            ("usage_point", "T"),
        )
    ]
    with writing(settings) as writer:
        append(writer, FINDINGS, pl.DataFrame(said, schema=FINDINGS.schema))
        publish(writer)
    with closing(open_lake(settings, EVERYTHING)) as lake:
        subjects = {
            point: findings(lake, usage_point_id=point, **DAYS)["subject_id"].to_list()
            for point in ("P1", "P2", "P3", "T")
        }
    assert subjects == {"P1": ["P1", "T", "new", "old"], "P2": ["T"], "P3": [], "T": ["T"]}
