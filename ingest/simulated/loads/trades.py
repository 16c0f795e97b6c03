"""What a customer does for a living."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np


@dataclass(frozen=True, slots=True)
class Trade:
    """A line of business.

    Attributes:
        zh, en: What such a place is called.
        industry_code: GB/T 4754-2017.
        economy_group: Whose orders it follows (``Economy.orders``); None: nobody's.
    """

    zh: str
    en: str
    industry_code: str
    economy_group: str | None = None


Choice = TypeVar("Choice")


def weighted(stream: np.random.Generator, choices: Sequence[tuple[float, Choice]]) -> Choice:
    """One of ``choices``, each with its weight."""
    drawn = stream.random() * sum(weight for weight, _ in choices)
    for weight, choice in choices:
        drawn -= weight
        if drawn < 0:
            return choice
    return choices[-1][1]


def size_kw(stream: np.random.Generator, least_kw: float, most_kw: float) -> float:
    """A size between two, small ones being more frequent (even in the logarithm)."""
    return float(least_kw * (most_kw / least_kw) ** stream.random())
