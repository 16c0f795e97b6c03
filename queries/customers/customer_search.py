"""Whom does a caller mean?"""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region

RETURNS = pl.Schema(
    {
        "customer_id": pl.String(),
        "name": pl.String(),
        "address": pl.String(),
        "usage_point_id": pl.String(),
        "customer_class": pl.String(),
        "transformer_id": pl.String(),
        "status": pl.String(),
    }
)
READS = (
    "customers",
    "usage_points",
    "meters",
    "transformers",
    "feeders",
    "substations",
    "regions",
)
MOST = 20


def customer_search(
    lake: DuckDBPyConnection, *, text: str, region_id: str | None = None
) -> pl.DataFrame:
    """Accounts whose number, usage point, meter, name, address or telephone holds ``text``.

    Names, addresses and telephone numbers are searched as the scope shows them: masked ones are not
    found by what is hidden.

    Args:
        lake: From ``queries.lake.open_lake``.
        text: At least two characters, whatever their case.
        region_id: Only accounts of this region; None: all in the scope.

    Returns:
        At most 20 rows, one a usage point, exact numbers first. None for a shorter text.
    """
    wanted = text.strip().casefold()
    if len(wanted) < 2:
        return pl.DataFrame(schema=RETURNS)
    choose_region(lake, region_id)
    found = lake.sql(
        """
        with people as (
            select
                customer_id,
                arg_max(name, valid_from) as name,
                arg_max(address, valid_from) as address,
                arg_max(phone, valid_from) as phone
            from customers
            group by customer_id
        ),

        meter_ids as (
            select usage_point_id, string_agg(meter_id, ' ' order by meter_id) as meter_ids
            from meters
            where valid_to is null
            group by usage_point_id
        ),

        known as (
            select
                region_places.customer_id,
                people.name,
                people.address,
                region_places.usage_point_id,
                region_places.customer_class,
                region_places.transformer_id,
                region_places.status,
                lower(region_places.customer_id) = $wanted
                    or lower(region_places.usage_point_id) = $wanted as is_exact,
                contains(
                    lower(concat_ws(
                        chr(10),
                        region_places.customer_id,
                        region_places.usage_point_id,
                        meter_ids.meter_ids,
                        people.name,
                        people.address,
                        people.phone
                    )),
                    $wanted
                ) as is_meant
            from region_places
            left join people on people.customer_id = region_places.customer_id
            left join meter_ids on meter_ids.usage_point_id = region_places.usage_point_id
            where not region_places.is_check and region_places.customer_id is not null
        )

        select
            customer_id, name, address, usage_point_id, customer_class, transformer_id, status
        from known
        where is_meant
        order by is_exact desc, customer_id, usage_point_id
        limit $most
        """,
        params={"wanted": wanted, "most": MOST},
    ).pl()
    return found.select(pl.col(name).cast(dtype) for name, dtype in RETURNS.items())
