"""Batches into the lake: merged by slot, derived tables brought up to date, nothing published yet.

The caller holds ``ingest.lake.writing`` and publishes; until then no reader sees any of it.
"""

from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import polars as pl

from ingest.batch import Batch
from ingest.lake import (
    Writer,
    append,
    read_box,
    read_keys,
    replace_all_of,
    scan_table,
    tidy,
    upsert,
)
from ingest.merge import Arrival, Merged, choose_interval, merge, row_key
from ingest.own_counts import store_counts
from ingest.points import DAYS, energy_of_points, store_points, with_the_day_before
from queries.day_classes import month_classes
from queries.derived.completeness import READS as COUNTED_FROM
from queries.derived.completeness import completeness
from queries.derived.daily_features import daily_features
from queries.derived.daily_totals import daily_totals
from queries.derived.load_cubes import load_cubes
from queries.lake import SCOPED_BY, open_lake
from queries.local_time import has_daylight_saving, local_profiles
from queries.manifest import Manifest
from queries.schema import (
    COMPLETENESS,
    DAILY_FEATURES,
    DAILY_TOTALS,
    DEVICE_CLOCKS,
    ECONOMY,
    ENERGY_PROFILES,
    ENERGY_PROFILES_ALTERNATE,
    ENERGY_PROFILES_SUPERSEDED,
    LOAD_CUBES,
    MEASUREMENT_PROFILES,
    METER_EVENTS,
    REGISTER_READINGS,
    WEATHER,
    Table,
)
from queries.scope import EVERYTHING
from queries.settings import Settings

_DERIVED_AT_ONCE = 100_000
_MOST_FILES = 8  # of a partition: one more costs every reader, rewriting it costs one writer
_CHANGED = {
    "usage_point_id": pl.String(),
    "channel": pl.String(),
    "service_date": pl.Date(),
    "service_month": pl.String(),
}
_SHOWN = {name: _CHANGED[name] for name in DAYS}


@dataclass(slots=True)
class Stored:
    """What storing did so far: readings counted, and the days whose derived rows are due.

    ``shown`` are days of which registers told something new, ``changed`` those whose energy did.
    """

    new: int = 0
    corrected: int = 0
    unchanged: int = 0
    changed: list[pl.DataFrame] = field(default_factory=list)
    shown: list[pl.DataFrame] = field(default_factory=list)
    arrival: Arrival | None = None

    def add(self, merged: Merged) -> None:
        """Count what one merge did."""
        self.new += merged.new
        self.corrected += merged.corrected
        self.unchanged += merged.unchanged


def store(writer: Writer, batch: Batch, arrival: Arrival, stored: Stored) -> None:
    """Merge one batch into the lake and remember which days it changed."""
    if not batch.profiles.is_empty():
        _store_energy(writer, batch.profiles, arrival, stored)
    if not batch.measurements.is_empty():
        _store_measurements(writer, batch.measurements, arrival, stored)
    stored.arrival = arrival
    if not batch.points.is_empty():
        merged, days = store_points(writer, batch.points, arrival)
        stored.add(merged)
        stored.shown.append(days)
    if not batch.registers.is_empty():
        _store_registers(writer, batch.registers, arrival, stored)
    if not batch.counts.is_empty():
        store_counts(writer, batch.counts, arrival)
    for table, rows in (
        (METER_EVENTS, batch.events),
        (DEVICE_CLOCKS, batch.clocks),
        (WEATHER, batch.weather),
        (ECONOMY, batch.economy),
    ):
        if not rows.is_empty():
            _store_facts(writer, table, rows, arrival)


def _days(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    """The days that ``rows`` speak of, with the partitions they lie in."""
    month = pl.col("service_date").dt.strftime("%Y-%m").alias("service_month")
    return rows.select(*table.key, month).unique()


def _store_energy(writer: Writer, incoming: pl.DataFrame, arrival: Arrival, stored: Stored) -> None:
    days = _days(ENERGY_PROFILES, incoming)
    shown = read_keys(writer, ENERGY_PROFILES, days)
    hidden = read_keys(writer, ENERGY_PROFILES_ALTERNATE, days)
    current = pl.concat([shown, hidden])
    merged = merge(ENERGY_PROFILES, current, incoming, arrival)
    stored.add(merged)
    if merged.added.is_empty() and merged.changed.is_empty():
        return
    append(writer, ENERGY_PROFILES_SUPERSEDED, merged.superseded)
    touched = pl.concat([merged.added, merged.changed])
    row = row_key(ENERGY_PROFILES)
    is_only = touched.select(pl.struct(ENERGY_PROFILES.key).is_unique()).to_series().all()
    if not (
        hidden.is_empty()
        and is_only
        and touched.join(current, on=row[:3], how="semi")
        .join(current, on=row, how="anti")
        .is_empty()
    ):
        beside = current.join(touched, on=row, how="anti").join(touched, on=row[:3], how="semi")
        touched, alternate = choose_interval(pl.concat([touched, beside]), ENERGY_PROFILES)
        replace_all_of(
            writer,
            ENERGY_PROFILES_ALTERNATE,
            alternate,
            touched.select("channel", "service_month", "usage_point_id", "service_date"),
        )
    # One arrival may come in several blocks, so batch and time do not tell whether a row is new.
    is_new = pl.concat([merged.added, merged.changed]).select(row)
    stays = touched.join(is_new, on=row, how="anti").join(shown, on=row, how="semi")
    changed = touched.join(stays, on=row, how="anti")
    _put(writer, ENERGY_PROFILES, changed, shown)
    stored.changed.append(changed.select(list(_CHANGED)))


def _put(writer: Writer, table: Table, rows: pl.DataFrame, held: pl.DataFrame) -> None:
    """Write rows whose stored counterparts are known: new keys are appended, others replaced."""
    is_new = rows.join(held, on=list(table.key), how="anti")
    upsert(writer, table, rows.join(held, on=list(table.key), how="semi"))
    append(writer, table, is_new)


def _store_measurements(
    writer: Writer, incoming: pl.DataFrame, arrival: Arrival, stored: Stored
) -> None:
    table = MEASUREMENT_PROFILES
    held = read_keys(writer, table, _days(table, incoming))
    merged = merge(table, held, incoming, arrival)
    stored.add(merged)
    rows = pl.concat([merged.added, merged.changed])
    if not rows.is_empty():
        beside = held.join(rows, on=row_key(table), how="anti").join(
            rows, on=list(table.key), how="semi"
        )
        shown, _ = choose_interval(pl.concat([rows, beside]), table)
        _put(writer, table, shown, held)


def _store_registers(
    writer: Writer, incoming: pl.DataFrame, arrival: Arrival, stored: Stored
) -> None:
    """Frozen registers: one value a key, ordered like slots (quality, issue time, value)."""
    table = REGISTER_READINGS
    arriving = incoming.with_columns(
        pl.col("service_date").dt.strftime("%Y-%m").alias("service_month"),
        pl.lit(arrival.batch_id).alias("batch_id"),
        pl.lit(arrival.received_at).cast(table.schema["received_at"]).alias("received_at"),
        pl.lit(1).alias("round"),
    )
    held = read_box(writer, table, arriving).with_columns(pl.lit(0).alias("round"))
    held = held.join(arriving, on=list(table.key), how="semi", nulls_equal=True)
    rank = pl.col("quality").replace_strict({"A": 0, "S": 1, "E": 2}, default=3)
    # "round" breaks ties in favour of what is there already: a replay changes nothing.
    best = (
        pl.concat([held, arriving.select(held.columns)])
        .sort(
            rank,
            "issued_at",
            "reading_kwh",
            "demand_kw",
            "round",
            descending=[False, True, True, True, False],
            nulls_last=True,
        )
        .unique(list(table.key), keep="first", maintain_order=True)
    )
    changed = best.filter(pl.col("round") == 1).drop("round")
    is_held = changed.join(held, on=list(table.key), how="semi", nulls_equal=True).height
    stored.corrected += is_held
    stored.new += changed.height - is_held
    stored.unchanged += arriving.height - changed.height
    upsert(writer, table, changed)
    stored.shown.append(
        with_the_day_before(
            changed.select(
                pl.col(DAYS).exclude("service_date"), pl.col("service_date") + timedelta(days=1)
            )
        )
    )


def _store_facts(writer: Writer, table: Table, incoming: pl.DataFrame, arrival: Arrival) -> None:
    """Rows without quality or history: the last to arrive stands, a replay changes nothing."""
    if "service_month" in table.partition_by:
        month = pl.col("service_date").dt.strftime("%Y-%m").alias("service_month")
        incoming = incoming.with_columns(month)
    arriving = incoming.with_columns(
        pl.lit(arrival.batch_id).alias("batch_id"),
        pl.lit(arrival.received_at).cast(table.schema["received_at"]).alias("received_at"),
    ).unique(list(table.key), keep="last", maintain_order=True)
    held = read_box(writer, table, arriving)
    known = arriving.join(held, on=incoming.columns, how="semi", nulls_equal=True)
    news = arriving.join(known, on=list(table.key), how="anti", nulls_equal=True)
    upsert(writer, table, news)


def derive(writer: Writer, settings: Settings, stored: Stored) -> None:
    """Bring the derived tables up to date with every day that ``stored`` changed."""
    _derive_energy(writer, settings, stored)
    changed = pl.concat([pl.DataFrame(schema=_CHANGED), *stored.changed]).unique()
    if changed.is_empty():
        return
    tidy(writer, ENERGY_PROFILES, most_files=_MOST_FILES)
    before = _reading_periods(writer, changed)
    version = writer.versions["energy_profiles"]
    shifts = any(
        has_daylight_saving(settings.zone, year)
        for year in changed["service_date"].dt.year().unique()
    )
    for part in _some_at_once(_months_to_derive(changed, shifts=shifts)):
        profiles = read_keys(writer, ENERGY_PROFILES, part)
        due = profiles.join(changed, on=list(ENERGY_PROFILES.key), how="semi")
        upsert(writer, DAILY_TOTALS, daily_totals(due, profile_version=version))
        upsert(writer, DAILY_FEATURES, daily_features(due, profile_version=version))
        if shifts:
            before_it = _last_day_before(writer, part)
            profiles = pl.concat([profiles, before_it]).unique(list(ENERGY_PROFILES.key))
        _derive_cubes(writer, settings, part, profiles, version)
    first_day, last_day = _completeness_days(changed, before, _reading_periods(writer, changed))
    derive_completeness(writer, settings, first_day, last_day)
    for table in (DAILY_TOTALS, DAILY_FEATURES, LOAD_CUBES, COMPLETENESS):
        tidy(writer, table, most_files=_MOST_FILES)


def _derive_energy(writer: Writer, settings: Settings, stored: Stored) -> None:
    """The energy of days of which registers told something new; held where ratios are unknown."""
    days = pl.concat([pl.DataFrame(schema=_SHOWN), *stored.shown]).unique()
    if days.is_empty() or stored.arrival is None:
        return
    energy = energy_of_points(writer, days, settings.zone)
    if not energy.is_empty():
        # Counted when the registers were: energy is the same readings in another form.
        of_points = Stored()
        _store_energy(writer, energy, stored.arrival, of_points)
        stored.changed += of_points.changed
    stored.shown.clear()


def _months_to_derive(changed: pl.DataFrame, *, shifts: bool) -> pl.DataFrame:
    """Usage points and months. With daylight saving a last hour belongs to the next local month."""
    subjects = ["channel", "service_month", "usage_point_id"]
    months = changed.select(subjects)
    if shifts:
        next_day = pl.col("service_date") + timedelta(days=1)
        following = changed.with_columns(next_day.dt.strftime("%Y-%m").alias("service_month"))
        months = pl.concat([months, following.select(subjects)])
    return months.unique()


def _last_day_before(writer: Writer, subjects: pl.DataFrame) -> pl.DataFrame:
    day = (pl.col("service_month") + "-01").str.to_date() - timedelta(days=1)
    keys = subjects.with_columns(day.alias("service_date")).with_columns(
        pl.col("service_date").dt.strftime("%Y-%m").alias("service_month")
    )
    return read_keys(writer, ENERGY_PROFILES, keys)


def _some_at_once(subjects: pl.DataFrame) -> list[pl.DataFrame]:
    """Subjects in the order of partitions, so few at once that their months fit in memory."""
    many = _DERIVED_AT_ONCE // 31
    ordered = subjects.sort("channel", "service_month", "usage_point_id")
    return [ordered[first : first + many] for first in range(0, ordered.height, many)]


def _derive_cubes(
    writer: Writer, settings: Settings, subjects: pl.DataFrame, profiles: pl.DataFrame, version: int
) -> None:
    key = ["channel", "usage_point_id", "service_month"]
    # A last hour of daylight saving leads into the next month, which may not be asked for.
    local = (
        local_profiles(profiles, settings.zone)
        .with_columns(pl.col("service_date").dt.strftime("%Y-%m").alias("service_month"))
        .join(subjects, on=key, how="semi")
    )
    months = subjects["service_month"].unique().sort()
    classes = pl.concat(month_classes(month, settings.holiday_country) for month in months)
    cubes = load_cubes(local, classes=classes, profile_version=version)
    statistics = pl.DataFrame({"statistic": ["sum", "maximum", "estimated"]})
    owned = subjects.select(
        "channel", "usage_point_id", pl.col("service_month").alias("month")
    ).join(statistics, how="cross")
    replace_all_of(
        writer, LOAD_CUBES, cubes, owned.select("channel", "statistic", "month", "usage_point_id")
    )


def _reading_periods(writer: Writer, changed: pl.DataFrame) -> pl.DataFrame:
    """First and last day read, and readings due on the last, of what changed."""
    return (
        scan_table(writer, DAILY_TOTALS)
        .select("usage_point_id", "channel", "service_date", "expected_slots")
        .join(
            changed.lazy().select("usage_point_id", "channel").unique(),
            on=["usage_point_id", "channel"],
            how="semi",
        )
        .group_by("usage_point_id", "channel")
        .agg(
            pl.col("service_date").min().alias("first"),
            pl.col("service_date").max().alias("last"),
            pl.col("expected_slots").sort_by("service_date").last().alias("slots"),
        )
        .collect()
    )


def _completeness_days(
    changed: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame
) -> tuple[date | None, date | None]:
    """The days whose counts can have changed; (None, None) is all of them.

    A reading before a point's first day or after its last makes the days between due as well. The
    first reading of a point changes what is expected of it on every day, and so does another
    interval on its last day.
    """
    periods = (
        changed.group_by("usage_point_id", "channel")
        .agg(pl.col("service_date").min().alias("from"), pl.col("service_date").max().alias("to"))
        .join(before, on=["usage_point_id", "channel"], how="left")
        .join(after, on=["usage_point_id", "channel"], how="left", suffix="_after")
    )
    if periods["first"].null_count() or (periods["slots"] != periods["slots_after"]).any():
        return None, None
    span = periods.select(
        pl.min_horizontal("from", pl.when(pl.col("to") > pl.col("last")).then("last"))
        .min()
        .alias("lo"),
        pl.max_horizontal("to", pl.when(pl.col("from") < pl.col("first")).then("first"))
        .max()
        .alias("hi"),
    )
    return span.row(0)


def derive_completeness(
    writer: Writer, settings: Settings, first_day: date | None = None, last_day: date | None = None
) -> None:
    """Count completeness again, for these days or for all days with readings."""
    # What it does not read may look empty: opening that takes longer than all the counting.
    needed = {*COUNTED_FROM, *SCOPED_BY}
    versions = {name: at if name in needed else 0 for name, at in writer.versions.items()}
    # Never equal to a published state: unpublished versions must not be found in the cache.
    seen = Manifest(-1, versions, datetime.now(UTC))
    with closing(open_lake(settings, EVERYTHING, reads=COUNTED_FROM, manifest=seen)) as lake:
        bounds = "select min(service_date), max(service_date) from daily_totals"
        first, last = lake.sql(bounds).fetchall()[0]
        if first is None:
            return
        days = pl.date_range(first_day or first, last_day or last, eager=True)
        rows = completeness(
            lake,
            first_day=days[0],
            last_day=days[-1],
            profile_version=writer.versions["energy_profiles"],
        )
    subjects = pl.DataFrame({"service_month": days.dt.strftime("%Y-%m"), "service_date": days})
    replace_all_of(writer, COMPLETENESS, rows, subjects)
