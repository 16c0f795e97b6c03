"""What rules of offers may ask of customers: a row a usage point that is billed."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.choices import BASIC_CHARGES
from queries.billing.lab import READS as LAB_READS
from queries.billing.lab import Lab, laboratory, owed_now
from queries.schema import SLOTS_PER_DAY

READS = LAB_READS
COLUMNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "customer_class": pl.String(),
        "region_id": pl.String(),
        "industry_code": pl.String(),
        "price_class": pl.String(),
        "basic_charge": pl.String(),
        "has_time_of_use": pl.Boolean(),
        "capacity_kva": pl.Float64(),
        "annual_kwh": pl.Float64(),
        "night_share": pl.Float64(),
        "evening_share": pl.Float64(),
        "summer_share": pl.Float64(),
        "winter_share": pl.Float64(),
        "annual_bill_cny": pl.Float64(),
        "readings_share": pl.Float64(),
    }
)
"""Night is 22 to 6 o'clock, evening 17 to 22, as in portraits; summer June to August, winter
December to February. The bill is a float: it selects and ranks, nobody is billed by it."""
_DAYTIME, _EVENING = (24, 88), (68, 88)
_SUMMER, _WINTER = (6, 7, 8), (12, 1, 2)
_YEAR_DAYS = 365.25


def candidates(
    first_day: date, last_day: date, lake: DuckDBPyConnection, *, region_id: str | None = None
) -> pl.DataFrame:
    """Everyone a scope shows that is billed, in the order of their numbers, as ``COLUMNS``.

    Args:
        first_day: First day, included.
        last_day: Last day, included.
        lake: From ``queries.lake.open_lake``, opened for READS.
        region_id: Only of this region.
    """
    lab = laboratory(first_day, last_day, lake, region_id=region_id)
    if lab.points.is_empty():
        return COLUMNS.to_frame()
    years = ((last_day - first_day).days + 1) / _YEAR_DAYS
    agreements = [lab.accounts.agreements[n] for n in lab.accounts.index.tolist()]
    two_part = pl.col("price_class").str.contains("two_part").fill_null(value=False)
    choices = [one.choice if one.choice in BASIC_CHARGES else None for one in agreements]
    found = lab.points.with_columns(
        pl.Series("basic_charge", choices, dtype=pl.String),
        pl.Series("has_time_of_use", [one.has_time_of_use for one in agreements]),
        pl.Series("capacity_kva", [float(one.capacity_kva) for one in agreements]),
        pl.Series("annual_bill_cny", owed_now(lab, lake).total_fen / 100 / years),
        annual_kwh=pl.col("energy_kwh") / years,
        **{name: pl.Series(share) for name, share in _shares(lab).items()},
    )
    found = found.with_columns(pl.when(two_part).then("basic_charge").alias("basic_charge"))
    return found.select(COLUMNS.names()).cast(COLUMNS)


def _shares(lab: Lab) -> dict[str, np.ndarray]:
    """Of every account's energy the part of some hours and months; NaN is null."""
    running = lab.cube.running["import"].astype(np.float64)
    months = np.array([group.days[0].month for group in lab.cube.groups])
    total = running[:, SLOTS_PER_DAY].sum(axis=0)

    def share(part: np.ndarray) -> np.ndarray:
        return np.divide(part, total, out=np.full(len(total), np.nan), where=total > 0)

    def hours(begin: int, end: int) -> np.ndarray:
        return share((running[:, end] - running[:, begin]).sum(axis=0))

    def of(chosen: Sequence[int]) -> np.ndarray:
        return share(running[np.isin(months, chosen), SLOTS_PER_DAY].sum(axis=0))

    return {
        "night_share": 1 - hours(*_DAYTIME),
        "evening_share": hours(*_EVENING),
        "summer_share": of(_SUMMER),
        "winter_share": of(_WINTER),
    }
