"""The contracted demand that would have cost least."""

import numpy as np

from queries.billing.tariff_model import ContractRule


def best_contracts_kw(
    maxima_kw: np.ndarray,
    capacity_kva: np.ndarray,
    rule: ContractRule,
    price_shares: np.ndarray | float = 1.0,
) -> np.ndarray:
    """The contract of each account, in whole kW, that costs least over some months.

    What is billed falls, then rises with the contract, with corners only where a month's maximum
    reaches the tolerated share of it, so one of those contracts (rounded up and down) or the floor
    is the best. Of equal ones the smallest.

    Args:
        maxima_kw: Measured maximum of each month [kW, (accounts, months)].
        capacity_kva: Operating capacity, for the floor [kVA, (accounts,)].
        rule: Its numbers.
        price_shares: What of the price each month is charged (需量九折) [0–1, as the maxima].

    >>> best_contracts_kw(np.array([[1000.0, 1000, 1060]]), np.array([1600.0]), ContractRule())
    array([953])
    """
    tolerated, times = float(rule.tolerated_share), float(rule.excess_times)
    floor = np.ceil(capacity_kva * float(rule.floor_share) - 1e-9)[:, None]
    corners = maxima_kw / tolerated
    tried = np.concatenate([floor, np.floor(corners), np.ceil(corners)], axis=1)
    tried = np.sort(np.maximum(tried, floor), axis=1)
    excess = np.maximum(maxima_kw[:, :, None] - tolerated * tried[:, None, :], 0)
    shares = np.broadcast_to(price_shares, maxima_kw.shape)[:, :, None]
    billed = (shares * (tried[:, None, :] + times * excess)).sum(axis=1)
    # Rounding of floats must not prefer one of two equal ones.
    best = np.round(billed, 6).argmin(axis=1)
    return np.take_along_axis(tried, best[:, None], axis=1)[:, 0].astype(np.int64)
