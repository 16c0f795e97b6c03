"""Which usage points does an account have?"""

import polars as pl
from duckdb import DuckDBPyConnection

RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "customer_class": pl.String(),
        "transformer_id": pl.String(),
        "feeder_id": pl.String(),
        "region_id": pl.String(),
        "status": pl.String(),
        "contracted_capacity_kva": pl.Float64(),
    }
)
READS = ("usage_points", "transformers", "feeders", "substations", "regions")


def account_points(lake: DuckDBPyConnection, *, customer_id: str) -> pl.DataFrame:
    """The usage points of an account today, the one with the largest capacity first.

    Args:
        lake: From ``queries.lake.open_lake``.
        customer_id: The account.

    Returns:
        A row a usage point in the scope; none for an account outside it. What the register does
        not say is null.
    """
    found = lake.sql(
        """
        with capacities as (
            select
                usage_point_id,
                arg_max(contracted_capacity_kva, valid_from) as contracted_capacity_kva
            from usage_points
            group by usage_point_id
        )

        select
            places.usage_point_id,
            places.customer_id,
            places.customer_class,
            places.transformer_id,
            places.feeder_id,
            places.region_id,
            places.status,
            capacities.contracted_capacity_kva
        from places
        left join capacities using (usage_point_id)
        where places.customer_id = $customer_id and not places.is_check
        order by capacities.contracted_capacity_kva desc nulls last, places.usage_point_id
        """,
        params={"customer_id": customer_id},
    ).pl()
    return found.select(pl.col(name).cast(dtype) for name, dtype in RETURNS.items())
