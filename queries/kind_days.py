"""Mean days of usage points by season and kind of day, from hours held or else from the cubes."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind, choose_area
from queries.day_classes import day_classes
from queries.day_kinds import DAY_KINDS, SEASONS, Hemisphere, day_kinds
from queries.held import Held
from queries.hours_of_points import READS as HOURS_READ
from queries.hours_of_points import HoursOfPoints, hours_of_points
from queries.lake import lake_state
from queries.local_time import has_daylight_saving
from queries.points_inside import is_part, points_inside
from queries.run import run_sql
from queries.schema import HOURS, SLOTS

READS = tuple(dict.fromkeys(("load_cubes", *HOURS_READ)))

_ROWS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_class": pl.String(),
        "kind": pl.Int32(),
        "days": pl.Float64(),
        **dict.fromkeys(SLOTS, pl.Int64()),
    }
)


@dataclass(frozen=True, slots=True)
class KindDays:
    """Mean days, a row a usage point, season and kind of day.

    Attributes:
        rows: ``usage_point_id``, ``customer_class``, ``season``, ``day_kind``, ``days``.
        load_kw: Mean load of every local hour, (rows, 24).
    """

    rows: pl.DataFrame
    load_kw: np.ndarray


_held: Held[KindDays] = Held(4)


def kind_days(  # noqa: PLR0913 - an area, a period, a channel
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind,
    area_id: str | None,
    region_id: str | None,
    channel: str,
    hemisphere: Hemisphere = "north",
) -> KindDays:
    """Mean days of the months in which ``first_day`` to ``last_day`` lie, whole months all."""
    first = first_day.replace(day=1)
    last = last_day.replace(day=monthrange(last_day.year, last_day.month)[1])
    asked = (first, last, area_kind, area_id, region_id, channel, hemisphere)
    return _held.of(lake, asked, lambda: _made(lake, *asked))


def _made(  # noqa: PLR0913, PLR0917 - as ``kind_days``
    lake: DuckDBPyConnection,
    first_day: date,
    last_day: date,
    area_kind: AreaKind,
    area_id: str | None,
    region_id: str | None,
    channel: str,
    hemisphere: Hemisphere,
) -> KindDays:
    state = lake_state(lake)
    country, zone = state.holiday_country, ZoneInfo(state.zone_name)
    kinds = day_kinds(first_day, last_day, holiday_country=country, hemisphere=hemisphere)
    number = pl.col("season").replace_strict(SEASONS, range(len(SEASONS))) * len(DAY_KINDS)
    number += pl.col("day_kind").replace_strict(DAY_KINDS, range(len(DAY_KINDS)))
    kinds = kinds.select("service_date", number.alias("kind"))
    hours = None
    years = range(first_day.year, last_day.year + 1)
    if is_part(area_kind) and not any(has_daylight_saving(zone, year) for year in years):
        period = {"first_day": first_day, "last_day": last_day}
        hours = hours_of_points(lake, **period, region_id=region_id, channel=channel)
    if hours is not None:
        rows, energy_wh = _of_hours(lake, hours, kinds, (area_kind, area_id, region_id))
    else:
        choose_area(lake, area_kind, area_id, "load_cubes", region_id=region_id)
        classes = day_classes(first_day, last_day, country).join(kinds, on="service_date")
        rows, energy_wh = _of_cubes(lake, classes, channel)
    season, day_kind = pl.col("kind") // len(DAY_KINDS), pl.col("kind") % len(DAY_KINDS)
    named = rows.select(
        "usage_point_id",
        "customer_class",
        season.replace_strict(range(len(SEASONS)), SEASONS, return_dtype=pl.String).alias("season"),
        day_kind.replace_strict(range(len(DAY_KINDS)), DAY_KINDS, return_dtype=pl.String).alias(
            "day_kind"
        ),
        "days",
    )
    return KindDays(named, energy_wh / 1000 / rows["days"].to_numpy()[:, None])


def _of_hours(
    lake: DuckDBPyConnection,
    hours: HoursOfPoints,
    kinds: pl.DataFrame,
    area: tuple[AreaKind, str | None, str | None],
) -> tuple[pl.DataFrame, np.ndarray]:
    is_inside = points_inside(lake, hours.points, *area)
    by_day = (len(hours.points), kinds.height, len(HOURS))
    energy_wh, is_read = (
        hours.energy_wh.reshape(by_day),
        np.any(hours.is_read.reshape(by_day), axis=2),
    )
    of_kind = kinds["kind"].to_numpy()
    numbers = np.unique(of_kind)
    days = np.stack([is_read[:, of_kind == number].sum(axis=1) for number in numbers], axis=1)
    sums_wh = np.stack([energy_wh[:, of_kind == one].sum(axis=1) for one in numbers], axis=1)
    point, kind = np.nonzero((days > 0) & is_inside[:, None])
    rows = pl.DataFrame(
        {
            "usage_point_id": hours.points.gather(point),
            "kind": numbers[kind],
            "days": days[point, kind].astype(np.float64),
        }
    )
    classes = lake.sql("select usage_point_id, customer_class from places").pl()
    return (
        rows.join(classes, on="usage_point_id", how="left", maintain_order="left"),
        sums_wh[point, kind],
    )


def _of_cubes(
    lake: DuckDBPyConnection, classes: pl.DataFrame, channel: str
) -> tuple[pl.DataFrame, np.ndarray]:
    month = pl.col("service_date").dt.strftime("%Y-%m").alias("month")
    cells = classes.select(month, "day_class", "kind").unique()
    rows = run_sql(
        lake,
        "kind_days",
        _ROWS,
        months=cells["month"].to_list(),
        day_classes=cells["day_class"].to_list(),
        kinds=cells["kind"].to_list(),
        channel=channel,
    )
    energy_wh = rows.select(SLOTS).cast(pl.Float64).to_numpy()
    by_hour = (len(energy_wh), len(HOURS), len(SLOTS) // len(HOURS))
    return rows.drop(SLOTS), np.nansum(energy_wh.reshape(by_hour), axis=2)
