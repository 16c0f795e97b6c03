"""What a rule says of single days, and findings: runs of such days."""

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


def runs(rule: Rule, flagged: pl.DataFrame) -> pl.DataFrame:
    """FOUND: days of one subject that follow each other as one finding, its worst day's evidence.

    Days without the sign do not end it up to the rule's ``bridge_days``; runs of fewer days than
    ``min_days`` are left out.
    """
    days = flagged.with_columns(pl.lit(rule.name).alias("rule")).sort(*_SUBJECT, "day")
    gap = (pl.col("day") - pl.col("day").shift().over(_SUBJECT)).dt.total_days()
    starts = (gap.is_null() | (gap > rule.bridge_days + 1)).cum_sum().over(_SUBJECT)
    worst = pl.col("magnitude").fill_null(0.0).arg_max()
    return (
        days.with_columns(starts.alias("run"))
        .group_by(*_SUBJECT, "run", maintain_order=True)
        .agg(
            pl.col("day").min().alias("first_day"),
            pl.col("day").max().alias("last_day"),
            pl.col("day").n_unique().alias("days"),
            *(pl.col(c).get(worst) for c in ("magnitude", "value", "expected", "evidence")),
        )
        .filter(pl.col("days") >= rule.min_days)
        .select(pl.col(name).cast(dtype) for name, dtype in FOUND.items())
    )


def outside(held: pl.DataFrame, first_day: date, last_day: date) -> pl.DataFrame:
    """What of ``held`` findings (FOUND) lies before and after some days: the days in between go."""
    before = held.with_columns(
        pl.min_horizontal("last_day", pl.lit(first_day - timedelta(days=1))).alias("last_day")
    )
    after = held.with_columns(
        pl.max_horizontal("first_day", pl.lit(last_day + timedelta(days=1))).alias("first_day")
    )
    return pl.concat([before, after]).filter(pl.col("first_day") <= pl.col("last_day"))


def joined(pieces: pl.DataFrame, bridge_days: dict[str, int]) -> pl.DataFrame:
    """FOUND, pieces of one subject that follow each other being one finding again."""
    if pieces.is_empty():
        return pieces
    ordered = pieces.sort(*_SUBJECT, "first_day", "last_day")
    bridge = pl.col("rule").replace_strict(bridge_days, default=0, return_dtype=pl.Int64)
    gap = (pl.col("first_day") - pl.col("last_day").shift().over(_SUBJECT)).dt.total_days()
    starts = (gap.is_null() | (gap > bridge + 1)).cum_sum().over(_SUBJECT)
    worst = pl.col("magnitude").fill_null(0.0).arg_max()
    return (
        ordered.with_columns(starts.alias("run"))
        .group_by(*_SUBJECT, "run", maintain_order=True)
        .agg(
            pl.col("first_day").min(),
            pl.col("last_day").max(),
            *(pl.col(c).get(worst) for c in ("magnitude", "value", "expected", "evidence")),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in FOUND.items())
    )
