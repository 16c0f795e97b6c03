"""Who is to be called to an event by telephone, and what has each said?"""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand import response_records
from queries.demand.event_messages import shown_address

RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "address": pl.String(),
        "planned_kw": pl.Float64(),
        "agreed_kw": pl.Float64(),
        "answer": pl.String(),
    }
)
READS = response_records.READS


def event_phone_list(lake: DuckDBPyConnection, *, event_id: str) -> pl.DataFrame:
    """Usage points called by telephone (电话邀约名单), those that have not answered first.

    Args:
        lake: From ``queries.lake.open_lake``.
        event_id: Of ``response_events``.

    Returns:
        A row a usage point: its number (``address``, masked unless identity is granted, null where
        none is known), ``planned_kw``, ``agreed_kw`` and its ``answer`` (opt_in, opt_out, or none
        yet); the largest first.
    """
    members = response_records.enrolments(lake).filter(channel="phone")
    return (
        response_records.calls(lake, event_id)
        .join(
            members.select("enrolment_id", "channel", "address", agreed_kw="agreed_reduction_kw"),
            on="enrolment_id",
            how="inner",
        )
        .with_columns(address=shown_address(lake))
        .sort(
            pl.col("answer").is_not_null(),
            pl.coalesce("planned_kw", "agreed_kw").fill_null(0.0),
            "usage_point_id",
            descending=[False, True, False],
        )
        .select(RETURNS.names())
    )
