"""A package (组合套餐): a permitted choice, a rebate and a basic charge for some customers.

It is written as an offer of its own kind, so that what is designed here is what offers send:
``customers/offers`` is its home. A grid company sets no price for one customer: the choice is one
that published rules leave open to it, only the rebate is the package's own.
"""

import json
from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.offer import OfferError, read_content
from queries.customers.offer_records import StoredOffer
from queries.customers.offer_rules import RuleError
from queries.customers.offer_selection import COULD_BE_ASKED, TO_SEND, judge_customers
from queries.customers.offer_selection import READS as SELECTION_READS
from queries.run import QuestionError

READS = SELECTION_READS
KIND = "package"
_WORDS = {"text_zh": "–", "text_en": "–"}
"""A package in the making may be without words."""


class PackageError(QuestionError):
    """A package cannot be worked out; the message says what of it is wrong."""


def drafted_package(content: str) -> StoredOffer:
    """The package as an offer that is not kept yet, from its JSON.

    Raises:
        PackageError: it is no JSON, or no offer's content.
    """
    try:
        given = json.loads(content)
        return StoredOffer("", KIND, "", "open", 0, read_content(_WORDS | given))
    except (ValueError, TypeError) as error:
        raise PackageError(f"the package cannot be read: {error}") from error


def package_rows(
    cursor: DuckDBPyConnection,
    content: str,
    first_day: date,
    last_day: date,
    region_id: str | None,
) -> pl.DataFrame:
    """Everyone the package is for, with what it is worth to both sides; empty: nobody is billed.

    Beside what ``offer_selection.judge_customers`` says: ``is_asked`` (nothing but a missing
    consent or an earlier contact speaks against it), ``is_sendable`` (nothing at all),
    ``unchanged_cny`` [a year, of a taker that changes nothing] and ``is_free_rider``: that gains.
    """
    offer = drafted_package(content)
    try:
        # Contacts count up to the last day there is; when it is really sent, offers count anew.
        found = judge_customers(offer, last_day, first_day, last_day, cursor, region_id)
    except (OfferError, RuleError) as error:
        raise PackageError(str(error)) from error
    if found.is_empty():
        return found
    unchanged = pl.col("choice_saving_cny").fill_null(0.0) + pl.col("rebate_cny")
    # A fen is not what anybody takes a package for.
    return found.with_columns(
        is_asked=pl.col("status").is_in(COULD_BE_ASKED),
        is_sendable=pl.col("status") == TO_SEND,
        unchanged_cny=unchanged,
        is_free_rider=unchanged >= 0.01,
    )
