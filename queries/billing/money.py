"""Exact numbers of a bill: rounding half up, amounts to the fen, and parts that add up.

What is not a whole number of decimals, such as a thirtieth of a month, stays a ``Fraction`` until
its one rounding. No float enters: it is refused, not converted.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

Exact = int | Decimal | Fraction

FEN_DECIMALS = 2
"""Decimals of an amount in CNY: bills are in yuan and fen."""


def exact(value: Exact) -> Fraction:
    """``value`` as an exact fraction; TypeError for a float, ValueError for NaN or infinity."""
    if not isinstance(value, int | Decimal | Fraction) or isinstance(value, bool):
        raise TypeError(
            f"{value!r} is a {type(value).__name__}; expected int, Decimal or Fraction. "
            "Read it as text: Decimal('0.1')."
        )
    if isinstance(value, Decimal) and not value.is_finite():
        raise ValueError(f"{value} is no number; expected a finite one. Leave out what is missing.")
    return Fraction(value)


def rounded(value: Exact, decimals: int) -> Decimal:
    """``value`` with ``decimals`` decimals, half up (四舍五入); a half goes away from zero.

    So a credit is rounded like the charge it reverses. The result does not depend on the precision
    of the decimal context.

    >>> rounded(Decimal("0.125"), 2), rounded(Decimal("-0.125"), 2), rounded(Fraction(2, 3), 4)
    (Decimal('0.13'), Decimal('-0.13'), Decimal('0.6667'))
    """
    if decimals < 0:
        raise ValueError(f"decimals = {decimals}; expected 0 or more.")
    scaled = exact(value) * 10**decimals
    units = (2 * abs(scaled.numerator) + scaled.denominator) // (2 * scaled.denominator)
    return _of_units(units if scaled >= 0 else -units, decimals)


def _of_units(units: int, decimals: int) -> Decimal:
    """``units`` of ``10 ** -decimals`` each."""
    digits = tuple(int(digit) for digit in str(abs(units)))
    return Decimal((int(units < 0), digits, -decimals))


@lru_cache(maxsize=4096)  # the same prices come with every account and month
def unit_price(price: Exact, factor: Exact, decimals: int) -> Decimal:
    """A price times its time-of-use or purchase factor, rounded before any quantity meets it.

    Args:
        price: In CNY a unit, e.g. the flat price.
        factor: E.g. 1.7 for a peak 70 % above flat.
        decimals: Of the price in CNY, by the tariff's own rule. Guangdong: two decimals of
            fen/kWh, half up (粤发改价格〔2021〕331号), which are four of CNY/kWh.

    >>> unit_price(Decimal("0.62345"), Decimal("1.7"), 4)
    Decimal('1.0599')
    """
    return rounded(exact(price) * exact(factor), decimals)


def apportioned(total: Exact, weights: Sequence[Exact], decimals: int) -> tuple[Decimal, ...]:
    """Parts of ``total`` in proportion to ``weights`` that add up to it, to the last digit.

    Each part is the exact one cut to ``decimals``; the units left over go to the largest cut
    remainders, the first of equals first (largest remainder method). So no part is off by a whole
    unit of its last decimal. ValueError where ``total`` has more decimals, a weight is negative,
    or all weights are zero while the total is not.

    >>> apportioned(Decimal("1.00"), [1, 1, 1], 2)
    (Decimal('0.34'), Decimal('0.33'), Decimal('0.33'))
    """
    units = exact(total) * 10**decimals
    shares = [exact(weight) for weight in weights]
    if units.denominator != 1:
        raise ValueError(f"total {total} has more than {decimals} decimals. Round it first.")
    if any(share < 0 for share in shares) or (units and not any(shares)):
        raise ValueError(
            f"weights {list(weights)} cannot divide {total}; "
            "expected none below zero and at least one above."
        )
    if not units:
        return tuple(_of_units(0, decimals) for _ in shares)
    sign = 1 if units > 0 else -1
    wanted = [abs(units) * share / sum(shares) for share in shares]
    parts = [part.numerator // part.denominator for part in wanted]
    left = abs(units.numerator) - sum(parts)
    by_remainder = sorted(range(len(parts)), key=lambda n: (parts[n] - wanted[n], n))
    for n in by_remainder[:left]:
        parts[n] += 1
    return tuple(_of_units(sign * part, decimals) for part in parts)
