"""The usage points whose statistics a question is about: those that reported enough of a period."""

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind, choose_area
from queries.run import QuestionError, run_sql
from queries.schema import SLOT_MINUTES

READS = (
    "daily_features",
    "daily_totals",
    "usage_points",
    "transformers",
    "feeders",
    "substations",
    "regions",
)
LEAST_READINGS_SHARE = 0.9
"""What a usage point must have reported of a period for its statistics to count."""

_POINTS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_class": pl.String(),
        "registers": pl.Int64(),
        "longest_minutes": pl.Int16(),
        "readings_share": pl.Float64(),
    }
)
_MINUTES_PER_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Fleet:
    """Usage points to be compared over the same steps of the same days.

    Attributes:
        points: One row a point: ``usage_point_id`` (ascending), ``customer_class``, ``registers``
            of the channel, its longest interval ``longest_minutes`` [min] and ``readings_share``
            [0–1, of the period].
        left_out_points: Points of the area that reported, but too little of the period.
        first_day: First service date, included.
        days: How many.
        channel: What was measured.
        step_minutes: Length of a step.
    """

    points: pl.DataFrame
    left_out_points: int
    first_day: date
    days: int
    channel: str
    step_minutes: int

    @property
    def last_day(self) -> date:
        """Last service date, included."""
        return self.first_day + timedelta(days=self.days - 1)

    @property
    def steps_per_day(self) -> int:
        """Steps of one day."""
        return _MINUTES_PER_DAY // self.step_minutes


def choose_fleet(  # noqa: PLR0913 - an area, a period, a channel, a step, what is enough
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind,
    area_id: str | None,
    region_id: str | None,
    channel: str,
    step_minutes: int,
    least_readings_share: float,
) -> Fleet:
    """The points of an area that reported ``least_readings_share`` of the period.

    The lake's views ``area_energy_profiles``, ``area_daily_features`` and ``area_daily_totals`` are
    cut to the area, as ``queries.area.choose_area`` says.

    Raises:
        QuestionError: days in the wrong order, or a step that does not divide the day into whole
            quarters of an hour.
    """
    if last_day < first_day:
        raise QuestionError(f"the last day {last_day} is before the first day {first_day}.")
    if (
        step_minutes < SLOT_MINUTES
        or step_minutes % SLOT_MINUTES
        or _MINUTES_PER_DAY % step_minutes
    ):
        raise QuestionError(
            f"step_minutes {step_minutes} must be a multiple of {SLOT_MINUTES} that divides the "
            "day; give 15, 30 or 60."
        )
    tables = ("energy_profiles", "daily_features", "daily_totals")
    choose_area(lake, area_kind, area_id, *tables, region_id=region_id)
    reported = run_sql(
        lake,
        "fleet",
        _POINTS,
        first_day=first_day,
        last_day=last_day,
        channel=channel,
    )
    enough = reported.filter(pl.col("readings_share") >= least_readings_share)
    return Fleet(
        points=enough,
        left_out_points=reported.height - enough.height,
        first_day=first_day,
        days=(last_day - first_day).days + 1,
        channel=channel,
        step_minutes=step_minutes,
    )
