"""Whether the load of industry foretells its value added, by how many months and how surely."""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection
from scipy import stats

from queries.industry_sections import SECTIONS
from queries.market.assumptions import HOUSEHOLDS
from queries.market.history import READS as HISTORY_READS
from queries.market.history import sector_of, segment_months, whole_months
from queries.market.outlook_economy import READS as ECONOMY_READS
from queries.market.outlook_economy import monthly_drivers

RETURNS = pl.Schema(
    {
        "lead_months": pl.Int64(),
        "series": pl.String(),
        "months": pl.Int64(),
        "needed_months": pl.Int64(),
        "free_months": pl.Float64(),
        "correlation": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
    }
)
READS = tuple(dict.fromkeys((*HISTORY_READS, *ECONOMY_READS)))

MOST_LEAD = 6
LEAST_MONTHS = 24
"""Pairs of changes over a year below which nothing is said: three years of readings."""

_YEAR = 12
_LEAST_READINGS_SHARE = 0.9
_LEAST_FREE = 4.0
_MOST_LAG = 13  # changes over a year share a month with those a year before
_CONFIDENCE = 0.975


def leading_load(
    lake: DuckDBPyConnection,
    *,
    region_id: str | None = None,
    sector: str = "secondary",
    most_lead: int = MOST_LEAD,
) -> pl.DataFrame:
    """How the load of a sector goes with what is published of it, now and some months later.

    Both are changes over the same month of the year before, so that seasons fall out. Months of
    such a series resemble the ones before: the interval counts them as
    n / (1 + 2 Σ (1 − k/n) r₁(k) r₂(k)) independent ones, with r₁(k) and r₂(k) the series'
    correlation with themselves k months before, up to thirteen (Bartlett 1935), and is Fisher's.

    Args:
        lake: From ``queries.lake.open_lake``.
        region_id: Only what lies in this region; None is every region in the user's scope.
        sector: ``primary``, ``secondary`` (industry, construction), ``tertiary``, ``households``.
        most_lead: In months.

    Returns:
        A row for every ``lead_months`` from 0 (the load of a month against the ``series`` so many
        months later): ``months`` pairs of changes, ``free_months`` [as many independent ones],
        ``correlation`` with its 95 % interval ``low`` to ``high`` [−1–1]; null below
        ``needed_months`` pairs, or where fewer than four are independent. No row where no series
        of the sector is in table ``economy``.
    """
    first_day, last_day = whole_months(region_id, lake)
    if last_day < first_day:
        return RETURNS.to_frame()
    rows = segment_months(region_id, lake)
    regions = rows["region_id"].drop_nulls().unique().sort().to_list()
    months: list[date] = pl.date_range(first_day, last_day, "1mo", eager=True).to_list()
    known = monthly_drivers(regions, months, lake).get(sector)
    if known is None:
        return RETURNS.to_frame()
    series, values = known
    load = mean_load(rows, sector, months)
    return pl.DataFrame(
        [
            {"lead_months": lead, "series": series, **led(load, values, lead)}
            for lead in range(most_lead + 1)
        ],
        schema=RETURNS,
    )


def sector_industries(sector: str) -> list[str]:
    """The industries of a sector, as groups are called."""
    return [one for one in (*SECTIONS, HOUSEHOLDS) if sector_of(one) == sector]


def mean_load(rows: pl.DataFrame, sector: str | None, months: list[date]) -> np.ndarray:
    """Energy a day of a sector (None: of all) in every month; NaN where much was not read."""
    sectors = rows["industry"].map_elements(sector_of, return_dtype=pl.String)
    own = (
        rows.filter(sectors == sector if sector is not None else pl.lit(value=True))
        .group_by("month")
        .agg(
            pl.col("energy_kwh").sum() / pl.col("month").first().dt.month_end().dt.day(),
            (pl.col("readings_share") * pl.col("energy_kwh")).sum().alias("read"),
            pl.col("energy_kwh").sum().alias("whole"),
        )
        .filter(pl.col("read") >= _LEAST_READINGS_SHARE * pl.col("whole"))
    )
    found = dict(own.select("month", "energy_kwh").iter_rows())
    return np.array([found.get(month, np.nan) for month in months], dtype=np.float64)


def led(load: np.ndarray, series: np.ndarray, lead: int) -> dict[str, float | int | None]:
    """How the changes of ``load`` go with those of ``series`` so many months later."""
    first, second = (yearly_changes(one) for one in (load, series))
    pairs = (first[:-lead], second[lead:]) if lead else (first, second)
    return {"needed_months": LEAST_MONTHS, **correlated(*pairs)}


def correlated(first: np.ndarray, second: np.ndarray) -> dict[str, float | int | None]:
    """Correlation of two series of months with its interval; null where too few months say."""
    both = np.isfinite(first) & np.isfinite(second)
    count = int(both.sum())
    said: dict[str, float | int | None] = dict.fromkeys(
        ("free_months", "correlation", "low", "high")
    )
    said |= {"months": count}
    if count < LEAST_MONTHS or not (first[both].std() > 0 and second[both].std() > 0):
        return said
    free = _free(first[both], second[both])
    said["free_months"] = free
    if free < _LEAST_FREE:
        return said
    correlation = float(np.corrcoef(first[both], second[both])[0, 1])
    middle = np.arctanh(np.clip(correlation, -0.999999, 0.999999))
    half = stats.norm.ppf(_CONFIDENCE) / np.sqrt(free - 3)
    low, high = np.tanh([middle - half, middle + half])
    return said | {"correlation": correlation, "low": float(low), "high": float(high)}


def yearly_changes(values: np.ndarray) -> np.ndarray:
    """Logarithm of every month over the same one a year before; NaN in the first year."""
    changes = np.full(len(values), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        changes[_YEAR:] = np.log(values[_YEAR:] / values[:-_YEAR])
    return changes


def _free(first: np.ndarray, second: np.ndarray) -> float:
    """As how many independent pairs these count; never more than there are."""
    count = len(first)
    lags = np.arange(1, min(_MOST_LAG, count - 1) + 1)
    alike = _with_before(first, lags) * _with_before(second, lags)
    return count / max(1.0, float(1 + 2 * ((1 - lags / count) * alike).sum()))


def _with_before(values: np.ndarray, lags: np.ndarray) -> np.ndarray:
    """Correlation with the values so many months before."""
    middle = values - values.mean()
    products = [(middle[lag:] * middle[:-lag]).sum() for lag in lags]
    return np.array(products) / (middle**2).sum()
