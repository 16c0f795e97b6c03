"""Weather of the district by quarter of an hour, and what a forecaster said the day before.

The weather of a date depends on the seed and the date alone, whatever the span around it.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl

from ingest.simulated.surroundings.climate import DailyClimate, daily_climate, saturation_hpa
from ingest.simulated.surroundings.days import (
    LATITUDE_DEG,
    Days,
    daylight,
    days,
    declination_rad,
    solar_noon_h,
)
from ingest.simulated.surroundings.persistence import daily_draws, persistent
from ingest.simulated.surroundings.span import Span
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY, WEATHER

SLOW_HOURS = 18.0
"""Time constant of the buildings behind ``slow_temperature_c`` [h]."""

_BUILDING_DAYS = 12
_HOURS_PER_DAY = 24
_HOURLY_TERMS = 24
_HAZE_SHARE = 0.92
_SLOTS_PER_HOUR = 60 // SLOT_MINUTES
_WARMEST_H = 15.0
_TABLE = pl.Schema(
    {
        name: dtype
        for name, dtype in WEATHER.schema.items()
        if name not in {"batch_id", "received_at"}
    }
)


@dataclass(frozen=True, slots=True)
class Weather:
    """Weather of the span, float32.

    Attributes:
        temperature_c: Air, mean of the slot (slots,).
        slow_temperature_c: What buildings feel: air smoothed exponentially over 18 h (slots,).
        humidity_share: Relative humidity (slots,).
        irradiance_w_per_m2: Global horizontal, mean of the slot (slots,).
        wind_m_per_s: Mean of the slot (slots,).
        rain_mm: Water of the day, snow melted (days,).
        dryness_share: Of the upper soil, 0 wet … 1 dry (days,).
    """

    temperature_c: np.ndarray
    slow_temperature_c: np.ndarray
    humidity_share: np.ndarray
    irradiance_w_per_m2: np.ndarray
    wind_m_per_s: np.ndarray
    rain_mm: np.ndarray
    dryness_share: np.ndarray


def weather(seed: int, span: Span, days: Days) -> Weather:
    """The weather of the span."""
    before = _BUILDING_DAYS
    whole = Span(span.first_day - timedelta(before), before + span.days + 1)
    climate = daily_climate(seed, whole.first_day - timedelta(1), whole.days + 2)
    noise = _hourly_noise(seed, "weather", whole, 3)
    temperature_c = _by_slot(_temperature_c(climate, whole) + 0.35 * noise[:, 0])
    cloudiness = _by_slot(_by_hour(climate.cloudiness) + 0.7 * noise[:, 1])
    vapour_hpa = _by_slot(_by_hour(climate.vapour_pressure_hpa))
    wind_m_per_s = _by_slot(_wind_m_per_s(climate, noise[:, 2]))
    asked, asked_days = slice(before * SLOTS_PER_DAY, None), slice(before + 1, -2)
    return Weather(
        temperature_c=temperature_c[asked].astype(np.float32),
        slow_temperature_c=_slow(temperature_c).astype(np.float32),
        humidity_share=_humidity_share(vapour_hpa[asked], temperature_c[asked]),
        irradiance_w_per_m2=(clear_sky_w_per_m2(days) * _transmission(cloudiness[asked])).astype(
            np.float32
        ),
        wind_m_per_s=wind_m_per_s[asked].astype(np.float32),
        rain_mm=climate.rain_mm[asked_days].astype(np.float32),
        dryness_share=climate.dryness_share[asked_days].astype(np.float32),
    )


def clear_sky_w_per_m2(days: Days) -> np.ndarray:
    """Global horizontal irradiance under a clear sky in the middle of every slot (slots,) [W/m²].

    Source: Haurwitz 1945, as in pvlib's ``clearsky.haurwitz``.
    """
    middle_h = (np.arange(SLOTS_PER_DAY) + 0.5) * SLOT_MINUTES / 60
    declination = declination_rad(days.day_of_year)[:, None]
    hour_angle = (middle_h - solar_noon_h(days.day_of_year)[:, None]) * (np.pi / 12)
    latitude = np.deg2rad(LATITUDE_DEG)
    height_sine = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(
        declination
    ) * np.cos(hour_angle)
    up = np.maximum(height_sine, 1e-3)
    return np.where(height_sine > 0, 1098.0 * up * np.exp(-0.059 / up), 0.0).ravel()


def weather_table(seed: int, region_id: str, span: Span, weather: Weather) -> pl.DataFrame:
    """Observed and forecast weather of every hour: ``WEATHER`` without what a batch adds.

    A value is the mean of the hour that begins at ``valid_at``. An observation has no
    ``issued_at``; the forecast of a day was issued at 16:00 of the day before. Its error is drawn
    by day and lasts the day; who expects too much sun expects it too warm and too dry.
    """
    seen = {
        name: getattr(weather, name).reshape(-1, _SLOTS_PER_HOUR).mean(axis=1)
        for name in ("temperature_c", "humidity_share", "irradiance_w_per_m2", "wind_m_per_s")
    }
    hours = pl.DataFrame({"hour": np.arange(span.days * 24)}).select(
        region_id=pl.lit(region_id),
        valid_at=span.instant(0) + pl.duration(hours="hour"),
        issued_at=span.instant(0) + pl.duration(hours=pl.col("hour") // 24 * 24 - 8),
    )
    observed = hours.with_columns(pl.lit(None).alias("issued_at"), **_columns(seen))
    forecast = hours.with_columns(**_columns(_forecast(seed, span, seen)))
    return (
        pl.concat([observed.cast(_TABLE), forecast.cast(_TABLE)])
        .select(list(_TABLE))
        .sort("region_id", "valid_at", "issued_at")
    )


def _columns(values: dict[str, np.ndarray]) -> dict[str, pl.Series]:
    return {name: pl.Series(column) for name, column in values.items()}


def _forecast(seed: int, span: Span, seen: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    of_day = daily_draws(seed, "forecast", span.first_day, span.days, (3,))
    sun, warm, moist = (np.repeat(of_day[:, column], 24) for column in range(3))
    noise = _hourly_noise(seed, "forecast_hours", span, 4)
    temperature_c = seen["temperature_c"] + 1.5 * (0.4 * sun + 0.92 * warm) + 1.0 * noise[:, 0]
    vapour_hpa = seen["humidity_share"] * saturation_hpa(seen["temperature_c"])
    clear = clear_sky_w_per_m2(days(span)).reshape(-1, _SLOTS_PER_HOUR).mean(axis=1)
    irradiance = seen["irradiance_w_per_m2"] * np.exp(0.25 * sun + 0.12 * noise[:, 1])
    return {
        "temperature_c": temperature_c,
        "humidity_share": _humidity_share(
            vapour_hpa * np.exp(-0.04 * sun + 0.06 * moist + 0.02 * noise[:, 2]), temperature_c
        ),
        "irradiance_w_per_m2": np.minimum(irradiance, clear),
        "wind_m_per_s": seen["wind_m_per_s"] * np.exp(0.25 * noise[:, 3]),
    }


def _hourly_noise(seed: int, purpose: str, span: Span, columns: int) -> np.ndarray:
    """Persistent noise of unit variance by hour (hours, columns)."""
    draws = daily_draws(
        seed, purpose, span.first_day - timedelta(1), span.days + 1, (_HOURS_PER_DAY, columns)
    ).reshape(-1, columns)
    return persistent(draws, 0.8, _HOURLY_TERMS + 1)


def _by_hour(of_days: np.ndarray) -> np.ndarray:
    """Values of noon (n + 2,) drawn out in straight lines over the hours of the n days between."""
    share = np.arange(_HOURS_PER_DAY) / _HOURS_PER_DAY
    before, day, after = of_days[:-2, None], of_days[1:-1, None], of_days[2:, None]
    morning = before + (day - before) * (share + 0.5)
    evening = day + (after - day) * (share - 0.5)
    return np.where(share < 0.5, morning, evening).ravel()


def _by_slot(of_hours: np.ndarray) -> np.ndarray:
    """Values of the full hours of n + 1 days in the middle of every slot of the first n days."""
    share = (np.arange(_SLOTS_PER_HOUR) + 0.5) / _SLOTS_PER_HOUR
    kept = len(of_hours) - _HOURS_PER_DAY
    here, there = of_hours[:kept, None], of_hours[1 : kept + 1, None]
    return (here + (there - here) * share).ravel()


def _temperature_c(climate: DailyClimate, whole: Span) -> np.ndarray:
    """Coldest at sunrise, warmest at 15:00, quick to fall in the evening."""
    sunrise_h = daylight(np.array([day.timetuple().tm_yday for day in whole.dates]))[0][:, None]
    hour = np.arange(_HOURS_PER_DAY)
    rising = (hour - sunrise_h) / (_WARMEST_H - sunrise_h)
    falling = (hour - _WARMEST_H) % 24 / (24 - _WARMEST_H + sunrise_h)
    is_rising = (rising >= 0) & (rising <= 1)
    course = np.where(
        is_rising, -np.cos(np.pi * rising), np.cos(np.pi * np.clip(falling, 0, 1) ** 0.75)
    )
    course -= course.mean(axis=1, keepdims=True)
    return _by_hour(climate.temperature_c) + _by_hour(climate.swing_k) * course.ravel() / 2


def _wind_m_per_s(climate: DailyClimate, noise: np.ndarray) -> np.ndarray:
    hour = np.arange(_HOURS_PER_DAY)
    course = np.tile(1 + 0.3 * np.cos(2 * np.pi * (hour - 14) / 24), len(noise) // _HOURS_PER_DAY)
    return _by_hour(climate.wind_m_per_s) * course * np.exp(0.25 * noise - 0.25**2 / 2)


def _transmission(cloudiness: np.ndarray) -> np.ndarray:
    """Share of a clear sky's irradiance that arrives; Kasten & Czeplak 1980."""
    cover = 1 / (1 + np.exp(-cloudiness))
    return _HAZE_SHARE * (1 - 0.75 * cover**3.4)


def _humidity_share(vapour_hpa: np.ndarray, temperature_c: np.ndarray) -> np.ndarray:
    return np.clip(vapour_hpa / saturation_hpa(temperature_c), 0.05, 1.0).astype(np.float32)


def _slow(temperature_c: np.ndarray) -> np.ndarray:
    """Exponentially smoothed temperature of all days but the first ``_BUILDING_DAYS``.

    What midnight hands on is a sum over a fixed number of days, so that it does not depend on
    where the series starts.
    """
    by_day = temperature_c.reshape(-1, SLOTS_PER_DAY)
    keep = np.exp(-SLOT_MINUTES / 60 / SLOW_HOURS)
    added = _smoothed(by_day, np.zeros(len(by_day)), keep)[:, -1]
    kept = len(by_day) - _BUILDING_DAYS
    at_midnight = np.zeros(kept)
    for age in range(_BUILDING_DAYS):
        start = _BUILDING_DAYS - 1 - age
        at_midnight += keep ** (SLOTS_PER_DAY * age) * added[start : start + kept]
    return _smoothed(by_day[_BUILDING_DAYS:], at_midnight, keep).ravel()


def _smoothed(by_day: np.ndarray, at_midnight: np.ndarray, keep: float) -> np.ndarray:
    smooth = np.empty_like(by_day)
    state = at_midnight
    for slot in range(SLOTS_PER_DAY):
        state = keep * state + (1 - keep) * by_day[:, slot]
        smooth[:, slot] = state
    return smooth
