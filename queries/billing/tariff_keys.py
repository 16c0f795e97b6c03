"""What the keys of a tariff file may hold: a reader for each kind of value.

A reader makes a value of what TOML gave or raises ``WrongValueError``, whatever it is given. What
the error tells follows the key: `` = 0.5 is no number in quotes …``.
"""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from queries.billing.calendar_model import EVERY_MONTH

Reader = Callable[[object], Any]
Form = dict[str, Reader]
"""The keys of a table and what each holds."""

NAME = re.compile(r"[a-z0-9][a-z0-9_]*")
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?", re.ASCII)
_LONGEST = 60


class WrongValueError(ValueError):
    """A value is not what its key holds.

    Attributes:
        told: What is wrong and what to do, each to stand after the key, without a full stop.
    """

    def __init__(self, *told: str) -> None:
        """Tell what is wrong, each text to stand after the key."""
        super().__init__(*told)
        self.told = told


def shown(value: object) -> str:
    """``value`` as Python writes it, cut to what fits a line.

    >>> shown("a" * 100)[-3:], shown(10**10_000)
    ('aa…', 'a value too large to show')
    """
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # thousands of digits, or tables in tables without end
        return "a value too large to show"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def fields(
    table: Mapping[str, Any], form: Form, required: Collection[str] = ()
) -> tuple[dict[str, Any], list[str]]:
    """The values of ``table`` by key, and what is wrong with it.

    Returns:
        (values of the keys that are as they should be, texts without a full stop).
    """
    told = [
        f"key {shown(key)} is unknown; there are {', '.join(form)}. Rename or remove it"
        for key in sorted(table.keys() - form.keys())
    ]
    told += [f"key '{key}' is missing. Add it" for key in required if key not in table]
    values = {}
    for key, reader in form.items():
        if key in table:
            try:
                values[key] = reader(table[key])
            except WrongValueError as error:
                told += [key + text for text in error.told]
    return values, told


def text(value: object) -> str:
    """Text."""
    if not isinstance(value, str):
        raise WrongValueError(f" = {shown(value)} is not text. Put it in quotes")
    return value


def name(value: object) -> str:
    """A code or the name of a period."""
    if not (isinstance(value, str) and NAME.fullmatch(value)):
        raise WrongValueError(f" = {shown(value)} is no name. Use small letters, digits and _")
    return value


def number(value: object) -> Decimal:
    """A price, limit or multiple: text, so that it stays exact."""
    if not (isinstance(value, str) and _NUMBER.fullmatch(value)):
        raise WrongValueError(
            f' = {shown(value)} is no number in quotes. Write "0.5000", so that it is exact'
        )
    return Decimal(value)


def share(value: object) -> Decimal:
    """A number of 0 to 1."""
    read = number(value)
    if not 0 <= read <= 1:
        raise WrongValueError(f' = {shown(value)} is no share; expected "0" to "1". Mend it')
    return read


def whole(least: int, most: int) -> Reader:
    """A whole number of ``least`` to ``most``."""

    def read(value: object) -> int:
        if type(value) is not int or not least <= value <= most:
            raise WrongValueError(
                f" = {shown(value)} is no whole number of {least} to {most}. Write one, no quotes"
            )
        return value

    return read


def flag(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise WrongValueError(f" = {shown(value)} is neither true nor false. Write one, no quotes")
    return value


def day(value: object) -> date:
    """A date."""
    if type(value) is not date:
        raise WrongValueError(f" = {shown(value)} is no date. Write 2024-01-31 without quotes")
    return value


def pattern(expected: re.Pattern[str], example: str) -> Reader:
    """Text of one form."""

    def read(value: object) -> str:
        if not (isinstance(value, str) and expected.fullmatch(value)):
            raise WrongValueError(f" = {shown(value)} is unknown. Write such as {example}")
        return value

    return read


def one_of(known: Collection[Any]) -> Reader:
    """One of the values there are."""
    listed = ", ".join(map(str, known))

    def read(value: object) -> object:
        if type(value) not in {str, int} or value not in known:
            raise WrongValueError(f" = {shown(value)} is unknown; there are {listed}. Choose one")
        return value

    return read


def months(value: object) -> frozenset[int]:
    """Calendar months."""
    found = value if isinstance(value, list) else []
    if not found or any(type(month) is not int for month in found) or set(found) - EVERY_MONTH:
        raise WrongValueError(f" = {shown(value)} is no list of months 1 to 12. Write [7, 8]")
    return frozenset(found)


def list_of(reader: Reader, example: str, make: Callable[..., Any] = tuple) -> Reader:
    """A list; its items are counted from 1."""

    def read(value: object) -> object:
        if not isinstance(value, list):
            raise WrongValueError(f" = {shown(value)} is no list. Write {example}")
        items, told = [], []
        for place, item in enumerate(value, 1):
            try:
                items.append(reader(item))
            except WrongValueError as error:
                told += [f" {place}{text}" for text in error.told]
        if told:
            raise WrongValueError(*told)
        return make(items)

    return read


def table_of(
    form: Form,
    make: Callable[..., Any],
    example: str,
    required: Collection[str] = (),
    shape: Callable[[dict[str, Any]], dict[str, Any]] = dict,
) -> Reader:
    """A table with the keys of ``form``.

    Args:
        form: Its keys.
        make: What is made of the values; what it refuses by a ValueError is told.
        example: How to write one.
        required: Keys that must be there.
        shape: Makes arguments of ``make`` of the values.
    """

    def read(value: object) -> object:
        if not isinstance(value, dict):
            raise WrongValueError(f" = {shown(value)} is no table. Write {example}")
        values, told = fields(value, form, required)
        if told:
            raise WrongValueError(*(f": {text}" for text in told))
        try:
            return make(**shape(values))
        except ValueError as error:
            raise WrongValueError(f": {str(error).rstrip('.')}") from error

    return read


def pairs_of(key: re.Pattern[str], example: str) -> Reader:
    """A table of numbers by names of one form, as pairs in the order of the file."""

    def read(value: object) -> tuple[tuple[str, Decimal], ...]:
        if not isinstance(value, dict):
            raise WrongValueError(f" = {shown(value)} is no table. Write {example}")
        found, told = [], []
        for own, item in value.items():
            if not key.fullmatch(own):
                told.append(f": {shown(own)} is no such key. Write {example}")
            try:
                found.append((own, number(item)))
            except WrongValueError as error:
                told += [f": {own if key.fullmatch(own) else shown(own)}{t}" for t in error.told]
        if told:
            raise WrongValueError(*told)
        return tuple(found)

    return read
