"""Who may be written to: consents and refusals, and how often customers were written to lately."""

from datetime import date, timedelta

import polars as pl
from sqlalchemy import Connection, Engine, func, select

from queries.records import CONSENTS, CUSTOMER_CONTACTS

STANDING = pl.Schema({"customer_id": pl.String(), "decision": pl.String(), "said_on": pl.String()})
CONTACTED = pl.Schema({"customer_id": pl.String(), "contacts": pl.Int64()})
_SAID = pl.Schema(
    {
        "customer_id": pl.String(),
        "decision": pl.String(),
        "said_by": pl.String(),
        "said_on": pl.String(),
        "recorded_at": pl.String(),
    }
)


def standing_consents(records: Engine | Connection, purpose: str = "offers") -> pl.DataFrame:
    """What stands of every customer that said something: ``given`` or ``refused``.

    A refusal wins: over every consent of the same or an earlier day, and over every later one
    that staff wrote down. Only the customer itself, in its own account and on a later day, takes
    it back.
    """
    asked = select(*(CONSENTS.c[name] for name in _SAID)).where(CONSENTS.c.purpose == purpose)
    said = _rows(records, asked, _SAID)
    refused_on = pl.col("said_on").filter(pl.col("decision") == "refused").max()
    taken_back = pl.col("said_on").filter(
        (pl.col("decision") == "given") & (pl.col("said_by") == "customer")
    )
    return (
        said.group_by("customer_id")
        .agg(refused_on.alias("refused_on"), taken_back.max().alias("own_on"), pl.max("said_on"))
        .with_columns(
            pl.when(
                pl.col("refused_on").is_not_null()
                & (pl.col("own_on") > pl.col("refused_on")).fill_null(value=False).not_()
            )
            .then(pl.lit("refused"))
            .otherwise(pl.lit("given"))
            .alias("decision")
        )
        .select(STANDING.names())
        .sort("customer_id")
    )


def contacts_lately(records: Engine | Connection, on: date, days: int) -> pl.DataFrame:
    """How often each customer was written to in the ``days`` before ``on``, that day included."""
    since = (on - timedelta(days=days)).isoformat()
    counted = (
        select(CUSTOMER_CONTACTS.c.customer_id, func.count().label("contacts"))
        .where(
            (CUSTOMER_CONTACTS.c.contacted_on > since)
            & (CUSTOMER_CONTACTS.c.contacted_on <= on.isoformat())
        )
        .group_by(CUSTOMER_CONTACTS.c.customer_id)
        .order_by(CUSTOMER_CONTACTS.c.customer_id)
    )
    return _rows(records, counted, CONTACTED)


def _rows(records: Engine | Connection, asked, schema: pl.Schema) -> pl.DataFrame:  # noqa: ANN001
    if isinstance(records, Engine):
        with records.connect() as connection:
            return _rows(connection, asked, schema)
    rows = [tuple(row) for row in records.execute(asked)]
    return pl.DataFrame(rows, schema=schema, orient="row")
