"""Clocks that are off, clocks that run fast or slow, and stamps of a time to come."""

from datetime import timedelta

import polars as pl

from ingest.validation.flags import FLAGS, flags
from ingest.validation.rules import Rule
from ingest.validation.window import Window

_CLOCK_EVENT = "3105"  # 时钟超差, DL/T 698.45
_SECONDS_PER_DAY = 86_400.0


def clock_drift(window: Window, rule: Rule) -> pl.DataFrame:
    """FLAGS of devices whose clock stood off by more than the limit [s, fast is positive].

    A usage point of which no clock was ever read is known by what its meter says of itself (event
    3105), as far as that goes: ``value`` is then the event.
    """
    clocks = window.clocks()
    is_terminal = pl.col("kind") == "terminal"
    limit = (
        pl.when(is_terminal)
        .then(rule["terminal_limit_seconds"])
        .otherwise(rule["meter_limit_seconds"])
    )
    off = (
        clocks.filter(window.judged("service_date"))
        .with_columns(limit.alias("limit"), pl.col("drift_seconds").abs().alias("magnitude"))
        .filter(pl.col("magnitude") > pl.col("limit"))
        .sort("magnitude", descending=True)
        .unique(["device_id", "service_date"], keep="first", maintain_order=True)
        .with_columns(
            pl.col("service_date").alias("day"),
            pl.format("{} s", pl.col("drift_seconds").round(1)).alias("value"),
            pl.format("within ±{} s", "limit").alias("expected"),
            (pl.col("magnitude") <= rule["correctable_seconds"]).alias("is_correctable"),
        )
    )
    return pl.concat([_by_device(off), _reported(window, clocks)])


def _by_device(off: pl.DataFrame) -> pl.DataFrame:
    """A meter's clock is a finding of its usage point, a terminal's of the terminal."""
    seen: list[str | pl.Expr] = [
        "device_id",
        "kind",
        "device_time",
        "read_at",
        "drift_seconds",
        pl.col("limit").alias("limit_seconds"),
        "is_correctable",
        "protocol",
    ]
    is_point = pl.col("usage_point_id").is_not_null() & (pl.col("kind") == "meter")
    place = "device_clocks.drift_seconds"
    at_points = off.filter(is_point).with_columns(pl.col("usage_point_id").alias("subject_id"))
    alone = off.filter(~is_point).with_columns(pl.col("device_id").alias("subject_id"))
    found = [flags(at_points, what="usage_point", found_in=place, evidence=seen)]
    for kind in ("meter", "terminal"):
        of_kind = alone.filter(pl.col("kind") == kind)
        found.append(flags(of_kind, what=kind, found_in=place, evidence=seen))
    return pl.concat(found)


def _reported(window: Window, clocks: pl.DataFrame) -> pl.DataFrame:
    said = (
        window.events()
        .filter(pl.col("event_code") == _CLOCK_EVENT)
        .join(clocks.select("usage_point_id").unique(), on="usage_point_id", how="anti")
        .with_columns(window.local_day("occurred_at").alias("day"))
        .filter(window.judged())
        .with_columns(
            pl.col("usage_point_id").alias("subject_id"),
            pl.lit(0.0).alias("magnitude"),
            pl.lit(f"event {_CLOCK_EVENT}").alias("value"),
            pl.lit("clock within limits").alias("expected"),
        )
    )
    evidence: list[str | pl.Expr] = ["meter_id", "occurred_at", "ended_at", "detail"]
    return flags(
        said, what="usage_point", found_in="meter_events.event_code", evidence=evidence
    ).unique(["subject_id", "day"], keep="first", maintain_order=True)


def clock_rate(window: Window, rule: Rule) -> pl.DataFrame:
    """FLAGS of meters whose clock moved by more than the limit a day [s/day].

    The rate is the slope of the least-squares line through the readings of the history and the
    day; a step (somebody set the clock) ends a history.
    """
    clocks = (
        window.clocks()
        .filter(pl.col("service_date") >= window.first_day - _history(rule))
        .filter(pl.col("drift_seconds").is_not_null() & pl.col("usage_point_id").is_not_null())
        .sort("device_id", "read_at")
        .with_columns(
            (pl.col("read_at").dt.epoch("us") / 1e6 / _SECONDS_PER_DAY).alias("days"),
            (pl.col("drift_seconds").diff().over("device_id").abs() > _step(rule))
            .fill_null(value=False)
            .cum_sum()
            .over("device_id")
            .alias("turn"),
        )
    )
    rates = _rates(clocks, rule)
    found = rates.filter(window.judged() & (pl.col("magnitude") > rule["limit_seconds_per_day"]))
    return flags(
        found.with_columns(
            pl.format("{} s/day", pl.col("rate").round(2)).alias("value"),
            pl.lit(f"within ±{rule['limit_seconds_per_day']} s/day").alias("expected"),
        ),
        what="usage_point",
        found_in="device_clocks.drift_seconds",
        evidence=[
            "device_id",
            pl.col("rate").alias("rate_seconds_per_day"),
            pl.lit(rule["limit_seconds_per_day"]).alias("limit_seconds_per_day"),
            "change_seconds",
            "over_days",
            "readings",
        ],
    )


def _step(rule: Rule) -> float:
    """A change from one reading to the next that no clock's running explains [s]."""
    return rule["least_change_seconds"] * 3


def _history(rule: Rule) -> timedelta:
    """How far back a slope reaches."""
    return timedelta(days=int(rule["least_days"] * 2))


def _rates(clocks: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """The slope over the days before every reading, as far as they reach back together."""
    key = ["device_id", "turn"]
    window_days = _history(rule).days
    x, y = pl.col("days"), pl.col("drift_seconds")
    sums = clocks.rolling(
        index_column="read_at", period=f"{window_days}d", group_by=key, closed="both"
    ).agg(
        pl.col("usage_point_id").last().alias("subject_id"),
        pl.col("service_date").last().alias("day"),
        pl.len().alias("readings"),
        (x.max() - x.min()).alias("over_days"),
        (pl.cov(x, y) / x.var()).alias("rate"),
    )
    is_enough = (pl.col("readings") >= rule["least_readings"]) & (
        pl.col("over_days") >= rule["least_days"]
    )
    return (
        sums.filter(is_enough)
        .with_columns(
            (pl.col("rate") * pl.col("over_days")).alias("change_seconds"),
            pl.col("rate").abs().alias("magnitude"),
        )
        .filter(pl.col("change_seconds").abs() >= rule["least_change_seconds"])
        .sort("magnitude", descending=True)
        .unique(["subject_id", "day"], keep="first", maintain_order=True)
    )


def future_time(window: Window, rule: Rule) -> pl.DataFrame:
    """FLAGS of readings, events and clocks that bear a time after their arrival [s].

    The day is the day of arrival: that of the stamp has not come yet.
    """
    sources = (
        (window.readings_arrived(), "read_at", "register_readings.read_at"),
        (window.events(), "occurred_at", "meter_events.occurred_at"),
        (window.clocks(), "device_time", "device_clocks.device_time"),
        (window.profiles_arrived(), "begins_at", "energy_profiles.service_date"),
    )
    found = [FLAGS.to_frame()]
    for rows, stamp, place in sources:
        ahead = (pl.col(stamp) - pl.col("received_at")).dt.total_milliseconds() / 1000
        future = (
            rows.with_columns(ahead.alias("magnitude"))
            .filter(pl.col("magnitude") > rule["tolerance_seconds"])
            .with_columns(window.local_day("received_at").alias("day"))
            .filter(window.judged() & pl.col("usage_point_id").is_not_null())
            .sort("magnitude", descending=True)
            .unique(["usage_point_id", "day"], keep="first", maintain_order=True)
            .with_columns(
                pl.col("usage_point_id").alias("subject_id"),
                pl.col(stamp).dt.to_string("iso").alias("value"),
                pl.format("at most {} s after arrival", pl.lit(rule["tolerance_seconds"])).alias(
                    "expected"
                ),
            )
        )
        seen: list[str | pl.Expr] = [
            pl.col(stamp).alias("stamped_at"),
            "received_at",
            pl.col("magnitude").alias("ahead_seconds"),
            pl.lit(rule["tolerance_seconds"]).alias("tolerance_seconds"),
            "batch_id",
        ]
        found.append(flags(future, what="usage_point", found_in=place, evidence=seen))
    return pl.concat(found)
