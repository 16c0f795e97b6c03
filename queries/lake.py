"""Open the lake: views cut to a user's scope over the files that the manifest names."""

import hashlib
from collections import OrderedDict
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from functools import partial
from threading import Lock

import duckdb
import polars as pl
from duckdb import DuckDBPyConnection
from fsspec.implementations.arrow import ArrowFSWrapper
from sqlalchemy import Engine

from queries import views
from queries.manifest import LakeError, Manifest, files_of, filesystem, read_manifest
from queries.past import derive_past
from queries.records import open_records
from queries.schema import REFERENCE_TABLES, TABLES, Table
from queries.scope import Scope
from queries.settings import Settings
from queries.shared_views import SharedViews
from queries.sights import Shown, make_views, select_places
from queries.sql_types import sql_type

_KEPT_LAKES = 4
_LOGS_AT_ONCE = 4
SCOPED_BY = ("regions", "usage_points", "transformers", "feeders", "substations")
"""The tables that tell which usage points a scope sees, whatever else a question reads."""
_lakes: OrderedDict[tuple, "_Base"] = OrderedDict()
_lakes_lock = Lock()
_databases: dict[str, Settings] = {}
"""Whose operational database belongs to a cursor. Its URL may hold a password: no SQL reads it."""


@dataclass(frozen=True, slots=True)
class _Base:
    """One state of the lake, opened once a process and shared by its cursors.

    Attributes:
        connection: Holds the uncut views and tables.
        manifest: The state.
        views: Those that its cursors share.
    """

    connection: DuckDBPyConnection
    manifest: Manifest
    views: SharedViews = field(default_factory=SharedViews)


@dataclass(frozen=True, slots=True)
class LakeState:
    """What a cursor shows: enough to remember what was worked out from it, and for whom.

    Attributes:
        uri: Where the lake is.
        sequence: Of the state that is read.
        published_at: When that state became visible, as text.
        known_at: The instant as of which it answers, as text; None: now.
        zone_name: IANA zone of the service territory.
        holiday_country: Whose holidays the classes of days have.
        tariff_area: Whose tariffs hold.
        sees: Regions and accounts of the scope; None where nothing is hidden.
        sees_identity: Whether names, addresses and telephone numbers stand there unmasked.
        database: Key of the operational database beside it; see ``records_of``.
    """

    uri: str
    sequence: int
    published_at: str
    known_at: str | None
    zone_name: str
    holiday_country: str
    tariff_area: str
    sees: str | None
    sees_identity: bool
    database: str


def lake_version(settings: Settings) -> Manifest:
    """The state of the lake that readers see now."""
    return read_manifest(settings.lake_uri)


def open_lake(
    settings: Settings,
    scope: Scope,
    *,
    known_at: datetime | None = None,
    reads: Collection[str] = (),
    manifest: Manifest | None = None,
) -> DuckDBPyConnection:
    """A cursor whose views, named as the tables, show what ``scope`` may see and no more.

    Args:
        settings: Where the lake is.
        scope: Whose question it is; there is no default.
        known_at: Answer as the lake knew it at this aware instant; None is now. Only energy and
            reference rows are kept as they were; of other tables the rows that have changed since
            are left out.
        reads: The tables the question reads: with ``known_at``, the derived ones among them are
            computed again from the day profiles of that time, and others cannot be read.
        manifest: The state to read; None is the current one.

    Raises:
        LakeError: there is no lake, or one this version cannot read.
    """
    if known_at is not None:
        if known_at.tzinfo is None:
            raise ValueError(f"known_at {known_at} has no time zone; give an aware instant")
        known_at = known_at.astimezone(UTC)
    manifest = manifest or read_manifest(settings.lake_uri)
    if known_at is not None and known_at >= manifest.published_at:
        known_at = None  # nothing has become known since: no past need be put together
    base = _base(settings, manifest)
    cursor = base.connection.cursor()
    cursor.execute("set TimeZone = 'UTC'")
    year = (known_at or datetime.now(UTC)).year
    # Views depend on rights alone: those made for one planner serve all who see the same.
    rights = replace(scope, user="", role="")
    _show(base, cursor, Shown(rights, known_at, frozenset(reads), settings.zone_name, year))
    _keep_state(cursor, _state(settings, scope, known_at, manifest))
    if known_at is not None:
        shown = {"completeness"} if scope.customer_ids is None else set()
        again = set(reads) & ({"daily_totals", "daily_features", "load_cubes"} | shown)
        derive_past(cursor, again, settings.zone, settings.holiday_country)
    return cursor


def lake_state(lake: DuckDBPyConnection) -> LakeState:
    """What the cursor shows, and of which territory."""
    [row] = lake.sql("select * from lake_state").fetchall()
    return LakeState(*row)


def records_of(lake: DuckDBPyConnection) -> Engine:
    """The operational database beside the lake, for questions that read records too."""
    return open_records(_databases[lake_state(lake).database])


def unscoped(lake: DuckDBPyConnection, reads: Collection[str]) -> DuckDBPyConnection:
    """A cursor on the same state of the lake that hides nothing: for numbers about groups alone.

    Whoever uses it answers with counts and shares of groups that do not tell of a single one, and
    stands in ``tests/customers/test_unscoped.py``. The caller closes it.
    """
    state = lake_state(lake)
    settings = _databases[state.database]
    known_at = datetime.fromisoformat(state.known_at) if state.known_at else None
    everything = Scope(user="group", role="analyst")
    held = _lakes_of(settings.lake_uri, state)
    return open_lake(settings, everything, known_at=known_at, reads=reads, manifest=held)


def _lakes_of(uri: str, state: LakeState) -> Manifest:
    """The manifest of a state that some cursor shows."""
    with _lakes_lock:
        for base in _lakes.values():
            shown = base.manifest
            is_same = shown.sequence == state.sequence and uri == state.uri
            if is_same and shown.published_at.isoformat() == state.published_at:
                return shown
    raise LakeError("the state of the lake is no longer held in memory. Ask again.")


def _state(
    settings: Settings, scope: Scope, known_at: datetime | None, manifest: Manifest
) -> LakeState:
    hidden = [
        sorted(part) if part is not None else None for part in (scope.regions, scope.customer_ids)
    ]
    return LakeState(
        settings.lake_uri,
        manifest.sequence,
        manifest.published_at.isoformat(),
        known_at.isoformat() if known_at else None,
        settings.zone_name,
        settings.holiday_country,
        settings.tariff_area,
        None if scope.is_everything else repr(hidden),
        scope.sees_identity,
        _database_key(settings),
    )


def _database_key(settings: Settings) -> str:
    both = f"{settings.database_url}\n{settings.lake_uri}"
    key = hashlib.sha256(both.encode()).hexdigest()[:16]
    _databases.setdefault(key, settings)
    return key


def _keep_state(cursor: DuckDBPyConnection, state: LakeState) -> None:
    types = {"sequence": "bigint", "sees_identity": "boolean"}
    columns = ", ".join(
        f"${name}::{types.get(name, 'varchar')} as {name}"
        for name in (field.name for field in fields(state))
    )
    cursor.execute(f"create or replace temp table lake_state as select {columns}", asdict(state))


def _base(settings: Settings, manifest: Manifest) -> _Base:
    key = (
        settings.lake_uri,
        manifest.sequence,
        manifest.published_at,
        settings.memory_limit,
        settings.threads,
    )
    with _lakes_lock:
        if key not in _lakes:
            _lakes[key] = _Base(_connect(settings, manifest), manifest)
            while len(_lakes) > _KEPT_LAKES:
                _lakes.popitem(last=False)
        _lakes.move_to_end(key)
        return _lakes[key]


def _connect(settings: Settings, manifest: Manifest) -> DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": settings.memory_limit,
        # Not the working directory, which may be anybody's and read-only.
        "temp_directory": str(settings.data / "spill"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if settings.threads:
        config["threads"] = settings.threads
    connection = duckdb.connect(config=config)
    # Joining a calendar and grouping by meter is 10 times slower with it (DuckDB 2.0.0).
    connection.execute("set disabled_optimizers = 'partial_aggregate_pushdown'")
    connection.execute("set parquet_metadata_cache = true")
    if "://" in settings.lake_uri:
        _register_store(connection, settings.lake_uri)
    # At version 0 a table is as `create_lake` made it, empty: its log need not be read.
    written = [name for name in TABLES if manifest.versions.get(name) != 0]
    with ThreadPoolExecutor(_LOGS_AT_ONCE) as beside:
        found = beside.map(partial(files_of, settings.lake_uri, manifest), written)
        files = dict(zip(written, found, strict=True))
    for table in TABLES.values():
        listed = files.get(table.name, ())
        if not listed:
            connection.execute(_empty_table(table))
            continue
        select = views.source(table, listed)
        kind = "table" if table in REFERENCE_TABLES else "view"
        try:
            connection.execute(f"create {kind} all_{table.name} as {select}")
        except duckdb.BinderException as error:
            raise LakeError(
                f"table '{table.name}' lacks a column; an earlier version made it ({error}). "
                "Run `fenggu init`, which brings the lake up to date and keeps its rows."
            ) from error
    connection.execute(f"create table all_places as {select_places(None)}")
    return connection


def _empty_table(table: Table) -> str:
    """How to make a table without rows.

    Told in words: handing DuckDB a frame of 100 columns takes longer than all the rest.
    """
    columns = ", ".join(f'"{name}" {sql_type(dtype)}' for name, dtype in table.schema.items())
    return f"create table all_{table.name} ({columns})"


def _register_store(connection: DuckDBPyConnection, uri: str) -> None:
    """Let DuckDB read an object store without an extension, through pyarrow's file system."""
    scheme = uri.split("://", 1)[0]
    store, _ = filesystem(uri)
    # DuckDB asks the file system which scheme it serves.
    wrapper = type("ObjectStore", (ArrowFSWrapper,), {"protocol": scheme})(store)
    connection.register_filesystem(wrapper)


def _show(base: _Base, cursor: DuckDBPyConnection, shown: Shown) -> None:
    """Make the views, or take those that another cursor made of the same."""
    if shown.known_at is not None:
        make_views(cursor, shown)
    else:
        base.views.show(cursor, shown)


def read_frame(lake: DuckDBPyConnection, table: str) -> pl.DataFrame:
    """Every row of one small view, such as a reference table."""
    if table not in TABLES and table != "places":
        raise ValueError(f"no table '{table}'; the lake has {', '.join(TABLES)} and places")
    return lake.sql(f"select * from {table}").pl()  # noqa: S608 - one of the names above
