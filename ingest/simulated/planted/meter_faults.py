"""Meters and terminals that show something else than what flows, without anybody's intent."""

from collections.abc import Sequence

import numpy as np

from ingest.simulated.customers.premise import Premise
from ingest.simulated.meters.flows import Flows
from ingest.simulated.planted.meter_life import exchange, in_use, neighbouring_ratio
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.setting import Setting
from ingest.simulated.surroundings.span import Span
from ingest.simulated.truth import Planted
from queries.schema import SLOTS_PER_DAY

FAULTS = {
    "stopped": 0.14,  # 停走: counts nothing
    "fast": 0.10,
    "slow": 0.13,
    "reversed_ct": 0.11,  # one phase counts backwards
    "lost_voltage": 0.12,  # 失压: an element has current but no voltage
    "lost_phase": 0.09,  # 断相: an element has neither
    "frozen": 0.12,  # the terminal repeats a stale day
    "decreasing": 0.09,  # 示度下降: the register falls back once
    "wrong_multiplier": 0.10,  # the records carry another current ratio
}
"""Kinds of faults and their share of all faulty meters."""

_BEFORE_SHARE = 0.15
_ENDED_SHARE = 0.85
_REPLACED_SHARE = 0.7
_LONGEST_FROZEN_DAYS = 30
_FACTORS = {"stopped": (0.0, 0.0), "fast": (1.05, 1.2), "slow": (0.6, 0.93)}
_NEED_THREE_PHASES = {"lost_voltage", "lost_phase", "reversed_ct"}
_NEED_TRANSFORMERS = {"reversed_ct", "wrong_multiplier"}


def susceptible(kind: str, premise: Premise, span: Span) -> float:
    """1 where ``kind`` of fault can befall a premise, else 0."""
    first_day, last_day = in_use(premise, span)
    if kind == "frozen" and last_day - first_day < _LONGEST_FROZEN_DAYS + 2:
        return 0.0
    if kind in _NEED_THREE_PHASES and premise.phases != "ABC":
        return 0.0
    return 0.0 if kind in _NEED_TRANSFORMERS and premise.current_ratio <= 1.0 else 1.0


def draw_fault(kind: str, premise: Premise, setting: Setting) -> tuple[Planted, ...]:
    """One fault, and the new meter where it ends by one."""
    span = setting.span
    own = stream(setting.seed, "meter fault", premise.number)
    if kind == "frozen":
        return (_draw_frozen(premise, span, own),)
    first_slot, last_slot, detail = _period(premise, span, own)
    if kind == "wrong_multiplier":  # records are dated by the day
        first_slot -= first_slot % SLOTS_PER_DAY
        last_slot -= last_slot % SLOTS_PER_DAY
    amount, unit = _draw_amount(kind, premise, detail, own)
    fault = Planted("meter_fault", kind, first_slot, last_slot, amount, unit, detail)
    if "ended_by" not in detail:
        return (fault,)
    if kind == "wrong_multiplier":
        detail["ended_by"] = "corrected_record"
    elif kind in {"stopped", "fast", "slow", "decreasing"} or own.random() < _REPLACED_SHARE:
        detail["ended_by"] = "exchange"
        return fault, exchange(last_slot, span, own, "fault")
    return (fault,)


def _period(premise: Premise, span: Span, own: np.random.Generator) -> tuple[int, int, dict]:
    first_day, last_day = in_use(premise, span)
    detail: dict = {}
    drawn, share = own.random(), own.uniform(0.02, 0.85)
    first_slot = int((first_day + share * (last_day - first_day)) * SLOTS_PER_DAY)
    if drawn < _BEFORE_SHARE:
        first_slot = first_day * SLOTS_PER_DAY
        if first_day == 0:
            detail["began_before_span"] = True
    # Weeks to months until somebody notices and comes.
    lasts_days = int(np.clip(own.lognormal(np.log(70.0), 0.6), 15, 400))
    end_slot = (first_slot // SLOTS_PER_DAY + lasts_days) * SLOTS_PER_DAY
    end_slot += int(own.integers(36, 68))
    last_slot = last_day * SLOTS_PER_DAY
    if own.random() < _ENDED_SHARE and end_slot < last_slot:
        detail["ended_by"] = "repair"
        last_slot = end_slot
    return first_slot, last_slot, detail


def _draw_frozen(premise: Premise, span: Span, own: np.random.Generator) -> Planted:
    """Whole days; the day before them must be there to be repeated."""
    first_day, last_day = in_use(premise, span)
    length = int(own.integers(4, _LONGEST_FROZEN_DAYS + 1))
    day = first_day + 1 + int(own.uniform(0.0, 0.9) * (last_day - first_day - 1 - length))
    return Planted(
        "meter_fault",
        "frozen",
        day * SLOTS_PER_DAY,
        (day + length) * SLOTS_PER_DAY,
        float(length),
        "day",
        {"ended_by": "terminal_reset"},
    )


def _draw_amount(
    kind: str, premise: Premise, detail: dict, own: np.random.Generator
) -> tuple[float, str]:
    """Shown over true energy, or what else says how bad it is; particulars into ``detail``."""
    if kind in _FACTORS:
        return round(float(own.uniform(*_FACTORS[kind])), 3), "factor"
    if kind == "decreasing":
        return round(float(own.uniform(5.0, 200.0)), 2), "kWh"
    if kind == "wrong_multiplier":
        recorded = neighbouring_ratio(premise.current_ratio, own)
        detail |= {"true_ratio": premise.current_ratio, "recorded_ratio": recorded}
        return recorded / premise.current_ratio, "factor"
    phase = int(own.integers(3))
    detail["phase"] = "ABC"[phase]
    share = premise.phase_shares[phase]
    if kind == "reversed_ct":
        return 1.0 - 2.0 * share, "factor"
    # A loose contact leaves something; an open one picks up a few volts from its neighbours.
    is_loose = kind == "lost_voltage" and own.random() < 0.4
    left = round(float(own.uniform(0.2, 0.6) if is_loose else own.uniform(0.0, 0.08)), 3)
    detail["voltage_share"] = left
    return 1.0 - share * (1.0 - left if kind == "lost_voltage" else 1.0), "factor"


def miscounts(thing: Planted) -> bool:
    """Whether it makes a meter count by a factor; the other faults leave its counting alone."""
    return thing.group == "meter_fault" and thing.unit == "factor"


def misread(flows: Flows, fault: Planted) -> Flows:
    """What a meter that miscounts shows; a negative factor turns import into export."""
    there = slice(fault.first_slot, fault.last_slot)
    counted = [
        _scaled(values, there, abs(fault.amount))
        for values in (
            flows.import_wh,
            flows.export_wh,
            flows.reactive_import_varh,
            flows.reactive_export_varh,
        )
    ]
    if fault.amount < 0.0:
        for one, other in ((0, 1), (2, 3)):
            swapped = counted[one][there].copy()
            counted[one][there] = counted[other][there]
            counted[other][there] = swapped
    return Flows(*counted)


def _scaled(values: np.ndarray, there: slice, factor: float) -> np.ndarray:
    scaled = values.copy()
    scaled[there] = np.rint(values[there] * factor)
    return scaled


def stale_days(planted: Sequence[Planted], span: Span) -> np.ndarray | None:
    """For every day the day whose data the terminal hands over (days,); None: its own.

    Frozen registers follow it as much as curves: the reading of the day is that of the day given.
    """
    frozen = [thing for thing in planted if thing.kind == "frozen"]
    if not frozen:
        return None
    day = np.arange(span.days)
    for thing in frozen:
        first_day = thing.first_slot // SLOTS_PER_DAY
        day[first_day : thing.last_slot // SLOTS_PER_DAY] = max(first_day - 1, 0)
    return day


def repeated(values: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Values (…, slots) as handed over by a terminal that gives the data of ``days`` (days,)."""
    by_day = values.reshape(*values.shape[:-1], -1, SLOTS_PER_DAY)
    return by_day[..., days, :].reshape(values.shape)


def measured(
    voltage_v: np.ndarray, current_a: np.ndarray, fault: Planted
) -> tuple[np.ndarray, np.ndarray]:
    """What a faulty meter measures of voltages and currents (3, slots)."""
    there = slice(fault.first_slot, fault.last_slot)
    if fault.kind in {"fast", "slow", "wrong_multiplier"}:
        current_a = current_a.copy()
        current_a[:, there] *= np.float32(fault.amount)
    elif fault.kind in {"reversed_ct", "lost_voltage", "lost_phase"}:
        phase = "ABC".index(fault.detail["phase"])
        if fault.kind != "lost_voltage":
            current_a = current_a.copy()
            current_a[phase, there] *= np.float32(-1.0 if fault.kind == "reversed_ct" else 0.0)
        if fault.kind != "reversed_ct":
            voltage_v = voltage_v.copy()
            voltage_v[phase, there] *= np.float32(fault.detail["voltage_share"])
    return voltage_v, current_a
