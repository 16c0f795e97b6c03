"""Registers against intervals: what differs is a finding, what is missing is not."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from ingest.batch import REGISTERS_READ, Batch
from ingest.lake import publish, writing
from ingest.merge import Arrival
from ingest.store import Stored, store
from queries.billing.register_differences import RULES, register_differences
from queries.lake import open_lake
from queries.run import QuestionError
from queries.scope import EVERYTHING

JUNE = {"first_day": date(2024, 6, 1), "last_day": date(2024, 6, 30)}
DAYS = [date(2024, 6, 1) + timedelta(days=n) for n in range(30)]


def reading(day, kwh, *, meter="M1", at=None) -> dict[str, Any]:
    """The freeze at the end of ``day``, or a reading at ``at`` on it."""
    after = datetime.combine(day + timedelta(days=1), time(), ZoneInfo("Asia/Shanghai"))
    return dict.fromkeys(REGISTERS_READ) | {
        "usage_point_id": "P1",
        "meter_id": meter,
        "channel": "import",
        "register": "total",
        "service_date": day,
        "read_at": at or after.astimezone(UTC),
        "reading_kwh": Decimal(kwh),
        "quality": "A",
    }


@pytest.fixture
def compared(empty_settings, register, take, day_row):
    """Ten kWh a day by the curve (but what ``left_out`` names) beside the registers given."""

    def ask(readings, *, left_out=(), meters=None, **inputs):
        plain = {"meter_id": "M1", "usage_point_id": "P1", "register_digits": 6}
        register(
            empty_settings,
            usage_points=[{"usage_point_id": "P1", "customer_id": "anna"}],
            meters=meters or [plain | {"current_ratio": 1.0, "voltage_ratio": 1.0}],
        )
        day = day_row({0: 10_000} | dict.fromkeys(range(1, 24), 0))
        take(
            empty_settings,
            pl.concat(day.with_columns(service_date=pl.lit(d)) for d in DAYS if d not in left_out),
        )
        with writing(empty_settings) as writer:
            batch = Batch(registers=pl.DataFrame(readings, schema=REGISTERS_READ))
            store(writer, batch, Arrival("r", datetime(2025, 2, 1, tzinfo=UTC)), Stored())
            publish(writer)
        return register_differences(open_lake(empty_settings, EVERYTHING), **JUNE, **inputs)

    return ask


def daily(kwh_a_day=10, since=0):
    first = date(2024, 5, 31)
    return [reading(first + timedelta(days=n), str(since + n * kwh_a_day)) for n in range(31)]


def test_registers_that_agree_with_the_curve_are_no_finding(compared):
    row = compared(daily()).row(0, named=True)
    assert (row["register_kwh"], row["interval_kwh"], row["rule"]) == (300, 300, "agree")
    assert (row["compared_days"], row["is_finding"]) == (30, False)
    assert row["rule"] in RULES


def test_a_wrong_ratio_is_a_finding_with_its_size(compared):
    meter = {"meter_id": "M1", "usage_point_id": "P1", "current_ratio": 2.0, "voltage_ratio": 1.0}
    row = compared(daily(), meters=[meter]).row(0, named=True)
    assert (row["rule"], row["difference_kwh"]) == ("register_above_interval", 300)
    assert row["difference_share"] == pytest.approx(0.5)


def test_a_gap_in_the_curve_is_left_out_of_both(compared):
    row = compared(daily(), left_out=[date(2024, 6, 12)]).row(0, named=True)
    assert (row["register_kwh"], row["interval_kwh"], row["rule"]) == (290, 290, "agree")
    assert (row["compared_days"], row["left_out_days"]) == (29, 1)


def test_missing_register_readings_compare_the_days_between_those_there_are(compared):
    readings = [one for n, one in enumerate(daily()) if n in {0, 10, 30}]
    row = compared(readings).row(0, named=True)
    assert (row["register_kwh"], row["compared_days"], row["rule"]) == (300, 30, "agree")


def test_a_register_that_turns_over_agrees(compared):
    over = daily(since=0)
    for n, one in enumerate(over):
        one["reading_kwh"] = Decimal((999_800 + 10 * n) % 1_000_000)
    assert compared(over)["rule"].to_list() == ["agree"]


def test_a_register_that_falls_is_a_finding_whatever_else(compared):
    fallen = daily(since=5000)
    for one in fallen[12:]:
        one["reading_kwh"] -= 4000
    row = compared(fallen).row(0, named=True)
    assert (row["rule"], row["is_finding"]) == ("register_fell", True)


def test_an_exchange_at_noon_loses_nothing(compared):
    """M1 ends at 103 on the 11th, M2 begins at 7."""
    noon = datetime(2024, 6, 11, 4, tzinfo=UTC)
    day = date(2024, 6, 11)
    old = [one for one in daily() if one["service_date"] < day]
    new = [reading(d, str(14 + 10 * n), meter="M2") for n, d in enumerate(DAYS[10:])]
    edges = [reading(day, "103", at=noon), reading(day, "7", meter="M2", at=noon)]
    meters = [
        {"meter_id": "M1", "usage_point_id": "P1", "valid_to": day},
        {"meter_id": "M2", "usage_point_id": "P1", "valid_from": day},
    ]
    row = compared([*old, *edges, *new], meters=meters).row(0, named=True)
    assert (row["register_kwh"], row["rule"]) == (300, "agree")


def test_only_one_account_can_be_asked_about_and_a_tolerance_is_a_share(compared):
    assert compared(daily(), customer_id="nobody").is_empty()
    with pytest.raises(QuestionError, match="tolerance_share"):
        compared(daily(), tolerance_share=2.0)
