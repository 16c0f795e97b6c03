"""Which of some usage points lie in an area: what was read of a district serves its parts too."""

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind, choose_area

READS = ("usage_points", "transformers", "feeders", "substations", "regions")


def is_part(area_kind: AreaKind) -> bool:
    """Whether an area of this kind holds nothing that everything in its region does not.

    A usage point asked for by its own number may be a meter that only checks.
    """
    return area_kind != "usage_point_id"


def points_inside(
    lake: DuckDBPyConnection,
    points: pl.Series,
    area_kind: AreaKind,
    area_id: str | None,
    region_id: str | None,
) -> np.ndarray:
    """Whether each of ``points`` lies in the area, which is the chosen one afterwards.

    Cut exactly as ``queries.area.choose_area`` cuts the tables of the lake.
    """
    lake.execute(
        "create or replace temp table held_points as "
        "select unnest($points::varchar[]) as usage_point_id",
        {"points": points.to_list()},
    )
    choose_area(lake, area_kind, area_id, "held_points", region_id=region_id)
    inside = lake.sql("select usage_point_id from area_held_points order by usage_point_id").pl()
    return points.is_in(inside["usage_point_id"].implode()).to_numpy()
