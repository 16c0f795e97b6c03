"""Readings of whole meters into energy: intervals, registers, units, limits."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from ingest.batch import REJECTS
from ingest.collectors.table.order import in_order, in_utc, refused, without_duplicates
from ingest.collectors.table.profile import UNITS, TableProfile
from ingest.profiles import MINUTES_PER_DAY, stored_interval

_FIRST_INSTANT = datetime(1980, 1, 1)  # noqa: DTZ001 - UTC by definition; no interval meter is older
_LARGEST_WH = float(2**31 - 1)


def energy_of(
    readings: pl.DataFrame, profile: TableProfile, zone: ZoneInfo, now: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Readings of whole meters into energy by interval.

    Returns:
        ``(energy, rejects)``: the readings sorted by usage point, channel and time, without
        duplicates, with ``at`` the start of the interval in UTC, ``interval_minutes`` and ``value``
        in Wh (varh).
    """
    readings, clock_rejects = in_utc(readings, profile, zone)
    readings, untimely = _in_time(readings, profile, now)
    readings = in_order(readings)
    readings, twice = without_duplicates(readings, profile)
    readings, irregular = _with_interval(readings, profile)
    readings, falling = _in_watt_hours(readings, profile)
    readings = readings.filter(pl.col("value").is_not_null())
    readings, refused = _within_limits(readings, profile)
    return readings, pl.concat([clock_rejects, untimely, twice, irregular, falling, refused])


def _in_time(
    readings: pl.DataFrame, profile: TableProfile, now: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Readings between 1980 and tomorrow; others would spoil the step of their meter, too."""
    last = (now + timedelta(days=2)).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    at = pl.col("at")
    names_start = profile.label == "start" and profile.kind != "cumulative"
    late = f"the time is after tomorrow ({last:%Y-%m-%d} 00:00 UTC); check clock and format"
    reason = (
        pl.when(at.is_null())
        .then(pl.lit("the time does not exist on this clock"))
        .when((at >= last) if names_start else (at > last))
        .then(pl.lit(late))
        .when(at < _FIRST_INSTANT)
        .then(pl.lit("the time is before 1980; check the clock or the format"))
    )
    checked = readings.with_columns(reason.alias("reason"))
    bad = checked.filter(pl.col("reason").is_not_null())
    kept = checked.filter(pl.col("reason").is_null()).drop("reason")
    return kept, refused(bad, pl.col("reason"), "time", "value")


def _with_interval(
    readings: pl.DataFrame, profile: TableProfile
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """``interval_minutes`` from the file's column, the profile, or each meter's smallest step.

    The smallest step counts where it divides the day and at least half of all steps equal it. A
    complete day at a longer step counts as such (a meter whose interval was changed). A meter with
    one reading takes the interval that most others have.
    """
    none = pl.DataFrame(schema=REJECTS)
    fixed = pl.lit(profile.interval_minutes, pl.Int16)
    if "interval_minutes" in readings.columns:
        if profile.interval_minutes is not None:
            readings = readings.with_columns(pl.col("interval_minutes").fill_null(fixed))
        missing = readings.filter(pl.col("interval_minutes").is_null())
        return readings.filter(pl.col("interval_minutes").is_not_null()), refused(
            missing,
            "the interval is missing or no number; expected minutes that divide the day",
            "interval",
            "value",
        )
    if profile.interval_minutes is not None:
        return readings.with_columns(fixed.alias("interval_minutes")), none
    stepped = readings.with_columns(_step().alias("step"))
    steps = stepped["step"].drop_nulls()
    if len(steps) and steps.min() == steps.max() and MINUTES_PER_DAY % int(steps[0]) == 0:  # pyright: ignore[reportArgumentType]
        return stepped.with_columns(pl.lit(steps[0], pl.Int16).alias("interval_minutes")).drop(
            "step"
        ), none
    detected = _detected(stepped)
    regular = pl.col("interval_minutes").is_not_null()
    reason = (
        "the readings of this meter have no regular step that divides the day; "
        "write interval_minutes into the profile, or name a column for it"
    )
    return detected.filter(regular), refused(detected.filter(~regular), reason, "time", "value")


def _step() -> pl.Expr:
    """Minutes since the reading before of the same run; null for the first; 0 where no minute."""
    seconds = pl.col("at").diff().dt.total_seconds()
    minutes = pl.when(seconds % 60 == 0).then(seconds // 60).otherwise(0)
    return pl.when(pl.col("run") == pl.col("run").shift()).then(minutes)


def _detected(stepped: pl.DataFrame) -> pl.DataFrame:
    smallest = pl.col("step").min()
    by_run = stepped.group_by("run").agg(
        smallest.alias("shortest"),
        (pl.col("step") == smallest).mean().alias("share"),
    )
    fits = (pl.col("shortest") > 0) & (MINUTES_PER_DAY % pl.col("shortest") == 0)
    by_run = by_run.with_columns(
        pl.when(fits & (pl.col("share") >= 0.5)).then("shortest").alias("of_run")
    )
    usual = by_run["of_run"].drop_nulls().mode().sort()
    alone = pl.col("shortest").is_null()
    if len(usual):
        by_run = by_run.with_columns(
            pl.when(alone).then(pl.lit(usual[0])).otherwise("of_run").alias("of_run")
        )
    day = pl.col("at").dt.date()
    by_day = (
        stepped.group_by("run", day.alias("day"))
        .agg(
            pl.col("at").diff().dt.total_minutes().min().alias("step"),
            pl.len().alias("readings"),
        )
        .join(by_run.select("run", "of_run"), on="run")
        .filter(
            pl.col("step") > pl.col("of_run"),
            pl.col("readings") * pl.col("step") == MINUTES_PER_DAY,
        )
        .select("run", "day", pl.col("step").alias("of_day"))
    )
    return (
        stepped.join(by_run.select("run", "of_run"), on="run", how="left", maintain_order="left")
        .with_columns(day.alias("day"))
        .join(by_day, on=["run", "day"], how="left", maintain_order="left")
        .with_columns(pl.coalesce("of_day", "of_run").cast(pl.Int16).alias("interval_minutes"))
        .drop("step", "of_run", "of_day", "day")
    )


def _in_watt_hours(
    readings: pl.DataFrame, profile: TableProfile
) -> tuple[pl.DataFrame, pl.DataFrame]:
    factor = pl.lit(UNITS[profile.unit][1] * profile.multiplier)
    none = pl.DataFrame(schema=REJECTS)
    if profile.kind == "cumulative":
        readings, rejects = _register_differences(readings, profile)
    else:
        rejects = none
        if profile.label == "end":
            length = pl.duration(minutes=pl.col("interval_minutes").cast(pl.Int64))
            readings = readings.with_columns(pl.col("at") - length)
    if "ratio" in readings.columns:
        factor = factor * pl.col("ratio")
    if profile.kind == "power":
        # A mean power times the interval; approximate where the source gives an instant's power.
        factor = factor * pl.col("interval_minutes") / 60
    return readings.with_columns(pl.col("value") * factor), rejects


def _register_differences(
    readings: pl.DataFrame, profile: TableProfile
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The advance of each register to its next reading, where that is one interval later."""
    read = readings.filter(pl.col("value").is_not_null())
    length = pl.duration(minutes=pl.col("interval_minutes").cast(pl.Int64))
    is_next = (pl.col("run").shift(-1) == pl.col("run")) & (
        pl.col("at").shift(-1) - pl.col("at") == length
    )
    advance = pl.col("value").shift(-1) - pl.col("value")
    rolls = pl.lit(value=False)
    if profile.register_digits is not None:
        capacity = 10.0**profile.register_digits
        # A tenth of a register between two readings is no rollover but another meter.
        rolls = (advance < 0) & (advance + capacity < capacity / 10)
        advance = pl.when(rolls).then(advance + capacity).otherwise(advance)
    ratio_changes = pl.lit(value=False)
    if "ratio" in read.columns:
        ratio_changes = pl.col("ratio").shift(-1) != pl.col("ratio")
    read = read.with_columns(
        is_next.fill_null(value=False).alias("is_next"),
        advance.alias("advance"),
        ratio_changes.fill_null(value=False).alias("ratio_changes"),
        pl.col("line").shift(-1).alias("next_line"),
        pl.col("value").shift(-1).alias("next_value"),
        (pl.col("run").shift(-1) == pl.col("run")).fill_null(value=False).alias("same_run"),
    )
    falls = read.filter(pl.col("same_run"), pl.col("advance") < 0)
    changes = read.filter("is_next", "ratio_changes", pl.col("advance") >= 0)
    field = next(iter(profile.columns.get("value", ())), "value")
    fall = pl.format(
        "the register falls from {} to {}: rollover or meter exchange; "
        "write register_digits into the profile if it rolls over",
        pl.col("value"),
        pl.col("next_value"),
    )
    rejects = [refused(falls.with_columns(line="next_line"), fall, field, "next_value")]
    if "ratio" in read.columns:
        reason = "the ratio changes between two readings; the interval in between is left out"
        ratio = next(iter(profile.columns.get("ratio", ())), "ratio")
        rejects.append(refused(changes.with_columns(line="next_line"), reason, ratio, "ratio"))
    advanced = read.filter("is_next", ~pl.col("ratio_changes"), pl.col("advance") >= 0)
    return advanced.select(readings.columns).with_columns(
        advanced["advance"].alias("value")
    ), pl.concat(rejects)


def _within_limits(
    readings: pl.DataFrame, profile: TableProfile
) -> tuple[pl.DataFrame, pl.DataFrame]:
    readings = _negative_as_export(readings) if profile.negative == "export" else readings
    longest = pl.col("interval_minutes").replace_strict(
        {m: stored_interval(m) // m for m in _valid_intervals(readings)},
        default=1,
        return_dtype=pl.Float64,
    )
    reason = pl.when(pl.col("value").abs() * longest > _LARGEST_WH).then(
        pl.lit("more than 2,147,483,647 Wh in an interval; check the unit in the profile")
    )
    if profile.negative == "reject":
        reason = reason.when((pl.col("value") < 0) & pl.col("channel").str.contains("import")).then(
            pl.lit(
                "negative energy on an import channel; if it is meant, write "
                'negative = "export" or "keep" into the profile'
            )
        )
    checked = readings.with_columns(reason.alias("reason"))
    if checked["reason"].null_count() == len(checked):
        return readings, pl.DataFrame(schema=REJECTS)
    bad = checked.filter(pl.col("reason").is_not_null()).sort("line")
    kept = checked.filter(pl.col("reason").is_null()).drop("reason")
    field = next(iter(profile.columns.get("value", ())), "value")
    return kept, refused(bad, pl.col("reason"), field, "value")


def _valid_intervals(readings: pl.DataFrame) -> list[int]:
    return [m for m in readings["interval_minutes"].unique().drop_nulls() if m >= 1]


def _negative_as_export(readings: pl.DataFrame) -> pl.DataFrame:
    """Net values of an import channel that goes below zero, as import and export.

    Every interval of such a meter has both, one of them 0: the source knows them.
    """
    nets = readings.filter(pl.col("value") < 0, pl.col("channel").str.contains("import"))
    if nets.is_empty():
        return readings
    is_net = readings["run"].is_in(nets["run"].unique().implode())
    net = readings.filter(is_net)
    exported = net.with_columns(
        (-pl.col("value")).clip(lower_bound=0.0).alias("value"),
        pl.col("channel").str.replace("import", "export", literal=True),
    )
    imported = net.with_columns(pl.col("value").clip(lower_bound=0.0))
    both = pl.concat([readings.filter(~is_net), imported, exported]).drop("run")
    return in_order(both)
