"""What an area has needed so far."""

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.market.history import READS as HISTORY_READS
from queries.market.history import history_of

RETURNS = pl.Schema(
    {
        "region_id": pl.String(),
        "industry": pl.String(),
        "sector": pl.String(),
        "month": pl.Date(),
        "energy_kwh": pl.Float64(),
        "peak_kw": pl.Float64(),
        "readings_share": pl.Float64(),
    }
)
READS = HISTORY_READS


def outlook_history(lake: DuckDBPyConnection, *, region_id: str | None = None) -> pl.DataFrame:
    """Energy and highest load by region, industry and month, of whole months.

    Args:
        lake: From ``queries.lake.open_lake``.
        region_id: Only what lies in this region; None is every region in the user's scope.

    Returns:
        A row a region, ``industry`` (section of GB/T 4754, ``households``, or ``-`` where no
        register says) and ``month``: ``energy_kwh`` [kWh, of gaps each point's mean power of the
        month], ``peak_kw`` [kW, highest quarter of an hour] and ``readings_share`` [0–1, of what
        was due]. Null where nothing was read.
    """
    history = history_of(region_id, lake)
    segments = history.segments
    if segments.is_empty():
        return RETURNS.to_frame()
    day_kw = np.nan_to_num(history.load_kw, nan=-np.inf).max(axis=2)
    first = np.searchsorted(history.month_of_day, np.arange(len(history.months)))
    peak_kw = np.maximum.reduceat(day_kw, first, axis=1)
    shape = history.energy_kwh.shape
    place = np.repeat(np.arange(shape[0]), shape[1])
    rows = segments[place].select("region_id", "industry", "sector")
    return rows.with_columns(
        pl.Series("month", history.months * shape[0], dtype=pl.Date),
        pl.Series("energy_kwh", history.energy_kwh.ravel()).fill_nan(None),
        pl.Series("peak_kw", np.where(np.isinf(peak_kw), np.nan, peak_kw).ravel()).fill_nan(None),
        pl.Series("readings_share", history.readings_share.ravel()).fill_nan(None),
    ).select(RETURNS.names())
