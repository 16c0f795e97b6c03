"""Green Button data (NAESB ESPI, REQ.21): interval readings of a customer in an Atom feed.

A reading belongs to the ReadingType and UsagePoint that the links of its entry lead to; they may
stand after it. Energy (Wh, varh) and mean power (W, var, times the interval) of electricity are
taken. Everything refused is a row of rejects with its line; the readings around it are kept, also
those before the point where a file breaks off.

- The usage point's identity is the UUID of its entry, in lower case; failing that the path of its
  own link after ``/resource/``.
- Flow direction 1 (forward), 0 or none is ``import``, 19 (reverse) is ``export``.
- ``issued_at`` is the time at which the entry of the readings was last updated.
- Of two readings of one interval that disagree, the lake's order decides; the other is rejected.
- An interval fills the slot at which it starts in standard time, also where it crosses midnight.
  A reading of one whole local day (23, 24 or 25 hours between two midnights of the zone) is the
  day reading of that calendar date; in summer an hour of it belongs to the standard day before.
- Costs, summaries and the feed's own LocalTimeParameters are not read.
"""

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from ingest.batch import EXCERPT_CHARACTERS, REJECTS, Batch, CollectorError, reject
from ingest.collectors.green_button.feed import Feed, FeedError, parse
from ingest.collectors.green_button.links import described
from ingest.profiles import READINGS_LONG, from_long, standard_offset
from queries.schema import UTC_INSTANT

_HELD_READINGS = 2_000_000
_LAST_SECOND = 253_402_300_799  # the end of the year 9999
_LARGEST_WH = 2**31 - 1
_SECONDS_PER_DAY = 86_400
_WHOLE_DAYS = (82_800, _SECONDS_PER_DAY, 90_000)
# NAESB ESPI, QualityOfReading; what is not listed counts as estimated.
_QUALITIES = {0: "A", 14: "A", 17: "A", 18: "A", 19: "A", 7: "S", 11: "S"}
_WORST_FIRST = "ESA"


def read(path: Path, zone: ZoneInfo) -> Iterator[Batch]:
    """Day profiles [Wh, varh] of a Green Button file in the standard time of ``zone``.

    Holds at most some two million readings in memory; beyond them it hands over all but the
    newest day of each meter reading, so that no quarter of an hour is torn apart.

    Raises:
        CollectorError: The file cannot be opened.
    """
    feed = Feed()
    held: list[pl.DataFrame] = []
    broken: pl.DataFrame | None = None
    position = 0
    try:
        for position in parse(path, feed):
            held.append(feed.take())
            if sum(part.height for part in held) >= _HELD_READINGS:
                batch, rest = _batch(pl.concat(held), feed, zone, position, is_last=False)
                held = [rest]
                yield batch
            else:
                yield Batch(position=position)
    except FeedError as error:
        broken = error.row
    except OSError as error:
        raise CollectorError(f"{path.name}: cannot be read: {error}") from error
    held.append(feed.take())
    batch, _ = _batch(pl.concat(held), feed, zone, position, is_last=True)
    rejects = [batch.rejects] if broken is None else [batch.rejects, broken]
    if broken is None and not any(entry.kind == "IntervalBlock" for entry in feed.entries):
        rejects.append(reject("the file holds no IntervalBlock; expected a Green Button feed"))
    yield Batch(profiles=batch.profiles, rejects=pl.concat(rejects), position=position)


def _batch(
    readings: pl.DataFrame, feed: Feed, zone: ZoneInfo, position: int, *, is_last: bool
) -> tuple[Batch, pl.DataFrame]:
    """The batch of what can be settled now, and the readings to hold back."""
    joined = readings.join(described(feed.entries), on="entry", how="left", maintain_order="left")
    held = readings.clear()
    if not is_last:
        unknown = pl.col("meter").is_null()
        start = pl.col("start").cast(pl.Int64, strict=False)
        newest_days = start.max().over("meter") // _SECONDS_PER_DAY - 1
        stays = unknown | (start >= newest_days * _SECONDS_PER_DAY)
        held = joined.filter(stays.fill_null(value=False)).select(readings.columns)
        joined = joined.filter(~stays.fill_null(value=False))
    judged = _judged(joined, zone)
    taken = judged.filter(pl.col("reason").is_null()).select(READINGS_LONG.names())
    profiles, refused = from_long(taken, zone)
    rejects = pl.concat(
        [
            _rejects(judged.filter(pl.col("reason").is_not_null()), "text"),
            _rejects(refused, "energy_wh"),
        ]
    )
    return Batch(profiles=profiles, rejects=rejects.sort("line"), position=position), held


def _rejects(refused: pl.DataFrame, excerpt: str) -> pl.DataFrame:
    return refused.select(
        pl.col("line"),
        pl.lit(None, pl.Int64).alias("byte"),
        pl.lit("IntervalReading").alias("field"),
        pl.col("reason"),
        pl.col(excerpt).cast(pl.String).str.slice(0, EXCERPT_CHARACTERS).alias("excerpt"),
    ).match_to_schema(REJECTS)


def _judged(readings: pl.DataFrame, zone: ZoneInfo) -> pl.DataFrame:
    """``readings`` as numbers in READINGS_LONG's columns, each with the reason it is refused."""
    number = {name: pl.col(name).str.strip_chars() for name in ("start", "duration", "value")}
    seconds = number["duration"].cast(pl.Int64, strict=False)
    numbers = readings.with_columns(
        number["start"].cast(pl.Int64, strict=False),
        pl.when(pl.col("duration").is_null()).then("length").otherwise(seconds).alias("duration"),
        number["value"].cast(pl.Float64, strict=False).alias("number"),
        pl.col("value").alias("text"),
        _letters(readings).alias("quality"),
    )
    hours = pl.when("is_power").then(pl.col("duration") / 3600).otherwise(1.0)
    numbers = numbers.with_columns((pl.col("number") * pl.col("factor") * hours).alias("energy_wh"))
    refusals = numbers.with_columns(_reason().alias("reason"))
    return _placed(_without_overlaps(refusals), zone)


def _letters(readings: pl.DataFrame) -> pl.Expr:
    """A, S or E of each reading: the worst of its own qualities, else the type's default."""
    said = pl.coalesce("quality", "default_quality")
    letters = {}
    for text in readings.select(said.unique()).to_series().drop_nulls():
        codes = text.split()
        found = {_QUALITIES.get(int(c), "E") if c.isdecimal() else "E" for c in codes if len(c) < 9}
        letters[text] = next((letter for letter in _WORST_FIRST if letter in found), "E")
    return said.replace_strict(letters, default=None, return_dtype=pl.String)


def _reason() -> pl.Expr:
    """Why a reading cannot be taken for itself alone; null: it can."""
    start, seconds, number = pl.col("start"), pl.col("duration"), pl.col("number")
    largest = (
        pl.when(seconds % 900 == 0).then(pl.lit(_LARGEST_WH)).otherwise(pl.lit(_LARGEST_WH // 60))
    )
    return (
        pl.when(pl.col("refused").is_not_null() | pl.col("usage_point_id").is_null())
        .then(pl.coalesce("refused", pl.lit("the reading stands outside any entry")))
        .when(pl.col("text").is_null())
        .then(pl.lit("the reading has no value; expected one"))
        .when(number.is_null() | ~number.is_finite())
        .then(pl.lit("the value is not one number"))
        .when(start.is_null() | ~start.is_between(0, _LAST_SECOND))
        .then(pl.lit("the start is not one time; expected seconds since 1970"))
        .when(seconds.is_null() | (seconds <= 0))
        .then(pl.lit("the duration is missing or not a number of seconds above 0"))
        .when((seconds % 60 != 0) | (seconds > max(_WHOLE_DAYS)))
        .then(pl.format("a duration of {} s is not whole minutes of one day at most", seconds))
        .when(number < 0)
        .then(pl.lit("the value is negative; expected flow direction 19 for what flows back"))
        .when(pl.col("energy_wh") > largest)
        .then(pl.lit("the value is more energy than an interval holds; check its multiplier"))
    )


def _without_overlaps(readings: pl.DataFrame) -> pl.DataFrame:
    """Refuse what disagrees with, or reaches into, another reading of the same meter reading."""
    sound = readings.filter(pl.col("reason").is_null())
    rank = pl.col("quality").fill_null("A").replace_strict({"A": 0, "S": 1, "E": 2}, default=2)
    ordered = sound.sort(
        "meter",
        "start",
        rank,
        "issued_at",
        "energy_wh",
        descending=[False, False, False, True, True],
        nulls_last=True,
    )
    marked = ordered.with_columns(
        (pl.col("start") == pl.col("start").shift(1).over("meter"))
        .fill_null(value=False)
        .alias("is_again"),
        (pl.col("start") + pl.col("duration")).alias("end"),
    )
    differs = (
        (pl.col("duration") != pl.col("duration").shift(1))
        | (pl.col("energy_wh") != pl.col("energy_wh").shift(1))
    ) & pl.col("issued_at").eq_missing(pl.col("issued_at").shift(1))
    before = pl.when(~pl.col("is_again")).then("end").cum_max().forward_fill().shift(1)
    ordered = marked.with_columns(
        pl.when(pl.col("is_again") & differs)
        .then(pl.lit("another reading of the same interval and issue says otherwise and was taken"))
        .when(~pl.col("is_again") & (pl.col("start") < before.over("meter")))
        .then(pl.lit("the interval reaches into the one before it; expected one after the other"))
        .alias("reason")
    ).drop("is_again", "end")
    return pl.concat([readings.filter(pl.col("reason").is_not_null()), ordered])


def _placed(readings: pl.DataFrame, zone: ZoneInfo) -> pl.DataFrame:
    """Add interval_start and interval_minutes; whole local days start at standard midnight."""
    sound = pl.col("reason").is_null()
    instant = pl.from_epoch(pl.when(sound).then("start"), time_unit="s").cast(UTC_INSTANT)
    until = pl.from_epoch(pl.when(sound).then(pl.col("start") + pl.col("duration")), time_unit="s")
    readings = readings.with_columns(
        instant.dt.replace_time_zone("UTC").alias("instant"),
        instant.dt.convert_time_zone(zone.key).dt.replace_time_zone(None).alias("local"),
        until.cast(UTC_INSTANT)
        .dt.convert_time_zone(zone.key)
        .dt.replace_time_zone(None)
        .alias("local_end"),
    )
    years = readings["local"].dt.year().unique().drop_nulls().to_list()
    offsets = {year: standard_offset(zone, year) for year in years}
    offset = (
        pl.col("local")
        .dt.year()
        .replace_strict(offsets, default=None, return_dtype=pl.Duration("us"))
    )
    is_day = (
        pl.col("duration").is_in(_WHOLE_DAYS)
        & (pl.col("local").dt.truncate("1d") == pl.col("local"))
        & (pl.col("local").dt.offset_by("1d") == pl.col("local_end"))
    )
    standard_midnight = (pl.col("local") - offset).dt.replace_time_zone("UTC")
    return readings.with_columns(
        pl.when(is_day).then(standard_midnight).otherwise("instant").alias("interval_start"),
        pl.when(is_day)
        .then(1440)
        .when(sound)
        .then(pl.col("duration") // 60)
        .cast(pl.Int16)
        .alias("interval_minutes"),
    )
