import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.simulated.loads.switched_on import mean_power_w

SLOTS = 96
EVENTS = st.lists(
    st.tuples(st.floats(0, 80), st.floats(0, 16), st.floats(1, 9000)), min_size=1, max_size=40
)


@given(EVENTS)
def test_energy_of_events_is_what_they_drew_while_on(events):
    start, duration, power_w = np.array(events).T
    total = mean_power_w(start, duration, power_w, SLOTS).sum(dtype=np.float64)
    # Powers are multiples of 1/1024 W, slots are single precision.
    assert total == pytest.approx(float((power_w * duration).sum()), rel=1e-5, abs=1.0)


@given(EVENTS)
def test_power_is_zero_where_nothing_is_on_and_never_negative(events):
    start, duration, power_w = np.array(events).T
    mean_w = mean_power_w(start, duration, power_w, SLOTS)
    slot = np.arange(SLOTS)[:, None]
    is_on = ((start < slot + 1) & (start + duration > slot)).any(axis=1)
    assert (mean_w[~is_on] == 0.0).all()
    assert (mean_w >= 0.0).all()


def test_an_event_counts_in_a_slot_by_the_share_of_it():
    mean_w = mean_power_w(np.array([1.75]), np.array([1.5]), np.array([1000.0]), 5)
    assert mean_w.tolist() == [0.0, 250.0, 1000.0, 250.0, 0.0]


def test_what_lies_outside_the_span_is_cut_off():
    start, duration = np.array([-2.0, 3.5]), np.array([3.0, 9.0])
    assert mean_power_w(start, duration, np.array([100.0, 200.0]), 4).tolist() == [100, 0, 0, 100]


def test_several_powers_of_the_same_events_are_rows():
    start, duration = np.array([0.0, 1.0]), np.array([1.0, 1.0])
    powers = np.array([[100.0, 50.0], [10.0, 5.0]])
    assert mean_power_w(start, duration, powers, 2).tolist() == [[100, 50], [10, 5]]
