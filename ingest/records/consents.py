"""What customers said of being written to: kept as they said it, never changed."""

import secrets
from datetime import date

from sqlalchemy import Connection, Engine, insert, select

from ingest.records.engine import Actor, change
from queries.records import ACCOUNT_CUSTOMERS, CONSENTS, now_text

PURPOSES = ("offers",)
DECISIONS = ("given", "refused")


class ConsentError(ValueError):
    """A consent that cannot be recorded; the message says why."""


def record_consent(  # noqa: PLR0913 - who said what, when, and where it is written
    engine: Engine,
    actor: Actor,
    *,
    customer_id: str,
    decision: str,
    said_on: date,
    purpose: str = "offers",
    note: str = "",
) -> str:
    """Keep what a customer said; a customer speaks for its own accounts alone.

    Raises:
        ConsentError: the decision or purpose is unknown, or the account is another's.
    """
    if decision not in DECISIONS or purpose not in PURPOSES:
        raise ConsentError(
            f"'{decision}' for '{purpose}' is no consent; expected one of {DECISIONS} for one of "
            f"{PURPOSES}."
        )
    identifier = secrets.token_hex(8)
    values = {
        "id": identifier,
        "customer_id": customer_id,
        "purpose": purpose,
        "decision": decision,
        "said_by": "customer" if actor.role == "customer" else "staff",
        "said_on": said_on.isoformat(),
        "recorded_by": actor.user_name,
        "recorded_at": now_text(),
        "note": note,
    }
    detail = {"decision": decision, "purpose": purpose, "said_on": said_on.isoformat()}
    with change(
        engine, actor, f"consent.{decision}", subject=("customer", customer_id), detail=detail
    ) as connection:
        if actor.role == "customer" and not _is_own(connection, actor, customer_id):
            raise ConsentError("a customer speaks for its own accounts. Choose one of them.")
        connection.execute(insert(CONSENTS).values(**values))
    return identifier


def _is_own(connection: Connection, actor: Actor, customer_id: str) -> bool:
    own = select(ACCOUNT_CUSTOMERS.c.customer_id).where(
        (ACCOUNT_CUSTOMERS.c.user_name == actor.user_name)
        & (ACCOUNT_CUSTOMERS.c.customer_id == customer_id)
    )
    return connection.scalar(own) is not None
