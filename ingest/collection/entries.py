"""Entries of a TOML table, checked; every message names the file (or table) and the key."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from ingest.batch import CollectorError


def known_keys(table: Mapping[str, object], known: Sequence[str], where: str) -> None:
    """Refuse a key that nobody reads: a typing error must not be a default."""
    for key in table:
        if key not in known:
            close = get_close_matches(key, known, n=1)
            hint = f"did you mean '{close[0]}'?" if close else f"expected one of {', '.join(known)}"
            raise CollectorError(f"{where}: unknown key '{key}'; {hint}")


def required(table: Mapping[str, object], key: str, where: str, meaning: str) -> str:
    """A text that must be there and not be empty."""
    if key not in table:
        raise CollectorError(f"{where}: '{key}' is missing; expected {meaning}")
    return _text(table[key], key, where, meaning)


def optional(table: Mapping[str, object], key: str, where: str, meaning: str) -> str | None:
    """A text that may be absent."""
    return _text(table[key], key, where, meaning) if key in table else None


def _text(value: object, key: str, where: str, meaning: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise CollectorError(f"{where}: '{key}' is {value!r}; expected {meaning}, as a text")
    return value


def choice(
    table: Mapping[str, object], key: str, where: str, choices: Sequence[str], default: str
) -> str:
    """One of ``choices``."""
    value = table.get(key, default)
    if value not in choices:
        raise CollectorError(f"{where}: '{key}' is {value!r}; expected one of {', '.join(choices)}")
    return str(value)


def whole_number(
    table: Mapping[str, object], key: str, where: str, limits: tuple[int, int], default: int
) -> int:
    """A whole number within ``limits``, both included."""
    value = table.get(key, default)
    low, high = limits
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise CollectorError(
            f"{where}: '{key}' is {value!r}; expected a whole number {low} to {high}"
        )
    return value


def texts(table: Mapping[str, object], key: str, where: str, meaning: str) -> tuple[str, ...]:
    """A text or a list of texts; empty where the key is absent."""
    value = table.get(key, [])
    words = value if isinstance(value, list) else [value]
    return tuple(_text(word, key, where, meaning) for word in words)


def subtable(table: Mapping[str, object], key: str, where: str) -> Mapping[str, object]:
    """A table within the table; empty where it is absent."""
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise CollectorError(f"{where}: '{key}' is {value!r}; expected a table [{key}]")
    return value
