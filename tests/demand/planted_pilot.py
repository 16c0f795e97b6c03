"""A pilot with a known response, in customers as unlike and days as alike as real ones."""

import numpy as np

from queries.demand.pilot_effect import Pilot


def planted_pilot(
    seed: int,
    change_share: float,
    customers: int = 200,
    days: int = 60,
    missing_share: float = 0.03,
) -> Pilot:
    """Half treated by lot, from the middle on.

    Customers differ in size by a factor of several, share hot and cold days, and each drifts slowly
    (noise of yesterday stays by 0.7), so that their days are far from independent.
    """
    rng = np.random.default_rng(seed)
    is_treated = rng.permutation(customers) < customers // 2
    is_after = np.arange(days) >= days // 2
    drift = np.zeros((customers, days))
    drift[:, 0] = rng.normal(0, 0.35, customers)
    for day in range(1, days):
        drift[:, day] = 0.7 * drift[:, day - 1] + rng.normal(0, 0.25, customers)
    log_load = rng.normal(0, 0.6, customers)[:, None] + rng.normal(0, 0.2, days)[None, :] + drift
    log_load += np.log1p(change_share) * (is_treated[:, None] & is_after[None, :])
    load_kw = np.exp(log_load)
    load_kw[rng.random(load_kw.shape) < missing_share] = np.nan
    return Pilot(load_kw, is_treated, is_after)
