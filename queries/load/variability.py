"""How much and how unsteadily each usage point draws."""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.fleet import LEAST_READINGS_SHARE, choose_fleet
from queries.step_loads import READS as STEP_READS
from queries.step_loads import load_blocks

_STATISTICS = {
    "annual_energy_kwh": pl.Float64(),
    "maximum_kw": pl.Float64(),
    "load_factor_share": pl.Float64(),
    "zero_share": pl.Float64(),
    "variation_coefficient": pl.Float64(),
    "quantile_95_ratio": pl.Float64(),
    "quantile_99_ratio": pl.Float64(),
    "lag_step_correlation": pl.Float64(),
    "lag_day_correlation": pl.Float64(),
}
RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_class": pl.String(),
        **_STATISTICS,
        "readings_share": pl.Float64(),
        "spread_share": pl.Float64(),
        "left_out_points": pl.Int64(),
    }
)
READS = STEP_READS

MEASURES = tuple(_STATISTICS)
"""The columns of an answer that are statistics of a point."""

_HOURS_PER_YEAR = 8760


def variability(  # noqa: PLR0913 - an area, a period, a step, what is enough
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    channel: str = "import",
    step_minutes: int = 30,
    least_readings_share: float = LEAST_READINGS_SHARE,
) -> pl.DataFrame:
    """Size, load factor, zeros, spread and persistence of each usage point's load.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First service date, included.
        last_day: Last service date, included.
        area_kind: What ``area_id`` names.
        area_id: The place, class, account or usage point.
        region_id: Only what lies in this region; None is every region in the user's scope.
        channel: ``import``, ``export`` …
        step_minutes: The load is the mean over steps of this length; every figure but the energy
            depends on it. Meters that read less often are spread, which makes them look steadier.
        least_readings_share: Points that reported less of the period are left out [0–1].

    Returns:
        One row a usage point, over the steps that were wholly read: ``annual_energy_kwh`` [mean
        load × 8,760 h], ``maximum_kw``, ``load_factor_share`` [0–1, mean / maximum, 负荷率],
        ``zero_share`` [0–1, of the steps: exactly nothing], ``variation_coefficient`` [standard
        deviation / mean], ``quantile_95_ratio`` and ``quantile_99_ratio`` [smallest load that 95 or
        99 % of the steps do not exceed / mean], ``lag_step_correlation`` and
        ``lag_day_correlation`` [autocorrelation with the step before and the same step of the day
        before: mean product of deviations over the pairs both read / variance]. Ratios of a point
        that draws nothing, and correlations of one that never changes, are null.
        ``left_out_points`` is said on every row.
    """
    fleet = choose_fleet(
        lake,
        first_day=first_day,
        last_day=last_day,
        area_kind=area_kind,
        area_id=area_id,
        region_id=region_id,
        channel=channel,
        step_minutes=step_minutes,
        least_readings_share=least_readings_share,
    )
    parts = [
        fleet.points.slice(block.first, len(block.load_kw))
        .with_columns(
            **_statistics(block.load_kw, fleet.steps_per_day),
            spread_share=block.spread_share,
            left_out_points=pl.lit(fleet.left_out_points, pl.Int64),
        )
        .with_columns(pl.col(*MEASURES).fill_nan(None))
        .select(RETURNS.names())
        for block in load_blocks(lake, fleet)
    ]
    return pl.concat(parts) if parts else RETURNS.to_frame()


def _statistics(load_kw: np.ndarray, steps_per_day: int) -> dict[str, np.ndarray]:
    """Every measure of the points (points,) from their loads (points, steps); NaN where none."""
    is_read = ~np.isnan(load_kw)
    read = is_read.sum(axis=1)
    loads = np.where(is_read, load_kw, 0).astype(np.float64)
    ordered = np.sort(load_kw, axis=1)  # what is missing comes last
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_kw = loads.sum(axis=1) / read
        deviation = np.where(is_read, loads - mean_kw[:, None], 0)
        variance = np.einsum("ps,ps->p", deviation, deviation) / read
        maximum_kw = _quantile(ordered, read, 1.0)
        return {
            "annual_energy_kwh": mean_kw * _HOURS_PER_YEAR,
            "maximum_kw": maximum_kw,
            "load_factor_share": mean_kw / maximum_kw,
            "zero_share": (load_kw == 0).sum(axis=1) / read,
            "variation_coefficient": np.sqrt(variance) / mean_kw,
            "quantile_95_ratio": _quantile(ordered, read, 0.95) / mean_kw,
            "quantile_99_ratio": _quantile(ordered, read, 0.99) / mean_kw,
            "lag_step_correlation": _correlation(deviation, is_read, variance, 1),
            "lag_day_correlation": _correlation(deviation, is_read, variance, steps_per_day),
        }


def _quantile(ordered: np.ndarray, read: np.ndarray, share: float) -> np.ndarray:
    """The smallest value that ``share`` of the ``read`` first ones do not exceed."""
    place = np.maximum(np.ceil(share * read).astype(int) - 1, 0)
    return ordered[np.arange(len(ordered)), place].astype(np.float64)


def _correlation(
    deviation: np.ndarray, is_read: np.ndarray, variance: np.ndarray, lag: int
) -> np.ndarray:
    pairs = (is_read[:, lag:] & is_read[:, :-lag]).sum(axis=1)
    product = np.einsum("ps,ps->p", deviation[:, lag:], deviation[:, :-lag])
    return np.where(variance > 0, product / pairs / variance, np.nan)
