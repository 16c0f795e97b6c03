"""What does policy demand of hours and prices, going by the load of the last two years?"""

from datetime import date, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.demand.period_policy import demanded, sharp_steps
from queries.demand.system_days import READS as DAYS_READS
from queries.demand.system_days import SystemDays, system_days

RETURNS = pl.Schema(
    {
        "difference_share": pl.Float64(),
        "difference_day": pl.Date(),
        "typical_difference_share": pl.Float64(),
        "least_price_ratio": pl.Float64(),
        "maximum_kw": pl.Float64(),
        "maximum_day": pl.Date(),
        "sharp_hours": pl.List(pl.Struct({"month": pl.Int64(), "hour": pl.Int64(),
                                          "hours_reached": pl.Float64()})),
        "days": pl.Int64(),
        "left_out_days": pl.Int64(),
        "midday_net_share": pl.Float64(),
        "has_midday_valley": pl.Boolean(),
    }
)  # fmt: skip
READS = DAYS_READS
_MIDDAY, _NIGHT = slice(10 * 4, 15 * 4), slice(0, 6 * 4)


def period_rules(  # noqa: PLR0913 - an area and a period
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
) -> pl.DataFrame:
    """One row: the ratio of prices and the sharp hours that 发改价格〔2021〕1093号 asks for.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First service date, included; two years before the last for the sharp hours.
        last_day: Last service date, included; the year up to it decides on the ratio.
        area_kind: What ``area_id`` names; the rules mean a system, ``all`` or a region.
        area_id: The place, class, account or usage point.
        region_id: Only what lies in this region; None is every region in the user's scope.

    Returns:
        ``difference_share`` [0–1], the largest (maximum − minimum) / maximum of a day of the last
        year, on ``difference_day``, and its median; ``least_price_ratio`` of peak to valley:
        4 above 40 %, else 3. ``maximum_kw`` [quarter of an hour] of the last year and its day.
        ``sharp_hours``: hours of the day by month in which the load reached 95 % of its calendar
        year's maximum, and for how long altogether [h]. ``midday_net_share``: net load from 10 to
        15 over that from 0 to 6; ``has_midday_valley``: below 1, the sun makes midday the valley.
        Null: no day of the last year was read.
    """
    days = system_days(
        lake,
        first_day=first_day,
        last_day=last_day,
        area_kind=area_kind,
        area_id=area_id,
        region_id=region_id,
    )
    latest = _since(days, _year_before(last_day))
    found = demanded(latest.dates, latest.load_kw)
    if found is None:
        return pl.DataFrame(
            [{"days": 0, "left_out_days": days.left_out_days, "sharp_hours": []}], schema=RETURNS
        )
    highest = latest.load_kw.max(axis=1)
    midday, night = (float(latest.net_kw[:, hours].mean()) for hours in (_MIDDAY, _NIGHT))
    row = {
        "difference_share": found.difference_share,
        "difference_day": found.difference_day,
        "typical_difference_share": found.typical_share,
        "least_price_ratio": found.least_price_ratio,
        "maximum_kw": float(highest.max()),
        "maximum_day": latest.dates[int(highest.argmax())],
        "sharp_hours": _by_hour(days),
        "days": len(days.dates),
        "left_out_days": days.left_out_days,
        "midday_net_share": midday / night if night > 0 else None,
        "has_midday_valley": midday < night,
    }
    return pl.DataFrame([row], schema=RETURNS)


def _by_hour(days: SystemDays) -> list[dict[str, float]]:
    is_sharp = sharp_steps(days.dates, days.load_kw).reshape(len(days.dates), 24, -1).sum(axis=2)
    month = np.array([day.month for day in days.dates])
    found = []
    for one in range(1, 13):
        quarters = is_sharp[month == one].sum(axis=0)
        found += [
            {"month": one, "hour": int(hour), "hours_reached": float(quarters[hour]) / 4}
            for hour in np.flatnonzero(quarters)
        ]
    return found


def _since(days: SystemDays, first_day: date) -> SystemDays:
    at = sum(day < first_day for day in days.dates)
    return SystemDays(days.dates[at:], days.load_kw[at:], days.net_kw[at:], days.left_out_days)


def _year_before(day: date) -> date:
    """The first day of the whole year that ends on ``day``."""
    following = day + timedelta(days=1)
    leap = (following.month, following.day) == (2, 29)
    return following.replace(year=following.year - 1, day=28 if leap else following.day)
