"""What the lake knows of one usage point, its neighbours and its account at one moment.

Neighbours are counted on the whole lake, also for a customer who may see none of them: how many of
an area are without voltage is what a utility tells everybody.
"""

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.no_power_causes import MOST_OFF_SHARE, Area, Evidence, Planned
from queries.customers.payment_bills import payment_bills
from queries.grid.limits import shipped_limits
from queries.lake import lake_state, unscoped
from queries.local_time import standard_offset
from queries.run import QuestionError
from queries.schema import SLOT_MINUTES, SLOTS

READS = (
    "energy_profiles",
    "measurement_profiles",
    "meter_events",
    "planned_outages",
    "payments",
    "usage_points",
    "transformers",
    "feeders",
    "substations",
    "regions",
)
_NEIGHBOUR_READS = (
    "energy_profiles",
    "meter_events",
    "usage_points",
    "transformers",
    "feeders",
    "substations",
)
POWER_OFF = "3011"
"""A meter's report that power went (掉电), DL/T 698.45."""
_LONGEST_OUTAGE = timedelta(days=3)
"""A report of power off without an end counts so long."""
_USUAL_DAYS = 7


@dataclass(frozen=True, slots=True)
class Place:
    """Where a usage point hangs, and whose it is."""

    usage_point_id: str
    customer_id: str | None
    transformer_id: str | None
    feeder_id: str | None
    status: str | None
    voltage_kv: float | None


@dataclass(frozen=True, slots=True)
class _Moment:
    """One instant as the tables have it: the interval that holds it."""

    at: datetime
    day: date
    slot: int

    @property
    def column(self) -> str:
        return SLOTS[self.slot]


def place_of(cursor: DuckDBPyConnection, usage_point_id: str) -> Place:
    """The place of a usage point in the scope; QuestionError: there is none such in it."""
    found = cursor.sql(
        """
        select
            places.usage_point_id,
            places.customer_id,
            places.transformer_id,
            places.feeder_id,
            places.status,
            usage_points.voltage_kv
        from places
        left join usage_points on usage_points.usage_point_id = places.usage_point_id
        where places.usage_point_id = $usage_point_id
        order by usage_points.valid_from desc
        limit 1
        """,
        params={"usage_point_id": usage_point_id},
    ).pl()
    if found.is_empty():
        raise QuestionError(f"there is no usage point '{usage_point_id}' that you may see.")
    return Place(**found.row(0, named=True))


def evidence(cursor: DuckDBPyConnection, place: Place, at: datetime) -> Evidence:
    """Everything that is known of ``place`` at the aware instant ``at``."""
    moment = _moment(cursor, at)
    own, usual = _own_energy(cursor, place, moment)
    volts, amperes = _measured(cursor, place.usage_point_id, moment)
    since, until = _own_report(cursor, place, moment)
    neighbours, areas, areas_off = _around(cursor, place, moment)
    nominal_v = shipped_limits().nominal_v
    overdue = _overdue(cursor, place, moment.day)
    # A medium-voltage meter measures behind its transformers: its own scale is not known here.
    is_low = place.voltage_kv is None or place.voltage_kv < 1
    return Evidence(
        transformer=neighbours.get("transformer"),
        feeder=neighbours.get("feeder"),
        areas=areas,
        areas_off=areas_off,
        planned=_planned(cursor, place, at),
        off_since=since,
        off_until=until,
        is_heard=own is not None,
        energy_wh=own,
        usual_wh=usual,
        voltage_share=volts / nominal_v if volts is not None and is_low else None,
        current_a=amperes,
        transformer_voltage_share=_head_voltage(cursor, place, moment, nominal_v),
        is_suspended=place.status == "suspended",
        overdue_cny=overdue["open_cny"].sum() if overdue.height else 0,  # type: ignore[arg-type]
        overdue_days=int(overdue["overdue_days"].max() or 0),  # type: ignore[arg-type]
    )


def _moment(cursor: DuckDBPyConnection, at: datetime) -> _Moment:
    if at.tzinfo is None:
        raise QuestionError(f"the moment {at} has no time zone; give an aware one.")
    zone = ZoneInfo(lake_state(cursor).zone_name)
    local = at.astimezone(UTC) + standard_offset(zone, at.year)
    return _Moment(at, local.date(), (local.hour * 60 + local.minute) // SLOT_MINUTES)


def _own_energy(
    cursor: DuckDBPyConnection, place: Place, moment: _Moment
) -> tuple[int | None, float | None]:
    """Energy of the interval [Wh], and the median of the same one of the days before."""
    rows = cursor.sql(
        f"""
        select service_date, interval_minutes, {", ".join(SLOTS)}
        from energy_profiles
        where usage_point_id = $point and channel = 'import'
            and service_date between $first_day and $last_day
            and service_month between strftime($first_day::date, '%Y-%m')
                and strftime($last_day::date, '%Y-%m')
        order by service_date
        """,  # noqa: S608 - columns of the schema
        params={
            "point": place.usage_point_id,
            "first_day": moment.day - timedelta(days=_USUAL_DAYS),
            "last_day": moment.day,
        },
    ).pl()
    values = {
        row["service_date"]: row[_of_interval(moment, row["interval_minutes"])]
        for row in rows.iter_rows(named=True)
    }
    now = values.pop(moment.day, None)
    before = pl.Series([value for value in values.values() if value is not None], dtype=pl.Float64)
    return now, before.median()  # type: ignore[return-value]


def _of_interval(moment: _Moment, minutes: int) -> str:
    every = minutes // SLOT_MINUTES
    return SLOTS[moment.slot // every * every]


def _measured(
    cursor: DuckDBPyConnection, point: str, moment: _Moment
) -> tuple[float | None, float | None]:
    """Highest voltage [V] and current [A] of any phase; None where not measured."""
    [row] = cursor.sql(
        f"""
        select
            max({moment.column}) filter (where starts_with(quantity, 'voltage_')),
            max({moment.column}) filter (where starts_with(quantity, 'current_'))
        from measurement_profiles
        where usage_point_id = $point and service_date = $day
            and service_month = strftime($day::date, '%Y-%m')
        """,  # noqa: S608 - a column of the schema
        params={"point": point, "day": moment.day},
    ).fetchall()
    return row[0], row[1]


def _own_report(
    cursor: DuckDBPyConnection, place: Place, moment: _Moment
) -> tuple[datetime | None, datetime | None]:
    found = cursor.sql(
        """
        select occurred_at, ended_at
        from meter_events
        where usage_point_id = $point and event_code = $code
            and occurred_at <= $at and occurred_at > $at - $longest::interval
            and (ended_at is null or ended_at > $at)
        order by occurred_at desc
        limit 1
        """,
        params={
            "point": place.usage_point_id,
            "code": POWER_OFF,
            "at": moment.at,
            "longest": f"{_LONGEST_OUTAGE.days} days",
        },
    ).pl()
    return found.row(0) if found.height else (None, None)  # type: ignore[return-value]


def _planned(cursor: DuckDBPyConnection, place: Place, at: datetime) -> Planned | None:
    found = cursor.sql(
        """
        select outage_id, area_kind, area_id, starts_at, ends_at
        from planned_outages
        where starts_at <= $at and ends_at > $at and (
            (area_kind = 'feeder' and area_id = $feeder)
            or (area_kind = 'transformer' and area_id = $transformer)
        )
        order by starts_at desc
        limit 1
        """,
        params={"at": at, "feeder": place.feeder_id, "transformer": place.transformer_id},
    ).pl()
    return Planned(**found.row(0, named=True)) if found.height else None


def _overdue(cursor: DuckDBPyConnection, place: Place, day: date) -> pl.DataFrame:
    if place.customer_id is None:
        return pl.DataFrame()
    bills = payment_bills(cursor, as_of=day, customer_id=place.customer_id)
    return bills.filter(pl.col("overdue_days").is_not_null())


def _around(
    cursor: DuckDBPyConnection, place: Place, moment: _Moment
) -> tuple[dict[str, Area], int, int]:
    """Neighbours on the transformer and on the feeder, the feeder's areas, and how many are off."""
    if place.feeder_id is None and place.transformer_id is None:
        return {}, 0, 0
    with closing(unscoped(cursor, _NEIGHBOUR_READS)) as whole:
        rows = whole.sql(
            f"""
            with neighbours as (
                select usage_point_id, transformer_id
                from places
                where usage_point_id != $point and not is_check
                    and (valid_from is null or valid_from <= $day)
                    and (valid_to is null or valid_to > $day)
                    and (feeder_id = $feeder or transformer_id = $transformer)
            ),

            off as (
                select distinct usage_point_id
                from meter_events
                where event_code = $code
                    and occurred_at <= $at and occurred_at > $at - $longest::interval
                    and (ended_at is null or ended_at > $at)
            ),

            read as (
                select usage_point_id, max({moment.column}) as energy_wh
                from energy_profiles
                where channel = 'import' and service_date = $day
                    and service_month = strftime($day::date, '%Y-%m')
                    and usage_point_id in (select usage_point_id from neighbours)
                group by usage_point_id
            )

            select
                neighbours.transformer_id,
                count(*) as points,
                count(off.usage_point_id) as off,
                count(read.energy_wh) as heard,
                count(*) filter (where read.energy_wh > 0) as drawing
            from neighbours
            left join off using (usage_point_id)
            left join read using (usage_point_id)
            group by neighbours.transformer_id
            order by neighbours.transformer_id
            """,  # noqa: S608 - a column of the schema
            params={
                "point": place.usage_point_id,
                "day": moment.day,
                "feeder": place.feeder_id,
                "transformer": place.transformer_id,
                "code": POWER_OFF,
                "at": moment.at,
                "longest": f"{_LONGEST_OUTAGE.days} days",
            },
        ).pl()
    return _areas(rows, place)


def _areas(rows: pl.DataFrame, place: Place) -> tuple[dict[str, Area], int, int]:
    counted = ("points", "off", "heard", "drawing")
    found: dict[str, Area] = {}
    if place.transformer_id is not None:
        mine = rows.filter(pl.col("transformer_id") == place.transformer_id)
        sums = {name: int(mine[name].sum()) for name in counted}
        found["transformer"] = Area(place.transformer_id, **sums)
    if place.feeder_id is not None:
        sums = {name: int(rows[name].sum()) for name in counted}
        found["feeder"] = Area(place.feeder_id, **sums)
    areas = rows.drop_nulls("transformer_id")
    is_own = pl.col("transformer_id").eq_missing(pl.lit(place.transformer_id, pl.String))
    # One meter of another area may have a fuse of its own blown; two are no chance.
    least = pl.when(is_own).then(1).otherwise(2)
    off = areas.filter(
        (pl.col("off") / pl.col("points") >= MOST_OFF_SHARE) & (pl.col("off") >= least)
    )
    return found, areas.height, off.height


def _head_voltage(
    cursor: DuckDBPyConnection, place: Place, moment: _Moment, nominal_v: float
) -> float | None:
    """At the transformer's own meter, which no customer sees: it tells of the area."""
    if place.transformer_id is None:
        return None
    with closing(unscoped(cursor, ("transformers", "measurement_profiles"))) as whole:
        found = whole.sql(
            """
            select transformer_meter_id from transformers
            where transformer_id = $transformer and transformer_meter_id is not null
            order by valid_from desc
            limit 1
            """,
            params={"transformer": place.transformer_id},
        ).fetchall()
        volts, _ = _measured(whole, found[0][0], moment) if found else (None, None)
    return None if volts is None else volts / nominal_v
