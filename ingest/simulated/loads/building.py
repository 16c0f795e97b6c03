"""A building's electricity: what is always on, light, equipment, cooling and heating."""

from dataclasses import dataclass

import numpy as np

from ingest.simulated.loads.comfort import cooling_share, daylight_share, felt_c, heating_share
from ingest.simulated.loads.opening import times_daily
from ingest.simulated.loads.switching import autoregressive
from ingest.simulated.surroundings.setting import Setting

_DAYLIGHT_SAVES = 0.4
_STEADY_COLD_SHARE = 0.75
_STEADY_SHARE = 0.6
_HEATED_BETWEEN_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Parts:
    """How a kind of building divides its connected power, in any unit.

    Attributes:
        base: Always on: routers, pumps, guards, standby.
        cold: Refrigerators and cold rooms.
        lighting, equipment: What people and business switch on.
        cooling: Air conditioners.
        heating: Electric heating where there is some.
        heating_odds: Share of buildings with electric heating; the others have district heating.
    """

    base: float
    cold: float
    lighting: float
    equipment: float
    cooling: float
    heating: float
    heating_odds: float


@dataclass(frozen=True, slots=True)
class Building:
    """One building.

    Attributes:
        base_kw, cold_kw, lighting_kw, equipment_kw, cooling_kw, heating_kw: Connected power.
        cooling_from_c, heating_below_c: Where people begin to cool and to heat.
        kept_share: Share of cooling and heating kept up when nobody is there.
        restlessness: Standard deviation of equipment from quarter to quarter, as a share.
        persistence: How much of a deviation is left after a quarter of an hour.
    """

    base_kw: float
    cold_kw: float
    lighting_kw: float
    equipment_kw: float
    cooling_kw: float
    heating_kw: float
    cooling_from_c: float
    heating_below_c: float
    kept_share: float
    restlessness: float
    persistence: float


def draw_building(
    stream: np.random.Generator,
    connected_kw: float,
    parts: Parts,
    *,
    kept_share: float,
    restlessness: float,
) -> Building:
    """A building of that connected power; its parts scatter by a fifth about those of its kind."""
    heating = parts.heating if stream.random() < parts.heating_odds else 0.0
    usual = (parts.base, parts.cold, parts.lighting, parts.equipment, parts.cooling, heating)
    drawn = np.array(usual) * stream.uniform(0.65, 1.35, 6)
    sizes = [float(size) for size in drawn * (connected_kw / drawn.sum())]
    return Building(
        *sizes,
        cooling_from_c=stream.uniform(22.5, 26.0),
        heating_below_c=stream.uniform(8.0, 14.0),
        kept_share=kept_share * stream.uniform(0.5, 1.5),
        restlessness=restlessness * stream.uniform(0.6, 1.5),
        persistence=stream.uniform(0.55, 0.85),
    )


def building_w(
    building: Building,
    setting: Setting,
    presence: np.ndarray,
    use: np.ndarray,
    stream: np.random.Generator,
) -> np.ndarray:
    """Power of a building, float32 (slots,) [W].

    Args:
        building: The building.
        setting: Weather and calendar.
        presence: How much of it is lit and conditioned, 0–1 (slots,).
        use: How much of its equipment runs, about 0–1 (slots,).
        stream: Of this customer.
    """
    felt = felt_c(setting.weather)
    lively = autoregressive(stream, presence.size, building.persistence)
    lively *= building.restlessness
    lively += 1
    np.maximum(lively, 0.2, out=lively)
    kw = use * building.equipment_kw
    kw += _conditioning_kw(building, setting, felt, presence)
    kw *= lively
    needed = 1 - _DAYLIGHT_SAVES * daylight_share(setting.weather)
    steady = building.lighting_kw * needed * presence
    steady += building.base_kw
    lively *= 1 - _STEADY_SHARE
    lively += _STEADY_SHARE
    kw += steady * lively
    if building.cold_kw:
        kw += building.cold_kw * _cold_share(felt, stream)
    kw *= 1e3
    return kw


def _conditioning_kw(
    building: Building, setting: Setting, felt: np.ndarray, presence: np.ndarray
) -> np.ndarray:
    """Cooling and electric heating (slots,) [kW].

    Where district heating warms the house, air conditioners heat a little before it begins on
    1 November and after it ends on 31 March.
    """
    kw = building.cooling_kw * cooling_share(felt, building.cooling_from_c)
    heating = heating_share(felt, building.heating_below_c)
    if building.heating_kw:
        kw += building.heating_kw * heating
    else:
        between_kw = _HEATED_BETWEEN_SHARE * building.cooling_kw * ~setting.days.is_heating_season
        kw += times_daily(heating, between_kw.astype(np.float32))
    return kw * (building.kept_share + (1 - building.kept_share) * presence)


def _cold_share(felt: np.ndarray, stream: np.random.Generator) -> np.ndarray:
    """Share of the refrigeration that runs: its compressors cycle, in the heat they rest less."""
    duty = np.clip(0.30 + 0.012 * felt, 0.25, 0.70)
    cycling = stream.random(felt.size, dtype=np.float32)
    return duty * (_STEADY_COLD_SHARE + 2 * (1 - _STEADY_COLD_SHARE) * cycling)
