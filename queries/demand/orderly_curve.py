"""The day of a roster at 15 minutes: its load, its reference and what it was left."""

from datetime import date, datetime, time, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.orderly_kept import BY_PLAN, Asked, kept_of
from queries.demand.orderly_kept import READS as KEPT_READS
from queries.demand.orderly_terms import Level
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY

RETURNS = pl.Schema(
    {
        "standard_start": pl.Datetime("us"),
        "load_kw": pl.Float64(),
        "reference_kw": pl.Float64(),
        "limit_kw": pl.Float64(),
        "customers": pl.Int64(),
    }
)
READS = KEPT_READS


def orderly_curve(  # noqa: PLR0913 - as ``orderly_follow_up``
    lake: DuckDBPyConnection,
    *,
    plan_id: str,
    service_date: date,
    level: Level = "IV",
    from_minute: int = 17 * 60,
    until_minute: int = 20 * 60,
    reference: str = BY_PLAN,
    roster_version: int | None = None,
) -> pl.DataFrame:
    """The whole roster together, quarter by quarter; inputs are those of ``orderly_follow_up``.

    Returns:
        96 rows: ``load_kw`` of the customers that were read in that quarter and have a reference in
        the hours asked about, ``customers`` of them, their ``reference_kw`` (the plan's: in these
        hours only) and ``limit_kw`` (null outside them). Null: nobody was read. No row where the
        roster is empty.

    Raises:
        OrderlyError: as ``orderly_kept.kept_of``.
    """
    asked = Asked(
        plan_id, service_date, level, from_minute, until_minute, reference, roster_version
    )
    kept = kept_of(lake, asked)
    if kept.roster.is_empty():
        return RETURNS.to_frame()
    has_reference = ~np.isnan(kept.reference_kw[:, asked.steps]).any(axis=1, keepdims=True)
    is_read = ~np.isnan(kept.load_kw) & has_reference
    is_asked = np.zeros(SLOTS_PER_DAY, dtype=bool)
    is_asked[asked.steps] = True
    begin = datetime.combine(service_date, time())
    columns = {
        "load_kw": _together(kept.load_kw, is_read),
        "reference_kw": _together(kept.reference_kw, is_read),
        "limit_kw": np.where(is_asked, _together(kept.limit_kw, is_read), np.nan),
    }
    return pl.DataFrame(
        {
            "standard_start": [
                begin + timedelta(minutes=SLOT_MINUTES * step) for step in range(SLOTS_PER_DAY)
            ],
            **{name: pl.Series(values).fill_nan(None) for name, values in columns.items()},
            "customers": is_read.sum(axis=0),
        }
    ).cast(RETURNS)


def _together(values_kw: np.ndarray, is_read: np.ndarray) -> np.ndarray:
    """Sum over those read (96,); NaN where nobody was, or somebody has no value."""
    total = np.where(is_read, values_kw, 0.0).sum(axis=0)
    return np.where(is_read.any(axis=0), total, np.nan)
