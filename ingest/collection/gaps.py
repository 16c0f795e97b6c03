"""What is missing: every day of every meter is looked at, not only what came after the newest."""

from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from ingest.collection.wants import Kind, Meter, Want
from queries.lake import open_lake
from queries.local_time import standard_offset
from queries.schema import SLOT_MINUTES, SLOTS, SLOTS_PER_DAY
from queries.scope import EVERYTHING
from queries.settings import Settings

READS = (
    "daily_totals",
    "device_clocks",
    "energy_profiles",
    "meters",
    "register_profiles",
    "register_readings",
    "usage_points",
)
_FROZEN = ("import", "export")
_A_DAY = timedelta(days=1)
_MINUTES = 24 * 60


def missing(
    settings: Settings,
    meters: Mapping[str, Meter],
    *,
    now: datetime,
    look_back_days: int,
    settle_minutes: int,
) -> list[Want]:
    """Everything that is due of these meters and not in the lake.

    Args:
        settings: Where the lake is.
        meters: By communication address.
        now: The present [aware].
        look_back_days: How many whole days before today are looked at.
        settle_minutes: What is younger than this is not due yet.

    Returns:
        At most one want a meter, kind and day: of a curve from the first reading that is missing
        to the last. Energy that came actual by another way is not asked for again, nor is a reading
        that the lake holds already. The register point that closes a day is asked for where the
        day's others came: a freeze gives the energy beside it, but is no point of the curve. Days
        on which the register says that the meter did not hang there, or that the usage point was
        suspended or closed, are not due.
    """
    if not meters:
        return []
    offset = standard_offset(settings.zone, now.year)
    due_until = (
        now.astimezone(UTC).replace(tzinfo=None) + offset - timedelta(minutes=settle_minutes)
    )
    first_day = due_until.date() - look_back_days * _A_DAY
    with closing(open_lake(settings, EVERYTHING, reads=READS)) as lake:
        days = _due_days(lake, meters, first_day, due_until.date())
        found = [
            *_curves(lake, meters, days, due_until, offset),
            *_freezes(lake, meters, days, due_until, offset),
            *_clocks(lake, meters, now, offset),
        ]
    return sorted(found, key=lambda want: (want.first, want.kind, want.meter.address))


def _due_days(
    lake: DuckDBPyConnection, meters: Mapping[str, Meter], first_day: date, last_day: date
) -> pl.DataFrame:
    """``address``, ``usage_point_id``, ``meter_id``, ``service_date`` of meters in operation."""
    listed = pl.DataFrame(
        [(m.address, m.usage_point_id, m.meter_id) for m in meters.values()],
        schema={"address": pl.String, "usage_point_id": pl.String, "meter_id": pl.String},
        orient="row",
    )
    lake.register("listed_meters", listed)
    try:
        return lake.sql(
            """
            with days as (
                select unnest(generate_series($first_day::date, $last_day::date, interval 1 day))
                    ::date as service_date
            )
            select
                listed_meters.address,
                listed_meters.usage_point_id,
                listed_meters.meter_id,
                days.service_date
            from listed_meters
            cross join days
            where (
                    not exists (from meters where meters.meter_id = listed_meters.meter_id)
                    or exists (
                        from meters
                        where meters.meter_id = listed_meters.meter_id
                            and meters.usage_point_id = listed_meters.usage_point_id
                            and meters.valid_from <= days.service_date
                            and (meters.valid_to is null or days.service_date <= meters.valid_to)
                    )
                )
                and not exists (
                    from usage_points
                    where usage_points.usage_point_id = listed_meters.usage_point_id
                        and usage_points.status in ('suspended', 'closed')
                        and usage_points.valid_from <= days.service_date
                        and (
                            usage_points.valid_to is null
                            or days.service_date < usage_points.valid_to
                        )
                )
            order by listed_meters.address, days.service_date
            """,
            params={"first_day": first_day, "last_day": last_day},
        ).pl()
    finally:
        lake.unregister("listed_meters")


def _curves(
    lake: DuckDBPyConnection,
    meters: Mapping[str, Meter],
    days: pl.DataFrame,
    due_until: datetime,
    offset: timedelta,
) -> list[Want]:
    channels = pl.DataFrame(
        [
            (m.address, channel, m.interval_minutes)
            for m in meters.values()
            for channel in m.channels
        ],
        schema={"address": pl.String, "channel": pl.String, "interval_minutes": pl.Int16},
        orient="row",
    )
    on_the_next_day = days.select("address", pl.col("service_date") - _A_DAY, is_there_next=True)
    due = days.join(on_the_next_day, on=("address", "service_date"), how="left")
    lake.register("due_days", due.join(channels, on="address"))
    try:
        rows = lake.sql(_CURVES).pl()
    finally:
        lake.unregister("due_days")
    spans: dict[tuple[str, date], tuple[int, int]] = {}
    for part in rows.partition_by("interval_minutes"):
        minutes = int(part["interval_minutes"][0])
        first, last = _holes(part, minutes, due_until)
        for address, day, begin, end in zip(
            part["address"], part["service_date"], first.tolist(), last.tolist(), strict=True
        ):
            if begin < 0:
                continue
            known = spans.get((address, day), (begin, end))
            spans[address, day] = min(known[0], begin), max(known[1], end)
    return [
        Want(
            meters[address],
            Kind.CURVE,
            _instant(day, begin * SLOT_MINUTES, offset),
            _instant(day, end * SLOT_MINUTES, offset),
        )
        for (address, day), (begin, end) in spans.items()
    ]


_CURVES = r"""
with energy as (
    select usage_point_id, channel, service_date, quality, columns('t\d{4}') as 'energy_\0'
    from energy_profiles
),
points as (
    select
        usage_point_id,
        meter_id,
        channel,
        service_date,
        columns('t\d{4}') is not null as 'point_\0'
    from register_profiles
),
midnights as (
    select usage_point_id, meter_id, channel, service_date - 1 as service_date
    from register_profiles
    where t0000 is not null
)
select
    due_days.address,
    due_days.service_date,
    due_days.interval_minutes,
    energy.quality,
    columns('energy_t\d{4}'),
    columns('point_t\d{4}'),
    midnights.meter_id is not null as point_next,
    due_days.is_there_next and points.meter_id is not null and midnights.meter_id is null
        as closing_point_missing
from due_days
left join daily_totals using (usage_point_id, channel, service_date)
left join energy using (usage_point_id, channel, service_date)
left join points using (usage_point_id, meter_id, channel, service_date)
left join midnights using (usage_point_id, meter_id, channel, service_date)
where daily_totals.actual_slots is null
    or daily_totals.actual_slots < daily_totals.expected_slots
    or closing_point_missing
order by due_days.address, due_days.service_date, due_days.channel
"""


def _holes(rows: pl.DataFrame, minutes: int, due_until: datetime) -> tuple[np.ndarray, np.ndarray]:
    """Slots of the first and last reading wanted of each row; -1 where there is nothing to ask."""
    step = minutes // SLOT_MINUTES
    energy = rows.select(f"energy_{slot}" for slot in SLOTS).to_numpy()
    actual = ~np.isnan(energy.astype(float))
    doubtful = rows["quality"].is_not_null().to_numpy()
    if doubtful.any():
        letters = np.array([list(text) for text in rows["quality"].drop_nulls()])
        actual[doubtful] &= letters == "A"
    points = rows.select(
        *(pl.col(f"point_{slot}").fill_null(value=False) for slot in SLOTS), "point_next"
    ).to_numpy()
    begins = np.arange(0, SLOTS_PER_DAY, step)
    ends = begins + step
    midnight = rows["service_date"].cast(pl.Datetime("us")).to_numpy()
    ends_at = midnight[:, None] + (ends * SLOT_MINUTES).astype("timedelta64[m]")[None, :]
    is_due = ends_at <= np.datetime64(due_until)
    wanted = is_due & ~actual[:, begins] & ~(points[:, begins] & points[:, ends])
    wanted[:, -1] |= is_due[:, -1] & rows["closing_point_missing"].fill_null(value=False).to_numpy()
    some = wanted.any(axis=1)
    first = np.where(some, begins[wanted.argmax(axis=1)], -1)
    last = np.where(some, ends[wanted.shape[1] - 1 - wanted[:, ::-1].argmax(axis=1)], -1)
    return first, last


def _freezes(
    lake: DuckDBPyConnection,
    meters: Mapping[str, Meter],
    days: pl.DataFrame,
    due_until: datetime,
    offset: timedelta,
) -> list[Want]:
    ended = days.filter(
        (pl.col("service_date") + _A_DAY).cast(pl.Datetime("us")) <= pl.lit(due_until)
    )
    # A register of its own for each direction: one may have come without the other.
    active = [
        (meter.address, channel)
        for meter in meters.values()
        for channel in meter.channels
        if channel in _FROZEN
    ]
    channels = pl.DataFrame(
        active, schema={"address": pl.String, "channel": pl.String}, orient="row"
    )
    lake.register("ended_days", ended.join(channels, on="address"))
    try:
        rows = lake.sql(
            """
            select distinct ended_days.address, ended_days.service_date
            from ended_days
            anti join (
                select usage_point_id, meter_id, channel, service_date
                from register_readings
                where register = 'total' and quality = 'A'
            ) using (usage_point_id, meter_id, channel, service_date)
            order by ended_days.address, ended_days.service_date
            """
        ).fetchall()
    finally:
        lake.unregister("ended_days")
    return [
        Want(meters[address], Kind.FREEZE, moment, moment)
        for address, day in rows
        for moment in [_instant(day, _MINUTES, offset)]
    ]


def _clocks(
    lake: DuckDBPyConnection, meters: Mapping[str, Meter], now: datetime, offset: timedelta
) -> list[Want]:
    """Once a day."""
    today = (now.astimezone(UTC) + offset).date()
    told = lake.sql(
        "select device_id from device_clocks where kind = 'meter' and service_date = $today",
        params={"today": today},
    ).fetchall()
    known = {device for (device,) in told}
    return [
        Want(meter, Kind.CLOCK, now, now)
        for meter in meters.values()
        if meter.meter_id not in known and meter.protocol != "gdw1376"
    ]


def _instant(day: date, minute: int, offset: timedelta) -> datetime:
    """A minute of a day in standard time, as UTC."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return midnight + timedelta(minutes=minute) - offset
