"""May this customer be written to, and how often was it lately?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection
from sqlalchemy import select

from queries.customers.consent import contacts_lately, standing_consents
from queries.customers.offer import Limits
from queries.customers.tickets import in_scope
from queries.lake import records_of
from queries.records import CONSENTS, frame

_SAID = pl.Schema(
    {
        "customer_id": pl.String(),
        "said": pl.String(),
        "said_on": pl.String(),
        "said_by": pl.String(),
        "channel": pl.String(),
    }
)
RETURNS = pl.Schema(
    {
        "customer_id": pl.String(),
        "decision": pl.String(),
        **dict(list(_SAID.items())[1:]),
        "contacts": pl.Int64(),
        "may_be_contacted": pl.Boolean(),
    }
)
READS = ("records", "customers", "usage_points")


def own_consent(
    lake: DuckDBPyConnection, *, customer_id: str, on: date | None = None, purpose: str = "offers"
) -> pl.DataFrame:
    """What stands of one account, what it said last, and how often it was written to lately.

    Args:
        lake: From ``queries.lake.open_lake``.
        customer_id: The account.
        on: The day it would be written to; None: contacts are not counted.
        purpose: What may be written for.

    Returns:
        One row; none where the account is outside the scope. ``decision`` is what stands (given or
        refused; null: nothing was said, which is no consent): a refusal goes before a later consent
        that staff wrote down. ``said``, ``said_on``, ``said_by``, ``channel``: its latest word.
        ``contacts``: in the usual limit's days before ``on``; ``may_be_contacted``: it refused
        nothing and the usual limit (``offer.Limits``) is not reached.
    """
    records, limits = records_of(lake), Limits()
    names = {"said": "decision"}
    said = (
        select(*(CONSENTS.c[names.get(name, name)].label(name) for name in _SAID))
        .where((CONSENTS.c.customer_id == customer_id) & (CONSENTS.c.purpose == purpose))
        .order_by(CONSENTS.c.recorded_at.desc())
        .limit(1)
    )
    latest = frame(records, said, _SAID)
    stands = standing_consents(records, purpose).filter(customer_id=customer_id)
    decision = stands["decision"][0] if stands.height else None
    contacts = None
    if on is not None:
        lately = contacts_lately(records, on, limits.days).filter(customer_id=customer_id)
        contacts = int(lately["contacts"].sum())
    own = in_scope(lake).filter(customer_id=customer_id)
    return (
        own.join(latest, on="customer_id", how="left")
        .with_columns(
            decision=pl.lit(decision, pl.String),
            contacts=pl.lit(contacts, pl.Int64),
            may_be_contacted=pl.lit(
                None if contacts is None else decision != "refused" and contacts < limits.contacts,
                pl.Boolean,
            ),
        )
        .select(RETURNS.names())
        .cast(RETURNS)
    )
