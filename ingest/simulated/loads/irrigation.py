"""Irrigation pumps: off, or on for long in dry weather of the growing season."""

from dataclasses import dataclass

import numpy as np

from ingest.simulated.loads.demand import Demand
from ingest.simulated.loads.opening import times_daily
from ingest.simulated.loads.reactive_power import lagging_share
from ingest.simulated.loads.switched_on import mean_power_w
from ingest.simulated.loads.switching import autoregressive
from ingest.simulated.loads.trades import Trade, size_kw, weighted
from ingest.simulated.surroundings.setting import Setting
from queries.schema import SLOTS_PER_DAY

_PUMPS = (
    (60, Trade("灌溉机井", "Irrigation well", "0513")),
    (40, Trade("灌溉泵站", "Irrigation pumping station", "0513")),
)
_SEASON = (92, 273)  # days of the year within April to September, in leap years too


@dataclass(frozen=True, slots=True)
class Pump:
    """What was drawn for one irrigation pump.

    Attributes:
        connected_kw: Rating of its motor.
        trade: What it is.
        runs_at: Share of the rating it draws.
        from_dryness: Dryness of the soil at which its fields ask for water.
        eagerness: Chance a day of a start when the soil is dry.
        lasts_h: How long a run takes.
        power_factor: Of the motor.
    """

    connected_kw: float
    trade: Trade
    runs_at: float
    from_dryness: float
    eagerness: float
    lasts_h: float
    power_factor: float


def draw(stream: np.random.Generator, area_kind: str) -> Pump:
    """A pump in the fields."""
    del area_kind
    return Pump(
        connected_kw=size_kw(stream, 5.5, 37.0),
        trade=weighted(stream, _PUMPS),
        runs_at=stream.uniform(0.75, 0.95),
        from_dryness=stream.uniform(0.35, 0.6),
        eagerness=stream.uniform(0.3, 0.8),
        lasts_h=stream.uniform(10.0, 36.0),
        power_factor=stream.uniform(0.76, 0.87),
    )


def demand(pump: Pump, setting: Setting, stream: np.random.Generator) -> Demand:
    """Power of a pump: off, or on for long in dry weather of the growing season."""
    days, count, slots = setting.days, setting.span.days, setting.span.slots
    is_season = (days.day_of_year >= _SEASON[0]) & (days.day_of_year <= _SEASON[1])
    excess = setting.weather.dryness_share - pump.from_dryness
    wish = np.clip(excess / (1 - pump.from_dryness), 0, 1) ** 0.5 * is_season
    starts = np.flatnonzero(stream.random(count) < pump.eagerness * wish)
    begins = (starts + stream.uniform(4.5, 9.0, starts.size) / 24) * SLOTS_PER_DAY
    ends = begins + 4 * pump.lasts_h * stream.uniform(0.5, 1.5, starts.size)
    # What is still running on 30 September is switched off that night.
    last = np.append(np.flatnonzero(is_season & ~np.append(is_season[1:], False)), count - 1)
    ends = np.minimum(ends, (last[np.searchsorted(last, starts)] + 1.0) * SLOTS_PER_DAY)
    running = np.minimum(mean_power_w(begins, ends - begins, np.ones(starts.size), slots), 1)
    # The water table falls and recovers.
    level = 1 + 0.02 * autoregressive(stream, count, 0.9)
    rated_w = pump.connected_kw * pump.runs_at * 1e3
    watts = times_daily(running.astype(np.float32), (rated_w * level).astype(np.float32))
    np.minimum(watts, pump.connected_kw * 1e3, out=watts)
    return Demand(watts, watts * lagging_share(pump.power_factor))
