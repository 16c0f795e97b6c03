"""Findings in the lake: judged again, in parts, after a correction."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from ingest.batch import Batch
from ingest.lake import append, publish, scan_table, writing
from ingest.merge import Arrival
from ingest.store import Stored, derive, store
from ingest.validation.flags import FOUND
from ingest.vee import validate
from queries.schema import FINDINGS
from tests.ingest.validation.conftest import ARRIVED, LAST, Meter, curves, fill, on, usual

ZERO = slice(25, 40)


def held(settings):
    """What the table of findings holds."""
    with writing(settings) as writer:
        return scan_table(writer, FINDINGS).sort("rule", "subject_id", "first_day").collect()


def stopped_meter():
    curve = usual(1)
    curve[ZERO] = 0.0
    return Meter(curve)


@pytest.fixture
def lake(filled, copy_of):
    """A lake of its own as ``filled``."""
    return copy_of(filled)


@pytest.fixture(scope="module")
def filled(new_lake, enrol):
    """A meter that stands still from day 25 to 39, and one whose clock is off."""
    settings = new_lake()
    meters = {"P1": stopped_meter(), "P2": Meter(usual(2), drift_seconds=np.full(50, 90.0))}
    enrol(settings, meters)
    fill(settings, meters)
    return settings


def days(frame):
    """(rule, subject, first, last) of findings."""
    return frame.select("rule", "subject_id", "first_day", "last_day").rows()


def test_judging_in_parts_finds_what_judging_at_once_finds(lake):
    whole = validate(lake, on(10), LAST)
    for first, last in ((10, 26), (27, 33), (34, 34), (35, 49)):
        validate(lake, on(first), on(last))
    parts = held(lake).filter(pl.col("last_day") >= on(10)).select(FOUND.names())
    assert days(parts) == days(whole)
    assert ("stopped", "P1", on(25), on(39)) in days(whole)


def test_judging_twice_leaves_rows_and_their_batch_as_they_were(lake):
    validate(lake, on(10), LAST)
    before = held(lake)
    validate(lake, on(10), LAST)
    validate(lake, on(30), on(31))
    assert held(lake).equals(before)


def test_days_that_are_not_judged_keep_their_findings(lake):
    validate(lake, on(20), LAST)
    meters = {"P1": Meter(usual(3))}
    later = curves("P1", meters["P1"])[0].with_columns(
        issued_at=pl.lit(ARRIVED).cast(pl.Datetime("us", "UTC"))
    )
    from_30 = later.filter(pl.col("service_date") >= on(30))
    _take(lake, from_30)
    validate(lake, on(30), LAST)
    rows = [row for row in days(held(lake)) if row[0] == "stopped"]
    assert rows == [("stopped", "P1", on(25), on(29))]


def test_a_finding_that_no_longer_holds_disappears(lake):
    validate(lake, on(20), LAST)
    assert "stopped" in held(lake)["rule"].to_list()
    later = curves("P1", Meter(usual(3)))[0].with_columns(
        issued_at=pl.lit(ARRIVED).cast(pl.Datetime("us", "UTC"))
    )
    _take(lake, later)
    validate(lake, on(20), LAST)
    assert "stopped" not in held(lake)["rule"].to_list()


def test_findings_of_master_data_are_left_alone(lake):
    row = {"rule": "unknown_reference", "what": "transformer", "subject_id": "T9", "batch_id": "m"}
    with writing(lake) as writer:
        append(writer, FINDINGS, pl.DataFrame([row], schema=FINDINGS.schema))
        publish(writer)
    validate(lake, on(10), LAST)
    assert "T9" in held(lake)["subject_id"].to_list()


def test_an_empty_lake_has_no_findings(new_lake):
    assert validate(new_lake(), on(0), on(3)).is_empty()


def _take(settings, rows):
    stored = Stored()
    with writing(settings) as writer:
        arrival = Arrival("correction", ARRIVED + timedelta(days=1))
        store(writer, Batch(profiles=rows), arrival, stored)
        derive(writer, settings, stored)
        publish(writer)
