"""How much new business every area bears."""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.market.group_portraits import year_of
from queries.market.potential_areas import READS as AREAS_READS
from queries.market.potential_areas import AreaKind, potential_areas
from queries.market.potential_arithmetic import (
    BEYOND,
    ENERGY,
    VALUE,
    AreaFacts,
    Number,
    extreme,
    outcome,
)
from queries.market.potential_assumptions import BUSINESSES, Assumed, read_potential

RETURNS = pl.Schema(
    {
        "business": pl.String(),
        "area_id": pl.String(),
        "name": pl.String(),
        "name_en": pl.String(),
        "energy_kwh": pl.Float64(),
        "energy_low_kwh": pl.Float64(),
        "energy_high_kwh": pl.Float64(),
        "value_cny": pl.Float64(),
        "value_low_cny": pl.Float64(),
        "value_high_cny": pl.Float64(),
        "beyond_kwh": pl.Float64(),
        "homes": pl.Int64(),
        "businesses": pl.Int64(),
    }
)
READS = AREAS_READS

TOGETHER = "all"
"""As ``area_id``: all areas as one."""


def potential(  # noqa: PLR0913 - days, a region, areas
    lake: DuckDBPyConnection,
    *,
    assumptions: str,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
    kind: AreaKind = "transformer",
) -> pl.DataFrame:
    """New business of a year in every area, by kind of business, with its range.

    Vehicle charging and electric heating sell energy at a margin; photovoltaics and storage are
    built and run by the utility at customers' premises; energy service saves energy for a part of
    the money saved. ``market/potential_steps`` shows every line of it.

    Args:
        lake: From ``queries.lake.open_lake``.
        assumptions: TOML as in ``data/potential.toml``.
        first_day: First day there is data of.
        last_day: Last service date, included; the last twelve whole months are looked at.
        region_id: Only what lies in this region; None is every region in the user's scope.
        kind: ``transformer``, ``feeder`` or ``region``.

    Returns:
        A row a ``business`` and area, the most valuable area first, and ``all`` of them last:
        ``energy_kwh`` [kWh/a sold, generated, moved or saved] and ``value_cny`` [CNY/a, net of
        yearly cost] at the base assumptions, their ``low`` and ``high`` (every assumption at the
        end of its range that makes it smallest or largest; of all areas the sum of theirs),
        ``beyond_kwh`` (more of it that the open capacity does not bear), ``homes`` and
        ``businesses`` there. Values are estimates, not amounts owed: floats.
    """
    assumed = read_potential(assumptions)
    begin, end = year_of(first_day, last_day)
    areas = potential_areas(kind, lake, first_day=begin, last_day=end, region_id=region_id)
    if areas.named.is_empty():
        return RETURNS.to_frame()
    return pl.concat(
        _ranked(areas.named, areas.facts, business, assumed) for business in BUSINESSES
    )


def _ranked(named: pl.DataFrame, facts: AreaFacts, business: str, assumed: Assumed) -> pl.DataFrame:
    ranges = assumed[business]
    base: dict[str, Number] = {name: one.base for name, one in ranges.items()}
    numbers: dict[str, np.ndarray] = {"beyond_kwh": outcome(business, facts, base, BEYOND)}
    for measure in (ENERGY, VALUE):
        stem, unit = measure.split("_")
        numbers[measure] = outcome(business, facts, base, measure)
        numbers[f"{stem}_low_{unit}"] = extreme(business, facts, ranges, measure, -1)
        numbers[f"{stem}_high_{unit}"] = extreme(business, facts, ranges, measure, 1)
    frame = named.with_columns(
        pl.lit(business).alias("business"),
        *(pl.Series(name, values) for name, values in numbers.items()),
        pl.Series("homes", facts.homes.astype(np.int64)),
        pl.Series("businesses", facts.businesses.astype(np.int64)),
    ).select(RETURNS.names())
    summed = [name for name, dtype in RETURNS.items() if dtype.is_numeric()]
    whole = frame.select(
        pl.lit(business).alias("business"), pl.lit(TOGETHER).alias("area_id"), pl.col(summed).sum()
    )
    ranked = frame.sort("value_cny", "area_id", descending=[True, False])
    return pl.concat([ranked, whole], how="diagonal").select(RETURNS.names())
