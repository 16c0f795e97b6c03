"""Demand response: customers asked the day before to draw less for some hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from ingest.simulated.customers.premise import Premise
from ingest.simulated.loads.demand import Demand
from ingest.simulated.planted.change import add, energy_wh
from ingest.simulated.planted.lots import drawn
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.setting import Setting
from ingest.simulated.truth import Planted
from queries.schema import SLOTS_PER_DAY

KIND = "response_event"
TRADE_SHARE = 0.25
"""Enrolled of TRADES."""
HOUSEHOLD_SHARE = 0.06
"""Enrolled of the households."""
TRADES = {
    "shop": 1.0,
    "restaurant": 0.7,
    "office": 1.5,
    "hotel": 1.0,
    "data_room": 0.7,
    "workshop": 2.0,
    "dairy_farm": 0.7,
    "plant_one_shift": 3.0,
    "plant_two_shift": 3.0,
    "plant_three_shift": 3.0,
}
"""Kinds of commerce and industry that may enrol, and how readily they do."""

_SLOTS_PER_HOUR = SLOTS_PER_DAY // 24
_CALLED_H = 10
_EARLIEST_DAY = 10
"""No event before there are days to compare with."""
_APART_DAYS = 2
_PRE_COOLING_SLOTS = 4
_COOLS = {"household", "shop", "restaurant", "office", "hotel"}
_AGREED_AT_HOME_KW = (0.1, 0.5)
_AGREED_CAPACITY_SHARE = (0.04, 0.16)
_STYLES = {
    "idle": (0.15, 0.0, 0.0),
    "partial": (0.35, 0.3, 0.8),
    "faithful": (0.35, 0.85, 1.1),
    "eager": (0.15, 1.15, 1.6),
}
"""Customers by what they mean to deliver of what they agreed: their share, least and most."""
_MISSED_SHARE = 0.08
"""Events in which even those who usually take part do nothing."""


@dataclass(frozen=True, slots=True)
class _Season:
    """When the system is short, and how often: ``events`` in a season of ``days`` workdays."""

    reason: str
    months: tuple[int, ...]
    hours: tuple[int, int]
    starts: tuple[int, int]
    lasts: tuple[int, int]
    events: int
    days: int
    sign: int


_SEASONS = (
    _Season("heat", (6, 7, 8), (14, 18), (56, 66), (8, 16), 4, 64, 1),
    _Season("cold", (12, 1, 2), (16, 20), (66, 71), (8, 12), 2, 60, -1),
)
"""Slots of the day within which an event starts, and how many it lasts; the temperature ranks
the days by their mean over ``hours``."""


@dataclass(frozen=True, slots=True)
class Event:
    """One call for response.

    Attributes:
        event_id: Such as DR-2024-07-12.
        first_slot, last_slot: Of the span; ``last_slot`` is the first slot after.
        called_slot: When it was announced.
        reason: heat or cold.
    """

    event_id: str
    first_slot: int
    last_slot: int
    called_slot: int
    reason: str


def response_events(setting: Setting) -> tuple[Event, ...]:
    """The calls within the span, six in a usual year, in order of time.

    They fall on the workdays with the hottest afternoons and the coldest evenings of every year.
    """
    span, days = setting.span, setting.days
    dates = span.dates
    by_day = setting.weather.temperature_c.reshape(span.days, SLOTS_PER_DAY)
    found: dict[int, Event] = {}
    for season in _SEASONS:
        slots = slice(*(hour * _SLOTS_PER_HOUR for hour in season.hours))
        felt_c = season.sign * by_day[:, slots].mean(axis=1, dtype=np.float64)
        for year in range(dates[0].year, dates[-1].year + 1):
            possible = [
                day
                for day in range(_EARLIEST_DAY, span.days - 2)
                if dates[day].year == year
                and dates[day].month in season.months
                and days.is_workday[day]
            ]
            wanted = round(season.events * min(len(possible) / season.days, 1.0))
            for day in _extreme(possible, felt_c, wanted):
                found[day] = _event(season, day, dates[day], setting.seed)
    return tuple(found[day] for day in sorted(found))


def _extreme(possible: Sequence[int], felt_c: np.ndarray, wanted: int) -> list[int]:
    """The most extreme days, none close to another."""
    chosen: list[int] = []
    for day in sorted(possible, key=lambda day: (-felt_c[day], day)):
        if len(chosen) < wanted and all(abs(day - other) >= _APART_DAYS for other in chosen):
            chosen.append(day)
    return chosen


def _event(season: _Season, day: int, when: date, seed: int) -> Event:
    own = stream(seed, "response event", when.toordinal())
    # On the half hour, as announcements are.
    first = int(own.integers(season.starts[0] // 2, season.starts[1] // 2 + 1)) * 2
    length = int(own.integers(season.lasts[0] // 2, season.lasts[1] // 2 + 1)) * 2
    start = day * SLOTS_PER_DAY + first
    called = (day - 1) * SLOTS_PER_DAY + _CALLED_H * _SLOTS_PER_HOUR
    return Event(f"DR-{when}", start, start + length, called, season.reason)


def plan_responses(
    candidates: Sequence[Premise], count: int, setting: Setting, purpose: str
) -> dict[int, tuple[Planted, ...]]:
    """What ``count`` of the candidates do at every event after they enrolled.

    Args:
        candidates: Premises to choose from, households or TRADES.
        count: How many enrol, where there are as many.
        setting: Of the district.
        purpose: Of the random stream that chooses.
    """
    events = response_events(setting)
    if not events:
        return {}
    weights = np.array([_readiness(premise) for premise in candidates])
    chosen = drawn(weights, count, stream(setting.seed, purpose))
    members = sorted((candidates[position] for position in chosen), key=lambda one: one.number)
    return {premise.number: _responses(premise, events, setting) for premise in members}


def _readiness(premise: Premise) -> float:
    """Weight with which a premise enrols; homes with more to switch off are readier."""
    if premise.kind == "household":
        return premise.tenancies[0].traits.connected_kw
    return TRADES[premise.kind]


def _responses(premise: Premise, events: Sequence[Event], setting: Setting) -> tuple[Planted, ...]:
    own = stream(setting.seed, "response", premise.number)
    contract, pre_cooled_share = _contract(premise, own)
    keeps = own.uniform(*_STYLES[contract["style"]][1:])
    # Most were there from the beginning, some joined while the programme ran.
    joins, share = own.random() < 0.25, own.uniform(0.05, 0.4)
    accepted_day = int(share * setting.span.days) if joins else -int(own.integers(20, 200))
    varies = own.normal(0.0, 0.1, len(events)).tolist()
    misses = own.random(len(events)).tolist()
    planted = []
    for event, varied, missed in zip(events, varies, misses, strict=True):
        if event.first_slot <= (accepted_day + 1) * SLOTS_PER_DAY:
            continue
        intended = 0.0 if missed < _MISSED_SHARE else max(keeps * (1.0 + varied), 0.0)
        detail = contract | {
            "event_id": event.event_id,
            "accepted_day": accepted_day,
            "intended_share": round(intended, 4),
            "pre_cooled_share": pre_cooled_share if event.reason == "heat" else 0.0,
        }
        kw = round(contract["agreed_kw"] * intended, 4)
        slots = event.first_slot, event.last_slot
        planted.append(Planted("programme", KIND, *slots, kw, "kW", detail))
    return tuple(planted)


def _contract(premise: Premise, own: np.random.Generator) -> tuple[dict[str, Any], float]:
    """What a customer agreed to and is like, and the share it draws before an event in summer."""
    if premise.kind == "household":
        kw = own.uniform(*_AGREED_AT_HOME_KW)
    else:
        kw = premise.capacity_kva * own.uniform(*_AGREED_CAPACITY_SHARE)
    contract = {
        "agreed_kw": max(round(float(kw), 1), 0.1),
        "style": str(own.choice(list(_STYLES), p=[share for share, _, _ in _STYLES.values()])),
        "flexible_share": round(float(own.uniform(0.3, 0.7)), 3),
        "rebound_share": round(float(own.uniform(0.1, 0.6)), 3),
        "rebound_slots": int(own.integers(4, 17)),
    }
    pre_cools = premise.kind in _COOLS and own.random() < 0.5
    return contract, round(float(own.uniform(0.08, 0.3)), 3) if pre_cools else 0.0


def curtail(demand: Demand, planted: Planted) -> float:
    """Respond to one event in place; what it changes in all [Wh].

    In the event's window the load falls by ``amount`` kW, yet by no more than the flexible share
    of it. Of the energy curtailed, a share is drawn in the hour before (pre-cooling) and a share
    comes back after (rebound), fading: the change in all is −curtailed × (1 − both shares).
    """
    detail, first, last = planted.detail, planted.first_slot, planted.last_slot
    there_w = demand.active_w[first:last]
    flexible_w = np.float32(detail["flexible_share"]) * there_w
    curtailed_w = np.minimum(np.float32(1e3 * planted.amount), flexible_w)
    curtailed_wh = energy_wh(curtailed_w)
    if curtailed_wh == 0.0:
        return 0.0
    changed_wh = add(demand, first, -curtailed_w)
    before_wh = curtailed_wh * detail["pre_cooled_share"]
    if before_wh:
        even = np.full(_PRE_COOLING_SLOTS, 1.0 / _PRE_COOLING_SLOTS)
        changed_wh += add(demand, first - _PRE_COOLING_SLOTS, _spread_w(before_wh, even))
    fading = np.arange(detail["rebound_slots"], 0, -1, dtype=np.float64)
    after_wh = curtailed_wh * detail["rebound_share"]
    return changed_wh + add(demand, last, _spread_w(after_wh, fading / fading.sum()))


def _spread_w(total_wh: float, shares: np.ndarray) -> np.ndarray:
    return (total_wh * shares * _SLOTS_PER_HOUR).astype(np.float32)
