"""Rooftop photovoltaic plants under the district's sky."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ingest.simulated.surroundings.days import LATITUDE_DEG, declination_rad, solar_noon_h
from ingest.simulated.surroundings.setting import Setting
from ingest.simulated.surroundings.span import Span
from queries.schema import SLOTS_PER_DAY

_SOLAR_CONSTANT_W_PER_M2 = 1361.0
_ALBEDO = 0.2
_POWER_PER_K = -0.004
_NOMINAL_CELL_C = 45.0

_CAPACITY_KW = {
    "urban": (3.0, 8.0),
    "suburban": (5.0, 15.0),
    "rural": (8.0, 28.0),
    "street": (10.0, 40.0),
    "industrial": (60.0, 400.0),
}
_TILT_DEG = {
    "urban": (10.0, 35.0),
    "suburban": (15.0, 35.0),
    "rural": (20.0, 35.0),
    "street": (8.0, 20.0),
    "industrial": (5.0, 12.0),
}


@dataclass(frozen=True, slots=True)
class Solar:
    """A plant as built.

    Attributes:
        first_day: Day number of the span on which it first feeds; negative: before the span.
        capacity_kw: Modules under standard test conditions.
        inverter_kw: What its inverter lets through.
        tilt_deg: From the horizontal.
        azimuth_deg: Where it faces, clockwise from north; 180 is south.
        loss_share: Soiling, wiring, mismatch, shade and conversion.
        cloud_spread: How much its own clouds differ from those over the whole district.
        shedding_days: How long snow stays on it in the cold.
    """

    first_day: int
    capacity_kw: float
    inverter_kw: float
    tilt_deg: float
    azimuth_deg: float
    loss_share: float
    cloud_spread: float
    shedding_days: float


def draw_solar(
    stream: np.random.Generator, area_kind: str, first_day: int, capacity_kw: float | None = None
) -> Solar:
    """A plant of ``capacity_kw`` (None: as usual in the area) that feeds from ``first_day`` on."""
    usual_kw = stream.uniform(*_CAPACITY_KW[area_kind])
    capacity = float(round(usual_kw, 1)) if capacity_kw is None else capacity_kw
    return Solar(
        first_day=first_day,
        capacity_kw=capacity,
        inverter_kw=capacity / float(stream.uniform(1.05, 1.25)),
        tilt_deg=float(stream.uniform(*_TILT_DEG[area_kind])),
        azimuth_deg=float(np.clip(stream.normal(180.0, 20.0), 120.0, 240.0)),
        loss_share=float(stream.uniform(0.09, 0.15)),
        cloud_spread=float(stream.uniform(0.25, 0.45)),
        shedding_days=float(stream.uniform(1.0, 4.0)),
    )


def solar_w(solar: Solar, setting: Setting, stream: np.random.Generator) -> np.ndarray:
    """Power fed in every slot, float32 (slots,) [W]; zero by night and before the first day."""
    span, weather = setting.span, setting.weather
    power_w = np.zeros(span.slots, dtype=np.float32)
    is_lit = (_sun(span)[2] > 0.0) & (weather.irradiance_w_per_m2 > 0.0)
    is_lit[: max(solar.first_day, 0) * SLOTS_PER_DAY] = False
    lit = np.flatnonzero(is_lit)
    if not lit.size:
        return power_w
    plane_w_per_m2 = _plane_w_per_m2(solar, setting, lit, stream)
    # Cell temperature by the nominal operating temperature: Ross (1976), 12th IEEE PVSC.
    cell_c = weather.temperature_c[lit] + np.float32((_NOMINAL_CELL_C - 20) / 800) * plane_w_per_m2
    heat = 1.0 + np.float32(_POWER_PER_K) * (cell_c - 25.0)
    rated_kw = np.float32(solar.capacity_kw * (1.0 - solar.loss_share)) * heat
    clear_of_snow = _clear_of_snow_share(solar, setting, stream)[lit // SLOTS_PER_DAY]
    # W/m² of the plane × kW at 1000 W/m² = W.
    power_w[lit] = np.minimum(plane_w_per_m2 * rated_kw * clear_of_snow, 1e3 * solar.inverter_kw)
    return power_w


def _plane_w_per_m2(
    solar: Solar, setting: Setting, lit: np.ndarray, stream: np.random.Generator
) -> np.ndarray:
    """Irradiance on the modules in the slots ``lit``, float32."""
    sun_east, sun_north, sun_up, outside_w_per_m2 = (part[lit] for part in _sun(setting.span))
    horizontal = setting.weather.irradiance_w_per_m2[lit]
    diffuse_share = _diffuse_share(horizontal / (outside_w_per_m2 * sun_up))
    tilt, azimuth = np.radians([solar.tilt_deg, solar.azimuth_deg])
    facing = np.float32(np.sin(tilt) * np.sin(azimuth)) * sun_east
    facing += np.float32(np.sin(tilt) * np.cos(azimuth)) * sun_north
    facing += np.float32(np.cos(tilt)) * sun_up
    # Isotropic sky: Liu and Jordan (1963), Solar Energy 7(2), 53–74. The beam is not trusted when
    # the sun stands lower than 5°.
    beam = (1.0 - diffuse_share) * np.maximum(facing, 0.0) / np.maximum(sun_up, 0.087)
    sky = diffuse_share * np.float32((1 + np.cos(tilt)) / 2)
    ground = np.float32(_ALBEDO * (1 - np.cos(tilt)) / 2)
    clouds = _own_clouds(solar, diffuse_share, stream)
    return horizontal * (beam + sky + ground) * clouds


@lru_cache(maxsize=4)
def _sun(span: Span) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Where the sun stands mid-slot, and what it would give without air, float32 (slots,).

    Returns:
        The unit vector's parts to the east, north and zenith, and the irradiance on a plane that
        faces the sun outside the atmosphere [W/m²]. Read-only: shared by all plants.
    """
    day_of_year = np.array([day.timetuple().tm_yday for day in span.dates], dtype=np.float64)
    declination = declination_rad(day_of_year)
    # Duffie and Beckman (2013), Solar Engineering of Thermal Processes, eq. 1.4.1a.
    outside = _SOLAR_CONSTANT_W_PER_M2 * (1.0 + 0.033 * np.cos(2 * np.pi * day_of_year / 365.0))
    clock_h = (np.arange(SLOTS_PER_DAY) + 0.5) * (24.0 / SLOTS_PER_DAY)
    hour = (clock_h[None, :] - solar_noon_h(day_of_year)[:, None]) * (np.pi / 12.0)
    latitude = np.radians(LATITUDE_DEG)
    sine, cosine = np.sin(declination)[:, None], np.cos(declination)[:, None]
    parts = (
        -cosine * np.sin(hour),
        np.cos(latitude) * sine - np.sin(latitude) * cosine * np.cos(hour),
        np.sin(latitude) * sine + np.cos(latitude) * cosine * np.cos(hour),
        np.broadcast_to(outside[:, None], hour.shape),
    )
    east, north, up, outside_slots = (part.astype(np.float32).ravel() for part in parts)
    for part in (east, north, up, outside_slots):
        part.setflags(write=False)
    return east, north, up, outside_slots


def _diffuse_share(clearness: np.ndarray) -> np.ndarray:
    """Diffuse part of the horizontal irradiance: Erbs et al. (1982), Solar Energy 28(4), 293."""
    k = np.clip(clearness, 0.0, 1.0)
    broken = 0.9511 + k * (-0.1604 + k * (4.388 + k * (-16.638 + k * 12.336)))
    return np.where(k <= 0.22, 1.0 - 0.09 * k, np.where(k <= 0.8, broken, 0.165))


def _own_clouds(solar: Solar, diffuse_share: np.ndarray, stream: np.random.Generator) -> np.ndarray:
    """How this roof's light differs from the district's, mean about 1: most under broken cloud."""
    noise = np.convolve(
        stream.standard_normal(diffuse_share.size + 3, dtype=np.float32),
        np.array([0.8, 0.5, 0.3, 0.15], dtype=np.float32),
        mode="valid",
    )
    brokenness = 4.0 * diffuse_share * (1.0 - diffuse_share)
    return np.exp(np.float32(solar.cloud_spread) * brokenness * noise).clip(0.2, 1.25)


def _clear_of_snow_share(solar: Solar, setting: Setting, stream: np.random.Generator) -> np.ndarray:
    """Share of the modules free of snow on every day (days,); a thaw clears them."""
    days = setting.span.days
    mean_c = setting.weather.temperature_c.reshape(days, SLOTS_PER_DAY).mean(axis=1)
    fresh = ((setting.weather.rain_mm > 1.0) & (mean_c < 0.0)).tolist()
    shed = np.exp(-stream.gamma(2.0, 0.5, days) / solar.shedding_days).tolist()
    clear, covered = np.ones(days, dtype=np.float32), 0.0
    for day in range(days):
        covered = 0.95 if fresh[day] else covered * shed[day]
        if mean_c[day] > 1.0:
            covered = 0.0
        clear[day] = 1.0 - covered
    return clear
