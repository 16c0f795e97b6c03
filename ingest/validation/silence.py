"""Who was not heard of in time: usage points, and whole areas whose terminal was offline."""

from datetime import timedelta

import polars as pl

from ingest.validation.flags import flags
from ingest.validation.rules import Rule
from ingest.validation.window import Window

_DAY = ["usage_point_id", "day"]
_FOUND_IN = "energy_profiles.received_at"


def silent_days(window: Window, cut_off_hours: float) -> pl.DataFrame:
    """Usage points and judged days of which nothing actual had arrived by the cut-off.

    A day is due from the point's first reading in the history to the last day on which any point
    was read, while the point is in use. The cut-off counts from the midnight that ends the day.
    What counts is when the source issued it, or, where that is unsaid, when it was received. A day
    of which nothing came in time from anybody was loaded afterwards, as a file of history is: then
    only those are silent of whom nothing came at all.

    Returns:
        A row a point and day due: ``behind`` what it is read (its terminal where that is known,
        else its transformer area; null: neither) and ``what`` that is, ``is_silent`` and
        ``arrived_at`` (null: nothing actual so far).
    """
    due = _due(window)
    came = _came(window).join(due, on=_DAY, how="semi")
    midnight = pl.col("day").cast(pl.Datetime("us")) + timedelta(days=1) - window.offset
    late = (pl.col("arrived_at").dt.replace_time_zone(None) - midnight).dt.total_seconds() / 3600
    is_late = late > cut_off_hours
    was_heard = (~is_late).fill_null(value=False).any().over("day")
    has_terminal = pl.col("terminal_id").is_not_null()
    return (
        due.join(came, on=_DAY, how="left")
        .join(window.terminals(), on="usage_point_id", how="left")
        .with_columns(
            (pl.col("arrived_at").is_null() | (is_late & was_heard)).alias("is_silent"),
            pl.when(has_terminal)
            .then(pl.lit("terminal"))
            .otherwise(pl.lit("transformer"))
            .alias("what"),
            pl.coalesce("terminal_id", "transformer_id").alias("behind"),
        )
        .drop("terminal_id", "transformer_id")
    )


def _due(window: Window) -> pl.DataFrame:
    read = window.totals.filter(pl.col("actual_slots") > 0)
    if read.is_empty():
        return pl.DataFrame(
            schema={"usage_point_id": pl.String, "transformer_id": pl.String, "day": pl.Date}
        )
    front = read["service_date"].max()
    first = read.group_by("usage_point_id").agg(pl.col("service_date").min().alias("from"))
    days = pl.date_range(window.first_day, window.last_day, eager=True).alias("day").to_frame()
    register = window.points.select("usage_point_id", "transformer_id", "valid_from", "valid_to")
    known = (
        first.join(register, on="usage_point_id")
        .join(days, how="cross")
        .filter(
            (pl.col("day") >= pl.col("valid_from"))
            & (pl.col("valid_to").is_null() | (pl.col("day") < pl.col("valid_to")))
        )
    )
    return (
        known.filter((pl.col("day") >= pl.col("from")) & (pl.col("day") <= front))
        .select("usage_point_id", "transformer_id", "day")
        .unique(_DAY, keep="last", maintain_order=True)
    )


def _came(window: Window) -> pl.DataFrame:
    """When the first actual value of a point's day arrived: of its curve or of its freeze."""
    arrived = pl.coalesce("issued_at", "received_at")
    of_slots = (
        pl.col("slot_history")
        .list.eval(
            pl.coalesce(
                pl.element().struct.field("issued_at"), pl.element().struct.field("received_at")
            )
        )
        .list.min()
    )
    curves = window.arrivals().select(
        "usage_point_id",
        pl.col("service_date").alias("day"),
        pl.coalesce(of_slots, arrived).alias("arrived_at"),
    )
    freezes = (
        window.freezes_arrived()
        .filter(pl.col("quality").fill_null("A") == "A")
        .select("usage_point_id", pl.col("service_date").alias("day"), arrived.alias("arrived_at"))
    )
    return pl.concat([curves, freezes]).group_by(_DAY).agg(pl.col("arrived_at").min())


def areas(silent: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """Days on which (nearly) all points behind a terminal, or of an area, were silent together."""
    return (
        silent.filter(pl.col("behind").is_not_null())
        .group_by("what", "behind", "day")
        .agg(
            pl.len().alias("points_due"),
            pl.col("is_silent").sum().alias("points_silent"),
            pl.col("arrived_at").min().alias("arrived_at"),
        )
        .filter(
            (pl.col("points_due") >= rule["least_points"])
            & (pl.col("points_silent") >= rule["missing_share"] * pl.col("points_due"))
        )
    )


def area_offline(offline: pl.DataFrame) -> pl.DataFrame:
    """FLAGS of terminals and transformer areas from ``areas`` [share of points silent]."""
    said = offline.with_columns(
        pl.col("behind").alias("subject_id"),
        (pl.col("points_silent") / pl.col("points_due")).alias("magnitude"),
        pl.format("{} of {} points silent", "points_silent", "points_due").alias("value"),
        pl.lit("readings by the cut-off").alias("expected"),
    )
    seen: list[str | pl.Expr] = ["points_due", "points_silent", "arrived_at"]
    return pl.concat(
        flags(said.filter(pl.col("what") == what), what=what, found_in=_FOUND_IN, evidence=seen)
        for what in ("terminal", "transformer")
    )


def offline(silent: pl.DataFrame, offline_areas: pl.DataFrame) -> pl.DataFrame:
    """FLAGS of single usage points, those of an area that was offline as a whole left out."""
    alone = silent.filter("is_silent").join(offline_areas, on=["what", "behind", "day"], how="anti")
    return flags(
        alone.with_columns(
            pl.col("usage_point_id").alias("subject_id"),
            pl.lit(1.0).alias("magnitude"),
            pl.when(pl.col("arrived_at").is_null())
            .then(pl.lit("nothing arrived"))
            .otherwise(pl.format("arrived {}", pl.col("arrived_at").dt.to_string("iso")))
            .alias("value"),
            pl.lit("readings by the cut-off").alias("expected"),
        ),
        what="usage_point",
        found_in=_FOUND_IN,
        evidence=["what", "behind", "arrived_at"],
    )
