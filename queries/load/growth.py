"""Which areas and classes grow, and what of it is weather."""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.daily_energy import READS as ENERGY_READS
from queries.daily_energy import daily_energy
from queries.load.compared_months import compared_months, days_within
from queries.load.group_series import GroupBy, Groups, group_ids, groups_by_weather
from queries.load.response import FITTED
from queries.load.yearly_growth import Growth, yearly_growth

_NUMBERS = (
    "before_kwh",
    "after_kwh",
    "weather_kwh",
    "calendar_kwh",
    "connections_kwh",
    "underlying_kwh",
    "as_read_share",
    "growth_share",
    "growth_low_share",
    "growth_high_share",
)
RETURNS = pl.Schema(
    {
        "group_id": pl.String(),
        "status": pl.String(),
        "usage_points": pl.Int64(),
        "steady_points": pl.Int64(),
        "first_day": pl.Date(),
        "last_day": pl.Date(),
        "compared_months": pl.Int64(),
        **dict.fromkeys(_NUMBERS, pl.Float64()),
    }
)
READS = ENERGY_READS

SHORT, NO_WEATHER = "short", "no_weather"
"""Why nothing is said: less than thirteen whole months, or no temperatures."""


def growth(  # noqa: PLR0913 - an area, a period, groups
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    channel: str = "import",
    group_by: GroupBy = "all",
) -> pl.DataFrame:
    """Growth of every group over a year at equal temperature, and what else changed its energy.

    The last whole months, twelve at most, are held against the same months of the year before;
    see ``queries.load.yearly_growth`` for how.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First day there is data of.
        last_day: Last service date, included.
        area_kind: What ``area_id`` names.
        area_id: The place, class, account or usage point.
        region_id: Only what lies in this region; None is every region in the user's scope.
        channel: ``import``, ``export`` …
        group_by: What usage points are put together by.

    Returns:
        A row a group, fastest growing first. ``status`` is ``fitted``, or why the growth is null:
        ``short`` (no month has its like a year before), ``no_weather``, ``few_days``,
        ``narrow_temperatures``, ``no_use``. ``first_day`` to ``last_day`` is the later year.
        ``as_read_share`` [0–1, of ``before_kwh``, as read], ``growth_share`` with its 95 % interval
        [0–1, of usage points there in both years, at equal temperature]; the change in kWh is
        ``weather`` + ``calendar`` + ``connections`` (points that came or went) + ``underlying``.
    """
    months = compared_months(first_day, last_day)
    begin = months.first_day if months else first_day
    end = months.last_day if months else last_day
    days = daily_energy(
        lake,
        first_day=begin,
        last_day=end,
        area_kind=area_kind,
        area_id=area_id,
        region_id=region_id,
        channel=channel,
    )
    groups = group_ids(days.points, group_by)
    if months is None or not days.has_weather:
        return _nothing(groups, SHORT if months is None else NO_WEATHER)
    before, after = (days_within(days.dates, years) for years in (months.earlier, months.later))
    day_of_year = np.array([day.timetuple().tm_yday for day in days.dates])
    found = [
        _as_frame(
            yearly_growth(
                days.energy_kwh,
                own.members,
                days.temperature_c[own.weather_region_id],
                days.calendar,
                day_of_year,
                before,
                after,
            ),
            own,
        )
        for own in groups_by_weather(groups, days.points["weather_region_id"])
    ]
    frame = pl.concat(found).with_columns(
        pl.lit(months.later[0][0]).alias("first_day"),
        pl.lit(months.last_day).alias("last_day"),
        pl.lit(len(months.later), pl.Int64).alias("compared_months"),
    )
    return frame.sort("growth_share", descending=True, nulls_last=True).select(RETURNS.names())


def _as_frame(found: Growth, own: Groups) -> pl.DataFrame:
    is_said = found.status == FITTED
    numbers = {
        "before_kwh": found.before,
        "after_kwh": found.after,
        "weather_kwh": found.weather,
        "calendar_kwh": found.calendar,
        "connections_kwh": found.connections,
        "underlying_kwh": found.underlying,
        "as_read_share": found.after / np.where(found.before > 0, found.before, np.nan) - 1,
        "growth_share": found.growth_share,
        "growth_low_share": found.low_share,
        "growth_high_share": found.high_share,
    }
    return pl.DataFrame(
        {
            "group_id": pl.Series(own.names, dtype=pl.String),
            "status": pl.Series(found.status.tolist(), dtype=pl.String),
            "usage_points": own.members.sum(axis=1).astype(np.int64),
            "steady_points": found.steady_points.astype(np.int64),
            **{name: np.where(is_said, value, np.nan) for name, value in numbers.items()},
        }
    ).with_columns(pl.col(_NUMBERS).fill_nan(None))


def _nothing(groups: pl.Series, status: str) -> pl.DataFrame:
    counted = groups.alias("group_id").to_frame().group_by("group_id").len("usage_points")
    return (
        counted.with_columns(pl.col("usage_points").cast(pl.Int64), pl.lit(status).alias("status"))
        .with_columns(
            pl.lit(None, dtype).alias(name)
            for name, dtype in RETURNS.items()
            if name not in {"group_id", "usage_points", "status"}
        )
        .sort("group_id", nulls_last=True)
        .select(RETURNS.names())
    )
