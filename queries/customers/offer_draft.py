"""To whom would an offer go if it were as drafted, and why not to the others?"""

import json
from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.offer import KINDS, OfferError, read_content
from queries.customers.offer_records import StoredOffer
from queries.customers.offer_selection import READS as SELECTION_READS
from queries.customers.offer_selection import SELECTED, select_customers

RETURNS = SELECTED
READS = SELECTION_READS


def offer_draft(  # noqa: PLR0913 - what is drafted, when, which days
    lake: DuckDBPyConnection,
    *,
    kind: str,
    content: str,
    send_on: date,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
    offer_id: str | None = None,
) -> pl.DataFrame:
    """What ``customers/offer_targets`` would answer for an offer that is not kept yet.

    Args:
        lake: From ``queries.lake.open_lake``.
        kind: One of ``offer.KINDS``.
        content: JSON, as ``offer.read_content`` reads it.
        send_on: The day it would be sent.
        first_day: First day of what is known of customers, included.
        last_day: Last day, included.
        region_id: Only customers of this region; None: all in the user's scope.
        offer_id: The offer that is being changed, for its trials and answers; None: a new one.

    Returns:
        As ``customers/offer_targets``.

    Raises:
        OfferError: the kind or the content is not as it should be; the message says where.
        RuleError: likewise, a rule.
    """
    if kind not in KINDS:
        raise OfferError("kind", f"no kind of offer '{kind}'; there are {', '.join(KINDS)}.")
    try:
        given = json.loads(content)
    except ValueError as error:
        raise OfferError("content", f"the content is no JSON ({error}).") from error
    drafted = StoredOffer(offer_id or "", kind, "", "open", 0, read_content(given))
    return select_customers(drafted, send_on, first_day, last_day, lake, region_id)
