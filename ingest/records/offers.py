"""Offers: what customers may be told of, with whom it suits and what it is worth."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.engine import Row

from ingest.records.engine import Actor, change
from queries.customers.offer import KINDS, Content, read_content
from queries.customers.offer_known import FIELDS
from queries.customers.offer_rules import read_rules
from queries.records import OFFER_VERSIONS, OFFERS, now_text

LONGEST_NAME = 80


class OfferRecordError(ValueError):
    """An offer or campaign cannot be recorded as asked.

    Attributes:
        reason: ``name``, ``taken``, ``kind``, ``gone``, ``changed``, ``not_yours``, ``closed``,
            ``nobody``, ``refused``, ``contacts``, ``member``, ``answer``, ``note`` or ``day``.
    """

    def __init__(self, reason: str, text: str) -> None:
        """Say it in English as well."""
        super().__init__(text)
        self.reason = reason


def save_offer(
    engine: Engine, actor: Actor, *, kind: str, name: str, content: Mapping[str, Any]
) -> str:
    """Keep a new offer; its id.

    Raises:
        OfferRecordError: its name is empty, too long or taken, or its kind unknown.
        OfferError: the content is not as it should be.
        RuleError: likewise, a rule.
    """
    only_staff(actor)
    if kind not in KINDS:
        raise OfferRecordError("kind", f"no kind of offer '{kind}'; there are {', '.join(KINDS)}.")
    plain, kept = plain_name(name), read_content(content)
    identifier, instant = secrets.token_hex(8), now_text()
    values = {
        "id": identifier,
        "kind": kind,
        "name": plain,
        "state": "open",
        "author": actor.user_name,
        "created_at": instant,
        "changed_by": actor.user_name,
        "changed_at": instant,
        "version": 1,
        "content": _text(kept),
    }
    detail = {"kind": kind, "name": plain}
    with change(
        engine, actor, "offer.create", subject=("offer", identifier), detail=detail
    ) as connection:
        _not_taken(connection, plain)
        connection.execute(insert(OFFERS).values(**values))
        _keep_version(connection, identifier)
    return identifier


def change_offer(  # noqa: PLR0913 - what may change of an offer
    engine: Engine,
    actor: Actor,
    identifier: str,
    *,
    version: int,
    name: str | None = None,
    content: Mapping[str, Any] | None = None,
    is_closed: bool | None = None,
) -> int:
    """Change an offer, or close it. Its new version.

    Every version is kept, and a campaign holds the one it was sent as.

    Raises:
        OfferRecordError: it is gone, or was changed since ``version`` was read.
        OfferError: the content is not as it should be.
        RuleError: likewise, a rule.
    """
    only_staff(actor)
    detail: dict[str, object] = {"version": version + 1}
    with change(
        engine,
        actor,
        "offer.change",
        subject=("offer", identifier),
        detail=detail,
    ) as connection:
        row = offer_row(connection, identifier)
        if row.version != version:
            raise OfferRecordError(
                "changed", f"offer '{row.name}' was changed by {row.changed_by}. Open it again."
            )
        plain = row.name if name is None else plain_name(name)
        if plain != row.name:
            _not_taken(connection, plain)
        states = {None: row.state, True: "closed", False: "open"}
        detail["state"] = states[is_closed]
        values = {
            "name": plain,
            "content": row.content if content is None else _text(read_content(content)),
            "state": states[is_closed],
            "version": version + 1,
            "changed_by": actor.user_name,
            "changed_at": now_text(),
        }
        connection.execute(update(OFFERS).where(OFFERS.c.id == identifier).values(**values))
        _keep_version(connection, identifier)
    return version + 1


def _keep_version(connection: Connection, identifier: str) -> None:
    """Put the offer as it stands beside its earlier versions."""
    names = [one.name for one in OFFER_VERSIONS.c if one.name != "offer_id"]
    stands = select(OFFERS.c.id, *(OFFERS.c[name] for name in names)).where(
        OFFERS.c.id == identifier
    )
    connection.execute(insert(OFFER_VERSIONS).from_select(["offer_id", *names], stands))


def offer_row(connection: Connection, identifier: str) -> Row:
    """The offer of this id; OfferRecordError where there is none."""
    row = connection.execute(select(OFFERS).where(OFFERS.c.id == identifier)).first()
    if row is None:
        raise OfferRecordError("gone", f"offer '{identifier}' does not exist. Choose another.")
    return row


def only_staff(actor: Actor) -> None:
    """Refuse customers."""
    if actor.role == "customer":
        raise OfferRecordError("not_yours", "customers make no offers. Ask the utility's staff.")


def plain_name(name: str) -> str:
    """A name without blanks around it; OfferRecordError where it is none."""
    plain = " ".join(name.split())
    if not plain or len(plain) > LONGEST_NAME:
        raise OfferRecordError("name", f"a name has 1 to {LONGEST_NAME} characters. Give another.")
    return plain


def _not_taken(connection: Connection, name: str) -> None:
    if connection.scalar(select(OFFERS.c.id).where(OFFERS.c.name == name)):
        raise OfferRecordError("taken", f"there is an offer '{name}' already. Choose another name.")


def _text(content: Content) -> str:
    """As records keep it, once its rules can be read."""
    read_rules(content.rules, FIELDS)
    return json.dumps(content.as_data(), ensure_ascii=False, sort_keys=True)
