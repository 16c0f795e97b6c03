"""A writer that dies at any moment loses nothing it acknowledged and leaves nothing half done."""

import asyncio
import importlib.util
from pathlib import Path


def _script(name: str):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_killed_writer_loses_nothing_and_leaves_nothing_half_visible(tmp_path):
    tally = _script("rounds").play(tmp_path, rounds=4, seed=2)
    assert (tally.lost, tally.half_visible) == ([], [])
    assert tally.rounds == 4
    assert tally.acknowledged >= 4
    assert tally.reads_beside_the_writer


def test_a_killed_collector_loses_nothing_it_acknowledged_and_forgets_no_gap(tmp_path):
    tally = asyncio.run(_script("collector_rounds").play(tmp_path, rounds=3, seed=2))
    assert (tally.lost, tally.differs) == ([], [])
    assert tally.rounds == 3
    assert tally.acknowledged
