"""Which part of every hour lies in the valley and in the peak period of an area's calendar."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from queries.billing.calendar_model import periods_of_days
from queries.billing.calendars import known_calendars

VALLEY, PEAK = ("valley", "deep_valley"), ("peak", "sharp")
_HOURS = 24


def hours_in(periods: Sequence[str], days: Sequence[date], area: str, country: str) -> np.ndarray:
    """The part of every hour that lies in any of ``periods`` [0–1], (days, 24).

    The calendar is the one called like the area (FENGGU_TARIFF_AREA); NaN where there is none, or
    where it is made for the holidays of another country. It says what the grid finds cheap or
    dear, whether a customer pays by the hour or not.
    """
    calendar = known_calendars().get(area)
    if calendar is None or calendar.country != country:
        return np.full((len(days), _HOURS), np.nan)
    chosen = [number for number, name in enumerate(calendar.periods) if name in periods]
    is_in = np.isin(periods_of_days(calendar, days, country), chosen)
    return is_in.reshape(len(days), _HOURS, -1).mean(axis=2)
