"""Shops: open every day of the week, closed around Spring Festival, with refrigerators or not."""

from dataclasses import dataclass

import numpy as np

from ingest.simulated.loads.building import Building, Parts, building_w, draw_building
from ingest.simulated.loads.demand import Demand
from ingest.simulated.loads.opening import HOURS, festival_pause, open_share, times_daily
from ingest.simulated.loads.reactive_power import lagging_share
from ingest.simulated.loads.trades import Trade, size_kw, weighted
from ingest.simulated.surroundings.setting import Setting


@dataclass(frozen=True, slots=True)
class _Sort:
    trade: Trade
    opens_h: float
    closes_h: float
    least_kw: float
    most_kw: float
    parts: Parts


def _sort(
    zh: str,
    en: str,
    code: str,
    hours: tuple[float, float],
    sizes_kw: tuple[float, float],
    *parts: float,
) -> _Sort:
    return _Sort(Trade(zh, en, code, "retail"), *hours, *sizes_kw, Parts(*parts, heating_odds=0.25))


# Parts: base, cold, lighting, equipment, cooling, heating.
_SORTS = (
    (14, _sort("便利店", "Convenience store", "5213", (6.5, 23), (4, 12), 1, 4, 2, 2, 3, 2)),
    (6, _sort("通宵便利店", "All-night store", "5213", (0, 24), (5, 12), 1, 4, 2, 2, 3, 2)),
    (12, _sort("超市", "Supermarket", "5212", (7.5, 21.5), (6, 15), 1, 5, 2, 1, 3, 1)),
    (10, _sort("蔬果店", "Greengrocer", "5223", (6.5, 20.5), (2, 6), 0.4, 3, 2, 1, 2, 2)),
    (8, _sort("肉铺", "Butcher", "5224", (6, 19.5), (3, 8), 0.4, 5, 1, 1, 1.5, 1)),
    (8, _sort("药房", "Pharmacy", "5251", (8, 20.5), (3, 8), 0.5, 1, 3, 1, 3, 2)),
    (12, _sort("服装店", "Clothes shop", "5232", (9.2, 20.5), (2, 8), 0.2, 0, 4, 1, 4, 3)),
    (8, _sort("五金店", "Hardware shop", "5281", (7.5, 18.5), (2, 5), 0.3, 0, 2, 2, 2, 2)),
    (8, _sort("烟酒茶行", "Wine and tea shop", "5226", (8.5, 21.5), (2, 5), 0.3, 2, 3, 1, 2, 2)),
    (6, _sort("手机店", "Phone shop", "5274", (9, 20), (2, 6), 0.5, 0, 4, 2, 3, 2)),
    (8, _sort("理发店", "Hairdresser", "8040", (9, 21), (4, 12), 0.3, 0, 2, 4, 3, 2)),
)
# How busy a shop is over the day: a hump before noon, a higher one after work.
_BUSY = (
    0.40
    + 0.20 * np.exp(-(((HOURS - 10.5) / 2.2) ** 2))
    + 0.35 * np.exp(-(((HOURS - 18.2) / 2.2) ** 2))
).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Shop:
    """What was drawn for one shop.

    Attributes:
        connected_kw: Sum of what could run at once.
        trade: What it sells.
        building: Its rooms.
        opens_h, closes_h: Usual hours.
        closed_before, closed_after: Days before and after 正月初一 between which it is closed.
        free_days: Share of ordinary days on which it stays closed.
        weekend: How much busier it is on days off.
        power_factor: Of everything it runs.
    """

    connected_kw: float
    trade: Trade
    building: Building
    opens_h: float
    closes_h: float
    closed_before: float
    closed_after: float
    free_days: float
    weekend: float
    power_factor: float


def draw(stream: np.random.Generator, area_kind: str) -> Shop:
    """One shop; in villages they are small."""
    sort = weighted(stream, _SORTS)
    connected_kw = size_kw(stream, sort.least_kw, sort.most_kw)
    if area_kind == "rural":
        connected_kw = max(2.0, 0.6 * connected_kw)
    is_all_night = sort.closes_h - sort.opens_h == 24
    return Shop(
        connected_kw=connected_kw,
        trade=sort.trade,
        building=draw_building(
            stream, connected_kw, sort.parts, kept_share=0.05, restlessness=0.12
        ),
        opens_h=sort.opens_h if is_all_night else sort.opens_h + stream.uniform(-0.6, 0.6),
        closes_h=sort.closes_h if is_all_night else sort.closes_h + stream.uniform(-0.9, 0.9),
        closed_before=-1.0 if is_all_night else float(stream.integers(1, 3)),
        closed_after=float(stream.integers(2, 6)),
        free_days=0.0 if is_all_night else stream.uniform(0.0, 0.03),
        weekend=stream.uniform(1.0, 1.25),
        power_factor=stream.uniform(0.86, 0.96),
    )


def demand(shop: Shop, setting: Setting, stream: np.random.Generator) -> Demand:
    """Power of a shop by its hours, its customers and the weather."""
    days = setting.days
    count = setting.span.days
    is_open = festival_pause(days, shop.closed_before, shop.closed_after, 0)
    is_open *= stream.random(count, dtype=np.float32) >= shop.free_days
    if shop.closes_h - shop.opens_h == 24:
        presence = setting.span.by_slot(is_open)
    else:
        late_h = 0.2 * stream.standard_normal((2, count), dtype=np.float32)
        presence = times_daily(
            open_share(shop.opens_h + late_h[0], shop.closes_h + late_h[1], 0.4, count), is_open
        )
    busy = setting.economy.orders("retail") * (1 + 0.08 * stream.standard_normal(count))
    busy *= np.where(days.is_workday, 1.0, shop.weekend)
    use = presence * times_daily(_BUSY, busy.astype(np.float32))
    watts = building_w(shop.building, setting, presence, use, stream)
    np.minimum(watts, shop.connected_kw * 1e3, out=watts)
    return Demand(watts, watts * lagging_share(shop.power_factor))
