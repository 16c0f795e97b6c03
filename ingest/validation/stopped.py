"""Meters that stopped (停走): no energy where current flows, or where there always was some."""

from datetime import timedelta

import polars as pl

from ingest.validation.flags import FLAGS, flags
from ingest.validation.phases import apparent_energy
from ingest.validation.rules import Rule
from ingest.validation.window import Window

_STOPPED_EVENT = "310E"  # 停走, DL/T 698.45
_RUN = ["usage_point_id", "run"]


def stopped(window: Window, rule: Rule, standing: pl.DataFrame) -> pl.DataFrame:
    """FLAGS of days without any energy on a meter that ought to count [1 by current, 0.5 else].

    By current: a quarter of the day's slots or so carry current, and none is counted. Where no
    current is measured: the usage point has a customer and never had a day without energy, or its
    meter says so itself (event 310E). What stood still yesterday (``standing``) still does.

    Args:
        window: The days.
        rule: Thresholds.
        standing: ``subject_id`` and ``last_day`` of findings of this rule so far.
    """
    along = _without_energy(window, rule)
    zero = along.filter(window.judged())
    if zero.is_empty():
        return FLAGS.to_frame()
    flowing = apparent_energy(window, zero.select("usage_point_id").unique())
    measured = zero.join(flowing, on=["usage_point_id", "day"], how="inner")
    by_current = measured.filter(
        (pl.col("apparent_vah") > rule["least_current_va_hours"] * pl.col("ratio"))
        & (pl.col("current_slots") >= rule["least_current_slots"])
    ).with_columns(pl.lit("current").alias("basis"), pl.lit(1.0).alias("magnitude"))
    # Where voltages usually come and now do not, the supply is out, not the meter.
    unmeasured = along.filter(~pl.col("usage_point_id").is_in(window.measured_points()))
    suspected = _by_history(window, rule, unmeasured, standing).filter(window.judged())
    rows = pl.concat([by_current, suspected], how="diagonal").with_columns(
        pl.col("usage_point_id").alias("subject_id"),
        pl.lit("0 Wh").alias("value"),
        pl.when(pl.col("basis") == "current")
        .then(pl.format("energy for {} VAh", pl.col("apparent_vah").round(0)))
        .otherwise(pl.lit("energy as on every day before"))
        .alias("expected"),
    )
    evidence: list[str | pl.Expr] = ["basis", "apparent_vah", "current_slots", "least_before_wh"]
    missing = [pl.lit(None).alias(str(c)) for c in evidence if c not in rows.columns]
    return flags(
        rows.with_columns(missing),
        what="usage_point",
        found_in="energy_profiles.import",
        evidence=evidence,
    )


def _without_energy(window: Window, rule: Rule) -> pl.DataFrame:
    """Days, history included, that were read and hold nothing but zeros, in either direction."""
    enough = pl.col("actual_slots") >= rule["least_read_share"] * pl.col("expected_slots")
    fed_back = window.totals.filter(
        pl.col("channel").str.starts_with("export") & (pl.col("energy_wh") > 0)
    )
    zero = (
        window.totals.filter((pl.col("channel") == "import") & (pl.col("energy_wh") == 0) & enough)
        .join(fed_back, on=["usage_point_id", "service_date"], how="anti")
        .select("usage_point_id", pl.col("service_date").alias("day"))
    )
    held = window.points.filter(~pl.col("is_check") & pl.col("customer_id").is_not_null())
    in_use = (
        zero.join(held.select("usage_point_id", "valid_from", "valid_to"), on="usage_point_id")
        .filter(
            (pl.col("day") >= pl.col("valid_from"))
            & (pl.col("valid_to").is_null() | (pl.col("day") < pl.col("valid_to")))
        )
        .select("usage_point_id", "day")
        .unique()
    )
    ratios = (
        window.meters.sort("valid_from")
        .unique("usage_point_id", keep="last")
        .select("usage_point_id", "ratio")
    )
    return in_use.join(ratios, on="usage_point_id", how="left").with_columns(
        pl.col("ratio").fill_null(1.0)
    )


def _by_history(
    window: Window, rule: Rule, zero: pl.DataFrame, standing: pl.DataFrame
) -> pl.DataFrame:
    """Days without energy in runs that something speaks of; the whole run counts."""
    bridge = timedelta(days=rule.bridge_days + 1)
    breaks = (pl.col("day").diff().over("usage_point_id") > bridge).fill_null(value=False)
    numbered = zero.sort("usage_point_id", "day").with_columns(
        breaks.cum_sum().over("usage_point_id").alias("run")
    )
    before = _had_energy(window, rule, numbered)
    known = pl.concat(
        [
            before.select(_RUN),
            _goes_on(numbered, standing, bridge),
            _said(window, rule, numbered),
        ]
    ).unique()
    return (
        numbered.join(known, on=_RUN, how="semi")
        .join(before, on=_RUN, how="left")
        .with_columns(pl.lit("history").alias("basis"), pl.lit(0.5).alias("magnitude"))
        .drop("run")
    )


def _had_energy(window: Window, rule: Rule, numbered: pl.DataFrame) -> pl.DataFrame:
    """Runs before which there was energy on every day that was read, and its least [Wh].

    The very day before may be the one on which the meter stopped: it does not count.
    """
    starts = numbered.group_by(_RUN).agg(pl.col("day").min().alias("since"))
    read = window.totals.filter((pl.col("channel") == "import") & (pl.col("actual_slots") > 0))
    reach = timedelta(days=rule["history_days"])
    return (
        starts.join(read, on="usage_point_id")
        .filter(
            (pl.col("service_date") < pl.col("since") - timedelta(days=1))
            & (pl.col("service_date") >= pl.col("since") - reach)
        )
        .group_by(_RUN)
        .agg(pl.len().alias("days"), pl.col("energy_wh").min().alias("least_before_wh"))
        .filter(
            (pl.col("days") >= rule["least_history_days"])
            & (pl.col("least_before_wh") >= rule["least_daily_wh"])
        )
        .select(*_RUN, "least_before_wh")
    )


def _goes_on(numbered: pl.DataFrame, standing: pl.DataFrame, bridge: timedelta) -> pl.DataFrame:
    """Runs that follow a finding, and so have only days without energy behind them."""
    return (
        numbered.join(standing, left_on="usage_point_id", right_on="subject_id")
        .filter((pl.col("day") - pl.col("last_day")).is_between(timedelta(0), bridge))
        .select(_RUN)
    )


def _said(window: Window, rule: Rule, numbered: pl.DataFrame) -> pl.DataFrame:
    """Runs about which the meter spoke itself."""
    said = (
        window.events()
        .filter(pl.col("event_code") == _STOPPED_EVENT)
        .select("usage_point_id", window.local_day("occurred_at").alias("said_on"))
    )
    away = (pl.col("day") - pl.col("said_on")).dt.total_days().abs()
    near = numbered.join(said, on="usage_point_id").filter(away <= rule["history_days"])
    return near.select(_RUN)
