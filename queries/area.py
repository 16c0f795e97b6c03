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

NO_REGION = "-"
"""As a region: the usage points that no register knows, or that stand in no region there.

No region is called so: in master data it means that nothing is said.
"""

_COLUMN = {
    "substation": "substation_id",
    "feeder": "feeder_id",
    "transformer": "transformer_id",
    "customer_class": "customer_class",
    "customer_id": "customer_id",
}


def choose_region(lake: DuckDBPyConnection, region_id: str | None) -> None:
    """Make the table ``region_places``: the places in a region and those inside it.

    None is every region in the cursor's scope, NO_REGION the places in none.
    """
    places = f"select * from places where {_inside('region_id', region_id)}"  # noqa: S608
    _make_table(lake, "region_places", places, region_id=region_id)


def choose_area(
    lake: DuckDBPyConnection,
    area_kind: AreaKind,
    area_id: str | None,
    *tables: str,
    region_id: str | None = None,
) -> None:
    """Make the table ``area_points`` and a view ``area_<table>`` of each of ``tables``.

    They show what the cursor's scope shows, cut to the area and to the region ``region_id``.
    ``all`` is everything there, usage points that are in no register included. A region includes
    the regions inside it. Meters that only check, those of transformers and feeders, are in no
    area. A usage point asked for by its own number is there whatever it is and wherever it stands.

    Raises:
        QuestionError: an unknown kind, or a kind without an id.
    """
    if area_kind not in get_args(AreaKind):
        raise QuestionError(f"area_kind '{area_kind}' is none of {', '.join(get_args(AreaKind))}.")
    if area_kind != "all" and not area_id:
        raise QuestionError(f"area_kind '{area_kind}' needs an area_id; give one, or ask for all.")
    choose_region(lake, region_id)
    inner = area_id if area_kind == "region" else None
    if area_kind == "usage_point_id":
        points = "select $area_id as usage_point_id"
    else:
        is_inside = f"{_COLUMN[area_kind]} = $area_id" if area_kind in _COLUMN else "true"
        points = f"""
            select usage_point_id from region_places
            where not is_check and {is_inside} and {_inside("area_id", inner)}
            """  # noqa: S608
    _make_table(lake, "area_points", points, area_id=area_id)
    is_open = area_kind in {"all", "region"} and {region_id, inner} <= {None, NO_REGION}
    join = _all_but_others(lake) if is_open else "semi join area_points using (usage_point_id)"
    for name in tables:
        lake.execute(
            f"create or replace temp view area_{name} as select * from {name} {join}"  # noqa: S608
        )


def _make_table(lake: DuckDBPyConnection, name: str, select: str, **given: str | None) -> None:
    parameters = {key: value for key, value in given.items() if f"${key}" in select}
    lake.execute(f"create or replace temp table {name} as {select}", parameters)


def _inside(name: str, region: str | None) -> str:
    """The condition that a place lies in ``region``, which the parameter ``name`` gives."""
    if region is None:
        return "true"
    if region == NO_REGION:
        return "region_id is null"
    return f"""region_id in (
        with recursive parents as (
            select region_id, arg_max_null(parent_region_id, valid_from) as parent_region_id
            from regions
            group by region_id
        ),
        inner_regions as (
            select ${name} as region_id
            union
            select parents.region_id
            from parents
            inner join inner_regions on parents.parent_region_id = inner_regions.region_id
        )
        select region_id from inner_regions
    )"""  # noqa: S608


def _all_but_others(lake: DuckDBPyConnection) -> str:
    """The join that leaves out what the register has elsewhere; none where that is nothing.

    What no register knows stays, which no list of points from the register could say.
    """
    others = "select usage_point_id from places anti join area_points using (usage_point_id)"
    _make_table(lake, "other_points", others)
    [(count,)] = lake.sql("select count(*) from other_points").fetchall()
    return "anti join other_points using (usage_point_id)" if count else ""
