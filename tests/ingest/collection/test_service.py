"""A field collected over TCP, with what goes wrong in the field."""

import pytest
from polars.testing import assert_frame_equal

from ingest.simulated.field.faults import Fault, Faults
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
