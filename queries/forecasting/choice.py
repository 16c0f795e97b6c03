"""Which model's forecast is served: the best of a rolling backtest, once its lead is no chance."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

PRODUCTION = "production"
MODELS = (PRODUCTION, "vanilla", "classical", "naive_168h", "naive_24h")
"""The candidates; the first one serves until another is proven better."""
WINDOW_DAYS = 60
LEAST_DAYS = 21
"""Days that have to be known of two models before one takes the other's place."""
MARGIN = 0.03
"""Of its mean error, by which the served model must be beaten."""
DOUBT = 0.01
"""The most that chance may explain of the lead. Strict, for it is asked every evening."""


@dataclass(frozen=True, slots=True)
class Serving:
    """The model whose forecast is served.

    Attributes:
        model: One of MODELS.
        since: Row of the first day it has served without a break; it may lie before the first.
        before: The model that served before it; None: none did.
    """

    model: str
    since: int
    before: str | None = None


def served_from(
    losses: dict[str, np.ndarray], first: int, last: int, serving: Serving
) -> list[Serving]:
    """Who serves each of the rows ``first`` to ``last``, decided on the evening before it.

    Of the models that are better than the serving one by MARGIN, and by more than chance would
    explain (``doubt``), the best takes its place: it stays until it is beaten in the same way, so
    that two models of equal worth do not take turns.

    Args:
        losses: (days,) mean absolute error of every day by model, NaN where it is not known. Of
            the WINDOW_DAYS before a day those count that are known of both.
        first: First row; the losses before it decide on it.
        last: Last row.
        serving: Who served before ``first``.
    """
    found = []
    for day in range(first, last + 1):
        window = slice(max(0, day - WINDOW_DAYS), day)
        own = losses[serving.model][window]
        best, least = serving.model, np.inf
        for model, loss in losses.items():
            known = np.isfinite(own) & np.isfinite(loss[window])
            if model == serving.model or known.sum() < LEAST_DAYS:
                continue
            mine, other = own[known], loss[window][known]
            ratio = float(other.mean() / max(mine.mean(), np.finfo(float).tiny))
            if ratio <= 1.0 - MARGIN and ratio < least and doubt(lead_of(mine, other)) <= DOUBT:
                best, least = model, ratio
        if best != serving.model:
            serving = Serving(best, day, serving.model)
        found.append(serving)
    return found


def daily_errors(forecast: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Mean absolute error of every day (days,), of (days, slots); NaN where nothing was read."""
    known = np.isfinite(forecast) & np.isfinite(seen)
    count = known.sum(axis=1)
    total = np.where(known, np.abs(forecast - seen), 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def lead_of(mine: np.ndarray, other: np.ndarray) -> np.ndarray:
    """By how much the other of two models erred less, day by day, in logarithms of their errors.

    Ratios, so that a week of hard days does not outweigh the others; a day on which hardly anything
    was wrong counts as one with a thousandth of the mean error.
    """
    known = mine[np.isfinite(mine)]
    least = max(float(known.mean()) / 1000, np.finfo(float).tiny) if len(known) else 1.0
    return np.log(np.maximum(mine, least)) - np.log(np.maximum(other, least))


def doubt(lead: np.ndarray) -> float:
    """How likely chance alone gives such a mean lead, one-sided, 0–1.

    Source: Diebold & Mariano 1995, with the small-sample correction and Student's t of Harvey,
    Leybourne & Newbold 1997. Errors of neighbouring days resemble each other, so that the variance
    of the mean counts autocovariances up to the cube root of the days (Newey & West 1987).

    Args:
        lead: (days,) how much less the second of two forecasts erred on each day, as ``lead_of``
            says; NaN unknown.
    """
    lead = lead[np.isfinite(lead)]
    days = len(lead)
    if days < 2:
        return 1.0
    off = lead - lead.mean()
    reach = round(days ** (1 / 3))
    variance = float(off @ off) / days
    for lag in range(1, reach + 1):
        variance += 2.0 * (1.0 - lag / (reach + 1.0)) * float(off[lag:] @ off[:-lag]) / days
    if variance <= 0.0:
        return float(lead.mean() <= 0.0)
    # One day ahead: the correction for a horizon of one.
    statistic = lead.mean() / np.sqrt(variance / days) * np.sqrt((days - 1) / days)
    return float(stats.t.sf(statistic, days - 1))
