"""What the rules look at: some days of the whole fleet, and the history before them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from ingest.lake import Writer, scan_table
from ingest.validation.brackets import brackets, pieces
from ingest.validation.rules import Rules
from queries.local_time import standard_offset
from queries.schema import (
    DAILY_TOTALS,
    DEVICE_CLOCKS,
    ENERGY_PROFILES,
    ENERGY_PROFILES_SUPERSEDED,
    MEASUREMENT_PROFILES,
    METER_EVENTS,
    METERS,
    REGISTER_READINGS,
    SLOTS,
    TRANSFORMERS,
    USAGE_POINTS,
    Table,
)
from queries.settings import Settings

_PIECE_DAYS = 40
"""How far back the reading may lie from which a register difference is taken [days]."""


@dataclass(frozen=True, slots=True)
class Window:
    """Days to be judged, and light tables of them and of the days before.

    Attributes:
        writer: The state of the lake that is read; nothing is written with it.
        offset: Of the zone's standard time from UTC.
        since: First day of the history.
        first_day, last_day: Judged, both included.
        points: ``usage_points`` as known now, with ``is_check``, and ``rated_kva`` of a
            transformer's meter.
        meters: ``meters`` as known now, with ``ratio``.
        totals: ``daily_totals`` from ``since`` on.
        pieces, brackets: Register differences (``ingest.validation.brackets``).
    """

    writer: Writer
    offset: timedelta
    since: date
    first_day: date
    last_day: date
    points: pl.DataFrame
    meters: pl.DataFrame
    totals: pl.DataFrame
    pieces: pl.DataFrame
    brackets: pl.DataFrame

    def local_day(self, instant: str) -> pl.Expr:
        """The day of an instant in the zone's standard time."""
        return (pl.col(instant).dt.replace_time_zone(None) + self.offset).dt.date()

    def judged(self, day: str = "day") -> pl.Expr:
        """Whether a day is judged."""
        return pl.col(day).is_between(self.first_day, self.last_day)

    def profiles(self, keys: pl.DataFrame | None = None) -> pl.DataFrame:
        """Day profiles of the judged days, or those of ``keys`` (point, channel, day)."""
        scan = scan_table(self.writer, ENERGY_PROFILES)
        if keys is None:
            return _of_days(scan, self.first_day, self.last_day).collect()
        if keys.is_empty():
            return ENERGY_PROFILES.schema.to_frame()
        [(first, last)] = keys.select(
            pl.col("service_date").min().alias("first"), pl.col("service_date").max().alias("last")
        ).rows()
        return _of_days(scan, first, last).join(keys.lazy(), on=keys.columns, how="semi").collect()

    def imports(self, since: date) -> pl.DataFrame:
        """Actual import profiles from ``since`` to the last judged day; days with estimates not."""
        scan = scan_table(self.writer, ENERGY_PROFILES).filter(
            (pl.col("channel") == "import")
            & ~pl.col("quality").str.contains("[SE]").fill_null(value=False)
        )
        columns = ["usage_point_id", "channel", "service_date", "interval_minutes", *SLOTS]
        return _of_days(scan, since, self.last_day).select(columns).collect()

    def superseded(self) -> pl.DataFrame:
        """Replaced slots of the judged days."""
        scan = scan_table(self.writer, ENERGY_PROFILES_SUPERSEDED)
        return _of_days(scan, self.first_day, self.last_day).collect()

    def measured(self) -> pl.DataFrame:
        """Voltages and currents of the judged days."""
        scan = scan_table(self.writer, MEASUREMENT_PROFILES).filter(
            pl.col("quantity").str.contains(r"^(voltage|current)_[abc]_[va]$")
        )
        columns = ["usage_point_id", "quantity", "service_date", "interval_minutes", *SLOTS]
        return _of_days(scan, self.first_day, self.last_day).select(columns).collect()

    def measured_points(self) -> list[str]:
        """Usage points of which anything was measured in the history or on the judged days."""
        scan = _of_days(scan_table(self.writer, MEASUREMENT_PROFILES), self.since, self.last_day)
        return scan.select(pl.col("usage_point_id").unique()).collect().to_series().to_list()

    def terminals(self) -> pl.DataFrame:
        """``usage_point_id`` and ``terminal_id``: through which its clock was read last."""
        scan = _of_days(scan_table(self.writer, DEVICE_CLOCKS), self.since, self.last_day)
        return (
            scan.filter(
                pl.col("terminal_id").is_not_null() & pl.col("usage_point_id").is_not_null()
            )
            .group_by("usage_point_id")
            .agg(pl.col("terminal_id").sort_by("read_at").last())
            .collect()
        )

    def clocks(self) -> pl.DataFrame:
        """Clock readings of the judged days and the history."""
        return _of_days(scan_table(self.writer, DEVICE_CLOCKS), self.since, self.last_day).collect()

    def readings_arrived(self) -> pl.DataFrame:
        """Registers of the judged days and of any later one, and when they arrived."""
        columns = ["usage_point_id", "read_at", "received_at", "batch_id"]
        return _since(scan_table(self.writer, REGISTER_READINGS), self.first_day, columns)

    def profiles_arrived(self) -> pl.DataFrame:
        """Profiles of the judged days and of any later one: when they begin and arrived."""
        columns = ["usage_point_id", "service_date", "received_at", "batch_id"]
        rows = _since(scan_table(self.writer, ENERGY_PROFILES), self.first_day, columns)
        begins = pl.col("service_date").cast(pl.Datetime("us")) - self.offset
        return rows.with_columns(begins.dt.replace_time_zone("UTC").alias("begins_at"))

    def freezes_arrived(self) -> pl.DataFrame:
        """Total registers of the judged days: when each was issued and arrived."""
        columns = ["usage_point_id", "service_date", "quality", "issued_at", "received_at"]
        scan = scan_table(self.writer, REGISTER_READINGS).filter(pl.col("register") == "total")
        return _of_days(scan, self.first_day, self.last_day).select(columns).collect()

    def events(self) -> pl.DataFrame:
        """All that meters reported of themselves."""
        return scan_table(self.writer, METER_EVENTS).collect()

    def arrivals(self) -> pl.DataFrame:
        """Day profiles of the judged days that hold an actual value, and when that first came."""
        is_actual = pl.col("quality").is_null() | pl.col("quality").str.contains("A")
        instants = ["issued_at", "received_at", "slot_history"]
        scan = scan_table(self.writer, ENERGY_PROFILES).filter(is_actual)
        return (
            _of_days(scan, self.first_day, self.last_day)
            .select("usage_point_id", "channel", "service_date", *instants)
            .collect()
        )


def windows(
    writer: Writer, settings: Settings, rules: Rules, first_day: date, last_day: date
) -> Iterator[Window]:
    """The days from ``first_day`` to ``last_day`` in portions that fit in memory."""
    whole = _window(writer, settings, rules, first_day, last_day)
    per_day = max(whole.totals.height // max((last_day - whole.since).days, 1), 1)
    days = int(np.clip(rules.cells_at_once // (per_day * len(SLOTS)), 1, 31))
    start = first_day
    while start <= last_day:
        end = min(start + timedelta(days=days - 1), last_day)
        since = start - timedelta(days=rules.lookback_days)
        yield replace(
            whole,
            since=since,
            first_day=start,
            last_day=end,
            totals=whole.totals.filter(pl.col("service_date").is_between(since, end)),
            pieces=whole.pieces.filter(pl.col("service_date").is_between(start, end)),
            brackets=whole.brackets.filter(pl.col("last_day").is_between(start, end)),
        )
        start = end + timedelta(days=1)


def _window(
    writer: Writer, settings: Settings, rules: Rules, first_day: date, last_day: date
) -> Window:
    since = first_day - timedelta(days=rules.lookback_days)
    offset = standard_offset(settings.zone, last_day.year)
    meters = _known(writer, METERS).with_columns(
        (pl.col("current_ratio").fill_null(1.0) * pl.col("voltage_ratio").fill_null(1.0)).alias(
            "ratio"
        )
    )
    points = _points(writer)
    scan = scan_table(writer, REGISTER_READINGS).filter(pl.col("register") == "total")
    readings = _of_days(scan, first_day - timedelta(days=_PIECE_DAYS), last_day).collect()
    differences = pieces(readings, meters, points, rules)
    return Window(
        writer=writer,
        offset=offset,
        since=since,
        first_day=first_day,
        last_day=last_day,
        points=points,
        meters=meters,
        totals=_of_days(scan_table(writer, DAILY_TOTALS), since, last_day).collect(),
        pieces=differences,
        brackets=brackets(differences, offset),
    )


def _since(scan: pl.LazyFrame, first_day: date, columns: list[str]) -> pl.DataFrame:
    return (
        scan.filter(pl.col("service_month") >= pl.lit(f"{first_day:%Y-%m}"))
        .filter(pl.col("service_date") >= first_day)
        .select(columns)
        .collect()
    )


def _of_days(scan: pl.LazyFrame, first_day: date, last_day: date) -> pl.LazyFrame:
    months = pl.lit(f"{first_day:%Y-%m}"), pl.lit(f"{last_day:%Y-%m}")
    if "service_month" in scan.collect_schema():
        scan = scan.filter(pl.col("service_month").is_between(*months))
    return scan.filter(pl.col("service_date").is_between(first_day, last_day))


def _known(writer: Writer, table: Table) -> pl.DataFrame:
    return scan_table(writer, table).filter(pl.col("known_until").is_null()).collect()


def _points(writer: Writer) -> pl.DataFrame:
    transformers = (
        _known(writer, TRANSFORMERS)
        .filter(pl.col("transformer_meter_id").is_not_null())
        .sort("valid_from")
        .unique("transformer_meter_id", keep="last")
        .select(
            usage_point_id="transformer_meter_id",
            rated_kva="rated_capacity_kva",
        )
    )
    is_check = pl.col("metering_purpose").eq_missing("check") | pl.col("rated_kva").is_not_null()
    return (
        _known(writer, USAGE_POINTS)
        .join(transformers, on="usage_point_id", how="left")
        .with_columns(is_check.alias("is_check"))
    )
