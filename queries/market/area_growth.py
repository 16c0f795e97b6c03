"""What an area grows faster or slower than its sectors: its own growth, weighed against chance.

An area of a dozen customers grows by 10 % because one of them bought a stove. What its two years
show is therefore drawn towards the others' mean as far as its standard error is wide (empirical
Bayes with a known spread of areas; Efron & Morris 1975, "Data analysis using Stein's estimator and
its generalizations", JASA 70).
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.grid.areas import Kind
from queries.lake import LakeState, lake_state
from queries.load.growth import READS as GROWTH_READS
from queries.load.growth import growth
from queries.market.history import whole_months
from queries.market.remembered import Remembered

READS = GROWTH_READS

_INTERVAL_ERRORS = 2 * 1.96
"""Standard errors in a 95 % interval."""


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredGrowth:
    """Growth at equal weather over the last year, area by area; NaN where it is not known.

    Attributes:
        growth: [1/a].
        error: Its standard error.
        weight: Energy of the later year [kWh].
    """

    growth: np.ndarray
    error: np.ndarray
    weight: np.ndarray


_kept: Remembered[tuple[LakeState, Kind, str | None, tuple[str, ...]], MeasuredGrowth]
_kept = Remembered(8)


def measured_growth(
    kind: Kind, area_ids: pl.Series, lake: DuckDBPyConnection, *, region_id: str | None = None
) -> MeasuredGrowth:
    """What ``queries.load.growth`` finds for these areas, in their order; once for a lake."""
    key = lake_state(lake), kind, region_id, tuple(area_ids)

    def measure() -> MeasuredGrowth:
        first_day, last_day = whole_months(region_id, lake)
        grown = growth(
            lake, first_day=first_day, last_day=last_day, region_id=region_id, group_by=kind
        )
        placed = area_ids.to_frame("group_id").join(
            grown, on="group_id", how="left", maintain_order="left"
        )
        width = placed["growth_high_share"] - placed["growth_low_share"]
        columns = placed["growth_share"], width / _INTERVAL_ERRORS, placed["after_kwh"]
        return MeasuredGrowth(
            *(one.cast(pl.Float64).fill_null(np.nan).to_numpy() for one in columns)
        )

    return _kept.get(key, measure)


def own_growth(found: MeasuredGrowth, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """Growth above the mean of all areas [1/a], and its standard deviation.

    Args:
        found: What was measured.
        spread: How far areas' true growth lies apart (standard deviation).

    >>> both = np.array([0.02, 0.02])
    >>> mean, deviation = own_growth(MeasuredGrowth(np.array([0.06, 0.0]), both, both), 0.02)
    >>> mean.round(4).tolist(), deviation.round(4).tolist()
    ([0.015, -0.015], [0.0141, 0.0141])
    """
    known = np.isfinite(found.growth) & np.isfinite(found.error) & (found.weight > 0)
    mean, deviation = np.zeros(len(known)), np.full(len(known), spread)
    if not known.any() or spread == 0:
        return mean, deviation
    average = np.average(found.growth[known], weights=found.weight[known])
    trust = spread**2 / (spread**2 + found.error[known] ** 2)
    mean[known] = trust * (found.growth[known] - average)
    deviation[known] = spread * np.sqrt(1 - trust)
    return mean, deviation


def fading(years: int, halving_years: float) -> np.ndarray:
    """Sum of a growth that fades, after 1, 2 … years, of 1 in the first moment [a].

    >>> fading(2, 1e9).round(6).tolist()
    [1.0, 2.0]
    """
    steps = 0.5 ** ((np.arange(years) + 0.5) / halving_years)
    return np.cumsum(steps)
