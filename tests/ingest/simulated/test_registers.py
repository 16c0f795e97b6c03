"""Registers against the intervals they count, to the count."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.simulated.meters.periods_of_day import PROGRAMMES, REGISTERS, register_of_slots
from ingest.simulated.meters.registers import COUNTS_PER_KWH, demand_registers, frozen_counts
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.span import Span

SPAN = Span.between(date(2025, 1, 30), date(2025, 2, 3))
BY_SLOT = register_of_slots("liaoning_2023", SPAN)
RATIOS = st.sampled_from([1.0, 10.0, 40.0, 80.0, 120.0, 3000.0, 7.5])
ENERGY = st.integers(0, 2**32 - 1).map(
    lambda seed: (
        np.random.default_rng(seed).integers(0, 60_000, SPAN.slots)
        * (np.random.default_rng(seed + 1).random(SPAN.slots) < 0.7)
    ).astype(np.int32)
)


def counted(metered_wh, *, ratio=1.0, start=0, digits=6, by_slot=BY_SLOT):
    return frozen_counts(
        metered_wh, ratio=ratio, start_counts=start, digits=digits, register_of_slot=by_slot
    )


def slots_named(programme, day, register):
    span = Span(day, 1)
    return np.flatnonzero(register_of_slots(programme, span) == REGISTERS.index(register)).tolist()


@given(ENERGY, RATIOS, st.integers(0, 10**8 - 1))
@settings(max_examples=60, deadline=None)
def test_the_difference_of_two_totals_times_the_ratio_is_the_energy_between_to_one_count(
    metered_wh, ratio, start
):
    total = counted(metered_wh, ratio=ratio, start=start, by_slot=None)[:, 0]
    energy_wh = metered_wh.reshape(SPAN.days, 96).sum(axis=1, dtype=np.int64)
    difference = np.diff(total, prepend=start) % 10**8
    assert (np.abs(difference * 10 * ratio - energy_wh) < 10 * ratio).all()
    whole = (total[-1] - start) % 10**8
    assert 0 <= energy_wh.sum() - whole * 10 * ratio < 10 * ratio


@given(ENERGY, RATIOS, st.integers(0, 10**8 - 1))
@settings(max_examples=60, deadline=None)
def test_registers_of_the_periods_sum_to_the_total_to_within_four_counts(metered_wh, ratio, start):
    counts = counted(metered_wh, ratio=ratio, start=start)
    missing = (counts[:, 0] - counts[:, 1:].sum(axis=1)) % 10**8
    assert (missing < 4).all()


@given(ENERGY, RATIOS, st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_a_register_that_rolls_over_loses_nothing(metered_wh, ratio, digits):
    roll = 10**digits * COUNTS_PER_KWH
    start = np.array([roll - 1, 5, roll - 7, 11, 0], dtype=np.int64)
    short = counted(metered_wh, ratio=ratio, start=start, digits=digits)
    long = counted(metered_wh, ratio=ratio, start=start, digits=12)
    assert ((short >= 0) & (short < roll)).all()
    assert (long % roll == short).all()


@given(ENERGY, RATIOS)
@settings(max_examples=30, deadline=None)
def test_registers_never_fall_but_at_a_rollover(metered_wh, ratio):
    assert (np.diff(counted(metered_wh, ratio=ratio, digits=12), axis=0) >= 0).all()


def test_counts_worked_out_by_hand():
    # Two days of January at 40 times the current: 400 kWh in the peak hour 08:00 to 09:00 and
    # 1.19 kWh at 17:00, a sharp hour; then 999 Wh at 23:00 in the valley.
    span = Span(date(2025, 1, 1), 2)
    metered_wh = np.zeros(span.slots, dtype=np.int32)
    metered_wh[32:36] = 100_000
    metered_wh[68] = 1_190
    metered_wh[96 + 92] = 999
    counts = counted(
        metered_wh,
        ratio=40.0,
        start=np.array([99_999_000, 10, 0, 0, 1], dtype=np.int64),
        by_slot=register_of_slots("liaoning_2023", span),
    )
    # 401.19 kWh / 40 = 10.02975 kWh = 1002 counts: over 999,999.99 to 2.
    # Sharp 1.19 / 40 = 0.02975: 2 counts. Valley 0.999 / 40 = 0.024975: 2 counts.
    assert counts.tolist() == [[2, 12, 1000, 0, 1], [5, 12, 1000, 0, 3]]


def test_a_total_known_alone_is_parted_among_the_registers_without_loss():
    counts = counted(np.zeros(SPAN.slots, dtype=np.int32), start=123_457)
    assert (counts[:, 0] == 123_457).all()
    assert (counts[:, 1:].sum(axis=1) == 123_457).all()


def test_a_meter_without_a_programme_has_a_total_only():
    assert counted(np.ones(SPAN.slots, dtype=np.int32), by_slot=None).shape == (SPAN.days, 1)


def test_hours_of_the_notice_of_2023():
    # 辽发改价格〔2023〕441号: eight hours each of peak, flat and valley; 17:00 to 19:00 sharp.
    april, january = date(2025, 4, 1), date(2025, 1, 1)
    assert [len(slots_named("liaoning_2023", april, name)) / 4 for name in REGISTERS] == [
        0,
        8,
        8,
        8,
    ]
    assert slots_named("liaoning_2023", january, "sharp") == list(range(68, 76))
    assert len(slots_named("liaoning_2023", january, "peak")) == 24
    assert slots_named("liaoning_2023", april, "valley") == [
        *range(20),
        *range(46, 50),
        *range(88, 96),
    ]
    sharp_months = {
        month
        for month in range(1, 13)
        if slots_named("liaoning_2023", date(2025, month, 15), "sharp")
    }
    assert sharp_months == {1, 7, 8, 12}


def test_the_programme_before_knew_no_midday_valley():
    day = date(2025, 7, 1)
    assert slots_named("before_2023", day, "valley") == [*range(20), *range(88, 96)]
    assert slots_named("before_2023", day, "sharp") == []
    assert slots_named("before_2023", day, "peak") == [*range(32, 44), *range(68, 88)]


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_every_slot_is_in_one_register_and_a_day_does_not_depend_on_the_span(programme):
    year = Span.between(date(2025, 1, 1), date(2025, 12, 31))
    whole = register_of_slots(programme, year)
    assert whole.dtype == np.uint8
    assert whole.max() < len(REGISTERS)
    first = year.day(SPAN.first_day) * 96
    part = register_of_slots(programme, SPAN)
    assert (whole[first : first + SPAN.slots] == part).all()


def test_an_unknown_programme_is_said_to_be_unknown():
    with pytest.raises(ValueError, match="no meter programme 'liaoning_1999': expected one of"):
        register_of_slots("liaoning_1999", SPAN)


def demand(metered_wh, span=SPAN, ratio=1.0, seed=1):
    return demand_registers(metered_wh, span, stream(seed, "test_demand"), ratio=ratio)


@given(ENERGY, RATIOS)
@settings(max_examples=30, deadline=None)
def test_demand_is_never_below_the_largest_block_of_the_month_and_never_twice_it(metered_wh, ratio):
    demand_kw, _ = demand(metered_wh, ratio=ratio)
    largest_wh = metered_wh.reshape(SPAN.days, 96).max(axis=1)
    for month in (slice(0, 2), slice(2, 5)):  # 30 and 31 January; February
        block_kw = np.maximum.accumulate(largest_wh[month]) * 4 / 1000 / ratio
        # A window holds parts of two blocks; truncation takes less than 0.0001.
        assert (demand_kw[month] > block_kw - 1e-4).all()
        assert (demand_kw[month] <= 2 * block_kw).all()
        assert (np.diff(demand_kw[month]) >= 0).all()


@given(ENERGY)
@settings(max_examples=30, deadline=None)
def test_demand_occurred_in_its_month_and_not_after_the_freeze(metered_wh):
    demand_kw, at_minute = demand(metered_wh)
    days = np.arange(SPAN.days)
    assert (at_minute <= (days + 1) * 1440).all()
    assert (at_minute[:2] >= 15).all()
    assert (at_minute[2:] >= 2 * 1440 + 15).all(), "windows that began in January do not count"
    unchanged = np.diff(demand_kw) == 0
    unchanged[1] = False  # 31 January to 1 February
    assert (np.diff(at_minute)[unchanged] == 0).all()


def test_demand_of_a_steady_load_worked_out_by_hand():
    # 1 kWh in every quarter of an hour is 4 kW, and 4 / 30 is 0.1333 cut after four decimals; the
    # window that slides finds somewhat more, for minutes are uneven.
    demand_kw, _ = demand(np.full(SPAN.slots, 1000, dtype=np.int32), ratio=30.0)
    assert (demand_kw >= 0.1333).all()
    assert (demand_kw < 0.1333 * 1.3).all()
    assert demand_kw * 10_000 == pytest.approx(np.round(demand_kw * 10_000), abs=1e-6)


def test_one_block_alone_gives_its_own_mean_at_its_end():
    metered_wh = np.zeros(SPAN.slots, dtype=np.int32)
    metered_wh[96 + 40] = 2_500
    demand_kw, at_minute = demand(metered_wh)
    assert demand_kw.tolist() == [0.0, 10.0, 0.0, 0.0, 0.0]
    assert at_minute[1] == 1440 + 41 * 15


def test_two_blocks_side_by_side_can_exceed_either_but_not_their_sum():
    metered_wh = np.zeros(SPAN.slots, dtype=np.int32)
    metered_wh[40:42] = 10_000
    highest = [demand(metered_wh, seed=seed)[0][0] for seed in range(50)]
    assert min(highest) >= 40.0
    assert 41.0 < np.mean(highest) < 50.0
    assert max(highest) < 60.0


def test_a_longer_span_leaves_the_days_it_shares_as_they_were():
    metered_wh = stream(7, "test_longer").integers(0, 5000, SPAN.slots).astype(np.int32)
    kept = 3
    whole = demand(metered_wh)
    part = demand(metered_wh[: kept * 96], Span(SPAN.first_day, kept))
    assert (whole[0][:kept] == part[0]).all()
    assert (whole[1][:kept] == part[1]).all()
