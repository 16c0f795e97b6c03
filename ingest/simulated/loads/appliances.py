"""What people in a home switch on: events that begin at habitual hours and last a while."""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from ingest.simulated.loads.occupancy import Presence
from ingest.simulated.surroundings.setting import Setting
from queries.schema import SLOTS_PER_DAY

_LEVELS = 128
_SEASONS = ("always", "dark", "cold", "hot", "washing")
_SLOTS_PER_HOUR = SLOTS_PER_DAY // 24
_ALL_DAY = ((1.0, 8.0, 2.0), (1.0, 13.0, 2.5), (1.3, 19.0, 2.2))
_MEALS = ((0.6, 7.0, 0.9), (1.0, 11.6, 0.9), (1.1, 17.9, 1.2))
_SUPPER = ((0.5, 6.5, 0.7), (0.25, 12.5, 1.5), (1.1, 18.6, 1.4))
_EVENING = ((0.5, 12.5, 2.8), (1.0, 19.6, 2.0))
_LATE = ((0.4, 7.0, 1.1), (0.15, 13.0, 2.5), (1.0, 20.7, 1.8))
_ANY = ((1.0, 7.0, 3.0), (1.0, 13.0, 3.0), (1.0, 19.5, 3.0))


class Use(NamedTuple):
    """One thing to do with electricity.

    Attributes:
        power_w: Usual power.
        minutes, spread: How long it lasts: median, and deviation of the logarithm.
        reactive_share: Reactive over active power, tan φ.
        per_day: Times a day in a household of three, on a day of pattern HOME and of pattern OUT.
        season: When it is done: always, dark, cold, hot or washing.
        home, out: Hours at which it begins on days of either pattern: weight, hour, deviation.
        urban_share, rural_share: Households that have it.
    """

    power_w: float
    minutes: float
    spread: float
    reactive_share: float
    per_day: tuple[float, float]
    season: str
    home: tuple[tuple[float, float, float], ...]
    out: tuple[tuple[float, float, float], ...]
    urban_share: float
    rural_share: float


USES: dict[str, Use] = {
    "kettle": Use(1700, 5, 0.3, 0.02, (5.5, 3.8), "always", _ALL_DAY, _SUPPER, 0.9, 0.85),
    "microwave": Use(1150, 5, 0.5, 0.15, (2.4, 1.5), "always", _MEALS, _SUPPER, 0.75, 0.35),
    "rice": Use(720, 28, 0.25, 0.05, (1.6, 1.0), "always", _MEALS, _SUPPER, 0.92, 0.95),
    "hob": Use(2000, 8, 0.7, 0.12, (5.4, 3.4), "always", _MEALS, _SUPPER, 0.5, 0.6),
    "washing": Use(280, 38, 0.4, 0.7, (0.7, 0.4), "always", _ALL_DAY, _EVENING, 0.96, 0.85),
    "hot_wash": Use(2000, 15, 0.4, 0.05, (0.55, 0.35), "always", _ALL_DAY, _EVENING, 0.45, 0.1),
    "bicycle": Use(190, 260, 0.4, 0.4, (0.35, 0.4), "always", _EVENING, _EVENING, 0.3, 0.55),
    "heater": Use(1300, 25, 0.7, 0.02, (2.2, 1.5), "cold", _EVENING, _LATE, 0.45, 0.5),
    "shower": Use(2100, 18, 0.5, 0.02, (1.6, 1.45), "washing", _LATE, _LATE, 0.62, 0.45),
    "reheat": Use(2100, 7, 0.5, 0.02, (3.0, 3.0), "always", _ANY, _ANY, 0.35, 0.15),
    "light": Use(28, 60, 0.8, 0.35, (7.0, 5.5), "dark", _LATE, _LATE, 1.0, 1.0),
    "dispenser": Use(480, 5, 0.2, 0.02, (11, 9), "always", _ANY, _ANY, 0.4, 0.15),
    "hood": Use(190, 22, 0.5, 0.5, (1.9, 1.0), "always", _MEALS, _SUPPER, 0.95, 0.4),
    "television": Use(95, 60, 0.8, 0.3, (2.8, 1.4), "always", _EVENING, _LATE, 0.9, 0.95),
    "computer": Use(100, 70, 0.9, 0.3, (1.7, 0.8), "always", _EVENING, _LATE, 0.7, 0.35),
    "hair": Use(1100, 6, 0.6, 0.1, (0.8, 0.8), "always", _LATE, _LATE, 0.85, 0.6),
    "fan": Use(40, 120, 0.7, 0.5, (2.0, 1.2), "hot", _ALL_DAY, _LATE, 0.7, 0.9),
    "left_on": Use(45, 1500, 1.0, 0.4, (0.06, 0.06), "always", _EVENING, _EVENING, 1.0, 1.0),
}
"""Powers are those of common appliances; how often and how long is tuned so that annual energy and
the noise of single homes are of the kind seen in real interval data."""

_NAMES = tuple(USES)
_LIGHT, _SHOWER, _REHEAT = (_NAMES.index(name) for name in ("light", "shower", "reheat"))
"""Of what comes before light, a home has one: it cannot be on twice. A shower and keeping the water
warm are the same heater's."""


@dataclass(frozen=True, slots=True)
class Appliances:
    """What a household has of every use, in the order of USES.

    Attributes:
        rates: How often, relative to the usual; 0 where it has none.
        power_shares: Power relative to the usual.
        habits_h: By how many hours it is later with it than others.
    """

    rates: tuple[float, ...]
    power_shares: tuple[float, ...]
    habits_h: tuple[float, ...]


class Events(NamedTuple):
    """What was switched on, arrays (events,): start and duration in slots, power [W], tan φ."""

    start: np.ndarray
    duration: np.ndarray
    power_w: np.ndarray
    reactive_share: np.ndarray


def draw_appliances(
    stream: np.random.Generator, area_kind: str, persons: int, appetite: float
) -> Appliances:
    """What a household of ``persons`` has; it uses all of it in proportion to ``appetite``."""
    number = len(USES)
    is_rural = area_kind == "rural"
    shares = np.array([use.rural_share if is_rural else use.urban_share for use in USES.values()])
    owned = stream.random(number) < shares
    owned[_REHEAT] &= owned[_SHOWER]  # A heater that is always on is one for showers, too.
    rates = owned * appetite * (persons / 3.0) ** 0.6 * stream.lognormal(-0.08, 0.4, number)
    rates[_REHEAT] = owned[_REHEAT] * stream.uniform(0.6, 1.4)
    power_shares = stream.lognormal(0.0, 0.15, number).clip(0.7, 1.5)
    power_shares[_REHEAT] = power_shares[_SHOWER]
    habits_h = stream.normal(0.0, 0.7) + stream.normal(0.0, 0.7, number)
    return Appliances(tuple(rates.tolist()), tuple(power_shares.tolist()), tuple(habits_h.tolist()))


def events(
    appliances: Appliances, presence: Presence, setting: Setting, stream: np.random.Generator
) -> Events:
    """Everything that is switched on over the span."""
    table = _table()
    days = setting.span.days
    seasons, warmth = _seasons(setting)
    rates = np.array(appliances.rates)[:, None] * presence.activity * seasons[table.season]
    rates *= table.per_day[:, presence.pattern]
    counts = stream.poisson(rates)
    number = int(counts.sum())
    use = np.repeat(np.arange(len(USES)), counts.sum(axis=1))
    day = np.repeat(np.tile(np.arange(days), len(USES)), counts.ravel())
    level = stream.random(number) * _LEVELS
    below = level.astype(np.int64)
    curve = use * 2 + presence.pattern[day]
    hour = table.hours[curve, below]
    hour += (level - below) * (table.hours[curve, below + 1] - hour)
    hour += np.array(appliances.habits_h)[use] + presence.moved_h[day]
    minutes = table.minutes[use] * np.exp(table.spread[use] * stream.standard_normal(number))
    power_w = table.power_w[use] * np.array(appliances.power_shares)[use]
    ends = np.cumsum(counts.sum(axis=1))
    lights = slice(int(ends[_LIGHT - 1]), int(ends[_LIGHT]))
    power_w[lights] *= _is_wanted(hour[lights], day[lights], setting, stream)
    showers = slice(int(ends[_SHOWER - 1]), int(ends[_SHOWER]))
    minutes[showers] *= warmth[day[showers]]
    start = day * SLOTS_PER_DAY + hour * _SLOTS_PER_HOUR
    duration = minutes * (_SLOTS_PER_HOUR / 60.0)
    single = slice(int(ends[_LIGHT - 1]))
    device = np.minimum(use[single], _SHOWER) * (4.0 * setting.span.slots)
    start[single] = _one_after_another(start[single] + device, duration[single]) - device
    return Events(start, duration, power_w, table.reactive_share[use])


def _one_after_another(start: np.ndarray, duration: np.ndarray) -> np.ndarray:
    """Starts (events,) put off until what began before has ended."""
    order = np.argsort(start, kind="stable")
    before = np.cumsum(duration[order])
    before -= duration[order]
    # Lindley (1952), "The theory of queues with a single server": an event waits for all that are
    # in the queue before it, counted from where the queue began.
    put_off = np.empty_like(start)
    put_off[order] = np.maximum.accumulate(start[order] - before) + before
    return put_off


class _Table(NamedTuple):
    """USES as arrays (uses,); ``per_day`` (uses, 2) and ``hours`` (2 × uses, levels + 1)."""

    power_w: np.ndarray
    minutes: np.ndarray
    spread: np.ndarray
    reactive_share: np.ndarray
    season: np.ndarray
    per_day: np.ndarray
    hours: np.ndarray


@cache
def _table() -> _Table:
    uses = USES.values()
    return _Table(
        power_w=np.array([use.power_w for use in uses]),
        minutes=np.array([use.minutes for use in uses]),
        spread=np.array([use.spread for use in uses]),
        reactive_share=np.array([use.reactive_share for use in uses]),
        season=np.array([_SEASONS.index(use.season) for use in uses]),
        per_day=np.array([use.per_day for use in uses]),
        hours=np.array([_quantiles(peaks) for use in uses for peaks in (use.home, use.out)]),
    )


def _quantiles(peaks: tuple[tuple[float, float, float], ...]) -> np.ndarray:
    """Hours below which 0, 1/128, … 1 of a use begins: the inverse of its distribution."""
    hours = np.linspace(0.0, 26.0, 26 * 60 + 1)
    density = sum(
        weight / spread * np.exp(-0.5 * ((hours - hour) / spread) ** 2)
        for weight, hour, spread in peaks
    )
    cumulative = np.cumsum(density)
    return np.interp(np.linspace(cumulative[0], cumulative[-1], _LEVELS + 1), cumulative, hours)


def _seasons(setting: Setting) -> tuple[np.ndarray, np.ndarray]:
    """How often what depends on the season is done (seasons, days), and the heat a shower takes."""
    days = setting.days
    slow_c = setting.weather.slow_temperature_c.reshape(-1, SLOTS_PER_DAY).mean(axis=1)
    always = np.ones(setting.span.days)
    # District heating makes heaters needless; before and after it rooms are cold.
    cold = np.clip((15.0 - slow_c) / 6.0, 0.0, 1.3) * np.where(days.is_heating_season, 0.08, 1.0)
    hot = np.clip((slow_c - 22.0) / 4.0, 0.0, 1.5)
    washing = 0.6 + 0.5 * np.clip((slow_c + 5.0) / 30.0, 0.0, 1.0)
    # Cold water comes at about 3 °C in February and 21 °C in August, to be warmed to 40 °C.
    inlet_c = 12.0 - 9.0 * np.cos(2.0 * np.pi * (days.day_of_year - 45) / 365.0)
    seasons = {"always": always, "dark": always, "cold": cold, "hot": hot, "washing": washing}
    return np.stack([seasons[name] for name in _SEASONS]), (40.0 - inlet_c) / 28.0


def _is_wanted(
    hour: np.ndarray, day: np.ndarray, setting: Setting, stream: np.random.Generator
) -> np.ndarray:
    """Whether a light is switched on that would be at ``hour``: few are in daylight."""
    days = setting.days
    clock_h = hour % 24.0
    is_dark = (clock_h < days.sunrise_h[day] + 0.3) | (clock_h > days.sunset_h[day] - 0.4)
    return is_dark | (stream.random(hour.size) < 0.15)
