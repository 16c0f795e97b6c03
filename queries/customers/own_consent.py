"""What did a customer say of being written to?"""

import polars as pl
from duckdb import DuckDBPyConnection
from sqlalchemy import select

from queries.customers.tickets import in_scope
from queries.lake import records_of
from queries.records import CONSENTS, frame

RETURNS = pl.Schema(
    {
        "customer_id": pl.String(),
        "purpose": pl.String(),
        "decision": pl.String(),
        "said_on": pl.String(),
        "said_by": pl.String(),
    }
)
READS = ("records", "customers", "usage_points")


def own_consent(
    lake: DuckDBPyConnection, *, customer_id: str, purpose: str = "offers"
) -> pl.DataFrame:
    """The latest word of one account, as it was recorded.

    Args:
        lake: From ``queries.lake.open_lake``.
        customer_id: The account.
        purpose: What may be written for.

    Returns:
        One row with its ``decision`` (given or refused); none where nothing was said, which is no
        consent, or where the account is outside the scope.
    """
    said = (
        select(*(CONSENTS.c[name] for name in RETURNS))
        .where((CONSENTS.c.customer_id == customer_id) & (CONSENTS.c.purpose == purpose))
        .order_by(CONSENTS.c.recorded_at.desc())
        .limit(1)
    )
    found = frame(records_of(lake), said, RETURNS)
    return found.join(in_scope(lake), on="customer_id", how="semi")
