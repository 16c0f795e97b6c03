"""What a meter's registers show when they are frozen at midnight.

A meter counts on its own side of the instrument transformers: what flows, divided by the ratio.
"""

import numpy as np

from ingest.simulated.meters.periods_of_day import REGISTERS
from ingest.simulated.surroundings.span import Span
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY

COUNTS_PER_KWH = 100
"""Registers show hundredths of a kilowatt-hour."""

_WH_PER_COUNT = 1000 // COUNTS_PER_KWH
# How a total that is known alone lies in the four registers: about what a workshop uses.
_START_PERCENT = (5, 33, 33, 29)
_WINDOW_MINUTES = 15
_DECIMALS = 10_000
_LEAST_WEIGHT = np.float32(128)


def frozen_counts(
    metered_wh: np.ndarray,
    *,
    ratio: float,
    start_counts: np.ndarray | int,
    digits: int,
    register_of_slot: np.ndarray | None,
) -> np.ndarray:
    """Registers at the end of every day [0.01 kWh, meter side].

    Every register is truncated on its own running total; so the four may miss the total by up to
    three counts. Nothing is lost at a rollover: the next count after 10^digits kWh is 0.

    Args:
        metered_wh: What the meter measured, on the side of the grid, int32 (slots,) of whole days.
        ratio: Current times voltage ratio.
        start_counts: Before the first day: the total and each of ``REGISTERS`` int64 (5,), or the
            total, of which the registers then get fixed parts.
        digits: Whole digits of the registers.
        register_of_slot: Number in ``REGISTERS`` of every slot, uint8 (slots,); None: the meter
            has a total only.

    Returns:
        int64 (days, 5): the total, then ``REGISTERS``; (days, 1) of a meter with a total only.
    """
    starts = _starts(start_counts)
    energy_wh = _daily_wh(metered_wh, register_of_slot)
    running_wh = np.cumsum(energy_wh, axis=0)
    counted = np.floor(running_wh / (ratio * _WH_PER_COUNT)).astype(np.int64)
    return (starts[: counted.shape[1]] + counted) % (10**digits * COUNTS_PER_KWH)


def _starts(start_counts: np.ndarray | int) -> np.ndarray:
    if isinstance(start_counts, np.ndarray):
        return start_counts.astype(np.int64)
    parts = [start_counts * percent // 100 for percent in _START_PERCENT[:-1]]
    return np.array([start_counts, *parts, start_counts - sum(parts)], dtype=np.int64)


def _daily_wh(metered_wh: np.ndarray, register_of_slot: np.ndarray | None) -> np.ndarray:
    """Energy of every day, in all and by register, int64 (days, 1 or 5)."""
    days = len(metered_wh) // SLOTS_PER_DAY
    if register_of_slot is None:
        return metered_wh.reshape(days, SLOTS_PER_DAY).sum(axis=1, dtype=np.int64)[:, None]
    # Runs of one register within a day: about nine a day, far fewer than slots.
    begins = np.empty(register_of_slot.size, dtype=np.bool_)
    np.not_equal(register_of_slot[1:], register_of_slot[:-1], out=begins[1:])
    begins[::SLOTS_PER_DAY] = True
    starts = np.flatnonzero(begins)
    runs_wh = np.add.reduceat(metered_wh.astype(np.int64), starts)
    energy_wh = np.zeros((days, 1 + len(REGISTERS)), dtype=np.int64)
    np.add.at(energy_wh, (starts // SLOTS_PER_DAY, 1 + register_of_slot[starts]), runs_wh)
    energy_wh[:, 0] = energy_wh[:, 1:].sum(axis=1)
    return energy_wh


def demand_registers(
    metered_wh: np.ndarray, span: Span, stream: np.random.Generator, *, ratio: float
) -> tuple[np.ndarray, np.ndarray]:
    """Maximum demand since the first of the month, as frozen at the end of every day.

    The meter averages over 15 minutes and looks again every minute. How the energy of a slot lies
    in its minutes is drawn: no minute gets more than three times what another gets. Windows that
    began before the month do not count: the register was reset. The window that ends with a slot
    is the slot, so that the demand is never below the largest slot of the month so far.

    Args:
        metered_wh: What the meter measured, on the side of the grid, (slots,).
        span: Of these slots.
        stream: Of this meter and purpose.
        ratio: Current times voltage ratio.

    Returns:
        demand_kw: float64 (days,) [kW, meter side], truncated to four decimals.
        at_minute: int64 (days,), when its window ended: minutes since the span's first midnight;
            24:00 belongs to the day that ends.
    """
    resets = np.array([day.day == 1 for day in span.dates])
    resets[0] = True
    starts = np.flatnonzero(resets)
    window_wh, ended = _largest_windows(metered_wh, starts * SLOTS_PER_DAY, stream)
    day = np.arange(span.days)
    slot = day * SLOTS_PER_DAY + window_wh.reshape(span.days, SLOTS_PER_DAY).argmax(axis=1)
    largest_wh, at_minute = window_wh[slot], slot * SLOT_MINUTES + ended[slot]
    for start, end in zip(starts, np.append(starts[1:], span.days), strict=True):
        month = slice(start, end)
        highest_wh = np.maximum.accumulate(largest_wh[month])
        is_new = np.diff(highest_wh, prepend=-1.0) > 0
        reached = np.maximum.accumulate(np.where(is_new, day[month], start))
        largest_wh[month], at_minute[month] = highest_wh, at_minute[reached]
    per_kw = 60 / _WINDOW_MINUTES / 1000 * _DECIMALS
    return np.floor(largest_wh * per_kw / ratio) / _DECIMALS, at_minute


def _largest_windows(
    metered_wh: np.ndarray, resets: np.ndarray, stream: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The largest window that ends in every slot [Wh], and the minute of the slot at which.

    ``resets`` are slots before which no window may begin.
    """
    weights = np.frombuffer(stream.bytes(metered_wh.size * SLOT_MINUTES), dtype=np.uint8)
    # One row a minute, so that every step is a sweep over the slots.
    weights = np.ascontiguousarray(weights.reshape(-1, SLOT_MINUTES).T)
    wh_per_weight = metered_wh / (
        weights.sum(axis=0, dtype=np.float32) + _LEAST_WEIGHT * SLOT_MINUTES
    )
    wh_per_weight = wh_per_weight.astype(np.float32)
    largest_wh = metered_wh.astype(np.float32)
    ended = np.full(metered_wh.size, SLOT_MINUTES, dtype=np.int64)
    # What lies in the window: the rest of the slot before, and this slot until the minute.
    rest_wh = np.zeros_like(largest_wh)
    rest_wh[1:] = largest_wh[:-1]
    so_far_wh = np.zeros_like(largest_wh)
    for minute in range(SLOT_MINUTES - 1):
        added_wh = (weights[minute] + _LEAST_WEIGHT) * wh_per_weight
        so_far_wh += added_wh
        rest_wh[1:] -= added_wh[:-1]
        window_wh = rest_wh + so_far_wh
        window_wh[resets] = 0
        is_larger = window_wh > largest_wh
        np.copyto(largest_wh, window_wh, where=is_larger)
        np.copyto(ended, minute + 1, where=is_larger)
    return np.maximum(largest_wh, metered_wh), ended
