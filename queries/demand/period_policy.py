"""What policy demands of the hours and prices of a time-of-use tariff.

发改价格〔2021〕1093号: peak to valley at least 4 : 1 where the largest peak–valley difference of
the system exceeded 40 % in the year, elsewhere 3 : 1; sharp hours where the load was at least 95 %
of the year's maximum in the two years before.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

WIDE_SHARE, WIDE_RATIO, USUAL_RATIO = 0.4, 4.0, 3.0
SHARP_SHARE = 0.95


@dataclass(frozen=True, slots=True)
class Demanded:
    """What follows from the days of the last year.

    Attributes:
        difference_share: Largest (maximum − minimum) / maximum of a day.
        difference_day: The day of it.
        typical_share: Median of the days.
        least_price_ratio: The least ratio of prices.
    """

    difference_share: float
    difference_day: date
    typical_share: float
    least_price_ratio: float


def demanded(dates: tuple[date, ...], load_kw: np.ndarray) -> Demanded | None:
    """What policy demands after these days (days, steps); None where there are none."""
    if not len(load_kw):
        return None
    highest = load_kw.max(axis=1)
    difference = np.divide(
        highest - load_kw.min(axis=1), highest, out=np.zeros_like(highest), where=highest > 0
    )
    at = int(difference.argmax())
    largest = float(difference[at])
    ratio = WIDE_RATIO if largest > WIDE_SHARE else USUAL_RATIO
    return Demanded(largest, dates[at], float(np.median(difference)), ratio)


def sharp_steps(dates: tuple[date, ...], load_kw: np.ndarray) -> np.ndarray:
    """Steps in which the load was at least 95 % of the maximum of its calendar year, (days, steps).

    Give the two years before; a year of which only a part was read is measured by the
    maximum of that part.
    """
    year = np.array([day.year for day in dates])
    found = np.zeros(load_kw.shape, dtype=bool)
    for one in np.unique(year):
        days = year == one
        found[days] = load_kw[days] >= SHARP_SHARE * load_kw[days].max()
    return found
