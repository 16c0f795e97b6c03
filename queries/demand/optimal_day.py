"""The day of the system's peak, before and after the best prices."""

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.optimal_aim import load_after
from queries.demand.optimal_terms import problem_of
from queries.demand.optimum import READS as OPTIMUM_READS
from queries.demand.optimum import optimum
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY

RETURNS = pl.Schema(
    {
        "service_date": pl.Date(),
        "slot_minute": pl.Int16(),
        "period": pl.String(),
        "load_kw": pl.Float64(),
        "load_after_kw": pl.Float64(),
        "class_kw": pl.Float64(),
        "class_after_kw": pl.Float64(),
    }
)
READS = OPTIMUM_READS


def optimal_day(lake: DuckDBPyConnection, *, problem: str) -> pl.DataFrame:
    """The day with the highest load as measured, quarter of an hour by quarter of an hour.

    Args:
        lake: From ``queries.lake.open_lake``.
        problem: JSON of ``queries.demand.optimal_terms.Problem``.

    Returns:
        96 rows: ``period`` of the new hours; load of everybody and of the class, as measured and as
        expected after the answer.

    Raises:
        OptimalError: no prices keep the conditions, or the class cannot be optimised.
    """
    found = optimum(problem_of(problem), lake)
    district, frame = found.district, found.frame
    after, of_class = load_after(
        found.problem, district, found.search.money.response, found.factors
    )
    day = int(district.system_kw.max(axis=1).argmax())
    names = np.array(frame.periods)[frame.place[frame.kind[day]]]
    return pl.DataFrame(
        {
            "service_date": [district.days[day]] * SLOTS_PER_DAY,
            "slot_minute": list(range(0, SLOTS_PER_DAY * SLOT_MINUTES, SLOT_MINUTES)),
            "period": names.tolist(),
            "load_kw": district.system_kw[day],
            "load_after_kw": after[day],
            "class_kw": district.class_kw.sum(axis=0)[day],
            "class_after_kw": of_class[day],
        },
        RETURNS,
    )
