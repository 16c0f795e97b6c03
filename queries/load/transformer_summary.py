"""How one transformer area did over a period."""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.grid.areas import grid_areas
from queries.grid.limits import GridLimits, shipped_limits
from queries.grid.loads import READS as LOADS_READS
from queries.grid.loads import area_loads
from queries.grid.measures import READS as MEASURES_READS
from queries.grid.measures import imbalance_share, measures
from queries.load.phase_moves import weighted_imbalance
from queries.schema import SLOT_MINUTES

RETURNS = pl.Schema(
    {
        "peak_kva": pl.Float64(),
        "peak_share": pl.Float64(),
        "peak_at": pl.Datetime("us"),
        "mean_share": pl.Float64(),
        "heavy_hours": pl.Float64(),
        "overload_hours": pl.Float64(),
        "longest_heavy_hours": pl.Float64(),
        "reverse_hours": pl.Float64(),
        "judged_hours": pl.Float64(),
        "imbalance_hours": pl.Float64(),
        "mean_imbalance_share": pl.Float64(),
        "readings_share": pl.Float64(),
        "is_metered": pl.Boolean(),
        "is_assumed": pl.Boolean(),
    }
)
READS = tuple(dict.fromkeys((*LOADS_READS, *MEASURES_READS)))
_HOURS = SLOT_MINUTES / 60


def transformer_summary(
    lake: DuckDBPyConnection,
    *,
    transformer_id: str,
    first_day: date,
    last_day: date,
    limits: GridLimits | None = None,
) -> pl.DataFrame:
    """Loading and imbalance of one transformer area (台区) over these days, in one row.

    Returns:
        ``peak_kva`` and ``peak_share`` at ``peak_at``; ``mean_share`` of the quarters read;
        ``heavy_hours`` at or above the limit of heavy loading and ``overload_hours`` above the one
        of overload, ``longest_heavy_hours`` at a stretch; ``reverse_hours`` fed back;
        ``judged_hours`` with currents at a loading at which imbalance is judged,
        ``imbalance_hours`` of them beyond the limit; ``mean_imbalance_share`` weighted by the
        largest current, Σ(max − min) ÷ Σ max, at any loading; ``readings_share`` of the quarters of
        these days. Null: nothing was read, or no currents.
    """
    judged = limits or shipped_limits()
    areas = grid_areas(lake, "transformer", area_id=transformer_id)
    if areas.is_empty():
        return RETURNS.to_frame()
    days = {"first_day": first_day, "last_day": last_day}
    loads = area_loads(lake, "transformer", areas, **days, limits=judged)
    current_a = np.abs(measures(lake, "current", areas["meter_id"].fill_null(""), **days))
    share, uneven = loads.loading_share[0], imbalance_share(current_a)[0]
    is_read = ~np.isnan(loads.load_kw[0])
    is_judged = (share > judged.imbalance_from_share) & ~np.isnan(uneven)
    row = {
        "heavy_hours": (share >= judged.heavy_share).sum() * _HOURS,
        "overload_hours": (share > judged.overload_share).sum() * _HOURS,
        "longest_heavy_hours": _longest(share >= judged.heavy_share, is_read) * _HOURS,
        "reverse_hours": (loads.load_kw[0] < 0).sum() * _HOURS,
        "judged_hours": is_judged.sum() * _HOURS,
        "imbalance_hours": (is_judged & (uneven > judged.imbalance_share)).sum() * _HOURS,
        "mean_imbalance_share": weighted_imbalance(current_a[0]),
        "readings_share": is_read.mean(),
        "is_metered": bool(loads.is_metered[0]),
        "is_assumed": bool(loads.is_assumed[0].any()),
    }
    if is_read.any():
        peak = int(np.nanargmax(loads.apparent_kva[0]))
        row |= {
            "peak_kva": loads.apparent_kva[0, peak],
            "peak_share": share[peak],
            "peak_at": loads.start_of(peak),
            "mean_share": share[is_read].mean(),
        }
    return pl.DataFrame([row], schema=RETURNS).fill_nan(None)


def _longest(holds: np.ndarray, is_known: np.ndarray) -> int:
    """Slots of the longest stretch; what is not known does not end it, nor count."""
    longest = length = 0
    for one in holds[is_known]:
        length = length + 1 if one else 0
        longest = max(longest, length)
    return longest
