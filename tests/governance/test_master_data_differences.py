"""What marketing says against what is read."""

import re
from datetime import date, timedelta

import duckdb
import polars as pl
import pytest

from queries.governance.master_data_differences import (
    READS,
    RETURNS,
    RULES,
    master_data_differences,
)
from queries.run import sql_text
from queries.schema import TABLES

TODAY = date(2024, 5, 31)
SINCE = date(2023, 1, 1)

POINT = {
    "usage_point_id": "p",
    "transformer_id": "t",
    "feeder_id": "f",
    "price_code": "low-voltage",
    "status": "operating",
    "voltage_kv": 0.38,
}
METER = {
    "meter_id": "m",
    "usage_point_id": "p",
    "interval_minutes": 15,
    "current_ratio": 1.0,
    "voltage_ratio": 1.0,
}
REGISTER = {
    "usage_points": [POINT],
    "meters": [METER],
    "transformers": [{"transformer_id": "t", "feeder_id": "f"}],
    "feeders": [{"feeder_id": "f"}],
    "agreements": [],
}


def read(point: str = "p", *, last: date = TODAY, days: int = 10, minutes: int = 15) -> list[dict]:
    return [
        {
            "usage_point_id": point,
            "channel": "import",
            "service_date": last - timedelta(days=back),
            "interval_minutes": minutes,
            "energy_wh": 4800,
            "actual_slots": 1440 // minutes,
            "estimated_slots": 0,
        }
        for back in range(days)
    ]


@pytest.fixture
def differences():
    """What is found in a lake of one sound usage point, with changes to its tables."""
    connection = duckdb.connect()

    def ask(reads: list[dict] | None = None, **changes: list[dict]) -> pl.DataFrame:
        rows = REGISTER | changes
        rows = {
            table: [{"valid_from": SINCE, **row} for row in rows[table]] for table in REGISTER
        } | {"daily_totals": read() if reads is None else reads}
        for name in READS:
            frame = pl.DataFrame(rows[name], schema=TABLES[name].schema)
            connection.from_arrow(frame.to_arrow()).create(name)
        return master_data_differences(connection, day=TODAY)

    yield ask
    connection.close()


def found(result: pl.DataFrame) -> list[tuple[str, str]]:
    return list(zip(result["rule"], result["subject_id"], strict=True))


def test_a_register_that_agrees_with_the_readings_differs_in_nothing(differences):
    result = differences()
    assert found(result) == []
    assert result.schema == RETURNS


def test_a_usage_point_that_is_read_but_unknown_to_marketing_is_named_with_its_days(differences):
    result = differences(read() + read("ghost", days=3))
    assert found(result) == [("usage_point_not_in_register", "ghost")]
    assert result.select("first_day", "last_day").row(0) == (date(2024, 5, 29), TODAY)


def test_a_closed_usage_point_that_is_still_read_is_found(differences):
    ended = date(2024, 5, 20)
    result = differences(
        usage_points=[POINT | {"valid_to": ended}], meters=[METER | {"valid_to": ended}]
    )
    assert found(result) == [("usage_point_read_after_its_end", "p")]
    assert result.row(0)[3:] == ("2024-05-31", "2024-05-20", ended, TODAY)


def test_an_operating_usage_point_needs_a_meter_and_a_suspended_one_does_not(differences):
    idle = POINT | {"usage_point_id": "idle", "status": "suspended"}
    bare = POINT | {"usage_point_id": "bare"}
    result = differences(usage_points=[POINT, idle, bare])
    assert found(result) == [("usage_point_without_meter", "bare")]


def test_a_meter_that_was_taken_away_does_not_count(differences):
    result = differences(meters=[METER | {"valid_to": TODAY}])
    assert found(result) == [("usage_point_without_meter", "p")]


def test_a_meter_at_a_usage_point_nobody_knows_is_found(differences):
    lost = METER | {"meter_id": "lost", "usage_point_id": "nowhere", "valid_from": TODAY}
    assert found(differences(meters=[METER, lost])) == [("meter_at_unknown_usage_point", "lost")]


def test_a_meter_that_never_reported_and_one_that_stopped_are_told_apart(differences):
    points = [POINT, *(POINT | {"usage_point_id": name} for name in ("silent", "stopped", "new"))]
    meters = [METER, *(METER | {"meter_id": p["usage_point_id"], **p} for p in points[1:])]
    meters = [{k: v for k, v in meter.items() if k in TABLES["meters"].names} for meter in meters]
    meters[-1]["valid_from"] = TODAY - timedelta(days=7)
    reads = read() + read("stopped", last=date(2024, 5, 23))
    result = differences(reads, usage_points=points, meters=meters)
    assert found(result) == [
        ("meter_never_reported", "silent"),
        ("meter_stopped_reporting", "stopped"),
    ]
    assert result["first_day"].to_list() == [SINCE, date(2024, 5, 24)]


def test_a_lake_that_is_behind_as_a_whole_accuses_no_meter(differences):
    assert found(differences(read(last=date(2024, 2, 1)))) == []


def test_estimates_do_not_count_as_reported(differences):
    estimated = [day | {"actual_slots": 0, "estimated_slots": 96} for day in read()]
    assert found(differences(estimated)) == [("meter_never_reported", "m")]


def test_only_medium_voltage_goes_without_a_transformer(differences):
    plant = POINT | {"usage_point_id": "plant", "transformer_id": None, "voltage_kv": 10.0}
    house = POINT | {"usage_point_id": "house", "transformer_id": None, "voltage_kv": 0.22}
    meters = [
        METER,
        METER | {"meter_id": "m2", "usage_point_id": "plant"},
        METER | {"meter_id": "m3", "usage_point_id": "house"},
    ]
    result = differences(
        read() + read("plant") + read("house"), usage_points=[POINT, plant, house], meters=meters
    )
    assert found(result) == [("usage_point_without_transformer", "house")]


def test_an_unknown_transformer_and_feeder_are_named_once_with_how_many_rows_name_them(differences):
    result = differences(
        usage_points=[POINT, POINT | {"usage_point_id": "q", "status": "suspended"}],
        transformers=[{"transformer_id": "other", "feeder_id": "g"}],
    )
    assert result.select("rule", "subject_id", "value").rows() == [
        ("feeder_unknown", "g", "1"),
        ("transformer_unknown", "t", "2"),
    ]


def test_a_price_comes_from_the_register_or_from_the_agreement(differences):
    unpriced = [POINT | {"price_code": None}]
    assert found(differences(usage_points=unpriced)) == [("usage_point_without_price", "p")]


def test_an_agreement_with_a_tariff_is_a_price(differences):
    agreement = {"agreement_id": "a", "usage_point_id": "p", "tariff_code": "x"}
    result = differences(usage_points=[POINT | {"price_code": None}], agreements=[agreement])
    assert found(result) == []


def test_agreements_are_missed_only_where_the_register_keeps_any(differences):
    agreement = {"agreement_id": "a", "usage_point_id": "elsewhere", "tariff_code": "x"}
    assert found(differences(agreements=[agreement])) == [("usage_point_without_agreement", "p")]


def test_a_transformer_meter_needs_neither_transformer_nor_price(differences):
    total = {"usage_point_id": "p", "status": "operating", "feeder_id": "f"}
    transformer = {"transformer_id": "t", "feeder_id": "f", "transformer_meter_id": "p"}
    assert found(differences(usage_points=[total], transformers=[transformer])) == []


@pytest.mark.parametrize(("register", "read_as"), [(5, 15), (10, 30), (60, 60)])
def test_a_short_interval_is_compared_as_it_is_stored(differences, register, read_as):
    meters = [METER | {"interval_minutes": register}]
    assert found(differences(read(minutes=read_as), meters=meters)) == []


def test_an_hourly_meter_in_the_register_that_is_read_every_quarter_differs(differences):
    result = differences(meters=[METER | {"interval_minutes": 60}])
    assert result.row(0)[:5] == ("interval_differs", "meter", "m", "15", "60")


def test_a_meter_without_ratio_is_found(differences):
    result = differences(meters=[METER | {"current_ratio": None}])
    assert result.row(0)[:4] == ("meter_without_ratio", "meter", "m", "? × 1.0")


def test_a_register_that_names_no_beginning_shows_none(differences):
    meters = [METER | {"current_ratio": None, "valid_from": date(1900, 1, 1)}]
    assert differences(meters=meters)["first_day"].to_list() == [None]


def test_every_rule_of_the_sql_has_a_chinese_name():
    sql = sql_text("governance/master_data_differences")
    assert set(re.findall(r"select\s+'(\w+)'", sql)) == set(RULES)


def test_a_region_read_years_ago_is_not_behind_another_that_is_read_today(differences):
    old, new = POINT | {"region_id": "old"}, POINT | {"usage_point_id": "q", "region_id": "new"}
    meters = [METER, METER | {"meter_id": "n", "usage_point_id": "q"}]
    long_ago = TODAY - timedelta(days=400)
    reads = read(last=long_ago) + read("q")
    found = differences(reads, usage_points=[old, new], meters=meters)
    assert found.filter(pl.col("rule") == "meter_stopped_reporting").is_empty()


@pytest.mark.parametrize(("purpose", "expected"), [("check", 0), ("settlement", 2)])
def test_a_feeder_meter_needs_no_price_and_no_transformer(differences, purpose, expected):
    head = POINT | {"transformer_id": None, "price_code": None, "metering_purpose": purpose}
    rules = ["usage_point_without_price", "usage_point_without_transformer"]
    found = differences(usage_points=[head]).filter(pl.col("rule").is_in(rules))
    assert found.height == expected
