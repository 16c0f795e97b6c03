"""Dairy farms: two milkings a day, every day of the year."""

from dataclasses import dataclass

import numpy as np

from ingest.simulated.loads.comfort import felt_c
from ingest.simulated.loads.demand import Demand
from ingest.simulated.loads.opening import open_share, times_daily
from ingest.simulated.loads.reactive_power import lagging_share
from ingest.simulated.loads.switching import autoregressive
from ingest.simulated.loads.trades import Trade, size_kw
from ingest.simulated.surroundings.setting import Setting

_DAIRY = Trade("奶牛场", "Dairy farm", "0311", "food")


@dataclass(frozen=True, slots=True)
class DairyFarm:
    """What was drawn for one dairy farm.

    Attributes:
        connected_kw: Sum of what could run at once.
        trade: What it is.
        base_kw: Lights, fences, the farmer's house.
        milking_kw: Vacuum pumps and milk pumps.
        cooling_kw: The milk tank, which works after milking.
        water_kw: Hot water for washing up after milking.
        feeding_kw: Mixing and grinding of feed.
        fans_kw: Fans when it is warm.
        milkings_h: When the two milkings begin.
        milking_lasts_h: How long one takes.
        power_factor: Of its motors.
    """

    connected_kw: float
    trade: Trade
    base_kw: float
    milking_kw: float
    cooling_kw: float
    water_kw: float
    feeding_kw: float
    fans_kw: float
    milkings_h: tuple[float, float]
    milking_lasts_h: float
    power_factor: float


def draw(stream: np.random.Generator, area_kind: str) -> DairyFarm:
    """A farm with some dozens to hundreds of cows."""
    del area_kind
    connected_kw = size_kw(stream, 15.0, 80.0)
    drawn = np.array([0.8, 2.2, 2.0, 1.6, 1.8, 1.6]) * stream.uniform(0.7, 1.3, 6)
    sizes = [float(size) for size in drawn * (connected_kw / drawn.sum())]
    morning_h = stream.uniform(4.0, 5.5)
    return DairyFarm(
        connected_kw,
        _DAIRY,
        *sizes,
        milkings_h=(morning_h, morning_h + stream.uniform(11.5, 12.5)),
        milking_lasts_h=stream.uniform(1.6, 2.8),
        power_factor=stream.uniform(0.78, 0.9),
    )


def demand(farm: DairyFarm, setting: Setting, stream: np.random.Generator) -> Demand:
    """Power of a dairy farm: two milkings a day, every day of the year."""
    count, slots = setting.span.days, setting.span.slots
    felt = felt_c(setting.weather)
    late_h = 0.25 * stream.standard_normal((2, count), dtype=np.float32)
    kw = np.full(slots, 0.6 * farm.base_kw, dtype=np.float32)
    kw += (farm.cooling_kw * 0.12) * np.clip(0.5 + 0.02 * felt, 0.3, 1)
    for milking_h, delay_h in zip(farm.milkings_h, late_h, strict=True):
        begins = milking_h + delay_h
        ends = begins + farm.milking_lasts_h
        milking = open_share(begins, ends, 0.35, count)
        tank = open_share(begins + 0.6, ends + 1.2, 0.9, count)
        washing = open_share(ends - 0.2, ends + 1.2, 0.5, count)
        kw += farm.milking_kw * milking + 0.8 * farm.cooling_kw * tank
        kw += 0.7 * farm.water_kw * washing
    feeding_h = 8.8 + 0.4 * stream.standard_normal(count, dtype=np.float32)
    kw += (0.8 * farm.feeding_kw) * open_share(feeding_h, feeding_h + 1.6, 0.4, count)
    kw += farm.fans_kw * np.clip((felt - 17) * (1 / 8), 0, 1)
    kw *= np.maximum(1 + 0.13 * autoregressive(stream, slots, 0.4), 0.3)
    milk = setting.economy.orders("food") ** 0.5 * (1 + 0.03 * autoregressive(stream, count, 0.8))
    watts = times_daily(kw, (1e3 * milk).astype(np.float32))
    np.clip(watts, 0, farm.connected_kw * 1e3, out=watts)
    return Demand(watts, watts * lagging_share(farm.power_factor))
