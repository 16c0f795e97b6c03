"""A field collected over TCP, with what goes wrong in the field."""

import json
from contextlib import closing
from random import Random

import pytest
from polars.testing import assert_frame_equal

from ingest.files import ingest_file
from ingest.simulated.field.faults import Fault, Faults
from queries.lake import open_lake
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.ingest.collection.collected import field_of, held_in, in_order, register, run, truth_of


@pytest.fixture
def settings(tmp_path):
    return Settings(data=tmp_path)


def _same(held, truth) -> None:
    for name, expected in truth.items():
        assert expected.height, name
        found = held[name].select(expected.columns).cast(dict(expected.schema))
        assert_frame_equal(in_order(found), in_order(expected))


def test_a_day_without_faults_is_in_the_lake_after_one_run(settings):
    shown = field_of(4, 5)
    register(settings, shown)
    summary, events = run(settings, shown)
    _same(held_in(settings), truth_of(shown))
    assert summary["open"] == 0
    assert summary["failed"] == 0
    assert not any(event == "not_taken_in" for event, _ in events)


def test_with_faults_the_lake_still_equals_the_truth_after_back_fill(settings):
    faults = Faults(rate=0.2, seed=3)
    shown = field_of(4, 5)
    register(settings, shown)
    run(settings, shown, faults, rounds=10)
    _same(held_in(settings), truth_of(shown))
    assert len({fault for fault, count in faults.played.items() if count}) >= 8
    assert Fault.CHECKSUM in faults.played


def test_what_terminals_missed_is_asked_of_the_meters_themselves(settings):
    """Terminals of 698.45 let us through to a meter; one of 376.1 only to meters of 645."""
    shown = field_of(2, 5, missed_share=0.1)
    register(settings, shown)
    run(settings, shown, rounds=3)
    _same(held_in(settings), truth_of(shown))


def _segments(settings: Settings) -> list[bytes]:
    """What came over the wire, as it lies in ``raw``."""
    with closing(open_lake(settings, EVERYTHING)) as lake:
        rows = lake.sql("select content from raw order by received_at, batch_id, part").fetchall()
    return [content for (content,) in rows]


def test_replaying_changes_nothing_and_the_order_of_arrival_does_not_matter(settings, tmp_path):
    shown = field_of(3, 4)
    register(settings, shown)
    run(settings, shown, Faults(rate=0.1, seed=5), rounds=5)
    held = held_in(settings)
    segments = _segments(settings)
    for number, content in enumerate(segments):
        path = tmp_path / f"again-{number}.jsonl"
        path.write_bytes(content + b"\n")  # other bytes, so that it is not known by its hash
        outcome = ingest_file(settings, path)
        assert (outcome.new, outcome.corrected) == (0, 0)
    _same(held_in(settings), held)

    other = Settings(data=tmp_path / "other")
    register(other, shown)
    parts = _by_source(segments)
    Random(11).shuffle(parts)  # noqa: S311
    for number, lines in enumerate(parts):
        path = tmp_path / f"part-{number}.jsonl"
        path.write_text("".join(lines))
        ingest_file(other, path)
    assert len(parts) > 5
    _same(held_in(other), held)


def _by_source(segments: list[bytes]) -> list[list[str]]:
    """Segments cut up: what one terminal said of one meter, in its own order, a file each."""
    found = []
    for content in segments:
        lines = content.decode().splitlines(keepends=True)
        known = [line for line in lines if '"answer"' not in line]
        by_source: dict[tuple[str, str | None], list[str]] = {}
        for line in lines:
            if '"answer"' in line:
                one = json.loads(line)
                by_source.setdefault((one["source"], one["meter"]), []).append(line)
        found += [[*known, *own] for own in by_source.values()]
    return found
