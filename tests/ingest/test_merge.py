"""The rule by which arriving values are laid over the ones that are there."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.batch import PROFILES_READ
from ingest.grid import to_grid
from ingest.merge import Arrival, Merged, choose_interval, merge, row_key
from queries.schema import ENERGY_PROFILES, SLOTS

NOON = datetime(2024, 6, 4, 12, tzinfo=UTC)
KEY = row_key(ENERGY_PROFILES)

letters = st.sampled_from("AASEN")
issues = st.sampled_from([None, NOON, NOON + timedelta(hours=1)])
readings = st.dictionaries(st.integers(0, 5), st.tuples(st.integers(-5, 5), letters), max_size=4)
rows = st.tuples(st.sampled_from(["P1", "P2"]), st.sampled_from([15, 30, 60]), issues, readings)
batches = st.lists(st.lists(rows, min_size=1, max_size=4), min_size=1, max_size=4)


@pytest.fixture(scope="session")
def frame_of(day_row):
    def make(batch):
        return pl.concat(
            day_row(
                {n: value for n, (value, _) in slots.items()},
                point=point,
                interval=interval,
                issued=issued,
                letters={n: letter for n, (_, letter) in slots.items()} or None,
            )
            for point, interval, issued, slots in batch
        )

    return make


def _merged_in_order(frames):
    """All rows after ``frames`` came one after the other, and what the last one did."""
    state = ENERGY_PROFILES.schema.to_frame()
    last = Merged(state, state, state)
    for number, frame in enumerate(frames):
        last = merge(ENERGY_PROFILES, state, frame, Arrival(f"b{number}", NOON + timedelta(number)))
        new = pl.concat([last.added, last.changed])
        state = pl.concat([state.join(new, on=KEY, how="anti"), new])
    return state.sort(KEY), last


def _content(state):
    """What the order of arrival must not change: values, quality and issue time of every slot."""
    grid = to_grid(state)
    issued = [
        [int(i) if p else None for i, p in zip(line, there, strict=True)]
        for line, there in zip(grid.issued, grid.present, strict=True)
    ]
    plain = state.drop("batch_id", "received_at", "slot_history")
    return plain.rows(), issued


@given(batches, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=20)
def test_the_order_of_arrival_does_not_matter(frame_of, history, random):
    frames = [frame_of(batch) for batch in history]
    in_order, _ = _merged_in_order(frames)
    random.shuffle(frames)
    shuffled, _ = _merged_in_order(frames)
    assert _content(in_order) == _content(shuffled)


@given(batches, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=12)
def test_one_batch_or_many_make_the_same_days(frame_of, history, random):
    frames = [frame_of(batch) for batch in history]
    apart, _ = _merged_in_order(frames)
    everything = [row for batch in history for row in batch]
    random.shuffle(everything)
    together, _ = _merged_in_order([frame_of(everything)])
    assert _content(apart) == _content(together)


@given(batches)
@settings(deadline=None, max_examples=20)
def test_a_replayed_batch_changes_nothing(frame_of, history):
    frames = [frame_of(batch) for batch in history]
    state, _ = _merged_in_order(frames)
    for frame in frames:
        again = merge(ENERGY_PROFILES, state, frame, Arrival("again", NOON + timedelta(99)))
        assert (again.added.height, again.changed.height, again.superseded.height) == (0, 0, 0)
        assert (again.new, again.corrected) == (0, 0)
        letter = [
            pl.coalesce(pl.col("quality").str.slice(i, 1), pl.lit("A")) for i in range(len(SLOTS))
        ]
        arrived = frame.select(
            pl.sum_horizontal(
                pl.col(slot).is_not_null() & (mark != "N")
                for slot, mark in zip(SLOTS, letter, strict=True)
            ).sum()
        ).item()
        assert again.unchanged == arrived


@given(batches)
@settings(deadline=None, max_examples=12)
def test_a_day_is_as_marked_as_its_values(frame_of, history):
    state, _ = _merged_in_order([frame_of(batch) for batch in history])
    grid = to_grid(state)
    assert grid.present.any(axis=1).all(), "a day without any reading is stored"
    for quality, there in zip(state["quality"], grid.present, strict=True):
        if quality is not None:
            assert len(quality) == len(SLOTS)
            assert [letter != "N" for letter in quality] == there.tolist()
            assert set(quality) & {"S", "E"}, f"{quality} says no more than null"


def _one_slot(day_row, *arrivals):
    """Value and letter of one slot after ``arrivals`` (value, letter, issued) in this order."""
    state, _ = _merged_in_order(
        [day_row({0: v}, letters={0: letter}, issued=issued) for v, letter, issued in arrivals]
    )
    quality = state["quality"][0]
    return state["t0000"][0], quality[0] if quality else "A"


LATER = NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        ((9, "E", LATER), (1, "S", None)),
        ((9, "S", LATER), (1, "A", None)),
        ((9, "A", None), (1, "A", NOON)),
        ((9, "A", NOON), (1, "A", LATER)),
        ((1, "A", NOON), (9, "A", NOON)),
        ((1, "E", None), (9, "E", None)),
    ],
)
def test_better_quality_wins_then_the_later_issue_then_the_larger_value(day_row, worse, better):
    for order in ((worse, better), (better, worse)):
        assert _one_slot(day_row, *order) == better[:2]


def test_a_partial_day_erases_nothing_and_a_null_overwrites_nothing(day_row):
    full = day_row([100] * 24)
    part = day_row({0: 120, 1: None, 2: 90}, issued=LATER)
    state, last = _merged_in_order([full, part])
    assert state.select(SLOTS[::4]).row(0) == (120, 100, 90, *[100] * 21)
    assert (last.new, last.corrected, last.unchanged) == (0, 2, 0)


def test_a_value_marked_missing_is_missing(day_row):
    state, last = _merged_in_order([day_row({0: 7, 1: 8}, letters={0: "N", 1: "A"})])
    assert state.select("t0000", "t0100", "quality").row(0) == (None, 8, None)
    assert last.new == 1


def test_what_a_correction_replaces_is_kept_with_the_time_it_was_known(day_row):
    frames = [
        day_row({0: 10, 1: 20}, letters="E"),
        day_row({2: 30}),
        day_row({0: 11, 2: 31}, issued=LATER),
    ]
    _, last = _merged_in_order(frames)
    gone = last.superseded.sort("known_from").select(
        "t0000", "t0100", "t0200", "quality", "known_from", "known_until"
    )
    third = NOON + timedelta(2)
    assert gone.rows() == [
        (10, None, None, "E" + "N" * 95, NOON, third),
        (None, None, 30, None, NOON + timedelta(1), third),
    ]


def test_a_value_confirmed_by_a_later_issue_has_been_known_since_it_first_came(day_row):
    state, last = _merged_in_order([day_row({0: 10}), day_row({0: 10}, issued=LATER)])
    assert (last.corrected, last.unchanged, last.superseded.height) == (0, 1, 0)
    assert state.select("received_at", "issued_at").row(0) == (NOON, LATER)


def test_a_value_that_changes_and_changes_back_within_a_batch_has_not_changed(day_row):
    there_and_back = pl.concat(
        [day_row({0: 12}, issued=NOON), day_row({0: 10}, issued=LATER), day_row({1: 5})]
    )
    state, last = _merged_in_order([day_row({0: 10}), there_and_back])
    assert last.superseded.is_empty()
    grid = to_grid(state)
    first, second = (int(m.timestamp() * 1_000_000) for m in (NOON, NOON + timedelta(1)))
    assert (grid.received[0, 0], grid.received[0, 4]) == (first, second)


def test_the_interval_that_covers_most_of_the_day_with_actual_reads_is_shown(day_row):
    quarter_hours = day_row([5] * 95, interval=15)
    hours = day_row([20] * 24, interval=60)
    estimated = day_row([10] * 48, interval=30, letters="E")
    state, _ = _merged_in_order([pl.concat([quarter_hours, hours, estimated])])
    shown, alternate = choose_interval(state, ENERGY_PROFILES)
    assert shown["interval_minutes"].to_list() == [60]
    assert sorted(alternate["interval_minutes"]) == [15, 30]


def test_of_equally_complete_intervals_the_finest_is_shown(day_row):
    state, _ = _merged_in_order([day_row([20] * 24, interval=60), day_row([5] * 96, interval=15)])
    shown, _ = choose_interval(state, ENERGY_PROFILES)
    assert shown["interval_minutes"].to_list() == [15]


def test_many_days_are_merged_in_blocks_of_whole_days(day_row, monkeypatch):
    monkeypatch.setattr("ingest.merge._CHUNK_ROWS", 2)
    days = [date(2024, 6, day) for day in range(1, 8)]
    twice = pl.concat(
        day_row({0: value}, day=day, issued=issued)
        for value, issued in ((1, NOON), (2, LATER))
        for day in days
    )
    state, last = _merged_in_order([twice.select(PROFILES_READ.names())])
    assert state["t0000"].to_list() == [2] * 7
    assert (last.new, last.corrected) == (7, 7)
