"""From the base year and the drivers to the energy and the highest load of years to come."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from queries.market.assumptions import HOUSEHOLDS, SECTORS, Assumptions
from queries.market.base_year import MONTHS, BaseYear, weather_days, weather_months, weather_part
from queries.market.drivers import FACTORS, Drivers
from queries.market.history import History
from queries.market.new_loads import COLDEST_DAY, DAYS_OF_MONTH, HOURS, NewLoads, progress
from queries.market.remembered import Remembered
from queries.market.weather_years import MONTH_OF_DAY

NEW = ("vehicles", "heat_pumps", "solar")
PARTS = (*FACTORS, "weather", "calendar", *NEW)
"""What makes up the change from the base year."""

_DAYS_A_YEAR = 365.0
_QUARTERS = 4
_kept: Remembered[tuple[BaseYear, float], tuple[np.ndarray, np.ndarray]] = Remembered(4)


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """Some segments of a base year together, by sector.

    Attributes:
        energy_kwh: Of the base year's months at normal weather (sectors, 12).
        calendar_kwh: What the calendars of the years ahead add (sectors, HORIZON_YEARS, 12).
        own_spread: Share of the customers' own ups and downs that is left of all together: the
            root of the sum of squares of their shares (Herfindahl index).
        weather_kwh: What drawn years add to it, about 0 (years at both ends of the warming 2,
            sectors, drawn, 12).
        weather_years: Observed ones, of which the drawn are made.
        load_kw: By hour on the day of every month's highest load (sectors, 12, 24).
        peak_kw: Highest quarter of an hour of every month (12,).
        peak_weather: What the hardest day of drawn years' months makes of that day's load, a
            factor (2, sectors, drawn, 12).
        households, businesses: Usage points.
    """

    energy_kwh: np.ndarray
    calendar_kwh: np.ndarray
    own_spread: float
    weather_kwh: np.ndarray
    weather_years: int
    load_kw: np.ndarray
    peak_kw: np.ndarray
    peak_weather: np.ndarray
    households: int
    businesses: int


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """Energy [kWh] and highest load [kW] of every month, (draws, years, 12)."""

    energy_kwh: np.ndarray
    peak_kw: np.ndarray


def select(history: History, base: BaseYear, rows: np.ndarray, given: Assumptions) -> Selection:
    """The segments ``rows`` (True or False of each) together."""
    sector = np.array([SECTORS.index(one) for one in base.segments["sector"]])
    member = (sector[None, :] == np.arange(len(SECTORS))[:, None]) & rows
    ends = (0.0, given.weather.warming_k_per_decade * given.years / 10)
    weather = [_kept.get((base, k), partial(_weather, base, k)) for k in ends]
    months = np.stack([one for one, _ in weather])
    # One normal for every warming: what is warmer than it is what the warming does.
    change = months - months[:1].mean(axis=2, keepdims=True)
    days = np.stack([one for _, one in weather])
    load_kw, peak_kw = _highest_days(history, base, member)
    points = base.segments["usage_points"].to_numpy() * rows
    at_home = sector == SECTORS.index(HOUSEHOLDS)
    return Selection(
        energy_kwh=member.astype(float) @ base.energy_kwh,
        calendar_kwh=np.einsum("gs,sym->gym", member.astype(float), base.calendar_kwh),
        own_spread=_own_spread(base, rows),
        weather_kwh=np.einsum("gs,esdm->egdm", member.astype(float), change),
        weather_years=len(base.years),
        load_kw=load_kw,
        peak_kw=peak_kw,
        peak_weather=_peak_weather(history, base, member, days, load_kw),
        households=int(points[at_home].sum()),
        businesses=int(points[~at_home].sum()),
    )


def _weather(base: BaseYear, warmer_k: float) -> tuple[np.ndarray, np.ndarray]:
    """``weather_months`` and ``weather_days``, which all groups of an outlook share."""
    return weather_months(base, warmer_k), weather_days(base, warmer_k)


def _highest_days(
    history: History, base: BaseYear, member: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Loads by hour on every month's highest day (sectors, 12, 24), and its highest quarter."""
    days = slice(base.first_day, base.last_day)
    quarters = np.stack([np.nansum(history.load_kw[one, days], axis=0) for one in member])
    highest = quarters.sum(axis=0).max(axis=1)
    month = _months_of(history, base)
    at = np.array([np.flatnonzero(month == m)[highest[month == m].argmax()] for m in range(MONTHS)])
    hours = quarters[:, at].reshape(len(member), MONTHS, HOURS, _QUARTERS).mean(axis=3)
    return hours, highest[at]


def _months_of(history: History, base: BaseYear) -> np.ndarray:
    """Place among the twelve of every day of the base year."""
    days = history.month_of_day[base.first_day : base.last_day]
    return days - days[0]


def _peak_weather(
    history: History, base: BaseYear, member: np.ndarray, drawn_kwh: np.ndarray, load_kw: np.ndarray
) -> np.ndarray:
    """How the hardest day of a drawn month compares with the hardest one of the base year.

    That is the day with the most heating and cooling; it moves the load of the highest day by as
    much energy, the day's curve keeping its form.
    """
    sectors = member.astype(float)
    own = np.flatnonzero(member.any(axis=0))
    drawn = np.einsum("gs,esdk->egdk", sectors[:, own], drawn_kwh[:, own])
    temperature_c = history.temperature_c[:, base.first_day : base.last_day]
    actual = sectors @ weather_part(base, temperature_c)
    month_of_day = _months_of(history, base)
    day_kwh = load_kw.sum(axis=2)
    factors = np.ones((*drawn.shape[:3], MONTHS))
    for place, month in enumerate(base.calendar_months):
        there = _hardest(drawn[..., month == MONTH_OF_DAY])
        usual = _hardest(actual[:, month_of_day == place][None, :, None])[0, :, 0]
        with np.errstate(invalid="ignore", divide="ignore"):
            more = (there - usual[None, :, None]) / day_kwh[None, :, None, place]
        factors[..., place] = np.maximum(1 + np.nan_to_num(more, posinf=0.0, neginf=0.0), 0.0)
    return factors


def _hardest(days_kwh: np.ndarray) -> np.ndarray:
    """Of (…, sectors, drawn, days): every sector on the day on which all together take most."""
    day = days_kwh.sum(axis=-3).argmax(axis=-1)
    return np.take_along_axis(days_kwh, day[..., None, :, None], axis=-1)[..., 0]


def project(
    chosen: Selection, drivers: Drivers, given: Assumptions, new: NewLoads, months: np.ndarray
) -> Projection:
    """Every draw of the selection's energy and highest load.

    Args:
        chosen: What grows.
        drivers: From ``draw_drivers`` or ``central_drivers``.
        given: The assumptions.
        new: Shapes of the new loads.
        months: Calendar months of the base year's twelve, 0–11.
    """
    factors = drivers.factors
    weather = picked(chosen.weather_kwh, drivers.weather)
    months_kwh = chosen.energy_kwh[:, None] + chosen.calendar_kwh[:, : given.years]
    energy = np.einsum("dyg,gdym->dym", factors, months_kwh[:, None] + weather)
    spread = given.weather.energy_spread_share
    energy *= _noise(chosen, given, spread, drivers.energy_noise) * _own(chosen, drivers, given)
    added = new_energy(chosen, drivers, given, new, months)
    return Projection(
        energy_kwh=energy + sum(added.values()),
        peak_kw=_peaks(chosen, drivers, given, new, months),
    )


def _own_spread(base: BaseYear, rows: np.ndarray) -> float:
    whole = base.energy_kwh[rows].sum(axis=0)
    squares = base.concentration[rows].sum(axis=0)
    there = whole > 0
    if not there.any():
        return 0.0
    return float(np.sqrt(np.mean(np.minimum(squares[there] / whole[there] ** 2, 1.0))))


def _own(chosen: Selection, drivers: Drivers, given: Assumptions) -> np.ndarray:
    """What customers do by themselves, a factor (draws, years, 1)."""
    spread = given.economy.customer_spread_share * chosen.own_spread
    return np.exp(spread * drivers.own)[..., None]


def _noise(
    chosen: Selection, given: Assumptions, weather_spread: float, normal: np.ndarray
) -> np.ndarray:
    """What single months do that no model says, and weather that no observed year has shown."""
    unseen = weather_spread / np.sqrt(max(chosen.weather_years, 1))
    return np.exp(np.hypot(unseen, given.economy.month_spread_share) * normal)


def picked(by_year: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """The drawn weather year of every draw and year, warmed as far as that year is.

    Args:
        by_year: At both ends of the warming (2, sectors, drawn, 12).
        uniform: Numbers that pick the year (draws, years); NaN: the mean of all.

    Returns:
        (sectors, draws, years, 12).
    """
    draws, years = uniform.shape
    warmed = (np.arange(1, years + 1) / years)[None, None, :, None]
    if np.isnan(uniform).all():
        mean = by_year.mean(axis=2)[:, :, None, None, :]
        return np.broadcast_to(
            mean[0] * (1 - warmed) + mean[1] * warmed, (by_year.shape[1], draws, years, MONTHS)
        )
    number = (uniform * by_year.shape[2]).astype(int)
    return by_year[0][:, number] * (1 - warmed) + by_year[1][:, number] * warmed


def new_energy(
    chosen: Selection, drivers: Drivers, given: Assumptions, new: NewLoads, months: np.ndarray
) -> dict[str, np.ndarray]:
    """Energy of every month that each of NEW adds [kWh, (draws, years, 12)]."""
    cars = drivers.vehicles * chosen.households * given.vehicles.energy_kwh
    pumps = drivers.heat_pumps * chosen.households * given.heat_pumps.energy_kwh
    used = _roofs_kw(chosen, drivers) * given.solar.full_load_hours * given.solar.self_used_share
    days = DAYS_OF_MONTH[months] / _DAYS_A_YEAR
    return {
        "vehicles": cars[:, :, None] * days,
        "heat_pumps": pumps[:, :, None] * new.heating_of_month[months],
        "solar": -used[:, :, None] * new.sun_of_month[months],
    }


def _roofs_kw(chosen: Selection, drivers: Drivers) -> np.ndarray:
    return drivers.household_kw * chosen.households + drivers.business_kw * chosen.businesses


def _peaks(
    chosen: Selection, drivers: Drivers, given: Assumptions, new: NewLoads, months: np.ndarray
) -> np.ndarray:
    """The highest hour of every month's hardest day, times what the highest quarter was of it."""
    weather = picked(chosen.peak_weather, drivers.weather)
    factors = drivers.factors.transpose(2, 0, 1)[..., None] * weather
    spread = given.weather.peak_spread_share
    factors *= _noise(chosen, given, spread, drivers.peak_noise) * _own(chosen, drivers, given)
    cars = drivers.vehicles * chosen.households * given.vehicles.energy_kwh / _DAYS_A_YEAR
    pumps = drivers.heat_pumps * chosen.households * given.heat_pumps.energy_kwh * COLDEST_DAY
    sun = _roofs_kw(chosen, drivers) * given.solar.self_used_share * given.solar.firm_share
    charging = new.charging_kw(given.vehicles.home_share)
    highest = chosen.load_kw.sum(axis=0).max(axis=1)
    peaks = np.empty(factors.shape[1:])
    for place, month in enumerate(months):
        heating = new.heating_of_month[month] / DAYS_OF_MONTH[month] * new.heating_kw
        units = np.stack([charging, heating, -new.sun_kw[month]])
        load = np.einsum("gdy,gt->dyt", factors[..., place], chosen.load_kw[:, place])
        load += np.einsum("kdy,kt->dyt", np.stack([cars, pumps, sun]), units)
        scale = chosen.peak_kw[place] / highest[place] if highest[place] > 0 else 1.0
        peaks[..., place] = np.maximum(load.max(axis=2), 0.0) * scale
    if given.policy.demand_response:
        peaks *= 1 - given.policy.demand_response_share * progress(given.years)[:, None]
    return peaks
