"""What did the utility's own pilot of prices change?"""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.day_kinds import day_kinds
from queries.demand.pilot_effect import Pilot, PilotError, pilot_effect
from queries.lake import lake_state
from queries.run import QuestionError, run_sql
from queries.schema import HOURS

RETURNS = pl.Schema(
    {
        "hours": pl.String(),
        "change_share": pl.Float64(),
        "low_share": pl.Float64(),
        "high_share": pl.Float64(),
        "substitution": pl.Float64(),
        "substitution_low": pl.Float64(),
        "substitution_high": pl.Float64(),
        "treated": pl.Int64(),
        "control": pl.Int64(),
        "left_out": pl.Int64(),
        "weeks_before": pl.Int64(),
        "weeks_after": pl.Int64(),
    }
)
READS = ("daily_features", "usage_points")

_ROWS = pl.Schema(
    {"usage_point_id": pl.String(), "day": pl.Int32(), **dict.fromkeys(HOURS, pl.Int32())}
)
_SUBSTITUTION = ("substitution", "substitution_low", "substitution_high")
_WEEK = 7


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
    price_ratio: float | None = None,
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
        price_ratio: Peak over off-peak price of the treated, where one price held before.

    Returns:
        Two rows, ``hours`` ``peak`` and ``other``: ``change_share`` with its 95 % interval, of the
        average treated customer; how many customers were compared, how many left out (not read
        both before and after), and how many weeks there are. On both the elasticity of
        ``substitution`` with its 95 % interval, as CES takes it: the change of ln(peak/off-peak
        load), estimated likewise, over ln(``price_ratio``); null where that is not told, or 1.

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
    hours = np.arange(len(HOURS))
    is_peak = (hours >= from_hour) & (hours < until_hour)
    is_treated = np.isin(points, sorted(treated))
    peak_kw, is_after = _by_week(rows, points, week, is_peak)
    other_kw, _ = _by_week(rows, points, week, ~is_peak)
    substitution = (None, None, None)
    try:
        effects = {
            "peak": pilot_effect(Pilot(peak_kw, is_treated, is_after)),
            "other": pilot_effect(Pilot(other_kw, is_treated, is_after)),
        }
        if price_ratio and price_ratio > 0 and price_ratio != 1:
            ratio = np.divide(
                peak_kw, other_kw, out=np.full_like(peak_kw, np.nan), where=other_kw > 0
            )
            moved = pilot_effect(Pilot(ratio, is_treated, is_after))
            ends = np.log1p([moved.low_share, moved.change_share, moved.high_share])
            low, middle, high = (ends / np.log(price_ratio)).tolist()
            substitution = middle, min(low, high), max(low, high)
    except PilotError as error:
        raise QuestionError(str(error)) from error
    found = [
        {
            "hours": name,
            "change_share": effect.change_share,
            "low_share": effect.low_share,
            "high_share": effect.high_share,
            **dict(zip(_SUBSTITUTION, substitution, strict=True)),
            "treated": effect.treated,
            "control": effect.control,
            "left_out": effect.left_out,
            "weeks_before": int((~is_after).sum()),
            "weeks_after": int(is_after.sum()),
        }
        for name, effect in effects.items()
    ]
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

    A day counts if every hour chosen was read whole.
    """
    of_days = rows.join(week, on="day", how="inner")
    load_kw = of_days.select(HOURS).cast(pl.Float64).to_numpy()[:, is_chosen].mean(axis=1) / 1000
    is_read = ~np.isnan(load_kw)
    weeks = np.unique(week["week"].to_numpy())
    point = np.searchsorted(points, of_days["usage_point_id"].to_numpy())
    place = point * len(weeks) + np.searchsorted(weeks, of_days["week"].to_numpy())
    size = len(points) * len(weeks)
    total = np.bincount(place[is_read], load_kw[is_read], size)
    count = np.bincount(place[is_read], minlength=size)
    found = np.divide(total, count, out=np.full(size, np.nan), where=count > 0)
    return found.reshape(len(points), len(weeks)), weeks >= 0
