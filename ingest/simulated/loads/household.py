"""Households, from the appliances up."""

from dataclasses import dataclass

import numpy as np

from ingest.simulated.loads.appliances import USES, Appliances, draw_appliances, events
from ingest.simulated.loads.demand import Demand
from ingest.simulated.loads.occupancy import Occupancy, draw_occupancy, presence
from ingest.simulated.loads.rooms import (
    AirConditioner,
    Heating,
    cooling_w,
    draw_air_conditioner,
    draw_heating,
    heating_w,
    thermostat_share,
)
from ingest.simulated.loads.switched_on import mean_power_w
from ingest.simulated.surroundings.setting import Setting

_COMPRESSOR_REACTIVE_SHARE = 0.62
_STANDBY_REACTIVE_SHARE = 0.45
_COOLING_REACTIVE_SHARE = 0.25
_HEATING_REACTIVE_SHARE = 0.08
_SOCKETS_KW = 2.0
"""Light, entertainment and all that is small."""


@dataclass(frozen=True, slots=True)
class Household:
    """A home and those who live in it.

    Attributes:
        connected_kw: What could run at once.
        occupancy: Who lives there.
        appliances: What they switch on.
        standby_w: What never rests.
        fridge_w: Refrigerators and freezers while their compressors run.
        fridge_share: Share of the time they do, in a mild kitchen.
        fridge_cycles_per_hour: How often they start.
        is_cut_off: The main switch is off while nobody is there.
        air_conditioner: For the summer, if there is one.
        heating: Electric heating all winter, if there is any.
    """

    connected_kw: float
    occupancy: Occupancy
    appliances: Appliances
    standby_w: float
    fridge_w: float
    fridge_share: float
    fridge_cycles_per_hour: float
    is_cut_off: bool
    air_conditioner: AirConditioner | None
    heating: Heating | None


def draw(stream: np.random.Generator, area_kind: str) -> Household:
    """A household as they are found in an area."""
    occupancy = draw_occupancy(stream, area_kind)
    is_vacant = occupancy.kind == "vacant"
    appetite = float(stream.lognormal(-0.03 if area_kind == "rural" else 0.2, 0.52))
    appliances = draw_appliances(stream, area_kind, occupancy.persons, appetite)
    air_conditioner = draw_air_conditioner(stream, area_kind)
    heating = draw_heating(stream, area_kind)
    standby_w = float(stream.lognormal(np.log(24.0), 0.7) * appetite**0.5)
    fridge_w = float(stream.uniform(55.0, 130.0)) * (2.0 if stream.random() < 0.15 else 1.0)
    fridge_is_empty = is_vacant and bool(stream.random() < 0.7)
    return Household(
        connected_kw=_connected_kw(appliances, air_conditioner, heating),
        occupancy=occupancy,
        appliances=appliances,
        standby_w=0.3 * standby_w if is_vacant else standby_w,
        fridge_w=0.0 if fridge_is_empty else fridge_w,
        fridge_share=float(stream.uniform(0.22, 0.42)),
        fridge_cycles_per_hour=float(stream.uniform(0.7, 1.8)),
        is_cut_off=is_vacant and bool(stream.random() < 0.45),
        air_conditioner=air_conditioner,
        heating=None if is_vacant else heating,
    )


def _connected_kw(
    appliances: Appliances, air_conditioner: AirConditioner | None, heating: Heating | None
) -> float:
    """What could run at once by design: small things, the largest of kitchen and bath, rooms."""
    powers_w = {
        name: use.power_w * share if rate else 0.0
        for (name, use), rate, share in zip(
            USES.items(), appliances.rates, appliances.power_shares, strict=True
        )
    }
    kitchen_w = max(powers_w["hob"], powers_w["kettle"], powers_w["microwave"]) + powers_w["rice"]
    bath_w = max(powers_w["shower"], powers_w["hot_wash"], powers_w["hair"])
    rooms_kw = max(
        air_conditioner.power_kw if air_conditioner else 0.0,
        heating.power_kw if heating else powers_w["heater"] / 1e3,
    )
    return round(_SOCKETS_KW + (kitchen_w + bath_w) / 1e3 + rooms_kw, 2)


def demand(household: Household, setting: Setting, stream: np.random.Generator) -> Demand:
    """What a household wants of the grid."""
    slots = setting.span.slots
    present = presence(household.occupancy, setting, stream)
    used = events(household.appliances, present, setting, stream)
    powers = np.stack([used.power_w, used.power_w * used.reactive_share])
    active, reactive = mean_power_w(used.start, used.duration, powers, slots)
    fridge_w = household.fridge_w * _fridge_share(household, setting, stream)
    active += fridge_w + household.standby_w
    reactive += _COMPRESSOR_REACTIVE_SHARE * fridge_w
    reactive += _STANDBY_REACTIVE_SHARE * household.standby_w
    if household.air_conditioner is not None:
        cooling = cooling_w(household.air_conditioner, present, setting, stream)
        active += cooling
        reactive += _COOLING_REACTIVE_SHARE * cooling
    if household.heating is not None:
        heating = heating_w(household.heating, present, setting, stream)
        active += heating
        reactive += _HEATING_REACTIVE_SHARE * heating
    if household.is_cut_off:
        is_on = setting.span.by_slot(~present.is_away)
        active *= is_on
        reactive *= is_on
    return Demand(active, reactive)


def _fridge_share(
    household: Household, setting: Setting, stream: np.random.Generator
) -> np.ndarray:
    """Share of every slot for which the compressors run: longer in a warm kitchen."""
    warmth = np.clip((setting.weather.slow_temperature_c - 18.0) / 10.0, 0.0, 1.0)
    duty = np.float32(household.fridge_share) * (1.0 + np.float32(0.3) * warmth)
    return thermostat_share(duty, household.fridge_cycles_per_hour, stream)
