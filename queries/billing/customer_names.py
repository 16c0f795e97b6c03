"""Names of the customers of an answer."""

import polars as pl
from duckdb import DuckDBPyConnection


def with_names(rows: pl.DataFrame, lake: DuckDBPyConnection) -> pl.DataFrame:
    """``rows`` with the latest ``name`` of every ``customer_id``, masked as the scope says.

    It is null where no register knows the customer. ``lake`` must be opened for ``customers``.
    """
    names = lake.sql(
        """
        select customers.customer_id, arg_max(customers.name, customers.valid_from) as name
        from customers
        where customers.customer_id in (select unnest($customer_ids))
        group by customers.customer_id
        order by customers.customer_id
        """,
        params={"customer_ids": rows["customer_id"].drop_nulls().unique().sort().to_list()},
    ).pl()
    return rows.join(names, on="customer_id", how="left", maintain_order="left")
