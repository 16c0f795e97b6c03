"""Standard time and wall time of the service territory."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from queries.schema import SLOT_MINUTES, SLOTS, SLOTS_PER_DAY


def standard_offset(zone: ZoneInfo, year: int) -> timedelta:
    """The zone's offset from UTC in ``year``, without daylight saving.

    >>> standard_offset(ZoneInfo("Australia/Sydney"), 2013)
    datetime.timedelta(seconds=36000)
    """
    new_year = datetime(year, 1, 1, tzinfo=zone)
    return (new_year.utcoffset() or timedelta()) - (new_year.dst() or timedelta())


def _wall_slots(day: date, zone: ZoneInfo) -> tuple[tuple[int, int, int], ...]:
    """(days on, wall slot, occurrence) of each of the 96 standard-time slots of ``day``."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - standard_offset(zone, day.year)
    placed = []
    for slot in range(SLOTS_PER_DAY):
        wall = (midnight + timedelta(minutes=SLOT_MINUTES * slot)).astimezone(zone)
        wall_slot = (wall.hour * 60 + wall.minute) // SLOT_MINUTES
        placed.append(((wall.date() - day).days, wall_slot, wall.fold))
    return tuple(placed)


_STANDARD = tuple((0, slot, 0) for slot in range(SLOTS_PER_DAY))


def has_daylight_saving(zone: ZoneInfo, year: int) -> bool:
    """Whether wall time leaves standard time at some moment of ``year``."""
    return any(datetime(year, month, 15, tzinfo=zone).dst() for month in range(1, 13))


def local_profiles(profiles: pl.DataFrame, zone: ZoneInfo) -> pl.DataFrame:
    """Day profiles in local wall time, with ``due_slots``: how many slots the local day has.

    ``service_date`` becomes the local day. The hour that comes twice in autumn is a row of its own,
    so that sums add it and maxima do not; the hour that spring leaves out is not due. The first
    local hour of the first day and the last of the last need the days around them.
    """
    whole_day = SLOTS_PER_DAY * SLOT_MINUTES // pl.col("interval_minutes").cast(pl.Int32)
    years = profiles["service_date"].dt.year().unique().to_list()
    if not any(has_daylight_saving(zone, year) for year in years):
        return profiles.with_columns(whole_day.alias("due_slots"))
    days = profiles["service_date"].unique().to_list()
    places = {day: _wall_slots(day, zone) for day in days}
    parts = []
    for pattern in set(places.values()):
        rows = profiles.filter(
            pl.col("service_date").is_in([day for day in days if places[day] == pattern])
        )
        if pattern == _STANDARD:
            parts.append(rows.with_columns(whole_day.alias("due_slots"), pl.lit(0).alias("turn")))
        else:
            parts += [_moved(rows, pattern, *target) for target in {(d, f) for d, _, f in pattern}]
    key = ["usage_point_id", "channel", "service_date", "interval_minutes", "turn"]
    return (
        pl.concat(parts, how="diagonal")
        .group_by(key)
        .agg(
            pl.col(SLOTS).max(),
            pl.col("due_slots").sum(),
            # halves of a day complement each other: a letter beats the N of the other half
            *(
                pl.col("quality")
                .fill_null("")
                .str.slice(i, 1)
                .replace("N", "")
                .max()
                .alias(f"q{i}")
                for i in range(SLOTS_PER_DAY)
            ),
        )
        .with_columns(_quality())
        .select(*key[:4], *SLOTS, "quality", "due_slots")
    )


def _moved(
    rows: pl.DataFrame, pattern: tuple[tuple[int, int, int], ...], days_on: int, turn: int
) -> pl.DataFrame:
    """The part of ``rows`` that falls on the local day ``days_on`` later, in its wall slots."""
    came_from = {wall: i for i, (d, wall, f) in enumerate(pattern) if (d, f) == (days_on, turn)}
    dtype = rows.schema[SLOTS[0]]
    letters = pl.col("quality").fill_null("A" * SLOTS_PER_DAY)
    pieces = [
        letters.str.slice(came_from[i], 1) if i in came_from else pl.lit("N")
        for i in range(SLOTS_PER_DAY)
    ]
    every = pl.col("interval_minutes").cast(pl.Int32) // SLOT_MINUTES
    return rows.select(
        "usage_point_id",
        "channel",
        pl.col("service_date") + timedelta(days=days_on),
        "interval_minutes",
        *(
            (pl.col(SLOTS[came_from[i]]) if i in came_from else pl.lit(None, dtype)).alias(slot)
            for i, slot in enumerate(SLOTS)
        ),
        pl.when(pl.col("quality").is_not_null()).then(pl.concat_str(pieces)).alias("quality"),
        (len(came_from) // every).alias("due_slots"),
        pl.lit(turn).alias("turn"),
    )


def _quality() -> pl.Expr:
    letters = [
        pl.when(pl.col(f"q{i}") != "")
        .then(pl.col(f"q{i}"))
        .when(pl.col(slot).is_not_null())
        .then(pl.lit("A"))
        .otherwise(pl.lit("N"))
        for i, slot in enumerate(SLOTS)
    ]
    text = pl.concat_str(letters)
    return pl.when(text.str.contains("[SE]")).then(text).alias("quality")
