"""Electricity drawn and not registered by intent."""

from collections.abc import Sequence

import numpy as np

from ingest.simulated.customers.premise import Premise, Tenancy
from ingest.simulated.loads.household import Household
from ingest.simulated.meters.flows import Flows
from ingest.simulated.planted.meter_life import exchange
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.setting import Setting
from ingest.simulated.surroundings.span import Span
from ingest.simulated.truth import Planted
from queries.schema import SLOTS_PER_DAY

THEFTS = {
    "bypass_share": 0.30,  # a share of everything flows past the meter
    "shunted_phase": 0.12,  # the current of one phase of three is led past its transformer
    "night_bypass": 0.13,  # past the meter from 22:00 to 06:00
    "magnet_days": 0.12,  # on some days a magnet slows the meter down
    "clock_shift": 0.08,  # the meter's clock is set off so that peak counts as valley
    "replaced_meter": 0.12,  # an own meter that counts a part
    "winter_bypass": 0.13,  # heating flows past the meter
}
"""Kinds of theft and their share of all thieves."""

_APPEAL = {
    "household": 1.0,
    "shop": 2.0,
    "restaurant": 5.0,
    "workshop": 5.0,
    "hotel": 2.0,
    "plant_one_shift": 1.0,
    "plant_two_shift": 1.5,
    "plant_three_shift": 1.5,
    "dairy_farm": 2.0,
    "data_room": 1.5,
    "large_hotel": 0.5,
    "irrigation": 1.0,
    "office": 0.3,
    "office_tower": 0.1,
    "school": 0.05,
    "campus": 0.02,
    "hospital": 0.02,
    "street_lighting": 0.01,
}
"""How readily a kind of premise steals; others: _USUAL."""
_USUAL = 1.0
_AT_NIGHT = {"data_room", "plant_two_shift", "plant_three_shift", "hotel", "workshop", "dairy_farm"}
_NEVER_SHIFTED = {"household", "street_lighting", "irrigation"}
"""Premises that pay one price around the clock, more often than not."""
_RANGES = {
    "bypass_share": (0.25, 0.85),
    "night_bypass": (0.6, 0.95),
    "replaced_meter": (0.4, 0.7),
    "winter_bypass": (0.4, 0.85),
}
"""Unregistered share."""
_NIGHT = np.arange(SLOTS_PER_DAY)
_NIGHT = (_NIGHT >= 22 * 4) | (_NIGHT < 6 * 4)
_SHORTEST_WINTER_DAYS = 30
_BEFORE_SHARE = 0.25
_INSPECTED_SHARE = 0.4
_LEFT_CURRENT_SHARE = 0.02
"""What a shunt still lets through the meter's current transformer."""
_SHIFTS_H = (5.0, 6.0, 6.0, 7.0, 8.0, 11.0, 12.0)
"""Peak is 7:30–10:30 and 16–21 o'clock, valley 22–5 and 11:30–12:30: 辽发改价格〔2023〕441号."""


def possible_thefts(setting: Setting) -> dict[str, float]:
    """THEFTS without those for which the span has no season."""
    has_winter = bool(setting.days.is_heating_season.any())
    return {kind: share for kind, share in THEFTS.items() if has_winter or kind != "winter_bypass"}


def appeal(kind: str, premise: Premise) -> float:
    """How readily ``kind`` of theft befalls a premise; 0: it cannot."""
    weight = _APPEAL.get(premise.kind, _USUAL)
    home = premise.tenancies[0].traits
    if isinstance(home, Household) and home.occupancy.kind == "vacant":
        weight *= 0.02
    if kind == "shunted_phase":
        return weight if premise.phases == "ABC" else 0.0
    if kind == "clock_shift":
        return 0.0 if premise.kind in _NEVER_SHIFTED else weight
    if kind == "night_bypass":
        wants = premise.kind in _AT_NIGHT or premise.vehicle is not None
        return weight * (4.0 if wants else 1.0)
    if kind == "winter_bypass":
        is_heated = isinstance(home, Household) and home.heating is not None
        return weight * (4.0 if is_heated else 0.4)
    return weight


def draw_theft(kind: str, premise: Premise, setting: Setting) -> tuple[Planted, ...]:
    """One thief's doing, and the new meter where an inspection ended it by one."""
    span = setting.span
    own = stream(setting.seed, "theft", premise.number)
    first_slot, last_slot, detail = _period(premise.tenancies, span, own)
    if kind == "winter_bypass":
        heated = setting.days.is_heating_season[first_slot // SLOTS_PER_DAY :][
            : (last_slot - first_slot) // SLOTS_PER_DAY
        ]
        if heated.sum() < _SHORTEST_WINTER_DAYS:
            first_slot, last_slot, detail = _whole_period(premise.tenancies, span)
    amount, unit = 0.0, "share"
    if kind == "clock_shift":
        amount, unit = float(own.choice(_SHIFTS_H)), "h"
    elif kind == "shunted_phase":
        phase = int(own.integers(3))
        amount = float(premise.phase_shares[phase])
        detail["phase"] = "ABC"[phase]
    elif kind == "magnet_days":
        amount = _draw_magnet_days(detail, first_slot, last_slot, own)
    else:
        amount = round(float(own.uniform(*_RANGES[kind])), 3)
    theft = Planted("theft", kind, first_slot, last_slot, amount, unit, detail)
    if "found_by" in detail and kind in {"replaced_meter", "magnet_days"}:
        return theft, exchange(last_slot, span, own, "theft")
    return (theft,)


def _whole_period(tenancies: Sequence[Tenancy], span: Span) -> tuple[int, int, dict]:
    """All the time of the tenant who stays longest."""
    tenancy = max(tenancies, key=lambda one: one.last_day - one.first_day)
    first_day = max(tenancy.first_day, 0)
    last_day = max(min(tenancy.last_day, span.days), first_day + 1)
    detail = {"began_before_span": True} if first_day == 0 else {}
    return first_day * SLOTS_PER_DAY, last_day * SLOTS_PER_DAY, detail


def _period(
    tenancies: Sequence[Tenancy], span: Span, own: np.random.Generator
) -> tuple[int, int, dict]:
    """When one tenant steals: from some evening, or all along, until found or gone."""
    first_slot, last_slot, detail = _whole_period(tenancies, span)
    drawn, share = own.random(), own.uniform(0.02, 0.8)
    evening = int(own.integers(76, 92))
    if drawn >= _BEFORE_SHARE:
        day = int((first_slot + share * (last_slot - first_slot)) / SLOTS_PER_DAY)
        first_slot, detail = day * SLOTS_PER_DAY + evening, {}
    found_slot = (first_slot // SLOTS_PER_DAY + int(own.integers(45, 400))) * SLOTS_PER_DAY
    found_slot += int(own.integers(36, 68))
    if own.random() < _INSPECTED_SHARE and found_slot < last_slot:
        last_slot = found_slot
        detail["found_by"] = "inspection"
    return first_slot, last_slot, detail


def _draw_magnet_days(
    detail: dict, first_slot: int, last_slot: int, own: np.random.Generator
) -> float:
    """The days with a magnet into ``detail``; returns the share it hides on average."""
    first_day, last_day = first_slot // SLOTS_PER_DAY, -(-last_slot // SLOTS_PER_DAY)
    is_magnet = own.random(last_day - first_day) < own.uniform(0.25, 0.6)
    is_magnet[0] = True
    hidden = np.round(own.uniform(0.5, 0.8, int(is_magnet.sum())), 2)
    detail["days"] = (first_day + np.flatnonzero(is_magnet)).tolist()
    detail["unregistered_shares"] = hidden.tolist()
    return round(float(hidden.sum() / hidden.size), 3)


def unregistered_share(theft: Planted, setting: Setting) -> np.ndarray | float:
    """The part of what flows that is not registered in every slot of the theft, 0 to 1."""
    if theft.kind == "clock_shift":
        return 0.0
    if theft.kind not in {"night_bypass", "magnet_days", "winter_bypass"}:
        return theft.amount
    span = setting.span
    first_day, last_day = theft.first_slot // SLOTS_PER_DAY, -(-theft.last_slot // SLOTS_PER_DAY)
    of_days = np.full(last_day - first_day, theft.amount)
    if theft.kind == "magnet_days":
        of_days[:] = 0.0
        of_days[np.array(theft.detail["days"]) - first_day] = theft.detail["unregistered_shares"]
    elif theft.kind == "winter_bypass":
        of_days *= setting.days.is_heating_season[first_day:last_day]
    of_slots = span.by_slot(of_days)
    if theft.kind == "night_bypass":
        of_slots *= np.tile(_NIGHT, last_day - first_day)
    start = first_day * SLOTS_PER_DAY
    return of_slots[theft.first_slot - start : theft.last_slot - start]


def steal(flows: Flows, theft: Planted, setting: Setting) -> tuple[Flows, np.ndarray]:
    """What the meter still registers, and what was stolen, int32 (slots,) [Wh]."""
    there = slice(theft.first_slot, theft.last_slot)
    share = unregistered_share(theft, setting)
    stolen_wh = _part(flows.import_wh, there, share)
    export_wh = flows.export_wh
    if theft.kind == "shunted_phase":
        export_wh = export_wh - _part(export_wh, there, share)
    left = Flows(
        flows.import_wh - stolen_wh,
        export_wh,
        flows.reactive_import_varh - _part(flows.reactive_import_varh, there, share),
        flows.reactive_export_varh - _part(flows.reactive_export_varh, there, share),
    )
    return left, stolen_wh


def _part(values: np.ndarray, there: slice, share: np.ndarray | float) -> np.ndarray:
    """``share`` of the values in some slots, parts of a watt-hour cut off; 0 elsewhere."""
    part = np.zeros_like(values)
    part[there] = values[there] * share
    return part


def seen_current_a(current_a: np.ndarray, theft: Planted, setting: Setting) -> np.ndarray:
    """The current the meter measures of ``current_a`` (3, slots) [A]."""
    there = slice(theft.first_slot, theft.last_slot)
    seen = current_a.copy()
    if theft.kind == "shunted_phase":
        seen["ABC".index(theft.detail["phase"]), there] *= np.float32(_LEFT_CURRENT_SHARE)
    else:
        seen[:, there] *= (1.0 - np.asarray(unregistered_share(theft, setting))).astype(np.float32)
    return seen
