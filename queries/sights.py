"""What a cursor of the lake shows: its views, made for a scope, now or as of an instant."""

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from duckdb import DuckDBPyConnection

from queries import views
from queries.local_time import standard_offset
from queries.schema import REFERENCE_TABLES, TABLES, Table
from queries.scope import Scope
from queries.scoped_views import Sight, cut, days_of, fact_view, reference_view

TEMPORARY = ""
"""As a place: kept for one cursor alone."""


@dataclass(frozen=True, slots=True)
class Shown:
    """All that the views of a cursor depend on, beside the state of the lake."""

    scope: Scope
    known_at: datetime | None
    reads: frozenset[str]
    zone_name: str
    year: int

    @property
    def rights(self) -> "Shown":
        """What views depend on, whichever tables a question reads."""
        return replace(self, reads=frozenset())

    @property
    def tables(self) -> list[str]:
        """The tables to be shown: those read, all where nothing is said of it."""
        return [name for name in TABLES if not self.reads or name in self.reads]


def make_views(cursor: DuckDBPyConnection, shown: Shown) -> None:
    """Make the views of a cursor for it alone, of a connection with the uncut tables ``all_…``."""
    # The past is put together from many tables; what has one of its own is made there.
    names = shown.tables
    if shown.known_at is not None:
        names = [table.name for table in TABLES.values() if not _has_a_past(table)]
    make_places(cursor, shown, TEMPORARY)
    for name in names:
        make_table(cursor, shown, name, TEMPORARY)
    if shown.known_at is not None:
        _show_the_past(cursor, shown.scope, shown.known_at, _sight_of(shown.scope))
        # They rest on the profiles of the past.
        _make_readings(cursor, shown, TEMPORARY)


def make_places(cursor: DuckDBPyConnection, shown: Shown, place: str) -> None:
    """What the views of all tables rest on: regions, places, and the points a scope sees.

    Args:
        cursor: Of a connection with the uncut tables ``all_…``.
        shown: What they depend on.
        place: The schema they are kept in, or TEMPORARY.
    """
    scope, known_at = shown.scope, shown.known_at
    places = _all_places(cursor, known_at)
    _view(cursor, place, "known_regions", views.known("memory.main.all_regions", known_at))
    if not scope.is_everything:
        _visible_points(cursor, shown, places, place)
    _view(cursor, place, "places", cut(places, _sight_of(scope)))


def make_table(cursor: DuckDBPyConnection, shown: Shown, name: str, place: str) -> None:
    """The view of one table, with what it alone rests on; see ``make_places``."""
    scope, sight = shown.scope, _sight_of(shown.scope)
    if name in {table.name for table in REFERENCE_TABLES}:
        if name != "regions":
            known = views.known(f"memory.main.all_{name}", shown.known_at)
            _view(cursor, place, f"known_{name}", known)
        _view(cursor, place, name, reference_view(name, scope, sight))
        return
    _view(cursor, place, name, fact_view(name, scope, sight))
    if name == "energy_profiles":
        _make_readings(cursor, shown, place)


def _make_readings(cursor: DuckDBPyConnection, shown: Shown, place: str) -> None:
    offset = standard_offset(ZoneInfo(shown.zone_name), shown.year)
    _view(cursor, place, "readings", views.readings(offset, shown.zone_name))


def _sight_of(scope: Scope) -> Sight | None:
    return None if scope.is_everything else Sight(by_period=scope.customer_ids is not None)


def _all_places(cursor: DuckDBPyConnection, known_at: datetime | None) -> str:
    """The relation of all places: shared by all cursors, or made for one as of an instant."""
    if known_at is None:
        return "memory.main.all_places"
    cursor.execute(f"create or replace temp table past_places as {select_places(known_at)}")
    return "past_places"


def select_places(known_at: datetime | None) -> str:
    """All places, as SQL: now, or as of an instant."""
    names = ("usage_points", "transformers", "feeders", "substations")
    known = {name: f"({views.known(f'memory.main.all_{name}', known_at)})" for name in names}
    return views.PLACES.format(**known)


def _view(cursor: DuckDBPyConnection, place: str, name: str, select: str) -> None:
    cursor.execute(f"{_create('view', place, name)} as {select}")


def _create(kind: str, place: str, name: str) -> str:
    if place == TEMPORARY:
        return f"create or replace temp {kind} {name}"
    return f"create or replace {kind} {place}.{name}"


def _visible_points(cursor: DuckDBPyConnection, shown: Shown, places: str, place: str) -> None:
    """Make the tables of the usage points, and of the times, that a scope sees."""
    scope = shown.scope
    conditions, parameters = ["true"], {}
    if scope.regions is not None:
        conditions.append("region_id in (select region_id from visible_regions)")
        inner = sorted(_with_inner_regions(cursor, scope.regions))
        cursor.execute(
            f"{_create('table', place, 'visible_regions')} as select unnest($inner) as region_id",
            {"inner": inner},
        )
    if scope.customer_ids is not None:
        mine = "customer_id in (select unnest($customers))"
        conditions.append(mine)
        parameters["customers"] = sorted(scope.customer_ids)
        periods = views.known("memory.main.all_usage_points", shown.known_at)
        cursor.execute(
            f"{_create('table', place, 'visible_periods')} as select * from ({periods}) "
            f"where {mine}",
            parameters,
        )
    cursor.execute(
        f"{_create('table', place, 'visible_points')} as select usage_point_id, customer_id, "
        f"transformer_id, feeder_id, substation_id, region_id from {places} "
        f"where {' and '.join(conditions)}",
        parameters,
    )


def _with_inner_regions(cursor: DuckDBPyConnection, regions: frozenset[str]) -> set[str]:
    pairs = cursor.sql("select region_id, parent_region_id from known_regions").fetchall()
    found = set(regions)
    while inner := {child for child, parent in pairs if parent in found} - found:
        found |= inner
    return found


def _show_the_past(
    cursor: DuckDBPyConnection, scope: Scope, known_at: datetime, sight: Sight | None
) -> None:
    past = views.profiles_as_of(
        known_at,
        "memory.main.all_energy_profiles",
        "memory.main.all_energy_profiles_alternate",
        "memory.main.all_energy_profiles_superseded",
    )
    _view(cursor, TEMPORARY, "energy_profiles", cut(f"({past})", sight, days_of("energy_profiles")))
    moment = f"{views.quoted(known_at.isoformat())}::timestamptz"
    for table in TABLES.values():
        if table.name == "energy_profiles" or not _has_a_past(table):
            continue
        select = f"select * from ({fact_view(table.name, scope, sight)})"
        if table.name == "energy_profiles_superseded":
            _view(cursor, TEMPORARY, table.name, f"{select} where known_until <= {moment}")
        elif "received_at" in table.schema:
            _view(cursor, TEMPORARY, table.name, f"{select} where received_at <= {moment}")
        else:
            advice = f"{table.name} as of an instant: name it in open_lake(…, reads=…)"
            _view(
                cursor,
                TEMPORARY,
                table.name,
                f"{select} where error({views.quoted(advice)})::boolean",
            )


def _has_a_past(table: Table) -> bool:
    """Whether rows tell when they arrived, of which profiles they were derived, or until when."""
    return (
        table.name == "energy_profiles_superseded"
        or "received_at" in table.schema
        or "profile_version" in table.schema
    )
