"""Exact numbers of many customers at once: integer arrays over one denominator.

Sums, products and the one rounding of a bill are the same as those of ``queries.billing.money``, to
the last digit. Numbers are 64-bit while they fit and Python integers beyond, never floats.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Self

import numpy as np

from queries.billing.money import Exact, exact

_ROOM = 1 << 62


def most(units: np.ndarray) -> int:
    """The largest size of any of ``units``."""
    if not units.size:
        return 0
    return max(abs(int(units.max())), abs(int(units.min())))


def scaled_by(units: np.ndarray, factor: int) -> np.ndarray:
    """``units × factor``, in Python integers where 64 bits could overflow."""
    if factor == 1:
        return units
    if units.dtype == np.int64 and most(units) * abs(factor) < _ROOM:
        return units * np.int64(factor)
    return units.astype(object) * factor


def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """``a × b``, in Python integers where 64 bits could overflow."""
    is_narrow = a.dtype == b.dtype == np.int64 and most(a) * most(b) < _ROOM
    return a * b if is_narrow else a.astype(object) * b.astype(object)


def divided_half_up(units: np.ndarray, divisor: int) -> np.ndarray:
    """``units / divisor`` to whole numbers, a half away from zero."""
    if divisor == 1:
        return units
    if units.dtype == np.int64 and 2 * most(units) + divisor >= _ROOM:
        units = units.astype(object)
    size = (2 * abs(units) + divisor) // (2 * divisor)
    return np.where(units < 0, -size, size)


@dataclass(frozen=True, slots=True)
class Exacts:
    """Exact numbers: ``units / per`` each.

    Attributes:
        units: Integers, any shape (int64, or object where they do not fit).
        per: Above zero.
    """

    units: np.ndarray
    per: int = 1

    @classmethod
    def of(cls, values: Sequence[Exact]) -> Self:
        """From exact numbers, over their common denominator."""
        fractions = [exact(value) for value in values]
        per = lcm(*(f.denominator for f in fractions)) if fractions else 1
        units = [f.numerator * (per // f.denominator) for f in fractions]
        wide = any(abs(unit) >= _ROOM for unit in units)
        return cls(np.array(units, dtype=object if wide else np.int64), per)

    @classmethod
    def zeros(cls, shape: int | tuple[int, ...]) -> Self:
        """All zero."""
        return cls(np.zeros(shape, np.int64))

    @property
    def is_zero(self) -> bool:
        """Whether all are zero."""
        return not self.units.any()

    def over(self, per: int) -> np.ndarray:
        """The units over the denominator ``per``, a multiple of their own."""
        return scaled_by(self.units, per // self.per)

    def times(self, factor: Exact) -> Self:
        """Each multiplied by one exact number."""
        fraction = exact(factor)
        return type(self)(
            scaled_by(self.units, fraction.numerator), self.per * fraction.denominator
        )

    def times_each(self, other: Self) -> Self:
        """Element by element."""
        return type(self)(product(self.units, other.units), self.per * other.per)

    def plus(self, other: Self) -> Self:
        """Element by element."""
        per = lcm(self.per, other.per)
        a, b = self.over(per), other.over(per)
        if a.dtype == b.dtype == np.int64 and most(a) + most(b) >= _ROOM:
            a = a.astype(object)
        return type(self)(a + b, per)

    def minus(self, other: Self) -> Self:
        """Element by element."""
        return self.plus(type(self)(-other.units, other.per))

    def at_least(self, other: Self) -> Self:
        """The larger, element by element."""
        per = lcm(self.per, other.per)
        return type(self)(np.maximum(self.over(per), other.over(per)), per)

    def at_most(self, other: Self) -> Self:
        """The smaller, element by element."""
        per = lcm(self.per, other.per)
        return type(self)(np.minimum(self.over(per), other.over(per)), per)

    def replaced(self, index: np.ndarray | tuple, values: Self) -> Self:
        """The same with other values at ``index`` of the array."""
        per = lcm(self.per, values.per)
        units, others = self.over(per), values.over(per)
        is_wide = any(one.dtype == object for one in (units, others))
        found = units.astype(object if is_wide else np.int64, copy=True)
        found[index] = others
        return type(self)(found, per)

    def rounded(self, decimals: int) -> Self:
        """Half up, a half away from zero (四舍五入)."""
        scaled = scaled_by(self.units, 10**decimals)
        return type(self)(divided_half_up(scaled, self.per), 10**decimals)

    def summed(self, axis: int) -> Self:
        """Sum over an axis."""
        units = self.units
        if units.dtype == np.int64 and most(units) * max(units.shape[axis], 1) >= _ROOM:
            units = units.astype(object)
        return type(self)(units.sum(axis=axis), self.per)

    def fraction(self, *place: int) -> Fraction:
        """One of them."""
        return Fraction(int(self.units[place]), self.per)

    def floats(self) -> np.ndarray:
        """As floats, for charts and rankings only: never for money that is owed."""
        return self.units.astype(np.float64) / self.per


def constant(value: Exact, count: int) -> Exacts:
    """``value`` ``count`` times."""
    one = Exacts.of([value])
    return Exacts(np.repeat(one.units, count), one.per)


def decimals_of(value: Decimal | Fraction | int) -> int:
    """How many decimals write ``value`` out; ValueError where no number of them does.

    >>> decimals_of(Decimal("0.4883")), decimals_of(7)
    (4, 0)
    """
    fraction = exact(value)
    decimals = 0
    while fraction.denominator != 1:
        fraction *= 10
        decimals += 1
        if decimals > 60:
            raise ValueError(f"{value} has no end of decimals. Round it first.")
    return decimals
