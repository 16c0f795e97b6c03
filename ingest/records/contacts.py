"""That a customer was written to or called: counted for the limit, whatever it was about."""

import secrets
from datetime import date

from sqlalchemy import Engine, insert

from ingest.records.engine import Actor, change
from queries.customers.consent import contacts_lately, standing_consents
from queries.customers.offer import Limits
from queries.records import CUSTOMER_CONTACTS

REASONS = ("advice",)


class ContactError(ValueError):
    """A customer may not be contacted.

    Attributes:
        reason: ``refused``, ``contacts``, ``reason`` or ``not_yours``.
    """

    def __init__(self, reason: str, text: str) -> None:
        """Say it in English as well."""
        super().__init__(text)
        self.reason = reason


def record_contact(  # noqa: PLR0913 - who was told what, when
    engine: Engine,
    actor: Actor,
    *,
    customer_id: str,
    contacted_on: date,
    reason: str,
    subject_id: str,
) -> str:
    """Record that a customer was told something beside a campaign, if it may be.

    The usual limit holds (``offer.Limits``), all contacts counted, campaigns too.

    Raises:
        ContactError: it refused, it was contacted as often as allowed, or the reason is unknown.
    """
    if actor.role == "customer":
        raise ContactError("not_yours", "customers contact nobody. Ask the utility's staff.")
    if reason not in REASONS:
        raise ContactError("reason", f"no reason '{reason}'; there are {', '.join(REASONS)}.")
    limits, identifier = Limits(), secrets.token_hex(8)
    detail = {"reason": reason, "about": subject_id, "on": contacted_on.isoformat()}
    with change(
        engine, actor, "contact.record", subject=("customer", customer_id), detail=detail
    ) as connection:
        refused = standing_consents(connection).filter(decision="refused")["customer_id"]
        if customer_id in set(refused):
            raise ContactError("refused", f"{customer_id} refused to be contacted.")
        lately = contacts_lately(connection, contacted_on, limits.days)
        count = lately.filter(customer_id=customer_id)["contacts"].sum()
        if count >= limits.contacts:
            raise ContactError(
                "contacts",
                f"{customer_id} was contacted {count} times in {limits.days} days. Wait.",
            )
        connection.execute(
            insert(CUSTOMER_CONTACTS).values(
                id=identifier,
                customer_id=customer_id,
                contacted_on=contacted_on.isoformat(),
                reason=reason,
                subject_id=subject_id,
            )
        )
    return identifier
