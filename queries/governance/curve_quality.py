"""What of one usage point's curve was read, what estimated, and how?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.run import run_sql

RETURNS = pl.Schema(
    {
        "interval_start": pl.Datetime("us", "UTC"),
        "local_start": pl.Datetime("us"),
        "service_date": pl.Date(),
        "interval_minutes": pl.Int16(),
        "energy_kwh": pl.Float64(),
        "load_kw": pl.Float64(),
        "quality": pl.String(),
        "method": pl.String(),
        "replaced_kwh": pl.Float64(),
    }
)
READS: tuple[str, ...] = ("energy_profiles", "energy_profiles_superseded", "estimations")


def curve_quality(
    lake: DuckDBPyConnection,
    *,
    usage_point_id: str,
    first_day: date,
    last_day: date,
    channel: str = "import",
) -> pl.DataFrame:
    """Every interval of one usage point: its energy, whether it was read, and how else it came.

    Returns:
        One row an interval of each day with any reading. ``quality`` is A (actual), S
        (substituted), E (estimated) or N (missing: ``energy_kwh`` [kWh] and ``load_kw`` [kW] are
        null, never 0); ``method`` is how Fenggu estimated it, null where nothing was or the source
        did; ``replaced_kwh`` is the value that last stood there before, null where none did.
    """
    return run_sql(
        lake,
        "governance/curve_quality",
        RETURNS,
        usage_point_id=usage_point_id,
        first_day=first_day,
        last_day=last_day,
        channel=channel,
    )
