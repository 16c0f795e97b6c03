"""What terminals count themselves beside what arrived here."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from ingest.batch import CLOCKS_READ, COUNTS_READ, Batch
from ingest.lake import publish, writing
from ingest.merge import Arrival
from ingest.store import Stored, store
from queries.governance.terminal_counts import VERDICTS, terminal_counts
from queries.lake import open_lake
from queries.scope import EVERYTHING, Scope
from tests.governance.street_collected import DAY, MIDNIGHT, street

BEFORE = DAY - timedelta(days=1)
ONE, TWO = "000000000001", "000000000002"
NUMBERS = ["due_meters", "arrived_meters", "terminal_due_meters", "terminal_read_meters"]


@pytest.fixture(scope="module")
def settings(new_lake, register):
    return street(new_lake(), register)


def take(settings, name, batch):
    with writing(settings) as writer:
        store(writer, batch, Arrival(name, datetime(2024, 6, 4, 8, tzinfo=UTC)), Stored())
        publish(writer)


def asked(settings, scope=EVERYTHING, **inputs):
    with closing(open_lake(settings, scope)) as lake:
        given = {"first_day": DAY, "last_day": DAY} | inputs
        rows = terminal_counts(lake, **given).rows(named=True)
    return {(row["service_date"], row["terminal"]): row for row in rows}


def test_the_daily_task_counts_and_that_of_the_curves_does_not(settings):
    row = asked(settings)[DAY, ONE]
    # A and B are due and came; the task of the curves read one of them.
    assert [row[name] for name in NUMBERS] == [2, 2, 2, 2]
    assert (row["more_read_meters"], row["verdict"]) == (0, "agrees")
    assert row["started_at"] == MIDNIGHT + timedelta(minutes=5)


def test_ports_add_up_and_a_terminal_that_claims_more_than_came_is_found(settings):
    row = asked(settings)[DAY, TWO]
    # Of C and D only C came; its ports say 1 of 1 and 1 of 2.
    assert [row[name] for name in NUMBERS] == [2, 1, 3, 2]
    assert (row["more_read_meters"], row["verdict"]) == (1, "more")


def test_a_terminal_says_fewer_where_meters_were_asked_past_it_and_nothing_where_it_is_silent(
    settings,
):
    found = asked(settings, first_day=BEFORE)
    # The day before only A came; nobody told how often the task runs.
    assert [found[BEFORE, ONE][name] for name in NUMBERS] == [2, 1, 2, 2]
    silent = found[BEFORE, TWO]
    assert [silent[name] for name in NUMBERS] == [2, 0, None, None]
    assert (silent["verdict"], silent["more_read_meters"], silent["started_at"]) == (None,) * 3


def test_a_region_has_the_terminals_that_read_its_meters(settings):
    assert list(asked(settings, region_id="north")) == [(DAY, ONE)]
    assert list(asked(settings, region_id="south")) == [(DAY, TWO)]
    assert len(asked(settings, region_id="city")) == 2


def test_a_planner_of_a_region_sees_the_counts_of_its_terminals_and_a_customer_none(
    new_lake, register
):
    settings = street(new_lake(), register)
    # Which terminal reads which meter the lake knows from the clocks it read of them.
    clocks = [
        dict.fromkeys(CLOCKS_READ)
        | {
            "device_id": meter,
            "kind": "meter",
            "usage_point_id": f"P-{meter}",
            "terminal_id": terminal,
            "read_at": MIDNIGHT,
            "service_date": DAY,
        }
        for meter, terminal in {"A": ONE, "B": ONE, "C": TWO}.items()
    ]
    take(settings, "clocks", Batch(clocks=pl.DataFrame(clocks, schema=CLOCKS_READ)))
    north = Scope("n", "planner", regions=frozenset({"north"}))
    assert {key: row["terminal_read_meters"] for key, row in asked(settings, north).items()} == {
        (DAY, ONE): 2
    }
    anna = Scope("anna", "customer", customer_ids=frozenset({"anna"}))
    assert {row["terminal_read_meters"] for row in asked(settings, anna).values()} <= {None}


@pytest.mark.parametrize(
    ("due", "read", "verdict"),
    [(2, 2, "agrees"), (2, 3, "more"), (2, 1, "fewer"), (3, 2, "other_list")],
)
def test_every_verdict_is_given(new_lake, register, due, read, verdict):
    settings = street(new_lake(), register)
    later = {
        "terminal_id": ONE,
        "part_number": 1,
        "service_date": DAY,
        "interval_minutes": 1440,
        "started_at": MIDNIGHT + timedelta(hours=10),  # it was run again
        "due_meters": due,
        "read_meters": read,
        "protocol": "DL/T 698.45",
    }
    rows = pl.DataFrame([dict.fromkeys(COUNTS_READ) | later], schema=COUNTS_READ)
    take(settings, "again", Batch(counts=rows))
    row = asked(settings)[DAY, ONE]
    assert (row["verdict"], row["ended_at"]) == (verdict, None)
    assert verdict in VERDICTS


def test_without_counts_every_terminal_is_silent(empty_settings):
    assert asked(empty_settings) == {}
