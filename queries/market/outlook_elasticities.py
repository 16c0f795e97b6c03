"""How demand follows the economy: what is assumed, and what the past shows."""

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.market.assumptions import SECTORS, Assumptions, read_assumptions
from queries.market.base_year import BaseYear, base_year, weather_part
from queries.market.elasticities import Estimate, estimate, weighed
from queries.market.history import READS as HISTORY_READS
from queries.market.history import History, history_of
from queries.market.outlook_economy import READS as ECONOMY_READS
from queries.market.outlook_economy import monthly_drivers

RETURNS = pl.Schema(
    {
        "sector": pl.String(),
        "base_year_kwh": pl.Float64(),
        "assumed": pl.Float64(),
        "assumed_spread": pl.Float64(),
        "driver": pl.String(),
        "estimated": pl.Float64(),
        "estimated_error": pl.Float64(),
        "changes": pl.Int64(),
        "r2_share": pl.Float64(),
        "suggested": pl.Float64(),
    }
)
READS = tuple(dict.fromkeys((*HISTORY_READS, *ECONOMY_READS)))


def outlook_elasticities(
    lake: DuckDBPyConnection, *, assumptions: str, region_id: str | None = None
) -> pl.DataFrame:
    """Elasticities by sector: the assumed ones beside those that the months so far show.

    Args:
        lake: From ``queries.lake.open_lake``.
        assumptions: TOML as in ``data/outlook.toml``.
        region_id: Only what lies in this region; None is every region in the user's scope.

    Returns:
        A row a ``sector`` with energy: ``base_year_kwh``; the ``assumed`` elasticity and its
        spread; the ``driver`` it was held against, ``estimated``, its standard error, the number
        of ``changes`` from year to year behind it and ``r2_share`` (null: there are fewer than 12,
        or no series); ``suggested``: both weighed by their precision, which is the assumed one
        alone below 24 changes.
    """
    given = read_assumptions(assumptions)
    history = history_of(region_id, lake)
    base = base_year(history, given.weather.shift_days)
    if base is None:
        return RETURNS.to_frame()
    regions = history.segments["region_id"].unique().sort().to_list()
    drivers = monthly_drivers(regions, history.months, lake)
    rows = []
    for sector in SECTORS:
        member = (base.segments["sector"] == sector).to_numpy()
        if not member.any():
            continue
        name, values = drivers.get(sector, (None, np.full(len(history.months), np.nan)))
        found = estimate(_at_equal_weather(history, base)[member].sum(axis=0), values)
        rows.append(
            {
                "sector": sector,
                "base_year_kwh": float(base.energy_kwh[member].sum()),
                "driver": name,
                **_beside(given, sector, found),
            }
        )
    return pl.DataFrame(rows, schema_overrides=RETURNS).select(RETURNS.names())


def _beside(given: Assumptions, sector: str, found: Estimate | None) -> dict[str, object]:
    assumed, spread = getattr(given.elasticity, sector), given.elasticity.spread
    return {
        "assumed": assumed,
        "assumed_spread": spread,
        "estimated": None if found is None else found.elasticity,
        "estimated_error": None if found is None else found.error,
        "changes": None if found is None else found.months,
        "r2_share": None if found is None else found.r2,
        "suggested": weighed(assumed, spread, found)[0],
    }


def _at_equal_weather(history: History, base: BaseYear) -> np.ndarray:
    """Energy of every month without what heating and cooling made of it (segments, months)."""
    follows = weather_part(base, history.temperature_c)
    months = len(history.months)
    of_month = np.stack([np.bincount(history.month_of_day, row, months) for row in follows])
    return np.maximum(history.energy_kwh - of_month, 0.0)
