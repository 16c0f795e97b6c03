"""Hotels: somebody is always there, most in the morning and the evening, fuller on holidays."""

from dataclasses import dataclass

import numpy as np

from ingest.simulated.loads.building import Building, Parts, building_w, draw_building
from ingest.simulated.loads.demand import Demand
from ingest.simulated.loads.opening import HOURS, times_daily
from ingest.simulated.loads.reactive_power import (
    NO_CAPACITORS,
    Capacitors,
    compensated,
    draw_capacitors,
    lagging_share,
)
from ingest.simulated.loads.switching import autoregressive
from ingest.simulated.loads.trades import Trade, size_kw, weighted
from ingest.simulated.surroundings.setting import Setting

_TRADES = (
    (50, Trade("宾馆", "Guest house", "6129", "catering")),
    (50, Trade("快捷酒店", "Economy hotel", "6121", "catering")),
)
_LARGE = Trade("大酒店", "Grand hotel", "6110", "catering")
_PARTS = Parts(
    base=1.0, cold=0.5, lighting=2.0, equipment=3.2, cooling=3.0, heating=1.5, heating_odds=0.25
)


def _humps(floor: float, *humps: tuple[float, float, float]) -> np.ndarray:
    """A day's curve: a floor and humps of a size at an hour, lasting hours; float32 (96,)."""
    curve = np.full(HOURS.size, floor)
    for size, at_h, lasts_h in humps:
        away = np.abs(HOURS - at_h)
        curve += size * np.exp(-((np.minimum(away, 24 - away) / lasts_h) ** 2))
    return curve.astype(np.float32)


_ROOMS = _humps(0.35, (0.30, 7.5, 1.6), (0.60, 20.8, 3.2))
_SERVICES = _humps(0.18, (0.55, 7.6, 1.4), (0.22, 12.2, 1.6), (0.62, 20.8, 2.2))


@dataclass(frozen=True, slots=True)
class Hotel:
    """What was drawn for one hotel.

    Attributes:
        connected_kw: Sum of what could run at once.
        trade: What it is.
        building: Its house.
        taken: Share of its rooms taken on an ordinary day.
        weekend, holiday: How much fuller it is on weekends and holidays.
        power_factor: Before capacitors.
        capacitors: Of large ones.
    """

    connected_kw: float
    trade: Trade
    building: Building
    taken: float
    weekend: float
    holiday: float
    power_factor: float
    capacitors: Capacitors


def draw(stream: np.random.Generator, area_kind: str) -> Hotel:
    """A small hotel, supplied at low voltage."""
    trade = weighted(stream, _TRADES)
    return _drawn(stream, trade, size_kw(stream, 25.0, 60.0 if area_kind == "rural" else 150.0))


def draw_large(stream: np.random.Generator, area_kind: str) -> Hotel:
    """A large hotel, supplied at medium voltage, wherever it stands."""
    del area_kind
    return _drawn(stream, _LARGE, size_kw(stream, 400.0, 1200.0))


def _drawn(stream: np.random.Generator, trade: Trade, connected_kw: float) -> Hotel:
    is_large = connected_kw > 200
    power_factor = stream.uniform(0.88, 0.95)
    wanted_kvar = 0.55 * connected_kw * lagging_share(power_factor)
    return Hotel(
        connected_kw=connected_kw,
        trade=trade,
        building=draw_building(
            stream, connected_kw, _PARTS, kept_share=0.3, restlessness=0.07 if is_large else 0.12
        ),
        taken=stream.uniform(0.5, 0.8),
        weekend=stream.uniform(0.95, 1.2),
        holiday=stream.uniform(1.05, 1.4),
        power_factor=power_factor,
        capacitors=draw_capacitors(stream, wanted_kvar) if is_large else NO_CAPACITORS,
    )


def demand(hotel: Hotel, setting: Setting, stream: np.random.Generator) -> Demand:
    """Power of a hotel by its guests and the weather."""
    days, count = setting.days, setting.span.days
    taken = hotel.taken * setting.economy.orders("catering")
    taken = taken * (1 + 0.10 * autoregressive(stream, count, 0.6))
    # In summer people travel: schools are closed and the days are long.
    taken *= 1 + 0.12 * np.exp(-(((days.day_of_year - 210) / 35.0) ** 2))
    taken *= np.where(days.weekday >= 5, hotel.weekend, 1.0)
    taken *= np.where(days.is_holiday, hotel.holiday, 1.0)
    guests = np.clip(taken, 0.1, 1.0).astype(np.float32)
    presence = times_daily(_ROOMS, 0.25 + 0.75 * guests)
    use = times_daily(_SERVICES, 0.2 + 0.8 * guests)
    watts = building_w(hotel.building, setting, presence, use, stream)
    np.minimum(watts, hotel.connected_kw * 1e3, out=watts)
    drawn_var = watts * lagging_share(hotel.power_factor)
    return Demand(watts, compensated(drawn_var, hotel.capacitors))
