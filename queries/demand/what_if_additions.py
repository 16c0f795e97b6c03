"""Vehicles and roofs that come on top of what customers have."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.what_if_kinds import Roofs, Vehicles
from queries.demand.what_if_lots import lots, taking_part
from queries.demand.what_if_skies import READS as SKY_READS
from queries.demand.what_if_skies import filled_hours, sky_of
from queries.demand.what_if_terms import WhatIf, WhatIfError
from queries.held import Held
from queries.hourly_sun import READS as SUN_READS
from queries.hourly_sun import hourly_sun
from queries.schema import SLOTS_PER_DAY

READS = tuple(dict.fromkeys((*SKY_READS, *SUN_READS)))

HOME_AT_HOUR, HOME_SPREAD_HOURS = 17.6, 3.4
"""When the last trip of a day ends: mean and deviation (NHTS 2009, as Chinese studies use it)."""
_SLOTS_PER_HOUR = 4
_HOURS = 24
_NONE = -1
_suns: Held[tuple[np.ndarray, np.ndarray]] = Held(2)


@dataclass(frozen=True, slots=True)
class Fleet:
    """Vehicles of one kind.

    Attributes:
        kind: What they are.
        vehicle: Place of each customer's vehicle, −1 without one, (customers,).
        starts: Quarter of an hour in which each begins to charge on every day, (vehicles, days).
    """

    kind: Vehicles
    vehicle: np.ndarray
    starts: np.ndarray

    def energy_wh(self, customer: np.ndarray, day: np.ndarray) -> np.ndarray:
        """What each row's vehicle takes, (rows, 96); 0 without one.

        What charges past midnight is counted in the first hours of the same day: a day's energy
        stays the day's.
        """
        vehicle = self.vehicle[customer]
        start = self.starts[vehicle, day] if len(self.starts) else np.zeros(len(customer), int)
        since_start = (np.arange(SLOTS_PER_DAY) - start[:, None]) % SLOTS_PER_DAY
        whole_wh = self.kind.energy_kwh * 1000
        a_slot_wh = self._power_kw * 1000 / _SLOTS_PER_HOUR
        charged = np.clip(whole_wh - since_start * a_slot_wh, 0, a_slot_wh)
        return np.where((vehicle == _NONE)[:, None], 0.0, charged)

    @property
    def _power_kw(self) -> float:
        """Of the charger; less where the energy is spread over the valley."""
        if self.kind.charging != "smart":
            return self.kind.power_kw
        begin, end = self.kind.valley
        hours = ((end - begin) % SLOTS_PER_DAY or SLOTS_PER_DAY) / _SLOTS_PER_HOUR
        return min(self.kind.power_kw, self.kind.energy_kwh / hours)


@dataclass(frozen=True, slots=True)
class Plants:
    """Roof plants of one kind.

    Attributes:
        kind: What they are.
        sky: Place of each customer's weather among ``sun_kw_per_m2``, −1 without a plant.
        sun_kw_per_m2: On the level, by weather, day and hour, (skies, days, 24).
    """

    kind: Roofs
    sky: np.ndarray
    sun_kw_per_m2: np.ndarray

    def energy_wh(self, customer: np.ndarray, day: np.ndarray) -> np.ndarray:
        """What each row's plant makes, (rows, 96); 0 without one."""
        sky = self.sky[customer]
        if not len(self.sun_kw_per_m2):
            return np.zeros((len(customer), SLOTS_PER_DAY))
        peak_wh = self.kind.capacity_kw * self.kind.performance_share * 1000 / _SLOTS_PER_HOUR
        made = np.repeat(self.sun_kw_per_m2[sky, day] * peak_wh, _SLOTS_PER_HOUR, axis=1)
        return np.where((sky == _NONE)[:, None], 0.0, made)


def fleets(what_if: WhatIf, points: pl.DataFrame) -> list[Fleet]:
    """Who gets a vehicle of each kind, and when it charges.

    Args:
        what_if: The scenario.
        points: ``usage_point_id`` and ``customer_class`` of every customer, in their order.
    """
    days = (what_if.last_day - what_if.first_day).days + 1
    return [
        _fleet(kind, number, points, days, what_if.seed)
        for number, kind in enumerate(what_if.vehicles)
    ]


def _fleet(kind: Vehicles, number: int, points: pl.DataFrame, days: int, seed: int) -> Fleet:
    owner = _owners(kind, f"vehicle {number}", points, seed)
    vehicle = np.full(points.height, _NONE)
    vehicle[owner] = np.arange(len(owner))
    if kind.charging != "unmanaged":
        return Fleet(kind, vehicle, np.full((len(owner), days), kind.valley[0]))
    starts = np.zeros((len(owner), days), np.int64)
    lot = lots(points["usage_point_id"].gather(owner).to_list(), f"vehicle {number}", seed)
    for place, one in enumerate(lot):
        # A vehicle's days are its own: they do not change with who else is looked at.
        random = np.random.default_rng([seed, int(one * 2**53)])
        hours = random.normal(HOME_AT_HOUR, HOME_SPREAD_HOURS, days)
        starts[place] = np.floor(hours % _HOURS * _SLOTS_PER_HOUR)
    return Fleet(kind, vehicle, starts)


def _owners(kind: Vehicles | Roofs, what: str, points: pl.DataFrame, seed: int) -> np.ndarray:
    """Places of those who get one."""
    is_in = taking_part(points, kind.customer_classes, what, kind.uptake_share, seed)
    return np.flatnonzero(is_in)


def plants(what_if: WhatIf, points: pl.DataFrame, source: DuckDBPyConnection) -> list[Plants]:
    """Who gets a plant of each kind, and under which sky.

    Raises:
        WhatIfError: no irradiance is observed where a plant would stand.
    """
    if not what_if.roofs:
        return []
    asked = what_if.first_day, what_if.last_day, what_if.region_id
    sky, skies = _suns.of(source, asked, lambda: _sun(what_if, points, source))
    found = []
    for number, kind in enumerate(what_if.roofs):
        owner = _owners(kind, f"roof {number}", points, what_if.seed)
        if (sky[owner] == _NONE).any():
            raise WhatIfError(
                "roofs: no irradiance is observed where some of the plants would stand. Bring in "
                "weather with irradiance_w_per_m2 for these days, or leave roofs out."
            )
        of_owner = np.full(points.height, _NONE)
        of_owner[owner] = sky[owner]
        found.append(Plants(kind, of_owner, skies))
    return found


def _sun(
    what_if: WhatIf, points: pl.DataFrame, source: DuckDBPyConnection
) -> tuple[np.ndarray, np.ndarray]:
    """Place of each customer's weather, and the sun of every weather, as in ``Plants``."""
    asked = {"first_day": what_if.first_day, "last_day": what_if.last_day}
    hours = filled_hours(hourly_sun(source, **asked), "irradiance_w_per_m2", **asked)
    names = list(hours)
    skies = np.stack([hours[name] / 1000 for name in names]) if names else np.zeros((0, 0, _HOURS))
    return sky_of(what_if, points, names, source), skies


def is_touched(every: Sequence[Fleet | Plants]) -> np.ndarray | None:
    """Customers that get any of these, (customers,); None: there are none of them."""
    places = [one.vehicle if isinstance(one, Fleet) else one.sky for one in every]
    return np.stack(places).max(axis=0) != _NONE if places else None
