"""How well an outlook made a year ago would have done."""

from dataclasses import replace
from functools import partial

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.market.assumptions import Assumptions, read_assumptions
from queries.market.base_year import MONTHS, base_year
from queries.market.history import READS as HISTORY_READS
from queries.market.history import History, history_of
from queries.market.outlook import project_groups
from queries.market.remembered import Remembered

RETURNS = pl.Schema(
    {
        "years_ahead": pl.Int32(),
        "month": pl.Date(),
        "energy_kwh": pl.Float64(),
        "energy_p10_kwh": pl.Float64(),
        "energy_p50_kwh": pl.Float64(),
        "energy_p90_kwh": pl.Float64(),
        "year_before_kwh": pl.Float64(),
        "peak_kw": pl.Float64(),
        "peak_p10_kw": pl.Float64(),
        "peak_p50_kw": pl.Float64(),
        "peak_p90_kw": pl.Float64(),
        "year_before_kw": pl.Float64(),
        "energy_error_share": pl.Float64(),
        "peak_error_share": pl.Float64(),
        "year_before_error_share": pl.Float64(),
        "is_energy_inside": pl.Boolean(),
        "is_peak_inside": pl.Boolean(),
    }
)
READS = HISTORY_READS

_pasts: Remembered[tuple[History, int], History] = Remembered(8)


def outlook_backtest(
    lake: DuckDBPyConnection, *, assumptions: str, region_id: str | None = None
) -> pl.DataFrame:
    """Outlooks made from the earlier years alone, held against the years that followed.

    Every whole year but the first is foretold from the twelve months before it and from all before
    them, as if nothing later were known: neither its load nor its weather nor its economy.

    Args:
        lake: From ``queries.lake.open_lake``.
        assumptions: TOML as in ``data/outlook.toml``.
        region_id: Only what lies in this region; None is every region in the user's scope.

    Returns:
        A row a month, and one for every whole year (``month`` is null): what was needed, the
        quantiles foretold, the same of the year before (what one would say without an outlook),
        errors of the median and of the year before's
        energy [(foretold − actual) / actual], and whether the truth lay in the 80 % band. No
        row where there are fewer than 24 whole months: not enough years.
    """
    given = read_assumptions(assumptions)
    history = history_of(region_id, lake)
    return backtest(history, given)


def backtest(history: History, given: Assumptions) -> pl.DataFrame:
    """RETURNS, of a history."""
    count = len(history.months)
    one_year = given.model_copy(update={"years": 1})
    parts = []
    for known in range(count % MONTHS + MONTHS, count, MONTHS):
        past = _pasts.get((history, known), partial(until, history, known))
        base = base_year(past, given.weather.shift_days)
        if base is not None:
            told = project_groups(past, base, one_year, "all")
            parts.append(_beside(history, known, told))
    if not parts:
        return RETURNS.to_frame()
    return pl.concat(parts).select(RETURNS.names()).cast(dict(RETURNS.items()))


def until(history: History, months: int) -> History:
    """The first ``months`` of a history, as if nothing later were known; weather neither."""
    days = int(np.searchsorted(history.month_of_day, months))
    end = history.months[months] if months < len(history.months) else None
    weather = {
        region: known if end is None else known.filter(pl.col("service_date") < end)
        for region, known in history.weather.items()
    }
    return replace(
        history,
        months=history.months[:months],
        month_of_day=history.month_of_day[:days],
        energy_kwh=history.energy_kwh[:, :months],
        squares_kwh2=history.squares_kwh2[:, :months],
        readings_share=history.readings_share[:, :months],
        load_kw=history.load_kw[:, :days],
        temperature_c=history.temperature_c[:, :days],
        calendar=history.calendar[:days],
        weather=weather,
    )


def _beside(history: History, known: int, told: pl.DataFrame) -> pl.DataFrame:
    """What was foretold beside what came, months first, then the year."""
    energy, peak = _needed(history)
    now, before = slice(known, known + MONTHS), slice(known - MONTHS, known)
    ordered = told.sort("month", nulls_last=True)

    def with_year(values: np.ndarray, whole: float) -> np.ndarray:
        return np.append(values, whole)

    actual = {
        "energy_kwh": with_year(energy[now], energy[now].sum()),
        "year_before_kwh": with_year(energy[before], energy[before].sum()),
        "peak_kw": with_year(peak[now], peak[now].max()),
        "year_before_kw": with_year(peak[before], peak[before].max()),
    }
    inside = {
        f"is_{name}_inside": pl.col(f"{name}_{unit}").is_between(
            pl.col(f"{name}_p10_{unit}"), pl.col(f"{name}_p90_{unit}")
        )
        for name, unit in (("energy", "kwh"), ("peak", "kw"))
    }
    return (
        ordered.with_columns(pl.Series(name, values) for name, values in actual.items())
        .with_columns(
            pl.lit(1, pl.Int32).alias("years_ahead"),
            (pl.col("energy_p50_kwh") / pl.col("energy_kwh") - 1).alias("energy_error_share"),
            (pl.col("peak_p50_kw") / pl.col("peak_kw") - 1).alias("peak_error_share"),
            (pl.col("year_before_kwh") / pl.col("energy_kwh") - 1).alias("year_before_error_share"),
            **inside,
        )
        .select(RETURNS.names())
    )


def _needed(history: History) -> tuple[np.ndarray, np.ndarray]:
    """Energy [kWh] and highest load [kW] of every month, all segments together."""
    whole = np.nansum(history.load_kw, axis=0).max(axis=1)
    first = np.searchsorted(history.month_of_day, np.arange(len(history.months)))
    return np.nansum(history.energy_kwh, axis=0), np.maximum.reduceat(whole, first)
