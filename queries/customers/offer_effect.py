"""What an offer changed: customers who got it against those a lot left out.

The figure is the difference by intention to treat: all who were sent it against all who were not,
whoever took it. It comes from a regression on the customer's own history (analysis of covariance)
and not from the plain difference in differences, because a customer's year explains the next one
better than one for one: the error of the difference in differences is never smaller in large
samples and about twice as large where history is noisy (McKenzie 2012, J. Development Economics
99). The regression lets history count differently in each arm (Lin 2013, Annals of Applied
Statistics 7), so it stays right whatever the true form. Every customer is one observation, however
many days it has: days of one household are not independent. Errors are robust (HC3, MacKinnon &
White 1985). Effects of days are taken out by comparing each customer with the control group on the
very days it was read.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

LEAST_CUSTOMERS = 20
"""In each arm, below which nothing is said."""
LEAST_DAYS_BEFORE, LEAST_DAYS_AFTER = 28, 14
RECENT_DAYS, LATEST_DAYS = 56, 28
"""Before the offer: how the customer lives now."""
YEAR_DAYS = 364
"""The same weekday a year before: how it lives in this season."""
LEAST_READ_SHARE = 0.5
"""Of the days of a window, below which a customer is left out of the comparison."""
CONFIDENCE = 0.95
MEASURED, TOO_FEW, TOO_SHORT = "measured", "too_few_customers", "too_few_days"
_PERMUTATIONS = 999


@dataclass(frozen=True, slots=True)
class Trial:
    """Who was sent an offer, who was not by lot, and what all of them used.

    Attributes:
        energy_kwh: By customer and day, (customers, days); NaN where a day was not read.
        sent_day: Place of the day it was sent: what is before is history.
        is_offered: Whether it was sent to a customer, (customers,).
        took: Whether a customer took it, offered or not, (customers,).
        strata: Within which the lot was drawn, (customers,); None: over all at once.
    """

    energy_kwh: np.ndarray
    sent_day: int
    is_offered: np.ndarray
    took: np.ndarray
    strata: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval; NaN where there is none, infinite where it has no bound."""

    value: float
    low: float
    high: float


NOTHING = Estimate(np.nan, np.nan, np.nan)


@dataclass(frozen=True, slots=True)
class Effect:
    """What the offer changed.

    Attributes:
        status: MEASURED, or why nothing else is said.
        offered, control: Customers compared in each arm.
        left_out: Customers with too few readings.
        control_kwh_per_day: Mean use of the arm left out, at equal history.
        change_kwh_per_day: By intention to treat, a customer and day.
        change_share: The same over ``control_kwh_per_day``.
        difference_kwh_per_day: The plain difference in differences, to compare with.
        took_share, control_took_share: Who took it in each arm [0–1].
        taker_kwh_per_day: Change of a customer who took it because it was sent: intention to treat
            over the difference of the shares (Wald), with the interval of Anderson & Rubin (1949),
            which stays right where few took it, and then has no bounds. It supposes that the offer
            changes nobody who did not take it, and keeps nobody from taking it.
        p_value: Share of other lots, drawn in the same way, that would look as clear.
        is_change: Whether a change is claimed: the interval leaves out 0 and ``p_value`` ≤ 0.05.
    """

    status: str
    offered: int
    control: int
    left_out: int
    control_kwh_per_day: float = np.nan
    change_kwh_per_day: Estimate = NOTHING
    change_share: Estimate = NOTHING
    difference_kwh_per_day: Estimate = NOTHING
    took_share: float = np.nan
    control_took_share: float = np.nan
    taker_kwh_per_day: Estimate = NOTHING
    p_value: float = np.nan
    is_change: bool = False


def offer_effect(trial: Trial, seed: int = 1) -> Effect:
    """Compare the arms of a trial; ``seed`` is of the other lots behind ``p_value``."""
    windows = _windows(trial)
    reference = ~trial.is_offered
    used = [_used(trial.energy_kwh, days, reference) for days in windows]
    is_kept = np.all([~np.isnan(one) for one in used], axis=0)
    offered = int((is_kept & trial.is_offered).sum())
    control = int((is_kept & ~trial.is_offered).sum())
    counts = offered, control, int((~is_kept).sum())
    days = trial.energy_kwh.shape[1]
    if trial.sent_day < LEAST_DAYS_BEFORE or days - trial.sent_day < LEAST_DAYS_AFTER:
        return Effect(TOO_SHORT, *counts)
    if min(offered, control) < LEAST_CUSTOMERS:
        return Effect(TOO_FEW, *counts)
    after, *before = (one[is_kept] for one in used)
    arm, took = trial.is_offered[is_kept], trial.took[is_kept].astype(np.float64)
    strata = np.zeros(len(arm), int) if trial.strata is None else trial.strata[is_kept]
    fit = _fit(np.stack([after, took], axis=1), arm, _history(before, strata))
    change, own_mean = fit.change[0], fit.control[0]
    ratio = change / own_mean
    # Delta method: the denominator is estimated too.
    of_ratio = fit.variance[0] + ratio**2 * fit.control_variance - 2 * ratio * fit.covariance
    plain = after - before[0]
    residual = after - _projected(after, _history(before, strata))
    p_value = _p_value(residual, arm, strata, seed)
    found = _around(change, np.sqrt(fit.variance[0]), fit.t)
    return Effect(
        MEASURED,
        *counts,
        control_kwh_per_day=own_mean,
        change_kwh_per_day=found,
        change_share=_around(ratio, np.sqrt(of_ratio) / own_mean, fit.t),
        difference_kwh_per_day=_difference(plain, arm),
        took_share=float(took[arm].mean()),
        control_took_share=float(took[~arm].mean()),
        taker_kwh_per_day=_of_takers(fit),
        p_value=p_value,
        is_change=(found.low > 0 or found.high < 0) and p_value <= 1 - CONFIDENCE,
    )


def adjusted_change(trial: Trial) -> np.ndarray:
    """What each customer used after the offer less what its history foretells [kWh a day].

    NaN for those left out. One regression for both arms: it does not know who was sent the offer.
    """
    used = [_used(trial.energy_kwh, days, ~trial.is_offered) for days in _windows(trial)]
    is_kept = np.all([~np.isnan(one) for one in used], axis=0)
    found = np.full(len(is_kept), np.nan)
    if is_kept.any():
        after, *before = (one[is_kept] for one in used)
        history = _history(before, np.zeros(len(after), int))
        found[is_kept] = after - _projected(after, history)
    return found


def _windows(trial: Trial) -> list[np.ndarray]:
    """Places of the days after, then of history, what explains most first.

    The same season a year before, eight and four weeks before the offer, and the eight weeks a
    year before those: whoever uses more now than a year ago will go on to.
    """
    sent = trial.sent_day
    after = np.arange(sent, trial.energy_kwh.shape[1])
    recent, latest = (np.arange(max(sent - days, 0), sent) for days in (RECENT_DAYS, LATEST_DAYS))
    found = [after]
    for days in (after, recent):
        year_before = days - YEAR_DAYS
        known = year_before[(year_before >= 0) & (year_before < sent)]
        if len(known) >= LEAST_DAYS_BEFORE:
            found.append(known)
    return [*found, recent, latest]


def _used(energy_kwh: np.ndarray, days: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Mean daily use of some days; of one not read on all of them, as the reference group used.

    A customer that was not read in July is not frugal: its use is taken in proportion to what the
    reference group used on the days it was read.
    """
    rows = energy_kwh[:, days]
    if not rows.size or not reference.any():
        return np.full(len(energy_kwh), np.nan)
    is_read = ~np.isnan(rows)
    of_reference = is_read[reference]
    total = np.where(of_reference, rows[reference], 0.0).sum(axis=0)
    usual = total / np.maximum(of_reference.sum(axis=0), 1)
    same_days = is_read @ usual
    used = np.where(is_read, rows, 0.0).sum(axis=1)
    is_enough = (is_read.mean(axis=1) >= LEAST_READ_SHARE) & (same_days > 0)
    level = np.divide(used, same_days, out=np.full(len(used), np.nan), where=is_enough)
    return level * usual.mean()


def _history(before: list[np.ndarray], strata: np.ndarray) -> np.ndarray:
    """Covariates, centred: own use before, and the strata (customers, covariates)."""
    names = np.unique(strata)[1:]
    columns = [*before, *(strata == name for name in names)]
    found = np.stack([np.asarray(one, np.float64) for one in columns], axis=1)
    return found - found.mean(axis=0)


@dataclass(frozen=True, slots=True)
class _Fit:
    """Changes of the energy and of who took it, (2,), and how sure each is.

    Attributes:
        control: Means of the arm left out, at mean history.
        variance: Of the changes.
        joint: Covariance of the two changes.
        control_variance, covariance: Of the energy's control mean, and of it and the change.
        t: Half an interval in standard errors.
    """

    change: np.ndarray
    control: np.ndarray
    variance: np.ndarray
    joint: float
    control_variance: float
    covariance: float
    t: float


def _fit(outcomes: np.ndarray, arm: np.ndarray, history: np.ndarray) -> _Fit:
    """Lin's regression, eq. (3) of the paper, of two outcomes at once, with HC3 errors."""
    offered = arm.astype(np.float64)[:, None]
    design = np.hstack([np.ones_like(offered), offered, history, offered * history])
    inverse = np.linalg.pinv(design.T @ design)
    coefficients = inverse @ design.T @ outcomes
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    residuals = (outcomes - design @ coefficients) / (1 - np.minimum(leverage, 0.99))[:, None]
    first = design @ inverse[:, :2]  # the rows of the constant and of the arm

    def covariance(one: int, other: int) -> np.ndarray:
        weighted = residuals[:, one] * residuals[:, other]
        return (first * weighted[:, None]).T @ first

    energy, taking, both = covariance(0, 0), covariance(1, 1), covariance(0, 1)
    free = max(len(arm) - int(np.linalg.matrix_rank(design)), 1)
    return _Fit(
        change=coefficients[1],
        control=coefficients[0],
        variance=np.array([energy[1, 1], taking[1, 1]]),
        joint=float(both[1, 1]),
        control_variance=float(energy[0, 0]),
        covariance=float(energy[0, 1]),
        t=float(stats.t.ppf((1 + CONFIDENCE) / 2, free)),
    )


def _around(value: float, error: float, t: float) -> Estimate:
    return Estimate(float(value), float(value - t * error), float(value + t * error))


def _difference(change: np.ndarray, arm: np.ndarray) -> Estimate:
    """Difference of mean changes between the arms, with unequal variances (Welch)."""
    parts = [change[arm], change[~arm]]
    variances = [one.var(ddof=1) / len(one) for one in parts]
    error = np.sqrt(sum(variances))
    weights = [v**2 / (len(one) - 1) for v, one in zip(variances, parts, strict=True)]
    free = sum(variances) ** 2 / sum(weights) if sum(weights) > 0 else len(change) - 2
    t = float(stats.t.ppf((1 + CONFIDENCE) / 2, free))
    return _around(float(parts[0].mean() - parts[1].mean()), float(error), t)


def _of_takers(fit: _Fit) -> Estimate:
    """Wald's ratio; all θ for which the change less θ times the takers could be nothing."""
    (energy, taking), (of_energy, of_taking) = fit.change, fit.variance
    square = taking**2 - fit.t**2 * of_taking
    if taking <= 0 or square <= 0:
        return Estimate(float(energy / taking) if taking > 0 else np.nan, -np.inf, np.inf)
    middle = energy * taking - fit.t**2 * fit.joint
    rest = energy**2 - fit.t**2 * of_energy
    root = np.sqrt(max(middle**2 - square * rest, 0.0))
    low, high = (middle - root) / square, (middle + root) / square
    return Estimate(float(energy / taking), float(low), float(high))


def _projected(outcome: np.ndarray, history: np.ndarray) -> np.ndarray:
    design = np.hstack([np.ones((len(history), 1)), history])
    return design @ np.linalg.lstsq(design, outcome, rcond=None)[0]


def _p_value(residual: np.ndarray, arm: np.ndarray, strata: np.ndarray, seed: int) -> float:
    """Share of lots with a studentised difference as large (Wu & Ding 2021), this one counted."""
    random = np.random.default_rng(seed)
    lots = np.repeat(arm[None, :], _PERMUTATIONS + 1, axis=0)
    for stratum in np.unique(strata):
        own = np.flatnonzero(strata == stratum)
        lots[1:, own] = random.permuted(lots[1:, own], axis=1)
    statistic = _studentised(residual, lots)
    return float((statistic >= statistic[0] - 1e-9).mean())


def _studentised(residual: np.ndarray, lots: np.ndarray) -> np.ndarray:
    """|difference of means| over its error, of every lot."""
    parts = []
    for arm in (lots, ~lots):
        count = arm.sum(axis=1)
        mean = (arm @ residual) / count
        spread = (arm @ residual**2) / count - mean**2
        parts.append((mean, spread / np.maximum(count - 1, 1)))
    (one, of_one), (other, of_other) = parts
    return np.abs(one - other) / np.sqrt(np.maximum(of_one + of_other, 1e-300))
