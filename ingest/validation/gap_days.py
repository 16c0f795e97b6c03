"""Missing slots of the fleet, put together meter by meter with what tells about them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl

from ingest.grid import to_grid
from ingest.lake import Writer, scan_table
from ingest.profiles import QUALITY_RANK
from ingest.validation.brackets import brackets, pieces
from ingest.validation.gap_search import Span, due_channels, known, of_days, with_gaps
from ingest.validation.gaps import Days, Difference, intervals_of
from ingest.validation.rules import Rules
from queries.day_kinds import day_kinds
from queries.local_time import standard_offset
from queries.schema import (
    ENERGY_PROFILES,
    ESTIMATIONS,
    METER_EVENTS,
    METERS,
    REGISTER_READINGS,
    SLOTS_PER_DAY,
    USAGE_POINTS,
)
from queries.settings import Settings

_CHANNEL = ["usage_point_id", "channel"]
_POWER_OFF = "3011"  # 掉电, DL/T 698.45
_ESTIMATED = QUALITY_RANK["E"]
_CHANNELS_USUAL = 3


@dataclass(frozen=True, slots=True)
class GapDays:
    """One usage point and channel with something to estimate.

    Attributes:
        usage_point_id, channel: Which.
        span: The days; row numbers of ``days`` count from ``span.since``.
        days: What is there and what is wanted.
        differences: Register differences over whole days.
        held_wh: What stands in the slots that are estimated once more; −1 elsewhere.
    """

    usage_point_id: str
    channel: str
    span: Span
    days: Days
    differences: tuple[Difference, ...]
    held_wh: np.ndarray


@dataclass(frozen=True, slots=True)
class _Lake:
    """What is read once for all meters."""

    writer: Writer
    span: Span
    kinds: np.ndarray
    differences: pl.DataFrame
    outages: pl.DataFrame
    estimated: pl.DataFrame
    offset: timedelta


def gap_days(  # noqa: PLR0913 - the lake, the thresholds, which days and how
    writer: Writer,
    settings: Settings,
    rules: Rules,
    first_day: date,
    last_day: date,
    *,
    again: bool = False,
) -> Iterator[GapDays]:
    """Meters with missing slots between ``first_day`` and ``last_day``.

    A day is due between the first and the last day on which the channel was read, but for the last
    ``wait_days`` of those, which the back-fill may still fill, and while the usage point is in
    use. ``again`` also takes the slots that were estimated here before.
    """
    reach = timedelta(days=int(rules.estimation["like_day_reach_days"]))
    span = Span(first_day, last_day, first_day - reach, last_day + reach)
    due = due_channels(writer, rules, span)
    wanted = with_gaps(writer, due, span, again=again)
    if wanted.is_empty():
        return
    lake = _lake(writer, settings, rules, span, wanted)
    names = wanted["usage_point_id"].unique().sort()
    many = rules.cells_at_once // (len(span.days) * SLOTS_PER_DAY * _CHANNELS_USUAL) + 1
    for start in range(0, len(names), many):
        part = wanted.filter(pl.col("usage_point_id").is_in(names[start : start + many].to_list()))
        yield from _of_points(lake, part)


def _lake(
    writer: Writer, settings: Settings, rules: Rules, span: Span, wanted: pl.DataFrame
) -> _Lake:
    points = wanted.select("usage_point_id").unique().lazy()
    offset = standard_offset(settings.zone, span.last_day.year)
    meters = known(writer, METERS).with_columns(
        (pl.col("current_ratio").fill_null(1.0) * pl.col("voltage_ratio").fill_null(1.0)).alias(
            "ratio"
        )
    )
    readings = (
        of_days(writer, REGISTER_READINGS, span.since - timedelta(days=1), span.until)
        .filter(pl.col("register") == "total")
        .join(points, on="usage_point_id", how="semi")
        .collect()
    )
    differences = pieces(readings, meters, known(writer, USAGE_POINTS), rules)
    outages = (
        scan_table(writer, METER_EVENTS)
        .filter((pl.col("event_code") == _POWER_OFF) & pl.col("ended_at").is_not_null())
        .join(points, on="usage_point_id", how="semi")
        .select("usage_point_id", "occurred_at", "ended_at")
        .collect()
    )
    kinds = day_kinds(span.since, span.until, holiday_country=settings.holiday_country)
    return _Lake(
        writer=writer,
        span=span,
        kinds=(kinds["day_kind"] == "workday").to_numpy(),
        differences=brackets(differences, offset).filter(pl.col("register_wh").is_not_null()),
        outages=outages,
        estimated=of_days(writer, ESTIMATIONS, span.first_day, span.last_day).collect(),
        offset=offset,
    )


def _of_points(lake: _Lake, wanted: pl.DataFrame) -> Iterator[GapDays]:
    profiles = (
        of_days(lake.writer, ENERGY_PROFILES, lake.span.since, lake.span.until)
        .join(wanted.select(_CHANNEL).lazy(), on=_CHANNEL, how="semi")
        .collect()
    )
    by_name = profiles.partition_by(_CHANNEL, as_dict=True)
    differences = lake.differences.partition_by(_CHANNEL, as_dict=True)
    outages = lake.outages.partition_by("usage_point_id", as_dict=True)
    ours = lake.estimated.partition_by(_CHANNEL, as_dict=True)
    for row in wanted.sort(_CHANNEL).iter_rows(named=True):
        name = row["usage_point_id"], row["channel"]
        along = _differences(lake.span, differences.get(name))
        gaps = _gap_days(lake, row, by_name.get(name), along, ours.get(name))
        if gaps.days.wanted.any():
            gaps.days.dark[:] = _dark(gaps.days, lake, outages.get((name[0],)))
            yield gaps


def _gap_days(
    lake: _Lake,
    row: dict,
    profiles: pl.DataFrame | None,
    differences: tuple[Difference, ...],
    ours: pl.DataFrame | None,
) -> GapDays:
    minutes = int(row["interval_minutes"])
    columns, span = intervals_of(minutes), lake.span
    shape = len(lake.kinds), 24 * 60 // minutes
    values, rank = np.zeros(shape, dtype=np.int64), np.full(shape, QUALITY_RANK["N"], np.uint8)
    other = np.zeros(shape[0], dtype=bool)
    if profiles is not None:
        at = _numbers(profiles["service_date"], span)
        same = (profiles["interval_minutes"] == minutes).to_numpy()
        grid = to_grid(profiles)
        values[at[same]] = grid.value[same][:, columns]
        rank[at[same]] = grid.rank[same][:, columns]
        other[at[~same]] = True  # a day of another interval is no gap
    present = rank < QUALITY_RANK["N"]
    is_due = _is_due(row, span, differences) & ~other
    again = _estimated_here(shape, minutes, span, ours) & (rank == _ESTIMATED)
    wanted = (~present | again) & is_due[:, None]
    held_wh = np.where(again & wanted, values, -1)
    trusted = present & (rank < _ESTIMATED)
    days = Days(values, present, trusted, wanted, np.zeros_like(wanted), lake.kinds, minutes)
    return GapDays(row["usage_point_id"], row["channel"], span, days, differences, held_wh)


def _is_due(row: dict, span: Span, differences: tuple[Difference, ...]) -> np.ndarray:
    """Days to be filled: those asked for, and whole differences that reach into them."""
    found = np.zeros(len(span.days), dtype=bool)
    first, last = ((day - span.since).days for day in (span.first_day, span.last_day))
    found[first : last + 1] = True
    for one in differences:
        if one.first_day <= last and one.last_day >= first:
            found[one.first_day : one.last_day + 1] = True
    number = np.arange(found.size)
    first, last = ((row[name] - span.since).days for name in ("first_due", "last_due"))
    return found & (number >= first) & (number <= last)


def _numbers(days: pl.Series, span: Span) -> np.ndarray:
    return (days.cast(pl.Int32) - (span.since - date(1970, 1, 1)).days).to_numpy()


def _estimated_here(
    shape: tuple[int, int], minutes: int, span: Span, ours: pl.DataFrame | None
) -> np.ndarray:
    found = np.zeros(shape, dtype=bool)
    if ours is not None:
        every = minutes // 15
        for day, first, last in ours.select("service_date", "first_slot", "last_slot").rows():
            found[(day - span.since).days, first // every : last // every + 1] = True
    return found


def _dark(days: Days, lake: _Lake, outages: pl.DataFrame | None) -> np.ndarray:
    """Intervals that lie wholly within an outage that the meter reported."""
    found, minutes = np.zeros_like(days.wanted), days.interval_minutes
    if outages is None:
        return found
    start = datetime(*lake.span.since.timetuple()[:3], tzinfo=UTC) - lake.offset
    flat = found.reshape(-1)
    for began, ended in outages.select("occurred_at", "ended_at").rows():
        first = -(-(began - start).total_seconds() // (minutes * 60))
        last = (ended - start).total_seconds() // (minutes * 60)
        if last > first:
            flat[max(int(first), 0) : max(int(last), 0)] = True
    return found


def _differences(span: Span, found: pl.DataFrame | None) -> tuple[Difference, ...]:
    if found is None:
        return ()
    inside = found.filter(
        (pl.col("first_day") >= span.since)
        & (pl.col("last_day") <= span.until)
        & (pl.col("first_day") <= pl.col("last_day"))
    )
    return tuple(
        Difference((first - span.since).days, (last - span.since).days, energy_wh, ratios)
        for first, last, energy_wh, ratios in inside.select(
            "first_day", "last_day", "register_wh", "ratios"
        ).rows()
    )
