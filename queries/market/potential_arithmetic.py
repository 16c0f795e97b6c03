"""The arithmetic of new business, line by line: nothing but sums, products and smaller-ofs.

All values are arrays over areas; an assumption may be one number or an array of one for each area.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from queries.market.potential_assumptions import Range

Number = float | np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class AreaFacts:
    """What is known of areas, (areas,) each; NaN where it is not known.

    Attributes:
        homes, businesses: Usage points in use, by the register.
        vehicles: Homes that charge a vehicle already, the sum of their likelihoods.
        heated_homes: Homes heated with electricity already, the same.
        solar_homes, solar_businesses: That feed in already.
        business_kwh: Energy of the businesses in the last twelve months.
        dear_kwh: Of it in the dearest hours of a mean workday.
        dear_price, cheap_price: Of the businesses' tariff by time of use [CNY/kWh].
        open_kva: Open capacity for load.
        solar_open_kw: Open capacity for photovoltaics.
    """

    homes: np.ndarray
    businesses: np.ndarray
    vehicles: np.ndarray
    heated_homes: np.ndarray
    solar_homes: np.ndarray
    solar_businesses: np.ndarray
    business_kwh: np.ndarray
    dear_kwh: np.ndarray
    dear_price: np.ndarray
    cheap_price: np.ndarray
    open_kva: np.ndarray
    solar_open_kw: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One line.

    Attributes:
        name: What it is; an assumption's own name where it is one.
        source: ``register``, ``readings``, ``grid``, ``tariff``, ``assumption`` or ``computed``.
        values: (areas,).
    """

    name: str
    source: str
    values: np.ndarray


ENERGY, VALUE, BEYOND = "energy_kwh", "value_cny", "beyond_kwh"
"""The lines every business ends in: energy and money a year, and the energy that would need a
larger transformer."""

Given = Mapping[str, Number]


def _charging(facts: AreaFacts, given: Given) -> list[Step]:
    wanted = facts.homes * given["vehicles_per_home"] * given["parking_share"]
    new = np.maximum(wanted - facts.vehicles, 0)
    fitting = facts.open_kva / (given["charger_kw"] * given["coincidence_share"])
    counted = np.fmin(new, fitting)
    of_one = given["vehicle_kwh"] * given["home_share"]
    energy = counted * of_one
    return [
        _fact("homes", "register", facts.homes),
        *_assumed(facts, given, "vehicles_per_home", "parking_share"),
        _computed("wanted_vehicles", wanted),
        _fact("vehicles", "readings", facts.vehicles),
        _computed("new_vehicles", new),
        _fact("open_kva", "grid", facts.open_kva),
        *_assumed(facts, given, "charger_kw", "coincidence_share"),
        _computed("fitting_vehicles", fitting),
        _computed("counted_vehicles", counted),
        *_assumed(facts, given, "vehicle_kwh", "home_share"),
        _computed(ENERGY, energy),
        _computed(BEYOND, (new - counted) * of_one),
        *_assumed(facts, given, "margin_cny_per_kwh"),
        _computed(VALUE, energy * given["margin_cny_per_kwh"]),
    ]


def _solar(facts: AreaFacts, given: Given) -> list[Step]:
    homes = np.maximum(facts.homes - facts.solar_homes, 0)
    businesses = np.maximum(facts.businesses - facts.solar_businesses, 0)
    wanted = (
        homes * given["home_share"] * given["home_kw"]
        + businesses * given["business_share"] * given["business_kw"]
    )
    counted = np.fmin(wanted, facts.solar_open_kw)
    energy = counted * given["full_load_hours"]
    self_used = given["self_used_share"]
    price = (
        self_used * given["saved_price_cny_per_kwh"]
        + (1 - self_used) * given["feed_in_cny_per_kwh"]
    )
    cost = counted * given["yearly_cost_cny_per_kw"]
    return [
        _fact("homes", "register", facts.homes),
        _fact("solar_homes", "readings", facts.solar_homes),
        *_assumed(facts, given, "home_share", "home_kw"),
        _fact("businesses", "register", facts.businesses),
        _fact("solar_businesses", "readings", facts.solar_businesses),
        *_assumed(facts, given, "business_share", "business_kw"),
        _computed("wanted_kw", wanted),
        _fact("solar_open_kw", "grid", facts.solar_open_kw),
        _computed("counted_kw", counted),
        *_assumed(facts, given, "full_load_hours"),
        _computed(ENERGY, energy),
        _computed(BEYOND, (wanted - counted) * given["full_load_hours"]),
        *_assumed(
            facts, given, "self_used_share", "saved_price_cny_per_kwh", "feed_in_cny_per_kwh"
        ),
        _computed("income_cny", energy * price),
        *_assumed(facts, given, "yearly_cost_cny_per_kw"),
        _computed("cost_cny", cost),
        _computed(VALUE, energy * price - cost),
    ]


def _storage(facts: AreaFacts, given: Given) -> list[Step]:
    daily = facts.dear_kwh * given["uptake_share"]
    capacity = daily / (given["cycles_per_day"] * given["depth_share"])
    energy = daily * given["days_per_year"]
    is_known = ~np.isnan(facts.dear_price)
    dear = np.where(is_known, facts.dear_price, given["dear_price_cny_per_kwh"])
    cheap = np.where(is_known, facts.cheap_price, given["cheap_price_cny_per_kwh"])
    then_dear = cheap + (dear - cheap) * (1 + given["spread_change_share"])
    income = energy * (then_dear - cheap / given["efficiency_share"])
    cost = capacity * given["yearly_cost_cny_per_kwh"]
    return [
        _fact("dear_kwh", "readings", facts.dear_kwh),
        *_assumed(facts, given, "uptake_share"),
        _computed("daily_kwh", daily),
        *_assumed(facts, given, "cycles_per_day", "depth_share"),
        _computed("capacity_kwh", capacity),
        *_assumed(facts, given, "days_per_year"),
        _computed(ENERGY, energy),
        _computed(BEYOND, np.zeros_like(energy)),
        _fact("tariff_dear_cny_per_kwh", "tariff", facts.dear_price),
        _fact("tariff_cheap_cny_per_kwh", "tariff", facts.cheap_price),
        *_assumed(
            facts,
            given,
            "dear_price_cny_per_kwh",
            "cheap_price_cny_per_kwh",
            "spread_change_share",
            "efficiency_share",
        ),
        _computed("income_cny", income),
        *_assumed(facts, given, "yearly_cost_cny_per_kwh"),
        _computed("cost_cny", cost),
        _computed(VALUE, income - cost),
    ]


def _heating(facts: AreaFacts, given: Given) -> list[Step]:
    cold = np.maximum(facts.homes - facts.heated_homes, 0)
    new = cold * given["convertible_share"]
    fitting = facts.open_kva / (given["peak_kw"] * given["coincidence_share"])
    counted = np.fmin(new, fitting)
    energy = counted * given["heating_kwh"]
    return [
        _fact("homes", "register", facts.homes),
        _fact("heated_homes", "readings", facts.heated_homes),
        _computed("other_homes", cold),
        *_assumed(facts, given, "convertible_share"),
        _computed("new_homes", new),
        _fact("open_kva", "grid", facts.open_kva),
        *_assumed(facts, given, "peak_kw", "coincidence_share"),
        _computed("fitting_homes", fitting),
        _computed("counted_homes", counted),
        *_assumed(facts, given, "heating_kwh"),
        _computed(ENERGY, energy),
        _computed(BEYOND, (new - counted) * given["heating_kwh"]),
        *_assumed(facts, given, "margin_cny_per_kwh"),
        _computed(VALUE, energy * given["margin_cny_per_kwh"]),
    ]


def _service(facts: AreaFacts, given: Given) -> list[Step]:
    reached = facts.business_kwh * given["reachable_share"]
    saved = reached * given["saving_share"]
    fee = saved * given["price_cny_per_kwh"] * given["fee_share"]
    lost = saved * given["margin_cny_per_kwh"]
    return [
        _fact("business_kwh", "readings", facts.business_kwh),
        *_assumed(facts, given, "reachable_share"),
        _computed("reached_kwh", reached),
        *_assumed(facts, given, "saving_share"),
        _computed(ENERGY, saved),
        _computed(BEYOND, np.zeros_like(saved)),
        *_assumed(facts, given, "price_cny_per_kwh", "fee_share"),
        _computed("income_cny", fee),
        *_assumed(facts, given, "margin_cny_per_kwh"),
        _computed("cost_cny", lost),
        _computed(VALUE, fee - lost),
    ]


_ARITHMETIC: dict[str, Callable[[AreaFacts, Given], list[Step]]] = {
    "charging": _charging,
    "solar": _solar,
    "storage": _storage,
    "heating": _heating,
    "service": _service,
}


def steps(business: str, facts: AreaFacts, given: Given) -> list[Step]:
    """All lines of one business, in the order in which they are worked out.

    Vehicles, roofs and heat pumps beyond the open capacity are not counted, but said (BEYOND);
    where that is not known, all are counted.
    """
    return _ARITHMETIC[business](facts, given)


def outcome(business: str, facts: AreaFacts, given: Given, measure: str) -> np.ndarray:
    """One of the last lines, (areas,)."""
    return next(one.values for one in steps(business, facts, given) if one.name == measure)


def extreme(
    business: str, facts: AreaFacts, ranges: Mapping[str, Range], measure: str, sign: int
) -> np.ndarray:
    """The lowest (``sign`` −1) or highest (1) outcome within the assumptions' ranges, (areas,).

    One assumption after the other is moved to the end that lowers (raises) it in each area, until
    none does any more.
    """
    given: dict[str, Number] = {
        name: np.full(len(facts.homes), one.base) for name, one in ranges.items()
    }
    best = outcome(business, facts, given, measure)
    for _ in range(len(ranges)):
        is_moved = False
        for name, one in ranges.items():
            for end in (one.low, one.high):
                found = outcome(business, facts, {**given, name: end}, measure)
                better = sign * found > sign * best
                if better.any():
                    given[name] = np.where(better, end, given[name])
                    best = np.where(better, found, best)
                    is_moved = True
        if not is_moved:
            break
    return best


def _fact(name: str, source: str, values: np.ndarray) -> Step:
    return Step(name, source, values)


def _computed(name: str, values: np.ndarray) -> Step:
    return Step(name, "computed", values)


def _assumed(facts: AreaFacts, given: Given, *names: str) -> list[Step]:
    # Thousands of times a ranking: a new array is made sooner than a number is broadcast.
    zero = np.zeros(facts.homes.shape)
    return [Step(one, "assumption", zero + given[one]) for one in names]
