"""Derived tables as they would have been: computed from the day profiles known at an instant."""

from collections.abc import Callable, Collection, Mapping
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import polars as pl
from duckdb import DuckDBPyConnection

from queries.day_classes import month_classes
from queries.derived.completeness import completeness
from queries.derived.daily_features import daily_features
from queries.derived.daily_totals import daily_totals
from queries.derived.load_cubes import load_cubes
from queries.local_time import local_profiles
from queries.schema import COMPLETENESS, DAILY_FEATURES, DAILY_TOTALS, LOAD_CUBES, Table

_Derive = Callable[[pl.DataFrame, date], pl.DataFrame]
_AS_OF_NOW = -1  # profile_version of rows that no publication ever held


def derive_past(
    lake: DuckDBPyConnection, reads: Collection[str], zone: ZoneInfo, holiday_country: str
) -> None:
    """Replace the derived views in ``reads`` by tables computed from ``energy_profiles``.

    The cursor's ``energy_profiles`` must already show the past. Works month by month, so memory
    is bounded by one month of the fleet.
    """

    def totals(profiles: pl.DataFrame, first_day: date) -> pl.DataFrame:
        of_month = profiles.filter(pl.col("service_date") >= first_day)
        return daily_totals(of_month, profile_version=_AS_OF_NOW)

    def features(profiles: pl.DataFrame, first_day: date) -> pl.DataFrame:
        of_month = profiles.filter(pl.col("service_date") >= first_day)
        return daily_features(of_month, profile_version=_AS_OF_NOW)

    def cubes(profiles: pl.DataFrame, first_day: date) -> pl.DataFrame:
        month = f"{first_day:%Y-%m}"
        local = local_profiles(profiles, zone).filter(
            pl.col("service_date").dt.strftime("%Y-%m") == month
        )
        classes = month_classes(month, holiday_country)
        return load_cubes(local, classes=classes, profile_version=_AS_OF_NOW)

    derived: dict[Table, _Derive] = {}
    if {"daily_totals", "completeness"} & set(reads):
        derived[DAILY_TOTALS] = totals
    if "daily_features" in reads:
        derived[DAILY_FEATURES] = features
    if "load_cubes" in reads:
        derived[LOAD_CUBES] = cubes
    if derived:
        _by_month(lake, derived)
    if "completeness" in reads:
        bounds = lake.sql(
            "select min(service_date), max(service_date) from daily_totals"
        ).fetchall()[0]
        first_day, last_day = bounds
        rows = []
        if first_day:
            rows = [
                completeness(
                    lake, first_day=first_day, last_day=last_day, profile_version=_AS_OF_NOW
                )
            ]
        _show(lake, COMPLETENESS, rows)


def _by_month(lake: DuckDBPyConnection, derived: Mapping[Table, _Derive]) -> None:
    """Derive month by month, each with the day before it, whose last hour may be in it locally.

    The past of the profiles is put together once for all tables: it takes longer than deriving.
    """
    months = lake.sql(
        "select distinct date_trunc('month', service_date + further)::date as first_day "
        "from energy_profiles, unnest([0, 1]) as days(further) order by all"
    ).fetchall()
    parts: dict[Table, list[pl.DataFrame]] = {table: [] for table in derived}
    for (first_day,) in months:
        profiles = lake.sql(
            "select * from energy_profiles where service_month in ($month, $month_before) "
            "and service_date between $day_before and last_day($first_day)",
            params=_month_and_day_before(first_day),
        ).pl()
        for table, derive in derived.items():
            parts[table].append(derive(profiles, first_day))
    for table, of_months in parts.items():
        _show(lake, table, of_months)


def _month_and_day_before(first_day: date) -> dict[str, object]:
    day_before = first_day - timedelta(days=1)
    return {
        "first_day": first_day,
        "day_before": day_before,
        "month": f"{first_day:%Y-%m}",
        "month_before": f"{day_before:%Y-%m}",
    }


def _show(lake: DuckDBPyConnection, table: Table, parts: list[pl.DataFrame]) -> None:
    lake.execute(f"drop view if exists temp.{table.name}")
    past = pl.concat([table.schema.to_frame(), *parts])
    lake.register(f"past_{table.name}", past.to_arrow())
    lake.execute(
        f"create or replace temp table {table.name} as select * from past_{table.name}"  # noqa: S608
    )
    lake.unregister(f"past_{table.name}")
