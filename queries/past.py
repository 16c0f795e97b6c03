"""Derived tables as they would have been: computed from the day profiles known at an instant."""

from collections.abc import Callable, Collection
from zoneinfo import ZoneInfo

import polars as pl
from duckdb import DuckDBPyConnection

from queries.day_classes import month_classes
from queries.derived.completeness import completeness
from queries.derived.daily_totals import daily_totals
from queries.derived.load_cubes import load_cubes
from queries.local_time import local_profiles
from queries.schema import COMPLETENESS, DAILY_TOTALS, LOAD_CUBES, Table

_AS_OF_NOW = -1  # profile_version of rows that no publication ever held


def derive_past(
    lake: DuckDBPyConnection, reads: Collection[str], zone: ZoneInfo, holiday_country: str
) -> None:
    """Replace the derived views in ``reads`` by tables computed from ``energy_profiles``.

    The cursor's ``energy_profiles`` must already show the past. Works month by month, so memory
    is bounded by one month of the fleet.
    """

    def cubes(profiles: pl.DataFrame) -> pl.DataFrame:
        local = local_profiles(profiles, zone)
        months = local["service_date"].dt.strftime("%Y-%m").unique().to_list()
        classes = pl.concat(month_classes(month, holiday_country) for month in months)
        return load_cubes(local, classes=classes, profile_version=_AS_OF_NOW)

    if {"daily_totals", "completeness"} & set(reads):
        _by_month(lake, DAILY_TOTALS, lambda part: daily_totals(part, profile_version=_AS_OF_NOW))
    if "load_cubes" in reads:
        _by_month(lake, LOAD_CUBES, cubes)
    if "completeness" in reads:
        bounds = lake.sql(
            "select min(service_date), max(service_date) from daily_totals"
        ).fetchall()[0]
        if bounds[0]:
            rows = completeness(
                lake, first_day=bounds[0], last_day=bounds[1], profile_version=_AS_OF_NOW
            )
            _show(lake, COMPLETENESS, [rows])


def _by_month(
    lake: DuckDBPyConnection, table: Table, derive: Callable[[pl.DataFrame], pl.DataFrame]
) -> None:
    months = lake.sql("select distinct service_month from energy_profiles order by all").fetchall()
    parts = [
        derive(
            lake.sql(
                "select * from energy_profiles where service_month = $month",
                params={"month": month},
            ).pl()
        )
        for (month,) in months
    ]
    _show(lake, table, parts)


def _show(lake: DuckDBPyConnection, table: Table, parts: list[pl.DataFrame]) -> None:
    lake.execute(f"drop view if exists temp.{table.name}")
    past = pl.concat([table.schema.to_frame(), *parts])
    lake.register(f"past_{table.name}", past.to_arrow())
    lake.execute(
        f"create or replace temp table {table.name} as select * from past_{table.name}"  # noqa: S608
    )
    lake.unregister(f"past_{table.name}")
