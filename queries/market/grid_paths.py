"""How the load of transformers and feeders may go on, year by year."""

from dataclasses import dataclass

import numpy as np

from queries.market.area_growth import fading
from queries.market.assumptions import Assumptions
from queries.market.drivers import Drivers
from queries.market.grid_days import PARTS_OF_DAY, GridDays
from queries.market.grid_sectors import AreaSectors
from queries.market.new_loads import COLDEST_DAY, DAYS_OF_MONTH, HOURS, NewLoads, progress
from queries.market.projection import Selection, picked
from queries.market.sustained import LEAST_SLOTS, sustained
from queries.schema import SLOTS_PER_DAY

QUANTILES = (0.5, 0.9)

_DAYS_A_YEAR = 365.0
_MOST_DRAWS = 300
"""Of an area: enough for a 90 % quantile, and little memory for a thousand areas."""


@dataclass(frozen=True, slots=True, eq=False)
class AreaPaths:
    """What becomes of every area's load, in draws.

    Attributes:
        factor: What multiplies the present load by month (areas, draws, years, 12).
        vehicles_kwh: Charged at home on a day (areas, draws, years).
        heating_kwh: Of heat pumps in a heating season.
        solar_kw: Capacity added.
    """

    factor: np.ndarray
    vehicles_kwh: np.ndarray
    heating_kwh: np.ndarray
    solar_kw: np.ndarray


def area_paths(
    sectors: AreaSectors,
    drivers: Drivers,
    chosen: Selection,
    given: Assumptions,
    own: tuple[np.ndarray, np.ndarray],
) -> AreaPaths:
    """The paths of areas.

    Args:
        sectors: What hangs on them.
        drivers: The draws; the first of them are taken.
        chosen: The whole region: how the weather moves its sectors' hardest days.
        given: The assumptions.
        own: Growth of every area above the mean [1/a], and its standard deviation (areas,).
    """
    draws = min(_MOST_DRAWS, given.draws)
    growth = np.einsum("ag,dyg->ady", sectors.share, drivers.factors[:draws])
    random = np.random.default_rng([given.seed, 1])
    mean, deviation = own
    drawn = mean[:, None] + deviation[:, None] * random.standard_normal((len(mean), draws))
    fades = fading(given.years, given.grid.own_growth_halving_years)
    spread = given.economy.customer_spread_share * sectors.own_spread
    steps = random.standard_normal((len(mean), draws, given.years))
    growth *= np.exp(drawn[:, :, None] * fades + spread[:, None, None] * np.cumsum(steps, axis=2))
    weather = picked(chosen.peak_weather, drivers.weather[:draws])  # (sectors, draws, years, 12)
    moved = np.einsum("ag,gdym->adym", sectors.share, weather)
    unseen = given.weather.peak_spread_share / np.sqrt(max(chosen.weather_years, 1))
    noise = np.exp(unseen * drivers.peak_noise[:draws])
    homes = sectors.households[:, None, None]
    cars = given.vehicles
    return AreaPaths(
        factor=growth[..., None] * moved * noise,
        vehicles_kwh=drivers.vehicles[:draws]
        * homes
        * (cars.energy_kwh * cars.home_share / _DAYS_A_YEAR),
        heating_kwh=drivers.heat_pumps[:draws] * homes * given.heat_pumps.energy_kwh,
        solar_kw=drivers.household_kw[:draws] * homes
        + drivers.business_kw[:draws] * sectors.businesses[:, None, None],
    )


def loading_paths(
    days: GridDays, paths: AreaPaths, given: Assumptions, new: NewLoads
) -> np.ndarray:
    """Highest loading of two hours on end of every area and year (areas, years, QUANTILES).

    Draws are put in order by the load they make of the present hardest two hours of every month;
    the one at each quantile is then worked out in full, quarter by quarter.
    """
    months = np.array([month.month - 1 for month in days.months])
    chosen = _at_quantiles(days, paths, given, new, months)  # (areas, years, quantiles)
    each = np.arange(len(days.load_kw))
    rated = np.array([kva or np.nan for kva in days.areas["rated_capacity_kva"]], dtype=float)
    result = np.empty((len(each), given.years, len(QUANTILES)))
    shapes = _shapes(given, new, months)
    month_of = np.repeat(np.arange(len(months)), PARTS_OF_DAY)
    for year in range(given.years):
        for place in range(len(QUANTILES)):
            draw = chosen[:, year, place]
            factor = paths.factor[each, draw, year][:, month_of]
            load_kw = days.load_kw * factor[..., None]
            for values, shape in zip(
                (paths.vehicles_kwh, paths.heating_kwh, paths.solar_kw), shapes, strict=True
            ):
                load_kw += values[each, draw, year][:, None, None] * shape[month_of]
            highest = sustained(np.maximum(load_kw, 0.0)).max(axis=1) / days.power_factor
            result[:, year, place] = np.where(np.isfinite(highest), highest, np.nan) / rated
    if given.policy.demand_response:
        result *= 1 - given.policy.demand_response_share * progress(given.years)[:, None]
    # The order of the draws is a little other for the whole day than for its hardest hours.
    return np.maximum.accumulate(result, axis=2)


def _shapes(
    given: Assumptions, new: NewLoads, months: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What one unit of each new load adds, by month and quarter of an hour [kW, (12, 96)]."""
    quarters = SLOTS_PER_DAY // HOURS
    charging = np.broadcast_to(new.home_kw, (len(months), HOURS))
    share = new.heating_of_month[months] / DAYS_OF_MONTH[months] * COLDEST_DAY
    heating = share[:, None] * new.heating_kw
    solar = -new.sun_kw[months] * given.solar.firm_share
    return tuple(np.repeat(one, quarters, axis=1) for one in (charging, heating, solar))  # type: ignore[return-value]


def _at_quantiles(
    days: GridDays, paths: AreaPaths, given: Assumptions, new: NewLoads, months: np.ndarray
) -> np.ndarray:
    """The draw at each quantile, by the load at the hardest two hours of the month's part-days."""
    load_kw = np.maximum(np.nan_to_num(days.load_kw), 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(load_kw, LEAST_SLOTS, axis=2).min(axis=3)
    start = windows.argmax(axis=2)  # (areas, days)
    level = np.take_along_axis(windows, start[..., None], axis=2)[..., 0]
    # One hardest part-day a month is enough to put the draws in order.
    shape = len(load_kw), len(months), PARTS_OF_DAY
    part = level.reshape(shape).argmax(axis=2)
    picks = np.arange(len(months)) * PARTS_OF_DAY + part
    level = np.take_along_axis(level, picks, axis=1)
    hour = (np.take_along_axis(start, picks, axis=1) + LEAST_SLOTS // 2) * HOURS // SLOTS_PER_DAY
    shapes = [one[:, :: SLOTS_PER_DAY // HOURS] for one in _shapes(given, new, months)]
    month = np.arange(len(months))
    total = level[:, None, None, :] * paths.factor
    for values, by_hour in zip(
        (paths.vehicles_kwh, paths.heating_kwh, paths.solar_kw), shapes, strict=True
    ):
        total += values[..., None] * by_hour[month, hour][:, None, None, :]
    order = total.max(axis=3).argsort(axis=1)  # (areas, draws, years)
    draws = order.shape[1]
    places = [min(draws - 1, round(q * (draws - 1))) for q in QUANTILES]
    return np.stack([order[:, place] for place in places], axis=2)
