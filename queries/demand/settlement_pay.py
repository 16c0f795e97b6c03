"""What a confirmed reduction is paid: exact from the confirmed kilowatt on, rounded once."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from queries.billing.money import FEN_DECIMALS, rounded
from queries.demand.response_programme import Terms

KW_DECIMALS = 3
"""A confirmed reduction is rounded to the watt, half up, before any price meets it."""
_MINUTES_AN_HOUR = 60


@dataclass(frozen=True, slots=True)
class Pay:
    """Of one customer for one event.

    Attributes:
        confirmed_kw: To the watt [kW].
        hours: Length of the event [h].
        time_factor: Mean over the event's minutes (时段系数).
        unit_price_cny_per_kw: What a confirmed kilowatt earns in this event, its hours and their
            factors included [CNY/kW].
        amount_cny: Rounded once, half up, to the fen.
    """

    confirmed_kw: Decimal
    hours: Fraction
    time_factor: Fraction
    unit_price_cny_per_kw: Fraction
    amount_cny: Decimal


def pay(confirmed_kw: float, terms: Terms, from_minute: int, until_minute: int) -> Pay:
    """``confirmed_kw × (price a kW + price a kWh × hours) × time factor``.

    Args:
        confirmed_kw: Mean over the event [kW].
        terms: Prices and time factors.
        from_minute: First minute of the event [min after local midnight].
        until_minute: Minute after its last.
    """
    hours = Fraction(until_minute - from_minute, _MINUTES_AN_HOUR)
    factor = time_factor(terms, from_minute, until_minute)
    by_kw, by_kwh = Fraction(terms.price_cny_per_kw), Fraction(terms.price_cny_per_kwh)
    price = (by_kw + by_kwh * hours) * factor
    # a float such as 1.0125 lies below its half; nine decimals are far finer than any reading
    watts = rounded(Decimal(f"{confirmed_kw:.9f}"), KW_DECIMALS)
    amount = rounded(Fraction(watts) * price, FEN_DECIMALS)
    return Pay(watts, hours, factor, price, amount)


def time_factor(terms: Terms, from_minute: int, until_minute: int) -> Fraction:
    """Mean factor of an event's minutes: 1 where the terms name none, the first that names it."""
    return _mean_factor(terms.time_factors, from_minute, until_minute)


@lru_cache(maxsize=256)
def _mean_factor(
    named: tuple[tuple[int, int, Decimal], ...], from_minute: int, until_minute: int
) -> Fraction:
    total = Fraction(0)
    for minute in range(from_minute, until_minute):
        factors = (factor for begin, end, factor in named if begin <= minute < end)
        total += Fraction(next(factors, Decimal(1)))
    return total / (until_minute - from_minute)
