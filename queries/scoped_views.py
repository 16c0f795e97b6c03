"""The SQL of the views that a scope cuts: what each table shows to whom."""

from dataclasses import dataclass

from queries.schema import TABLES
from queries.scope import Scope

_OF_CUSTOMERS = ("portrait_months", "portraits", "advices")
"""What is said of a customer at a usage point: who comes later is told nothing of it."""
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
    "daily_features",
    "load_cubes",
    "meter_forecasts",
    *_OF_CUSTOMERS,
    "meters",
    "agreements",
)
_SEEN_BY = {"network_nodes": "transformer_id"}
"""By what a reference row is seen that no usage point names itself."""
_IDENTITY = ("name", "address", "phone")


@dataclass(frozen=True, slots=True)
class Sight:
    """That a scope hides something: points outside ``visible_points``, and other people's times."""

    by_period: bool


def cut(relation: str, sight: Sight | None, days: tuple[str, str] | None = None) -> str:
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


def days_of(name: str) -> tuple[str, str] | None:
    """The first and last day that a row of a table tells of, as SQL; None: no day."""
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


def reference_view(name: str, scope: Scope, sight: Sight | None) -> str:
    """A reference table, of the rows known, as the scope sees it."""
    relation = f"known_{name}"
    if name == "customers":
        return _customers_view(relation, scope)
    if sight is None:
        return f"select * from {relation}"
    if name == "usage_points" and sight.by_period:
        return "select * from visible_periods semi join visible_points using (usage_point_id)"
    if name in {"usage_points", *_BY_USAGE_POINT}:
        overlap = "coalesce(shown.valid_to - 1, mine.valid_from)", "shown.valid_from"
        return cut(relation, sight, overlap)
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


def fact_view(name: str, scope: Scope, sight: Sight | None) -> str:
    """A table of facts as the scope sees it; what is nobody's own is seen by the whole scope."""
    relation = f"memory.main.all_{name}"
    if sight is None:
        return f"select * from {relation}"
    seen = _SEEN_BY_REGION if scope.customer_ids is None else _SEEN_BY_CUSTOMER
    if name in seen:
        return seen[name](relation)
    if name in {*_BY_USAGE_POINT, "energy_profiles_alternate"}:
        return _points_view(name, relation, sight)
    conditions = {
        "weather": f"region_id in ({_REGIONS_AROUND})",
        "portrait_peers": f"region_id in ({_REGIONS_AROUND})",
        "economy": "region_id in (select region_id from visible_points)",
        "payments": "customer_id in (select customer_id from visible_points)",
        "planned_outages": _AREA_AROUND,
        "contract_applications": "customer_id in (select customer_id from visible_points)",
    }
    if name in conditions:
        return f"select * from {relation} where {conditions[name]}"
    if name in _OF_SERIES:
        # A customer's own; sums of others' loads are no business of a customer's.
        mine = "area_id in (select customer_id from visible_points)"
        return f"select * from {relation} where kind = 'customer' and {mine}"
    # raw, batches, quarantine: what arrived is nobody's own; only the whole scope sees it
    return f"select * from {relation} where false"


def _points_view(name: str, relation: str, sight: Sight) -> str:
    """Rows of usage points in sight, as far as they are of the customer who looks."""
    if name in _OF_CUSTOMERS and sight.by_period:
        mine = "customer_id in (select customer_id from visible_points)"
        return f"{cut(relation, sight)} and {mine}"
    return cut(relation, sight, days_of(name))


_AREA_AROUND = """
    case area_kind
        when 'feeder' then area_id in (select feeder_id from visible_points)
        when 'transformer' then area_id in (select transformer_id from visible_points)
        else false
    end
"""
"""An announced outage concerns whoever is supplied by that feeder or transformer."""

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


def _payments_view(relation: str) -> str:
    """Bills of accounts whose every usage point is in sight: a bill tells of all of them."""
    return f"select * from {relation} where customer_id in ({_WHOLE.format('customer_id')})"


def _applications_view(relation: str) -> str:
    """Applications of points in sight; those without a point by where they are to be connected."""
    placed = "select usage_point_id from memory.main.all_places"
    return (
        f"select * from {relation} where case "
        f"when usage_point_id in ({placed}) "
        "then usage_point_id in (select usage_point_id from visible_points) "
        "when region_id is not null "
        "then region_id in (select region_id from visible_regions) "
        "else transformer_id in (select transformer_id from visible_points) end"
    )


def _own_money_view(relation: str) -> str:
    """What an account is told of its own money: what the utility expects of it is not."""
    hidden = ", ".join(f"null::{kind} as {name}" for name, kind in _EXPECTED_OF_CUSTOMERS.items())
    mine = "customer_id in (select customer_id from visible_points)"
    return f"select * replace ({hidden}) from {relation} where {mine}"


def _series_view(relation: str) -> str:
    """Series whose every usage point is in sight: a sum tells of all that is in it."""
    whole = {
        kind: _WHOLE.format(column)
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


_WHOLE = (
    "select {0} from visible_points where {0} not in (select {0} "
    "from memory.main.all_places anti join visible_points using (usage_point_id) "
    "where {0} is not null)"
)
"""Feeders or accounts with no usage point out of sight."""
_EXPECTED_OF_CUSTOMERS = {
    "next_year_cny": "double",
    "next_year_low_cny": "double",
    "next_year_high_cny": "double",
    "growth_share": "double",
    "next_year_basis": "varchar",
    "next_year_why": "varchar",
    "late_probability_share": "double",
    "expected_late_cny": "double",
    "bills_before": "bigint",
    "late_why": "varchar",
}
"""Columns of portrait_money that the utility expects of a customer, with their types in SQL."""
_OF_SERIES = ("forecasts", "forecast_drivers", "forecast_scores")
_SEEN_BY_REGION = {
    **dict.fromkeys(_OF_SERIES, _series_view),
    "completeness": _completeness_view,
    "contract_applications": _applications_view,
    "device_clocks": _clocks_view,
    "findings": _findings_view,
    "payments": _payments_view,
    "portrait_money": _payments_view,
    "terminal_counts": _counts_view,
}
"""What a region's planner sees of tables whose rows are not of one usage point each."""
_SEEN_BY_CUSTOMER = {"portrait_money": _own_money_view}
"""What a customer sees of tables that tell it less than they hold of it."""
