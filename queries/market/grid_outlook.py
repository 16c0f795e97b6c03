"""When transformers and feeders fill up."""

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.grid.areas import Kind
from queries.market.area_growth import READS as GROWTH_READS
from queries.market.area_growth import measured_growth, own_growth
from queries.market.assumptions import Assumptions, read_assumptions
from queries.market.base_year import BaseYear, base_year
from queries.market.drivers import draw_drivers
from queries.market.grid_days import READS as DAYS_READS
from queries.market.grid_days import GridDays, grid_days
from queries.market.grid_paths import area_paths, loading_paths
from queries.market.history import READS as HISTORY_READS
from queries.market.history import History, history_of
from queries.market.new_loads import new_loads
from queries.market.projection import select

RETURNS = pl.Schema(
    {
        "area_id": pl.String(),
        "name": pl.String(),
        "name_en": pl.String(),
        "feeder_id": pl.String(),
        "rated_capacity_kva": pl.Float64(),
        "households": pl.Int64(),
        "loading_share": pl.Float64(),
        "own_growth_share": pl.Float64(),
        "heavy_year_p50": pl.Int32(),
        "heavy_year_p90": pl.Int32(),
        "full_year_p50": pl.Int32(),
        "full_year_p90": pl.Int32(),
        "base_year": pl.Int32(),
        "last_year": pl.Int32(),
        "last_loading_p50_share": pl.Float64(),
        "last_loading_p90_share": pl.Float64(),
    }
)
READS = tuple(dict.fromkeys((*HISTORY_READS, *DAYS_READS, *GROWTH_READS)))
HEAVY_SHARE, FULL_SHARE = 0.8, 1.0
"""Loading from which a transformer is heavily loaded (重载), and above which overloaded (过载)."""


def grid_outlook(
    lake: DuckDBPyConnection,
    *,
    assumptions: str,
    kind: Kind = "transformer",
    region_id: str | None = None,
) -> pl.DataFrame:
    """The year in which each transformer or feeder first exceeds 80 and 100 % for two hours.

    Its hardest days of the last twelve months grow as the sectors on it do, by what it grew faster
    or slower than the others at equal weather (drawn towards their mean as far as it is uncertain,
    and fading), and by what its customers do by themselves; vehicles charged at home, heat pumps
    and photovoltaics of its customers come on top at their own hours. Weather years are those of
    the outlook. The 90 % quantile is of the loading: its years are the earlier ones.

    Args:
        lake: From ``queries.lake.open_lake``.
        assumptions: TOML as in ``data/outlook.toml``.
        kind: ``transformer`` or ``feeder``; a feeder's rating is what hangs on it.
        region_id: Only what lies in this region; None is every region in the user's scope.

    Returns:
        A row a transformer or feeder, the first to fill up first: ``loading_share`` (highest of two
        hours on end in the last twelve months), ``own_growth_share`` (above the mean of all; null:
        not known) [1/a], years in which the median and the 90 % quantile exceed ``heavy`` (80 %)
        and ``full`` (100 %), ``base_year`` where they do already, null: not within the outlook;
        ``last_year`` and the loading then. Null where there is no rating or nothing was read. No
        row below twelve whole months.
    """
    given = read_assumptions(assumptions)
    history = history_of(region_id, lake)
    base = base_year(history, given.weather.shift_days)
    if base is None:
        return RETURNS.to_frame()
    days = grid_days(kind, lake, region_id=region_id)
    found = measured_growth(kind, days.areas["area_id"], lake, region_id=region_id)
    own = own_growth(found, given.grid.own_growth_spread_share)
    return filling(days, history, base, given, own)


def filling(
    days: GridDays,
    history: History,
    base: BaseYear,
    given: Assumptions,
    own: tuple[np.ndarray, np.ndarray],
) -> pl.DataFrame:
    """RETURNS, of areas' hardest days and their own growth (mean and standard deviation)."""
    drivers = draw_drivers(given)
    chosen = select(history, base, np.ones(base.segments.height, dtype=bool), given)
    new = new_loads(given, base.heating_of_month)
    paths = area_paths(days.sectors, drivers, chosen, given, own)
    loading = loading_paths(days, paths, given, new)  # (areas, years, 2)
    rated = days.areas["rated_capacity_kva"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    today = np.where(np.isfinite(days.highest_kva), days.highest_kva, np.nan) / rated
    start = base.months[-1].year
    columns: dict[str, pl.Series] = {
        "households": pl.Series(days.sectors.households, dtype=pl.Int64),
        "loading_share": pl.Series(today).fill_nan(None),
        "own_growth_share": pl.Series(np.where(own[0] == 0, np.nan, own[0])).fill_nan(None),
        "base_year": pl.Series([start] * len(today), dtype=pl.Int32),
        "last_year": pl.Series([start + given.years] * len(today), dtype=pl.Int32),
    }
    for place, name in enumerate(("p50", "p90")):
        path = np.hstack([today[:, None], loading[:, :, place]])
        columns[f"last_loading_{name}_share"] = pl.Series(path[:, -1]).fill_nan(None)
        for word, limit in (("heavy", HEAVY_SHARE), ("full", FULL_SHARE)):
            columns[f"{word}_year_{name}"] = first_years(path, limit, start)
    frame = days.areas.with_columns(series.alias(name) for name, series in columns.items())
    order = ["full_year_p50", "full_year_p90", "heavy_year_p50", "heavy_year_p90"]
    by_loading = pl.col("last_loading_p50_share").neg()
    return (
        frame.sort(*order, by_loading, nulls_last=True, maintain_order=True)
        .select(RETURNS.names())
        .cast(dict(RETURNS.items()))
    )


def first_years(path: np.ndarray, limit: float, start: int) -> pl.Series:
    """The year in which each row of ``path`` first exceeds ``limit``; the first one is ``start``.

    >>> first_years(np.array([[0.5, 0.9, 0.7], [0.1, 0.2, 0.3]]), 0.8, 2025).to_list()
    [2026, None]
    """
    found = [next(iter(np.flatnonzero(row > limit)), None) for row in path]
    return pl.Series([None if n is None else start + int(n) for n in found], dtype=pl.Int32)


def filling_counts(frame: pl.DataFrame, within_years: int) -> dict[str, int]:
    """How many of ``grid_outlook``'s rows are full today, soon, and by the end; of how many rated.

    Args:
        frame: From ``grid_outlook``.
        within_years: What counts as soon, by the median.
    """
    rated = frame.filter(pl.col("loading_share").is_not_null())
    full = pl.col("full_year_p50")
    start = pl.col("base_year")
    return {
        "rated": rated.height,
        "full": rated.filter(pl.col("loading_share") > FULL_SHARE).height,
        "heavy": rated.filter(pl.col("loading_share") > HEAVY_SHARE).height,
        "soon": rated.filter(full <= start + within_years).height,
        "by_end": rated.filter(full.is_not_null()).height,
        "perhaps": rated.filter(pl.col("full_year_p90").is_not_null()).height,
    }
