"""Contract applications (业扩报装), each with its group and the district it lies in."""

from collections.abc import Iterator, Mapping

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import NO_REGION
from queries.industry_sections import section_of
from queries.load.group_series import GroupBy, group_ids
from queries.point_groups import HOUSEHOLDS
from queries.point_groups import READS as PLACES_READS
from queries.run import run_sql

READS = ("contract_applications", *PLACES_READS)

GAINS = ("new", "increase", "resumption")
LOSSES = ("cancellation", "decrease", "suspension")
OPEN = ("applied", "approved")
DONE = "done"

_FOUND = pl.Schema(
    {
        "application_id": pl.String(),
        "kind": pl.String(),
        "status": pl.String(),
        "applied_on": pl.Date(),
        "energised_on": pl.Date(),
        "customer_class": pl.String(),
        "industry_code": pl.String(),
        "capacity_kva": pl.Float64(),
        "transformer_id": pl.String(),
        "feeder_id": pl.String(),
        "substation_id": pl.String(),
        "region_id": pl.String(),
    }
)


def application_rows(
    group_by: GroupBy, lake: DuckDBPyConnection, *, region_id: str | None = None
) -> pl.DataFrame:
    """A row an application that lies in a region, with ``group_id`` and ``change_kva``.

    ``change_kva`` is what was asked for [kVA, negative where it was given up]; 0 of what moves no
    capacity, and where nothing says how much.
    """
    found = run_sql(lake, "market/application_rows", _FOUND)
    around = dict(_regions_around(lake))
    regions = found["region_id"].to_list()
    if region_id is not None:
        wanted = None if region_id == NO_REGION else region_id
        is_in = [wanted in around.get(one, (one,)) for one in regions]
        found = found.filter(pl.Series(is_in, dtype=pl.Boolean))
    is_home = pl.col("customer_class") == "residential"
    section = section_of(pl.col("industry_code"))
    asked = pl.col("capacity_kva").fill_null(0.0)
    named = found.with_columns(
        pl.when(is_home).then(pl.lit(HOUSEHOLDS)).otherwise(section).alias("industry"),
        pl.when(pl.col("kind").is_in(GAINS))
        .then(asked)
        .when(pl.col("kind").is_in(LOSSES))
        .then(-asked)
        .otherwise(0.0)
        .alias("change_kva"),
    )
    return named.with_columns(group_ids(named, group_by))


def with_districts(rows: pl.DataFrame, lake: DuckDBPyConnection) -> pl.DataFrame:
    """``rows`` with ``district_id``: the outermost region around ``region_id`` that is known."""
    outermost = {region: around[-1] for region, around in _regions_around(lake)}
    districts = [outermost.get(one, one) for one in rows["region_id"]]
    return rows.with_columns(pl.Series("district_id", districts, dtype=pl.String))


def _regions_around(lake: DuckDBPyConnection) -> Iterator[tuple[str | None, tuple[str, ...]]]:
    """Every region with itself and the regions around it, from the inside out."""
    parents: Mapping[str, str | None] = dict(
        lake.sql(
            "select region_id, arg_max_null(parent_region_id, valid_from) from regions "
            "group by region_id"
        ).fetchall()
    )
    for region in parents:
        around = [region]
        while (outer := parents.get(around[-1])) is not None and outer not in around:
            around.append(outer)
        yield region, tuple(around)
