"""What is known of every area for new business, put together from its usage points and its grid."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.grid.areas import grid_areas
from queries.market.assumptions import shipped_text
from queries.market.open_capacity import READS as OPEN_READS
from queries.market.open_capacity import open_capacity
from queries.market.potential_arithmetic import AreaFacts
from queries.market.potential_points import READS as POINT_READS
from queries.market.potential_points import PointFacts, point_facts
from queries.run import QuestionError

AreaKind = Literal["transformer", "feeder", "region"]
READS = tuple(dict.fromkeys((*POINT_READS, *OPEN_READS)))

_OPEN = ("open_kva", "solar_open_kw")
_NOWHERE = pl.Schema(
    {
        **dict.fromkeys(("area_id", "name", "name_en"), pl.String()),
        **dict.fromkeys(_OPEN, pl.Float64()),
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Areas:
    """Areas in the order of ``facts``.

    Attributes:
        named: ``area_id``, ``name``, ``name_en``.
        facts: What is known of them.
        tariff_code: Whose prices the facts hold; None: of none.
    """

    named: pl.DataFrame
    facts: AreaFacts
    tariff_code: str | None


def potential_areas(
    kind: AreaKind,
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
) -> Areas:
    """The areas of a region.

    Customers at medium voltage hang on a feeder and on no transformer. What is open in a region is
    the sum of its feeders'.

    Raises:
        QuestionError: no such kind of area.
    """
    if kind not in get_args(AreaKind):
        raise QuestionError(f"kind '{kind}' is none of {', '.join(get_args(AreaKind))}.")
    points = point_facts(first_day, last_day, lake, region_id=region_id)
    named = _open(kind, lake, region_id)
    return Areas(
        named.select("area_id", "name", "name_en"),
        _facts(points, named, f"{kind}_id"),
        points.tariff_code,
    )


def _open(kind: AreaKind, lake: DuckDBPyConnection, region_id: str | None) -> pl.DataFrame:
    """The areas with their names and open capacities."""
    limits = shipped_text("base")
    if grid_areas(lake, "feeder" if kind == "region" else kind, region_id=region_id).is_empty():
        return _NOWHERE.to_frame()
    if kind != "region":
        found = open_capacity(lake, assumptions=limits, kind=kind, region_id=region_id)
        return found.select("area_id", "name", "name_en", *_OPEN).sort("area_id")
    feeders = open_capacity(lake, assumptions=limits, kind="feeder", region_id=region_id)
    placed = grid_areas(lake, "feeder", region_id=region_id).select("area_id", "region_id")
    names = lake.sql(
        "select region_id as area_id, arg_max(name, valid_from) as name,"
        " arg_max(name_en, valid_from) as name_en from regions group by region_id"
    ).pl()
    known = [pl.when(pl.col(one).count() > 0).then(pl.col(one).sum()).alias(one) for one in _OPEN]
    return (
        feeders.join(placed, on="area_id")
        .drop_nulls("region_id")
        .group_by(pl.col("region_id").alias("area_id"))
        .agg(known)
        .join(names, on="area_id", how="left")
        .sort("area_id")
    )


def _facts(points: PointFacts, named: pl.DataFrame, column: str) -> AreaFacts:
    home, business = pl.col("is_home"), pl.col("is_business")
    of_areas = points.rows.group_by(pl.col(column).alias("area_id")).agg(
        home.sum().alias("homes"),
        business.sum().alias("businesses"),
        pl.col("vehicle").filter(home).sum().alias("vehicles"),
        # Homes that could not be judged are taken to be as the others of their area.
        (pl.col("heated").filter(home).mean().fill_null(0.0) * home.sum()).alias("heated_homes"),
        (home & pl.col("has_solar")).sum().alias("solar_homes"),
        (business & pl.col("has_solar")).sum().alias("solar_businesses"),
        pl.col("energy_kwh").filter(business).sum().alias("business_kwh"),
        pl.col("dear_kwh").filter(business).sum().alias("dear_kwh"),
    )
    counted = [name for name in of_areas.columns if name != "area_id"]
    placed = named.join(of_areas, on="area_id", how="left", maintain_order="left").with_columns(
        pl.col(counted).cast(pl.Float64).fill_null(0.0),
        pl.col(_OPEN).cast(pl.Float64).fill_null(np.nan),
    )
    values = {name: placed[name].to_numpy() for name in (*counted, *_OPEN)}
    shape = placed.height
    return AreaFacts(
        **values,
        dear_price=np.full(shape, points.dear_price),
        cheap_price=np.full(shape, points.cheap_price),
    )
