"""What comes on top of today's load: vehicles, heat pumps, roofs with photovoltaics.

Shapes are of an average day, in shares of its energy by hour. Those of charging and heating are
typical ones from memory, to be replaced by a utility's own; sunshine is geometry.
"""

from dataclasses import dataclass

import numpy as np

from queries.market.assumptions import HORIZON_YEARS, Assumptions

HOURS, MONTHS = 24, 12
COLDEST_DAY = 1.3
"""A heat pump's energy on the day of a month's highest load, of that of the month's mean day."""
DAYS_OF_MONTH = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.float64)
HEATING_MONTHS = np.array([0.26, 0.20, 0.13, 0.03, 0.0, 0.0, 0.0, 0.0, 0.0, 0.03, 0.12, 0.23])
"""Share of a heating season's energy by month where no weather is known (northern China)."""

_STEEPNESS = 6.0
_HOME = np.array(
    [5, 3, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 4, 7, 11, 13, 13, 11, 8, 6], dtype=np.float64
)
_NIGHT = np.array(
    [16, 16, 14, 12, 10, 7, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 16], dtype=np.float64
)
_PUBLIC = np.array(
    [5, 3, 2, 2, 1, 1, 2, 3, 4, 5, 5, 6, 7, 6, 5, 5, 5, 5, 5, 5, 6, 6, 6, 5], dtype=np.float64
)
_HEATING = np.array(
    [4, 4, 4, 4, 4, 5, 5, 5, 4, 4, 3, 3, 3, 3, 3, 4, 4, 5, 5, 5, 5, 5, 5, 4], dtype=np.float64
)


def progress(years: int) -> np.ndarray:
    """How far adoption has come after 1, 2 … years: an S-curve from 0 today to 1 in ten years."""

    def logistic(share: np.ndarray) -> np.ndarray:
        return 1.0 / (1.0 + np.exp(-_STEEPNESS * (share - 0.5)))

    now, then = logistic(np.array(0.0)), logistic(np.array(1.0))
    return (logistic(np.arange(1, years + 1) / HORIZON_YEARS) - now) / (then - now)


@dataclass(frozen=True, slots=True)
class NewLoads:
    """What one unit of each new load takes or gives.

    Attributes:
        home_kw: Of one kWh a day charged at home, by hour [kW, (24,)].
        public_kw: The same at public stations.
        heating_kw: Of one kWh a day.
        heating_of_month: Share of a heating season's energy by calendar month, (12,).
        sun_kw: Of one kW on a clear day, by calendar month and hour [kW, (12, 24)].
        sun_of_month: Share of a year's sunshine by calendar month, (12,).
    """

    home_kw: np.ndarray
    public_kw: np.ndarray
    heating_kw: np.ndarray
    heating_of_month: np.ndarray
    sun_kw: np.ndarray
    sun_of_month: np.ndarray

    def charging_kw(self, home_share: float) -> np.ndarray:
        """Of one kWh a day, of which ``home_share`` is charged at home [kW, (24,)]."""
        return home_share * self.home_kw + (1 - home_share) * self.public_kw


def new_loads(given: Assumptions, heating_of_month: np.ndarray | None = None) -> NewLoads:
    """The shapes under these assumptions; heating falls as ``heating_of_month`` says, if known."""
    moved = given.policy.managed_charging_share if given.policy.managed_charging else 0.0
    home = (1 - moved) * _HOME / _HOME.sum() + moved * _NIGHT / _NIGHT.sum()
    sun = _clear_days(given.solar.latitude_deg)
    of_month = sun.sum(axis=1) * DAYS_OF_MONTH
    months = HEATING_MONTHS if heating_of_month is None else heating_of_month
    return NewLoads(
        home_kw=home,
        public_kw=_PUBLIC / _PUBLIC.sum(),
        heating_kw=_HEATING / _HEATING.sum(),
        heating_of_month=months / months.sum(),
        sun_kw=sun,
        sun_of_month=of_month / of_month.sum(),
    )


def _clear_days(latitude_deg: float) -> np.ndarray:
    """Output of one kW on a clear day in the middle of every month, by hour of solar time [kW].

    0.8 kW at a sun straight above, in proportion to the sine of its elevation; declination after
    Cooper (1969).
    """
    day = np.cumsum(DAYS_OF_MONTH) - DAYS_OF_MONTH / 2
    declination = np.deg2rad(23.45) * np.sin(2 * np.pi * (284 + day) / 365)
    latitude = np.deg2rad(latitude_deg)
    hour = np.deg2rad(15.0) * (np.arange(HOURS) + 0.5 - 12)
    elevation = np.sin(latitude) * np.sin(declination)[:, None] + np.cos(latitude) * np.cos(
        declination
    )[:, None] * np.cos(hour)
    return 0.8 * np.maximum(elevation, 0.0)
