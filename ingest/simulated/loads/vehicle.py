"""Electric vehicles charged at home: what is driven comes back at the wall, sooner or later."""

from dataclasses import dataclass

import numpy as np

from ingest.simulated.loads.switched_on import mean_power_w
from ingest.simulated.surroundings.setting import Setting
from queries.schema import SLOTS_PER_DAY

_SLOTS_PER_HOUR = SLOTS_PER_DAY // 24
_CHARGING_EFFICIENCY = 0.9
_VALLEY_HOURS = 8.0
"""A valley charger's timer lets go after this long; what is missing waits for the next night."""
_DRIVEN_SHARE_AT_HOME = 0.92
"""The rest is charged elsewhere."""


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A car and its owner's habits.

    Attributes:
        first_day: Day number of the span on which it first charges; negative: before the span.
        battery_kwh: Usable battery.
        charger_kw: Power at the wall while charging.
        kwh_per_km: Consumption in mild weather.
        km_per_day: Median distance of a day that is driven.
        idle_share: Days on which it stays in the garage.
        trips_per_year: Journeys of some days on which it charges elsewhere.
        plug_in_days: It is plugged in when this many days have passed since the last time …
        low_share: … or when less than this share of the battery is left.
        arrival_h: Usual local hour of coming home on a workday.
        is_valley: Charges by timer in the valley hours instead of at arrival.
        timer_h: Local hour at which its timer starts.
    """

    first_day: int
    battery_kwh: float
    charger_kw: float
    kwh_per_km: float
    km_per_day: float
    idle_share: float
    trips_per_year: float
    plug_in_days: int
    low_share: float
    arrival_h: float
    is_valley: bool
    timer_h: float


def draw_vehicle(stream: np.random.Generator, first_day: int) -> Vehicle:
    """A car bought so that it first charges on day ``first_day``."""
    charger_kw = float(stream.choice([3.3, 7.0], p=[0.3, 0.7]))
    return Vehicle(
        first_day=first_day,
        battery_kwh=float(stream.uniform(26, 45) if charger_kw < 5 else stream.uniform(42, 82)),
        charger_kw=charger_kw,
        kwh_per_km=float(stream.uniform(0.12, 0.165)),
        km_per_day=float(np.clip(stream.lognormal(np.log(36.0), 0.18), 26.0, 50.0)),
        idle_share=float(stream.uniform(0.08, 0.2)),
        trips_per_year=float(stream.uniform(1.0, 5.0)),
        plug_in_days=int(stream.choice([2, 3, 4], p=[0.35, 0.4, 0.25])),
        low_share=float(stream.uniform(0.25, 0.5)),
        arrival_h=float(stream.normal(18.5, 0.8)),
        is_valley=bool(stream.random() < 0.45),
        timer_h=float(22.0 + stream.choice([0.0, 0.25, 0.5, 1.0], p=[0.4, 0.1, 0.2, 0.3])),
    )


def vehicle_w(vehicle: Vehicle, setting: Setting, stream: np.random.Generator) -> np.ndarray:
    """Charging power in every slot, float32 (slots,) [W]; zero before the car is there."""
    slots = setting.span.slots
    if vehicle.first_day >= setting.span.days:
        return np.zeros(slots, dtype=np.float32)
    used_kwh, is_home = _driving(vehicle, setting, stream)
    day, wall_kwh, is_timed = _plugged_in(vehicle, used_kwh, is_home, stream)
    is_day_off = ~setting.days.is_workday[day]
    arrival = vehicle.arrival_h + np.where(is_day_off, -1.0, 0.0)
    arrival = arrival + stream.normal(0.0, np.where(is_day_off, 2.2, 1.2))
    # A timer's clock is read off an app: some seconds to minutes late, never early.
    timer = vehicle.timer_h + stream.exponential(0.05, day.size)
    start_h = np.where(is_timed, timer, arrival.clip(9.0, 23.5))
    charging = mean_power_w(
        day * SLOTS_PER_DAY + start_h * _SLOTS_PER_HOUR,
        wall_kwh / vehicle.charger_kw * _SLOTS_PER_HOUR,
        np.full(day.size, 1e3 * vehicle.charger_kw),
        slots,
    )
    return np.minimum(charging, 1e3 * vehicle.charger_kw)


def _driving(
    vehicle: Vehicle, setting: Setting, stream: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """What driving takes from the battery (days,) [kWh], and whether the car is home (days,)."""
    days = setting.span.days
    mean_c = setting.weather.temperature_c.reshape(days, SLOTS_PER_DAY).mean(axis=1)
    # Cabin heating and cold cells: AAA (2019), "Electric vehicle range testing", finds range down
    # by 41 % at −7 °C and by 17 % at 35 °C with the cabin at 22 °C; short trips in a city less.
    climate = 1.0 + 0.016 * np.clip(18.0 - mean_c, 0.0, 35.0) + 0.012 * np.clip(mean_c - 25, 0, 12)
    distance_km = vehicle.km_per_day * stream.lognormal(0.0, 0.45, days)
    distance_km[stream.random(days) < vehicle.idle_share] = 0.0
    leaves = stream.random(days) < vehicle.trips_per_year / 365.0
    lasts = stream.integers(2, 7, days)
    is_home = np.ones(days, dtype=bool)
    for day in np.flatnonzero(leaves):
        is_home[day : day + lasts[day]] = False
    is_home[: max(vehicle.first_day, 0)] = False
    used_kwh = distance_km * climate * vehicle.kwh_per_km * _DRIVEN_SHARE_AT_HOME
    return np.where(is_home, used_kwh, 0.0), is_home


def _plugged_in(
    vehicle: Vehicle, used_kwh: np.ndarray, is_home: np.ndarray, stream: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Days of charging, energy at the wall of each [kWh], and whether the timer starts it."""
    # Once in a while even valley chargers need the car at once.
    wants_timer = (stream.random(used_kwh.size) < 0.96) & vehicle.is_valley
    # Nobody empties a battery: below a tenth is charged on the road.
    most_kwh = 0.9 * vehicle.battery_kwh
    valley_kwh = _VALLEY_HOURS * vehicle.charger_kw
    missing_kwh, waited = float(stream.random()) * 0.3 * vehicle.battery_kwh, 0
    plugged: list[tuple[int, float]] = []
    day_use = zip(used_kwh.tolist(), is_home.tolist(), wants_timer.tolist(), strict=True)
    for day, (used, home, timed) in enumerate(day_use):
        if not home:
            continue
        missing_kwh, waited = min(missing_kwh + used, most_kwh), waited + 1
        low = missing_kwh > (1.0 - vehicle.low_share) * vehicle.battery_kwh
        if low or (waited >= vehicle.plug_in_days and missing_kwh > 0.0):
            wall_kwh = missing_kwh / _CHARGING_EFFICIENCY
            charged_kwh = min(wall_kwh, valley_kwh) if timed else wall_kwh
            plugged.append((day, charged_kwh))
            missing_kwh, waited = (wall_kwh - charged_kwh) * _CHARGING_EFFICIENCY, 0
    day = np.array([day for day, _ in plugged], dtype=np.int64)
    return day, np.array([kwh for _, kwh in plugged], dtype=np.float64), wants_timer[day]
