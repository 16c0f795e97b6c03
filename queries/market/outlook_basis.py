"""What an outlook rests on."""

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.market.assumptions import read_assumptions
from queries.market.base_year import MONTHS, BaseYear, base_year, weather_part
from queries.market.history import READS as HISTORY_READS
from queries.market.history import History, history_of

RETURNS = pl.Schema(
    {
        "months": pl.Int64(),
        "first_month": pl.Date(),
        "last_month": pl.Date(),
        "usage_points": pl.Int64(),
        "households": pl.Int64(),
        "readings_share": pl.Float64(),
        "base_year_kwh": pl.Float64(),
        "observed_kwh": pl.Float64(),
        "base_year_kw": pl.Float64(),
        "weather_years": pl.Int64(),
        "drawn_years": pl.Int64(),
        "weather_kwh": pl.Float64(),
    }
)
READS = HISTORY_READS


def outlook_basis(
    lake: DuckDBPyConnection, *, assumptions: str, region_id: str | None = None
) -> pl.DataFrame:
    """How much history and weather an outlook has to go by.

    Args:
        lake: From ``queries.lake.open_lake``.
        assumptions: TOML as in ``data/outlook.toml``.
        region_id: Only what lies in this region; None is every region in the user's scope.

    Returns:
        One row: whole ``months`` of history; ``usage_points`` and ``households`` of the last one;
        of the base year, null where there are fewer than twelve months: ``readings_share`` [0–1],
        its energy at normal weather and as observed [kWh], its highest load [kW];
        ``weather_years`` observed and ``drawn_years`` made of them; ``weather_kwh`` [energy of
        that part of the base year that follows the temperature, where it is fitted].
    """
    given = read_assumptions(assumptions)
    history = history_of(region_id, lake)
    base = base_year(history, given.weather.shift_days)
    points = history.segments
    households = points.filter(pl.col("sector") == "households")["usage_points"].sum()
    row: dict[str, object] = {}
    row |= dict.fromkeys(RETURNS)
    row |= {
        "months": len(history.months),
        "first_month": history.months[0] if history.months else None,
        "last_month": history.months[-1] if history.months else None,
        "usage_points": int(points["usage_points"].sum()),
        "households": int(households),
    }
    if base is not None:
        row |= _of_base(history, base)
    return pl.DataFrame([row], schema=RETURNS)


def _of_base(history: History, base: BaseYear) -> dict[str, object]:
    days = slice(base.first_day, base.last_day)
    whole = np.nansum(history.load_kw[:, days], axis=0)
    shares = history.readings_share[:, -MONTHS:]
    weight = np.nan_to_num(base.observed_kwh)
    follows = weather_part(base, history.temperature_c[:, days]).sum()
    return {
        "readings_share": float((np.nan_to_num(shares) * weight).sum() / weight.sum()),
        "base_year_kwh": float(base.energy_kwh.sum()),
        "observed_kwh": float(base.observed_kwh.sum()),
        "base_year_kw": float(whole.max()),
        "weather_years": len(base.years),
        "drawn_years": int(base.drawn_c.shape[1]),
        "weather_kwh": float(follows) if base.response is not None else None,
    }
