"""How good forecasts were."""

import numpy as np

from queries.forecasting.bands import LOWER, QUANTILES, UPPER


def mape(forecast: np.ndarray, seen: np.ndarray, chosen: np.ndarray | None = None) -> float | None:
    """Mean absolute error in percent of what was seen; zeros and gaps are left out.

    Args:
        forecast: (days, slots).
        seen: (days, slots), NaN unknown.
        chosen: (days,) which days count; all of them if None.
    """
    known = np.isfinite(seen) & np.isfinite(forecast) & (seen != 0.0)
    if chosen is not None:
        known &= chosen[:, None]
    if not known.any():
        return None
    return float(100.0 * np.mean(np.abs(forecast[known] - seen[known]) / np.abs(seen[known])))


def rmse(forecast: np.ndarray, seen: np.ndarray) -> float | None:
    """Root of the mean squared error, in the series' unit."""
    known = np.isfinite(seen) & np.isfinite(forecast)
    if not known.any():
        return None
    return float(np.sqrt(np.mean(np.square(forecast[known] - seen[known]))))


def mean_absolute_error(forecast: np.ndarray, seen: np.ndarray) -> float | None:
    """Mean absolute error, in the series' unit."""
    known = np.isfinite(seen) & np.isfinite(forecast)
    return float(np.mean(np.abs(forecast[known] - seen[known]))) if known.any() else None


def pinball(quantiles: np.ndarray, seen: np.ndarray) -> float | None:
    """Mean pinball loss over QUANTILES, in the series' unit (Koenker & Bassett 1978).

    Args:
        quantiles: (days, slots, QUANTILES).
        seen: (days, slots), NaN unknown.
    """
    error = seen[..., None] - quantiles
    level = np.array(QUANTILES)
    known = np.isfinite(error)
    if not known.any():
        return None
    return float(np.mean(np.maximum(level * error, (level - 1.0) * error)[known]))


def coverage(quantiles: np.ndarray, seen: np.ndarray) -> float | None:
    """Share of what was seen that lies within the 80 % band, 0–1."""
    known = np.isfinite(seen) & np.isfinite(quantiles[..., LOWER])
    if not known.any():
        return None
    inside = (seen >= quantiles[..., LOWER]) & (seen <= quantiles[..., UPPER])
    return float(inside[known].mean())
