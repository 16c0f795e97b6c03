"""The typical day of every group, by season and kind of day."""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.day_kinds import DAY_KINDS, SEASONS, day_kinds
from queries.hourly_groups import READS as HOURLY_READS
from queries.hourly_groups import hourly_groups
from queries.lake import lake_state
from queries.load.group_series import GroupBy
from queries.load.peak_contribution import TOGETHER

YEAR = "year"
"""As a season: all of them."""
HOURS_PER_DAY = 24

RETURNS = pl.Schema(
    {
        "group_id": pl.String(),
        "season": pl.String(),
        "day_kind": pl.String(),
        "hour": pl.Int64(),
        "days": pl.Int64(),
        "load_kw": pl.Float64(),
        "over_mean": pl.Float64(),
    }
)
READS = HOURLY_READS


def group_shapes(  # noqa: PLR0913 - a period, a region, groups
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
    channel: str = "import",
    group_by: GroupBy = "industry",
) -> pl.DataFrame:
    """Mean load of every group by hour of the day, by season and kind of day.

    Returns:
        A row for each group (null: in none; ``all`` of them last), ``season`` (``year``: all
        seasons), ``day_kind`` (workday, rest_day) and ``hour`` [0–23, standard time]: ``load_kw``
        [mean of the ``days`` on which it was read], ``over_mean`` [over the group's mean load of
        the whole period, 1: as usual; null where it took nothing].
    """
    loads = hourly_groups(
        lake,
        first_day=first_day,
        last_day=last_day,
        area_kind="all",
        area_id=None,
        region_id=region_id,
        channel=channel,
        group_by=group_by,
    )
    if not loads.names:
        return RETURNS.to_frame()
    kinds = day_kinds(first_day, last_day, holiday_country=lake_state(lake).holiday_country)
    is_read = ~np.isnan(loads.load_kw)
    whole = np.where(is_read.any(axis=0), np.nansum(loads.load_kw, axis=0), np.nan)
    every = np.vstack([loads.load_kw, whole]).reshape(len(loads.names) + 1, -1, HOURS_PER_DAY)
    usual_kw = _mean(every.reshape(len(every), -1), axis=1)
    names = [*loads.names, TOGETHER]
    parts = []
    for season in (YEAR, *SEASONS):
        for day_kind in DAY_KINDS:
            chosen = (kinds["day_kind"] == day_kind).to_numpy()
            if season != YEAR:
                chosen &= (kinds["season"] == season).to_numpy()
            if chosen.any():
                parts += _typical(names, every[:, chosen], usual_kw, season, day_kind)
    return pl.concat(parts).select(RETURNS.names())


def _mean(values: np.ndarray, axis: int) -> np.ndarray:
    read = (~np.isnan(values)).sum(axis=axis)
    total = np.nansum(values, axis=axis)
    return np.divide(total, read, out=np.full(total.shape, np.nan), where=read > 0)


def _typical(
    names: list[str | None], days: np.ndarray, usual_kw: np.ndarray, season: str, day_kind: str
) -> list[pl.DataFrame]:
    load_kw = _mean(days, axis=1)
    read = (~np.isnan(days)).any(axis=2).sum(axis=1)
    found = []
    for name, own, usual, count in zip(names, load_kw, usual_kw, read, strict=True):
        over_mean = own / usual if usual > 0 else np.full(HOURS_PER_DAY, np.nan)
        found.append(
            pl.DataFrame(
                {
                    "group_id": pl.Series([name] * HOURS_PER_DAY, dtype=pl.String),
                    "season": season,
                    "day_kind": day_kind,
                    "hour": np.arange(HOURS_PER_DAY, dtype=np.int64),
                    "days": pl.Series([int(count)] * HOURS_PER_DAY, dtype=pl.Int64),
                    "load_kw": own,
                    "over_mean": over_mean,
                }
            ).with_columns(pl.col("load_kw", "over_mean").fill_nan(None))
        )
    return found
