"""How many hours a year the load of all is above a level, as measured and as supposed."""

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.what_if_outcome import READS as OUTCOME_READS
from queries.demand.what_if_outcome import net_kwh, outcome
from queries.demand.what_if_terms import scenario_of
from queries.schema import SLOT_MINUTES

RETURNS = pl.Schema(
    {
        "hours": pl.Float64(),
        "load_kw": pl.Float64(),
        "load_after_kw": pl.Float64(),
    }
)
READS = OUTCOME_READS

_POINTS = 240
_HOURS_PER_SLOT = SLOT_MINUTES / 60


def what_if_duration(lake: DuckDBPyConnection, *, scenario: str) -> pl.DataFrame:
    """The load duration curve (持续负荷曲线) of all customers together, before and after.

    Args:
        lake: From ``queries.lake.open_lake``.
        scenario: JSON of ``queries.demand.what_if_terms.WhatIf``.

    Returns:
        At most 240 points, closer together where load is high: the mean load of a quarter of an
        hour is at least ``load_kw`` (``load_after_kw`` as supposed, both less what the scenario
        feeds in) in so many ``hours`` of all its days. The first is the highest load, the last the
        lowest.
    """
    found = outcome(scenario_of(scenario), lake)
    before, after = (
        np.sort(net_kwh(found, is_after=one).ravel())[::-1] / _HOURS_PER_SLOT
        for one in (False, True)
    )
    places = np.linspace(0, 1, _POINTS) ** 2 * (len(before) - 1)
    at = np.unique(np.rint(places).astype(int))
    columns = ((at + 1) * _HOURS_PER_SLOT, before[at], after[at])
    return pl.DataFrame(dict(zip(RETURNS.names(), columns, strict=True)), RETURNS)
