"""What makes demand grow."""

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.market.assumptions import Assumptions, read_assumptions
from queries.market.base_year import BaseYear, base_year
from queries.market.drivers import FACTORS, central_drivers
from queries.market.history import READS as HISTORY_READS
from queries.market.history import History, history_of
from queries.market.new_loads import new_loads
from queries.market.projection import Selection, new_energy, picked, select

RETURNS = pl.Schema({"year": pl.Int32(), "part": pl.String(), "energy_kwh": pl.Float64()})
READS = HISTORY_READS
BASE, TOTAL = "base", "total"


def outlook_parts(
    lake: DuckDBPyConnection, *, assumptions: str, region_id: str | None = None
) -> pl.DataFrame:
    """What each driver adds to the energy of an area, from the base year to every year ahead.

    Of the central course, in which every uncertain number is at its median and the weather is the
    mean of the drawn years. What factors multiply is split by the logarithmic mean Divisia index
    (LMDI-I; Ang 2005, "The LMDI approach to decomposition analysis", Energy Policy 33), sector by
    sector: nothing is left over.

    Args:
        lake: From ``queries.lake.open_lake``.
        assumptions: TOML as in ``data/outlook.toml``.
        region_id: Only what lies in this region; None is every region in the user's scope.

    Returns:
        A row a ``year`` and ``part``: ``base`` (the base year at normal weather), what each of
        ``queries.market.projection.PARTS`` adds [kWh, negative where it saves], and ``total``,
        their sum. No row where there are fewer than twelve whole months.
    """
    given = read_assumptions(assumptions)
    history = history_of(region_id, lake)
    base = base_year(history, given.weather.shift_days)
    return RETURNS.to_frame() if base is None else parts_of(history, base, given)


def parts_of(history: History, base: BaseYear, given: Assumptions) -> pl.DataFrame:
    """RETURNS, of a history and its base year."""
    everything = np.ones(base.segments.height, dtype=bool)
    chosen = select(history, base, everything, given)
    drivers = central_drivers(given)
    new = new_loads(given, base.heating_of_month)
    added = new_energy(chosen, drivers, given, new, base.calendar_months)
    weather = picked(chosen.weather_kwh, drivers.weather)[:, 0].sum(axis=2).T
    calendar = chosen.calendar_kwh[:, : given.years].sum(axis=2).T
    parts = _of_factors(chosen, drivers.logs[:, 0], {"weather": weather, "calendar": calendar})
    parts |= {name: energy[0].sum(axis=1) for name, energy in added.items()}
    start = np.full(given.years, chosen.energy_kwh.sum())
    whole = {BASE: start, **parts, TOTAL: start + sum(parts.values())}
    years = base.months[-1].year + 1 + np.arange(given.years)
    rows = [
        {"year": int(year), "part": part, "energy_kwh": float(values[number])}
        for number, year in enumerate(years)
        for part, values in whole.items()
    ]
    return pl.DataFrame(rows, schema=RETURNS)


def _of_factors(
    chosen: Selection, logs: np.ndarray, moved_kwh: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """What each factor adds, and what is moved before they multiply (years,), sectors added up.

    Args:
        chosen: What grows.
        logs: Logarithms of the factors (factors, years, sectors).
        moved_kwh: What weather and calendar add to the base year's energy (years, sectors).
    """
    start = chosen.energy_kwh.sum(axis=1)[None, :]  # (1, sectors)
    moved = start + sum(moved_kwh.values())  # (years, sectors)
    end = moved * np.exp(logs.sum(axis=0))
    mean = logarithmic_mean(end, np.broadcast_to(start, end.shape))
    parts = {name: (mean * logs[place]).sum(axis=1) for place, name in enumerate(FACTORS)}
    # Of what is moved, each has the share of its energy.
    usual = logarithmic_mean(moved, np.broadcast_to(start, end.shape))
    share = np.divide(mean, usual, out=np.zeros_like(mean), where=usual > 0)
    return parts | {name: (share * added).sum(axis=1) for name, added in moved_kwh.items()}


def logarithmic_mean(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(a − b) / ln(a / b), a where both are alike, 0 where one is 0 (Ang 2005, eq. 6)."""
    found = np.where((first > 0) & (second > 0), first, 0.0)
    apart = (first > 0) & (second > 0) & ~np.isclose(first, second, rtol=1e-9, atol=0.0)
    difference = first[apart] - second[apart]
    found[apart] = difference / np.log(first[apart] / second[apart])
    return found
