"""What a fit of daily energy against temperature says of many rows: parts, errors, sums."""

from dataclasses import dataclass, fields

import numpy as np

MODELS = ("none", "heating", "cooling", "both")
"""Forms: no answer to the temperature, heating alone, cooling alone, both (5 parameters)."""
FITTED, FEW_DAYS, NARROW, NO_USE = "fitted", "few_days", "narrow_temperatures", "no_use"
"""What became of a row; all but the first: not enough data, and nothing is said of it."""
NORMAL_QUANTILE = 1.96
"""Half a 95 % interval in standard errors."""


@dataclass(frozen=True, slots=True)
class Response:
    """What was fitted, an entry a row; NaN where the row has no such part or too few data.

    Attributes:
        status: FITTED, or why not.
        model: One of MODELS.
        base: Energy of a day without heating and cooling, calendar terms 0 [energy/day].
        effects: What every other calendar term adds, (rows, terms − 1) [energy/day].
        heating_below_c, cooling_above_c: Change points [°C].
        heating_per_k, cooling_per_k: Slopes [energy/day/K]; 0 where the model has no such part.
        covariance: Of (base, effects, heating slope, cooling slope, heating and cooling change
            point), (rows, terms + 4, terms + 4); zero for parts the model has not.
        days: Days with energy and temperature.
        r2: Share of the variance explained [0–1].
        cvrmse: Root mean square error / mean energy (ASHRAE Guideline 14-2014, eq. 5-4).
        correlation: Of residuals a day apart, ρ.
        effective_days: n·(1 − ρ) / (1 + ρ).
    """

    status: np.ndarray
    model: np.ndarray
    base: np.ndarray
    effects: np.ndarray
    heating_below_c: np.ndarray
    cooling_above_c: np.ndarray
    heating_per_k: np.ndarray
    cooling_per_k: np.ndarray
    covariance: np.ndarray
    days: np.ndarray
    r2: np.ndarray
    cvrmse: np.ndarray
    correlation: np.ndarray
    effective_days: np.ndarray

    def of(self, rows: np.ndarray) -> "Response":
        """What was found of some rows."""
        return Response(*(getattr(self, field.name)[rows] for field in fields(self)))

    def put(self, rows: np.ndarray, other: "Response") -> "Response":
        """The same with ``other`` in the place of some rows."""
        placed = [getattr(self, field.name).copy() for field in fields(self)]
        for values, field in zip(placed, fields(self), strict=True):
            values[rows] = getattr(other, field.name)
        return Response(*placed)

    def standard_error(self, part: str) -> np.ndarray:
        """Of ``heating_per_k``, ``cooling_per_k``, ``heating_below_c`` or ``cooling_above_c``."""
        place = ("heating_per_k", "cooling_per_k", "heating_below_c", "cooling_above_c").index(part)
        at = self.covariance.shape[1] - 4 + place
        error = np.sqrt(self.covariance[:, at, at])
        return np.where(error > 0, error, np.nan)

    def heating(self, temperature_c: np.ndarray) -> np.ndarray:
        """Energy of heating on days of these temperatures, (days,) or (rows, days)."""
        return _hinge(self.heating_below_c[:, None] - temperature_c, self.heating_per_k)

    def cooling(self, temperature_c: np.ndarray) -> np.ndarray:
        """Energy of cooling on days of these temperatures, (days,) or (rows, days)."""
        return _hinge(temperature_c - self.cooling_above_c[:, None], self.cooling_per_k)

    def error_of_sum(self, part: str, temperature_c: np.ndarray) -> np.ndarray:
        """Standard error of ``heating`` or ``cooling`` summed over days of these temperatures.

        By the delta method, from slope and change point.
        """
        is_heating = part == "heating"
        change, slope = (
            (self.heating_below_c, self.heating_per_k)
            if is_heating
            else (self.cooling_above_c, self.cooling_per_k)
        )
        sign = 1.0 if is_heating else -1.0
        beyond = np.nan_to_num(np.maximum(sign * (change[:, None] - temperature_c), 0.0))
        of_slope = beyond.sum(axis=1)
        of_change = sign * slope * (beyond > 0).sum(axis=1)
        first = self.covariance.shape[1] - 4 + (0 if is_heating else 1)
        at = [first, first + 2]
        own = self.covariance[:, at][:, :, at]
        gradient = np.stack([of_slope, of_change], axis=1)
        return np.sqrt(np.maximum(np.einsum("ri,rij,rj->r", gradient, own, gradient), 0.0))


def _hinge(distance_k: np.ndarray, slope: np.ndarray) -> np.ndarray:
    return np.nan_to_num(np.maximum(distance_k, 0.0)) * slope[:, None]
