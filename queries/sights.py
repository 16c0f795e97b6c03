"""What a cursor of the lake shows: its views, made for a scope, now or as of an instant."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from duckdb import DuckDBPyConnection

from queries import views
from queries.local_time import standard_offset
from queries.schema import REFERENCE_TABLES, TABLES
from queries.scope import Scope
from queries.scoped_views import Sight, cut, days_of, fact_view, reference_view


@dataclass(frozen=True, slots=True)
class Shown:
    """All that the views of a cursor depend on, beside the state of the lake."""

    scope: Scope
    known_at: datetime | None
    reads: frozenset[str]
    zone_name: str
    year: int


def make_views(cursor: DuckDBPyConnection, shown: Shown, kept: str = "temp") -> None:
    """Make the views of a cursor.

    Args:
        cursor: Of a connection with the uncut tables ``all_…``.
        shown: What they depend on.
        kept: ``temp`` for this cursor alone, empty for the schema it is set to.
    """
    scope, known_at = shown.scope, shown.known_at
    # The past is put together from many tables.
    names = set(shown.reads) if shown.reads and known_at is None else set(TABLES)
    places = _all_places(cursor, known_at)
    for table in REFERENCE_TABLES:
        if table.name in {*names, "regions"}:
            relation = f"memory.main.all_{table.name}"
            _view(cursor, kept, f"known_{table.name}", views.known(relation, known_at))
    sight = None if scope.is_everything else _visible_points(cursor, shown, places, kept)
    _view(cursor, kept, "places", cut(places, sight))
    references = {table.name for table in REFERENCE_TABLES}
    for name in names & references:
        _view(cursor, kept, name, reference_view(name, scope, sight))
    for name in names & (TABLES.keys() - references):
        _view(cursor, kept, name, fact_view(name, scope, sight))
    if known_at is not None:
        _show_the_past(cursor, scope, known_at, sight)
    if "energy_profiles" in names:
        offset = standard_offset(ZoneInfo(shown.zone_name), shown.year)
        _view(cursor, kept, "readings", views.readings(offset, shown.zone_name))


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


def _view(cursor: DuckDBPyConnection, kept: str, name: str, select: str) -> None:
    cursor.execute(f"create or replace {kept} view {name} as {select}")


def _visible_points(cursor: DuckDBPyConnection, shown: Shown, places: str, kept: str) -> Sight:
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
    return Sight(by_period=scope.customer_ids is not None)


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
    _view(cursor, "temp", "energy_profiles", cut(f"({past})", sight, days_of("energy_profiles")))
    moment = f"{views.quoted(known_at.isoformat())}::timestamptz"
    for table in TABLES.values():
        if table.name == "energy_profiles":
            continue
        select = f"select * from ({fact_view(table.name, scope, sight)})"
        if table.name == "energy_profiles_superseded":
            _view(cursor, "temp", table.name, f"{select} where known_until <= {moment}")
        elif "received_at" in table.schema:
            _view(cursor, "temp", table.name, f"{select} where received_at <= {moment}")
        elif "profile_version" in table.schema:
            advice = f"{table.name} as of an instant: name it in open_lake(…, reads=…)"
            _view(
                cursor, "temp", table.name, f"{select} where error({views.quoted(advice)})::boolean"
            )
