"""What customers are told apart by: a few quantities of the portrait that a planner can name."""

from typing import Literal

import polars as pl

from queries.customers.portrait_load import PARTS

Population = Literal["homes", "business", "everyone"]

POPULATIONS: dict[Population, tuple[str, ...] | None] = {
    "homes": ("residential",),
    "business": ("commercial", "industrial", "agricultural", "public"),
    "everyone": None,
}
"""Classes of customers that are parted among themselves; None is all of them."""

LEAST_DAYS = 180
"""Known days below which a year's habits cannot be told."""


def _mean(*parts: str) -> pl.Expr:
    """Mean load in parts of the day, against the day's."""
    hours = sum(len(PARTS[part]) for part in parts)
    shares = pl.sum_horizontal((f"{part}_share" for part in parts), ignore_nulls=False)
    return shares / hours


_DAYTIME = _mean("morning", "midday")

_AXES: dict[str, pl.Expr] = {
    "evening_ratio": _mean("evening") / _DAYTIME,
    "night_ratio": _mean("night") / _DAYTIME,
    "morning_ratio": _mean("morning") / _mean("midday"),
    "rest_day_ratio": (pl.col("weekend_share") / 2) / ((1 - pl.col("weekend_share")) / 5),
    "summer_ratio": pl.col("summer_ratio"),
    "winter_ratio": pl.col("winter_ratio"),
    "summer_winter_ratio": pl.col("summer_ratio") / pl.col("winter_ratio"),
    "base_ratio": pl.col("base_kw") * 24 / pl.col("daily_kwh"),
    "festival_ratio": pl.col("festival_ratio"),
}
AXES = tuple(_AXES)
"""Ratios without a unit, 1 where two loads are alike: mean load in the evening and at night over
that by day, in the morning over that at midday (parts of the day as in ``portrait_load``), energy
of a rest day over that of a workday, of a summer's and a winter's day over those of spring and
autumn and over each other, base load over mean load, a day of the Spring Festival over a usual
one."""

_LOWEST, _HIGHEST = 0.02, 50.0


def axes_of(portraits: pl.DataFrame, population: Population = "everyone") -> pl.DataFrame:
    """Every usage point of a population with its AXES, null where the portrait does not say.

    Args:
        portraits: Rows of the table ``portraits``, of one month.
        population: Which classes.

    Returns:
        ``usage_point_id``, ``customer_id``, ``customer_class``, ``annual_kwh`` and the AXES, only
        of those with LEAST_DAYS known days and some use.
    """
    classes = POPULATIONS[population]
    chosen = portraits.filter(pl.col("known_days") >= LEAST_DAYS, pl.col("daily_kwh") > 0)
    if classes is not None:
        chosen = chosen.filter(pl.col("customer_class").is_in(classes))
    plain = ("usage_point_id", "customer_id", "customer_class", "annual_kwh")
    return chosen.select(
        *plain,
        # Without any use by day there is no ratio to it, but it is far from even.
        *(
            pl.when(axis.is_nan()).then(None).otherwise(axis.clip(_LOWEST, _HIGHEST)).alias(name)
            for name, axis in _AXES.items()
        ),
    ).sort("usage_point_id")
