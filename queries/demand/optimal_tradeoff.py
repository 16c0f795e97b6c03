"""What the peak or the cost could be if bills were allowed to rise by more, or by less."""

from dataclasses import replace

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.optimal_conditions import Conditions
from queries.demand.optimal_search import Found, Search
from queries.demand.optimal_terms import problem_of
from queries.demand.optimum import READS as OPTIMUM_READS
from queries.demand.optimum import optimum

RETURNS = pl.Schema(
    {
        "cap_share": pl.Float64(),
        "rise_share_p95": pl.Float64(),
        "aim": pl.Float64(),
        "bound": pl.Float64(),
        "saved": pl.Float64(),
        "is_asked": pl.Boolean(),
    }
)
READS = OPTIMUM_READS

_CAPS, _OF_GAIN = 6, 0.1


def optimal_tradeoff(lake: DuckDBPyConnection, *, problem: str) -> pl.DataFrame:
    """The best aim along the cap on the rise of bills, on the hours chosen.

    Args:
        lake: From ``queries.lake.open_lake``.
        problem: JSON of ``queries.demand.optimal_terms.Problem``.

    Returns:
        A row a cap that can be kept, ascending: ``cap_share``, null for none; the rise that 5 % of
        the customers exceed if nobody answers, the ``aim`` [kW or CNY] before prices are rounded,
        its ``bound`` (apart by a tenth of what is gained, at most) and what is ``saved`` of what
        it is now. ``is_asked``: the problem's own cap.

    Raises:
        OptimalError: no prices keep the conditions, or the class cannot be optimised.
    """
    found = optimum(problem_of(problem), lake)
    search, own = found.search, found.problem.bill_rise_share
    free = _capped(search, None).run()
    highest = _rise(search.conditions, free)
    caps = {round(float(cap), 4) for cap in np.linspace(highest, 0, _CAPS, endpoint=False)}
    caps |= {own} if own is not None and own < highest else set()
    rows = [_row(search, None, free, own is None)]
    for cap in sorted((one for one in caps if 0 < one < highest), reverse=True):
        # the highest cap says the same as none
        one = _capped(search, cap).run()
        if one.prices is None:
            break
        rows.append(_row(search, cap, one, cap == own))
    return pl.DataFrame(rows, schema=RETURNS).sort("cap_share", nulls_last=True)


def _capped(search: Search, cap: float | None) -> Search:
    conditions = replace(search.conditions, rise_share=cap)
    return replace(search, conditions=conditions, of_gain=_OF_GAIN)


def _rise(conditions: Conditions, found: Found) -> float:
    if found.prices is None:
        return 0.0
    return conditions.worst(conditions.constant_cny + conditions.slope @ found.prices)


def _row(search: Search, cap: float | None, found: Found, is_asked: bool) -> dict[str, object]:  # noqa: FBT001 - a row's field
    return {
        "cap_share": cap,
        "rise_share_p95": _rise(search.conditions, found),
        "aim": found.aim,
        "bound": found.bound,
        "saved": search.before - found.aim,
        "is_asked": is_asked,
    }
