"""Power-factor adjustment of a bill (功率因数调整电费, 力调电费).

Source: 功率因数调整电费办法, (83)水电财字第215号, with its tables for 0.90, 0.85 and 0.80.
Rates are read, but for −1.10 % at 0.94–1.00 of the table 0.85, which is recalled (98 %) against a
program that returns −1.00 %. That the base leaves out government funds and that reactive energy
counts both directions is trade practice (90 %).
"""

from decimal import Decimal
from math import isqrt

from queries.billing.money import Exact, exact

_REWARDS = {
    90: (0, 15, 30, 45, 60, 75),
    85: (0, 10, 20, 30, 40, 50, 65, 80, 95, 110),
    80: (0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 115, 130),
}
"""Reward [1/10,000] by hundredths above the standard; the last holds up to 1.00."""

_STEEPER = ((0, 50), (20, 50), (25, 100))
"""Penalty: from so many hundredths below the standard on, so many 1/10,000 more a hundredth."""

STANDARDS = tuple(_REWARDS)
"""The standards [1/100]. 90: industry at high voltage above 160 kVA, high-voltage supply with
on-load tap changers, irrigation at high voltage from 3,200 kVA. 85: other industry, non-industrial
use and irrigation from 100 kVA. 80: agriculture and bulk resale (趸售) from 100 kVA."""


def counted_reactive_kvarh(forward_kvarh: Decimal, reverse_kvarh: Decimal) -> Decimal:
    """Reactive energy that counts: both directions by size, |forward| + |reverse|.

    Over-compensating at night does not pay for too little compensation by day.
    """
    return abs(forward_kvarh) + abs(reverse_kvarh)


def power_factor_hundredths(active_kwh: Exact, reactive_kvarh: Exact) -> int | None:
    """The mean power factor kWh / √(kWh² + kvarh²) in hundredths, rounded half up.

    Exact, without a root of a float: with k = ⌊200 · kWh / √(kWh² + kvarh²)⌋, the integer root of
    ⌊40,000 · kWh² / (kWh² + kvarh²)⌋, half-up rounding is ⌊(k + 1) / 2⌋.

    Args:
        active_kwh: Of the month, transformer loss included where the meter is on the low side.
        reactive_kvarh: As ``counted_reactive_kvarh`` gives it, loss included likewise.

    Returns:
        0–100, or None where neither was used: no factor, no adjustment. Reactive energy alone is a
        factor of 0, with the table's largest penalty (a reading of it: no text speaks of the case).

    >>> power_factor_hundredths(100_000, 60_000)
    86
    """
    active, reactive = exact(active_kwh), exact(reactive_kvarh)
    if active < 0 or reactive < 0:
        raise ValueError(
            f"active {active_kwh} kWh and reactive {reactive_kvarh} kvarh; expected none below "
            "zero. Count imported active energy, and reactive by counted_reactive_kvarh."
        )
    if not active and not reactive:
        return None
    squared = 40_000 * active**2 / (active**2 + reactive**2)
    return (isqrt(squared.numerator // squared.denominator) + 1) // 2


def adjustment_rate_share(standard_hundredths: int, factor_hundredths: int) -> Decimal:
    """The rate of the table: below zero a reward, above zero a penalty [share of the base].

    The penalty grows by 0.5 % a hundredth for the first 20 below the standard, by 1 % for the next
    5 and by 2 % from there on, down to a factor of 0.00.

    >>> adjustment_rate_share(90, 86), adjustment_rate_share(85, 94)
    (Decimal('0.0200'), Decimal('-0.0110'))
    """
    if standard_hundredths not in _REWARDS:
        raise ValueError(
            f"no table for the standard {standard_hundredths}; expected one of {STANDARDS}, "
            "in hundredths."
        )
    if not 0 <= factor_hundredths <= 100:
        raise ValueError(f"power factor {factor_hundredths}; expected 0 to 100 hundredths.")
    below = standard_hundredths - factor_hundredths
    if below <= 0:
        rewards = _REWARDS[standard_hundredths]
        return Decimal(-rewards[min(-below, len(rewards) - 1)]).scaleb(-4)
    penalty = sum(more * max(below - since, 0) for since, more in _STEEPER)
    return Decimal(penalty).scaleb(-4)
