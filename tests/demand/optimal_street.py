"""A street of homes whose prices are looked for: evening users, night users, even ones, and shops.

Every home has prices by the hour by its agreement, so that the laboratory bills it by the hour too.
"""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl

from queries.demand.optimal_terms import Problem
from queries.settings import Settings
from tests.billing.small_lakes import HOME, SHOP, agreement, point, profiles, street

DAYS = date(2025, 6, 1), date(2025, 7, 31)
EVENING = (17, 18, 19, 20)
HOMES = 24


def problem(**asked: object) -> Problem:
    """A search for the street's household prices; all homes answer, conditions are loose."""
    usual: dict[str, object] = {
        "first_day": DAYS[0],
        "last_day": DAYS[1],
        "price_class": "residential",
        "uptake_share": 1.0,
        "least_ratio": 2.0,
        "most_ratio": 5.0,
        "bill_rise_share": None,
        "most_sharp_times": 1.5,
    }
    return Problem.model_validate(usual | asked)


def optimal_street(
    settings: Settings, register: Callable, take: Callable, day_row: Callable
) -> Settings:
    """24 homes, from those that use most in the evening to those that use most at night; a shop."""
    points = {}
    for number in range(HOMES):
        name = f"home {number:02d}"
        evening, night = 0.7 + 0.03 * number, 1.2 - 0.02 * number
        kwh = dict.fromkeys(EVENING, evening) | dict.fromkeys(range(4), night)
        if number % 3 == 0:
            kwh |= dict.fromkeys((10, 11), 0.9)
        points[name] = (
            point(name, customer_class="residential"),
            agreement(name, HOME | {"has_time_of_use": True}),
            _warmer(profiles(day_row, name, DAYS, kwh, 0.2), name),
        )
    shop = profiles(day_row, "shop", DAYS, {17: 6.0, 18: 9.0, 19: 7.0}, 2.0)
    points["shop"] = (point("shop"), agreement("shop", SHOP), shop)
    return street(settings, register, take, points)


def _warmer(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Evenings of July that rise day by day, so that one day is the peak's."""
    day = (pl.col("service_date") - date(2025, 7, 1)).dt.total_days()
    step = pl.when(day >= 0).then(day * (5 + len(name) % 3)).otherwise(0).cast(pl.Int32)
    evening = [f"t{hour:02d}00" for hour in EVENING]
    return rows.with_columns(pl.col(evening) + step)


def later(days: int) -> date:
    """A day of the span."""
    return DAYS[0] + timedelta(days=days)
