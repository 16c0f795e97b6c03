"""What prices by period do on given hours: bills that are linear in them, loads by kind of day.

A kind of day is the days of one month that have the same hours and the same prices now. Bills are
``constant + Σ slope · price``: asked of the laboratory at two prices that are the same in every
period, and shared out among the periods by the energy that the laboratory's own cube has in them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from duckdb import DuckDBPyConnection

from queries.billing.as_in_force import as_in_force
from queries.billing.calendar_check import runs
from queries.billing.calendar_model import Calendar, periods_of_days
from queries.billing.cube_limits import CubeLimit
from queries.billing.lab import owed
from queries.billing.prices import PriceTerms
from queries.billing.tariff_model import Tariff
from queries.billing.tariffs import known_tariffs
from queries.demand.optimal_district import GROUPS, District
from queries.demand.optimal_tariff import first_price, form_of, with_period_prices
from queries.demand.optimal_terms import OptimalError
from queries.demand.slot_prices import slot_prices
from queries.schema import SLOTS_PER_DAY

CHEAP_TO_DEAR = ("deep_valley", "valley", "flat", "peak", "sharp")


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything of one calendar that prices meet.

    Attributes:
        name: Of the hours.
        calendar: The hours.
        periods: From cheap to dear; prices stand in this order.
        kind: Of every day, (days,).
        month: Place of the month of every kind, (kinds,).
        months: How many there are.
        place: Period of every slot, (kinds, 96).
        slots: How many slots each period has, (kinds, periods).
        base, rest: Price of a slot at price ``x``: ``base · x + rest`` [CNY/kWh], (kinds,).
        old_cny_per_kwh: What customers pay now, (groups, kinds, 96).
        constant_cny, slope: Of each customer's bill, (customers,) and (customers, periods).
        energy_kwh: Of each customer, (kinds, periods, customers).
    """

    name: str
    calendar: Calendar
    periods: tuple[str, ...]
    kind: np.ndarray
    month: np.ndarray
    months: int
    place: np.ndarray
    slots: np.ndarray
    base: np.ndarray
    rest: np.ndarray
    old_cny_per_kwh: np.ndarray
    constant_cny: np.ndarray
    slope: np.ndarray
    energy_kwh: np.ndarray

    @property
    def alike(self) -> np.ndarray:
        """Number of the kinds that have the same prices whatever is set, (kinds,)."""
        keys = np.column_stack([self.slots, self.base, self.rest])
        return np.unique(keys, axis=0, return_inverse=True)[1].ravel()

    def bills_cny(self, prices: np.ndarray) -> np.ndarray:
        """Bills of customers who do nothing, (customers,) or (tries, customers)."""
        return self.constant_cny + prices @ self.slope.T


@dataclass(frozen=True, slots=True)
class Flat:
    """What does not depend on the hours.

    Attributes:
        constant_cny, whole: Of each customer's bill at one price, (customers,): constant and slope.
        old_cny_per_kwh: What each group pays now in every slot, (groups, days, 96).
    """

    constant_cny: np.ndarray
    whole: np.ndarray
    old_cny_per_kwh: np.ndarray


def flat_of(district: District, calendar: Calendar, lake: DuckDBPyConnection) -> Flat:
    """Bills at two prices that are the same in every period of ``calendar``, whichever it is."""
    low, high = _two_prices(district.tariff)
    at_low, at_high = (
        bills_of(district, same_price(district.tariff, calendar, price), lake) / 100
        for price in (low, high)
    )
    whole = (at_high - at_low) / float(high - low)
    return Flat(at_low - whole * float(low), whole, _old_prices(district))


def frame_of(name: str, calendar: Calendar, district: District, flat: Flat) -> Frame:
    """The frame of one calendar.

    Raises:
        OptimalError: its periods have no order of prices, or it tells weekdays apart that the
            district's loads were added up over.
    """
    if unknown := sorted(set(calendar.periods) - set(CHEAP_TO_DEAR)):
        raise OptimalError(f"periods {', '.join(unknown)} have no place between cheap and dear.")
    periods = tuple(one for one in CHEAP_TO_DEAR if one in calendar.periods)
    days = district.days
    order = np.array([periods.index(one) for one in calendar.periods])
    place = order[periods_of_days(calendar, days, district.country, district.lab.cube.events)]
    old = flat.old_cny_per_kwh
    of_days = _months(district)
    months = {one: number for number, one in enumerate(dict.fromkeys(of_days))}
    month = np.array([months[one] for one in of_days])
    keys = np.concatenate([month[:, None], place, *old], axis=1)
    _, first, kind = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    kind, place = kind.ravel(), place[first]
    base, rest = _slot_price(district, calendar, first)
    energy_kwh = _energies(district, kind, place, len(periods))
    weight = np.einsum("p,pkc->ck", base, energy_kwh)
    total = weight.sum(axis=1, keepdims=True)
    share = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    return Frame(
        name=name,
        calendar=calendar,
        periods=periods,
        kind=kind,
        month=month[first],
        months=len(months),
        place=place,
        slots=np.stack([(place == k).sum(axis=1) for k in range(len(periods))], axis=1),
        base=base,
        rest=rest,
        old_cny_per_kwh=old[:, first],
        constant_cny=flat.constant_cny,
        slope=share * flat.whole[:, None],
        energy_kwh=energy_kwh,
    )


def _months(district: District) -> list[tuple[int, int]]:
    return [(day.year, day.month) for day in district.days]


def _old_prices(district: District) -> np.ndarray:
    """What each group pays now in every slot of every day [CNY/kWh, (groups, days, 96)]."""
    days = district.days
    held = as_in_force(known_tariffs()[district.tariff.code], days[0], days[-1])
    cube = district.lab.cube
    return np.stack(
        [
            slot_prices(held, days, PriceTerms(has_time_of_use=one), cube.country, cube.events)
            for one in GROUPS
        ]
    )


def same_price(tariff: Tariff, calendar: Calendar, price: Decimal) -> Tariff:
    """``tariff`` with the same price, or multiple, in every period."""
    return with_period_prices(tariff, calendar, dict.fromkeys(calendar.periods, price))


def _two_prices(tariff: Tariff) -> tuple[Decimal, Decimal]:
    usual = Decimal(1) if form_of(tariff) == "times" else first_price(tariff)
    return usual, usual + 1


def _in_force(district: District, tariff: Tariff) -> Tariff:
    return as_in_force(tariff, district.days[0], district.days[-1])


def _slot_price(
    district: District, calendar: Calendar, first: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Slope and constant of the price of a slot on the days at ``first``."""
    days = [district.days[at] for at in first]
    cube = district.lab.cube
    low, high = _two_prices(district.tariff)
    at_low, at_high = (
        slot_prices(
            _in_force(district, same_price(district.tariff, calendar, price)),
            days,
            PriceTerms(),
            cube.country,
            cube.events,
        )[:, 0]
        for price in (low, high)
    )
    base = at_high - at_low
    return base, at_low - base * float(low)


def _energies(district: District, kind: np.ndarray, place: np.ndarray, periods: int) -> np.ndarray:
    """Energy of each customer by kind of day and period [kWh], from the laboratory's cube."""
    cube = district.lab.cube
    running = cube.running["import"]
    begin = district.days[0]
    found = np.zeros((len(place), periods, cube.count))
    for number, group in enumerate(cube.groups):
        kinds = np.unique(kind[[(day - begin).days for day in group.days]])
        if (place[kinds] != place[kinds[0]]).any() or len(kinds) > 1:
            raise OptimalError(
                "these hours differ between weekdays that are alike in all else. "
                "Choose hours by kind of day."
            )
        own = place[kinds[0]]
        for period in np.unique(own):
            for start, end in runs(own == period):
                found[kinds[0], period] += running[number, end] - running[number, start]
    return found / cube.per


def bills_of(district: District, tariff: Tariff, lake: DuckDBPyConnection) -> np.ndarray:
    """What each customer of the class owes under ``tariff`` for energy taken, exactly [fen].

    Raises:
        OptimalError: the laboratory cannot bill it.
    """
    try:
        return owed(district.lab, tariff, lake).sold_fen
    except CubeLimit as limit:
        raise OptimalError(f"tariff '{tariff.code}' cannot be billed here ({limit}).") from limit


def tariff_at(
    district: District, frame: Frame, prices: Mapping[str, Decimal] | Sequence[Decimal]
) -> Tariff:
    """The class's tariff at these prices, by period or in the order of the frame's periods."""
    by_period = (
        prices if isinstance(prices, Mapping) else dict(zip(frame.periods, prices, strict=True))
    )
    return with_period_prices(district.tariff, frame.calendar, by_period)


def by_slot(frame: Frame, values: np.ndarray) -> np.ndarray:
    """Values by kind and period, (…, kinds, periods), at every slot, (…, kinds, 96)."""
    kinds = np.arange(len(frame.place))[:, None]
    return values[..., np.broadcast_to(kinds, (len(frame.place), SLOTS_PER_DAY)), frame.place]
