"""Which homes charge an electric vehicle, how likely that is, and by what it shows."""

from datetime import date, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.daily_weather import READS as WEATHER_READS
from queries.daily_weather import daily_weather
from queries.fleet import choose_fleet
from queries.load.charging_blocks import LEAST_STEP_KW, Blocks, charging_blocks
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY
from queries.strong_day_loads import READS as STRONG_READS
from queries.strong_day_loads import Run, strong_runs
from queries.strong_days import strong_days

RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "vehicle_likelihood": pl.Float64(),
        "blocks": pl.Int64(),
        "blocks_per_month": pl.Float64(),
        "charging_kw": pl.Float64(),
        "step_spread_share": pl.Float64(),
        "night_share": pl.Float64(),
        "first_block_day": pl.Date(),
        "cold_blocks_per_month": pl.Float64(),
        "days": pl.Int64(),
    }
)
READS = tuple(dict.fromkeys((*STRONG_READS, *WEATHER_READS)))

HEATING_FROM_C = 12.0
"""Colder days say nothing of a home whose blocks come with the cold: storage heaters look alike."""

_EVEN_PER_MONTH = 2.0
_STEEPNESS = 0.45
_USUAL_SPREAD_SHARE, _SPREAD_STEEPNESS = 0.22, 0.06
_MONTH_DAYS = 30.0
_LEAST_WARM_DAYS = 20
_COLD_RATIO = 2.5  # blocks in the cold over those in mild weather: above, they are heating
_LEAST_READINGS_SHARE = 0.5


def vehicle_charging(  # noqa: PLR0913 - an area, a period, whose
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    customer_class: str = "residential",
) -> pl.DataFrame:
    """How likely each customer of a class charges a vehicle, from blocks of charging.

    A block (``queries.load.charging_blocks``) is a step of 2.6 kW or more that stays for an hour.
    Where blocks come with the cold, only days of 12 °C and more count: storage heaters make blocks
    too, but no heater does in mild weather.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First service date, included; some months, a few of them mild, are enough.
        last_day: Last service date, included.
        area_kind: What ``area_id`` names.
        area_id: The place, class, account or usage point.
        region_id: Only what lies in this region; None is every region in the user's scope.
        customer_class: Whose; the likelihood is made for homes.

    Returns:
        A row a usage point that was read half of the time, the likeliest first:
        ``vehicle_likelihood`` [0–1, logistic in the number and the evenness of blocks], ``blocks``
        and ``blocks_per_month`` [in 30 days, of those that count], ``charging_kw`` [median step],
        ``step_spread_share`` [median deviation of steps / their median: a charger is even],
        ``night_share`` [of blocks, begun from 22 to 5 o'clock], ``first_block_day``,
        ``cold_blocks_per_month`` [on colder days], ``days`` that count.
    """
    fleet = choose_fleet(
        lake,
        first_day=first_day,
        last_day=last_day,
        area_kind=area_kind,
        area_id=area_id,
        region_id=region_id,
        channel="import",
        step_minutes=SLOT_MINUTES,
        least_readings_share=_LEAST_READINGS_SHARE,
    )
    outdoor = daily_weather(lake, first_day=first_day, last_day=last_day)
    of_days = dict(outdoor.group_by("service_date").agg(pl.col("temperature_c").mean()).iter_rows())
    dates = [first_day + timedelta(days=day) for day in range(fleet.days)]
    is_mild = np.array([of_days.get(day, HEATING_FROM_C) >= HEATING_FROM_C for day in dates])
    strong = strong_days(lake, fleet, LEAST_STEP_KW)
    runs = [_blocks(run) for run in strong_runs(lake, fleet, strong)]
    is_asked = (fleet.points["customer_class"] == customer_class).fill_null(value=False)
    judged = _judged(
        fleet.points["usage_point_id"], _joined(runs), strong.is_read, is_mild, first_day
    )
    return judged.filter(is_asked).sort(
        "vehicle_likelihood", "usage_point_id", descending=[True, False], nulls_last=True
    )


def vehicle_likelihood(per_month: np.ndarray, spread_share: np.ndarray) -> np.ndarray:
    """Likelihood from blocks in 30 days and how uneven their steps are."""
    often = (np.log(per_month + 1e-3) - np.log(_EVEN_PER_MONTH)) / _STEEPNESS
    even = (_USUAL_SPREAD_SHARE - np.nan_to_num(spread_share, nan=1.0)) / _SPREAD_STEEPNESS
    return 1 / (1 + np.exp(-(often + np.clip(even, -3, 1))))


def _blocks(run: Run) -> Blocks:
    """The blocks of a run; their slots count from midnight of the fleet's first day."""
    found = charging_blocks(run.load_kw.reshape(1, -1))
    row, slot = np.divmod(found.slot, SLOTS_PER_DAY)
    return Blocks(run.point[row], run.day[row] * SLOTS_PER_DAY + slot, found.step_kw)


def _joined(runs: list[Blocks]) -> Blocks:
    none = Blocks(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    return Blocks(
        *(
            np.concatenate([getattr(run, name) for run in (none, *runs)])
            for name in ("point", "slot", "step_kw")
        )
    )


def _judged(
    points: pl.Series, found: Blocks, is_read: np.ndarray, is_mild: np.ndarray, first_day: date
) -> pl.DataFrame:
    warm = is_mild[found.slot // SLOTS_PER_DAY]
    mild_days, cold_days = (is_read & is_mild).sum(axis=1), (is_read & ~is_mild).sum(axis=1)
    size = len(points)
    mild = np.bincount(found.point[warm], minlength=size) / np.maximum(mild_days, 1)
    cold = np.bincount(found.point[~warm], minlength=size) / np.maximum(cold_days, 1)
    heats = (cold > _COLD_RATIO * mild) & (mild_days >= _LEAST_WARM_DAYS)
    counts = ~heats[found.point] | warm
    days = np.where(heats, mild_days, mild_days + cold_days)
    used = Blocks(found.point[counts], found.slot[counts], found.step_kw[counts])
    return _evidence(points, used, days, cold * _MONTH_DAYS, first_day)


def _evidence(
    own: pl.Series, used: Blocks, days: np.ndarray, cold_per_month: np.ndarray, first_day: date
) -> pl.DataFrame:
    hour = used.slot % SLOTS_PER_DAY * SLOT_MINUTES // 60
    steps = pl.DataFrame(
        {
            "point": used.point.astype(np.int64),
            "step": used.step_kw,
            "day": used.slot // SLOTS_PER_DAY,
            "is_night": (hour >= 22) | (hour < 5),
        }
    )
    step = pl.col("step")
    of_points = steps.group_by("point").agg(
        pl.len().cast(pl.Int64).alias("blocks"),
        step.median().alias("charging_kw"),
        ((step - step.median()).abs().median() / step.median()).alias("step_spread_share"),
        pl.col("is_night").mean().alias("night_share"),
        pl.col("day").min().cast(pl.Int64).alias("first"),
    )
    frame = (
        pl.DataFrame({"usage_point_id": own, "days": days.astype(np.int64)})
        .with_columns(
            pl.int_range(pl.len()).cast(pl.Int64).alias("point"),
            pl.Series("cold_blocks_per_month", cold_per_month),
        )
        .join(of_points, on="point", how="left", maintain_order="left")
        .with_columns(pl.col("blocks").fill_null(0))
        .with_columns(
            (pl.col("blocks") / pl.col("days") * _MONTH_DAYS).alias("blocks_per_month"),
            (pl.lit(first_day) + pl.duration(days="first")).cast(pl.Date).alias("first_block_day"),
        )
    )
    likelihood = vehicle_likelihood(
        frame["blocks_per_month"].fill_nan(0.0).to_numpy(),
        frame["step_spread_share"].fill_null(np.nan).to_numpy(),
    )
    return frame.with_columns(pl.Series("vehicle_likelihood", likelihood)).select(RETURNS.names())
