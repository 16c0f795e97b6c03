"""What did customers answer to this offer?"""

import polars as pl
from duckdb import DuckDBPyConnection
from sqlalchemy import select

from queries.customers.tickets import in_scope
from queries.lake import records_of
from queries.records import OFFER_ANSWERS, frame

RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "answer": pl.String(),
        "is_latest": pl.Boolean(),
        "said_on": pl.String(),
        "said_by": pl.String(),
        "channel": pl.String(),
        "recorded_by": pl.String(),
        "recorded_at": pl.String(),
        "note": pl.String(),
    }
)
READS = ("records", "customers", "usage_points")


def offer_answers(lake: DuckDBPyConnection, *, offer_id: str) -> pl.DataFrame:
    """Every answer of the accounts in the scope, the latest first.

    Args:
        lake: From ``queries.lake.open_lake``.
        offer_id: Of the catalogue.

    Returns:
        A row an answer: ``accepted``, ``declined`` or ``complaint``; ``is_latest``: it is the last
        word of its usage point, which stands. ``recorded_at`` is text in ISO 8601, UTC.
    """
    names = [name for name in RETURNS if name != "is_latest"]
    asked = (
        select(*(OFFER_ANSWERS.c[name] for name in names))
        .where(OFFER_ANSWERS.c.offer_id == offer_id)
        .order_by(OFFER_ANSWERS.c.said_on.desc(), OFFER_ANSWERS.c.recorded_at.desc())
    )
    schema = pl.Schema({name: RETURNS[name] for name in names})
    return (
        frame(records_of(lake), asked, schema)
        .join(in_scope(lake), on="customer_id", how="semi", maintain_order="left")
        .with_columns(is_latest=pl.col("usage_point_id").is_first_distinct())
        .select(RETURNS.names())
    )
