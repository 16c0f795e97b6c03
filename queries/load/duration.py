"""For how much of the time the load was at least so high."""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.load.curve import READS as CURVE_READS
from queries.load.curve import load_curve

RETURNS = pl.Schema({"time_share": pl.Float64(), "hours": pl.Float64(), "load_kw": pl.Float64()})
READS = CURVE_READS


def load_duration(  # noqa: PLR0913 - an area, a region, a period, a channel
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    channel: str = "import",
    most_points: int = 500,
) -> pl.DataFrame:
    """The load-duration curve (负荷持续曲线) from quarters of an hour.

    Returns:
        At most ``most_points`` rows, peak first: the load reaches ``load_kw`` [kW] or more in
        ``time_share`` [0–1] of the quarters of an hour that were read, which is ``hours`` [h]. The
        largest and the smallest load are always among them.
    """
    quarters = load_curve(
        lake,
        first_day=first_day,
        last_day=last_day,
        area_kind=area_kind,
        area_id=area_id,
        region_id=region_id,
        step="15m",
        channel=channel,
    )
    loads = quarters["load_kw"].drop_nulls().sort(descending=True)
    if loads.is_empty():
        return RETURNS.to_frame()
    at = np.unique(np.linspace(0, len(loads) - 1, min(most_points, len(loads))).round().astype(int))
    return pl.DataFrame(
        {"time_share": (at + 1) / len(loads), "hours": (at + 1) / 4, "load_kw": loads.gather(at)},
        schema=RETURNS,
    )
