"""Readings on one clock, in one order, one a time.

A frame of readings has the columns ``usage_point_id``, ``channel``, ``at`` (Datetime without zone),
``is_utc``, ``value`` and ``line``, and those of ``interval_minutes``, ``ratio``, ``quality`` and
``issued_at`` that the file has.
"""

from datetime import timedelta
from zoneinfo import ZoneInfo

import polars as pl

from ingest.batch import EXCERPT_CHARACTERS, REJECTS
from ingest.collectors.table.profile import TableProfile
from ingest.local_time import has_daylight_saving, resolve_wall_clock, standard_to_utc
from ingest.profiles import QUALITY_RANK

_RUN = ["usage_point_id", "channel"]


def refused(
    rows: pl.DataFrame, reason: str | pl.Expr, field: str, excerpt: str, *, clock: str = " UTC"
) -> pl.DataFrame:
    """REJECTS for readings; the excerpt is meter, time (and its clock), and column ``excerpt``."""
    return rows.select(
        pl.col("line"),
        pl.lit(None, pl.Int64).alias("byte"),
        pl.lit(field).alias("field"),
        (pl.lit(reason) if isinstance(reason, str) else reason).alias("reason"),
        pl.concat_str(
            "usage_point_id",
            pl.col("at").dt.strftime(f"%Y-%m-%d %H:%M:%S{clock}"),
            pl.col(excerpt).cast(pl.String),
            separator=" ",
            ignore_nulls=True,
        )
        .str.slice(0, EXCERPT_CHARACTERS)
        .alias("excerpt"),
    ).match_to_schema(REJECTS)


def in_utc(
    readings: pl.DataFrame, profile: TableProfile, zone: ZoneInfo
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """``at`` in UTC by the profile's clock, and rejects for hours that are skipped or repeated."""
    none = pl.DataFrame(schema=REJECTS)
    if profile.clock == "utc" or readings.is_empty() or readings["is_utc"].all():
        return readings, none
    years = sorted(readings["at"].dt.year().unique().to_list())
    if profile.clock == "standard" or not has_daylight_saving(zone, years):
        shifted = standard_to_utc(pl.col("at"), zone, years)
        at = (
            pl.when("is_utc").then("at").otherwise(shifted) if readings["is_utc"].any() else shifted
        )
        return readings.with_columns(at.alias("at")), none
    resolved = resolve_wall_clock(readings.with_columns(pl.col("at").alias("clock")), zone)
    skipped = resolved.filter(pl.col("problem") == "skipped").with_columns(at="clock")
    single = resolved.filter(pl.col("problem") == "single").with_columns(at="clock")
    rejects = [
        refused(
            skipped,
            f"this hour does not exist in {zone.key}: the clock skips it in spring; "
            f'if the file is in standard time, write clock = "standard" into its profile',
            "time",
            "value",
            clock="",
        ),
        refused(
            single,
            f"this hour comes twice in {zone.key} and the file has it once: kept as the first "
            f"(daylight saving) one",
            "time",
            "value",
            clock="",
        ),
    ]
    kept = resolved.filter(pl.col("problem").is_null() | (pl.col("problem") != "skipped"))
    return kept.drop("problem", "clock"), pl.concat(rejects)


def _new_run() -> pl.Expr:
    return (pl.col("usage_point_id") != pl.col("usage_point_id").shift()) | (
        pl.col("channel") != pl.col("channel").shift()
    )


def in_order(readings: pl.DataFrame) -> pl.DataFrame:
    """Sorted by usage point, channel and time, with ``run`` numbering usage point and channel."""
    numbered = readings.with_columns(_new_run().fill_null(value=True).cum_sum().alias("run"))
    runs = numbered["run"].max()
    step = pl.col("at").diff() >= timedelta(0)
    rising = numbered.select((step | (pl.col("run") != pl.col("run").shift())).all()).item()
    if (
        rising
        and runs
        == numbered.select(
            pl.struct(_RUN).filter(_new_run().fill_null(value=True)).n_unique()
        ).item()
    ):
        return numbered
    ordered = readings.sort(*_RUN, "at", "line")
    return ordered.with_columns(_new_run().fill_null(value=True).cum_sum().alias("run"))


def without_duplicates(
    readings: pl.DataFrame, profile: TableProfile
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One reading a time: better quality, then later issue, then larger value, as the lake does.

    What disagrees at equal quality and issue time is reported with the value that was kept.
    """
    none = pl.DataFrame(schema=REJECTS)
    same = (pl.col("at") == pl.col("at").shift()) & (pl.col("run") == pl.col("run").shift())
    follows = readings.select(same.fill_null(value=False)).to_series()
    if not follows.any():
        return readings, none
    key = ["run", "at", *(["interval_minutes"] if "interval_minutes" in readings.columns else [])]
    involved = follows | follows.shift(-1, fill_value=False)
    rank, issued = _rank_and_issue(readings)
    doubled = (
        readings.with_row_index("row")
        .filter(involved)
        .with_columns(rank, issued)
        .sort("value", "line", descending=[True, False], nulls_last=True)
        .sort("rank", "issue", descending=[False, True], nulls_last=True, maintain_order=True)
    )
    # A missing value never beats one that is there.
    doubled = pl.concat(
        [doubled.filter(pl.col("value").is_not_null()), doubled.filter(pl.col("value").is_null())]
    )
    doubled = doubled.with_columns(
        pl.col("row").first().over(key).alias("winner"),
        pl.col("value").first().over(key).alias("kept"),
        (pl.col("rank") == pl.col("rank").first().over(key)).alias("as_good"),
        pl.col("issue").eq_missing(pl.col("issue").first().over(key)).alias("as_new"),
    )
    losers = doubled.filter(pl.col("row") != pl.col("winner"))
    conflicts = losers.filter("as_good", "as_new", pl.col("value") != pl.col("kept"))
    reason = pl.format(
        "two values for one interval at equal quality: kept {}, not {}",
        pl.col("kept"),
        pl.col("value"),
    )
    keep = ~readings.with_row_index("row")["row"].is_in(losers["row"].implode())
    field = next(iter(profile.columns.get("value", ())), "value")
    return readings.filter(keep), refused(conflicts.sort("line"), reason, field, "value")


def _rank_and_issue(readings: pl.DataFrame) -> tuple[pl.Expr, pl.Expr]:
    quality = pl.col("quality") if "quality" in readings.columns else pl.lit(None, pl.String)
    issued = (
        pl.col("issued_at")
        if "issued_at" in readings.columns
        else pl.lit(None, pl.Datetime("us", "UTC"))
    )
    rank = quality.fill_null("A").replace_strict(QUALITY_RANK, default=9, return_dtype=pl.UInt8)
    return rank.alias("rank"), issued.alias("issue")
