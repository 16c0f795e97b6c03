"""Which messages of an event went out and came in, and which of them failed?"""

import polars as pl
from duckdb import DuckDBPyConnection
from sqlalchemy import select

from queries.demand import response_records
from queries.demand.response_tables import RESPONSE_MESSAGES
from queries.lake import lake_state, records_of
from queries.records import frame

RETURNS = pl.Schema(
    {
        "message_id": pl.String(),
        "channel": pl.String(),
        "address": pl.String(),
        "points": pl.Int64(),
        "direction": pl.String(),
        "kind": pl.String(),
        "sent_at": pl.Datetime("us", "UTC"),
        "state": pl.String(),
        "attempts": pl.Int64(),
        "told_code": pl.String(),
        "told": pl.String(),
    }
)
READS = response_records.READS
CODES = (
    "no_address",
    "address",
    "status",
    "unreachable",
    "broker",
    "over",
    "cancelled",
    "not_reached",
    "late",
    "refused",
)
"""Of what can be wrong with a message; anything else is ``other``."""
_SHOWN_DIGITS = 3


def event_messages(lake: DuckDBPyConnection, *, event_id: str) -> pl.DataFrame:
    """Messages (通知消息) of an event to and from those called whom the scope shows.

    Args:
        lake: From ``queries.lake.open_lake``.
        event_id: Of ``response_events``.

    Returns:
        A row a message, the latest first: by which ``channel`` and ``address`` (a telephone number
        is masked unless identity is granted), how many ``points`` of the event are called there,
        ``direction`` out or in, ``kind`` event, cancellation or answer, the instant of the last
        attempt (``sent_at``), its ``state`` (waiting, delivered, failed, received), how many
        ``attempts``, and what is wrong with it: ``told_code`` (null: nothing) and more in words
        (``told``).
    """
    members = response_records.enrolments(lake).select("enrolment_id", "channel", "address")
    places = (
        response_records.calls(lake, event_id)
        .join(members, on="enrolment_id", how="inner")
        .select("channel", place=_place(pl.col("channel"), pl.col("address")))
        .group_by("channel", "place")
        .len("points")
    )
    table = RESPONSE_MESSAGES.c
    own = [name for name in RETURNS if name not in {"message_id", "points", "told_code"}]
    asked = select(table.id.label("message_id"), *(table[name] for name in own)).where(
        table.event_id == event_id
    )
    found = frame(records_of(lake), asked.order_by(table.sent_at.desc(), table.id))
    if found.is_empty():
        return RETURNS.to_frame()
    parts = pl.col("told").str.splitn(": ", 2).struct
    code = parts.field("field_0")
    is_known = code.is_in(CODES)
    sent = pl.col("sent_at").str.to_datetime(time_unit="us", time_zone="UTC")
    return (
        found.with_columns(
            pl.when(pl.col("told") != "")
            .then(pl.when(is_known).then(code).otherwise(pl.lit("other")))
            .alias("told_code"),
            pl.when(is_known).then(parts.field("field_1")).otherwise("told").alias("told"),
            sent,
            place=_place(pl.col("channel"), pl.col("address")),
        )
        .join(places, on=["channel", "place"], how="inner")
        .sort("sent_at", "message_id", descending=[True, False])
        .with_columns(
            pl.col("points", "attempts").cast(pl.Int64), shown_address(lake).alias("address")
        )
        .select(RETURNS.names())
    )


def _place(channel: pl.Expr, address: pl.Expr) -> pl.Expr:
    """By which a message and an enrolment are of one address.

    An answer of a VEN names its id alone, an enrolment the fingerprint of its certificate as well.
    """
    plain = address.fill_null("").str.strip_chars()
    return pl.when(channel == "openadr").then(plain.str.split(" ").list.first()).otherwise(plain)


def shown_address(cursor: DuckDBPyConnection) -> pl.Expr:
    """``address``, a telephone number masked unless the scope may see identity."""
    address = pl.col("address")
    if lake_state(cursor).sees_identity:
        return address
    hidden = pl.lit("****") + address.str.slice(-_SHOWN_DIGITS)
    return pl.when(pl.col("channel") == "phone").then(hidden).otherwise(address)
