"""What every customer of the class would owe at the best prices, beside what it owes."""

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.simulate import MONEY, cny
from queries.demand.optimal_terms import problem_of
from queries.demand.optimum import READS as OPTIMUM_READS
from queries.demand.optimum import optimum

RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "customer_class": pl.String(),
        "region_id": pl.String(),
        "energy_kwh": pl.Float64(),
        "use_decile": pl.Int8(),
        "is_low_user": pl.Boolean(),
        "now_cny": MONEY,
        "unanswered_cny": MONEY,
        "answered_cny": MONEY,
        "unanswered_change_share": pl.Float64(),
        "answered_change_share": pl.Float64(),
        "is_counted": pl.Boolean(),
    }
)
READS = OPTIMUM_READS

_FEN = 100
_DECILES = 10


def optimal_bills(lake: DuckDBPyConnection, *, problem: str) -> pl.DataFrame:
    """Bills of the class over the days of a problem, for energy taken.

    Args:
        lake: From ``queries.lake.open_lake``.
        problem: JSON of ``queries.demand.optimal_terms.Problem``.

    Returns:
        A row a customer: ``energy_kwh`` of a year, its ``use_decile`` (1 the least users);
        ``now_cny`` and ``unanswered_cny`` exactly as the laboratory bills them, the second at the
        best prices and the load as it was; ``answered_cny`` if the customer answers, reckoned by
        period. Who ``is_counted``, was read well enough and owes something, is looked at by the
        conditions.

    Raises:
        OptimalError: no prices keep the conditions, or the class cannot be optimised.
    """
    found = optimum(problem_of(problem), lake)
    district = found.district
    now, unanswered = district.now_fen, found.unanswered_fen
    answered = np.rint(found.answered_cny * _FEN).astype(np.int64)
    order = np.argsort(np.argsort(district.energy_kwh, kind="stable"))
    return (
        district.lab.points.with_columns(
            pl.Series("energy_kwh", district.energy_kwh),
            pl.Series("use_decile", order * _DECILES // len(order) + 1),
            pl.Series("is_low_user", district.energy_kwh < found.problem.low_use_kwh),
            pl.Series("is_counted", district.is_counted),
            cny(now).alias("now_cny"),
            cny(unanswered).alias("unanswered_cny"),
            cny(answered).alias("answered_cny"),
            *(
                pl.when(pl.Series(now > 0)).then(pl.Series(then / now.clip(1) - 1)).alias(name)
                for name, then in (
                    ("unanswered_change_share", unanswered),
                    ("answered_change_share", answered),
                )
            ),
        )
        .select(pl.col(name).cast(kind) for name, kind in RETURNS.items())
        .sort("usage_point_id")
    )
