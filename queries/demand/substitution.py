"""Load after a change of prices by elasticity of substitution and daily elasticity (CES, PRISM).

With Q and P of peak (p) and off-peak (o) hours, Q by the hour, and P_d the price of the day
weighted by its load before:

- ``ln(Qp/Qo)' = ln(Qp/Qo) + s·[ln(Pp'/Po') − ln(Pp/Po)]``
- ``ln Qd' = ln Qd + e·[ln Pd' − ln Pd]``
- ``Qo' = (24/Ho)·Qd' / (1 + (Hp/Ho)·exp(ln(Qp/Qo)'))``, ``Qp' = Qo'·exp(ln(Qp/Qo)')``

Every day is worked out from its own hours. A known open implementation cuts the year by months and
lets November's peak use October's hours: here no day knows of another.
"""

import numpy as np

from queries.demand.response_models import ResponseError


def substitution_load(  # noqa: PLR0913 - a load, its peak, two prices, two elasticities
    load_kw: np.ndarray,
    is_peak: np.ndarray,
    old_price: np.ndarray,
    new_price: np.ndarray,
    *,
    substitution: np.ndarray | float,
    daily: np.ndarray | float,
) -> np.ndarray:
    """Load of each step after the prices changed.

    Within peak and off-peak hours of a day the shape stays. A day without peak or without off-peak
    hours answers by its daily elasticity alone.

    Args:
        load_kw: Before, (days, steps), none negative; NaN where not known, which stays so.
        is_peak: Whether a step belongs to the peak, (days, steps).
        old_price: Of each step [CNY/kWh], (days, steps), above 0.
        new_price: Of each step [CNY/kWh], (days, steps), above 0.
        substitution: s of each day, (days,), or of all; PRISM: −0.09522, critical −0.09698.
        daily: e of each day, (days,), or of all; PRISM: −0.02302, critical −0.01607.

    Returns:
        (days, steps); to the last bit the same on a day whose prices did not change.

    Raises:
        ResponseError: a price is not positive.
    """
    if not ((old_price > 0).all() and (new_price > 0).all()):
        raise ResponseError("every price must be above 0: the formula takes its logarithm.")
    days = len(load_kw)
    s, e = (np.broadcast_to(np.asarray(one, np.float64), (days,)) for one in (substitution, daily))
    known_kw = np.nan_to_num(load_kw)
    of_day = known_kw.sum(axis=1)
    peak_share = _ratio(np.where(is_peak, known_kw, 0).sum(axis=1), of_day)
    old_ratio = _price_ratio(old_price, is_peak, known_kw)
    new_ratio = _price_ratio(new_price, is_peak, known_kw)
    times = (new_ratio / old_ratio) ** s
    day_times = (_weighted(new_price, known_kw) / _weighted(old_price, known_kw)) ** e
    # Qo'/Qo: the formula divided by itself before the change, which is 1 exactly without one.
    off_peak = day_times / (1 + peak_share * (times - 1))
    return load_kw * np.where(is_peak, (off_peak * times)[:, None], off_peak[:, None])


def _price_ratio(price: np.ndarray, is_peak: np.ndarray, load_kw: np.ndarray) -> np.ndarray:
    """Peak over off-peak price of each day; 1 where the day has only one of them."""
    peak, off_peak = np.where(is_peak, load_kw, 0), np.where(is_peak, 0, load_kw)
    has_both = is_peak.any(axis=1) & ~is_peak.all(axis=1)
    mean_peak = _weighted(price, peak, is_peak)
    mean_off_peak = _weighted(price, off_peak, ~is_peak)
    return np.divide(mean_peak, mean_off_peak, out=np.ones(len(price)), where=has_both)


def _weighted(
    price: np.ndarray, load_kw: np.ndarray, is_used: np.ndarray | None = None
) -> np.ndarray:
    """Mean price of each day, weighted by load; by hours where there was no load."""
    used = np.ones_like(load_kw, dtype=bool) if is_used is None else is_used
    weight = np.where((load_kw.sum(axis=1) > 0)[:, None], load_kw, used)
    return _ratio((price * weight).sum(axis=1), weight.sum(axis=1))


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


def rebate_price(flat_cny_per_kwh: float, rebate_cny_per_kwh: float) -> float:
    """What a kWh costs in an event with a peak-time rebate: the flat price and the rebate foregone.

    So a rebate is answered to like a critical-peak price of the same height. Caution: rebates were
    paid for about seven times the true reduction (Wolak, Anaheim).
    """
    return flat_cny_per_kwh + rebate_cny_per_kwh
