"""How demand has followed the economy: elasticities estimated from months, with their evidence.

Logarithms of a month against the same month of the year before, which takes the season off:
ln(E_t / E_t−12) = c + ε·ln(X_t / X_t−12) + u. Ordinary least squares; changes over twelve months
overlap, so that standard errors are those of Newey & West (1987) with as many lags as the sample
bears, and the small-sample correction (statsmodels). The constant takes up what goes on whatever
the economy does, efficiency foremost.
"""

from dataclasses import dataclass

import numpy as np
import statsmodels.api as sm

YEAR = 12
LEAST_SHOWN, LEAST_USED = 12, 24
"""Changes from year to year below which nothing is estimated, and below which it is not used."""

_MOST_LAGS = 11
_LEAST_SPREAD = 1e-4


@dataclass(frozen=True, slots=True)
class Estimate:
    """An elasticity as the past shows it.

    Attributes:
        elasticity: Per cent more energy for one per cent more of the driver.
        error: Its standard error.
        months: Changes from year to year it rests on.
        r2: Share of their variance explained.
    """

    elasticity: float
    error: float
    months: int
    r2: float


def estimate(energy_kwh: np.ndarray, driver: np.ndarray) -> Estimate | None:
    """The elasticity of monthly energy (at equal weather) to a monthly series.

    Both are of the same months in order, NaN where one is not known. None where there are fewer
    than LEAST_SHOWN changes, or the driver hardly moved.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        energy, other = np.log(energy_kwh), np.log(driver)
    change, moved = energy[YEAR:] - energy[:-YEAR], other[YEAR:] - other[:-YEAR]
    known = np.isfinite(change) & np.isfinite(moved)
    count = int(known.sum())
    if count < LEAST_SHOWN or np.std(moved[known]) < _LEAST_SPREAD:
        return None
    lags = min(_MOST_LAGS, count // 4)
    fitted = sm.OLS(change[known], sm.add_constant(moved[known])).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}
    )
    return Estimate(
        elasticity=float(fitted.params[1]),
        error=float(fitted.bse[1]),
        months=count,
        r2=float(fitted.rsquared),
    )


def weighed(assumed: float, spread: float, found: Estimate | None) -> tuple[float, float]:
    """The assumed elasticity and the estimated one, weighed by their precision: mean and spread.

    The assumption alone where there is no estimate, or one from fewer than LEAST_USED changes.
    """
    if found is None or found.months < LEAST_USED or found.error <= 0:
        return assumed, spread
    if spread == 0:
        return assumed, 0.0
    mine, theirs = spread**-2, found.error**-2
    return (assumed * mine + found.elasticity * theirs) / (mine + theirs), (mine + theirs) ** -0.5
