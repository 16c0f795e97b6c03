"""Transformers in a scenario: how highly loaded, and for how long, before and after."""

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.what_if_outcome import READS as OUTCOME_READS
from queries.demand.what_if_outcome import outcome
from queries.demand.what_if_terms import scenario_of
from queries.schema import SLOT_MINUTES

RETURNS = pl.Schema(
    {
        "transformer_id": pl.String(),
        "name": pl.String(),
        "name_en": pl.String(),
        "rated_capacity_kva": pl.Float64(),
        "peak_kw": pl.Float64(),
        "peak_after_kw": pl.Float64(),
        "loading_share": pl.Float64(),
        "loading_after_share": pl.Float64(),
        "heavy_hours": pl.Float64(),
        "heavy_after_hours": pl.Float64(),
        "overload_hours": pl.Float64(),
        "overload_after_hours": pl.Float64(),
    }
)
READS = (*OUTCOME_READS, "transformers")

HEAVY_SHARE, OVERLOAD_SHARE = 0.8, 1.0
USUAL_POWER_FACTOR = 0.95
_HOURS = SLOT_MINUTES / 60


def what_if_transformers(lake: DuckDBPyConnection, *, scenario: str) -> pl.DataFrame:
    """Load of every transformer's customers together, over its rated capacity.

    Active power at a power factor of 0.95, net of what is fed in; the transformer's own losses and
    customers without readings are not in it.

    Args:
        lake: From ``queries.lake.open_lake``.
        scenario: JSON of ``queries.demand.what_if_terms.WhatIf``.

    Returns:
        A row a transformer of a known rating, the most highly loaded afterwards first: ``peak_kw``
        and ``loading_share`` of the highest quarter of an hour in either direction; hours above
        80 % (``heavy_hours``) and above 100 % (``overload_hours``) of its rating.
    """
    found = outcome(scenario_of(scenario), lake)
    known = lake.sql(
        "select transformer_id, any_value(name) as name, any_value(name_en) as name_en, "
        "any_value(rated_capacity_kva) as rated_capacity_kva from transformers "
        "where valid_to is null group by transformer_id order by transformer_id"
    ).pl()
    before = found.before.by_transformer
    frame = pl.DataFrame(
        {"transformer_id": found.before.transformers}, {"transformer_id": pl.String}
    )
    rated = frame.join(known, on="transformer_id", how="left", maintain_order="left")
    limit_kw = rated["rated_capacity_kva"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    limit_kw = limit_kw * USUAL_POWER_FACTOR
    columns: dict[str, np.ndarray] = {}
    for suffix, energy in (("", before), ("_after", before + found.after.of_transformers)):
        load_kw = np.abs(energy.reshape(len(limit_kw), -1)) / _HOURS
        peak = load_kw.max(axis=1, initial=0.0).astype(np.float64)
        columns[f"peak{suffix}_kw"] = peak
        columns[f"loading{suffix}_share"] = peak / limit_kw
        for name, share in (("heavy", HEAVY_SHARE), ("overload", OVERLOAD_SHARE)):
            above = load_kw > share * limit_kw[:, None]
            columns[f"{name}{suffix}_hours"] = above.sum(axis=1) * _HOURS
    return (
        rated.hstack(pl.DataFrame(columns))
        .filter(pl.col("rated_capacity_kva") > 0)
        .select(pl.col(name).cast(kind) for name, kind in RETURNS.items())
        .sort("loading_after_share", "transformer_id", descending=[True, False])
    )
