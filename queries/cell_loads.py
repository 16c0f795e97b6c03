"""Load of an area by month, class of day and hour, from the cubes; with the cells' temperatures."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind, choose_area
from queries.cells_of_points import CellsOfPoints, cells_of_points
from queries.daily_weather import READS as WEATHER_READS
from queries.daily_weather import daily_weather
from queries.day_classes import day_classes
from queries.day_kinds import day_kinds
from queries.held import Held
from queries.lake import lake_state
from queries.points_inside import is_part, points_inside
from queries.run import run_sql
from queries.schema import SLOTS

READS = ("load_cubes", *WEATHER_READS)

_CELLS = pl.Schema(
    {
        "month": pl.String(),
        "day_class": pl.String(),
        "class_days": pl.Int64(),
        **dict.fromkeys(SLOTS, pl.Float64()),
    }
)
_SLOTS_PER_HOUR = 4
_KEY = ["month", "day_class"]
_MONTHS = ["month_number", "last_month_number"]
_LUNAR_NEW_YEAR = {"CN", "HK", "TW", "SG", "MY", "VN", "KR"}


@dataclass(frozen=True, slots=True)
class CellLoads:
    """Cells of days of one class in one month.

    Attributes:
        cells: ``month`` (YYYY-MM), ``day_class``, ``class_days``, ``season``, ``day_kind``, and
            ``month_number`` to ``last_month_number`` [1–12]: months held against others together.
        load_kw: Mean load of every hour, (cells, 24).
        days: ``month``, ``day_class`` and ``temperature_c`` of every day that has it.
    """

    cells: pl.DataFrame
    load_kw: np.ndarray
    days: pl.DataFrame


_held: Held[CellLoads] = Held(4)


def cell_loads(  # noqa: PLR0913 - an area, a period, a channel
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind,
    area_id: str | None,
    region_id: str | None,
    channel: str,
) -> CellLoads:
    """The cells of the whole months from ``first_day`` to ``last_day``."""
    asked = (first_day, last_day, area_kind, area_id, region_id, channel)
    return _held.of(lake, asked, lambda: _made(lake, *asked))


def _made(  # noqa: PLR0913, PLR0917 - as ``cell_loads``
    lake: DuckDBPyConnection,
    first_day: date,
    last_day: date,
    area_kind: AreaKind,
    area_id: str | None,
    region_id: str | None,
    channel: str,
) -> CellLoads:
    found, load_kw = _cells(lake, first_day, last_day, (area_kind, area_id, region_id), channel)
    country = lake_state(lake).holiday_country
    month = pl.col("service_date").dt.strftime("%Y-%m").alias("month")
    calendar = (
        day_classes(first_day, last_day, country)
        .join(day_kinds(first_day, last_day, holiday_country=country), on="service_date")
        .with_columns(month)
    )
    # Spring Festival moves between January and February, which are therefore taken together.
    moves = ["01", "02"] if country in _LUNAR_NEW_YEAR else []
    number = pl.col("month").str.slice(5)
    kinds = calendar.select(
        *_KEY,
        "season",
        "day_kind",
        pl.when(number.is_in(moves))
        .then(pl.lit(1))
        .otherwise(number.cast(pl.Int64))
        .alias("month_number"),
        pl.when(number.is_in(moves))
        .then(pl.lit(2))
        .otherwise(number.cast(pl.Int64))
        .alias("last_month_number"),
    ).unique(_KEY)
    cells = found.with_row_index("at").join(kinds, on=_KEY, maintain_order="left")
    weather = daily_weather(lake, first_day=first_day, last_day=last_day)
    of_days = weather.group_by("service_date").agg(pl.col("temperature_c").mean())
    return CellLoads(
        cells.select(*_KEY, "class_days", "season", "day_kind", *_MONTHS),
        load_kw[cells["at"].to_numpy()],
        calendar.join(of_days, on="service_date").select(*_KEY, "temperature_c"),
    )


def _cells(
    lake: DuckDBPyConnection,
    first_day: date,
    last_day: date,
    area: tuple[AreaKind, str | None, str | None],
    channel: str,
) -> tuple[pl.DataFrame, np.ndarray]:
    """Month, class and number of days of every cell of the area, and its load (cells, 24) [kW]."""
    kind, area_id, region_id = area
    whole = None
    if is_part(kind):
        period = {"first_day": first_day, "last_day": last_day}
        whole = cells_of_points(lake, **period, region_id=region_id, channel=channel)
    if whole is not None:
        return _added_up(whole, points_inside(lake, whole.points, *area))
    choose_area(lake, kind, area_id, "load_cubes", region_id=region_id)
    months = {"first_month": f"{first_day:%Y-%m}", "last_month": f"{last_day:%Y-%m}"}
    found = run_sql(lake, "cell_loads", _CELLS, **months, channel=channel)
    energy_wh = found.select(SLOTS).to_numpy().reshape(found.height, 24, _SLOTS_PER_HOUR)
    return found.drop(SLOTS), np.nansum(energy_wh, axis=2) / 1000


def _added_up(whole: CellsOfPoints, is_inside: np.ndarray) -> tuple[pl.DataFrame, np.ndarray]:
    own = np.flatnonzero(is_inside[whole.point])
    cell, count = whole.cell[own], whole.cells.height
    days = np.zeros(count, np.int64)
    np.maximum.at(days, cell, whole.days[own])
    load_kw = [np.bincount(cell, hour, count) for hour in whole.load_kw[own].T]
    is_there = days > 0
    found = whole.cells.with_columns(class_days=days).filter(pl.Series(is_there))
    return found, np.stack(load_kw, axis=1)[is_there]
