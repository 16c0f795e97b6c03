"""How forecasts stand against what came."""

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.forecasting.bands import QUANTILES
from queries.load.forecast_curve import BANDS
from queries.stored_forecasts import READS as STORED_READS
from queries.stored_forecasts import checked, slot_starts

RETURNS = pl.Schema(
    {
        "standard_start": pl.Datetime("us"),
        "issued_at": pl.Datetime("us", "UTC"),
        "is_made_afterwards": pl.Boolean(),
        "load_kw": pl.Float64(),
        "low_80_kw": pl.Float64(),
        "high_80_kw": pl.Float64(),
        "low_95_kw": pl.Float64(),
        "high_95_kw": pl.Float64(),
        "actual_kw": pl.Float64(),
    }
)
READS = STORED_READS


def forecast_against_actual(
    lake: DuckDBPyConnection, *, series_id: str, days: int = 7
) -> pl.DataFrame:
    """The day-ahead forecasts of the last days that were read, beside what came.

    Args:
        lake: From ``queries.lake.open_lake``.
        series_id: As ``forecast_series`` names them.
        days: How many of the last days; 1 is the last one.

    Returns:
        Median and bands [kW] as stored before the day, ``actual_kw`` as read since. A forecast
        ``is_made_afterwards`` if it was stored when its day was over, though from nothing that
        became known on that day. Null: not read.
    """
    held = checked(lake, series_id)
    if held is None:
        return RETURNS.to_frame()
    stored = held.stored
    slots = held.actual.shape[1]
    last = slice(-days, None)
    return pl.DataFrame(
        {
            "standard_start": slot_starts(stored.days[last], slots),
            "issued_at": [issued for issued in stored.issued_at[last] for _ in range(slots)],
            "is_made_afterwards": np.repeat(stored.is_made_afterwards[last], slots),
            **{
                name: stored.quantiles[last, :, QUANTILES.index(level)].ravel()
                for name, level in BANDS.items()
            },
            "actual_kw": held.actual[last].ravel(),
        },
        schema=RETURNS,
    ).with_columns(pl.col("actual_kw").fill_nan(None))
