"""Which channels of the fleet miss slots that were due."""

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from ingest.lake import Writer, scan_table
from ingest.validation.rules import Rules
from queries.schema import DAILY_TOTALS, ESTIMATIONS, USAGE_POINTS, Table

_CHANNEL = ["usage_point_id", "channel"]


@dataclass(frozen=True, slots=True)
class Span:
    """Days that are looked at: those to be filled, and the reach around them."""

    first_day: date
    last_day: date
    since: date
    until: date

    @property
    def days(self) -> list[date]:
        """Every day, reach included."""
        return [self.since + timedelta(days=n) for n in range((self.until - self.since).days + 1)]


def due_channels(writer: Writer, rules: Rules, span: Span) -> pl.DataFrame:
    """``first_due``, ``last_due`` and ``interval_minutes`` of every channel that was read."""
    wait = timedelta(days=int(rules.estimation["wait_days"]))
    read = (
        of_days(writer, DAILY_TOTALS, span.since, span.until)
        .filter(pl.col("actual_slots") > 0)
        .group_by(_CHANNEL)
        .agg(
            pl.col("service_date").min().alias("first_read"),
            pl.col("service_date").max().alias("last_read"),
            pl.col("interval_minutes").mode().min(),
        )
        .collect()
    )
    in_use = (
        scan_table(writer, USAGE_POINTS)
        .filter(pl.col("known_until").is_null())
        .group_by("usage_point_id")
        .agg(
            pl.col("valid_from").min(),
            pl.when(pl.col("valid_to").is_not_null().all()).then(pl.col("valid_to").max()),
        )
        .collect()
    )
    before_end = pl.col("valid_to") - timedelta(days=1)
    return (
        read.join(in_use, on="usage_point_id", how="left")
        .with_columns(
            pl.max_horizontal("first_read", "valid_from").alias("first_due"),
            pl.min_horizontal(pl.col("last_read") - wait, before_end).alias("last_due"),
        )
        .filter(
            (pl.col("first_due") <= pl.min_horizontal("last_due", pl.lit(span.last_day)))
            & (pl.col("last_due") >= span.first_day)
        )
        .select(*_CHANNEL, "first_due", "last_due", "interval_minutes")
    )


def with_gaps(writer: Writer, due: pl.DataFrame, span: Span, *, again: bool) -> pl.DataFrame:
    """Those of ``due`` that miss a slot, or have one that was estimated here."""
    totals = of_days(writer, DAILY_TOTALS, span.first_day, span.last_day).collect()
    there = pl.col("actual_slots") + pl.col("estimated_slots")
    full = (
        totals.join(due, on=_CHANNEL)
        .filter(pl.col("service_date").is_between(pl.col("first_due"), pl.col("last_due")))
        .group_by(_CHANNEL)
        .agg((there >= pl.col("expected_slots")).sum().alias("full_days"))
    )
    last = pl.min_horizontal("last_due", pl.lit(span.last_day))
    days = (last - pl.max_horizontal("first_due", pl.lit(span.first_day))).dt.total_days() + 1
    gaps = due.join(full, on=_CHANNEL, how="left").filter(pl.col("full_days").fill_null(0) < days)
    found = [gaps.select(due.columns)]
    if again:
        ours = of_days(writer, ESTIMATIONS, span.first_day, span.last_day).select(_CHANNEL)
        found.append(due.join(ours.unique().collect(), on=_CHANNEL, how="semi"))
    return pl.concat(found).unique(_CHANNEL)


def known(writer: Writer, table: Table) -> pl.DataFrame:
    """A reference table as known now."""
    return scan_table(writer, table).filter(pl.col("known_until").is_null()).collect()


def of_days(writer: Writer, table: Table, first_day: date, last_day: date) -> pl.LazyFrame:
    """The rows of some days."""
    months = pl.lit(f"{first_day:%Y-%m}"), pl.lit(f"{last_day:%Y-%m}")
    return scan_table(writer, table).filter(
        pl.col("service_month").is_between(*months)
        & pl.col("service_date").is_between(first_day, last_day)
    )
