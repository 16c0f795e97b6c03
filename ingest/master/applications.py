"""What an application (业扩报装) says of itself must agree: kind, capacity, days, status."""

from collections.abc import Mapping

import polars as pl

from ingest.batch import EXCERPT_CHARACTERS, REJECTS
from ingest.master.sheets import LINE

KINDS = (
    "new",
    "increase",
    "decrease",
    "suspension",
    "resumption",
    "cancellation",
    "transfer",
    "other",
)
STATUSES = ("applied", "approved", "done", "withdrawn", "refused")
_ENDED = ("withdrawn", "refused")
_OF_CAPACITY = ("new", "increase", "decrease")
"""Kinds that mean nothing without a capacity; the others may leave it to the register."""


def checked(rows: pl.DataFrame, headers: Mapping[str, str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows that agree with themselves, and what is wrong with the others.

    Where a file says no status, its days do: done, approved or applied.

    Args:
        rows: Of table ``contract_applications`` with LINE.
        headers: The file's own names of the columns it has.
    """
    said = rows.with_columns(
        pl.coalesce(
            "status",
            pl.when(pl.col("energised_on").is_not_null())
            .then(pl.lit("done"))
            .when(pl.col("approved_on").is_not_null())
            .then(pl.lit("approved"))
            .otherwise(pl.lit("applied")),
        ).alias("status")
    )
    wrong = [
        _wrong(said, headers, column, condition, reason) for column, condition, reason in _rules()
    ]
    refused = pl.concat([pl.DataFrame(schema=REJECTS), *wrong])
    return said.filter(~pl.col(LINE).is_in(refused["line"].to_list())), refused


def _rules() -> list[tuple[str, pl.Expr, str]]:
    """Column to blame, what is wrong, and the words for it."""
    capacity, applied = pl.col("capacity_kva"), pl.col("applied_on")
    approved, energised = pl.col("approved_on"), pl.col("energised_on")
    status = pl.col("status")
    return [
        (
            "capacity_kva",
            pl.col("kind").is_in(_OF_CAPACITY) & capacity.is_null(),
            "'{}': an application of this kind needs the capacity asked for, in kVA",
        ),
        (
            "capacity_kva",
            capacity < 0,
            "'{}' is below 0; give what comes or goes without a sign, its kind says which",
        ),
        (
            "approved_on",
            approved < applied,
            "'{}' is before the day of the application; correct one of the two",
        ),
        (
            "energised_on",
            energised < pl.coalesce(approved, applied),
            "'{}' is before the application or its approval; correct one of them",
        ),
        (
            "energised_on",
            (status == "done") & energised.is_null(),
            "'{}': an application that is done needs the day on which it was",
        ),
        (
            "status",
            status.is_in(_ENDED) & energised.is_not_null(),
            "'{}' does not go with a day of energising; correct one of the two",
        ),
    ]


def _wrong(
    rows: pl.DataFrame, headers: Mapping[str, str], column: str, condition: pl.Expr, reason: str
) -> pl.DataFrame:
    shown = pl.col(column).cast(pl.String).fill_null("").str.slice(0, EXCERPT_CHARACTERS)
    return rows.filter(condition).select(
        pl.col(LINE).alias("line"),
        pl.lit(None, pl.Int64).alias("byte"),
        pl.lit(headers.get(column, column)).alias("field"),
        pl.format(reason, shown).alias("reason"),
        shown.alias("excerpt"),
    )
