"""How well a plain forecast knows tomorrow, for one customer and for many."""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.day_kinds import day_kinds
from queries.fleet import LEAST_READINGS_SHARE, choose_fleet
from queries.random_groups import group_loads
from queries.step_loads import READS as STEP_READS

RETURNS = pl.Schema(
    {
        "group_size": pl.Int64(),
        "groups": pl.Int64(),
        "error_share": pl.Float64(),
        "error_low_share": pl.Float64(),
        "error_high_share": pl.Float64(),
        "week_before_error_share": pl.Float64(),
        "tested_days": pl.Int64(),
        "usage_points": pl.Int64(),
        "left_out_points": pl.Int64(),
        "spread_share": pl.Float64(),
    }
)
READS = STEP_READS

GROUP_SIZES = (1, 2, 5, 10, 20, 50, 100)

_LIKE_DAYS = 5
_WEEK = 7


def predictability(  # noqa: PLR0913 - an area, a period, a step, a calendar, the groups
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    channel: str = "import",
    step_minutes: int = 30,
    holiday_country: str = "CN",
    train_share: float = 0.5,
    group_sizes: tuple[int, ...] = GROUP_SIZES,
    groups_of_each: int = 30,
    seed: int = 1,
    least_readings_share: float = LEAST_READINGS_SHARE,
) -> pl.DataFrame:
    """Error of a plain day-ahead forecast against group size, over random groups.

    The forecast, made at midnight for the day that begins, is for every step
    a·M + b·K + c·W + d·Y: M the group's mean load while training; K the mean of that step over the
    last five days of the same kind (workday, rest day); W its load a week before; Y yesterday. The
    weights are one set a group, by least squares over the first ``train_share`` of the days, and
    tested on the others. No weather: it says how regular a load is, not how well one can forecast.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First service date, included.
        last_day: Last service date, included.
        area_kind: What ``area_id`` names.
        area_id: The place, class, account or usage point.
        region_id: Only what lies in this region; None is every region in the user's scope.
        channel: ``import``, ``export`` …
        step_minutes: The load is the mean over steps of this length.
        holiday_country: Whose public holidays are rest days (ISO code).
        train_share: Of the days, the earlier ones, for training [0–1].
        group_sizes: How many customers a group has; those the area has not enough points for are
            left out. All points together are always the last group.
        groups_of_each: Random groups of every size.
        seed: Of the groups: the same seed, points and size give the same groups.
        least_readings_share: Points that reported less of the period are left out [0–1].

    Returns:
        A row for every size: ``error_share`` [mean absolute error / mean load of the steps tested,
        defined at zero load too], its mean, 10 % and 90 % quantile over the ``groups`` that can be
        forecast and draw anything while tested; ``week_before_error_share`` is the mean error of W
        alone on the same steps. Null where no group of a size can be forecast, as in less than
        three weeks.
    """
    fleet = choose_fleet(
        lake,
        first_day=first_day,
        last_day=last_day,
        area_kind=area_kind,
        area_id=area_id,
        region_id=region_id,
        channel=channel,
        step_minutes=step_minutes,
        least_readings_share=least_readings_share,
    )
    sizes = (*group_sizes, fleet.points.height)
    groups = group_loads(lake, fleet, sizes, groups_of_each=groups_of_each, seed=seed)
    kinds = day_kinds(first_day, last_day, holiday_country=holiday_country)["day_kind"].to_numpy()
    first_tested = int(fleet.days * train_share)
    of_groups = pl.DataFrame(
        [
            (
                size,
                *_errors(load_kw.reshape(len(kinds), -1).astype(np.float64), kinds, first_tested),
            )
            for size, load_kw in zip(groups.sizes.tolist(), groups.load_kw, strict=True)
        ],
        schema={"group_size": pl.Int64, "error": pl.Float64, "week_before_error": pl.Float64},
        orient="row",
    )
    error = pl.col("error")
    return (
        of_groups.group_by("group_size", maintain_order=True)
        .agg(
            error.count().cast(pl.Int64).alias("groups"),
            error.mean().alias("error_share"),
            error.quantile(0.1, "linear").alias("error_low_share"),
            error.quantile(0.9, "linear").alias("error_high_share"),
            pl.col("week_before_error").mean().alias("week_before_error_share"),
        )
        .with_columns(
            pl.lit(fleet.days - first_tested, pl.Int64).alias("tested_days"),
            pl.lit(fleet.points.height, pl.Int64).alias("usage_points"),
            pl.lit(fleet.left_out_points, pl.Int64).alias("left_out_points"),
            pl.lit(groups.spread_share).alias("spread_share"),
        )
        .select(RETURNS.names())
    )


def _errors(
    load_kw: np.ndarray, kinds: np.ndarray, first_tested: int
) -> tuple[float | None, float | None]:
    """Normalised mean absolute errors of the forecast and of the week before; (days, steps)."""
    week_before, yesterday = _days_before(load_kw, _WEEK), _days_before(load_kw, 1)
    signs = np.stack(
        [np.ones_like(load_kw), _mean_of_like_days(load_kw, kinds), week_before, yesterday], axis=-1
    )
    is_known = ~np.isnan(load_kw) & ~np.isnan(signs).any(axis=-1)
    trained, tested = is_known.copy(), is_known.copy()
    trained[first_tested:], tested[:first_tested] = False, False
    actual = load_kw[tested]
    if not trained.any() or not actual.sum() > 0:
        return None, None
    signs[..., 0] = load_kw[trained].mean()
    # Normal equations: four unknowns, many thousand rows.
    known = signs[trained]
    weights = np.linalg.lstsq(known.T @ known, known.T @ load_kw[trained])[0]
    error = np.abs(signs[tested] @ weights - actual).sum() / actual.sum()
    return float(error), float(np.abs(week_before[tested] - actual).sum() / actual.sum())


def _days_before(load_kw: np.ndarray, days: int) -> np.ndarray:
    moved = np.full_like(load_kw, np.nan)
    moved[days:] = load_kw[:-days]
    return moved


def _mean_of_like_days(load_kw: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """Of every step over the last five days of the same kind; NaN before there are five."""
    means = np.full_like(load_kw, np.nan)
    for kind in np.unique(kinds):
        of_kind = np.flatnonzero(kinds == kind)
        is_read = ~np.isnan(load_kw[of_kind])
        sums = _sums_of_last(np.where(is_read, load_kw[of_kind], 0))
        counts = _sums_of_last(is_read)
        means[of_kind[_LIKE_DAYS:]] = np.divide(
            sums, counts, where=counts > 0, out=np.full_like(sums, np.nan)
        )
    return means


def _sums_of_last(values: np.ndarray) -> np.ndarray:
    """Over the five rows before each, from the sixth row on."""
    running = np.cumsum(values, axis=0, dtype=np.float64)
    before = np.concatenate([np.zeros((1, values.shape[1])), running])
    return (before[_LIKE_DAYS:] - before[:-_LIKE_DAYS])[:-1]
