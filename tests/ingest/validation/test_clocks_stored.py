"""Device clocks as collectors hand them over."""

from contextlib import closing
from datetime import timedelta

import polars as pl

from ingest.batch import CLOCKS_READ, Batch
from ingest.lake import publish, writing
from ingest.merge import Arrival
from ingest.store import Stored, store
from ingest.vee import validate
from queries.lake import open_lake
from queries.scope import EVERYTHING
from tests.ingest.validation.conftest import ARRIVED, Meter, at, fill, on, usual


def reading(device, drift_seconds, *, kind="terminal", day=10, point=None):
    """CLOCKS_READ of one reading."""
    row = {
        "device_id": device,
        "kind": kind,
        "usage_point_id": point,
        "terminal_id": device if kind == "terminal" else None,
        "read_at": at(day, 1.5),
        "service_date": on(day),
        "device_time": at(day, 1.5) + timedelta(seconds=drift_seconds),
        "drift_seconds": drift_seconds,
        "protocol": "DL/T 698.45",
    }
    return pl.DataFrame([row], schema=CLOCKS_READ)


def take(settings, *batches):
    with writing(settings) as writer:
        for number, rows in enumerate(batches):
            arrival = Arrival(f"c{number}", ARRIVED + timedelta(minutes=number))
            store(writer, Batch(clocks=rows), arrival, Stored())
        publish(writer)


def test_a_clock_read_once_stands_once_however_often_it_is_handed_over(empty_settings):
    first, second = reading("T1", 4.0), reading("T1", 5.0, day=11)
    take(empty_settings, first, second, first)
    with closing(open_lake(empty_settings, EVERYTHING)) as lake:
        rows = lake.sql("select drift_seconds, batch_id from device_clocks order by all").fetchall()
    assert rows == [(4.0, "c0"), (5.0, "c1")]


def test_a_terminal_is_held_to_half_the_limit_of_a_meter(empty_settings):
    fill(empty_settings, {"P1": Meter(usual(1))})
    take(
        empty_settings,
        pl.concat(
            [
                reading("T1", 45.0),
                reading("T2", 20.0),
                reading("M1", 45.0, kind="meter", point="P1"),
                reading("M9", -400.0, kind="meter"),
            ]
        ),
    )
    found = validate(empty_settings, on(10), on(10)).filter(pl.col("rule") == "clock_drift")
    assert found.select("what", "subject_id", "value").rows() == [
        ("meter", "M9", "-400.0 s"),
        ("terminal", "T1", "45.0 s"),
    ]
    assert ['"is_correctable":false' in e for e in found["evidence"].to_list()] == [True, False]


def test_meters_that_one_terminal_reads_are_silent_as_one_terminal(empty_settings, enrol):
    meters = {f"P{n}": Meter(usual(n), late_days={20: 4}) for n in range(4)}
    meters |= {f"Q{n}": Meter(usual(n)) for n in range(3)}
    enrol(empty_settings, meters)
    fill(empty_settings, meters)
    behind = [reading(f"{p}-M", 1.0, kind="meter", point=p) for p in meters if p[0] == "P"]
    take(empty_settings, pl.concat(behind).with_columns(terminal_id=pl.lit("T7")))
    found = validate(empty_settings, on(18), on(22))
    assert found.select("rule", "what", "subject_id", "first_day", "last_day").rows() == [
        ("area_offline", "terminal", "T7", on(20), on(20))
    ]


def test_a_clock_ahead_of_its_own_arrival_bears_a_time_to_come(empty_settings):
    fill(empty_settings, {"P1": Meter(usual(1))})
    day = (ARRIVED + timedelta(hours=8)).date()
    ahead = reading("M1", 3_600.0, kind="meter", point="P1", day=(day - on(0)).days)
    take(empty_settings, ahead.with_columns(device_time=pl.lit(ARRIVED + timedelta(hours=2))))
    found = validate(empty_settings, day, day).filter(pl.col("rule") == "future_time")
    assert found.select("subject_id", "found_in", "magnitude").rows() == [
        ("P1", "device_clocks.device_time", 7_200.0)
    ]
