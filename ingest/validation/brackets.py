"""Register differences: what a meter counted between two readings, and between two midnights.

A *piece* lies between two consecutive readings of one meter; the ratio and the digits are those
that held then. A *bracket* joins the pieces of all meters of a usage point between two freezes at
midnight, so that an exchange by day lies inside one.
"""

from datetime import timedelta

import polars as pl

from ingest.validation.rules import Rules

PARTS_PER_KWH = 10_000
"""Registers are kept to four decimals; counted in these their differences are exact."""
WH_PER_PART = 0.1
_USUAL_DIGITS = 6
_MIDNIGHT_MINUTES = 15
_CHANNEL = ["usage_point_id", "channel"]


def pieces(
    readings: pl.DataFrame, meters: pl.DataFrame, points: pl.DataFrame, rules: Rules
) -> pl.DataFrame:
    """The advance of every meter from one actual reading to the next.

    Args:
        readings: ``register_readings`` of total registers.
        meters: As known now, with ``ratio``.
        points: As known now: their contracted capacity tells a rollover from a fall.
        rules: Thresholds.

    Returns:
        A row a piece: ``since_at``, ``read_at``, ``service_date`` (of the later reading),
        ``before_kwh``, ``reading_kwh``, ``ratio``, ``digits``, ``outcome`` (forward, rollover,
        exchange, decrease) and ``energy_wh`` [Wh, by the ratio of that time]; null where the
        difference means nothing.
    """
    along = [*_CHANNEL, "meter_id"]
    parts = (pl.col("reading_kwh").cast(pl.Float64) * PARTS_PER_KWH).round().cast(pl.Int64)
    ordered = (
        readings.filter(pl.col("reading_kwh").is_not_null() & (pl.col("quality") == "A"))
        .filter(pl.col("channel").str.contains(r"^(import|export)(\.\d+)?$"))
        .select(*along, "service_date", "read_at", parts.alias("parts"))
        .sort(*along, "read_at")
        .with_columns(
            pl.col("read_at").shift().over(along).alias("since_at"),
            pl.col("service_date").shift().over(along).alias("since_day"),
            pl.col("parts").shift().over(along).alias("before"),
        )
        .filter(pl.col("since_at").is_not_null())
    )
    known = _with_meter(ordered, meters)
    return _told_apart(_with_exchange(known, meters), points, rules).select(
        *along,
        "since_at",
        "read_at",
        "service_date",
        (pl.col("before") / PARTS_PER_KWH).alias("before_kwh"),
        (pl.col("parts") / PARTS_PER_KWH).alias("reading_kwh"),
        "ratio",
        "digits",
        "outcome",
        "energy_wh",
    )


def _with_meter(ordered: pl.DataFrame, meters: pl.DataFrame) -> pl.DataFrame:
    """``ratio`` and ``digits`` on the day of the later reading.

    They are the named meter's; where a reading names none that is known, those of the meter that
    was installed last.
    """
    dated = meters.select(
        "usage_point_id",
        "meter_id",
        "ratio",
        pl.col("register_digits").cast(pl.Int64).alias("digits"),
        pl.col("valid_from").alias("service_date"),
    ).sort("service_date", "meter_id")
    point = dated.rename({"ratio": "point_ratio", "digits": "point_digits"}).drop("meter_id")
    return (
        ordered.sort("service_date")
        .join_asof(
            dated, on="service_date", by=["usage_point_id", "meter_id"], check_sortedness=False
        )
        .join_asof(point, on="service_date", by="usage_point_id", check_sortedness=False)
        .with_columns(
            pl.coalesce("ratio", "point_ratio", 1.0).alias("ratio"),
            pl.coalesce("digits", "point_digits", _USUAL_DIGITS).alias("digits"),
        )
        .drop("point_ratio", "point_digits")
    )


def _with_exchange(known: pl.DataFrame, meters: pl.DataFrame) -> pl.DataFrame:
    """``is_exchanged``: another meter was installed between the two readings.

    Where readings bear the meter's number the two are of one meter, and this never holds.
    """
    begun = (
        meters.select("usage_point_id", "meter_id", "valid_from")
        .sort("valid_from")
        .unique("meter_id", keep="first", maintain_order=True)
        .rename({"valid_from": "service_date", "meter_id": "installed_id"})
        .with_columns(pl.col("service_date").alias("installed_on"))
        .sort("service_date")
    )
    found = known.sort("service_date").join_asof(
        begun, on="service_date", by="usage_point_id", check_sortedness=False
    )
    since = pl.col("installed_on") > pl.col("since_day")
    known_ids = meters["meter_id"].drop_nulls().unique().to_list()
    is_named = pl.col("meter_id").is_in(known_ids).fill_null(value=False)
    return found.with_columns((since & ~is_named).fill_null(value=False).alias("is_exchanged"))


def _told_apart(known: pl.DataFrame, points: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    limit = rules["register_rollover"]
    capacity = (
        points.sort("valid_from")
        .unique("usage_point_id", keep="last")
        .select("usage_point_id", "contracted_capacity_kva")
    )
    turn = (pl.lit(10.0).pow(pl.col("digits")) * PARTS_PER_KWH).cast(pl.Int64)
    advance = pl.col("parts") - pl.col("before")
    rolled = advance + turn
    hours = (pl.col("read_at") - pl.col("since_at")).dt.total_seconds() / 3600
    possible = (
        pl.col("contracted_capacity_kva").fill_null(float("inf"))
        * hours
        * limit["most_hours_share"]
        * PARTS_PER_KWH
        / pl.col("ratio")
    )
    is_rollover = (
        (advance < 0)
        & (rolled >= 0)
        & (rolled < turn * limit["most_of_range_share"])
        & (rolled <= possible)
    )
    outcome = (
        pl.when(pl.col("is_exchanged"))
        .then(pl.lit("exchange"))
        .when(advance >= 0)
        .then(pl.lit("forward"))
        .when(is_rollover)
        .then(pl.lit("rollover"))
        .otherwise(pl.lit("decrease"))
    )
    counted = pl.when(outcome == "forward").then(advance).when(outcome == "rollover").then(rolled)
    return known.join(capacity, on="usage_point_id", how="left").with_columns(
        outcome.alias("outcome"), (counted * pl.col("ratio") * WH_PER_PART).alias("energy_wh")
    )


def brackets(differences: pl.DataFrame, offset: timedelta) -> pl.DataFrame:
    """Pieces joined between midnights.

    Args:
        differences: From ``pieces``.
        offset: Of the zone's standard time from UTC.

    Returns:
        A row a usage point, channel and pair of freezes: ``first_day``, ``last_day`` (service
        dates covered whole), ``register_wh`` [Wh] (null where a difference means nothing, or
        pieces do not lie end to end), ``ratios`` (summed over its pieces: a count on each of
        their displays is so many times as much), ``pieces`` and ``outcomes``.
    """
    lasts = (pl.col("read_at") - pl.col("since_at")).dt.total_minutes()
    whole = (pl.col("read_at").max() - pl.col("since_at").min()).dt.total_minutes()
    return (
        _numbered(differences, offset)
        .group_by(*_CHANNEL, "number", maintain_order=True)
        .agg(
            pl.col("first_day").min(),
            pl.col("service_date").last().alias("last_day"),
            pl.col("begins").sort_by("since_at").first(),
            pl.col("closes").last(),
            ((lasts.sum() - whole).abs() <= _MIDNIGHT_MINUTES).alias("is_chain"),
            pl.col("energy_wh").is_not_null().all().alias("is_known"),
            pl.col("energy_wh").sum().alias("register_wh"),
            pl.col("ratio").sum().alias("ratios"),
            pl.len().alias("pieces"),
            pl.col("outcome").unique().sort().str.join("+").alias("outcomes"),
        )
        .filter(pl.col("begins") & pl.col("closes"))
        .with_columns(
            pl.when(pl.col("is_chain") & pl.col("is_known"))
            .then("register_wh")
            .alias("register_wh")
        )
        .drop("number", "begins", "closes", "is_chain", "is_known")
    )


def _numbered(differences: pl.DataFrame, offset: timedelta) -> pl.DataFrame:
    """Pieces in order of time, those up to a freeze at midnight under one ``number``."""
    near = timedelta(minutes=_MIDNIGHT_MINUTES)
    since = pl.col("since_at").dt.replace_time_zone(None) + offset
    minute = since.dt.hour().cast(pl.Int32) * 60 + since.dt.minute().cast(pl.Int32)
    begins = (minute <= _MIDNIGHT_MINUTES) | (minute >= 24 * 60 - _MIDNIGHT_MINUTES)
    closing = pl.col("service_date").cast(pl.Datetime("us")) + timedelta(days=1) - offset
    closes = (pl.col("read_at").dt.replace_time_zone(None) - closing).abs() <= near
    return differences.sort(*_CHANNEL, "read_at", "since_at").with_columns(
        closes.cast(pl.Int32).cum_sum().shift(fill_value=0).over(_CHANNEL).alias("number"),
        (since + near).dt.date().alias("first_day"),
        begins.alias("begins"),
        closes.alias("closes"),
    )
