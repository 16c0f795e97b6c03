"""Whose is each usage point that could be in a campaign?"""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region

RETURNS = pl.Schema({"usage_point_id": pl.String(), "customer_id": pl.String()})
READS = ("usage_points", "transformers", "feeders", "substations", "regions")


def offer_candidate_ids(lake: DuckDBPyConnection, *, region_id: str | None = None) -> pl.DataFrame:
    """Every usage point with a customer, by its number.

    Returns:
        ``usage_point_id`` and ``customer_id``; usage points of nobody are left out.
    """
    choose_region(lake, region_id)
    return lake.sql(
        """
        select region_places.usage_point_id, region_places.customer_id
        from region_places
        where not region_places.is_check and region_places.customer_id is not null
        order by region_places.usage_point_id
        """
    ).pl()
