"""Which prices lower the peak, or the cost of energy, without costing anybody too much?"""

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.optimal_tariff import form_of
from queries.demand.optimal_terms import UNIT_PER_CNY, problem_of
from queries.demand.optimum import READS as OPTIMUM_READS
from queries.demand.optimum import optimum

RETURNS = pl.Schema(
    {
        "period": pl.String(),
        "hours_per_day": pl.Float64(),
        "setting": pl.Decimal(12, 4),
        "form": pl.String(),
        "times_flat": pl.Float64(),
        "price_cny_per_kwh": pl.Float64(),
        "before_cny_per_kwh": pl.Float64(),
        "energy_kwh": pl.Float64(),
        "energy_after_kwh": pl.Float64(),
    }
)
READS = OPTIMUM_READS


def optimal_prices(lake: DuckDBPyConnection, *, problem: str) -> pl.DataFrame:
    """The best price of each period of one class's tariff; see ``optimal_search`` for the proof.

    Args:
        lake: From ``queries.lake.open_lake``.
        problem: JSON of ``queries.demand.optimal_terms.Problem``.

    Returns:
        A row a period, the dearest first: mean ``hours_per_day``; the ``setting`` in whole steps
        of 0.0001, by ``form`` the price of the first tier (``difference``) or of all energy
        (``price``) [CNY/kWh], or the multiple of what components cost flat (``times``);
        ``times_flat``, of the valley where nothing is flat; what a kWh of the class costs in these
        hours, all components of the first tier, and what it costs in them now; the class's energy
        in them as measured and as expected after its answer.

    Raises:
        OptimalError: no prices keep the conditions, or the class cannot be optimised.
    """
    found = optimum(problem_of(problem), lake)
    frame, response, prices = found.frame, found.search.money.response, found.prices
    days = np.bincount(frame.kind, minlength=len(frame.slots))
    energy = response.energy_kwh.sum(axis=0)
    share = found.problem.uptake_share
    moved = (response.moved_kwh * found.factors).sum(axis=0)
    after = (1 - share) * energy + share * moved
    new = prices * frame.base[:, None] + frame.rest[:, None]
    old = _now(response.energy_kwh, frame.old_cny_per_kwh, frame.place, len(prices))
    flat = prices[frame.periods.index("flat" if "flat" in frame.periods else "valley")]
    of_day = days / days.sum() / 4
    rows = pl.DataFrame(
        {
            "period": list(frame.periods),
            "hours_per_day": of_day @ frame.slots,
            "setting": pl.Series(found.steps, dtype=pl.Int64).cast(pl.Decimal(18, 4))
            / pl.Series([UNIT_PER_CNY]).cast(pl.Decimal(18, 4)),
            "form": [form_of(found.district.tariff)] * len(prices),
            "times_flat": prices / flat,
            "price_cny_per_kwh": _weighted(new, energy),
            "before_cny_per_kwh": old,
            "energy_kwh": energy.sum(axis=0),
            "energy_after_kwh": after.sum(axis=0),
        }
    )
    return rows.reverse().select(pl.col(name).cast(kind) for name, kind in RETURNS.items())


def _weighted(price: np.ndarray, energy_kwh: np.ndarray) -> np.ndarray:
    total = energy_kwh.sum(axis=0)
    paid = (price * energy_kwh).sum(axis=0)
    return np.divide(paid, total, out=price.mean(axis=0), where=total > 0)


def _now(energy_kwh: np.ndarray, old: np.ndarray, place: np.ndarray, periods: int) -> np.ndarray:
    """Mean price now in the hours of each period, by the energy of groups and kinds of day."""
    by_cell = np.stack(
        [
            np.divide(
                np.where(place == one, old, 0).sum(axis=2),
                (place == one).sum(axis=1),
                out=np.zeros(old.shape[:2]),
                where=(place == one).any(axis=1),
            )
            for one in range(periods)
        ],
        axis=2,
    )
    return _weighted(by_cell.reshape(-1, periods), energy_kwh.reshape(-1, periods))
