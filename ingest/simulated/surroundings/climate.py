"""What the weather of every day is like, in a few numbers: a climate like Shenyang's.

Normals of temperature are those of the district's design. Humidity, rain, cloud and wind by month
are round figures for a monsoon climate at 42° north, not a record of any station.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from statistics import NormalDist

import numpy as np

from ingest.simulated.streams import stream
from ingest.simulated.surroundings.persistence import (
    daily_draws,
    first_of_month,
    month_number,
    persistent,
)

TEMPERATURE_NORMALS_C = (-11.0, -6.5, 2.0, 10.5, 17.5, 22.0, 25.0, 24.0, 17.5, 9.5, 0.0, -8.0)
"""Mean temperature of every month [°C], January first."""

_HUMIDITY_SHARE = (0.60, 0.55, 0.51, 0.49, 0.53, 0.65, 0.77, 0.77, 0.68, 0.62, 0.60, 0.61)
_WIND_M_PER_S = (2.6, 2.8, 3.3, 3.7, 3.4, 2.9, 2.6, 2.4, 2.4, 2.7, 2.8, 2.6)
_RAIN_DAYS_SHARE = (0.09, 0.10, 0.13, 0.20, 0.25, 0.36, 0.42, 0.36, 0.23, 0.20, 0.17, 0.13)
_RAIN_MM_PER_RAIN_DAY = (2.0, 2.5, 4.5, 6.5, 7.0, 9.0, 14.0, 14.0, 9.0, 6.5, 3.5, 2.5)
_CLOUDINESS = (-0.9, -0.65, -0.3, 0.2, 0.6, 1.1, 1.5, 1.2, 0.3, 0.15, 0.1, 0.0)

_MEMORY_DAYS = 40
_DRY_AFTER_DAYS = 60


@dataclass(frozen=True, slots=True)
class _Spell:
    """Several days much hotter or much colder than the season, by month of their first day."""

    rates: dict[int, float]
    days: tuple[int, int]
    excess_c: tuple[float, float]


_SPELLS = (
    _Spell({6: 0.3, 7: 0.6, 8: 0.5}, (4, 8), (3.0, 5.5)),
    _Spell({11: 0.4, 12: 0.6, 1: 0.6, 2: 0.5, 3: 0.3}, (3, 6), (-10.0, -6.0)),
)


@dataclass(frozen=True, slots=True)
class DailyClimate:
    """The weather of every day, float64 (days,).

    Attributes:
        temperature_c: Mean of the day.
        swing_k: Warmest less coldest of the day.
        cloudiness: Standing of the sky; 0 half covered, below clearer, above more clouds.
        vapour_pressure_hpa: Of the water in the air.
        wind_m_per_s: Mean of the day.
        rain_mm: Water that falls, snow melted.
        dryness_share: Of the upper soil, 0 wet … 1 dry.
    """

    temperature_c: np.ndarray
    swing_k: np.ndarray
    cloudiness: np.ndarray
    vapour_pressure_hpa: np.ndarray
    wind_m_per_s: np.ndarray
    rain_mm: np.ndarray
    dryness_share: np.ndarray


def daily_climate(seed: int, first_day: date, count: int) -> DailyClimate:
    """The weather of ``count`` days from ``first_day`` on."""
    sky, rain_mm = _sky(seed, first_day - timedelta(_DRY_AFTER_DAYS), count + _DRY_AFTER_DAYS)
    sky = sky[_DRY_AFTER_DAYS:]
    year_share = _year_share(first_day, count)
    before = _MEMORY_DAYS - 1
    draws = daily_draws(seed, "climate", first_day - timedelta(before), before + count, (4,))
    anomaly = persistent(draws[:, 0], 0.75, _MEMORY_DAYS)
    swing, humidity, wind = (draws[-count:, column] for column in (1, 2, 3))
    winter = np.cos(2 * np.pi * (year_share - 0.04))
    spell_c = _spells_c(seed, first_day, count)
    # Clouds cool a summer's day and keep a winter's night warm.
    temperature_c = (
        harmonics(TEMPERATURE_NORMALS_C, year_share)
        + (2.6 + 0.85 * winter) * anomaly
        + 0.8 * winter * sky
        + spell_c
    )
    cloudiness = harmonics(_CLOUDINESS, year_share) + 1.5 * sky - 0.25 * np.maximum(spell_c, 0.0)
    humidity_share = np.clip(
        harmonics(_HUMIDITY_SHARE, year_share) + 0.08 * sky + 0.05 * humidity, 0.15, 0.96
    )
    return DailyClimate(
        temperature_c=temperature_c,
        swing_k=np.clip(10.2 - 1.9 * sky + 0.9 * swing, 2.5, 17.0),
        cloudiness=cloudiness,
        vapour_pressure_hpa=humidity_share * saturation_hpa(temperature_c),
        wind_m_per_s=harmonics(_WIND_M_PER_S, year_share)
        * np.exp(0.35 * wind - 0.35**2 / 2)
        * (1 + 0.04 * np.abs(spell_c)),
        rain_mm=rain_mm[_DRY_AFTER_DAYS:],
        dryness_share=_dryness_share(rain_mm),
    )


def harmonics(by_month: tuple[float, ...], year_share: np.ndarray) -> np.ndarray:
    """A smooth year (n,) whose months, taken as twelfths of it, have the given means.

    A mean over a twelfth of a year weakens harmonic ``k`` by sinc(k / 12); that is undone here.
    """
    spectrum = np.fft.rfft(by_month) / 6
    spectrum[[0, 6]] /= 2
    curve = np.full(year_share.shape, spectrum[0].real)
    for order in range(1, 7):
        angle = 2 * np.pi * order * (year_share - 0.5 / 12)
        weight = spectrum[order] / np.sinc(order / 12)
        curve += weight.real * np.cos(angle) - weight.imag * np.sin(angle)
    return curve


def saturation_hpa(temperature_c: np.ndarray) -> np.ndarray:
    """Vapour pressure of saturated air over water [hPa]; Alduchov & Eskridge 1996, eq. 21."""
    return 6.1094 * np.exp(17.625 * temperature_c / (243.04 + temperature_c))


def _year_share(first_day: date, count: int) -> np.ndarray:
    dates = (first_day + timedelta(n) for n in range(count))
    return np.array([(day.timetuple().tm_yday - 0.5) / 365.25 for day in dates])


def _sky(seed: int, first_day: date, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Standing of the sky (standard normal) and rain [mm]: it rains on the greyest days."""
    terms = 16
    draws = daily_draws(seed, "sky", first_day - timedelta(terms - 1), count + terms - 1, (2,))
    sky = persistent(draws[:, 0], 0.4, terms)
    year_share = _year_share(first_day, count)
    wet_share = harmonics(_RAIN_DAYS_SHARE, year_share)
    threshold = np.array([NormalDist().inv_cdf(1 - share) for share in wet_share])
    # Mean 1, since E|z|^1.6 = 0.882: few storms bring most of the water.
    depth = np.abs(draws[terms - 1 :, 1]) ** 1.6 / 0.882
    rain_mm = np.where(sky > threshold, harmonics(_RAIN_MM_PER_RAIN_DAY, year_share) * depth, 0.0)
    return sky, rain_mm


def _dryness_share(rain_mm: np.ndarray) -> np.ndarray:
    """Soil that holds what rained, drying by a tenth a day; a store of 25 mm is e-fold wetter."""
    kept = len(rain_mm) - _DRY_AFTER_DAYS
    stored_mm = np.zeros(kept)
    for age in range(_DRY_AFTER_DAYS):
        start = _DRY_AFTER_DAYS - age
        stored_mm += 0.9**age * rain_mm[start : start + kept]
    return np.exp(-stored_mm / 25.0)


def _spells_c(seed: int, first_day: date, count: int) -> np.ndarray:
    """What heat waves and cold snaps add to the days [K], less what they add in the mean."""
    added_c = np.zeros(count)
    last_month = month_number(first_day + timedelta(days=count - 1))
    for number in range(month_number(first_day) - 1, last_month + 1):
        month_day = first_of_month(number)
        start = (month_day - first_day).days
        draw = stream(seed, "spells", number)
        for spell in _SPELLS:
            rate = spell.rates.get(month_day.month, 0.0)
            for _ in range(draw.poisson(rate)):
                shape = _course(int(draw.integers(spell.days[0], spell.days[1] + 1)))
                begins = start + int(draw.integers(0, 30))
                _add(added_c, begins, draw.uniform(*spell.excess_c) * shape)
            mean_c = rate / 30.4 * sum(spell.excess_c) / 2 * 0.79 * sum(spell.days) / 2
            _add(added_c, start, np.full(30, -mean_c))
    return added_c


def _course(length: int) -> np.ndarray:
    return np.sqrt(np.sin(np.pi * (np.arange(length) + 0.5) / length))


def _add(total: np.ndarray, start: int, values: np.ndarray) -> None:
    first, last = max(start, 0), min(start + len(values), len(total))
    if first < last:
        total[first:last] += values[first - start : last - start]
