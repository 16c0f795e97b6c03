"""Which state's holidays a load keeps, told from the load itself."""

import numpy as np

from queries.forecasting.history import filled_from_the_past, scale_of
from queries.forecasting.special_days import SpecialDays, special_days, subdivisions

_SIGN_OF_A_HOLIDAY = 0.8
"""Standard deviations below its weekday's usual level that a day must lie to count as kept."""


def kept_subdivision(load: np.ndarray, calendar: SpecialDays, country: str) -> str | None:
    """The subdivision whose own holidays this load keeps best; None: the country's alone.

    A weekday off in one state only lowers the load of that state. Each such day adds how many
    standard deviations it lies below the level of its time, less 0.8, so that days that are not
    kept count against a subdivision.

    Args:
        load: (days, slots) of a history.
        calendar: Of the same days, the country's.
        country: ISO code.
    """
    known = subdivisions(country)
    if not known or country == "CN":
        return None
    _, filled = filled_from_the_past(scale_of(load).of(load))
    means = filled.mean(axis=1)
    weekdays = (calendar.weekday < 5) & ~calendar.is_holiday
    padded = np.pad(means, 7, mode="edge")
    around = np.stack([padded[:-14], padded[14:]]).mean(axis=0)
    below = around - means
    spread = 1.4826 * np.median(np.abs(below[weekdays] - np.median(below[weekdays])))
    best, most = None, 0.0
    for subdivision in known:
        own = special_days(calendar.days[0], len(calendar.days), country, subdivision)
        extra = own.is_holiday & weekdays
        score = float((below[extra] / max(spread, 1e-9) - _SIGN_OF_A_HOLIDAY).sum())
        if score > most:
            best, most = subdivision, score
    return best
