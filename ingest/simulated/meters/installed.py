"""Which meter stood where when, what its registers said at first, and by which ratio it is read."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ingest.simulated.customers.premise import Premise
from ingest.simulated.meters.registers import COUNTS_PER_KWH
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.span import Span
from ingest.simulated.truth import Planted

_REGISTER_SHARES = (0.05, 0.33, 0.34, 0.28)  # sharp, peak, flat, valley of what was there before

CHECK_METER_DIGITS = 8
"""Whole digits of the registers of a check meter (考核表): it shows primary kilowatt-hours."""


@dataclass(frozen=True, slots=True)
class MeterPeriod:
    """A meter at a usage point, under one pair of ratios.

    Attributes:
        meter_id: As in the lake.
        first_slot, last_slot: Of the span; ``last_slot`` is the first slot after.
        recorded_ratio: The current ratio in the register of meters, by which it is read.
        voltage_ratio: Of its voltage transformers.
        digits: Whole digits of its registers.
        start_counts: What its registers say at ``first_slot`` [0.01 kWh, meter side]: import total,
            sharp, peak, flat, valley, export total, reactive total; None: the meter of the period
            before goes on.
    """

    meter_id: str
    first_slot: int
    last_slot: int
    recorded_ratio: float
    voltage_ratio: float
    digits: int
    start_counts: tuple[int, ...] | None


def check_meter_id(usage_point_id: str) -> str:
    """The one meter that ever hangs at the head of an area or a feeder."""
    return f"{usage_point_id}1"


def meter_periods(
    premise: Premise, planted: Sequence[Planted], seed: int, span: Span
) -> tuple[MeterPeriod, ...]:
    """The meters of a premise in order of time, split where a meter or a ratio changes."""
    own = stream(seed, "meters", premise.number)
    cuts = {0, *(slot for thing in planted for slot in _cuts(thing) if 0 < slot < span.slots)}
    starts = sorted(cuts)
    periods, number = [], 1
    for first, last in zip(starts, [*starts[1:], span.slots], strict=True):
        exchanged = next(
            (one for one in planted if one.kind == "exchange" and one.first_slot == first), None
        )
        number += exchanged is not None
        counts: tuple[int, ...] | None = None
        if exchanged is not None:
            counts = (int(exchanged.amount * COUNTS_PER_KWH), 0, 0, 0, 0, 0, 0)
        elif first == 0:
            counts = _worn_in(premise, planted, own)
        periods.append(
            MeterPeriod(
                meter_id=f"FC-M{premise.serial:06d}-{number}",
                first_slot=first,
                last_slot=last,
                recorded_ratio=_recorded_ratio(premise, planted, first),
                voltage_ratio=premise.voltage_ratio,
                digits=premise.register_digits,
                start_counts=counts,
            )
        )
    return tuple(periods)


def _cuts(thing: Planted) -> tuple[int, ...]:
    """Where a planted thing changes the meter or what the records say of its ratio."""
    if thing.kind in {"exchange", "ratio_change"}:
        return (thing.first_slot,)
    return (thing.first_slot, thing.last_slot) if thing.kind == "wrong_multiplier" else ()


def _recorded_ratio(premise: Premise, planted: Sequence[Planted], slot: int) -> float:
    """The current ratio by which the meter is read at ``slot``."""
    ratio = premise.current_ratio
    for thing in planted:
        if thing.kind == "ratio_change" and thing.first_slot <= slot:
            ratio = float(thing.detail["to_ratio"])
        elif thing.kind == "wrong_multiplier" and thing.first_slot <= slot < thing.last_slot:
            ratio = float(thing.detail["recorded_ratio"])
    return ratio


def _worn_in(
    premise: Premise, planted: Sequence[Planted], own: np.random.Generator
) -> tuple[int, ...]:
    """Registers of a meter that has been there for some years, or is new [0.01 kWh, meter side]."""
    years, hours = own.uniform(0.2, 8.0), own.uniform(300, 1500)
    kwh = premise.capacity_kva * hours * years / premise.current_ratio / premise.voltage_ratio
    kwh %= 10**premise.register_digits
    if premise.tenancies[0].first_day > 0:  # the meter is as new as the connection
        kwh = hours / 1000
    for thing in planted:
        if thing.kind == "rollover":
            kwh = thing.amount
    by_register = tuple(int(kwh * share * COUNTS_PER_KWH) for share in _REGISTER_SHARES)
    fed = premise.solar and premise.solar.first_day < 0 and premise.tenancies[0].first_day <= 0
    given = own.uniform(0, 9000) if fed else 0.0
    return (
        int(kwh * COUNTS_PER_KWH),
        *by_register,
        int(given * COUNTS_PER_KWH),
        int(kwh * 0.35 * COUNTS_PER_KWH),
    )
