"""Small loads that obey known rules."""

from datetime import date

import numpy as np

from queries.forecasting.features import Surroundings, surroundings_of
from queries.forecasting.special_days import SpecialDays, special_days
from queries.forecasting.temperature import temperature_of

FIRST_DAY = date(2022, 1, 3)
"""A Monday."""


def temperatures(days: int, slots: int, seed: int = 1) -> np.ndarray:
    """A year's wave, a day's wave and slow weather [°C]."""
    random = np.random.default_rng(seed)
    weather = np.zeros(days)
    for day in range(1, days):
        weather[day] = 0.8 * weather[day - 1] + random.normal(0.0, 2.0)
    year = 15.0 - 12.0 * np.cos(2.0 * np.pi * np.arange(days) / 365.25)
    shape = -4.0 * np.cos(2.0 * np.pi * (np.arange(slots) + 0.5) / slots)
    return (year + weather)[:, None] + shape[None, :]


def load_of(
    calendar: SpecialDays, temperature: np.ndarray, noise: float = 0.01, seed: int = 2
) -> np.ndarray:
    """A load [MW] with a daily shape, free days 20 % lower, and cooling above 22 °C."""
    random = np.random.default_rng(seed)
    slots = temperature.shape[1]
    shape = 1.0 + 0.3 * np.sin(2.0 * np.pi * (np.arange(slots) / slots - 0.3))
    free = np.where(calendar.is_free, 0.8, 1.0)[:, None]
    cooling = 1.0 + 0.03 * np.maximum(0.0, temperature - 22.0)
    errors = np.exp(random.normal(0.0, noise, temperature.shape))
    return 1000.0 * shape[None, :] * free * cooling * errors


def made(
    days: int, slots: int = 24, known: int = 100, *, noise: float = 0.01
) -> tuple[Surroundings, np.ndarray]:
    """Surroundings and load of ``days`` days from FIRST_DAY, bends from the first ``known``."""
    calendar = special_days(FIRST_DAY, days, "CN")
    temperature = temperatures(days, slots)
    around = surroundings_of(calendar, temperature_of(temperature, temperature, known))
    return around, load_of(calendar, temperature, noise)
