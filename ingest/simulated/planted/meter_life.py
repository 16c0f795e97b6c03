"""What befalls healthy meters too: exchange, other ratios, registers that roll over."""

import numpy as np

from ingest.simulated.customers.premise import Premise
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.span import Span
from ingest.simulated.truth import Planted
from queries.schema import SLOTS_PER_DAY

_RATIOS = (10, 15, 20, 30, 40, 60, 80, 100, 120, 160, 200, 300, 400)
"""Current transformers on the market: 50/5 to 2000/5."""
_USUAL_LOAD_SHARE = 0.03
"""Mean power over contracted capacity, roughly: only to guess when a register rolls over."""


def in_use(premise: Premise, span: Span) -> tuple[int, int]:
    """From which day on a meter hangs there, and the first day on which it no longer does."""
    first_day = max(min(tenancy.first_day for tenancy in premise.tenancies), 0)
    last_day = min(max(tenancy.last_day for tenancy in premise.tenancies), span.days)
    return first_day, max(last_day, first_day + 1)


def exchange(slot: int, span: Span, own: np.random.Generator, reason: str) -> Planted:
    """Another meter from ``slot`` on; its registers start at ``amount``."""
    first_kwh = round(float(own.uniform(0.0, 1.5)), 2)
    return Planted("meter", "exchange", slot, span.slots, first_kwh, "kWh", {"reason": reason})


def draw_exchange(premise: Premise, seed: int, span: Span) -> Planted:
    """A meter exchanged in the course of rotation, on some working day's hour."""
    own = stream(seed, "meter exchange", premise.number)
    return exchange(working_slot(premise, span, own), span, own, "rotation")


def draw_ratio_change(premise: Premise, seed: int, span: Span) -> Planted:
    """Other current transformers from the start of some day on; the records follow on that day."""
    own = stream(seed, "ratio change", premise.number)
    first_day, last_day = in_use(premise, span)
    day = int(first_day + own.uniform(0.2, 0.8) * (last_day - first_day))
    ratio = neighbouring_ratio(premise.current_ratio, own)
    detail = {"from_ratio": premise.current_ratio, "to_ratio": ratio}
    return Planted("meter", "ratio_change", day * SLOTS_PER_DAY, span.slots, ratio, "ratio", detail)


def draw_rollover(premise: Premise, seed: int, span: Span) -> Planted:
    """A register that starts so near its end that it should roll over within the span."""
    own = stream(seed, "rollover", premise.number)
    first_day, last_day = in_use(premise, span)
    usual_kwh = premise.capacity_kva * _USUAL_LOAD_SHARE * 24 * (last_day - first_day)
    usual_kwh /= premise.current_ratio * premise.voltage_ratio
    left_kwh = max(1.0, float(own.uniform(0.05, 0.8)) * usual_kwh)
    start_kwh = max(0.0, round(10.0**premise.register_digits - left_kwh, 2))
    return Planted("meter", "rollover", first_day * SLOTS_PER_DAY, span.slots, start_kwh, "kWh", {})


def neighbouring_ratio(ratio: float, own: np.random.Generator) -> float:
    """Another ratio on the market, a step or two away."""
    at = min(range(len(_RATIOS)), key=lambda n: abs(_RATIOS[n] - ratio))
    near = [at + step for step in (-2, -1, 1, 2) if 0 <= at + step < len(_RATIOS)]
    return float(_RATIOS[near[int(own.integers(len(near)))]])


def working_slot(premise: Premise, span: Span, own: np.random.Generator) -> int:
    """Some slot between 9 and 17 o'clock of some day on which a meter hangs there."""
    first_day, last_day = in_use(premise, span)
    day = int(own.integers(first_day, last_day))
    return day * SLOTS_PER_DAY + int(own.integers(36, 68))
