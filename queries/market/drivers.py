"""What drives demand, year by year, in many draws: economy, people, price, efficiency, adoption.

All random numbers come from one generator with the seed of the assumptions, drawn in a fixed order:
the same assumptions give the same figures, and changing one value moves nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from queries.market.assumptions import HOUSEHOLDS, SECTORS, Assumptions
from queries.market.new_loads import progress

FACTORS = ("economy", "population", "price", "efficiency")
"""What multiplies the energy of a sector."""

_LASTING: tuple[str, ...] = (
    "growth",
    "elasticity",
    "price",
    "efficiency",
    "vehicles",
    "heat_pumps",
    "solar",
)


@dataclass(frozen=True, slots=True, eq=False)
class Drivers:
    """The future in ``draws`` draws and ``years`` years.

    Attributes:
        logs: Logarithm of what each of FACTORS multiplies a sector's energy by, (factors, draws,
            years, sectors).
        vehicles: Electric vehicles added, a household (draws, years).
        heat_pumps: Heat pumps added, a household.
        household_kw, business_kw: Photovoltaics added, a household and a business point [kW].
        weather: Uniform numbers that pick the weather year of every draw and year (draws, years).
        own: Sum of standard normal numbers up to every year: what customers do by themselves.
        energy_noise, peak_noise: Standard normal numbers of single months (draws, years, 12).
    """

    logs: np.ndarray
    vehicles: np.ndarray
    heat_pumps: np.ndarray
    household_kw: np.ndarray
    business_kw: np.ndarray
    weather: np.ndarray
    own: np.ndarray
    energy_noise: np.ndarray
    peak_noise: np.ndarray

    @property
    def factors(self) -> np.ndarray:
        """What a sector's energy is multiplied by, (draws, years, sectors)."""
        return np.exp(self.logs.sum(axis=0))


@dataclass(frozen=True, slots=True, eq=False)
class _Chance:
    """Random numbers of every draw.

    Attributes:
        lasting: Standard normal, of what holds for all years: by name (draws,).
        yearly: Standard normal, of single years (draws, years).
        own: The same, of the customers' own.
        months: Of their months, for energy and peak (2, draws, years, 12).
        weather: Uniform (draws, years); NaN: none is picked.
    """

    lasting: Mapping[str, np.ndarray]
    yearly: np.ndarray
    own: np.ndarray
    months: np.ndarray
    weather: np.ndarray


def draw_drivers(given: Assumptions) -> Drivers:
    """Every draw of the drivers."""
    random = np.random.default_rng(given.seed)
    shape = given.draws, given.years
    # What is not known today is not known in any year: one number for all of them.
    lasting = {name: random.standard_normal(given.draws) for name in _LASTING}
    yearly = random.standard_normal(shape)
    weather = random.random(shape)
    own = random.standard_normal(shape)
    months = random.standard_normal((2, *shape, 12))
    return _drivers(given, _Chance(lasting, yearly, own, months, weather))


def central_drivers(given: Assumptions) -> Drivers:
    """One draw that leaves nothing to chance: every number at its median, no weather picked."""
    none, shape = dict.fromkeys(_LASTING, np.zeros(1)), (1, given.years)
    nowhere = np.full(shape, np.nan)
    never = np.zeros(shape)
    return _drivers(given, _Chance(none, never, never, np.zeros((2, *shape, 12)), nowhere))


def _drivers(given: Assumptions, chance: _Chance) -> Drivers:
    step = progress(given.years)
    cars, pumps, sun = given.vehicles, given.heat_pumps, given.solar
    final_pumps = pumps.final_share
    if given.policy.clean_heating:
        final_pumps = min(1.0, final_pumps + given.policy.clean_heating_share)
    roofs = _spread(chance.lasting["solar"], sun.spread_share) * step
    more_cars, more_pumps = cars.final_share - cars.present_share, final_pumps - pumps.present_share
    return Drivers(
        logs=_logs(given, chance),
        vehicles=more_cars * _spread(chance.lasting["vehicles"], cars.spread_share) * step,
        heat_pumps=more_pumps * _spread(chance.lasting["heat_pumps"], pumps.spread_share) * step,
        household_kw=sun.final_kw_per_household * roofs,
        business_kw=sun.final_kw_per_business * roofs,
        weather=chance.weather,
        own=np.cumsum(chance.own, axis=1),
        energy_noise=chance.months[0],
        peak_noise=chance.months[1],
    )


def _spread(normal: np.ndarray, spread: float) -> np.ndarray:
    """A factor about 1 for every draw (draws, 1), never negative, with a median of 1."""
    return np.exp(normal * spread)[:, None]


def _logs(given: Assumptions, chance: _Chance) -> np.ndarray:
    growth, elasticity, price, efficiency = (
        chance.lasting[name][:, None, None]
        for name in ("growth", "elasticity", "price", "efficiency")
    )
    economy = given.economy
    years = np.arange(1, given.years + 1)[None, :, None]
    trend = np.log1p([given.growth(sector) for sector in SECTORS])
    activity = (trend + growth * economy.growth_spread_share) * years + np.cumsum(
        chance.yearly * economy.yearly_spread_share, axis=1
    )[:, :, None]
    response = np.array([getattr(given.elasticity, sector) for sector in SECTORS])
    response = response + elasticity * given.elasticity.spread
    is_household = np.array([sector == HOUSEHOLDS for sector in SECTORS])
    people = np.where(is_household, given.elasticity.population, 0.0)
    own_price = np.where(
        is_household, given.elasticity.price_households, given.elasticity.price_business
    )
    own_price = own_price + price * given.elasticity.price_spread
    saved = np.array([getattr(given.efficiency, f"{sector}_share") for sector in SECTORS])
    if given.policy.efficiency_standards:
        saved = saved + given.policy.efficiency_standards_share
    saved = saved + efficiency * given.efficiency.spread_share
    shape = (len(chance.yearly), given.years, len(SECTORS))
    return np.stack(
        [
            np.broadcast_to(response * activity, shape),
            np.broadcast_to(people * np.log1p(economy.population_growth_share) * years, shape),
            np.broadcast_to(own_price * np.log1p(economy.price_growth_share) * years, shape),
            np.broadcast_to(np.log1p(-np.minimum(saved, 0.5)) * years, shape),
        ]
    )
