"""Cooling and heating of rooms by electricity, driven by the weather."""

from dataclasses import dataclass

import numpy as np

from ingest.simulated.loads.occupancy import HOME, Presence
from ingest.simulated.loads.switched_on import mean_power_w
from ingest.simulated.surroundings.setting import Setting
from queries.schema import SLOTS_PER_DAY

_SLOTS_PER_HOUR = SLOTS_PER_DAY // 24
_ROOM_C = 18.0
_VALLEY_HOURS = 8.0
_AIR_CONDITIONED_SHARE = {"urban": 0.7, "suburban": 0.62, "rural": 0.4, "street": 0.7}
_HEATED_SHARE = {"urban": 0.012, "suburban": 0.05, "rural": 0.12, "street": 0.02}


@dataclass(frozen=True, slots=True)
class AirConditioner:
    """The air conditioners of a home together.

    Attributes:
        power_kw: Electrical power of those that run together.
        comfort_c: Slow outdoor temperature above which they are wanted.
        is_on_asleep: They run through warm nights.
        arrival_h: Local hour of the evening at which they are switched on.
    """

    power_kw: float
    comfort_c: float
    is_on_asleep: bool
    arrival_h: float


@dataclass(frozen=True, slots=True)
class Heating:
    """Electric heating of a home without district heating.

    Attributes:
        power_kw: What it draws when it is on.
        loss_kw_per_k: Electricity to keep a degree between room and outside.
        is_storage: Stores its heat in the valley hours, by timer.
        timer_h: Local hour at which the timer of a storage heater starts.
        cycles_per_hour: Of the thermostat of any other.
    """

    power_kw: float
    loss_kw_per_k: float
    is_storage: bool
    timer_h: float
    cycles_per_hour: float


def draw_air_conditioner(stream: np.random.Generator, area_kind: str) -> AirConditioner | None:
    """The air conditioners of a home, if it has any."""
    is_owned = stream.random() < _AIR_CONDITIONED_SHARE.get(area_kind, 0.5)
    together = int(stream.choice([1, 2], p=[0.7, 0.3]))
    drawn = AirConditioner(
        power_kw=float(together * stream.uniform(0.65, 1.1)),
        comfort_c=float(stream.normal(25.4, 1.5)),
        is_on_asleep=bool(stream.random() < 0.4),
        arrival_h=float(stream.normal(19.0, 1.2)),
    )
    return drawn if is_owned else None


def draw_heating(stream: np.random.Generator, area_kind: str) -> Heating | None:
    """The electric heating of a home, if it has any."""
    is_owned = stream.random() < _HEATED_SHARE.get(area_kind, 0.0)
    is_storage = bool(stream.random() < 0.35)
    loss_kw_per_k = float(np.clip(stream.lognormal(np.log(0.045), 0.3), 0.025, 0.09))
    # Sized for −22 °C; a storage heater takes the day's heat in a third of it.
    power_kw = 40.0 * loss_kw_per_k * (24.0 / _VALLEY_HOURS if is_storage else 1.2)
    drawn = Heating(
        power_kw=round(power_kw, 1),
        loss_kw_per_k=loss_kw_per_k,
        is_storage=is_storage,
        timer_h=float(22.0 + stream.choice([0.0, 0.25, 0.5, 1.0], p=[0.5, 0.1, 0.2, 0.2])),
        cycles_per_hour=float(stream.uniform(0.8, 2.5)),
    )
    return drawn if is_owned else None


def cooling_w(
    cooler: AirConditioner, presence: Presence, setting: Setting, stream: np.random.Generator
) -> np.ndarray:
    """Power of the air conditioners in every slot, float32 (slots,) [W]."""
    slots, slow_c = setting.span.slots, setting.weather.slow_temperature_c
    start, duration = _cooled(cooler, presence, setting, stream)
    # The room is cooled down first at full power; then an inverter holds it.
    first = np.minimum(duration, stream.uniform(0.5, 3.0, start.size))
    once = np.ones(start.size)
    on_share = np.minimum(mean_power_w(start, duration, once, slots), 1.0)
    full_share = np.minimum(mean_power_w(start, first, once, slots), 1.0)
    on = np.flatnonzero(on_share)
    effort = np.clip(0.25 + 0.06 * (slow_c[on] - cooler.comfort_c), 0.12, 0.7)
    effort *= stream.random(on.size, dtype=np.float32) + np.float32(0.5)
    cooling = np.zeros(slots, dtype=np.float32)
    cooling[on] = full_share[on] + (on_share[on] - full_share[on]) * effort.clip(0.0, 1.0)
    cooling *= np.float32(1e3 * cooler.power_kw)
    return cooling


def _cooled(
    cooler: AirConditioner, presence: Presence, setting: Setting, stream: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """When the air conditioners are switched on and for how long [slots]."""
    days = setting.span.days
    evening_c = setting.weather.slow_temperature_c[18 * _SLOTS_PER_HOUR :: SLOTS_PER_DAY]
    excess_k = np.clip(evening_c - cooler.comfort_c + 0.5, 0.0, None)
    is_wanted = 0.92 * (1.0 - np.exp(-0.6 * excess_k)) * ~presence.is_away
    evening = np.flatnonzero(stream.random(days) < is_wanted)
    stays_share = np.where(presence.pattern == HOME, 0.7, 0.1)
    midday = np.flatnonzero(stream.random(days) < is_wanted * stays_share)
    on_h = cooler.arrival_h + stream.normal(0.0, 0.9, evening.size)
    off_h = (30.0 if cooler.is_on_asleep else 22.8) + stream.normal(0.0, 0.7, evening.size)
    midday_h = 12.5 + stream.normal(0.0, 1.2, midday.size)
    start_h = np.concatenate([evening * 24.0 + on_h, midday * 24.0 + midday_h])
    lasts_h = np.concatenate([off_h - on_h, stream.uniform(1.0, 5.0, midday.size)])
    return start_h * _SLOTS_PER_HOUR, np.maximum(lasts_h, 0.3) * _SLOTS_PER_HOUR


def heating_w(
    heating: Heating, presence: Presence, setting: Setting, stream: np.random.Generator
) -> np.ndarray:
    """Power of electric heating in every slot, float32 (slots,) [W]; away, only against frost."""
    span, slow_c = setting.span, setting.weather.slow_temperature_c
    room_c = np.where(presence.is_away, 6.0, _ROOM_C)
    missing_k = np.maximum(span.by_slot(room_c.astype(np.float32)) - slow_c, 0.0)
    # The sun, the stove and those who live there give the first degrees.
    wanted_w = np.float32(1e3 * heating.loss_kw_per_k) * np.maximum(missing_k - 4.0, 0.0)
    if heating.is_storage:
        return _stored(heating, wanted_w, setting, stream)
    duty = np.minimum(wanted_w / np.float32(1e3 * heating.power_kw), 1.0)
    cycling = thermostat_share(duty, heating.cycles_per_hour, stream)
    return np.float32(1e3 * heating.power_kw) * cycling


def _stored(
    heating: Heating, wanted_w: np.ndarray, setting: Setting, stream: np.random.Generator
) -> np.ndarray:
    """The heat of a day, taken in the night before it from the timer's hour on."""
    span = setting.span
    today_kwh = wanted_w.reshape(span.days, SLOTS_PER_DAY).sum(axis=1) / 1e3 / _SLOTS_PER_HOUR
    tomorrow_kwh = np.append(today_kwh[1:], today_kwh[-1])
    lasts_h = np.minimum(tomorrow_kwh / heating.power_kw, _VALLEY_HOURS)
    start_h = np.arange(span.days) * 24.0 + heating.timer_h + stream.exponential(0.03, span.days)
    return mean_power_w(
        start_h * _SLOTS_PER_HOUR,
        lasts_h * _SLOTS_PER_HOUR,
        np.full(span.days, 1e3 * heating.power_kw),
        span.slots,
    )


def thermostat_share(
    duty: np.ndarray, cycles_per_hour: float, stream: np.random.Generator
) -> np.ndarray:
    """Share of every slot for which a thermostat holds its compressor or heater on, float32.

    Args:
        duty: Share of the time it is on (slots,), 0–1; may change slowly.
        cycles_per_hour: How often it switches on, about; less than 2.6.
        stream: Random numbers; no two cycles are of one length.
    """
    slots = duty.size
    step = stream.random(slots, dtype=np.float32)
    step += 0.5
    step *= np.float32(cycles_per_hour / _SLOTS_PER_HOUR)
    phase = np.cumsum(step, dtype=np.float64)
    cycles = np.floor(phase)
    phase -= cycles
    # Within each cycle it is on first: time on until a phase is cycles × duty + min(rest, duty).
    rest = np.minimum(phase, duty, dtype=np.float32, casting="same_kind")
    on = np.empty(slots, dtype=np.float32)
    on[0] = 0.0
    np.subtract(cycles[1:], cycles[:-1], out=on[1:], casting="same_kind")
    on *= duty
    on[1:] += rest[1:]
    on[1:] -= rest[:-1]
    on /= step
    return np.clip(on, 0.0, 1.0, out=on)
