"""What a rule says of single days, and findings: runs of such days."""

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from ingest.validation.rules import Rule
from queries.schema import FINDINGS

FLAGS = pl.Schema(
    {
        "what": pl.String(),  # usage_point, transformer, meter, terminal
        "subject_id": pl.String(),
        "found_in": pl.String(),  # table and column
        "day": pl.Date(),
        "magnitude": pl.Float64(),  # in the unit of the rule; the largest day speaks for a run
        "value": pl.String(),
        "expected": pl.String(),
        "evidence": pl.String(),  # JSON
    }
)
"""One row a subject and day on which a rule saw its sign."""

FOUND = pl.Schema(
    {n: t for n, t in FINDINGS.schema.items() if n not in {"batch_id", "received_at"}}
)
"""``findings`` without the columns that the lake adds."""

_SUBJECT = ["rule", "what", "subject_id", "found_in"]


def flags(
    rows: pl.DataFrame, *, what: str, found_in: pl.Expr | str, evidence: list[str | pl.Expr]
) -> pl.DataFrame:
    """FLAGS of rows that have ``subject_id``, ``day``, ``magnitude``, ``value``, ``expected``."""
    place = pl.lit(found_in) if isinstance(found_in, str) else found_in
    return rows.select(
        pl.lit(what).alias("what"),
        pl.col("subject_id").cast(pl.String),
        place.alias("found_in"),
        "day",
        pl.col("magnitude").cast(pl.Float64),
        pl.col("value").cast(pl.String),
        pl.col("expected").cast(pl.String),
        pl.struct(evidence).struct.json_encode().alias("evidence"),
    )


def pieces(rule: str, flagged: pl.DataFrame) -> pl.DataFrame:
    """FOUND: every day on which ``rule`` saw its sign, by itself."""
    days = flagged.with_columns(
        pl.lit(rule).alias("rule"),
        pl.col("day").alias("first_day"),
        pl.col("day").alias("last_day"),
    )
    return days.select(pl.col(name).cast(dtype) for name, dtype in FOUND.items())


def outside(held: pl.DataFrame, first_day: date, last_day: date) -> pl.DataFrame:
    """What of ``held`` findings (FOUND) lies before and after some days: the days in between go."""
    before = held.with_columns(
        pl.min_horizontal("last_day", pl.lit(first_day - timedelta(days=1))).alias("last_day")
    )
    after = held.with_columns(
        pl.max_horizontal("first_day", pl.lit(last_day + timedelta(days=1))).alias("first_day")
    )
    return pl.concat([before, after]).filter(pl.col("first_day") <= pl.col("last_day"))


def runs(rules: Mapping[str, Rule], parts: pl.DataFrame) -> pl.DataFrame:
    """FOUND: pieces of one subject that follow each other as one finding, its worst day's evidence.

    Days without the sign do not end it up to the rule's ``bridge_days``; runs of fewer days than
    ``min_days`` are left out.
    """
    ordered = parts.sort(*_SUBJECT, "first_day", "last_day")
    bridge, least = (
        pl.col("rule").replace_strict(
            {name: getattr(rule, field) for name, rule in rules.items()}, return_dtype=pl.Int64
        )
        for field in ("bridge_days", "min_days")
    )
    gap = (pl.col("first_day") - pl.col("last_day").shift().over(_SUBJECT)).dt.total_days()
    starts = (gap.is_null() | (gap > bridge + 1)).cum_sum().over(_SUBJECT)
    worst = pl.col("magnitude").fill_null(0.0).arg_max()
    days = (pl.col("last_day") - pl.col("first_day")).dt.total_days() + 1
    return (
        ordered.with_columns(starts.alias("run"), days.alias("days"), least.alias("least"))
        .group_by(*_SUBJECT, "run", maintain_order=True)
        .agg(
            pl.col("first_day").min(),
            pl.col("last_day").max(),
            pl.col("days").sum(),
            pl.col("least").first(),
            *(pl.col(c).get(worst) for c in ("magnitude", "value", "expected", "evidence")),
        )
        .filter(pl.col("days") >= pl.col("least"))
        .select(pl.col(name).cast(dtype) for name, dtype in FOUND.items())
    )
