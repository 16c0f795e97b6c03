"""Offices: full on workdays, make-up workdays included, and nearly empty otherwise."""

from dataclasses import dataclass

import numpy as np

from ingest.simulated.loads.building import Building, Parts, building_w, draw_building
from ingest.simulated.loads.demand import Demand
from ingest.simulated.loads.opening import HOURS, open_share, times_daily
from ingest.simulated.loads.reactive_power import (
    NO_CAPACITORS,
    Capacitors,
    compensated,
    draw_capacitors,
    lagging_share,
)
from ingest.simulated.loads.trades import Trade, size_kw, weighted
from ingest.simulated.surroundings.setting import Setting

# Trade, and the share of its people that is there on days off.
_TRADES = (
    (30, (Trade("商贸公司", "Trading company", "5199", "offices"), 0.12)),
    (14, (Trade("软件公司", "Software company", "6513", "offices"), 0.18)),
    (12, (Trade("会计师事务所", "Accountants", "7241", "offices"), 0.08)),
    (10, (Trade("律师事务所", "Law firm", "7231", "offices"), 0.08)),
    (12, (Trade("银行网点", "Bank branch", "6621", "offices"), 0.45)),
    (12, (Trade("物业公司", "Property management", "7020", "offices"), 0.30)),
    (10, (Trade("政务服务中心", "Government office", "9221", None), 0.03)),
)
_TOWERS = (
    (60, (Trade("写字楼", "Office tower", "7020", "offices"), 0.14)),
    (40, (Trade("企业总部", "Head office", "7211", "offices"), 0.10)),
)
_PARTS = Parts(
    base=0.65, cold=0, lighting=2.2, equipment=2.6, cooling=3.6, heating=2, heating_odds=0.15
)
_AT_WORK = np.where((HOURS >= 12) & (HOURS < 13), 0.8, 1.0).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Office:
    """What was drawn for one office.

    Attributes:
        connected_kw: Sum of what could run at once.
        trade: What it does.
        building: Its rooms.
        opens_h, closes_h: When half of the people have come and have gone.
        ramp_h: How long coming and going take.
        days_off: Share of people there on a day off.
        power_factor: Before capacitors.
        capacitors: Of large ones.
    """

    connected_kw: float
    trade: Trade
    building: Building
    opens_h: float
    closes_h: float
    ramp_h: float
    days_off: float
    power_factor: float
    capacitors: Capacitors


def draw(stream: np.random.Generator, area_kind: str) -> Office:
    """One office on a floor or in a small house; small ones outside the towns."""
    trade, days_off = weighted(stream, _TRADES)
    connected_kw = size_kw(stream, 10.0, 30.0 if area_kind == "rural" else 120.0)
    return _drawn(stream, trade, days_off, connected_kw)


def draw_tower(stream: np.random.Generator, area_kind: str) -> Office:
    """An office building supplied at medium voltage, wherever it stands."""
    del area_kind
    trade, days_off = weighted(stream, _TOWERS)
    return _drawn(stream, trade, days_off, size_kw(stream, 350.0, 1600.0))


def _drawn(
    stream: np.random.Generator, trade: Trade, days_off: float, connected_kw: float
) -> Office:
    power_factor = stream.uniform(0.88, 0.95)
    wanted_kvar = 0.5 * connected_kw * lagging_share(power_factor)
    is_large = connected_kw > 200
    return Office(
        connected_kw=connected_kw,
        trade=trade,
        building=draw_building(
            stream, connected_kw, _PARTS, kept_share=0.1, restlessness=0.06 if is_large else 0.1
        ),
        opens_h=stream.uniform(8.0, 9.2),
        closes_h=stream.uniform(17.2, 19.0),
        ramp_h=stream.uniform(1.0, 2.5) if is_large else stream.uniform(0.6, 1.6),
        days_off=days_off * stream.uniform(0.6, 1.4),
        power_factor=power_factor,
        capacitors=draw_capacitors(stream, wanted_kvar) if is_large else NO_CAPACITORS,
    )


def demand(office: Office, setting: Setting, stream: np.random.Generator) -> Demand:
    """Power of an office by its people and the weather."""
    days, count = setting.days, setting.span.days
    late_h = 0.25 * stream.standard_normal((2, count), dtype=np.float32)
    there = np.where(days.is_workday, 1.0, np.where(days.is_holiday, 0.3, 1.0) * office.days_off)
    there *= 1 - 0.05 * stream.random(count)
    presence = times_daily(
        open_share(office.opens_h + late_h[0], office.closes_h + late_h[1], office.ramp_h, count),
        there.astype(np.float32),
    )
    work = 1 + 0.06 * stream.standard_normal(count)
    if office.trade.economy_group is not None:
        work *= setting.economy.orders(office.trade.economy_group)
    use = presence * times_daily(_AT_WORK, (0.8 * work).astype(np.float32))
    watts = building_w(office.building, setting, presence, use, stream)
    np.minimum(watts, office.connected_kw * 1e3, out=watts)
    drawn_var = watts * lagging_share(office.power_factor)
    return Demand(watts, compensated(drawn_var, office.capacitors))
