"""Daily energy of an area's usage points as a table of points by days, with the days' weather."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind, choose_area
from queries.daily_weather import READS as WEATHER_READS
from queries.daily_weather import daily_weather
from queries.day_classes import day_classes
from queries.day_kinds import day_kinds
from queries.held import Held
from queries.lake import lake_state
from queries.point_groups import PLACED_INDUSTRIES
from queries.point_groups import READS as PLACES_READS
from queries.points_inside import is_part, points_inside
from queries.run import QuestionError, run_sql

READS = tuple(dict.fromkeys(("daily_totals", *WEATHER_READS, *PLACES_READS)))

LEAST_READINGS_SHARE = 0.9
"""Of a day's readings, below which the day is not known; above, the rest is scaled up."""

_ROWS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "day": pl.Int32(),
        "energy_wh": pl.Int64(),
        "readings_share": pl.Float64(),
    }
)
_FESTIVAL = "chinese_new_year|spring_festival|lunar_new_year"
_AROUND_FESTIVAL = timedelta(days=7)
_PLACES = (
    "customer_class",
    "region_id",
    "substation_id",
    "feeder_id",
    "transformer_id",
    "industry",
)


@dataclass(frozen=True, slots=True)
class DailyEnergy:
    """Usage points by days.

    Attributes:
        points: ``usage_point_id`` (ascending), ``customer_class``, ``region_id``,
            ``substation_id``, ``feeder_id``, ``transformer_id``, ``industry`` (section of GB/T
            4754), ``weather_region_id`` (null: no weather there).
        energy_kwh: (points, days); NaN where a day was not read.
        temperature_c: Daily means by weather region, (days,); NaN where not observed.
        dates: Every service date, (days,).
        is_rest: Weekends and public holidays, make-up workdays not, (days,).
        is_festival: Spring Festival and the week before and after it, (days,).
    """

    points: pl.DataFrame
    energy_kwh: np.ndarray
    temperature_c: dict[str, np.ndarray]
    dates: tuple[date, ...]
    is_rest: np.ndarray
    is_festival: np.ndarray

    @property
    def calendar(self) -> np.ndarray:
        """Calendar terms of a regression, (days, terms): rest days, and the festival if any."""
        terms = [self.is_rest, self.is_festival] if self.is_festival.any() else [self.is_rest]
        return np.stack(terms, axis=1).astype(np.float64)

    @property
    def has_weather(self) -> bool:
        """Whether any of the points has weather."""
        return bool(self.temperature_c)


_held: Held[DailyEnergy] = Held(4)


def daily_energy(  # noqa: PLR0913 - an area, a period, a channel
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    channel: str = "import",
) -> DailyEnergy:
    """What every usage point of an area took on every day, and how warm it was.

    Raises:
        QuestionError: days in the wrong order.
    """
    if last_day < first_day:
        raise QuestionError(f"the last day {last_day} is before the first day {first_day}.")
    asked = (first_day, last_day, area_kind, area_id, region_id, channel)
    return _held.of(lake, asked, lambda: _made(lake, *asked))


def _made(  # noqa: PLR0913, PLR0917 - as ``daily_energy``
    lake: DuckDBPyConnection,
    first_day: date,
    last_day: date,
    area_kind: AreaKind,
    area_id: str | None,
    region_id: str | None,
    channel: str,
) -> DailyEnergy:
    whole = _held.held(lake, (first_day, last_day, "all", None, region_id, channel))
    if whole is not None and is_part(area_kind):
        points = whole.points["usage_point_id"]
        return _part(whole, points_inside(lake, points, area_kind, area_id, region_id))
    choose_area(lake, area_kind, area_id, "daily_totals", region_id=region_id)
    asked = {"first_day": first_day, "last_day": last_day}
    rows = run_sql(
        lake, "daily_energy", _ROWS, **asked, channel=channel, least_share=LEAST_READINGS_SHARE
    )
    weather = daily_weather(lake, **asked)
    days = (last_day - first_day).days + 1
    ids = rows["usage_point_id"].unique(maintain_order=True)
    country = lake_state(lake).holiday_country
    kinds = day_kinds(first_day, last_day, holiday_country=country)
    return DailyEnergy(
        points=_with_places(lake, ids, weather),
        energy_kwh=_by_day(rows, len(ids), days),
        temperature_c=_temperatures(weather, first_day, days),
        dates=tuple(first_day + timedelta(days=day) for day in range(days)),
        is_rest=(kinds["day_kind"] == "rest_day").to_numpy(),
        is_festival=_festival(first_day, last_day, country),
    )


def _part(whole: DailyEnergy, is_inside: np.ndarray) -> DailyEnergy:
    """The points of an area; and the weather they have."""
    points = whole.points.filter(pl.Series(is_inside))
    weather = set(points["weather_region_id"].drop_nulls())
    return replace(
        whole,
        points=points,
        energy_kwh=whole.energy_kwh[is_inside],
        temperature_c={name: t for name, t in whole.temperature_c.items() if name in weather},
    )


def _festival(first_day: date, last_day: date, country: str) -> np.ndarray:
    """Whether a day lies within a week of a holiday of Spring Festival: works close for longer."""
    classes = day_classes(first_day - _AROUND_FESTIVAL, last_day + _AROUND_FESTIVAL, country)
    is_holiday = classes["day_class"].str.contains(_FESTIVAL).to_numpy()
    around = 2 * _AROUND_FESTIVAL.days + 1
    return np.convolve(is_holiday, np.ones(around), mode="valid") > 0


def _by_day(rows: pl.DataFrame, points: int, days: int) -> np.ndarray:
    """Points by days [kWh]; a day on which one of several registers was not read is not known."""
    place = rows["usage_point_id"].rle_id().to_numpy() * days + rows["day"].to_numpy()
    whole_wh = (rows["energy_wh"] / rows["readings_share"]).to_numpy()
    energy = np.bincount(place, whole_wh / 1000, points * days).reshape(points, days)
    registers = np.bincount(place, minlength=points * days).reshape(points, days)
    return np.where(registers == registers.max(axis=1, keepdims=True), energy, np.nan)


def _with_places(lake: DuckDBPyConnection, ids: pl.Series, weather: pl.DataFrame) -> pl.DataFrame:
    placed = PLACED_INDUSTRIES.format(places="places")
    places = lake.sql(f"select usage_point_id, {', '.join(_PLACES)} from {placed} as placed").pl()  # noqa: S608
    regions = weather.select("region_id", "weather_region_id").unique()
    return (
        ids.to_frame()
        .join(places, on="usage_point_id", how="left", maintain_order="left")
        .join(regions, on="region_id", how="left", maintain_order="left")
    )


def _temperatures(weather: pl.DataFrame, first_day: date, days: int) -> dict[str, np.ndarray]:
    found = {}
    for (name,), rows in weather.unique(["weather_region_id", "service_date"]).group_by(
        "weather_region_id"
    ):
        temperature_c = np.full(days, np.nan)
        day = (rows["service_date"] - first_day).dt.total_days().to_numpy()
        temperature_c[day] = rows["temperature_c"].to_numpy()
        found[str(name)] = temperature_c
    return found
