"""Dumps in the lake's own layout: the columns of ``energy_profiles``, a row a day."""

from datetime import datetime, timedelta

import polars as pl

from ingest.batch import PROFILES_READ, REJECTS
from ingest.collectors.table.fields import rejected
from ingest.collectors.table.records import LINE
from queries.schema import CHANNELS, SLOT_MINUTES, SLOTS, SLOTS_PER_DAY

_NEEDED = {"usage_point_id", "service_date", "interval_minutes", *SLOTS}
_MADE_UP = ("channel", "quality", "issued_at")


def is_own_layout(columns: tuple[str, ...]) -> bool:
    """Whether the columns are those of ``energy_profiles``, be it without ``_MADE_UP``."""
    return set(columns) >= _NEEDED


def own_columns(columns: tuple[str, ...]) -> list[str]:
    """The columns of PROFILES_READ among those of a file."""
    return [name for name in PROFILES_READ.names() if name in columns]


def own_profiles(rows: pl.DataFrame, now: datetime) -> tuple[pl.DataFrame, pl.DataFrame]:
    """PROFILES_READ of a block of rows in our own layout, every row checked, and the rejects.

    A row with one wrong value is refused as a whole: what wrote our own layout knew better.
    """
    texts = {name for name, dtype in rows.schema.items() if dtype == pl.String}
    missing = [
        pl.lit("import" if name == "channel" else None, PROFILES_READ[name]).alias(name)
        for name in _MADE_UP
        if name not in rows.columns
    ]
    cast = rows.select(LINE, *own_columns(tuple(rows.columns))).with_columns(
        pl.col(name).cast(dtype, strict=False)
        if name not in ("service_date", "issued_at") or name not in texts
        else _written(name)
        for name, dtype in PROFILES_READ.items()
        if name in rows.columns
    )
    lost = pl.any_horizontal(
        *(
            (cast[name].is_null() & rows[name].is_not_null()).alias(name)
            for name in PROFILES_READ.names()
            if name in rows.columns
        )
    )
    fractions = [
        (rows[name] != cast[name]).fill_null(value=False).alias(name)
        for name in SLOTS
        if rows.schema[name].is_numeric()
    ]
    cast = cast.with_columns(
        *missing,
        lost.alias("lost"),
        pl.any_horizontal(pl.lit(value=False), *fractions).alias("fraction"),
    )
    checked = cast.with_columns(_reason(now).alias("reason"))
    profiles = checked.filter(pl.col("reason").is_null()).select(PROFILES_READ.names())
    bad = checked.filter(pl.col("reason").is_not_null())
    if bad.is_empty():
        return profiles, pl.DataFrame(schema=REJECTS)
    reason = rejected(bad, pl.col("reason"), "usage_point_id")
    return profiles, reason.with_columns(pl.lit(None, pl.String).alias("field"))


def _written(name: str) -> pl.Expr:
    if name == "service_date":
        return pl.col(name).str.to_date("%Y-%m-%d", strict=False)
    return pl.col(name).str.to_datetime(time_zone="UTC", time_unit="us", strict=False)


def _reason(now: datetime) -> pl.Expr:
    last = (now + timedelta(days=1)).date()
    interval = pl.col("interval_minutes").cast(pl.Int32)
    channel = pl.col("channel").str.extract(r"^([a-z_]+)(?:\.\d+)?$")
    off_grid = [
        (pl.col(slot).is_not_null() & ((i * SLOT_MINUTES) % interval != 0))
        for i, slot in enumerate(SLOTS)
        if i % SLOTS_PER_DAY
    ]
    lowest = pl.min_horizontal(*SLOTS)
    quality = pl.col("quality")
    return (
        pl.when("lost")
        .then(pl.lit("a value has the wrong type; expected the columns of energy_profiles"))
        .when("fraction")
        .then(pl.lit("a slot is no whole number of watt-hours; expected Int32 Wh"))
        .when(pl.col("usage_point_id").is_null() | (pl.col("usage_point_id") == ""))
        .then(pl.lit("usage_point_id is missing"))
        .when(~channel.is_in(list(CHANNELS)).fill_null(value=False))
        .then(
            pl.lit(f"unknown channel; expected one of {', '.join(CHANNELS)}, with .2 … if repeated")
        )
        .when(pl.col("service_date").is_null())
        .then(pl.lit("service_date is missing"))
        .when((pl.col("service_date") > last) | (pl.col("service_date").dt.year() < 1980))
        .then(pl.lit(f"service_date is not between 1980 and tomorrow ({last}, UTC)"))
        .when(
            interval.is_null()
            | (interval < SLOT_MINUTES)
            | (1440 % interval != 0)
            | (interval % SLOT_MINUTES != 0)
        )
        .then(pl.lit("interval_minutes is not a multiple of 15 that divides the day"))
        # An hourly meter in a zone of half an hour starts at any quarter; its count still fits.
        .when(pl.any_horizontal(*off_grid) & (_filled() * interval > 1440))
        .then(pl.lit("more slots are filled than interval_minutes allows"))
        .when((lowest < 0) & channel.str.contains("import"))
        .then(pl.lit("negative energy on an import channel"))
        .when(quality.is_not_null() & ~quality.str.contains(r"^[ASEN]{96}$").fill_null(value=False))
        .then(pl.lit("quality is neither null nor 96 of the characters A, S, E, N"))
        .when(_filled() == 0)
        .then(pl.lit(None, pl.String))
    )


def _filled() -> pl.Expr:
    return pl.sum_horizontal(*(pl.col(slot).is_not_null() for slot in SLOTS)).cast(pl.Int32)
