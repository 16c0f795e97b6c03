"""Restaurants: cooking by meals; on holidays some are closed and some are full."""

from dataclasses import dataclass

import numpy as np

from ingest.simulated.loads.building import Building, Parts, building_w, draw_building
from ingest.simulated.loads.demand import Demand
from ingest.simulated.loads.opening import HOURS, festival_pause, open_share, times_daily
from ingest.simulated.loads.reactive_power import lagging_share
from ingest.simulated.loads.trades import Trade, size_kw, weighted
from ingest.simulated.surroundings.setting import Setting


@dataclass(frozen=True, slots=True)
class Meal:
    """A meal: when most guests eat [h], how long the rush lasts [h], how large it is."""

    at_h: float
    lasts_h: float
    size: float


@dataclass(frozen=True, slots=True)
class _Sort:
    trade: Trade
    opens_h: float
    closes_h: float
    most_kw: float
    meals: tuple[Meal, ...]


_LUNCH = Meal(12.0, 0.9, 0.75)
_QUICK_LUNCH = Meal(12.1, 0.8, 1.0)
_DINNER = Meal(18.6, 1.3, 1.0)
_BREAKFAST = Meal(7.0, 1.3, 1.0)
_NIGHT = Meal(20.8, 2.2, 1.0)
_PREPARATION = 0.14


def _sort(
    zh: str, en: str, code: str, hours: tuple[float, float], most_kw: float, *meals: Meal
) -> _Sort:
    return _Sort(Trade(zh, en, code, "catering"), *hours, most_kw, meals)


_SORTS = (
    (30, _sort("饭店", "Restaurant", "6210", (9.5, 21.5), 60, _LUNCH, _DINNER)),
    (16, _sort("火锅店", "Hotpot restaurant", "6210", (10, 22.5), 50, _LUNCH, _DINNER)),
    (18, _sort("快餐店", "Fast food", "6220", (8.5, 20.5), 30, _QUICK_LUNCH, Meal(18, 1, 0.7))),
    (16, _sort("面馆", "Noodle shop", "6220", (6.5, 20), 20, Meal(7.3, 0.8, 0.5), _LUNCH, _DINNER)),
    (10, _sort("包子铺", "Breakfast shop", "6291", (4.5, 13.5), 20, _BREAKFAST)),
    (10, _sort("烧烤店", "Barbecue", "6291", (15.5, 25.5), 30, _NIGHT)),
)
_PARTS = Parts(
    base=0.5, cold=1.5, lighting=1.2, equipment=6, cooling=2.2, heating=1, heating_odds=0.3
)


@dataclass(frozen=True, slots=True)
class Restaurant:
    """What was drawn for one restaurant.

    Attributes:
        connected_kw: Sum of what could run at once.
        trade: What it serves.
        building: Its rooms and kitchen.
        opens_h, closes_h: Usual hours; beyond 24 it closes after midnight.
        meals: When it is full.
        closed_before, closed_after: Days before and after 正月初一 between which it is closed;
            below 0: it stays open.
        holiday: How much fuller it is on holidays.
        weekend: How much fuller it is on weekends.
        power_factor: Of everything it runs.
    """

    connected_kw: float
    trade: Trade
    building: Building
    opens_h: float
    closes_h: float
    meals: tuple[Meal, ...]
    closed_before: float
    closed_after: float
    holiday: float
    weekend: float
    power_factor: float


def draw(stream: np.random.Generator, area_kind: str) -> Restaurant:
    """One restaurant; six in ten close over Spring Festival."""
    sort = weighted(stream, _SORTS)
    most_kw = min(sort.most_kw, 25.0) if area_kind == "rural" else sort.most_kw
    connected_kw = size_kw(stream, 10.0, most_kw)
    is_closing = stream.random() < 0.6
    return Restaurant(
        connected_kw=connected_kw,
        trade=sort.trade,
        building=draw_building(stream, connected_kw, _PARTS, kept_share=0.0, restlessness=0.16),
        opens_h=sort.opens_h + stream.uniform(-0.4, 0.4),
        closes_h=sort.closes_h + stream.uniform(-0.5, 0.5),
        meals=sort.meals,
        closed_before=float(stream.integers(1, 4)) if is_closing else -1.0,
        closed_after=float(stream.integers(4, 9)),
        holiday=stream.uniform(0.85, 1.45),
        weekend=stream.uniform(0.9, 1.35),
        power_factor=stream.uniform(0.86, 0.94),
    )


def demand(restaurant: Restaurant, setting: Setting, stream: np.random.Generator) -> Demand:
    """Power of a restaurant by its meals, its guests and the weather."""
    days, count = setting.days, setting.span.days
    late_h = 0.2 * stream.standard_normal((2, count), dtype=np.float32)
    is_open = festival_pause(days, restaurant.closed_before, restaurant.closed_after, 0)
    presence = times_daily(
        open_share(restaurant.opens_h + late_h[0], restaurant.closes_h + late_h[1], 0.5, count),
        is_open,
    )
    guests = setting.economy.orders("catering") * (1 + 0.12 * stream.standard_normal(count))
    guests *= np.where(days.weekday >= 5, restaurant.weekend, 1.0)
    guests *= np.where(days.is_holiday, restaurant.holiday, 1.0)
    use = presence * times_daily(_kitchen(restaurant.meals), guests.astype(np.float32))
    watts = building_w(restaurant.building, setting, presence, use, stream)
    np.minimum(watts, restaurant.connected_kw * 1e3, out=watts)
    return Demand(watts, watts * lagging_share(restaurant.power_factor))


def _kitchen(meals: tuple[Meal, ...]) -> np.ndarray:
    """How busy the kitchen is in every slot of a day, float32 (96,)."""
    hours = np.where(HOURS < 4, HOURS + 24, HOURS)
    busy = np.full(HOURS.size, _PREPARATION)
    for meal in meals:
        # The kitchen is ahead of its guests.
        busy += 0.5 * meal.size * np.exp(-(((hours - meal.at_h + 0.4) / meal.lasts_h) ** 2))
    return busy.astype(np.float32)
