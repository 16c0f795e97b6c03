"""Campaigns: to whom an offer was sent by lot; recorded here, nothing leaves the house."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl
from sqlalchemy import Connection, Engine, insert
from sqlalchemy.engine import Row

from ingest.records.engine import Actor, change
from ingest.records.offers import OfferRecordError, offer_row, only_staff, plain_name
from queries.customers.consent import contacts_lately, standing_consents
from queries.customers.offer import NEEDS_CONSENT, read_content
from queries.customers.offer_lot import CONTROL, OFFERED, draw_arms
from queries.records import CUSTOMER_CONTACTS, OFFER_CAMPAIGNS, OFFER_MEMBERS, now_text

MEMBERS = ("usage_point_id", "customer_id", "stratum")
"""Columns of those a campaign looks at."""


@dataclass(frozen=True, slots=True)
class Sending:
    """How a campaign is sent.

    Attributes:
        name: As its sender calls it.
        sent_on: When.
        control_share: Of those looked at, that are left out by lot.
        seed: Of the lot.
    """

    name: str
    sent_on: date
    control_share: float
    seed: int


def send_offer(  # noqa: PLR0913 - what, to whom, how
    engine: Engine,
    actor: Actor,
    offer_id: str,
    members: pl.DataFrame,
    sending: Sending,
    *,
    lake_version: str | None = None,
) -> str:
    """Draw the lot among ``members``, and record who was sent the offer and who was left out.

    Whoever refused, and whoever was written to as often as the offer's limit allows, is no member:
    both are looked up again here, in the transaction, whatever the list says.

    Args:
        engine: The operational database.
        actor: Who does it.
        offer_id: The offer.
        members: ``MEMBERS``, a row a usage point.
        sending: When, and by which lot.
        lake_version: Sequence of the lake's manifest the list was made on.

    Returns:
        The campaign's id.

    Raises:
        OfferRecordError: the offer is gone or closed, a member may not be written to, or nobody is
            left in either arm.
    """
    only_staff(actor)
    plain = plain_name(sending.name)
    ordered = members.select(MEMBERS).sort("usage_point_id")
    identifier = secrets.token_hex(8)
    detail: dict[str, object] = {"offer": offer_id, "seed": sending.seed}
    with change(
        engine,
        actor,
        "offer.send",
        subject=("campaign", identifier),
        detail=detail,
        lake_version=lake_version,
    ) as connection:
        offer = offer_row(connection, offer_id)
        if offer.state != "open":
            raise OfferRecordError("closed", f"offer '{offer.name}' is closed. Open it first.")
        _may_be_written_to(connection, offer, ordered, sending.sent_on)
        arms = draw_arms(ordered["stratum"], sending.control_share, sending.seed)
        drawn = ordered.with_columns(arms)
        counts = {arm: drawn.filter(arm=arm).height for arm in (OFFERED, CONTROL)}
        if not all(counts.values()):
            raise OfferRecordError(
                "nobody", f"{ordered.height} customers make no two groups. Look at more of them."
            )
        detail |= counts
        campaign = {
            "id": identifier,
            "offer_id": offer_id,
            "name": plain,
            "sent_on": sending.sent_on.isoformat(),
            "seed": sending.seed,
            "control_share": str(sending.control_share),
            "author": actor.user_name,
            "created_at": now_text(),
            "lake_version": lake_version,
            "content": offer.content,
            "offer_version": offer.version,
        }
        _keep(connection, campaign, drawn.with_columns(accepted_on=pl.lit(None, pl.String)))
    return identifier


def take_over_campaign(
    engine: Engine, actor: Actor, offer_id: str, enrolments: pl.DataFrame, name: str
) -> str:
    """Record a campaign that was drawn and sent elsewhere; its id.

    Args:
        engine: The operational database.
        actor: Who does it.
        offer_id: The offer it was about.
        enrolments: ``usage_point_id``, ``customer_id``, ``arm`` (offered, control),
            ``first_day`` (when it was sent, the same for all), ``accepted_on`` (null: not taken).
        name: As it is called from now on.

    Raises:
        OfferRecordError: the offer is gone, the name no name, or the rows are no campaign.
    """
    only_staff(actor)
    plain, sent = plain_name(name), enrolments["first_day"].unique()
    arms = set(enrolments["arm"].unique())
    if (
        len(sent) != 1
        or arms != {OFFERED, CONTROL}
        or enrolments["usage_point_id"].is_duplicated().any()
    ):
        raise OfferRecordError(
            "member",
            f"a campaign has one day on which it was sent, not {len(sent)}, the arms {OFFERED} and "
            f"{CONTROL}, not {sorted(arms)}, and every usage point once.",
        )
    identifier = secrets.token_hex(8)
    detail = {"offer": offer_id, "members": enrolments.height}
    with change(
        engine, actor, "offer.take_over", subject=("campaign", identifier), detail=detail
    ) as connection:
        offer = offer_row(connection, offer_id)
        control = enrolments.filter(arm=CONTROL).height / enrolments.height
        campaign = {
            "id": identifier,
            "offer_id": offer_id,
            "name": plain,
            "sent_on": sent[0].isoformat(),
            "seed": None,
            "control_share": str(round(control, 4)),
            "author": actor.user_name,
            "created_at": now_text(),
            "lake_version": None,
            "content": offer.content,
            "offer_version": offer.version,
        }
        drawn = enrolments.select(
            "usage_point_id",
            "customer_id",
            "arm",
            pl.lit("all").alias("stratum"),
            pl.col("accepted_on").cast(pl.String),
        )
        _keep(connection, campaign, drawn)
    return identifier


def _keep(connection: Connection, campaign: Mapping[str, object], drawn: pl.DataFrame) -> None:
    """The campaign, its members, and a contact for each customer it was sent to."""
    own = {"campaign_id": campaign["id"]}
    connection.execute(insert(OFFER_CAMPAIGNS).values(**campaign))
    connection.execute(insert(OFFER_MEMBERS), [own | row for row in drawn.to_dicts()])
    written = drawn.filter(arm=OFFERED)["customer_id"].unique().sort()
    contact = {
        "contacted_on": campaign["sent_on"],
        "reason": "offer",
        "subject_id": campaign["id"],
    }
    rows = [{"id": secrets.token_hex(8), "customer_id": one, **contact} for one in written]
    connection.execute(insert(CUSTOMER_CONTACTS), rows)


def _may_be_written_to(connection: Connection, offer: Row, members: pl.DataFrame, on: date) -> None:
    asked = members["customer_id"]
    said = standing_consents(connection)
    refused = said.filter(decision="refused")["customer_id"]
    given = said.filter(decision="given")["customer_id"]
    silent = asked.filter(~asked.is_in(given.implode())) if NEEDS_CONSENT[offer.kind] else asked[:0]
    wrong = pl.concat([asked.filter(asked.is_in(refused.implode())), silent]).unique().sort()
    if not wrong.is_empty():
        raise OfferRecordError(
            "refused",
            f"{len(wrong)} customers refused to be written to or never agreed, such as {wrong[0]}. "
            "Make the list again.",
        )
    limits = read_content(json.loads(offer.content)).limits
    lately = contacts_lately(connection, on, limits.days).filter(
        pl.col("contacts") >= limits.contacts
    )
    often = asked.filter(asked.is_in(lately["customer_id"].implode())).unique().sort()
    if not often.is_empty():
        raise OfferRecordError(
            "contacts",
            f"{len(often)} customers were written to {limits.contacts} times in {limits.days} "
            f"days, such as {often[0]}. Make the list again.",
        )
