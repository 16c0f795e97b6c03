"""Load after a change of prices by one elasticity, energy kept.

What the price takes out of an hour goes back into the cheap ones: a customer's energy of a season
stays what it was. Otherwise a shift of load would be booked as a saving.
"""

import math

import numpy as np

from queries.demand.response_models import ResponseError


def elastic_load(
    load_kw: np.ndarray,
    price_ratio: np.ndarray,
    elasticity: np.ndarray | float,
    *,
    is_off_peak: np.ndarray,
    season: np.ndarray | None = None,
) -> np.ndarray:
    """``Q·(P/P_flat)^ε``, and the rest put back off-peak in proportion to the load there.

    Args:
        load_kw: Before, (customers, steps), none negative; NaN where not known.
        price_ratio: New price of every step over the price it had, (steps,).
        elasticity: ε, a customer's (customers,) or everybody's; 0 or negative.
        is_off_peak: Steps into which energy may be put back, (steps,).
        season: Code of the season of every step, (steps,); None: all are one. Energy is kept within
            each.

    Returns:
        Load after, (customers, steps): to the last bit the same where no price of a customer's
        season changed.

    Raises:
        ResponseError: a price ratio is not positive, an elasticity is positive, or the dear hours
            alone would take more energy than there was.
    """
    if not (np.isfinite(price_ratio).all() and (price_ratio > 0).all()):
        raise ResponseError("every price ratio must be a positive number: new price / old price.")
    own = np.broadcast_to(np.asarray(elasticity, dtype=np.float64), (len(load_kw),))
    if (own > 0).any():
        raise ResponseError(f"elasticity {own.max()} must be 0 or negative: dearer means less.")
    seasons = np.zeros(load_kw.shape[1], int) if season is None else season
    after_kw = load_kw.astype(np.float64)
    for code in np.unique(seasons):
        steps = seasons == code
        if (price_ratio[steps] != 1).any():
            after_kw[:, steps] = _of_season(
                after_kw[:, steps], price_ratio[steps], own, is_off_peak[steps]
            )
    return after_kw


def _of_season(
    load_kw: np.ndarray, price_ratio: np.ndarray, elasticity: np.ndarray, is_off_peak: np.ndarray
) -> np.ndarray:
    after_kw = load_kw * price_ratio[None, :] ** elasticity[:, None]
    energy, moved = np.nansum(load_kw, axis=1), np.nansum(after_kw, axis=1)
    cheap = np.nansum(np.where(is_off_peak, after_kw, 0), axis=1)
    wanted = cheap + energy - moved
    is_impossible = (wanted < 0) | ((cheap == 0) & (moved != energy))
    if is_impossible.any():
        raise ResponseError(
            f"customer {int(is_impossible.argmax())} has no energy off-peak into which the "
            "difference could go. Mark more steps as off-peak, or take a smaller elasticity."
        )
    factor = np.divide(wanted, cheap, out=np.ones_like(cheap), where=cheap > 0)
    # Who does not answer keeps the load as it was, not one rounded by a factor of 1 ± 1e-16.
    factor[elasticity == 0] = 1.0
    after_kw[:, is_off_peak] *= factor[:, None]
    return after_kw


def calibrated_elasticity(change_share: float, peak_to_flat: float) -> float:
    """The elasticity with which the peak changes by ``change_share``, as Arcturus says.

    Energy is put back off-peak only, so the peak changes by ``(P_peak/P_flat)^ε − 1``.

    Args:
        change_share: Change of the load in peak hours, above −1.
        peak_to_flat: Peak price over the flat price that brings in the same, above 1.

    Raises:
        ResponseError: there is no price signal, or the change is no share.

    >>> round(calibrated_elasticity(-0.101, 4 / (0.25 * 4 + 0.75)), 3)
    -0.129
    """
    if peak_to_flat <= 1:
        raise ResponseError(f"peak over flat price {peak_to_flat} must be above 1 to fit a peak.")
    if change_share <= -1:
        raise ResponseError(f"change {change_share} must be above -1: nobody uses less than none.")
    return math.log1p(change_share) / math.log(peak_to_flat)


def peak_over_flat(price_ratio: float, peak_energy_share: float) -> float:
    """Peak price over the flat price that brings in the same from the energy of before.

    >>> peak_over_flat(4.0, 0.25)
    2.2857142857142856
    """
    return price_ratio / (peak_energy_share * price_ratio + 1 - peak_energy_share)
