"""How much electricity an area will need."""

from collections.abc import Callable
from datetime import date
from typing import Literal

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.market.assumptions import Assumptions, read_assumptions
from queries.market.base_year import BaseYear, base_year
from queries.market.drivers import draw_drivers
from queries.market.history import READS as HISTORY_READS
from queries.market.history import History, history_of
from queries.market.new_loads import new_loads
from queries.market.projection import project, select

By = Literal["all", "sector", "industry", "region"]

RETURNS = pl.Schema(
    {
        "group": pl.String(),
        "year": pl.Int32(),
        "month": pl.Date(),
        "base_year_kwh": pl.Float64(),
        "energy_p10_kwh": pl.Float64(),
        "energy_p50_kwh": pl.Float64(),
        "energy_p90_kwh": pl.Float64(),
        "base_year_kw": pl.Float64(),
        "peak_p10_kw": pl.Float64(),
        "peak_p50_kw": pl.Float64(),
        "peak_p90_kw": pl.Float64(),
        "energy_growth_share": pl.Float64(),
        "peak_growth_share": pl.Float64(),
    }
)
READS = HISTORY_READS

_QUANTILES = (0.1, 0.5, 0.9)
_COLUMNS = {"sector": "sector", "industry": "industry", "region": "region_id"}


def outlook(
    lake: DuckDBPyConnection, *, assumptions: str, region_id: str | None = None, by: By = "all"
) -> pl.DataFrame:
    """Energy and highest load of an area, month by month, for up to ten years ahead.

    The last twelve months, put to normal weather, grow as drivers and elasticities of their sectors
    say; vehicles, heat pumps and photovoltaics are added; every draw and year has one of the drawn
    weather years. Peaks of groups do not fall together: they do not add up.

    Args:
        lake: From ``queries.lake.open_lake``.
        assumptions: TOML as in ``data/outlook.toml``; a field that is missing is as in ``base``.
        region_id: Only what lies in this region; None is every region in the user's scope.
        by: One row a month for all together, or for every sector, industry or region.

    Returns:
        A row a ``group``, ``year`` (the calendar year in which the twelve months end) and
        ``month`` (its first day; null: the whole year), with the 10 %, 50 % and 90 % quantiles of
        its energy [kWh, taken from the grid] and highest quarter of an hour [kW], beside
        ``base_year_kwh`` (at normal weather) and ``base_year_kw`` (as it was), and what the medians
        grow by a year from there [1/a]. No row where the lake has fewer than twelve whole months.

    Raises:
        AssumptionError: an assumption cannot be used; names its field.
    """
    given = read_assumptions(assumptions)
    history = history_of(region_id, lake)
    base = base_year(history, given.weather.shift_days)
    if base is None:
        return RETURNS.to_frame()
    return project_groups(history, base, given, by)


def project_groups(history: History, base: BaseYear, given: Assumptions, by: By) -> pl.DataFrame:
    """RETURNS, of a history and its base year."""
    drivers = draw_drivers(given)
    new = new_loads(given, base.heating_of_month)
    parts: list[_Part] = []
    names = groups(base, by)
    for rows in names.values():
        chosen = select(history, base, rows, given)
        found = project(chosen, drivers, given, new, base.calendar_months)
        energy, peak = found.energy_kwh, found.peak_kw
        parts.append(
            {
                **_base("base_year_kwh", chosen.energy_kwh.sum(axis=0), np.sum, given.years),
                **_ahead("energy_p{:.0f}_kwh", energy, energy.sum(axis=2)),
                **_base("base_year_kw", chosen.peak_kw, np.max, given.years),
                **_ahead("peak_p{:.0f}_kw", peak, peak.max(axis=2)),
            }
        )
    ends = [base.months[-1].year + year + 1 for year in range(given.years)]
    months = [
        month
        for year in range(given.years)
        for month in (None, *(later(month, year + 1) for month in base.months))
    ]
    rows_a_year = 1 + len(base.months)
    frame = pl.DataFrame(
        {
            "group": np.repeat(list(names), rows_a_year * given.years).tolist(),
            "year": np.tile(np.repeat(ends, rows_a_year), len(names)),
            "month": pl.Series(months * len(names), dtype=pl.Date),
            **{name: np.concatenate([part[name] for part in parts]) for name in parts[0]},
        }
    )
    ahead = pl.col("year") - base.months[-1].year
    grown = {
        f"{name}_growth_share": pl.when(pl.col(start) > 0).then(
            (pl.col(f"{name}_p50_{unit}") / pl.col(start)) ** (1 / ahead) - 1
        )
        for name, start, unit in (
            ("energy", "base_year_kwh", "kwh"),
            ("peak", "base_year_kw", "kw"),
        )
    }
    return frame.with_columns(**grown).select(RETURNS.names()).cast(dict(RETURNS.items()))


def groups(base: BaseYear, by: By) -> dict[str, np.ndarray]:
    """Which segments belong to every group, in order."""
    if by == "all":
        return {"all": np.ones(base.segments.height, dtype=bool)}
    names = base.segments[_COLUMNS[by]]
    return {name: (names == name).to_numpy() for name in names.unique().sort()}


def later(month: date, years: int) -> date:
    """The same month so many years later."""
    return month.replace(year=month.year + years)


_Part = dict[str, np.ndarray]
"""Columns of one group: of every year itself, and then its months."""


def _base(name: str, months: np.ndarray, whole: Callable[..., np.ndarray], years: int) -> _Part:
    """The base year beside every year ahead."""
    return {name: np.tile(np.concatenate([whole(months, keepdims=True), months]), years)}


def _ahead(name: str, months: np.ndarray, years: np.ndarray) -> _Part:
    """Quantiles of draws: of months (draws, years, 12) and of years (draws, years)."""
    monthly = np.quantile(months, _QUANTILES, axis=0)
    yearly = np.quantile(years, _QUANTILES, axis=0)
    every = np.concatenate([yearly[:, :, None], monthly], axis=2)
    return {
        name.format(100 * level): one.ravel() for level, one in zip(_QUANTILES, every, strict=True)
    }
