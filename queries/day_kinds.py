"""Seasons and kinds of days, as coarse as habits differ."""

from datetime import date
from typing import Literal

import polars as pl

from queries.day_classes import day_classes

Hemisphere = Literal["north", "south"]

RETURNS = pl.Schema(
    {"service_date": pl.Date(), "season": pl.String(), "day_kind": pl.String()},
)
SEASONS = ("winter", "spring", "summer", "autumn")
"""Of three whole months each; winter is December to February in the north, June to August in the
south."""
DAY_KINDS = ("workday", "rest_day")

_SATURDAY = "6"


def day_kinds(
    first_day: date, last_day: date, *, holiday_country: str, hemisphere: Hemisphere = "north"
) -> pl.DataFrame:
    """RETURNS: season and kind of every day from ``first_day`` to ``last_day``, both included.

    A make-up workday (调休上班日) is a workday; a weekend or a public holiday of
    ``holiday_country`` (see ``queries.day_classes``) is a rest day.

    >>> sunday, monday = date(2024, 2, 4), date(2024, 2, 5)
    >>> day_kinds(sunday, monday, holiday_country="CN")["day_kind"].to_list()
    ['workday', 'workday']
    """
    classes = day_classes(first_day, last_day, holiday_country)
    is_made_up = pl.col("day_class").str.ends_with(":make_up_workday")
    is_holiday = pl.col("day_class").str.contains(":") & ~is_made_up
    is_weekend = pl.col("day_class").str.head(1) >= _SATURDAY
    moved = 0 if hemisphere == "north" else 6
    season = (pl.col("service_date").dt.month() + moved) % 12 // 3
    return classes.select(
        "service_date",
        season.replace_strict(range(4), SEASONS, return_dtype=pl.String).alias("season"),
        pl.when(is_holiday | (is_weekend & ~is_made_up))
        .then(pl.lit("rest_day"))
        .otherwise(pl.lit("workday"))
        .alias("day_kind"),
    )
