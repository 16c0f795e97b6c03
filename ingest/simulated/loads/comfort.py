"""What weather does to a building: cooling, heating, light."""

import numpy as np

from ingest.simulated.surroundings.weather import Weather

_OUTDOOR_SHARE = 0.3
_COOLING_RANGE_C = 8.0
_HEATING_RANGE_C = 26.0
_BRIGHT_W_PER_M2 = 250.0


def felt_c(weather: Weather) -> np.ndarray:
    """The temperature a building answers to [°C], (slots,): its walls', a third of the air's."""
    return weather.slow_temperature_c + _OUTDOOR_SHARE * (
        weather.temperature_c - weather.slow_temperature_c
    )


def cooling_share(felt: np.ndarray, from_c: float) -> np.ndarray:
    """Share of the cooling that runs, (slots,): none at ``from_c``, all of it 8 K above."""
    return np.clip((felt - from_c) * (1 / _COOLING_RANGE_C), 0, 1)


def heating_share(felt: np.ndarray, below_c: float) -> np.ndarray:
    """Share of the electric heating that runs, (slots,): none at ``below_c``, all 26 K below."""
    return np.clip((below_c - felt) * (1 / _HEATING_RANGE_C), 0, 1)


def daylight_share(weather: Weather) -> np.ndarray:
    """How much of the light in a room the sky gives, 0–1 (slots,)."""
    return np.minimum(weather.irradiance_w_per_m2 * (1 / _BRIGHT_W_PER_M2), 1)
