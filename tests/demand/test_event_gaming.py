"""Indicators of events: what raises them, and that a customer who lives as usual raises none."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from ingest.records.engine import SYSTEM
from ingest.records.response_settlements import settle
from queries.demand.event_gaming import LEAST_EVENTS, event_gaming
from queries.demand.event_settlement import event_settlement
from queries.lake import open_lake
from queries.scope import EVERYTHING
from tests.demand.planted_event import EVENT_DAY, FIRST_DAY, planted_event

LONG_AGO = 60
"""Days of history before those of the planted event."""


@pytest.fixture(scope="module")
def found(new_lake, register, take, day_row):
    """A as planned; B draws half more in the afternoons of the week before; D is shut that day.

    C fell to 10 kW three hours before the event began.
    """
    made = new_lake()
    engine, event_id = planted_event(made, register, take, day_row)
    rows = [
        day_row([20_000] * 24, point=point, day=FIRST_DAY - timedelta(days=number))
        for point in ("PA", "PB", "PC", "PD")
        for number in range(1, LONG_AGO)
    ]
    inflated = [30_000 if hour in {15, 16} else 20_000 for hour in range(24)]
    rows += [
        day_row(inflated, point="PB", day=day)
        for day in (EVENT_DAY - timedelta(days=number) for number in range(1, 8))
        if day.isoweekday() <= 5
    ]
    corrected = datetime(2025, 7, 20, tzinfo=UTC)
    rows.append(day_row([2_000] * 24, point="PD", day=EVENT_DAY, issued=corrected))
    early = [10_000 if 11 <= hour <= 16 else 20_000 for hour in range(24)]
    rows.append(day_row(early, point="PC", day=EVENT_DAY, issued=corrected))
    take(made, pl.concat(rows))
    with closing(open_lake(made, EVERYTHING, reads=())) as lake:
        lines = event_settlement(lake, event_id=event_id)
        settle(engine, SYSTEM, event_id, lines, lake_version="1")
        return event_gaming(lake, event_id=event_id)


def raised(found, point):
    own = found.filter((pl.col("usage_point_id") == point) & pl.col("is_raised"))
    return own["indicator"].to_list()


def one(found, point, indicator):
    row = found.filter(usage_point_id=point, indicator=indicator)
    return row.row(0, named=True)


def test_who_lives_as_usual_and_reduces_raises_nothing(found):
    assert raised(found, "PA") == []
    assert one(found, "PA", "inflation")["value"] == pytest.approx(0.0, abs=1e-6)


def test_half_more_on_the_days_looked_back_to_is_said_with_its_numbers(found):
    assert raised(found, "PB") == ["inflation"]
    row = one(found, "PB", "inflation")
    assert (row["value"], row["limit"]) == (pytest.approx(0.5), pytest.approx(0.3))


def test_a_works_that_was_shut_all_day_did_not_respond(found):
    assert "closed" in raised(found, "PD")
    assert one(found, "PD", "closed")["value"] == pytest.approx(0.1)


def test_a_load_that_had_fallen_hours_before_fell_for_another_reason(found):
    assert raised(found, "PC") == ["already_low"]
    assert one(found, "PC", "already_low")["value"] == pytest.approx(1.0)


def test_one_event_is_no_history(found):
    history = found.filter(pl.col("indicator").is_in(["just_enough", "not_performed"]))
    assert LEAST_EVENTS > 1
    assert history["is_raised"].sum() == 0
    assert history["events"].unique().to_list() == [1]
