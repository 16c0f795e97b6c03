"""Load after a change of prices by own and cross elasticities of periods (自弹性与互弹性).

``dQ_i / Q_i = Σ_j e_ij · dP_j / P_j`` over the periods of a day, three or twenty-four.
"""

import numpy as np

from queries.demand.response_models import ResponseError


def matrix_load(  # noqa: PLR0913 - a load, its periods, two prices, the matrix
    load_kw: np.ndarray,
    period: np.ndarray,
    old_price: np.ndarray,
    new_price: np.ndarray,
    elasticity: np.ndarray,
    *,
    keeps_energy: bool = False,
) -> np.ndarray:
    """Load after the prices of periods change.

    Args:
        load_kw: Before, (customers, steps); NaN where not known.
        period: Place of each step's period among the prices, (steps,).
        old_price: By period [CNY/kWh], (periods,), above 0.
        new_price: By period [CNY/kWh], (periods,).
        elasticity: e_ij, answer of period i to the price of period j, (periods, periods).
        keeps_energy: Scale the changed day so that a customer's energy stays what it was: a
            matrix read from papers seldom does by itself.

    Raises:
        ResponseError: a matrix of another size, a price of 0, or a period that would use less than
            nothing.
    """
    periods = len(old_price)
    if elasticity.shape != (periods, periods) or len(new_price) != periods:
        raise ResponseError(
            f"the matrix is {elasticity.shape}, prices are {periods} and {len(new_price)}; give "
            "one row and one column a period."
        )
    if (old_price <= 0).any():
        raise ResponseError("an old price is 0 or negative: its relative change means nothing.")
    change = elasticity @ ((new_price - old_price) / old_price)
    if (change < -1).any():
        worst = int(change.argmin())
        raise ResponseError(
            f"period {worst} would change by {change[worst]:.0%}: less than nothing. The change of "
            "prices is outside what elasticities at a point can tell."
        )
    if not change.any():
        return load_kw.astype(np.float64)
    after_kw = load_kw * (1 + change)[period]
    if not keeps_energy:
        return after_kw
    before, after = np.nansum(load_kw, axis=1), np.nansum(after_kw, axis=1)
    return after_kw * np.divide(before, after, out=np.ones_like(after), where=after != 0)[:, None]


def matrix_of_periods(own: float, cross: float, periods: int) -> np.ndarray:
    """The same own elasticity everywhere, and the same cross elasticity between any two."""
    matrix = np.full((periods, periods), cross, dtype=np.float64)
    np.fill_diagonal(matrix, own)
    return matrix
