"""Who has each usage point, of which class, in which district, with how much capacity."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.lake import read_frame
from queries.run import run_sql

PLACES = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "customer_class": pl.String(),
        "region_id": pl.String(),
        "since": pl.Date(),
        "contracted_capacity_kva": pl.Float64(),
        "operating_capacity_kva": pl.Float64(),
        "contracted_demand_kw": pl.Float64(),
    }
)
READS = ("usage_points", "transformers", "feeders", "substations", "regions")


def portrait_places(source: DuckDBPyConnection) -> pl.DataFrame:
    """PLACES of every usage point that is no check meter, and ``district_id``.

    A district is a region that lies in no other; null: the register puts the point in no region.
    """
    places = run_sql(source, "customers/portrait_places", PLACES)
    parents = dict(
        read_frame(source, "regions")
        .sort("valid_from")
        .group_by("region_id", maintain_order=True)
        .agg(pl.col("parent_region_id").last())
        .iter_rows()
    )
    districts = {region: _outermost(region, parents) for region in parents}
    district = pl.col("region_id").replace_strict(districts, default=pl.col("region_id"))
    return places.with_columns(district.cast(pl.String).alias("district_id"))


def _outermost(region: str, parents: dict[str, str | None]) -> str:
    seen = {region}
    while (parent := parents.get(region)) is not None and parent not in seen:
        seen.add(parent)
        region = parent
    return region
