"""Energy that cannot be: spikes, power above what is connected, energy fed back by night."""

import numpy as np
import polars as pl

from ingest.validation.flags import FLAGS, flags
from ingest.validation.rules import Rule
from ingest.validation.window import Window
from queries.schema import SLOTS, SLOTS_PER_DAY

_MINUTES_PER_HOUR = 60
_WH_PER_KWH = 1000.0
_CAPACITY = ["usage_point_id", "capacity_kva", "is_check", "rated_kva"]


def capacities(window: Window) -> pl.DataFrame:
    """A usage point's contracted capacity, or the rating of the transformer it is the meter of."""
    return (
        window.points.sort("valid_from")
        .unique("usage_point_id", keep="last")
        .with_columns(
            pl.coalesce("rated_kva", "contracted_capacity_kva").alias("capacity_kva"),
        )
        .select(_CAPACITY)
    )


def above_limit(window: Window, rule: Rule) -> pl.DataFrame:
    """FLAGS of days with a slot above what the connection can carry [power over capacity]."""
    limit = (
        pl.when(pl.col("rated_kva").is_not_null())
        .then(rule["transformer_factor"])
        .otherwise(rule["capacity_factor"])
    )
    load_kw = pl.col("maximum_wh") / _WH_PER_KWH * _MINUTES_PER_HOUR / pl.col("interval_minutes")
    found = (
        window.totals.filter(
            window.judged("service_date") & pl.col("channel").str.contains("^(import|export)")
        )
        .join(capacities(window), on="usage_point_id")
        .filter(pl.col("capacity_kva") > 0)
        .with_columns(load_kw.alias("load_kw"), limit.alias("factor"))
        .with_columns((pl.col("load_kw") / pl.col("capacity_kva")).alias("magnitude"))
        .filter(pl.col("magnitude") > pl.col("factor"))
        .with_columns(
            pl.col("usage_point_id").alias("subject_id"),
            pl.col("service_date").alias("day"),
            pl.format("{} kW", pl.col("load_kw").round(2)).alias("value"),
            pl.format("at most {} × {} kVA", "factor", "capacity_kva").alias("expected"),
        )
    )
    return flags(
        found,
        what="usage_point",
        found_in=pl.format("energy_profiles.{}", "channel"),
        evidence=[
            "load_kw",
            "maximum_wh",
            "maximum_slot",
            "interval_minutes",
            "factor",
            "capacity_kva",
            "actual_slots",
        ],
    )


def spike(window: Window, rule: Rule) -> pl.DataFrame:
    """FLAGS of days whose highest slot stands alone above the third highest [share above it]."""
    enough = (
        pl.col("maximum_wh") / _WH_PER_KWH * _MINUTES_PER_HOUR / pl.col("interval_minutes")
    ) >= rule["least_capacity_share"] * pl.col("capacity_kva")
    candidates = (
        window.totals.filter(
            window.judged("service_date")
            & (pl.col("channel") == "import")
            & (pl.col("actual_slots") >= rule["least_slots"])
            & (pl.col("estimated_slots") == 0)
        )
        .join(capacities(window), on="usage_point_id")
        .filter(enough)
    )
    keys = candidates.select("usage_point_id", "channel", "service_date")
    rows = window.profiles(keys)
    if rows.is_empty():
        return FLAGS.to_frame()
    values = rows.select(SLOTS).cast(pl.Float64).to_numpy()
    top = -np.partition(-np.where(np.isnan(values), -1.0, values), 2, axis=1)[:, :3]
    third = np.maximum(top[:, 2], 1.0)
    excess = (top[:, 0] - third) / third
    found = rows.with_columns(
        pl.Series("magnitude", excess),
        pl.Series("slot", np.nanargmax(values, axis=1)),
        pl.Series("peak_wh", top[:, 0]),
        pl.Series("third_wh", top[:, 2]),
    ).filter(pl.col("magnitude") > rule["excess_share"])
    return flags(
        found.with_columns(
            pl.col("usage_point_id").alias("subject_id"),
            pl.col("service_date").alias("day"),
            pl.format("{} Wh", "peak_wh").alias("value"),
            pl.format("about {} Wh, the third highest", "third_wh").alias("expected"),
        ),
        what="usage_point",
        found_in=pl.format("energy_profiles.{}", "channel"),
        evidence=["slot", "interval_minutes", "peak_wh", "third_wh"],
    )


def reverse_energy(window: Window, rule: Rule) -> pl.DataFrame:
    """FLAGS of days on which a customer fed energy back by night [kWh]."""
    candidates = window.totals.filter(
        window.judged("service_date")
        & pl.col("channel").str.starts_with("export")
        & (pl.col("energy_wh") >= rule["least_wh"])
        & (pl.col("estimated_slots") == 0)
    ).join(window.points.filter("is_check"), on="usage_point_id", how="anti")
    rows = window.profiles(candidates.select("usage_point_id", "channel", "service_date"))
    hour = np.arange(SLOTS_PER_DAY) // 4
    by_night = (hour < rule["night_ends_hour"]) | (hour >= rule["night_begins_hour"])
    night = [slot for slot, is_dark in zip(SLOTS, by_night.tolist(), strict=True) if is_dark]
    found = (
        rows.with_columns(pl.sum_horizontal(night).alias("night_wh"))
        .filter(pl.col("night_wh") >= rule["least_wh"])
        .with_columns(
            pl.col("usage_point_id").alias("subject_id"),
            pl.col("service_date").alias("day"),
            (pl.col("night_wh") / _WH_PER_KWH).alias("magnitude"),
            pl.format("{} Wh fed back by night", "night_wh").alias("value"),
            pl.lit("nothing by night").alias("expected"),
        )
    )
    return flags(
        found,
        what="usage_point",
        found_in=pl.format("energy_profiles.{}", "channel"),
        evidence=[
            "night_wh",
            pl.lit(rule["night_begins_hour"]).alias("night_begins_hour"),
            pl.lit(rule["night_ends_hour"]).alias("night_ends_hour"),
        ],
    )
