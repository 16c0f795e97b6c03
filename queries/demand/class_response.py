"""What one model of price response makes of a class's mean day."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from queries.demand.arcturus import arcturus_change
from queries.demand.constant_elasticity import calibrated_elasticity, elastic_load, peak_over_flat
from queries.demand.response_models import ResponseModel
from queries.demand.substitution import substitution_load

Reach = Literal["within", "outside", "other_class", "no_signal"]
"""Whether the evidence of a model reaches: the price was tried, on customers like these."""


@dataclass(frozen=True, slots=True)
class ClassResponse:
    """The answer of a mean day.

    Attributes:
        after_kw: Of every hour; None where the evidence does not reach.
        evidence: Why.
        elasticity: With which the peak answers; None where the model has no single one.
        peak_change_share, daily_change_share: Of the energy; None as ``after_kw``.
    """

    after_kw: np.ndarray | None
    evidence: Reach
    elasticity: float | None = None
    peak_change_share: float | None = None
    daily_change_share: float | None = None


def class_response(  # noqa: PLR0913 - a day, its peak, a price, a model, whose
    load_kw: np.ndarray,
    is_peak: np.ndarray,
    price_ratio: float,
    model: ResponseModel,
    customer_class: str,
    *,
    has_technology: bool = False,
) -> ClassResponse:
    """Load of a mean day (steps,) when a flat price becomes a peak and an off-peak price.

    The two prices have the ratio asked for and bring in what the flat one did from the load before.
    Arcturus says the change of the peak only; where its energy goes is taken from the model of
    constant elasticity: into the hours off-peak.
    """
    if customer_class not in model.customer_classes:
        return ClassResponse(None, "other_class")
    if 1 < price_ratio < model.lowest_ratio:
        return ClassResponse(None, "outside")
    before = load_kw.astype(np.float64)
    peak_share = float(before[is_peak].sum() / before.sum()) if before.sum() > 0 else 0.0
    if price_ratio <= 1 or not 0 < peak_share < 1:
        return _told(before, before, is_peak, "no_signal")
    if model.form == "none":
        return _told(before, before, is_peak, "within")
    peak = peak_over_flat(price_ratio, peak_share)
    if model.form == "ces":
        price = np.where(is_peak, peak, peak / price_ratio)
        return _told(before, _substituted(before, is_peak, price, model), is_peak, "within")
    elasticity = _elasticity(model, price_ratio, peak, has_technology=has_technology)
    after = _only_peak(before, peak, elasticity, is_peak)
    return _told(before, after, is_peak, "within", elasticity)


def _substituted(
    load_kw: np.ndarray, is_peak: np.ndarray, price: np.ndarray, model: ResponseModel
) -> np.ndarray:
    """One day whose flat price of 1 becomes ``price``."""
    day = load_kw[None, :]
    [after] = substitution_load(
        day,
        is_peak[None, :],
        np.ones_like(day),
        price[None, :],
        substitution=model.coefficients["substitution"],
        daily=model.coefficients["daily"],
    )
    return after


def _elasticity(
    model: ResponseModel, price_ratio: float, peak_to_flat: float, *, has_technology: bool
) -> float:
    if model.form == "arcturus":
        found = arcturus_change(
            price_ratio,
            has_technology=has_technology,
            is_opt_out="opt_out" in model.coefficients,
            model=model,
        )
        # a positive change is no answer to a dearer peak: the opt-out constant at low ratios
        return min(calibrated_elasticity(found.change_share or 0.0, peak_to_flat), 0.0)
    stem = "technology" if has_technology else "elasticity"
    by_name = model.coefficients
    return (by_name[f"{stem}_low"] + by_name[f"{stem}_high"]) / 2


def _only_peak(
    load_kw: np.ndarray, peak_to_flat: float, elasticity: float, is_peak: np.ndarray
) -> np.ndarray:
    """Fewer kWh at the peak, put back off-peak in proportion to the load there."""
    dearer = np.where(is_peak, peak_to_flat, 1.0)
    [after] = elastic_load(load_kw[None, :], dearer, elasticity, is_off_peak=~is_peak)
    return after


def _told(
    before: np.ndarray,
    after: np.ndarray,
    is_peak: np.ndarray,
    evidence: Reach,
    elasticity: float | None = None,
) -> ClassResponse:
    return ClassResponse(
        after,
        evidence,
        elasticity,
        _change(before[is_peak], after[is_peak]),
        _change(before, after),
    )


def _change(before: np.ndarray, after: np.ndarray) -> float | None:
    total = float(before.sum())
    return float(after.sum()) / total - 1 if total > 0 else None
