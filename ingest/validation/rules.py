"""The rules of validation and their thresholds, read from ``vee.toml``.

The file of the data folder says only what it changes; the shipped one, which knows every key,
gives the rest. A key that no rule knows is refused by name: a typing error must not leave a
threshold as it was without a word.
"""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from queries.settings import PROJECT, Settings

FILE_NAME = "vee.toml"
_SHIPPED = PROJECT / "data" / FILE_NAME
_WORDS = ("zh", "en", "unit", "source")


class RulesError(ValueError):
    """The rules cannot be used; the message names file and key, and what is expected there."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of validation.

    Attributes:
        name: As in ``findings.rule``.
        zh, en: What it is called.
        unit: Of ``findings.magnitude``.
        source: Where its thresholds come from.
        min_days: Fewer days with the sign are no finding.
        bridge_days: As many days without it do not end a finding [days].
        limits: Its own thresholds by key, units in the keys.
    """

    name: str
    zh: str
    en: str
    unit: str
    source: str
    min_days: int
    bridge_days: int
    limits: Mapping[str, float]

    def __getitem__(self, key: str) -> float:
        """One of its own thresholds."""
        return self.limits[key]


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules by name, how far back they look, and how gaps are estimated.

    Attributes:
        rules: By name.
        lookback_days: History that a rule may look at [days].
        cells_at_once: Slots held in memory at a time.
        estimation: Settings of the estimators by key, units in the keys.
    """

    rules: Mapping[str, Rule]
    lookback_days: int
    cells_at_once: int
    estimation: Mapping[str, float]

    def __getitem__(self, name: str) -> Rule:
        """One rule."""
        return self.rules[name]


def read_rules(settings: Settings) -> Rules:
    """The rules in force: the shipped ones, and what ``vee.toml`` of the data folder changes.

    Raises:
        RulesError: a key is unknown or its value is none, in which file and where.
    """
    shipped = _read(_SHIPPED)
    own = settings.data / FILE_NAME
    if own.is_file() and own.resolve() != _SHIPPED.resolve():
        shipped = _laid_over(shipped, _read(own), own, "")
    rules = {name: _rule(name, table) for name, table in shipped["rules"].items()}
    window, estimation = shipped["window"], shipped["estimation"]
    numbers = {key: value for key, value in estimation.items() if key not in _WORDS}
    return Rules(rules, window["lookback_days"], window["cells_at_once"], numbers)


def _rule(name: str, table: Mapping[str, Any]) -> Rule:
    words = {word: table[word] for word in _WORDS}
    counts = {key: table[key] for key in ("min_days", "bridge_days")}
    limits = {key: value for key, value in table.items() if key not in words | counts}
    return Rule(name, **words, **counts, limits=limits)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RulesError(
            f"{path}: not a TOML file in UTF-8: {error}. Correct that line."
        ) from error


def _laid_over(
    known: Mapping[str, Any], given: Mapping[str, Any], path: Path, where: str
) -> dict[str, Any]:
    """``known`` with the values of ``given``, every one of them checked against the known one."""
    merged = dict(known)
    for key, value in given.items():
        place = f"{where}.{key}".lstrip(".")
        if key not in known:
            raise RulesError(f"{path}: no key '{place}'; known here are {', '.join(known)}.")
        if isinstance(known[key], dict):
            if not isinstance(value, dict):
                raise RulesError(f"{path}: '{place}' is {value!r}; a table [{place}] is expected.")
            merged[key] = _laid_over(known[key], value, path, place)
        else:
            merged[key] = _checked(known[key], value, f"{path}: '{place}'")
    return merged


def _checked(known: object, value: object, place: str) -> object:
    if isinstance(known, str):
        if isinstance(value, str):
            return value
        raise RulesError(f"{place} is {value!r}; a text is expected.")
    is_whole = isinstance(known, int)
    expected = "a whole number, 0 or more" if is_whole else "a number, 0 or more"
    if isinstance(value, bool) or not isinstance(value, int if is_whole else int | float):
        raise RulesError(f"{place} is {value!r}; {expected}, is expected.")
    if value < 0 or not math.isfinite(value):
        raise RulesError(f"{place} is {value!r}; {expected}, is expected.")
    return value
