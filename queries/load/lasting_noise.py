"""Days that resemble those around them: how far, how long, and what that does to a regression.

What a model leaves of a home's days is partly new every day and partly lasts: moods, guests, a job
for some weeks. It is taken as the sum of white noise and of an autoregression of first order,
correlated by share·φ^k at k days (an ARMA(1, 1) process, Box & Jenkins 1970, ch. 3). Share and φ
are those nearest to the correlations of the residuals.
"""

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

LAGS = np.array([1, 2, 3, 4, 5, 6, 7, 9, 11, 14, 18, 23, 28, 35])
"""Days apart at which correlations are looked at: a week closely, then up to five."""
_PERSISTENCE = np.array([0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.975])
_MOST_SHARE = 0.97
_LEAST_PAIRS = 20


@dataclass(frozen=True, slots=True)
class LastingNoise:
    """Noise of many rows.

    Attributes:
        share: Of the variance that lasts, 0–1 (rows,).
        persistence: φ, what is left of that a day later (rows,).
    """

    share: np.ndarray
    persistence: np.ndarray


def lasting_noise(residuals: np.ndarray) -> LastingNoise:
    """Noise of residuals (rows, days); NaN where a day is not known."""
    found = _correlations(residuals)
    best = np.full(len(found), np.inf)
    share, persistence = np.zeros(len(found)), np.full(len(found), _PERSISTENCE[0])
    for candidate in _PERSISTENCE:
        shape = candidate**LAGS
        suits = np.clip(found @ shape / (shape @ shape), 0.0, _MOST_SHARE)
        off = ((found - suits[:, None] * shape) ** 2).sum(axis=1)
        is_better = off < best
        best = np.where(is_better, off, best)
        share = np.where(is_better, suits, share)
        persistence = np.where(is_better, candidate, persistence)
    return LastingNoise(share, persistence)


def _correlations(residuals: np.ndarray) -> np.ndarray:
    """Of residuals LAGS days apart, (rows, lags); 0 where there are too few pairs."""
    known = ~np.isnan(residuals)
    left = np.where(known, residuals, 0.0)
    weight = known.astype(np.float64)
    variance = (left**2).sum(axis=1) / np.maximum(weight.sum(axis=1), 1)
    found = np.zeros((len(residuals), len(LAGS)))
    for place, lag in enumerate(LAGS):
        if lag >= residuals.shape[1]:
            break
        pairs = np.einsum("rd,rd->r", weight[:, lag:], weight[:, :-lag])
        product = np.einsum("rd,rd->r", left[:, lag:], left[:, :-lag])
        enough = (pairs >= _LEAST_PAIRS) & (variance > 0)
        scale = np.where(enough, pairs * variance, 1.0)
        found[:, place] = np.where(enough, product / scale, 0.0)
    return found


def scattered(derivatives: np.ndarray, noise: LastingNoise) -> np.ndarray:
    """X'ΩX with Ω the correlations of the days, (rows, p, p).

    Args:
        derivatives: X (rows, days, p), every day of the period in its place; 0 where not known.
        noise: Of the rows.
    """
    inner = derivatives.transpose(0, 2, 1) @ derivatives
    earlier = np.empty_like(derivatives)
    for persistence in np.unique(noise.persistence):
        own = noise.persistence == persistence
        earlier[own] = lfilter([0.0, persistence], [1.0, -persistence], derivatives[own], axis=1)
    crossed = derivatives.transpose(0, 2, 1) @ earlier
    return inner + noise.share[:, None, None] * (crossed + crossed.transpose(0, 2, 1))


@dataclass(frozen=True, slots=True)
class Whitening:
    """What turns lasting noise into noise that is new every day (Kalman filter, gaps included).

    Attributes:
        gain: Of the filter, (days, rows); 0 where a day is not known.
        scale: 1 / deviation of the innovation, (days, rows); 0 where a day is not known.
        persistence: φ, (rows,).
    """

    gain: np.ndarray
    scale: np.ndarray
    persistence: np.ndarray

    def of(self, columns: np.ndarray) -> np.ndarray:
        """Innovations of columns (days, rows, k), in units of the noise's deviation."""
        white = np.empty_like(columns)
        expected = np.zeros(columns.shape[1:])
        for day in range(len(columns)):
            surprise = columns[day] - expected
            white[day] = self.scale[day][:, None] * surprise
            surprise *= self.gain[day][:, None]
            expected += surprise
            expected *= self.persistence[:, None]
        return white


def whitening(noise: LastingNoise, known: np.ndarray) -> Whitening:
    """The filter for noise of variance 1 on the days ``known`` (rows, days)."""
    persistence, share = noise.persistence, noise.share
    days = known.shape[1]
    gain, scale = np.zeros((days, len(known))), np.zeros((days, len(known)))
    variance = share.copy()
    for day in range(days):
        is_known = known[:, day]
        innovation = variance + (1.0 - share)
        gain[day] = np.where(is_known, variance / innovation, 0.0)
        scale[day] = np.where(is_known, 1.0 / np.sqrt(innovation), 0.0)
        variance = variance * (1.0 - gain[day])
        variance = persistence**2 * variance + share * (1.0 - persistence**2)
    return Whitening(gain, scale, persistence)
