"""Legal reasons for a fall of consumption that looks like theft."""

from collections.abc import Sequence

import numpy as np

from ingest.simulated.customers.premise import Premise
from ingest.simulated.loads.demand import Demand
from ingest.simulated.planted.change import scale
from ingest.simulated.planted.lots import allotted
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.setting import Setting
from ingest.simulated.surroundings.span import Span
from ingest.simulated.truth import Planted
from queries.schema import SLOTS_PER_DAY

SHARE = 0.035
"""Decoys for every premise of the district, as many as thieves."""

DECOYS = {
    "moved_out": 0.14,
    "long_absence": 0.14,
    "led_retrofit": 0.14,
    "efficient_appliances": 0.14,
    "business_decline": 0.16,
    "partial_closure": 0.12,
    "shift_cut": 0.06,
    "seasonal_stop": 0.10,
}
"""Kinds of decoy and their share of all."""

_PLANTS = dict.fromkeys(["plant_one_shift", "plant_two_shift", "plant_three_shift"], 1.5)
_APPEAL: dict[str, dict[str, float]] = {
    "moved_out": {"household": 1.0, "shop": 1.5, "restaurant": 1.0},
    "long_absence": {"household": 1.0},
    "led_retrofit": {"shop": 2.0, "office": 2.0, "school": 2.0, "street_lighting": 2.0}
    | {"household": 0.2, "hotel": 2.0, "hospital": 2.0, "workshop": 1.0},
    "efficient_appliances": {"household": 1.0},
    "business_decline": {"shop": 1.0, "restaurant": 1.5, "hotel": 1.5, "workshop": 1.5} | _PLANTS,
    "partial_closure": {"office": 1.5, "school": 1.0, "hotel": 1.5, "workshop": 1.0}
    | {"shop": 0.5, "dairy_farm": 1.5}
    | _PLANTS,
    "shift_cut": {"plant_two_shift": 1.0, "plant_three_shift": 1.0},
    "seasonal_stop": {"restaurant": 1.0, "hotel": 0.5, "workshop": 1.0, "plant_one_shift": 1.0},
}
"""How readily a decoy befalls a kind of premise; others: never."""

_RANGES = {
    "moved_out": (-1.0, -0.9),
    "long_absence": (-0.95, -0.8),
    "led_retrofit": (-0.30, -0.15),
    "efficient_appliances": (-0.25, -0.10),
    "business_decline": (-0.70, -0.30),
    "partial_closure": (-0.55, -0.25),
    "shift_cut": (-0.80, -0.60),
    "seasonal_stop": (-0.95, -0.80),
}
"""Change as a share of what would be consumed: in the end, in the dark, in the dropped shift."""
_PASSING_DAYS = {"long_absence": (21, 84), "seasonal_stop": (60, 130)}
"""How long what ends by itself takes; everything else lasts."""
_LIGHTING_BY_DAY_SHARE = 0.5
"""Lights burn by day too, but not all of them."""
_SHIFT_H = 8
_STOP_MONTHS = (11, 12, 1)
_EARLIEST, _LATEST = 0.25, 0.75


def plan_decoys(
    candidates: Sequence[Premise], count: int, setting: Setting
) -> dict[int, tuple[Planted, ...]]:
    """One decoy for each of at most ``count`` of the candidates, by premise number."""
    weights = {
        kind: np.array([appeal.get(premise.kind, 0.0) for premise in candidates])
        for kind, appeal in _APPEAL.items()
    }
    found = allotted(DECOYS, weights, count, stream(setting.seed, "decoys"))
    return {
        candidates[position].number: (_draw(kind, candidates[position], setting),)
        for position, kind in sorted(found.items())
    }


def _draw(kind: str, premise: Premise, setting: Setting) -> Planted:
    own = stream(setting.seed, "decoy", premise.number)
    span = setting.span
    amount = round(float(own.uniform(*_RANGES[kind])), 3)
    possible = np.arange(int(_EARLIEST * span.days), int(_LATEST * span.days))
    detail: dict = {}
    if kind == "seasonal_stop":
        possible = _winter(possible, span)
    elif kind == "business_decline":
        detail["falls_for_days"] = int(own.integers(60, 270))
    elif kind == "led_retrofit":
        detail["by_day_share"] = _LIGHTING_BY_DAY_SHARE
    elif kind == "shift_cut":
        detail["hours"] = _dropped_shift_h(premise)
    first_day = int(own.choice(possible))
    last_day = span.days
    if kind in _PASSING_DAYS:
        last_day = min(first_day + int(own.integers(*_PASSING_DAYS[kind])), span.days)
    slots = first_day * SLOTS_PER_DAY, last_day * SLOTS_PER_DAY
    return Planted("decoy", kind, *slots, amount, "share", detail)


def _winter(days: np.ndarray, span: Span) -> np.ndarray:
    """Those of the days on which a business may stop for the cold; all, if none of them is."""
    dates = span.dates
    winter = [day for day in days.tolist() if dates[day].month in _STOP_MONTHS]
    return np.array(winter) if winter else days


def _dropped_shift_h(premise: Premise) -> list[float]:
    """From which to which hour of the day nobody works any more: the late or the night shift."""
    if premise.kind == "plant_three_shift":
        return [0, _SHIFT_H]
    manned = np.flatnonzero(np.array(premise.tenancies[0].traits.shift) > 0)
    begins_h = float(manned[0]) * 24 / SLOTS_PER_DAY
    return [begins_h + _SHIFT_H, min(begins_h + 2 * _SHIFT_H, 24)]


def fall(demand: Demand, planted: Planted, setting: Setting) -> float:
    """Let a demand fall in place; what that changes over the span [Wh]."""
    factor = 1.0 + planted.amount * _applied_share(planted, setting)
    if isinstance(factor, np.ndarray):
        factor = factor.astype(np.float32)
    return scale(demand, planted.first_slot, planted.last_slot, factor)


def _applied_share(planted: Planted, setting: Setting) -> float | np.ndarray:
    """How much of a decoy's amount applies, always or in every slot of it."""
    if planted.kind == "business_decline":
        return _fallen_share(planted)
    if planted.kind == "led_retrofit":
        return _lighting_share(planted, setting)
    return _dropped_share(planted) if planted.kind == "shift_cut" else 1.0


def _fallen_share(planted: Planted) -> np.ndarray:
    """How much of the decline is over, 0–1, in every slot of it."""
    days = np.arange((planted.last_slot - planted.first_slot) // SLOTS_PER_DAY)
    return np.repeat(np.minimum((days + 1) / planted.detail["falls_for_days"], 1.0), SLOTS_PER_DAY)


def _lighting_share(planted: Planted, setting: Setting) -> np.ndarray:
    """1 in the dark, less by day."""
    days = slice(planted.first_slot // SLOTS_PER_DAY, planted.last_slot // SLOTS_PER_DAY)
    hour = (np.arange(SLOTS_PER_DAY) + 0.5) * (24 / SLOTS_PER_DAY)
    sunrise_h, sunset_h = setting.days.sunrise_h[days, None], setting.days.sunset_h[days, None]
    is_light = (hour > sunrise_h) & (hour < sunset_h)
    return np.where(is_light, planted.detail["by_day_share"], 1.0).ravel()


def _dropped_share(planted: Planted) -> np.ndarray:
    """1 in the hours of the shift that is dropped."""
    first_h, last_h = planted.detail["hours"]
    hour = np.arange(SLOTS_PER_DAY) * (24 / SLOTS_PER_DAY)
    is_dropped = (hour >= first_h) & (hour < last_h)
    days = (planted.last_slot - planted.first_slot) // SLOTS_PER_DAY
    return np.tile(is_dropped.astype(np.float64), days)


def decoys_wanted(premises: int) -> int:
    """How many decoys a district of so many premises holds: 21 for 600."""
    return round(SHARE * premises)
