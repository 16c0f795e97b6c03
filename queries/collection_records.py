"""The queue of the collection and its terminals, as tables of a cursor, cut to what it may see.

``ingest.records.collection`` writes them; instants are text there and instants here. Where nothing
was ever collected, or there is no operational database yet, the tables are empty.
"""

from datetime import date, timedelta
from pathlib import Path

import polars as pl
from duckdb import DuckDBPyConnection
from sqlalchemy import Engine, Select, inspect, select

from queries.lake import lake_state, records_of
from queries.records import COLLECTION_TASKS, COLLECTION_TERMINALS, frame

PROTOCOLS = {"dlt645": "DL/T 645-2007", "dlt698": "DL/T 698.45", "gdw1376": "Q/GDW 376.1"}
"""What the queue calls a protocol, and what it is called everywhere else."""

_TASKS = {
    name: pl.Int64() if name == "attempts" else pl.String() for name in COLLECTION_TASKS.c.keys()
}
_TERMINALS = {
    name: pl.Boolean() if name == "is_online" else pl.String()
    for name in COLLECTION_TERMINALS.c.keys()
}
_METERS = ("collector", "terminal", "address", "usage_point_id", "meter_id", "protocol")
_KNOWN_FROM_DAYS = 35
"""So far back it is looked which terminal reads a meter: longer than a usual look-back."""


def show_tasks(
    lake: DuckDBPyConnection, *, first_day: date, last_day: date, kind: str | None = None
) -> None:
    """Make the table ``collection_tasks`` of some service dates: what was asked for, and is missing.

    ``kind``: only this one (curve, freeze, clock).
    """
    table = COLLECTION_TASKS.c
    query = select(COLLECTION_TASKS).where(
        table.service_date.between(first_day.isoformat(), last_day.isoformat())
    )
    if kind is not None:
        query = query.where(table.kind == kind)
    _keep(
        lake,
        "collection_tasks",
        _named(_read(records_of(lake), query, _TASKS)).with_columns(
            pl.col("service_date").str.to_date(),
            *(
                _instant(name)
                for name in ("wanted_at", "attempted_at", "next_attempt_at", "done_at")
            ),
        ),
    )


def show_meters(lake: DuckDBPyConnection, *, last_day: date) -> None:
    """Make the table ``collected_meters``: who read which meter how, in the weeks to ``last_day``.

    One row a meter; where several collectors ask for it, the one that asked for the latest day.
    """
    table = COLLECTION_TASKS.c
    first_day = last_day - timedelta(days=_KNOWN_FROM_DAYS)
    query = (
        select(*(table[name] for name in _METERS), table.service_date)
        .where(table.service_date.between(first_day.isoformat(), last_day.isoformat()))
        .distinct()
    )
    schema = {**{name: pl.String() for name in _METERS}, "service_date": pl.String()}
    found = _named(_read(records_of(lake), query, schema))
    key = ["usage_point_id", "meter_id"]
    latest = found.sort("service_date", "collector", "address").unique(
        key, keep="last", maintain_order=True
    )
    _keep(lake, "collected_meters", latest.drop("service_date"))


def show_terminals(lake: DuckDBPyConnection) -> None:
    """Make the table ``collection_terminals``: all that ever were heard of, or are waited for.

    It is not cut to a scope: who may see which terminal is a matter of the meters behind it.
    """
    found = _named(_read(records_of(lake), select(COLLECTION_TERMINALS), _TERMINALS))
    instants = [_instant("changed_at"), _instant("heard_at")]
    _make(lake, "collection_terminals", found.with_columns(instants))


def _read(engine: Engine, query: Select, schema: dict) -> pl.DataFrame:
    database = engine.url.database
    if engine.dialect.name == "sqlite" and not (database and Path(database).exists()):
        return pl.DataFrame(schema=schema)  # opening it would make an empty file
    if not inspect(engine).has_table(COLLECTION_TASKS.name):
        return pl.DataFrame(schema=schema)
    return frame(engine, query, pl.Schema(schema))


def _named(found: pl.DataFrame) -> pl.DataFrame:
    return found.with_columns(pl.col("protocol").replace(PROTOCOLS))


def _instant(name: str) -> pl.Expr:
    return pl.col(name).str.to_datetime(time_unit="us", time_zone="UTC", strict=True)


def _keep(lake: DuckDBPyConnection, name: str, rows: pl.DataFrame) -> None:
    """``rows`` about usage points, as a table; those out of sight are left out."""
    if lake_state(lake).sees is not None:
        seen = lake.sql("select usage_point_id from places").pl()
        rows = rows.join(seen, on="usage_point_id", how="semi")
    _make(lake, name, rows)


def _make(lake: DuckDBPyConnection, name: str, rows: pl.DataFrame) -> None:
    lake.register("rows_given", rows.to_arrow())
    try:
        lake.execute(f"create or replace temp table {name} as select * from rows_given")  # noqa: S608
    finally:
        lake.unregister("rows_given")
