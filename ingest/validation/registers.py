"""Registers that fall, roll over, or disagree with the intervals; two values for one interval."""

import polars as pl

from ingest.validation.flags import flags
from ingest.validation.rules import Rule
from ingest.validation.window import Window
from queries.schema import SLOTS

_WH_PER_KWH = 1000
_CHANNEL = ["usage_point_id", "channel"]


def register_outcome(window: Window, rule: Rule) -> pl.DataFrame:
    """FLAGS of readings below the one before: fell, rolled over or exchanged, as the rule says."""
    outcome = rule.name.removeprefix("register_")
    found = window.pieces.filter(
        (pl.col("outcome") == outcome) & window.judged("service_date")
    ).with_columns(
        pl.col("usage_point_id").alias("subject_id"),
        pl.col("service_date").alias("day"),
        (pl.col("before_kwh") - pl.col("reading_kwh")).abs().alias("magnitude"),
        pl.format("{} kWh", pl.col("reading_kwh").round(4)).alias("value"),
        pl.format("{} kWh or more", pl.col("before_kwh").round(4)).alias("expected"),
    )
    return flags(
        found,
        what="usage_point",
        found_in=pl.format("register_readings.{}", "channel"),
        evidence=[
            "meter_id",
            "since_at",
            "read_at",
            "before_kwh",
            "reading_kwh",
            "digits",
            "ratio",
        ],
    )


def compared(window: Window) -> pl.DataFrame:
    """Brackets that end on judged days beside their intervals.

    Returns:
        The columns of brackets, and ``interval_wh`` [Wh], ``missing_slots`` and
        ``estimated_slots`` over the same days, ``day`` (the last one).
    """
    judged = window.brackets.filter(
        window.judged("last_day") & (pl.col("first_day") <= pl.col("last_day"))
    ).with_row_index("bracket")
    days = judged.select(
        "bracket",
        *_CHANNEL,
        pl.date_ranges("first_day", "last_day").alias("service_date"),
    ).explode("service_date")
    sums = (
        days.join(window.totals, on=[*_CHANNEL, "service_date"], how="left")
        .group_by("bracket")
        .agg(
            pl.col("energy_wh").sum().alias("interval_wh"),
            (
                pl.col("expected_slots")
                - pl.col("actual_slots").fill_null(0)
                - pl.col("estimated_slots").fill_null(0)
            )
            .fill_null(len(SLOTS))
            .sum()
            .alias("missing_slots"),
            pl.col("estimated_slots").sum().alias("estimated_slots"),
        )
    )
    return judged.join(sums, on="bracket").with_columns(
        pl.col("last_day").alias("day"), pl.col("usage_point_id").alias("subject_id")
    )


def tolerance_wh(rule: Rule) -> pl.Expr:
    """What truncated registers leave open [Wh]: counts a piece, and half a watt-hour a day."""
    count_wh = rule["tolerance_counts"] * rule["count_kwh"] * _WH_PER_KWH
    days = (pl.col("last_day") - pl.col("first_day")).dt.total_days() + 1
    return pl.col("ratios") * count_wh + 0.5 * days + 0.5


def register_mismatch(window: Window, rule: Rule) -> pl.DataFrame:
    """FLAGS of days whose intervals do not add up to the register difference [kWh, signed off].

    Only where every slot is an actual reading: estimates and gaps have rules of their own.
    """
    found = (
        compared(window)
        .filter(
            pl.col("register_wh").is_not_null()
            & (pl.col("missing_slots") == 0)
            & (pl.col("estimated_slots") == 0)
        )
        .with_columns((pl.col("interval_wh") - pl.col("register_wh")).alias("difference_wh"))
        .filter(pl.col("difference_wh").abs() >= tolerance_wh(rule))
    )
    return _differences(found)


def _differences(found: pl.DataFrame) -> pl.DataFrame:
    return flags(
        found.with_columns(
            (pl.col("difference_wh").abs() / _WH_PER_KWH).alias("magnitude"),
            pl.format("{} kWh by intervals", (pl.col("interval_wh") / _WH_PER_KWH).round(4)).alias(
                "value"
            ),
            pl.format("{} kWh by registers", (pl.col("register_wh") / _WH_PER_KWH).round(4)).alias(
                "expected"
            ),
        ),
        what="usage_point",
        found_in=pl.format("energy_profiles.{}", "channel"),
        evidence=[
            "first_day",
            "last_day",
            "interval_wh",
            "register_wh",
            "ratios",
            "pieces",
            "outcomes",
        ],
    )


def zero_for_missing(window: Window, rule: Rule, mismatch: Rule) -> pl.DataFrame:
    """FLAGS of days on which zeros stand where the register shows that energy flowed [kWh]."""
    short = (
        compared(window)
        .filter(
            pl.col("register_wh").is_not_null()
            & (pl.col("first_day") == pl.col("last_day"))
            & (pl.col("missing_slots") == 0)
            & (pl.col("estimated_slots") == 0)
        )
        .with_columns((pl.col("register_wh") - pl.col("interval_wh")).alias("difference_wh"))
        .filter(pl.col("difference_wh") >= tolerance_wh(mismatch))
    )
    keys = short.select(*_CHANNEL, pl.col("last_day").alias("service_date"))
    zeros = window.profiles(keys).select(
        *_CHANNEL,
        pl.col("service_date").alias("day"),
        pl.sum_horizontal((pl.col(slot) == 0).fill_null(value=False) for slot in SLOTS).alias(
            "zero_slots"
        ),
        pl.sum_horizontal((pl.col(slot) > 0).fill_null(value=False) for slot in SLOTS).alias(
            "filled_slots"
        ),
    )
    # A day of zeros alone is a meter that stopped, or a register of something else.
    found = short.join(zeros, on=[*_CHANNEL, "day"]).filter(
        (pl.col("zero_slots") >= rule["least_slots"]) & (pl.col("filled_slots") > 0)
    )
    return flags(
        found.with_columns(
            (pl.col("difference_wh") / _WH_PER_KWH).alias("magnitude"),
            pl.format("{} slots of 0 Wh", "zero_slots").alias("value"),
            pl.format(
                "{} kWh more, or no value", (pl.col("difference_wh") / _WH_PER_KWH).round(4)
            ).alias("expected"),
        ),
        what="usage_point",
        found_in=pl.format("energy_profiles.{}", "channel"),
        evidence=["zero_slots", "interval_wh", "register_wh"],
    )


def frozen_register(window: Window, rule: Rule, mismatch: Rule) -> pl.DataFrame:
    """FLAGS of days on which the register stood and the intervals did not [kWh by intervals]."""
    counts_wh = rule["least_counts"] * mismatch["count_kwh"] * _WH_PER_KWH
    found = (
        compared(window)
        .filter(
            (pl.col("register_wh") == 0)
            & (pl.col("outcomes") == "forward")
            & (pl.col("estimated_slots") == 0)
        )
        .with_columns(pl.col("interval_wh").alias("difference_wh"))
        .filter(pl.col("interval_wh") >= pl.col("ratios") * counts_wh)
    )
    return _differences(found)


def duplicate_differs(window: Window, rule: Rule) -> pl.DataFrame:
    """FLAGS of days on which one actual value took another's place [Wh, most in a slot].

    Which of them stands is settled by the lake's order; that there were two is what is found.
    """
    is_actual = pl.col("quality").is_null() | pl.col("quality").str.contains("A")
    gone = window.superseded().filter(is_actual)
    keys = [*_CHANNEL, "service_date", "interval_minutes"]
    now = window.profiles(gone.select(keys[:3]).unique())
    both = gone.join(now, on=keys, suffix="_now")
    spread = [(pl.col(f"{s}_now").cast(pl.Int64) - pl.col(s)).abs() for s in SLOTS]
    differing = [(pl.col(f"{s}_now") != pl.col(s)).fill_null(value=False) for s in SLOTS]
    found = (
        both.with_columns(
            pl.col("usage_point_id").alias("subject_id"),
            pl.col("service_date").alias("day"),
            pl.max_horizontal(spread).alias("magnitude"),
            pl.sum_horizontal(differing).alias("slots"),
        )
        .filter(pl.col("magnitude") >= rule["least_wh"])
        .with_columns(
            pl.format("{} slots differ", "slots").alias("value"),
            pl.lit("the same value again").alias("expected"),
        )
        .sort("magnitude", descending=True)
        .unique([*_CHANNEL, "day"], keep="first", maintain_order=True)
    )
    return flags(
        found,
        what="usage_point",
        found_in=pl.format("energy_profiles.{}", "channel"),
        evidence=[
            "slots",
            pl.col("magnitude").alias("largest_wh"),
            "known_from",
            "known_until",
            "batch_id",
            "batch_id_now",
        ],
    )
