"""Day profiles as arrays and back."""

from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.grid import MISSING, Grid, is_better, slot_columns, time_columns, to_grid
from queries.schema import ENERGY_PROFILES, MEASUREMENT_PROFILES, SLOTS

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
NEVER = np.iinfo(np.int64).min
moments = st.integers(0, 3)
slot = st.tuples(st.integers(-(2**31) + 1, 2**31 - 1), st.integers(0, 3), moments, moments)


def _grid(cells):
    """One row from (value, rank, issued, received) of its first slots."""
    shape = (1, len(SLOTS))
    grid = Grid(
        np.zeros(shape),
        np.full(shape, MISSING, dtype=np.uint8),
        np.full(shape, NEVER),
        np.zeros(shape, dtype=np.int64),
    )
    for i, (value, rank, issued, received) in enumerate(cells):
        grid.value[0, i] = value if rank < MISSING else 0
        grid.rank[0, i] = rank
        grid.issued[0, i] = issued or NEVER
        grid.received[0, i] = received
    return grid


@given(st.lists(slot, min_size=1, max_size=8).filter(lambda c: any(s[1] < MISSING for s in c)))
@settings(deadline=None)
def test_arrays_become_columns_and_columns_the_same_arrays(cells):
    grid = _grid(cells)
    keys = ENERGY_PROFILES.schema.to_frame().select("usage_point_id").clear(n=1)
    back = to_grid(keys.hstack(slot_columns(grid, ENERGY_PROFILES)).hstack(time_columns(grid)))
    there = grid.present
    assert (back.present == there).all()
    for name in ("value", "rank", "issued", "received"):
        assert (getattr(back, name)[there] == getattr(grid, name)[there]).all(), name


@given(slot, slot)
@settings(deadline=None)
def test_of_two_different_values_exactly_one_is_better(one, other):
    first, second = _grid([one]), _grid([other])
    forth, back = is_better(first, second)[0, 0], is_better(second, first)[0, 0]
    assert not (forth and back)
    if one[1] < MISSING and (one[0], one[1], one[2]) != (other[0], other[1], other[2]):
        assert forth or back


def test_a_row_of_one_time_needs_no_history():
    grid = _grid([(5, 0, 2, 1), (6, 0, 2, 1)])
    times = time_columns(grid)
    assert times["slot_history"].to_list() == [None]
    assert times["received_at"].dt.epoch("us").to_list() == [1]


def test_gaps_do_not_split_a_run_of_one_time():
    grid = _grid([(5, 0, 2, 1), (0, MISSING, 0, 3), (6, 0, 2, 1), (7, 0, 2, 2)])
    runs = time_columns(grid)["slot_history"].to_list()[0]
    assert [run["slot"] for run in runs] == [0, 3]


def test_measurements_keep_their_fractions(day_row):
    voltage = day_row({0: 1}).with_columns(t0000=0.1).cast({"t0000": float})
    columns = slot_columns(to_grid(voltage, EPOCH + timedelta(1)), MEASUREMENT_PROFILES)
    assert columns["t0000"].to_list() == [np.float32(0.1)]
