"""A writer that dies at any moment loses nothing it acknowledged and leaves nothing half done."""

import importlib.util
from pathlib import Path


def _rounds():
    spec = importlib.util.spec_from_file_location("rounds", Path(__file__).with_name("rounds.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_killed_writer_loses_nothing_and_leaves_nothing_half_visible(tmp_path):
    tally = _rounds().play(tmp_path, rounds=4, seed=2)
    assert (tally.lost, tally.half_visible) == ([], [])
    assert tally.rounds == 4
    assert tally.acknowledged >= 4
    assert tally.reads_beside_the_writer
