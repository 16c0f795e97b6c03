"""What did the utility's own pilot of prices change?"""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.day_kinds import day_kinds
from queries.demand.pilot_effect import Pilot, PilotError, pilot_effect
from queries.lake import lake_state
from queries.run import QuestionError, run_sql
from queries.schema import SLOTS

RETURNS = pl.Schema(
    {
        "hours": pl.String(),
        "change_share": pl.Float64(),
        "low_share": pl.Float64(),
        "high_share": pl.Float64(),
        "treated": pl.Int64(),
        "control": pl.Int64(),
        "left_out": pl.Int64(),
        "weeks_before": pl.Int64(),
        "weeks_after": pl.Int64(),
    }
)
READS = ("energy_profiles", "usage_points")

_ROWS = pl.Schema(
    {"usage_point_id": pl.String(), "day": pl.Int32(), **dict.fromkeys(SLOTS, pl.Int32())}
)
_WEEK = 7
_SLOTS_PER_HOUR = 4


def pilot_response(  # noqa: PLR0913 - two arms, a period, hours
    lake: DuckDBPyConnection,
    *,
    treated: tuple[str, ...],
    control: tuple[str, ...],
    starts_on: date,
    first_day: date,
    last_day: date,
    from_hour: int,
    until_hour: int,
) -> pl.DataFrame:
    """Change of the load of treated customers against control, before against after.

    Difference in differences with effects of customers and weeks, on the logarithm of each week's
    mean load on workdays, errors clustered by customer (``queries.demand.pilot_effect``).

    Args:
        lake: From ``queries.lake.open_lake``.
        treated: Usage points that got the price, by lot.
        control: Those that did not.
        starts_on: First day of the price; whole weeks are counted from it, both ways.
        first_day: First service date (standard time).
        last_day: Last service date.
        from_hour: First hour of the peak [0–23].
        until_hour: Hour after its last [1–24].

    Returns:
        Two rows, ``hours`` ``peak`` and ``other``: ``change_share`` with its 95 % interval, of the
        average treated customer; how many customers were compared, how many left out (not read
        both before and after), and how many weeks there are.

    Raises:
        QuestionError: hours out of order, a point in both arms, or too little to compare.
    """
    if not 0 <= from_hour < until_hour <= 24:
        raise QuestionError(f"hours {from_hour} to {until_hour} must lie in order within the day.")
    if both := sorted(set(treated) & set(control)):
        raise QuestionError(f"{', '.join(both)} cannot be treated and control. Name each once.")
    points = sorted({*treated, *control})
    rows = run_sql(
        lake, "demand/pilot_response", _ROWS, points=points, first_day=first_day, last_day=last_day
    )
    week = _weeks(first_day, last_day, starts_on, lake_state(lake).holiday_country)
    hours = np.arange(24)
    is_peak = (hours >= from_hour) & (hours < until_hour)
    is_treated = np.isin(points, sorted(treated))
    found = []
    for name, chosen in (("peak", is_peak), ("other", ~is_peak)):
        load_kw, is_after = _by_week(rows, points, week, chosen)
        try:
            effect = pilot_effect(Pilot(load_kw, is_treated, is_after))
        except PilotError as error:
            raise QuestionError(str(error)) from error
        found.append(
            {
                "hours": name,
                "change_share": effect.change_share,
                "low_share": effect.low_share,
                "high_share": effect.high_share,
                "treated": effect.treated,
                "control": effect.control,
                "left_out": effect.left_out,
                "weeks_before": int((~is_after).sum()),
                "weeks_after": int(is_after.sum()),
            }
        )
    return pl.DataFrame(found, schema=RETURNS)


def _weeks(first_day: date, last_day: date, starts_on: date, country: str) -> pl.DataFrame:
    """Number of the week of every workday, 0 the first of the price; rest days are left out."""
    kinds = day_kinds(first_day, last_day, holiday_country=country)
    days = (pl.col("service_date") - pl.lit(starts_on)).dt.total_days()
    return kinds.filter(day_kind="workday").select(
        (pl.col("service_date") - pl.lit(first_day)).dt.total_days().cast(pl.Int32).alias("day"),
        (days // _WEEK).alias("week"),
    )


def _by_week(
    rows: pl.DataFrame, points: list[str], week: pl.DataFrame, is_chosen: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean load of the hours chosen, (points, weeks) [kW], and whether a week is after the start.

    A day counts if every hour chosen has a reading.
    """
    of_days = rows.join(week, on="day", how="inner")
    energy_wh = of_days.select(SLOTS).cast(pl.Float64).to_numpy()
    by_hour = energy_wh.reshape(len(energy_wh), 24, _SLOTS_PER_HOUR)[:, is_chosen]
    is_read = np.logical_not(np.any(np.all(np.isnan(by_hour), axis=2), axis=1))
    load_kw = np.nansum(by_hour, axis=(1, 2)) / 1000 / max(int(is_chosen.sum()), 1)
    weeks = np.unique(week["week"].to_numpy())
    point = np.searchsorted(points, of_days["usage_point_id"].to_numpy())
    place = point * len(weeks) + np.searchsorted(weeks, of_days["week"].to_numpy())
    size = len(points) * len(weeks)
    total = np.bincount(place[is_read], load_kw[is_read], size)
    count = np.bincount(place[is_read], minlength=size)
    found = np.divide(total, count, out=np.full(size, np.nan), where=count > 0)
    return found.reshape(len(points), len(weeks)), weeks >= 0
