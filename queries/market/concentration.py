"""How much of each group's energy is in few hands."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_area
from queries.load.group_series import GroupBy
from queries.load.peak_contribution import TOGETHER
from queries.point_groups import READS as PLACES_READS
from queries.point_groups import choose_groups
from queries.run import run_sql

LARGEST = (1, 5, 10)
"""How many of the largest customers are looked at together."""

RETURNS = pl.Schema(
    {
        "group_id": pl.String(),
        "customers": pl.Int64(),
        "energy_kwh": pl.Float64(),
        **{f"largest_{count}_share": pl.Float64() for count in LARGEST},
        "hhi": pl.Float64(),
    }
)
READS = ("daily_totals", *PLACES_READS)

_ROWS = pl.Schema({"group_id": pl.String(), "customer_id": pl.String(), "energy_kwh": pl.Float64()})


def concentration(  # noqa: PLR0913 - a period, a region, groups
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
    channel: str = "import",
    group_by: GroupBy = "industry",
) -> pl.DataFrame:
    """What part of a group's energy its largest customers take, and its Herfindahl index.

    Returns:
        A row a group (null: in none), and ``all`` of them last: ``customers`` (accounts that took
        any energy), ``largest_1_share``, ``…_5_…``, ``…_10_…`` [0–1, of the group's energy; all of
        it where it has no more customers], ``hhi`` [Herfindahl–Hirschman index, 1/customers where
        all are equal, 1 for one alone]. Shares are null where nobody took anything.
    """
    choose_area(lake, "all", None, "daily_totals", region_id=region_id)
    choose_groups(lake, group_by)
    rows = run_sql(
        lake,
        "market/concentration",
        _ROWS,
        first_day=first_day,
        last_day=last_day,
        channel=channel,
    )
    return concentrated(rows)


def concentrated(rows: pl.DataFrame) -> pl.DataFrame:
    """RETURNS, of the energy of customers by group: ``group_id``, ``customer_id``, ``energy_kwh``.

    A customer with usage points in several groups counts once in each, and once in all of them.
    """
    whole = rows.group_by("customer_id").agg(pl.col("energy_kwh").sum())
    together = whole.select(pl.lit(TOGETHER).alias("group_id"), "customer_id", "energy_kwh")
    return pl.concat(
        [
            _by_group(rows).sort("group_id", nulls_last=True),
            _by_group(together) if rows.height else RETURNS.to_frame(),
        ]
    )


def _by_group(rows: pl.DataFrame) -> pl.DataFrame:
    energy = pl.col("energy_kwh")
    shares = {
        f"largest_{count}_share": energy.top_k(count).sum() / energy.sum() for count in LARGEST
    }
    return (
        rows.filter(energy > 0)
        .group_by("group_id")
        .agg(
            pl.len().cast(pl.Int64).alias("customers"),
            energy.sum(),
            **shares,
            hhi=((energy / energy.sum()) ** 2).sum(),
        )
        .select(RETURNS.names())
    )
