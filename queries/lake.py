"""Open the lake: views cut to a user's scope over the files that the manifest names."""

import hashlib
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from threading import Lock
from zoneinfo import ZoneInfo

import duckdb
import polars as pl
from duckdb import DuckDBPyConnection
from fsspec.implementations.arrow import ArrowFSWrapper
from sqlalchemy import Engine

from queries import views
from queries.local_time import standard_offset
from queries.manifest import LakeError, Manifest, files_of, filesystem, read_manifest
from queries.past import derive_past
from queries.records import open_records
from queries.schema import REFERENCE_TABLES, TABLES
from queries.scope import Scope
from queries.settings import Settings

_KEPT_LAKES = 4
_KEPT_SIGHTS = 256
_BY_USAGE_POINT = (
    "energy_profiles",
    "energy_profiles_superseded",
    "measurement_profiles",
    "register_profiles",
    "register_readings",
    "meter_events",
    "device_clocks",
    "estimations",
    "daily_totals",
    "load_cubes",
    "meters",
    "agreements",
)
SCOPED_BY = ("regions", "usage_points", "transformers", "feeders", "substations")
"""The tables that tell which usage points a scope sees, whatever else a question reads."""
_SEEN_BY = {"network_nodes": "transformer_id"}
"""By what a reference row is seen that no usage point names itself."""
_IDENTITY = ("name", "address", "phone")
_lakes: OrderedDict[tuple, "_Base"] = OrderedDict()
_lakes_lock = Lock()
_databases: dict[str, Settings] = {}
"""Whose operational database belongs to a cursor. Its URL may hold a password: no SQL reads it."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """All that the views of a cursor depend on, beside the state of the lake."""

    scope: Scope
    known_at: datetime | None
    reads: frozenset[str]
    zone_name: str
    year: int


@dataclass(frozen=True, slots=True)
class _Base:
    """One state of the lake, opened once a process and shared by its cursors.

    Attributes:
        connection: Holds the uncut views and tables.
        manifest: The state.
        sights: Schemas with views that are made already: binding views over many files takes
            longer than most questions.
        lock: Guards ``sights``.
    """

    connection: DuckDBPyConnection
    manifest: Manifest
    sights: dict[_Shown, str] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)


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
    database: str


@dataclass(frozen=True, slots=True)
class _Sight:
    """That a scope hides something: points outside ``visible_points``, and other people's times."""

    by_period: bool


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
    _show(base, cursor, _Shown(scope, known_at, frozenset(reads), settings.zone_name, year))
    _keep_state(cursor, _state(settings, scope, known_at, manifest))
    if known_at is not None:
        shown = {"completeness"} if scope.customer_ids is None else set()
        again = set(reads) & ({"daily_totals", "load_cubes"} | shown)
        derive_past(cursor, again, settings.zone, settings.holiday_country)
    return cursor


def lake_state(lake: DuckDBPyConnection) -> LakeState:
    """What the cursor shows, and of which territory."""
    [row] = lake.sql("select * from lake_state").fetchall()
    return LakeState(*row)


def records_of(lake: DuckDBPyConnection) -> Engine:
    """The operational database beside the lake, for questions that read records too."""
    return open_records(_databases[lake_state(lake).database])


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
        _database_key(settings),
    )


def _database_key(settings: Settings) -> str:
    key = hashlib.sha256(settings.database_url.encode()).hexdigest()[:16]
    _databases.setdefault(key, settings)
    return key


def _keep_state(cursor: DuckDBPyConnection, state: LakeState) -> None:
    columns = ", ".join(f"${field.name}::varchar as {field.name}" for field in fields(state))
    columns = columns.replace("$sequence::varchar", "$sequence::bigint")
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
    for table in TABLES.values():
        listed = files_of(settings.lake_uri, manifest, table.name)
        if not listed:
            connection.from_arrow(table.schema.to_frame().to_arrow()).create(f"empty_{table.name}")
        select = views.source(table, listed)
        kind = "table" if table in REFERENCE_TABLES else "view"
        try:
            connection.execute(f"create {kind} all_{table.name} as {select}")
        except duckdb.BinderException as error:
            raise LakeError(
                f"table '{table.name}' lacks a column; an earlier version made it ({error}). "
                "Run `fenggu init`, which brings the lake up to date and keeps its rows."
            ) from error
    connection.execute(f"create table all_places as {_places(None)}")
    return connection


def _register_store(connection: DuckDBPyConnection, uri: str) -> None:
    """Let DuckDB read an object store without an extension, through pyarrow's file system."""
    scheme = uri.split("://", 1)[0]
    store, _ = filesystem(uri)
    # DuckDB asks the file system which scheme it serves.
    wrapper = type("ObjectStore", (ArrowFSWrapper,), {"protocol": scheme})(store)
    connection.register_filesystem(wrapper)


def _show(base: _Base, cursor: DuckDBPyConnection, shown: _Shown) -> None:
    """Make the views, or take those that another cursor made of the same."""
    if shown.known_at is not None:
        _make_views(cursor, shown)
        return
    with base.lock:
        if shown not in base.sights:
            if len(base.sights) >= _KEPT_SIGHTS:
                _make_views(cursor, shown)
                return
            schema = f"sight_{len(base.sights)}"
            cursor.execute(f"create schema if not exists {schema}")
            cursor.execute(f"set search_path = '{schema}'")
            _make_views(cursor, shown, kept="")
            base.sights[shown] = schema
    cursor.execute(f"set search_path = '{base.sights[shown]}'")


def _make_views(cursor: DuckDBPyConnection, shown: _Shown, kept: str = "temp") -> None:
    """``kept``: ``temp`` for this cursor alone, empty for the schema it is set to."""
    scope, known_at = shown.scope, shown.known_at
    # The past is put together from many tables.
    names = set(shown.reads) if shown.reads and known_at is None else set(TABLES)
    places = _all_places(cursor, known_at)
    for table in REFERENCE_TABLES:
        if table.name in {*names, "regions"}:
            relation = f"memory.main.all_{table.name}"
            _view(cursor, kept, f"known_{table.name}", views.known(relation, known_at))
    sight = None if scope.is_everything else _visible_points(cursor, shown, places, kept)
    _view(cursor, kept, "places", _cut(places, sight))
    references = {table.name for table in REFERENCE_TABLES}
    for name in names & references:
        _view(cursor, kept, name, _reference_view(name, scope, sight))
    for name in names & (TABLES.keys() - references):
        _view(cursor, kept, name, _fact_view(name, scope, sight))
    if known_at is not None:
        _show_the_past(cursor, scope, known_at, sight)
    if "energy_profiles" in names:
        offset = standard_offset(ZoneInfo(shown.zone_name), shown.year)
        _view(cursor, kept, "readings", views.readings(offset, shown.zone_name))


def _all_places(cursor: DuckDBPyConnection, known_at: datetime | None) -> str:
    """The relation of all places: shared by all cursors, or made for one as of an instant."""
    if known_at is None:
        return "memory.main.all_places"
    cursor.execute(f"create or replace temp table past_places as {_places(known_at)}")
    return "past_places"


def _places(known_at: datetime | None) -> str:
    names = ("usage_points", "transformers", "feeders", "substations")
    known = {name: f"({views.known(f'memory.main.all_{name}', known_at)})" for name in names}
    return views.PLACES.format(**known)


def _view(cursor: DuckDBPyConnection, kept: str, name: str, select: str) -> None:
    cursor.execute(f"create or replace {kept} view {name} as {select}")


def _cut(relation: str, sight: _Sight | None, days: tuple[str, str] | None = None) -> str:
    """``relation`` cut to what is visible; ``days`` are the first and last day of a row, as SQL."""
    select = f"select * from {relation}"
    if sight is None:
        return select
    select += " where usage_point_id in (select usage_point_id from visible_points)"
    if not sight.by_period or days is None:
        return select
    # Who moved in does not see how those before lived.
    return (
        f"select shown.* from ({select}) as shown semi join visible_periods as mine "
        f"on mine.usage_point_id = shown.usage_point_id and {days[0]} >= mine.valid_from "
        f"and (mine.valid_to is null or {days[1]} < mine.valid_to)"
    )


def _days_of(name: str) -> tuple[str, str] | None:
    columns = TABLES[name].schema
    if name == "register_readings":
        # The freeze that closed the day before is the reading the first bill begins with.
        return "shown.service_date + 1", "shown.service_date"
    if "service_date" in columns:
        return "shown.service_date", "shown.service_date"
    if "occurred_at" in columns:
        return "shown.occurred_at::date", "shown.occurred_at::date"
    if "month" in columns:
        first = "(shown.month || '-01')::date"
        return first, f"last_day({first})"
    return None


def _visible_points(cursor: DuckDBPyConnection, shown: _Shown, places: str, kept: str) -> _Sight:
    """Make the tables of the usage points, and of the times, that a scope sees."""
    scope = shown.scope
    conditions, parameters = ["true"], {}
    if scope.regions is not None:
        conditions.append("region_id in (select region_id from visible_regions)")
        inner = sorted(_with_inner_regions(cursor, scope.regions))
        cursor.execute(
            f"create or replace {kept} table visible_regions as select unnest($inner) as region_id",
            {"inner": inner},
        )
    if scope.customer_ids is not None:
        mine = "customer_id in (select unnest($customers))"
        conditions.append(mine)
        parameters["customers"] = sorted(scope.customer_ids)
        periods = views.known("memory.main.all_usage_points", shown.known_at)
        cursor.execute(
            f"create or replace {kept} table visible_periods as select * from ({periods}) "
            f"where {mine}",
            parameters,
        )
    cursor.execute(
        f"create or replace {kept} table visible_points as select usage_point_id, customer_id, "
        f"transformer_id, feeder_id, substation_id, region_id from {places} "
        f"where {' and '.join(conditions)}",
        parameters,
    )
    return _Sight(by_period=scope.customer_ids is not None)


def _with_inner_regions(cursor: DuckDBPyConnection, regions: frozenset[str]) -> set[str]:
    pairs = cursor.sql("select region_id, parent_region_id from known_regions").fetchall()
    found = set(regions)
    while inner := {child for child, parent in pairs if parent in found} - found:
        found |= inner
    return found


def _reference_view(name: str, scope: Scope, sight: _Sight | None) -> str:
    relation = f"known_{name}"
    if name == "customers":
        return _customers_view(relation, scope)
    if sight is None:
        return f"select * from {relation}"
    if name == "usage_points" and sight.by_period:
        return "select * from visible_periods semi join visible_points using (usage_point_id)"
    if name in {"usage_points", *_BY_USAGE_POINT}:
        overlap = "coalesce(shown.valid_to - 1, mine.valid_from)", "shown.valid_from"
        return _cut(relation, sight, overlap)
    if name == "regions" and scope.regions is not None and scope.customer_ids is None:
        # Those without a usage point as well: they hold the nested ones together.
        return (
            f"select * from {relation} where region_id in (select region_id from visible_regions)"
        )
    seen_by = _SEEN_BY.get(name, TABLES[name].key[0])
    return (
        f"select * from {relation} where {seen_by} in (select points.{seen_by} "
        "from visible_points as points)"
    )


def _customers_view(relation: str, scope: Scope) -> str:
    columns = ", ".join(
        column
        if scope.sees_identity or column not in _IDENTITY
        else f"left({column}, 1) || '**' as {column}"
        for column in TABLES["customers"].names
    )
    select = f"select {columns} from {relation}"
    if scope.is_everything:
        return select
    return f"{select} where customer_id in (select customer_id from visible_points)"


def _fact_view(name: str, scope: Scope, sight: _Sight | None) -> str:
    relation = f"memory.main.all_{name}"
    if sight is None:
        return f"select * from {relation}"
    if scope.customer_ids is None and name in _SEEN_BY_REGION:
        return _SEEN_BY_REGION[name](relation)
    if name in {*_BY_USAGE_POINT, "energy_profiles_alternate"}:
        return _cut(relation, sight, _days_of(name))
    by_region = {"weather": _REGIONS_AROUND, "economy": "select region_id from visible_points"}
    if name in by_region:
        return f"select * from {relation} where region_id in ({by_region[name]})"
    if name in _OF_SERIES:
        # A customer's own; sums of others' loads are no business of a customer's.
        mine = "area_id in (select customer_id from visible_points)"
        return f"select * from {relation} where kind = 'customer' and {mine}"
    # raw, batches, quarantine: what arrived is nobody's own; only the whole scope sees it
    return f"select * from {relation} where false"


_REGIONS_AROUND = """
    with recursive around as (
        select region_id from visible_points
        union
        select known_regions.parent_region_id
        from around
        inner join known_regions using (region_id)
        where known_regions.parent_region_id is not null
    )
    select region_id from around
"""
"""Regions of the points in sight and those around them: a station's weather is nobody's secret."""


def _completeness_view(relation: str) -> str:
    return f"select * from {relation} where region_id in (select region_id from visible_points)"


def _clocks_view(relation: str) -> str:
    """Clocks of the meters in sight, and of the terminals that read them."""
    mine = "usage_point_id in (select usage_point_id from visible_points)"
    return (
        f"select * from {relation} where {mine} or (usage_point_id is null and terminal_id in "
        f"(select terminal_id from {relation} where {mine}))"
    )


def _counts_view(relation: str) -> str:
    """What terminals count that read meters in sight, and none out of sight."""
    clocks = "memory.main.all_device_clocks"
    points = "select usage_point_id from visible_points"
    behind = f"select terminal_id from {clocks} where terminal_id is not null and usage_point_id"
    return (
        f"select * from {relation} where terminal_id in ({behind} in ({points})) "
        f"and terminal_id not in ({behind} not in ({points}))"
    )


def _findings_view(relation: str) -> str:
    """Findings about usage points, meters and transformer areas in sight."""
    meters = "select meter_id from memory.main.all_meters semi join visible_points using"
    return (
        f"select * from {relation} where case what "
        "when 'usage_point' then subject_id in (select usage_point_id from visible_points) "
        f"when 'meter' then subject_id in ({meters} (usage_point_id)) "
        "when 'transformer' then subject_id in (select transformer_id from visible_points "
        "where transformer_id is not null) else false end"
    )


def _series_view(relation: str) -> str:
    """Series whose every usage point is in sight: a sum tells of all that is in it."""
    whole = {
        kind: f"select {column} from visible_points where {column} not in (select {column} "
        f"from memory.main.all_places anti join visible_points using (usage_point_id) "
        f"where {column} is not null)"
        for kind, column in (("feeder", "feeder_id"), ("customer", "customer_id"))
    }
    regions = "select region_id from visible_regions"
    return (
        f"select * from {relation} where case kind "
        f"when 'feeder' then area_id in ({whole['feeder']}) "
        f"when 'customer' then area_id in ({whole['customer']}) "
        f"when 'customer_class' then region_id in ({regions}) "
        f"else area_id in ({regions}) end"
    )


_OF_SERIES = ("forecasts", "forecast_drivers", "forecast_scores")
_SEEN_BY_REGION = {
    **dict.fromkeys(_OF_SERIES, _series_view),
    "completeness": _completeness_view,
    "device_clocks": _clocks_view,
    "findings": _findings_view,
    "terminal_counts": _counts_view,
}
"""What a region's planner sees of tables whose rows are not of one usage point each."""


def _show_the_past(
    cursor: DuckDBPyConnection, scope: Scope, known_at: datetime, sight: _Sight | None
) -> None:
    past = views.profiles_as_of(
        known_at,
        "memory.main.all_energy_profiles",
        "memory.main.all_energy_profiles_alternate",
        "memory.main.all_energy_profiles_superseded",
    )
    _view(cursor, "temp", "energy_profiles", _cut(f"({past})", sight, _days_of("energy_profiles")))
    moment = f"{views.quoted(known_at.isoformat())}::timestamptz"
    for table in TABLES.values():
        if table.name == "energy_profiles":
            continue
        select = f"select * from ({_fact_view(table.name, scope, sight)})"
        if table.name == "energy_profiles_superseded":
            _view(cursor, "temp", table.name, f"{select} where known_until <= {moment}")
        elif "received_at" in table.schema:
            _view(cursor, "temp", table.name, f"{select} where received_at <= {moment}")
        elif "profile_version" in table.schema:
            advice = f"{table.name} as of an instant: name it in open_lake(…, reads=…)"
            _view(
                cursor, "temp", table.name, f"{select} where error({views.quoted(advice)})::boolean"
            )


def read_frame(lake: DuckDBPyConnection, table: str) -> pl.DataFrame:
    """Every row of one small view, such as a reference table."""
    if table not in TABLES and table != "places":
        raise ValueError(f"no table '{table}'; the lake has {', '.join(TABLES)} and places")
    return lake.sql(f"select * from {table}").pl()
