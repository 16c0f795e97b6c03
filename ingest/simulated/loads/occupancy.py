"""Who is at home: kinds of households, their working days, journeys and festivals."""

from dataclasses import dataclass

import numpy as np

from ingest.simulated.surroundings.days import Days
from ingest.simulated.surroundings.setting import Setting

HOME, OUT = 0, 1
"""Patterns of a day: somebody is at home by day, or all are out until the evening."""

_SHARES = {
    "urban": {"working": 0.40, "retired": 0.21, "alone": 0.15, "infants": 0.11, "shifts": 0.08},
    "suburban": {"working": 0.41, "retired": 0.21, "alone": 0.11, "infants": 0.12, "shifts": 0.10},
    "rural": {"working": 0.35, "retired": 0.35, "alone": 0.07, "infants": 0.14, "shifts": 0.035},
}
"""What is missing to one is vacant."""
_OUT_ON_WORKDAYS = {"working": 0.85, "retired": 0.12, "alone": 0.93, "infants": 0.12}
_OUT_ON_DAYS_OFF = {"working": 0.25, "retired": 0.12, "alone": 0.35, "infants": 0.10}
_PERSONS = {"working": (2, 5), "retired": (1, 3), "alone": (1, 2), "infants": (3, 6)}
_ROTA_H = np.array([0.0, 0.0, -6.0, -6.0, 8.0, 8.0, 0.0, 0.0])
"""By how many hours the life of a shift worker is moved, day by day of the rota (四班三运转)."""
_ROTA_PATTERN = np.array([OUT, OUT, OUT, OUT, HOME, HOME, HOME, HOME])
_LATER_ON_DAYS_OFF_H = 0.4
_GUESTS = 1.6
"""How much more is done in a house full of guests."""
_PERSISTENCE = 0.975
"""Of a household's mood from one day to the next."""


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Who lives somewhere and how.

    Attributes:
        kind: working, retired, alone, infants, shifts or vacant.
        persons: Usual number; of a vacant home, of those who look after it.
        spring_festival: stays, leaves or guests.
        first_day, last_day: Days since the first of the lunar year between which the festival
            takes the household away, or brings it guests.
        trips_per_year: Journeys of some days, National Day apart.
        national_day_share: Years in which it travels over National Day.
        restlessness: Standard deviation of the logarithm of a day's activity.
        rota_day: Where a shift worker's rota of eight days starts.
    """

    kind: str
    persons: int
    spring_festival: str
    first_day: int
    last_day: int
    trips_per_year: float
    national_day_share: float
    restlessness: float
    rota_day: int


@dataclass(frozen=True, slots=True)
class Presence:
    """How a household spends every day, arrays (days,).

    Attributes:
        is_away: Nobody is there.
        pattern: HOME or OUT.
        moved_h: Hours by which the day's life is later than usual.
        activity: How much is done, about 1; 0 while away.
    """

    is_away: np.ndarray
    pattern: np.ndarray
    moved_h: np.ndarray
    activity: np.ndarray


def draw_occupancy(stream: np.random.Generator, area_kind: str) -> Occupancy:
    """A household as they are found in an area."""
    shares = _SHARES.get(area_kind, _SHARES["urban"])
    kind_number = int(np.searchsorted(np.cumsum(list(shares.values())), stream.random()))
    kind = [*shares, "vacant"][kind_number]
    is_rural = area_kind == "rural"
    # Those who work in the city go to the country for the festival.
    festivals = {"leaves": 0.08, "guests": 0.5} if is_rural else {"leaves": 0.3, "guests": 0.2}
    festival_number = int(np.searchsorted(np.cumsum(list(festivals.values())), stream.random()))
    festival = [*festivals, "stays"][festival_number]
    return Occupancy(
        kind=kind,
        persons=int(stream.integers(*_PERSONS.get(kind, (2, 4)))),
        spring_festival=festival,
        first_day=-int(stream.integers(1, 9 if festival == "leaves" else 4)),
        last_day=int(stream.integers(4, 13 if festival == "leaves" else 8)),
        trips_per_year=float(stream.gamma(1.5, 1.0 if is_rural else 2.0)),
        national_day_share=0.08 if is_rural else 0.2,
        restlessness=float(stream.uniform(0.25, 0.6)),
        rota_day=int(stream.integers(_ROTA_H.size)),
    )


def presence(occupancy: Occupancy, setting: Setting, stream: np.random.Generator) -> Presence:
    """Every day of a household."""
    days, number = setting.days, setting.span.days
    pattern, moved_h = _patterns(occupancy, days, stream)
    journeys = _journeys(occupancy, number, stream)
    national_days = _national_days(occupancy, days, stream)
    is_festival = (days.spring_festival >= occupancy.first_day) & (
        days.spring_festival <= occupancy.last_day
    )
    # Weeks in which much or little is done, and days that differ from those around them.
    mood = 0.85 * _wandering(stream, number) + 0.5 * stream.standard_normal(number)
    activity = np.exp(occupancy.restlessness * mood)
    is_away = journeys | national_days
    if occupancy.kind == "vacant":
        is_away = ~journeys
    elif occupancy.spring_festival == "leaves":
        is_away = is_away | is_festival
    elif occupancy.spring_festival == "guests":
        is_away = is_away & ~is_festival
        pattern = np.where(is_festival, HOME, pattern)
        activity = np.where(is_festival, _GUESTS * activity, activity)
    return Presence(is_away, pattern, moved_h, np.where(is_away, 0.0, activity))


def _patterns(
    occupancy: Occupancy, days: Days, stream: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """HOME or OUT, and by how many hours life is moved, of every day (days,)."""
    number = days.weekday.size
    if occupancy.kind == "shifts":
        day = (np.arange(number) + occupancy.rota_day) % _ROTA_H.size
        return _ROTA_PATTERN[day], _ROTA_H[day]
    out_share = np.where(
        days.is_workday,
        _OUT_ON_WORKDAYS.get(occupancy.kind, 0.5),
        _OUT_ON_DAYS_OFF.get(occupancy.kind, 0.5),
    )
    if occupancy.kind == "working" and occupancy.persons > 2:
        # Children are at home when their parents are not.
        out_share = np.where(days.is_workday & ~days.is_school_day, 0.65, out_share)
    pattern = np.where(stream.random(number) < out_share, OUT, HOME)
    return pattern, np.where(days.is_workday, 0.0, _LATER_ON_DAYS_OFF_H)


def _journeys(occupancy: Occupancy, days: int, stream: np.random.Generator) -> np.ndarray:
    """Days away at no particular time of the year, bool (days,); for a vacant home, visits."""
    is_away = np.zeros(days, dtype=bool)
    journeys = stream.poisson(occupancy.trips_per_year * days / 365.0)
    first = stream.integers(days, size=journeys)
    lasts = stream.geometric(0.28, size=journeys)
    for start, length in zip(first.tolist(), lasts.tolist(), strict=True):
        is_away[start : start + length] = True
    return is_away


def _national_days(occupancy: Occupancy, days: Days, stream: np.random.Generator) -> np.ndarray:
    """The first week of October of the years in which the household travels, bool (days,)."""
    is_national_day = np.strings.find(days.holiday, "national_day") >= 0
    year = np.cumsum(np.diff(days.day_of_year, prepend=days.day_of_year[0]) < 0)
    travels = stream.random(int(year[-1]) + 1) < occupancy.national_day_share
    return is_national_day & travels[year]


def _wandering(stream: np.random.Generator, days: int) -> np.ndarray:
    """An autoregression around 0, (days,): variance 1, memory of some weeks."""
    shocks = stream.standard_normal(days)
    shocks[1:] *= np.sqrt(1.0 - _PERSISTENCE**2)
    # The sum of the shocks so far, each faded by its age.
    fading = _PERSISTENCE ** np.arange(days)
    return np.cumsum(shocks / fading) * fading
