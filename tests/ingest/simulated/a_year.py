"""The year 2024 of seed 1, and customers in it."""

from datetime import date
from functools import cache

import numpy as np

from ingest.simulated.loads.demand import Demand
from ingest.simulated.loads.kinds import KINDS
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.days import days
from ingest.simulated.surroundings.economy import economy
from ingest.simulated.surroundings.setting import Setting
from ingest.simulated.surroundings.span import Span
from ingest.simulated.surroundings.weather import weather

SEED = 1
YEAR = Span.between(date(2024, 1, 1), date(2024, 12, 31))
NEW_YEAR = YEAR.day(date(2024, 2, 10))  # 正月初一


@cache
def setting() -> Setting:
    """Calendar, weather and economy of the year."""
    calendar = days(YEAR)
    return Setting(
        SEED, YEAR, calendar, weather(SEED, YEAR, calendar), economy(SEED, YEAR, "fengchuan")
    )


def traits(kind, number=0, area_kind="suburban"):
    """What was drawn for one customer."""
    return KINDS[kind].draw(stream(SEED, f"traits of {kind}", number), area_kind)


def demand(kind, drawn, number=0, circumstances=None) -> Demand:
    """What a customer with such traits wants of the grid."""
    own = stream(SEED, f"demand of {kind}", number)
    return KINDS[kind].demand(drawn, circumstances or setting(), own)


@cache
def customers(kind, count) -> np.ndarray:
    """Active power of some customers of a kind [W], (customers, days, 96)."""
    each = [demand(kind, traits(kind, number), number).active_w for number in range(count)]
    return np.stack(each).reshape(count, YEAR.days, 96)


def between(power, first_h, last_h) -> np.ndarray:
    """Mean power between two hours of the day, over the last axis."""
    return power[..., round(first_h * 4) : round(last_h * 4)].mean(axis=-1)


def on(month, day) -> int:
    """The number of a day of the year."""
    return YEAR.day(date(2024, month, day))
