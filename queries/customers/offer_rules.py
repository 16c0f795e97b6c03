"""Who may get an offer: rules as data, checked against the columns there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

Test = Literal["at_least", "at_most", "one_of", "none_of", "is"]
TESTS: tuple[Test, ...] = ("at_least", "at_most", "one_of", "none_of", "is")
_NUMERIC, _LISTED = ("at_least", "at_most"), ("one_of", "none_of")
ELIGIBLE, UNKNOWN = "eligible", "unknown"


class RuleError(ValueError):
    """A rule that cannot be applied; the message names it.

    Attributes:
        number: Which of them, from 1; 0: they are no rules at all.
    """

    def __init__(self, text: str, number: int = 0) -> None:
        """Say it in English as well."""
        super().__init__(text)
        self.number = number


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition; all of an offer's must hold.

    Attributes:
        column: Of the frame of customers, such as ``annual_kwh``.
        test: How it is compared.
        value: With what: a number, a list of words, or true or false.
    """

    column: str
    test: Test
    value: float | bool | tuple[str, ...]

    @property
    def expression(self) -> pl.Expr:
        """True, false, or null where the column is not known of a customer."""
        column = pl.col(self.column)
        match self.test:
            case "at_least":
                return column >= pl.lit(self.value)
            case "at_most":
                return column <= pl.lit(self.value)
            case "is":
                return column.eq(pl.lit(self.value))
            case _:
                is_in = column.is_in(list(self.value))  # type: ignore[arg-type]
                return is_in if self.test == "one_of" else ~is_in

    def as_data(self) -> dict[str, object]:
        """As it stands in records."""
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        return {"column": self.column, "test": self.test, "value": value}


def read_rules(given: Sequence[Mapping[str, Any]], columns: pl.Schema) -> tuple[Rule, ...]:
    """Rules from data, each checked.

    Args:
        given: ``{"column": "night_share", "test": "at_least", "value": 0.3}`` …
        columns: What is known of customers.

    Raises:
        RuleError: an unknown column or test, or a value that does not fit them.
    """
    return tuple(_rule(number, one, columns) for number, one in enumerate(given, 1))


def _rule(number: int, given: Mapping[str, Any], columns: pl.Schema) -> Rule:
    if set(given) != {"column", "test", "value"}:
        raise RuleError(
            f"rule {number} has {sorted(given)}; expected column, test and value.", number
        )
    column, test, value = given["column"], given["test"], given["value"]
    if column not in columns:
        raise RuleError(
            f"rule {number}: no column '{column}'; there are {', '.join(columns)}.", number
        )
    if test not in TESTS:
        raise RuleError(f"rule {number}: no test '{test}'; there are {', '.join(TESTS)}.", number)
    where = f"rule {number} ({column} {test})"
    try:
        return Rule(column, test, _value(where, test, value, columns[column]))
    except RuleError as error:
        raise RuleError(str(error), number) from None


def _value(where: str, test: str, value: Any, dtype: pl.DataType) -> Any:  # noqa: ANN401 - from JSON
    """The value as the test needs it."""
    if test in _NUMERIC:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not dtype.is_numeric() or not is_number:
            raise RuleError(f"{where}: compares numbers alone; got {dtype} and '{value}'.")
        return float(value)
    if test in _LISTED:
        is_words = isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
        if dtype != pl.String or not value or not is_words:
            raise RuleError(f"{where}: needs a list of words; got {dtype} and '{value}'.")
        return tuple(value)
    if dtype != pl.Boolean or not isinstance(value, bool):
        raise RuleError(f"{where}: compares yes and no alone; got {dtype} and '{value}'.")
    return value


def eligibility(customers: pl.DataFrame, rules: Sequence[Rule]) -> pl.Series:
    """Of every customer ELIGIBLE, UNKNOWN, or the column of the first rule it does not meet.

    Not known is not met: what nobody has measured makes nobody eligible.
    """
    verdict = pl.lit(ELIGIBLE)
    unknown = pl.any_horizontal([rule.expression.is_null() for rule in rules] or [pl.lit(False)])  # noqa: FBT003
    verdict = pl.when(unknown).then(pl.lit(UNKNOWN)).otherwise(verdict)
    for rule in reversed(rules):
        failed = ~rule.expression
        verdict = (
            pl.when(failed.fill_null(value=False)).then(pl.lit(rule.column)).otherwise(verdict)
        )
    return customers.with_columns(verdict.alias("eligibility"))["eligibility"]
