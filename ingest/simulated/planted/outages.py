"""Outages: what is switched off, by whom or by what, for how long."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ingest.simulated.grid.place import Place, areas_of
from ingest.simulated.loads.demand import Demand
from ingest.simulated.planted.change import copied
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.setting import Setting
from ingest.simulated.surroundings.span import Span
from ingest.simulated.truth import Planted
from queries.schema import SLOTS_PER_DAY

PER_AREA_AND_YEAR = 1.5
"""How often an area is without supply in a usual year."""

_DAYS_PER_YEAR = 365.25
_SLOTS_PER_HOUR = SLOTS_PER_DAY // 24
_SHORTEST_SLOTS, _LONGEST_SLOTS = 2, 20
_CAUSES = {"maintenance": 0.35, "storm": 0.25, "fault": 0.40}
_REACH = {"area": 0.50, "branch": 0.44, "feeder": 0.06}
"""What a switch cuts off: one area, all areas from some point of the trunk on, the whole feeder."""
_APART_DAYS = 2
_MAINTENANCE_MONTHS = (3, 4, 5, 9, 10)
_MAINTENANCE_H = (8.0, 9.5)
_STORM_M_PER_S = 7.0
_MILD_C, _SPREAD_C = 13.0, 14.0
_FAULT_HOURS = {1: (11.0, 21.0), -1: (5.0, 21.0)}
_REBOUND_SLOTS = 8
_LEAST_THERMOSTATIC, _MOST_THERMOSTATIC = 0.1, 0.4


@dataclass(frozen=True, slots=True)
class Outage:
    """A switch opened.

    Attributes:
        feeder: Number of the feeder.
        areas: Numbers of the transformer areas behind the switch.
        first_slot, last_slot: Without supply; ``last_slot`` is the first slot with it again.
        cause: maintenance, storm or fault.
        is_planned: It was announced.
        is_whole: The switch is the feeder's own: medium-voltage customers are cut off too.
    """

    feeder: int
    areas: frozenset[int]
    first_slot: int
    last_slot: int
    cause: str
    is_planned: bool
    is_whole: bool


@dataclass(frozen=True, slots=True)
class _Odds:
    """How likely every day is to bring an outage of each cause, summing up to 1."""

    of_days: dict[str, np.ndarray]
    windiest_slot: np.ndarray
    is_hot: np.ndarray


def plan_outages(place: Place, setting: Setting) -> tuple[Outage, ...]:
    """All outages of the district, feeder by feeder in order of time.

    Maintenance falls on workdays of spring and autumn, storms on windy and rainy days, faults on
    days far from mild, when lines and transformers are loaded most.
    """
    odds = _odds(setting)
    found: list[Outage] = []
    for feeder in place.feeders:
        areas = [area.number for area in areas_of(place, feeder.number)]
        found += _of_feeder(feeder.number, areas, odds, setting)
    return tuple(found)


def _odds(setting: Setting) -> _Odds:
    days, weather = setting.days, setting.weather
    shape = (setting.span.days, SLOTS_PER_DAY)
    wind = weather.wind_m_per_s.reshape(shape)
    mean_c = weather.temperature_c.reshape(shape).mean(axis=1, dtype=np.float64)
    months = np.array([day.month for day in setting.span.dates])
    wanted = {
        "maintenance": (days.is_workday & np.isin(months, _MAINTENANCE_MONTHS)).astype(np.float64),
        "storm": np.maximum(wind.max(axis=1) - _STORM_M_PER_S, 0.0) ** 2 * (1 + weather.rain_mm),
        "fault": (np.abs(mean_c - _MILD_C) / _SPREAD_C) ** 3,
    }
    even = np.full(setting.span.days, 1.0 / setting.span.days)
    return _Odds(
        of_days={
            cause: weights / weights.sum() if weights.sum() > 0 else even
            for cause, weights in wanted.items()
        },
        windiest_slot=wind.argmax(axis=1),
        is_hot=mean_c > _MILD_C,
    )


def _of_feeder(feeder: int, areas: Sequence[int], odds: _Odds, setting: Setting) -> list[Outage]:
    own = stream(setting.seed, "outages", feeder)
    years = setting.span.days / _DAYS_PER_YEAR
    count = int(own.poisson(PER_AREA_AND_YEAR * years * len(areas) / _mean_areas(len(areas))))
    found: list[Outage] = []
    for _ in range(count):
        cause = str(own.choice(list(_CAUSES), p=list(_CAUSES.values())))
        day = int(own.choice(setting.span.days, p=odds.of_days[cause]))
        first_slot, last_slot = _period(cause, day, odds, own)
        behind = _behind(areas, own)
        if all(abs(day - other.first_slot // SLOTS_PER_DAY) >= _APART_DAYS for other in found):
            found.append(
                Outage(
                    feeder=feeder,
                    areas=frozenset(behind),
                    first_slot=first_slot,
                    last_slot=min(last_slot, setting.span.slots),
                    cause=cause,
                    is_planned=cause == "maintenance",
                    is_whole=len(behind) == len(areas),
                )
            )
    return sorted(found, key=lambda outage: outage.first_slot)


def _mean_areas(areas: int) -> float:
    """How many areas an outage cuts off on average."""
    branch = areas / 2 if areas > 1 else 1
    return _REACH["area"] + _REACH["branch"] * branch + _REACH["feeder"] * areas


def _behind(areas: Sequence[int], own: np.random.Generator) -> Sequence[int]:
    """The areas behind the switch that opens; those of a branch are the last of the trunk."""
    reach = str(own.choice(list(_REACH), p=list(_REACH.values())))
    position = int(own.integers(1, max(len(areas), 2)))
    if reach == "feeder" or len(areas) == 1:
        return areas
    return areas[position:] if reach == "branch" else areas[position : position + 1]


def _period(cause: str, day: int, odds: _Odds, own: np.random.Generator) -> tuple[int, int]:
    drawn, noise = own.random(), own.normal()
    start = day * SLOTS_PER_DAY
    if cause == "maintenance":
        first_h = _MAINTENANCE_H[0] + drawn * (_MAINTENANCE_H[1] - _MAINTENANCE_H[0])
        first, length = round(first_h * _SLOTS_PER_HOUR), 14 + 3 * noise
    elif cause == "storm":
        first, length = int(odds.windiest_slot[day]), 8 * np.exp(0.6 * noise)
    else:
        earliest_h, latest_h = _FAULT_HOURS[1 if odds.is_hot[day] else -1]
        first = int((earliest_h + drawn * (latest_h - earliest_h)) * _SLOTS_PER_HOUR)
        length = 5 * np.exp(0.6 * noise)
    lasts = int(np.clip(round(length), _SHORTEST_SLOTS, _LONGEST_SLOTS))
    return start + first, start + first + lasts


def planted_outage(outage: Outage) -> Planted:
    """An outage as a planted thing of its feeder."""
    hours = (outage.last_slot - outage.first_slot) / _SLOTS_PER_HOUR
    detail = {
        "area_numbers": sorted(outage.areas),
        "is_planned": outage.is_planned,
        "is_whole": outage.is_whole,
    }
    return Planted("outage", outage.cause, outage.first_slot, outage.last_slot, hours, "h", detail)


def is_out(outages: Sequence[Outage], span: Span) -> np.ndarray:
    """Where there is no supply, bool (slots,). ``outages`` are those of one premise or area."""
    found = np.zeros(span.slots, dtype=bool)
    for outage in outages:
        found[outage.first_slot : outage.last_slot] = True
    return found


def cut(demand: Demand, outages: Sequence[Outage], setting: Setting) -> Demand:
    """What is drawn of a demand when there are outages; none of it during one.

    What thermostats could not heat or cool in the last two hours of an outage they make up for in
    the two after it, fading; 10 % of the demand is theirs in mild weather, 40 % in heat and frost.
    Nothing draws more than it ever wanted to at once: a lamp does not burn brighter.

    Args:
        demand: What is wanted; left as it is.
        outages: Those of the premise.
        setting: Of the district.
    """
    if not outages:
        return demand
    drawn, most_w = copied(demand), demand.active_w.max()
    for outage in outages:
        _rebound(demand, drawn, outage, most_w, setting)
    for outage in outages:
        for power in (drawn.active_w, drawn.reactive_var):
            power[outage.first_slot : outage.last_slot] = 0
    return drawn


def _rebound(
    demand: Demand, drawn: Demand, outage: Outage, most_w: np.float32, setting: Setting
) -> None:
    last = outage.last_slot
    missed_w = demand.active_w[max(outage.first_slot, last - _REBOUND_SLOTS) : last]
    after = slice(last, last + _REBOUND_SLOTS)
    wanted_w = demand.active_w[after]
    if not wanted_w.size:
        return
    outside_c = float(setting.weather.temperature_c[last])
    share = np.clip(
        _MOST_THERMOSTATIC * abs(outside_c - _MILD_C) / _SPREAD_C,
        _LEAST_THERMOSTATIC,
        _MOST_THERMOSTATIC,
    )
    fading = np.arange(_REBOUND_SLOTS, 0, -1, dtype=np.float32)
    added_w = np.float32(share) * missed_w.sum(dtype=np.float64) * (fading / fading.sum())
    after_w = np.minimum(wanted_w + added_w[: wanted_w.size], most_w).astype(np.float32)
    ratio = np.divide(after_w, wanted_w, out=np.ones_like(after_w), where=wanted_w > 0)
    drawn.active_w[after] = after_w
    drawn.reactive_var[after] *= ratio
