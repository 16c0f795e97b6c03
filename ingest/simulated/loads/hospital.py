"""The hospital: its wards are flat, its outpatients come by day."""

from dataclasses import dataclass

import numpy as np

from ingest.simulated.loads.building import Building, Parts, building_w, draw_building
from ingest.simulated.loads.demand import Demand
from ingest.simulated.loads.opening import HOURS, times_daily
from ingest.simulated.loads.reactive_power import (
    Capacitors,
    compensated,
    draw_capacitors,
    lagging_share,
)
from ingest.simulated.loads.trades import Trade
from ingest.simulated.surroundings.setting import Setting

_HOSPITAL = Trade("医院", "Hospital", "8411")
_HOSPITAL_PARTS = Parts(
    base=2.2, cold=0.6, lighting=1.8, equipment=3.0, cooling=3.2, heating=0.8, heating_odds=0.4
)
_OUTPATIENTS = (
    np.exp(-(((HOURS - 9.8) / 2.2) ** 2)) + 0.75 * np.exp(-(((HOURS - 14.6) / 2.0) ** 2))
).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Hospital:
    """What was drawn for the hospital.

    Attributes:
        connected_kw: Sum of what could run at once.
        trade: What it is.
        building: Its houses.
        night: Share of it in use at night.
        weekend: Share of the outpatients who come on a day off.
        power_factor: Before capacitors.
        capacitors: Its bank.
    """

    connected_kw: float
    trade: Trade
    building: Building
    night: float
    weekend: float
    power_factor: float
    capacitors: Capacitors


def draw(stream: np.random.Generator, area_kind: str) -> Hospital:
    """A general hospital of about 800 kW, supplied at medium voltage."""
    del area_kind
    connected_kw = stream.uniform(650.0, 1000.0)
    power_factor = stream.uniform(0.86, 0.92)
    wanted_kvar = 0.65 * connected_kw * lagging_share(power_factor)
    return Hospital(
        connected_kw=connected_kw,
        trade=_HOSPITAL,
        building=draw_building(
            stream, connected_kw, _HOSPITAL_PARTS, kept_share=0.5, restlessness=0.04
        ),
        night=stream.uniform(0.35, 0.5),
        weekend=stream.uniform(0.35, 0.6),
        power_factor=power_factor,
        capacitors=draw_capacitors(stream, wanted_kvar),
    )


def demand(hospital: Hospital, setting: Setting, stream: np.random.Generator) -> Demand:
    """Power of a hospital: the wards are flat, the outpatients come by day."""
    days, count = setting.days, setting.span.days
    outpatients = np.where(days.is_workday, 1.0, hospital.weekend)
    # Who can waits until after Spring Festival.
    outpatients *= np.where(np.abs(days.spring_festival - 1) < 4, 0.5, 1.0)
    outpatients *= 1 + 0.05 * stream.standard_normal(count)
    use = times_daily(_OUTPATIENTS * (1 - hospital.night), outpatients.astype(np.float32))
    use += hospital.night
    watts = building_w(hospital.building, setting, use, use, stream)
    np.minimum(watts, hospital.connected_kw * 1e3, out=watts)
    drawn_var = watts * lagging_share(hospital.power_factor)
    return Demand(watts, compensated(drawn_var, hospital.capacitors))
