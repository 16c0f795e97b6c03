"""How much is short at each level of warning, and by what is it covered?"""

from datetime import date, datetime, time

import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.orderly_plan import READS as PLAN_READS
from queries.demand.orderly_plan import orderly_plan
from queries.demand.orderly_terms import LEVELS, read_terms

RETURNS = pl.Schema(
    {
        "level": pl.String(),
        "level_share": pl.Float64(),
        "shortage_kw": pl.Float64(),
        "agreed_kw": pl.Float64(),
        "shift_kw": pl.Float64(),
        "avoid_kw": pl.Float64(),
        "limit_kw": pl.Float64(),
        "uncovered_kw": pl.Float64(),
        "customers": pl.Int64(),
        "maximum_kw": pl.Float64(),
        "maximum_at": pl.Datetime("us"),
        "reference_days": pl.List(pl.Date()),
    }
)
READS = PLAN_READS


def orderly_levels(  # noqa: PLR0913 - a district, a period, terms, a year
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
    terms: str = "",
    year: int | None = None,
) -> pl.DataFrame:
    """The four levels of a plan of orderly use: what is short, and what covers it.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First day of the period it is worked out from, included.
        last_day: Last day, included.
        region_id: Only this region; None: all in the user's scope.
        terms: JSON of ``orderly_terms.Terms``.
        year: Calendar year of which called days count; None: that of ``last_day``.

    Returns:
        A row a level, the mildest first: ``shortage_kw`` = ``agreed_kw`` (demand response) +
        ``shift_kw`` + ``avoid_kw`` + ``limit_kw`` + ``uncovered_kw`` [kW], of how many
        ``customers`` (usage points with a quota). ``maximum_kw`` is the highest hour of the
        plan's months, which ``level_share`` [0–1] is of, at ``maximum_at`` [standard time]. No row
        where nothing was read.
    """
    asked = {"first_day": first_day, "last_day": last_day, "region_id": region_id}
    plan = orderly_plan(lake, **asked, terms=terms, year=year)
    if plan.maximum is None:
        return RETURNS.to_frame()
    maximum_kw, day, hour = plan.maximum
    shares = read_terms(terms).level_shares
    rows = []
    for level, need_kw, shared in zip(LEVELS, plan.needs_kw, plan.shared, strict=True):
        by_measure = shared.quota_kw.sum(axis=1).tolist()
        agreed_kw = min(plan.agreed_kw, need_kw)
        customers = int((shared.quota_kw.sum(axis=0) > 0).sum())
        rows.append(
            (level, shares[level], need_kw, agreed_kw, *by_measure, shared.uncovered_kw, customers)
        )
    found = pl.DataFrame(rows, schema=RETURNS.names()[:9], orient="row")
    return found.with_columns(
        pl.lit(maximum_kw).alias("maximum_kw"),
        pl.lit(datetime.combine(day, time(hour))).alias("maximum_at"),
        pl.Series("reference_days", [list(plan.reference_days)] * found.height),
    ).cast(RETURNS)
