"""Schools: full on school days, near their base in the holidays."""

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

_SCHOOLS = (
    (40, Trade("幼儿园", "Kindergarten", "8310")),
    (60, Trade("小学", "Primary school", "8321")),
)
_CAMPUSES = (
    (40, Trade("中学", "Middle school", "8331")),
    (35, Trade("高级中学", "High school", "8334")),
    (25, Trade("职业学校", "Vocational school", "8336")),
)
_SCHOOL_PARTS = Parts(
    base=0.7, cold=0.5, lighting=3.5, equipment=3.5, cooling=1.5, heating=1.2, heating_odds=0.12
)
_CLASSES_AND_KITCHEN = (0.5 + 0.4 * np.exp(-(((HOURS - 10.9) / 1.1) ** 2))).astype(np.float32)


@dataclass(frozen=True, slots=True)
class School:
    """What was drawn for one school.

    Attributes:
        connected_kw: Sum of what could run at once.
        trade: What it is.
        building: Its houses.
        opens_h, closes_h: When classes begin and end.
        evening: Share of it that is lit for evening study until 21:30.
        vacation: Share of its equipment that runs on days without classes.
        power_factor: Before capacitors.
        capacitors: Of campuses.
    """

    connected_kw: float
    trade: Trade
    building: Building
    opens_h: float
    closes_h: float
    evening: float
    vacation: float
    power_factor: float
    capacitors: Capacitors


def draw(stream: np.random.Generator, area_kind: str) -> School:
    """A kindergarten or primary school."""
    trade = weighted(stream, _SCHOOLS)
    connected_kw = size_kw(stream, 15.0, 45.0 if area_kind == "rural" else 120.0)
    return _drawn_school(stream, trade, connected_kw, evening=0.0)


def draw_campus(stream: np.random.Generator, area_kind: str) -> School:
    """A school of a thousand pupils with evening study, supplied at medium voltage."""
    del area_kind
    connected_kw = size_kw(stream, 250.0, 700.0)
    return _drawn_school(
        stream, weighted(stream, _CAMPUSES), connected_kw, evening=stream.uniform(0.35, 0.65)
    )


def _drawn_school(
    stream: np.random.Generator, trade: Trade, connected_kw: float, *, evening: float
) -> School:
    power_factor = stream.uniform(0.9, 0.96)
    wanted_kvar = 0.5 * connected_kw * lagging_share(power_factor)
    return School(
        connected_kw=connected_kw,
        trade=trade,
        building=draw_building(
            stream, connected_kw, _SCHOOL_PARTS, kept_share=0.05, restlessness=0.1
        ),
        opens_h=stream.uniform(7.0, 7.8),
        closes_h=stream.uniform(16.3, 17.8),
        evening=evening,
        vacation=stream.uniform(0.02, 0.06),
        power_factor=power_factor,
        capacitors=draw_capacitors(stream, wanted_kvar) if evening else NO_CAPACITORS,
    )


def demand(school: School, setting: Setting, stream: np.random.Generator) -> Demand:
    """Power of a school by its classes, its kitchen and the weather."""
    days, count = setting.days, setting.span.days
    taught = np.where(days.is_school_day, 1.0, school.vacation)
    taught *= 1 - 0.05 * stream.random(count)
    late_h = 0.1 * stream.standard_normal(count, dtype=np.float32)
    classes = open_share(school.opens_h, school.closes_h + late_h, 0.8, count)
    if school.evening:
        study = open_share(18.3, 21.5, 0.4, count)
        np.maximum(classes, school.evening * study, out=classes)
    presence = times_daily(classes, taught.astype(np.float32))
    use = presence * setting.span.every_day(_CLASSES_AND_KITCHEN)
    watts = building_w(school.building, setting, presence, use, stream)
    np.minimum(watts, school.connected_kw * 1e3, out=watts)
    drawn_var = watts * lagging_share(school.power_factor)
    return Demand(watts, compensated(drawn_var, school.capacitors))
