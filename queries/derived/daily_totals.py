"""Energy and quality of every day profile."""

import polars as pl

from queries.schema import DAILY_TOTALS, SLOTS, check

_MINUTES_PER_DAY = 1440


def daily_totals(profiles: pl.DataFrame, *, profile_version: int) -> pl.DataFrame:
    """One row of ``daily_totals`` for every row of ``energy_profiles``.

    A day in which nothing was read has no row; ``energy_wh`` [Wh] is the sum of the slots that
    are there, so it understates a day whose ``actual_slots + estimated_slots`` is less than
    ``expected_slots``.
    """
    first_at_maximum = pl.coalesce(
        pl.when(pl.col(slot) == pl.col("maximum_wh")).then(pl.lit(i, pl.Int16))
        for i, slot in enumerate(SLOTS)
    )
    present = pl.sum_horizontal(pl.col(slot).is_not_null() for slot in SLOTS)
    doubtful = pl.col("quality").str.count_matches("[SE]").fill_null(0)
    # A column first: inside the expression the maximum would be taken once for every slot.
    frame = profiles.with_columns(pl.max_horizontal(SLOTS).alias("maximum_wh")).select(
        "usage_point_id",
        "channel",
        "service_date",
        "service_month",
        "interval_minutes",
        pl.sum_horizontal(pl.col(slot).cast(pl.Int64) for slot in SLOTS).alias("energy_wh"),
        "maximum_wh",
        first_at_maximum.alias("maximum_slot"),
        (present - doubtful).cast(pl.Int16).alias("actual_slots"),
        doubtful.cast(pl.Int16).alias("estimated_slots"),
        (_MINUTES_PER_DAY // pl.col("interval_minutes")).cast(pl.Int16).alias("expected_slots"),
        pl.lit(profile_version, pl.Int64).alias("profile_version"),
    )
    return check("daily_totals", frame, DAILY_TOTALS.schema)
