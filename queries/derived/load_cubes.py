"""Sum, maximum and estimated sum of every local slot by month and class of day."""

import polars as pl

from queries.schema import LOAD_CUBES, SLOTS, check

_GROUP = ["usage_point_id", "channel", "month", "day_class", "interval_minutes"]


def load_cubes(
    local_profiles: pl.DataFrame, *, classes: pl.DataFrame, profile_version: int
) -> pl.DataFrame:
    """The cube rows of whole months.

    Args:
        local_profiles: What ``queries.local_time.local_profiles`` returns: whole local months.
        classes: ``service_date``, ``day_class`` of every day in them.
        profile_version: Version of ``energy_profiles`` they come from.

    Returns:
        ``load_cubes``: three rows (``statistic`` sum, maximum, estimated) for every usage point,
        channel, month, day class and interval [Wh]. A slot that was never read is null. There is an
        ``estimated`` row only where something was substituted or estimated.
    """
    days = local_profiles.join(classes, on="service_date", how="inner").with_columns(
        pl.col("service_date").dt.strftime("%Y-%m").alias("month")
    )
    sums = days.group_by(_GROUP).agg(pl.col(SLOTS).cast(pl.Int64).sum(), *_counts())
    # Polars sums nulls to 0; a slot that was never read must stay missing.
    read = days.group_by(_GROUP).agg(pl.col(SLOTS).max().cast(pl.Int64), *_counts())
    sums = sums.sort(_GROUP)
    read = read.sort(_GROUP)
    sums = sums.with_columns(
        pl.when(read[slot].is_not_null()).then(pl.col(slot)).alias(slot) for slot in SLOTS
    )
    parts = [_as(sums, "sum"), _as(read, "maximum")]
    doubtful = days.filter(pl.col("quality").is_not_null())
    if not doubtful.is_empty():
        masked = doubtful.with_columns(
            pl.when(pl.col("quality").str.slice(i, 1).is_in(["S", "E"]))
            .then(pl.col(slot))
            .alias(slot)
            for i, slot in enumerate(SLOTS)
        )
        estimated = masked.group_by(_GROUP).agg(pl.col(SLOTS).cast(pl.Int64).sum())
        # How many days, and what is missing, is said of the class, not of its estimated part.
        counts = sums.select(*_GROUP, "days", "missing_slots")
        parts.append(_as(estimated.join(counts, on=_GROUP), "estimated"))
    frame = pl.concat(part.select(parts[0].columns) for part in parts).with_columns(
        pl.lit(profile_version, pl.Int64).alias("profile_version")
    )
    return check("load_cubes", frame.select(LOAD_CUBES.names), LOAD_CUBES.schema)


def _counts() -> list[pl.Expr]:
    present = pl.sum_horizontal(pl.col(slot).is_not_null().cast(pl.Int32) for slot in SLOTS)
    return [
        pl.col("service_date").n_unique().cast(pl.Int16).alias("days"),
        (pl.col("due_slots") - present).sum().cast(pl.Int32).alias("missing_slots"),
    ]


def _as(frame: pl.DataFrame, statistic: str) -> pl.DataFrame:
    return frame.with_columns(pl.lit(statistic).alias("statistic"))
