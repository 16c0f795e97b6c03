"""Which offers are open to this customer, and what has it answered?"""

from datetime import date, timedelta

import polars as pl
from duckdb import DuckDBPyConnection
from sqlalchemy import select

from queries.customers.consent import standing_consents
from queries.customers.offer_known import FIELDS, SAVING, customers_known
from queries.customers.offer_known import READS as KNOWN_READS
from queries.customers.offer_lot import CONTROL, OFFERED
from queries.customers.offer_records import StoredOffer, stored_offer
from queries.customers.offer_rules import ELIGIBLE, eligibility, read_rules
from queries.lake import records_of
from queries.records import OFFER_ANSWERS, OFFER_CAMPAIGNS, OFFER_MEMBERS, OFFERS, frame

RETURNS = pl.Schema(
    {
        "offer_id": pl.String(),
        "kind": pl.String(),
        "name": pl.String(),
        "name_en": pl.String(),
        "text_zh": pl.String(),
        "text_en": pl.String(),
        "basis": pl.String(),
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "saving_cny": pl.Float64(),
        "answer": pl.String(),
        "answered_on": pl.String(),
    }
)
READS = tuple(dict.fromkeys((*KNOWN_READS, "customers", "records")))
TRIAL_DAYS = 365
"""So long after it was sent, who was left out by lot is not shown the offer here either."""
_MEMBERS = pl.Schema({"usage_point_id": pl.String(), "arm": pl.String(), "sent_on": pl.String()})
_ANSWERS = pl.Schema(
    {"usage_point_id": pl.String(), "answer": pl.String(), "answered_on": pl.String()}
)


def own_offers(  # noqa: PLR0913 - whose, when, which days
    lake: DuckDBPyConnection,
    *,
    customer_id: str,
    on: date,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
) -> pl.DataFrame:
    """Open offers for one account that agreed to offers: sent to it, or it meets their rules.

    Args:
        lake: From ``queries.lake.open_lake``.
        customer_id: The account.
        on: Today, for who was left out of a campaign by lot.
        first_day: First day of what is known of it, included.
        last_day: Last day, included.
        region_id: Where it is looked for; None: all in the scope.

    Returns:
        A row an offer and usage point, offers by name; none without a consent that stands.
        ``saving_cny`` [a year]: by the choice it proposes, billed on these days; null: it proposes
        none. ``answer`` and ``answered_on``: the last, null: none yet. Who was left out of a
        campaign by lot within a year finds nothing here, so that it stays comparable.
    """
    records = records_of(lake)
    given = standing_consents(records).filter(customer_id=customer_id, decision="given")
    if given.is_empty():
        return RETURNS.to_frame()
    with records.connect() as connection:
        opened = connection.scalars(
            select(OFFERS.c.id).where(OFFERS.c.state == "open").order_by(OFFERS.c.name)
        )
        offers = [stored_offer(records, one) for one in list(opened)]
    rows = [RETURNS.to_frame()]
    plain = customers_known(first_day, last_day, lake, region_id=region_id)
    own = plain.filter(customer_id=customer_id)
    for offer in filter(None, offers):
        found = _open_to(offer, own, on, lake)
        choice = offer.content.choice
        if choice is not None and not found.is_empty():
            # Billed only for whom all else fits: it takes longest.
            billed = customers_known(first_day, last_day, lake, region_id=region_id, choice=choice)
            whole = billed.filter(pl.col("usage_point_id").is_in(found["usage_point_id"].implode()))
            found = _open_to(offer, whole, on, lake, is_billed=True)
        rows.append(_said(offer, found, lake))
    return pl.concat(rows)


def _open_to(
    offer: StoredOffer,
    own: pl.DataFrame,
    on: date,
    lake: DuckDBPyConnection,
    *,
    is_billed: bool = False,
) -> pl.DataFrame:
    """Those of ``own`` that were sent the offer, or meet its rules.

    Before the choice it proposes is billed, the rules on what it saves are left out.
    """
    rules = [one for one in offer.content.rules if is_billed or one["column"] != SAVING]
    verdict = eligibility(own, read_rules(rules, FIELDS))
    arms = _arms(offer.id, own["usage_point_id"].to_list(), on, lake)
    return own.filter(
        ~pl.col("usage_point_id").is_in(arms[CONTROL])
        & (pl.lit(verdict == ELIGIBLE) | pl.col("usage_point_id").is_in(arms[OFFERED]))
    )


def _said(offer: StoredOffer, found: pl.DataFrame, lake: DuckDBPyConnection) -> pl.DataFrame:
    """The rows of one offer, with what was answered."""
    content, points = offer.content, found["usage_point_id"].to_list()
    said = {
        "offer_id": offer.id,
        "kind": offer.kind,
        "name": offer.name,
        "name_en": content.name_en or offer.name,
        "text_zh": content.text_zh,
        "text_en": content.text_en,
        "basis": content.basis,
    }
    return (
        found.join(_answers(offer.id, points, lake), on="usage_point_id", how="left")
        .with_columns(saving_cny=SAVING, **{name: pl.lit(text) for name, text in said.items()})
        .sort("usage_point_id")
        .select(RETURNS.names())
        .cast(RETURNS)
    )


def _arms(
    offer_id: str, points: list[str], on: date, lake: DuckDBPyConnection
) -> dict[str, list[str]]:
    """Usage points by the arm of the last campaign that looked at them, within TRIAL_DAYS."""
    since = (on - timedelta(days=TRIAL_DAYS)).isoformat()
    asked = (
        select(OFFER_MEMBERS.c.usage_point_id, OFFER_MEMBERS.c.arm, OFFER_CAMPAIGNS.c.sent_on)
        .join(OFFER_CAMPAIGNS, OFFER_CAMPAIGNS.c.id == OFFER_MEMBERS.c.campaign_id)
        .where(
            (OFFER_CAMPAIGNS.c.offer_id == offer_id)
            & OFFER_MEMBERS.c.usage_point_id.in_(points)
            & (OFFER_CAMPAIGNS.c.sent_on >= since)
        )
        .order_by(OFFER_CAMPAIGNS.c.sent_on)
    )
    latest = frame(records_of(lake), asked, _MEMBERS).unique("usage_point_id", keep="last")
    return {arm: latest.filter(arm=arm)["usage_point_id"].to_list() for arm in (OFFERED, CONTROL)}


def _answers(offer_id: str, points: list[str], lake: DuckDBPyConnection) -> pl.DataFrame:
    """The last answer of each usage point."""
    asked = (
        select(
            OFFER_ANSWERS.c.usage_point_id,
            OFFER_ANSWERS.c.answer,
            OFFER_ANSWERS.c.said_on.label("answered_on"),
        )
        .where((OFFER_ANSWERS.c.offer_id == offer_id) & OFFER_ANSWERS.c.usage_point_id.in_(points))
        .order_by(OFFER_ANSWERS.c.said_on, OFFER_ANSWERS.c.recorded_at)
    )
    found = frame(records_of(lake), asked, _ANSWERS)
    return found.unique("usage_point_id", keep="last")
