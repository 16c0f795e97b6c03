"""The part of the grid, or of the customers, that a question is about."""

from typing import Literal, get_args

from duckdb import DuckDBPyConnection

from queries.run import QuestionError

AreaKind = Literal[
    "all",
    "region",
    "substation",
    "feeder",
    "transformer",
    "customer_class",
    "customer_id",
    "usage_point_id",
]
"""How an area is named: by a place of the grid, a class of customers, an account or a point."""

_COLUMN = {
    "substation": "substation_id",
    "feeder": "feeder_id",
    "transformer": "transformer_id",
    "customer_class": "customer_class",
    "customer_id": "customer_id",
}


def choose_area(
    lake: DuckDBPyConnection, area_kind: AreaKind, area_id: str | None, *tables: str
) -> None:
    """Make the table ``area_points`` and a view ``area_<table>`` of each of ``tables``.

    They show what the cursor's scope shows, cut to the area. ``all`` is everything in scope, usage
    points that are in no register included. A region includes the regions inside it.

    Raises:
        QuestionError: an unknown kind, or a kind without an id.
    """
    if area_kind not in get_args(AreaKind):
        raise QuestionError(f"area_kind '{area_kind}' is none of {', '.join(get_args(AreaKind))}.")
    if area_kind == "all":
        points = "select usage_point_id from places"
    elif not area_id:
        raise QuestionError(f"area_kind '{area_kind}' needs an area_id; give one, or ask for all.")
    elif area_kind == "usage_point_id":
        points = "select $area_id as usage_point_id"
    elif area_kind == "region":
        points = """
            with recursive inner_regions as (
                select $area_id as region_id
                union
                select regions.region_id
                from regions
                inner join inner_regions on regions.parent_region_id = inner_regions.region_id
            )
            select usage_point_id from places semi join inner_regions using (region_id)
            """
    else:
        column = _COLUMN[area_kind]
        points = f"select usage_point_id from places where {column} = $area_id"  # noqa: S608
    parameters = {"area_id": area_id} if "$area_id" in points else {}
    lake.execute(f"create or replace temp table area_points as {points}", parameters)
    semi_join = "" if area_kind == "all" else " semi join area_points using (usage_point_id)"
    for name in tables:
        lake.execute(
            f"create or replace temp view area_{name} as select * from {name}{semi_join}"  # noqa: S608
        )
