"""The load of another period, laid over this one."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.load.curve import READS as CURVE_READS
from queries.load.curve import Step, load_curve

RETURNS = pl.Schema(
    {
        "standard_start": pl.Datetime("us"),
        "other_start": pl.Datetime("us"),
        "energy_kwh": pl.Float64(),
        "load_kw": pl.Float64(),
    }
)
READS = CURVE_READS

_BY_THE_CALENDAR = ("1w", "1mo")


def load_comparison(  # noqa: PLR0913 - two periods, an area, a step, a channel
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    other_first_day: date,
    other_last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    step: Step = "1h",
    channel: str = "import",
    most_points: int | None = None,
) -> pl.DataFrame:
    """The curve of another period, placed where it falls on the period asked for.

    Steps up to a day fall on the same time since the first day; weeks and months, which differ in
    where they begin and how long they are, fall on the one of the same number.

    Returns:
        ``standard_start`` [standard time in the period asked for], ``other_start`` [standard time
        at which it really was], ``energy_kwh`` and ``load_kw`` as in ``load_curve``. What falls
        after the last day is left out.
    """
    other = load_curve(
        lake,
        first_day=other_first_day,
        last_day=other_last_day,
        area_kind=area_kind,
        area_id=area_id,
        region_id=region_id,
        step=step,
        channel=channel,
        most_points=most_points,
    ).select(pl.col("standard_start").alias("other_start"), "energy_kwh", "load_kw")
    if step in _BY_THE_CALENDAR:
        days = pl.date_range(first_day, last_day, "1d", eager=True).cast(pl.Datetime("us"))
        starts = days.dt.truncate(step).unique().sort().head(other.height)
        placed = other.head(len(starts)).with_columns(starts.alias("standard_start"))
    else:
        moved = pl.col("other_start") + (first_day - other_first_day)
        placed = other.with_columns(moved.alias("standard_start"))
        placed = placed.filter(pl.col("standard_start").dt.date() <= last_day)
    return placed.select(RETURNS.names())
