"""What is usual among the customers of a class: quartiles of every feature of their portraits."""

import polars as pl

from queries.schema import PORTRAIT_PEERS, PORTRAITS

LEAST_PEERS = 10
"""Customers of whom a feature is known, below which nothing is said: nobody shall be told apart."""
COMPARED = tuple(name for name, dtype in PORTRAITS.schema.items() if dtype == pl.Float64())
"""Every feature that is a number."""


def peer_rows(portraits: pl.DataFrame) -> pl.DataFrame:
    """The rows of ``portrait_peers``, without ``received_at``, of portraits of one or more months.

    Of each class of a district, the quartiles of the features known of LEAST_PEERS customers or
    more: usage points of one customer are counted once for that.
    """
    group = ["region_id", "customer_class", "month", "feature"]
    return (
        portraits.rename({"district_id": "region_id"})
        .drop_nulls(["region_id", "customer_class", "customer_id"])
        .unpivot(
            COMPARED,
            index=["region_id", "customer_class", "month", "customer_id"],
            variable_name="feature",
            value_name="value",
        )
        .drop_nulls("value")
        .group_by(group)
        .agg(
            pl.len().cast(pl.Int32).alias("usage_points"),
            pl.col("customer_id").n_unique().alias("customers"),
            *(
                pl.col("value").quantile(quantile, "linear").alias(name)
                for name, quantile in (
                    ("low_quartile", 0.25),
                    ("median", 0.5),
                    ("high_quartile", 0.75),
                )
            ),
        )
        .filter(pl.col("customers") >= LEAST_PEERS)
        .select(name for name in PORTRAIT_PEERS.names if name != "received_at")
        .sort(group)
    )
