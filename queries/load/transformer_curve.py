"""How one transformer area is loaded over time."""

from datetime import date
from typing import Literal

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.grid.areas import grid_areas
from queries.grid.limits import GridLimits, shipped_limits
from queries.grid.loads import READS as LOADS_READS
from queries.grid.loads import area_loads, slot_start
from queries.grid.measures import READS as MEASURES_READS
from queries.grid.measures import imbalance_share, measures
from queries.schema import SLOT_MINUTES

RETURNS = pl.Schema(
    {
        "standard_start": pl.Datetime("us"),
        "load_kw": pl.Float64(),
        "loading_share": pl.Float64(),
        "imbalance_share": pl.Float64(),
        "current_a_a": pl.Float64(),
        "current_b_a": pl.Float64(),
        "current_c_a": pl.Float64(),
    }
)
READS = tuple(dict.fromkeys((*LOADS_READS, *MEASURES_READS)))


def transformer_curve(  # noqa: PLR0913 - an area, days, a step, limits
    lake: DuckDBPyConnection,
    *,
    transformer_id: str,
    first_day: date,
    last_day: date,
    step_minutes: Literal[15, 30, 60, 1440] = 15,
    limits: GridLimits | None = None,
) -> pl.DataFrame:
    """Loading and phases of one transformer area (台区), step by step.

    Returns:
        A row a step, standard time: ``load_kw`` (mean), ``loading_share`` (负载率, the largest
        quarter of an hour in the step), ``imbalance_share`` and currents [A, as the transformer's
        meter stores them] of that same quarter. Null: not read.
    """
    areas = grid_areas(lake, "transformer", area_id=transformer_id)
    if areas.is_empty():
        return RETURNS.to_frame()
    days = {"first_day": first_day, "last_day": last_day}
    loads = area_loads(lake, "transformer", areas, **days, limits=limits or shipped_limits())
    meters = areas["meter_id"].fill_null("")
    current_a = np.abs(measures(lake, "current", meters, **days))
    quarters = pl.DataFrame(
        {
            "slot": np.arange(loads.load_kw.shape[1]),
            "load_kw": loads.load_kw[0],
            "loading_share": loads.loading_share[0],
            "imbalance_share": imbalance_share(current_a)[0].astype(np.float64),
            **{
                f"current_{phase}_a": current_a[0, number].astype(np.float64)
                for number, phase in enumerate("abc")
            },
        },
        nan_to_null=True,
    )
    every = step_minutes // SLOT_MINUTES
    fullest = pl.col("loading_share").fill_null(-1).arg_max()
    steps = quarters.group_by(pl.col("slot") // every, maintain_order=True).agg(
        pl.col("load_kw").mean(), pl.exclude("slot", "load_kw").get(fullest)
    )
    starts = [slot_start(first_day, slot * every) for slot in steps["slot"]]
    return steps.select(
        pl.Series("standard_start", starts, dtype=pl.Datetime("us")), pl.exclude("slot")
    )
