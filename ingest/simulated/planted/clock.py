"""Meters whose clock is wrong, and meters whose period programme is."""

import numpy as np

from ingest.simulated.customers.premise import Premise
from ingest.simulated.meters.flows import Flows
from ingest.simulated.planted.meter_life import in_use
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.setting import Setting
from ingest.simulated.surroundings.span import Span
from ingest.simulated.truth import Planted
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY

SLOTS_PER_MONTH = 365.25 / 12 * SLOTS_PER_DAY
_SLOTS_PER_HOUR = SLOTS_PER_DAY // 24
_PADDING = SLOTS_PER_DAY
"""How far a clock may be off [slots]."""
_BEFORE_SHARE = 0.3
_SYNCHRONISED_SHARE = 0.8


def draw_drift(premise: Premise, setting: Setting) -> Planted:
    """A clock that gains or loses minutes a month until it is synchronised."""
    span = setting.span
    own = stream(setting.seed, "clock drift", premise.number)
    first_day, last_day = in_use(premise, span)
    rate = float(own.uniform(1.0, 7.0)) * (1.0 if own.random() < 0.5 else -1.0)
    drawn, share = own.random(), own.uniform(0.0, 0.7)
    first_slot = int((first_day + share * (last_day - first_day)) * SLOTS_PER_DAY)
    detail: dict = {"offset_minutes": 0.0}
    if first_day == 0 and drawn < _BEFORE_SHARE:
        first_slot = 0
        detail = {"began_before_span": True}
        detail["offset_minutes"] = round(rate * float(own.uniform(0.0, 6.0)), 1)
    last_slot = last_day * SLOTS_PER_DAY
    day = first_slot // SLOTS_PER_DAY + int(own.integers(60, 420))
    synchronised = day * SLOTS_PER_DAY + int(own.integers(SLOTS_PER_DAY))
    if own.random() < _SYNCHRONISED_SHARE and synchronised < last_slot:
        last_slot = synchronised
        detail["ended_by"] = "synchronisation"
    return Planted("clock", "drift", first_slot, last_slot, round(rate, 2), "min/month", detail)


def draw_programme_lag(premise: Premise, setting: Setting) -> Planted:
    """A meter that keeps the old period programme until somebody changes it, or to the end."""
    span = setting.span
    own = stream(setting.seed, "programme lag", premise.number)
    first_day, last_day = in_use(premise, span)
    until = min(int(first_day + own.uniform(0.3, 1.2) * (last_day - first_day)), last_day)
    until = max(until, first_day + 1)
    return Planted(
        "clock",
        "programme_lag",
        first_day * SLOTS_PER_DAY,
        until * SLOTS_PER_DAY,
        float(until - first_day),
        "day",
    )


def is_wrong_clock(thing: Planted) -> bool:
    """Whether it is the clock, not the programme."""
    return thing.kind in {"drift", "clock_shift"}


def true_slots(thing: Planted, span: Span) -> np.ndarray:
    """When, truly, the meter's clock showed the edge of every slot, float64 (slots + 1,) [slots].

    What the clock showed twice counts as of the second time, what it jumped over as of the jump:
    so do the curves of a meter that stores its register at every quarter of an hour. The result
    never decreases. What began at the span's first slot, or lasts to its end, has no jump there.
    """
    offset, gain = _offset(thing)
    first, last = thing.first_slot, thing.last_slot
    shown = np.arange(span.slots + 1, dtype=np.float64)
    true = (shown - offset + gain * first) / (1.0 + gain)
    if first > 0:
        true = np.where(shown < first + min(offset, 0.0), shown, np.maximum(true, first))
    if last < span.slots:
        true = np.where(shown >= last, shown, np.minimum(true, last))
    return true


def ahead_seconds(thing: Planted, slots: np.ndarray) -> np.ndarray:
    """How far a wrong clock is ahead at some slots, float64 [s]; 0 before and after it is wrong."""
    offset, gain = _offset(thing)
    is_wrong = (slots >= thing.first_slot) & (slots < thing.last_slot)
    ahead_slots = offset + gain * (slots - thing.first_slot)
    return np.where(is_wrong, ahead_slots * (SLOT_MINUTES * 60), 0.0)


def _offset(thing: Planted) -> tuple[float, float]:
    """How far the clock is ahead at the start [slots], and what it gains in a slot."""
    if thing.kind == "clock_shift":
        return thing.amount * _SLOTS_PER_HOUR, 0.0
    gain = thing.amount / SLOT_MINUTES / SLOTS_PER_MONTH
    return thing.detail["offset_minutes"] / SLOT_MINUTES, gain


def stamped(flows: Flows, thing: Planted, span: Span) -> Flows:
    """Energy in the slots in which a wrong clock places it.

    The total stays what it is but for what crosses the edges of the span.
    """
    edges = true_slots(thing, span)
    return Flows(
        _between(flows.import_wh, edges),
        _between(flows.export_wh, edges),
        _between(flows.reactive_import_varh, edges),
        _between(flows.reactive_export_varh, edges),
    )


def _between(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Energy between edges that lie anywhere, of slots through which it flows evenly.

    Before and after the span flows what flows on its first and its last day.
    """
    if not values.any():
        return values
    longer = np.concatenate([values[:_PADDING], values, values[-_PADDING:], [0]])
    before = np.concatenate([[0], np.cumsum(longer[:-1], dtype=np.int64)])
    place = np.clip(edges + min(_PADDING, values.size), 0, longer.size - 1)
    whole = place.astype(np.int64)
    running = before[whole] + ((place - whole) * longer[whole]).astype(np.int64)
    return np.diff(running).astype(values.dtype)


def seen_slots(thing: Planted, span: Span) -> np.ndarray:
    """For every slot the one whose voltage and current a wrong clock places there (slots,)."""
    return np.clip(true_slots(thing, span)[:-1], 0, span.slots - 1).astype(np.int64)
