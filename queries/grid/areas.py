"""The transformers and feeders of a region, and what they can carry."""

from typing import Literal

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
from queries.held import Held
from queries.run import run_sql

Kind = Literal["transformer", "feeder"]

AREAS = pl.Schema(
    {
        "area_id": pl.String(),
        "name": pl.String(),
        "name_en": pl.String(),
        "feeder_id": pl.String(),
        "region_id": pl.String(),
        "rated_capacity_kva": pl.Float64(),
        "meter_id": pl.String(),
    }
)
READS: tuple[str, ...] = (
    "regions",
    "usage_points",
    "transformers",
    "feeders",
    "substations",
)
_held: Held[pl.DataFrame] = Held(8)


def grid_areas(
    lake: DuckDBPyConnection,
    kind: Kind,
    *,
    region_id: str | None = None,
    area_id: str | None = None,
) -> pl.DataFrame:
    """Transformers (台区) or feeders (线路) in sight, a row each, in the order of their ids.

    ``rated_capacity_kva`` of a feeder is what hangs on it: its transformers, and the operating
    capacity of its medium-voltage customers (挂接容量); a feeder has no rating of its own in the
    register. ``meter_id`` is the usage point of the meter at its head, null where there is none.
    Half the questions of a page begin with them: they are held, and no region is chosen afterwards.
    """
    every = _held.of(lake, (kind, region_id), lambda: _read(lake, kind, region_id))
    return every if area_id is None else every.filter(pl.col("area_id") == area_id)


def _read(lake: DuckDBPyConnection, kind: Kind, region_id: str | None) -> pl.DataFrame:
    choose_region(lake, region_id)
    return run_sql(lake, "grid/areas", AREAS, kind=kind)
