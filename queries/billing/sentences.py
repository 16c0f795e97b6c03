"""A sentence of an explanation: a code, and figures, days and codes to fill in."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from queries.billing.money import Exact, rounded


@dataclass(frozen=True, slots=True)
class Fact:
    """One value of a sentence: a figure with its unit, a day, or a code.

    Attributes:
        name: What the text calls it.
        value: A figure.
        unit: Of the figure: kWh, kW, CNY/kWh, share [0–1] …; empty: a plain number.
        day: A day.
        word: A code (a period, a term) or a name (of a meter).
    """

    name: str
    value: Decimal | None = None
    unit: str = ""
    day: date | None = None
    word: str | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """A code, such as ``reading``, and its facts."""

    code: str
    facts: tuple[Fact, ...]


def sentence(code: str, *facts: Fact) -> Sentence:
    """A sentence with some facts."""
    return Sentence(code, facts)


def number(name: str, value: Exact, decimals: int = 2, unit: str = "") -> Fact:
    """A figure, rounded half up to so many decimals for the reader."""
    return Fact(name, rounded(value, decimals), unit)
