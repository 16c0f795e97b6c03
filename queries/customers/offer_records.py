"""Offers and campaigns as staff read them from the operational database."""

import json
from dataclasses import dataclass
from datetime import date

import polars as pl
from sqlalchemy import Engine, case, func, select

from queries.customers.offer import Content, read_content
from queries.records import (
    OFFER_ANSWERS,
    OFFER_CAMPAIGNS,
    OFFER_MEMBERS,
    OFFER_VERSIONS,
    OFFERS,
    frame,
)
from queries.scope import Scope

OFFER_LIST = pl.Schema(
    {
        "id": pl.String(),
        "kind": pl.String(),
        "name": pl.String(),
        "state": pl.String(),
        "author": pl.String(),
        "changed_by": pl.String(),
        "changed_at": pl.String(),
        "version": pl.Int64(),
    }
)
CAMPAIGN_LIST = pl.Schema(
    {
        "id": pl.String(),
        "offer_id": pl.String(),
        "name": pl.String(),
        "sent_on": pl.String(),
        "offer_version": pl.Int64(),
        "author": pl.String(),
        "control_share": pl.String(),
        "offered": pl.Int64(),
        "control": pl.Int64(),
    }
)
VERSION_LIST = pl.Schema(
    {
        "version": pl.Int64(),
        "name": pl.String(),
        "state": pl.String(),
        "changed_by": pl.String(),
        "changed_at": pl.String(),
        "content": pl.String(),
    }
)
_LATEST = pl.Schema({"usage_point_id": pl.String(), "answer": pl.String()})
MEMBERS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "arm": pl.String(),
        "stratum": pl.String(),
        "accepted_on": pl.String(),
    }
)


@dataclass(frozen=True, slots=True)
class StoredOffer:
    """An offer of the catalogue.

    Attributes:
        id: In links.
        kind: One of ``offer.KINDS``.
        name: As staff call it.
        state: ``open`` or ``closed``.
        version: That a change must name.
        content: What it says, to whom it may go, what it is worth.
    """

    id: str
    kind: str
    name: str
    state: str
    version: int
    content: Content


@dataclass(frozen=True, slots=True)
class Campaign:
    """An offer sent to some customers by lot.

    Attributes:
        content: The offer as it was then.
        members: As ``MEMBERS``.
    """

    id: str
    offer_id: str
    name: str
    sent_on: date
    content: Content
    members: pl.DataFrame


def reads_offers(reader: Scope) -> bool:
    """Whether a reader is of the utility's staff; a customer sees no offer of the catalogue."""
    return reader.role != "customer"


def offer_list(engine: Engine, reader: Scope) -> pl.DataFrame:
    """Every offer, open ones first, then by name; none for a customer."""
    if not reads_offers(reader):
        return OFFER_LIST.to_frame()
    asked = select(*(OFFERS.c[name] for name in OFFER_LIST))
    return frame(engine, asked.order_by(OFFERS.c.state.desc(), OFFERS.c.name), OFFER_LIST)


def stored_offer(engine: Engine, identifier: str) -> StoredOffer | None:
    """The offer of this id; None: there is none."""
    with engine.connect() as connection:
        row = connection.execute(select(OFFERS).where(OFFERS.c.id == identifier)).first()
    if row is None:
        return None
    content = read_content(json.loads(row.content))
    return StoredOffer(row.id, row.kind, row.name, row.state, row.version, content)


def campaign_list(engine: Engine, reader: Scope, offer_id: str) -> pl.DataFrame:
    """Every campaign of an offer, the latest first; none for a customer."""
    if not reads_offers(reader):
        return CAMPAIGN_LIST.to_frame()
    counted = [
        func.sum(case((OFFER_MEMBERS.c.arm == arm, 1), else_=0)).label(arm)
        for arm in ("offered", "control")
    ]
    own = (OFFER_CAMPAIGNS.c[name] for name in CAMPAIGN_LIST if name not in {"offered", "control"})
    asked = (
        select(*own, *counted)
        .join(OFFER_MEMBERS, OFFER_MEMBERS.c.campaign_id == OFFER_CAMPAIGNS.c.id)
        .where(OFFER_CAMPAIGNS.c.offer_id == offer_id)
        .group_by(OFFER_CAMPAIGNS.c.id)
        .order_by(OFFER_CAMPAIGNS.c.sent_on.desc(), OFFER_CAMPAIGNS.c.id)
    )
    return frame(engine, asked, CAMPAIGN_LIST)


def stored_campaign(engine: Engine, identifier: str) -> Campaign | None:
    """The campaign of this id with its members; None: there is none."""
    with engine.connect() as connection:
        asked = select(OFFER_CAMPAIGNS).where(OFFER_CAMPAIGNS.c.id == identifier)
        row = connection.execute(asked).first()
    if row is None:
        return None
    members = select(*(OFFER_MEMBERS.c[name] for name in MEMBERS))
    own = members.where(OFFER_MEMBERS.c.campaign_id == identifier)
    kept = frame(engine, own.order_by(OFFER_MEMBERS.c.usage_point_id), MEMBERS)
    return Campaign(
        row.id,
        row.offer_id,
        row.name,
        date.fromisoformat(row.sent_on),
        read_content(json.loads(row.content)),
        kept,
    )


def version_list(engine: Engine, reader: Scope, offer_id: str) -> pl.DataFrame:
    """Every version of an offer, newest first, with its content as JSON; none for a customer."""
    if not reads_offers(reader):
        return VERSION_LIST.to_frame()
    asked = select(*(OFFER_VERSIONS.c[name] for name in VERSION_LIST))
    own = asked.where(OFFER_VERSIONS.c.offer_id == offer_id)
    return frame(engine, own.order_by(OFFER_VERSIONS.c.version.desc()), VERSION_LIST)


def latest_answers(engine: Engine, offer_id: str) -> pl.DataFrame:
    """What every usage point answered last to an offer: ``usage_point_id`` and ``answer``."""
    asked = (
        select(OFFER_ANSWERS.c.usage_point_id, OFFER_ANSWERS.c.answer)
        .where(OFFER_ANSWERS.c.offer_id == offer_id)
        .order_by(OFFER_ANSWERS.c.said_on, OFFER_ANSWERS.c.recorded_at)
    )
    found = frame(engine, asked, _LATEST)
    return found.unique("usage_point_id", keep="last", maintain_order=True)
