"""Histories made by hand: a few segments whose loads, weather and calendar are known."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from queries.market.calendar_effects import calendar_terms
from queries.market.history import History, sector_of

FIRST_DAY = date(2023, 1, 1)


def history(
    loads_kw: dict[str, float] | dict[str, np.ndarray],
    *,
    days: int = 365,
    temperature_c: np.ndarray | None = None,
    points: int = 100,
) -> History:
    """Segments of one region by industry, each with a constant power or one of every quarter.

    The energy of each is spread evenly over ``points`` usage points; all of it was read.
    """
    shape = len(loads_kw), days, 96
    load_kw = np.empty(shape)
    for row, value in enumerate(loads_kw.values()):
        load_kw[row] = value
    dates = [FIRST_DAY + timedelta(n) for n in range(days)]
    month_of_day = np.array([(d.year - FIRST_DAY.year) * 12 + d.month - 1 for d in dates])
    months = [d for d in dates if d.day == 1]
    energy_kwh = np.stack([np.bincount(month_of_day, row.mean(axis=1) * 24) for row in load_kw])
    weather = {}
    if temperature_c is not None:
        weather["R"] = pl.DataFrame({"service_date": dates, "temperature_c": temperature_c})
    return History(
        segments=pl.DataFrame(
            {
                "region_id": ["R"] * shape[0],
                "industry": list(loads_kw),
                "usage_points": [points] * shape[0],
                "sector": [sector_of(one) for one in loads_kw],
            }
        ),
        months=months,
        month_of_day=month_of_day,
        first_day=FIRST_DAY,
        energy_kwh=energy_kwh,
        squares_kwh2=energy_kwh**2 / points,
        readings_share=np.ones_like(energy_kwh),
        load_kw=load_kw,
        temperature_c=np.full(shape[:2], np.nan)
        if temperature_c is None
        else np.tile(temperature_c, (shape[0], 1)),
        calendar=calendar_terms(FIRST_DAY, dates[-1], "CN"),
        country="CN",
        weather=weather,
    )
