"""What customers said of being written to: kept as they said it, never changed."""

import secrets
from datetime import date

from sqlalchemy import Connection, Engine, insert, select

from ingest.records.engine import Actor, change
from queries.records import ACCOUNT_CUSTOMERS, CONSENTS, now_text

PURPOSES = ("offers",)
DECISIONS = ("given", "refused")
CHANNELS = ("phone", "counter", "letter", "visit", "account")
"""How a customer said it: by telephone, at the counter, in writing, at home, in its own account."""


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
    channel: str | None = None,
) -> str:
    """Keep what a customer said; a customer speaks for its own accounts alone.

    Raises:
        ConsentError: the decision, purpose or channel is unknown, or the account is another's or
            not said.
    """
    if decision not in DECISIONS or purpose not in PURPOSES:
        raise ConsentError(
            f"'{decision}' for '{purpose}' is no consent; expected one of {DECISIONS} for one of "
            f"{PURPOSES}."
        )
    is_own = actor.role == "customer"
    channel = channel or ("account" if is_own else None)
    if channel not in (None, *CHANNELS):
        raise ConsentError(f"no channel '{channel}'; there are {', '.join(CHANNELS)}.")
    if not customer_id.strip():
        raise ConsentError("whose consent it is was not said. Give a customer account.")
    identifier = secrets.token_hex(8)
    values = {
        "id": identifier,
        "customer_id": customer_id,
        "purpose": purpose,
        "decision": decision,
        "said_by": "customer" if is_own else "staff",
        "said_on": said_on.isoformat(),
        "recorded_by": actor.user_name,
        "recorded_at": now_text(),
        "note": note,
        "channel": channel,
    }
    detail = {"decision": decision, "purpose": purpose, "said_on": said_on.isoformat()}
    detail |= {"channel": channel} if channel else {}
    with change(
        engine, actor, f"consent.{decision}", subject=("customer", customer_id), detail=detail
    ) as connection:
        if is_own and not is_own_account(connection, actor, customer_id):
            raise ConsentError("a customer speaks for its own accounts. Choose one of them.")
        connection.execute(insert(CONSENTS).values(**values))
    return identifier


def is_own_account(connection: Connection, actor: Actor, customer_id: str) -> bool:
    """Whether a customer's account is among those of the actor."""
    own = select(ACCOUNT_CUSTOMERS.c.customer_id).where(
        (ACCOUNT_CUSTOMERS.c.user_name == actor.user_name)
        & (ACCOUNT_CUSTOMERS.c.customer_id == customer_id)
    )
    return connection.scalar(own) is not None
