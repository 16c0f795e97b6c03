"""Programmes, enrolments, events and calls of demand response, as far as a scope shows them.

Staff see every programme and event, a planner of a region only the enrolments and calls of its own
usage points; a customer sees its own, and the programmes and events these belong to.
"""

from ast import literal_eval

import polars as pl
from duckdb import DuckDBPyConnection
from sqlalchemy import select

from queries.customers.tickets import in_scope
from queries.demand.response_tables import (
    RESPONSE_CALLS,
    RESPONSE_ENROLMENTS,
    RESPONSE_EVENTS,
    RESPONSE_PROGRAMMES,
)
from queries.lake import lake_state, records_of
from queries.records import frame

READS = ("records", "customers", "usage_points")
"""What whoever uses these frames declares as well."""
_DAY, _INSTANT = pl.Date(), pl.Datetime("us", "UTC")
PROGRAMMES = pl.Schema(
    {
        "programme_id": pl.String(),
        "name": pl.String(),
        "state": pl.String(),
        "version": pl.Int64(),
        "changed_by": pl.String(),
        "changed_at": _INSTANT,
        "terms": pl.String(),
    }
)
ENROLMENTS = pl.Schema(
    {
        "enrolment_id": pl.String(),
        "programme_id": pl.String(),
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "first_day": _DAY,
        "last_day": _DAY,
        "agreed_reduction_kw": pl.Float64(),
        "accepted_on": _DAY,
        "channel": pl.String(),
        "address": pl.String(),
        "availability": pl.String(),
    }
)
EVENTS = pl.Schema(
    {
        "event_id": pl.String(),
        "programme_id": pl.String(),
        "starts_at": _INSTANT,
        "ends_at": _INSTANT,
        "called_at": _INSTANT,
        "reason": pl.String(),
        "target_kw": pl.Float64(),
        "state": pl.String(),
        "version": pl.Int64(),
        "plan": pl.String(),
        "terms": pl.String(),
    }
)
CALLS = pl.Schema(
    {
        "event_id": pl.String(),
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "enrolment_id": pl.String(),
        "planned_kw": pl.Float64(),
        "answer": pl.String(),
        "reply_kw": pl.Float64(),
        "answered_at": _INSTANT,
        "answered_by": pl.String(),
    }
)


def programmes(cursor: DuckDBPyConnection) -> pl.DataFrame:
    """PROGRAMMES by name; ``terms`` is JSON for ``response_programme.read_terms``."""
    table = RESPONSE_PROGRAMMES.c
    asked = select(
        table.id.label("programme_id"),
        table.name,
        table.state,
        table.version,
        table.changed_by,
        table.changed_at,
        table.content.label("terms"),
    ).order_by(table.name)
    found = _typed(frame(records_of(cursor), asked), PROGRAMMES)
    if not _is_customer(cursor):
        return found
    return found.join(enrolments(cursor), on="programme_id", how="semi", maintain_order="left")


def enrolments(cursor: DuckDBPyConnection, programme_id: str | None = None) -> pl.DataFrame:
    """ENROLMENTS of one programme or all, by usage point and first day."""
    table = RESPONSE_ENROLMENTS.c
    own = [name for name in ENROLMENTS if name != "enrolment_id"]
    asked = select(table.id.label("enrolment_id"), *(table[name] for name in own))
    if programme_id is not None:
        asked = asked.where(table.programme_id == programme_id)
    found = frame(records_of(cursor), asked.order_by(table.usage_point_id, table.first_day))
    return _in_sight(cursor, _typed(found, ENROLMENTS))


def events(cursor: DuckDBPyConnection, programme_id: str | None = None) -> pl.DataFrame:
    """EVENTS of one programme or all, the latest first; ``terms`` are those it was made under.

    A customer is not shown the plan, which tells what was expected of all.
    """
    table = RESPONSE_EVENTS.c
    own = [name for name in EVENTS if name != "event_id"]
    asked = select(table.id.label("event_id"), *(table[name] for name in own))
    if programme_id is not None:
        asked = asked.where(table.programme_id == programme_id)
    found = frame(records_of(cursor), asked.order_by(table.starts_at.desc(), table.id))
    shown = _typed(found, EVENTS)
    if not _is_customer(cursor):
        return shown
    own_events = shown.join(calls(cursor), on="event_id", how="semi", maintain_order="left")
    return own_events.with_columns(plan=pl.lit("{}"), target_kw=pl.lit(None, pl.Float64))


def calls(cursor: DuckDBPyConnection, event_id: str | None = None) -> pl.DataFrame:
    """CALLS of one event or all, by event and usage point."""
    table = RESPONSE_CALLS.c
    asked = select(*(table[name] for name in CALLS))
    if event_id is not None:
        asked = asked.where(table.event_id == event_id)
    found = frame(records_of(cursor), asked.order_by(table.event_id, table.usage_point_id))
    return _in_sight(cursor, _typed(found, CALLS))


def _is_customer(cursor: DuckDBPyConnection) -> bool:
    """Whether the scope is cut to accounts, as a customer's is; staff's is to regions."""
    sees = lake_state(cursor).sees
    return sees is not None and literal_eval(sees)[1] is not None


def _in_sight(cursor: DuckDBPyConnection, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of accounts and usage points that the scope shows."""
    points = cursor.sql("select distinct usage_point_id from usage_points order by all").pl()
    own = rows.join(points, on="usage_point_id", how="semi", maintain_order="left")
    return own.join(in_scope(cursor), on="customer_id", how="semi", maintain_order="left")


def _typed(rows: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Days and instants from their texts; every other column as it is declared."""
    columns = []
    for name, kind in schema.items():
        text = pl.col(name).cast(pl.String)
        if kind == _DAY:
            columns.append(text.str.to_date())
        elif kind == _INSTANT:
            columns.append(text.str.to_datetime(time_unit="us", time_zone="UTC"))
        else:
            columns.append(pl.col(name).cast(kind))
    return rows.select(columns)
