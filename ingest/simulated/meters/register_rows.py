"""The frozen registers (冻结示数) of a premise's meters as rows."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import polars as pl

from ingest.simulated.customers.premise import Premise
from ingest.simulated.meters.installed import MeterPeriod, meter_periods
from ingest.simulated.meters.periods_of_day import REGISTERS, register_of_slots
from ingest.simulated.meters.reading_rows import (
    PLAIN_ROWS,
    US_PER_SLOT,
    as_read,
    daily_rows,
    named_rows,
)
from ingest.simulated.meters.registers import COUNTS_PER_KWH, demand_registers, frozen_counts
from ingest.simulated.planted.collection import Collection
from ingest.simulated.planted.meter_faults import stale_days
from ingest.simulated.planted.metering import Registered
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.setting import Setting
from ingest.simulated.surroundings.span import Span
from ingest.simulated.truth import Planted
from queries.schema import SLOTS_PER_DAY

_PROGRAMME, _OLD_PROGRAMME = "liaoning_2023", "before_2023"
_DEMAND_KVA = 100.0
_FIRST_START = {"import": 0, "export": 5, "reactive_import": 6}
"""Where the channels' readings begin in ``MeterPeriod.start_counts``."""


def register_rows(  # noqa: PLR0913 - a premise, what its meters counted and what arrives of it
    premise: Premise,
    planted: Sequence[Planted],
    shown: Registered,
    kept: Collection,
    *,
    connected: np.ndarray,
    setting: Setting,
) -> pl.DataFrame:
    """REGISTERS_READ: every day's readings, and those of the moment a meter is exchanged.

    Trade, and the households of the time-of-use pilot, have registers by period beside the total;
    trade from 100 kVA on a demand register. ``connected`` are the days on which the premise is.
    """
    span = setting.span
    by_period = _by_period(premise, planted, span)
    stale = stale_days(planted, span)
    of_day = np.arange(span.days) if stale is None else stale
    parts: list[pl.DataFrame] = []
    counts: dict[str, np.ndarray] = {}
    periods = meter_periods(premise, planted, setting.seed, span)
    for turn, period in enumerate(periods):
        counts = _counts(period, premise, shown, counts, by_period)
        _fall_back(counts, period, planted)
        is_replaced = turn + 1 < len(periods) and periods[turn + 1].start_counts is not None
        parts += _edges(period, counts, is_replaced=is_replaced)
        days = _days_of(period, connected, span)
        demand = _demand(premise, period, periods, shown, setting)
        for channel, values in counts.items():
            for column, register in enumerate(("total", *REGISTERS)[: values.shape[1]]):
                named = {"meter_id": period.meter_id, "channel": channel, "register": register}
                has_demand = (channel, register) == ("import", "total")
                frame = daily_rows(
                    days,
                    values[of_day, column],
                    kept,
                    (demand[0][of_day], demand[1][of_day]) if demand and has_demand else None,
                )
                parts.append(named_rows(frame, named))
    frame = pl.concat(parts) if parts else pl.DataFrame(schema=PLAIN_ROWS)
    is_there = (pl.col("channel") != "export") | (pl.col("day") >= _roofed_day(premise))
    return as_read(frame.filter(is_there), premise.usage_point_id, span)


def _by_period(premise: Premise, planted: Sequence[Planted], span: Span) -> np.ndarray | None:
    """The register every slot counts in, by the meter's own programme; None: total only."""
    if premise.kind == "household" and not any(one.kind == "tou_pilot" for one in planted):
        return None
    usual = _programme(_PROGRAMME, span)
    for thing in planted:
        if thing.kind == "programme_lag":
            slots = np.arange(span.slots)
            lags = (slots >= thing.first_slot) & (slots < thing.last_slot)
            return np.where(lags, _programme(_OLD_PROGRAMME, span), usual)
    return usual


@lru_cache(maxsize=4)
def _programme(name: str, span: Span) -> np.ndarray:
    return register_of_slots(name, span)


def _counts(
    period: MeterPeriod,
    premise: Premise,
    shown: Registered,
    before: dict[str, np.ndarray],
    by_period: np.ndarray | None,
) -> dict[str, np.ndarray]:
    """Counts at the end of every day, by channel: int64 (days, 1) or (days, 5)."""
    ratio = period.recorded_ratio * period.voltage_ratio
    starts = period.start_counts
    found = {}
    reactive = shown.metered.reactive_import_varh + shown.metered.reactive_export_varh
    for channel, energy_wh, width in (
        ("import", shown.metered.import_wh, 5 if by_period is not None else 1),
        ("export", shown.metered.export_wh, 1),
        ("reactive_import", reactive, 1),
    ):
        if channel == "reactive_import" and premise.kind == "household":
            continue
        if channel == "export" and premise.solar is None:
            continue
        # A meter that goes on under another ratio: its counts where the period before ended.
        start = (
            before[channel][min(period.first_slot // SLOTS_PER_DAY, len(before[channel]) - 1)]
            if starts is None
            else np.array(starts[_FIRST_START[channel] :][:width], dtype=np.int64)
        )
        counted = np.zeros_like(energy_wh)
        counted[period.first_slot : period.last_slot] = energy_wh[
            period.first_slot : period.last_slot
        ]
        found[channel] = frozen_counts(
            counted,
            ratio=ratio,
            start_counts=start,
            digits=period.digits,
            register_of_slot=by_period if width == 5 else None,
        )
    return found


def _fall_back(
    counts: dict[str, np.ndarray], period: MeterPeriod, planted: Sequence[Planted]
) -> None:
    """A register that once fell back: whatever it counts later stands on less, in place."""
    for thing in planted:
        if thing.kind == "decreasing" and period.first_slot <= thing.first_slot < period.last_slot:
            day = thing.first_slot // SLOTS_PER_DAY
            total = counts["import"][day:, 0]
            total -= np.minimum(round(thing.amount * COUNTS_PER_KWH), total[0])


def _days_of(period: MeterPeriod, connected: np.ndarray, span: Span) -> np.ndarray:
    """The days at whose end this meter, under this ratio, still hangs there."""
    last = span.days if period.last_slot >= span.slots else period.last_slot // SLOTS_PER_DAY
    first = period.first_slot // SLOTS_PER_DAY
    return connected[(connected >= first) & (connected < last)]


def _roofed_day(premise: Premise) -> int:
    """From which day on the meter has a register for what is fed back."""
    return 0 if premise.solar is None else premise.solar.first_day


def _demand(
    premise: Premise,
    period: MeterPeriod,
    periods: Sequence[MeterPeriod],
    shown: Registered,
    setting: Setting,
) -> tuple[np.ndarray, np.ndarray] | None:
    """Demand of every day of a period, of all that its meter counted under any ratio."""
    if premise.kind == "household" or premise.capacity_kva < _DEMAND_KVA:
        return None
    own = stream(setting.seed, "minutes", premise.number)
    counted = np.zeros(shown.metered.import_wh.size)
    for other in periods:
        if other.meter_id == period.meter_id:
            there = slice(other.first_slot, other.last_slot)
            factor = period.recorded_ratio / other.recorded_ratio
            counted[there] = shown.metered.import_wh[there] * factor
    ratio = period.recorded_ratio * period.voltage_ratio
    return demand_registers(counted, setting.span, own, ratio=ratio)


def _edges(
    period: MeterPeriod, counts: dict[str, np.ndarray], *, is_replaced: bool
) -> list[pl.DataFrame]:
    """What the fitters read off at an exchange: where one meter ended and the other began."""
    moments = []
    if period.start_counts is not None and period.first_slot > 0:
        begins = dict(zip(counts, _starts(period, counts), strict=True))
        moments.append((period.first_slot, begins))
    if is_replaced:
        day = period.last_slot // SLOTS_PER_DAY
        moments.append((period.last_slot, {name: values[day] for name, values in counts.items()}))
    rows = []
    for slot, readings in moments:
        for channel, values in readings.items():
            names = ("total", *REGISTERS)[: values.size]
            at = np.full(values.size, slot * US_PER_SLOT)
            day = np.full(values.size, slot // SLOTS_PER_DAY)
            columns = {"day": day, "read_us": at, "issued_us": at, "counts": values}
            frame = pl.DataFrame(columns | {"register": list(names)})
            rows.append(named_rows(frame, {"meter_id": period.meter_id, "channel": channel}))
    return rows


def _starts(period: MeterPeriod, counts: dict[str, np.ndarray]) -> list[np.ndarray]:
    """The readings with which a meter begins, for each channel of ``counts``."""
    starts = period.start_counts or ()
    return [
        np.array(starts[_FIRST_START[channel] :][: values.shape[1]], dtype=np.int64)
        for channel, values in counts.items()
    ]
