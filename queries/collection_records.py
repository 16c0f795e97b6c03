"""The queue of the collection and its terminals, as tables of a cursor, cut to what it may see.

``ingest.records.collection`` writes them; instants are text there and instants here. Where nothing
was ever collected, or there is no operational database yet, the tables are empty.
"""

from datetime import date, timedelta
from pathlib import Path

import polars as pl
from duckdb import DuckDBPyConnection
from sqlalchemy import Engine, Select, case, func, inspect, or_, select

from queries.lake import lake_state, records_of
from queries.records import COLLECTION_TASKS, COLLECTION_TERMINALS, frame

PROTOCOLS = {"dlt645": "DL/T 645-2007", "dlt698": "DL/T 698.45", "gdw1376": "Q/GDW 376.1"}
"""What the queue calls a protocol, and what it is called everywhere else."""

_TASKS = pl.Schema(
    {
        column.name: pl.Int64() if column.name == "attempts" else pl.String()
        for column in COLLECTION_TASKS.c
    }
)
_TERMINALS = pl.Schema(
    {
        column.name: pl.Boolean() if column.name == "is_online" else pl.String()
        for column in COLLECTION_TERMINALS.c
    }
)
_INSTANTS = ("wanted_at", "attempted_at", "next_attempt_at", "done_at")
_METERS = ("collector", "terminal", "address", "usage_point_id", "meter_id", "protocol")
_TOTALS = pl.Schema(
    {
        **dict.fromkeys(("collector", "usage_point_id", "meter_id", "state"), pl.String()),
        "tasks": pl.Int64(),
        **dict.fromkeys(("wanted_at", "attempted_at", "service_date"), pl.String()),
    }
)
_FIRST_PASSES = pl.Schema(
    {
        **dict.fromkeys(("usage_point_id", "meter_id", "service_date"), pl.String()),
        "is_first_pass": pl.Int64(),
    }
)
_RECENT = timedelta(days=7)
"""Before the latest day asked for: these days, not all there are, tell who reads a meter."""


def show_missing(lake: DuckDBPyConnection, *, kind: str | None = None) -> None:
    """Make the table ``collection_tasks``: what did not come yet, or was given up.

    ``kind``: only this one (curve, freeze, clock).
    """
    table = COLLECTION_TASKS.c
    query = select(COLLECTION_TASKS).where(table.state != "done")
    if kind is not None:
        query = query.where(table.kind == kind)
    found = _named(_read(records_of(lake), query, _TASKS))
    typed = [_day("service_date"), *(_instant(name) for name in _INSTANTS)]
    _keep(lake, "collection_tasks", found.with_columns(typed))


def show_first_passes(lake: DuckDBPyConnection, *, first_day: date, last_day: date) -> None:
    """Make the table ``first_passes``: meters and days whose freeze was asked for.

    ``is_first_pass``: it came at the first attempt, or unasked.
    """
    table = COLLECTION_TASKS.c
    key = (table.usage_point_id, table.meter_id, table.service_date)
    came_at_once = case(((table.state == "done") & (table.attempts <= 1), 1), else_=0)
    query = (
        select(*key, func.max(came_at_once).label("is_first_pass"))
        .where(
            table.kind == "freeze",
            table.service_date.between(first_day.isoformat(), last_day.isoformat()),
        )
        .group_by(*key)
    )
    found = _read(records_of(lake), query, _FIRST_PASSES)
    typed = [_day("service_date"), pl.col("is_first_pass").cast(pl.Boolean)]
    _keep(lake, "first_passes", found.with_columns(typed))


def show_totals(lake: DuckDBPyConnection) -> None:
    """Make the table ``task_totals``: tasks by collector, meter and state, and their extremes.

    Of what is done only the latest days count. ``wanted_at`` is the earliest, ``attempted_at`` and
    ``service_date`` are the latest.
    """
    table = COLLECTION_TASKS.c
    groups = (table.collector, table.usage_point_id, table.meter_id, table.state)
    query = select(
        *groups,
        func.count().label("tasks"),
        func.min(table.wanted_at).label("wanted_at"),
        func.max(table.attempted_at).label("attempted_at"),
        func.max(table.service_date).label("service_date"),
    )
    engine = records_of(lake)
    is_wanted = or_(table.state != "done", table.service_date >= _recent(engine))
    query = query.where(is_wanted).group_by(*groups)
    found = _read(engine, query, _TOTALS)
    typed = [_day("service_date"), _instant("wanted_at"), _instant("attempted_at")]
    _keep(lake, "task_totals", found.with_columns(typed))


def show_meters(lake: DuckDBPyConnection) -> None:
    """Make the table ``collected_meters``: who reads which meter how, in the latest days.

    One row a meter; where several ways to it were asked, the one asked for the latest day.
    """
    table = COLLECTION_TASKS.c
    columns = [table[name] for name in _METERS]
    latest = func.max(table.service_date).label("service_date")
    engine = records_of(lake)
    query = select(*columns, latest).where(table.service_date >= _recent(engine))
    schema = pl.Schema(dict.fromkeys((*_METERS, "service_date"), pl.String()))
    found = _named(_read(engine, query.group_by(*columns), schema))
    one = found.sort("service_date", "collector", "address").unique(
        ["usage_point_id", "meter_id"], keep="last", maintain_order=True
    )
    _keep(lake, "collected_meters", one.drop("service_date"))


def show_terminals(lake: DuckDBPyConnection) -> None:
    """Make the table ``collection_terminals``: all that ever were heard of, or are waited for.

    It is not cut to a scope: who may see which terminal is a matter of the meters behind it.
    """
    found = _named(_read(records_of(lake), select(COLLECTION_TERMINALS), _TERMINALS))
    typed = found.with_columns(_instant("changed_at"), _instant("heard_at"))
    _make(lake, "collection_terminals", typed)


def _read(engine: Engine, query: Select, schema: pl.Schema) -> pl.DataFrame:
    database = engine.url.database
    if engine.dialect.name == "sqlite" and not (database and Path(database).exists()):
        return schema.to_frame()  # opening it would make an empty file
    if not inspect(engine).has_table(COLLECTION_TASKS.name):
        return schema.to_frame()
    return frame(engine, query, schema)


def _recent(engine: Engine) -> str:
    """The first of the latest days that were asked for."""
    query = select(func.max(COLLECTION_TASKS.c.service_date).label("last_day"))
    last_day = _read(engine, query, pl.Schema({"last_day": pl.String()})).to_series().max()
    return (date.fromisoformat(str(last_day)) - _RECENT).isoformat() if last_day else ""


def _named(found: pl.DataFrame) -> pl.DataFrame:
    return found.with_columns(pl.col("protocol").replace(PROTOCOLS))


def _day(name: str) -> pl.Expr:
    return pl.col(name).str.to_date("%Y-%m-%d")


def _instant(name: str) -> pl.Expr:
    return pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%z", time_unit="us", time_zone="UTC")


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
