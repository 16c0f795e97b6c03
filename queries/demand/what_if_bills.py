"""What every customer would owe in a scenario, beside what it owes."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.simulate import LEAST_READINGS_SHARE, MONEY, cny
from queries.demand.what_if_outcome import READS as OUTCOME_READS
from queries.demand.what_if_outcome import outcome
from queries.demand.what_if_terms import scenario_of

RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "customer_class": pl.String(),
        "region_id": pl.String(),
        "price_class": pl.String(),
        "size_class": pl.Int8(),
        "energy_kwh": pl.Float64(),
        "energy_after_kwh": pl.Float64(),
        "now_cny": MONEY,
        "owed_cny": MONEY,
        "change_cny": MONEY,
        "change_share": pl.Float64(),
        "is_complete": pl.Boolean(),
    }
)
READS = OUTCOME_READS


def what_if_bills(lake: DuckDBPyConnection, *, scenario: str) -> pl.DataFrame:
    """Everyone's bill over the days of a scenario, exact to the fen.

    Args:
        lake: From ``queries.lake.open_lake``.
        scenario: JSON of ``queries.demand.what_if_terms.WhatIf``.

    Returns:
        A row a customer: ``energy_kwh`` measured and ``energy_after_kwh`` supposed, both taken from
        the grid; ``now_cny`` and ``owed_cny``, which the engine makes of the changed quarters of an
        hour, each a whole number; ``change_share`` of what is owed now (null: nothing is).
        ``size_class`` counts from 0 by the borders 2, 5, 20, 100, 1,000 MWh a year. Of whom less
        than nine tenths was read is not ``is_complete``: its bills are too small.
    """
    found = outcome(scenario_of(scenario), lake)
    now, then = found.now.total_fen, found.then.total_fen
    return (
        found.before.lab.points.with_columns(
            pl.Series("energy_after_kwh", found.after.energy_kwh),
            cny(now).alias("now_cny"),
            cny(then).alias("owed_cny"),
            cny(then - now).alias("change_cny"),
            pl.when(pl.Series(now) > 0)
            .then(pl.Series((then - now) / now.clip(1)))
            .alias("change_share"),
            (pl.col("readings_share") >= LEAST_READINGS_SHARE).alias("is_complete"),
        )
        .select(pl.col(name).cast(kind) for name, kind in RETURNS.items())
        .sort("usage_point_id")
    )
