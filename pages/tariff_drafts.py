"""The tariffs a planner tries: kept in the session, edited in tables, handed on as text."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import streamlit as st

from queries.billing.lab import tariff_of
from queries.billing.tariff_model import Tariff
from queries.billing.tariff_prices import PriceRow
from queries.billing.tariff_text import write_tariff
from queries.billing.tariffs import known_tariffs

MOST_DRAFTS = 5
_KEY = "tariff_drafts"

HoursRow = dict[str, Any]
"""A window as its table has it: period, from, until, months, days, priority."""


@dataclass(slots=True)
class Draft:
    """One tariff that is tried.

    Attributes:
        number: Names its widgets and its code; never given twice.
        name: What the planner calls it.
        tariff: What its tables make; the last one that could be used.
        prices: The rows its price table was filled with.
        prices_for: Language and rows for which that was.
        hours: The rows its table of hours was filled with.
        hours_now: The rows as they were edited, right or wrong.
        hours_for: Language for which it was filled.
        rest: Period of all other hours when it was filled.
        prices_filled: How often the price table was filled: a new number, a new table.
        hours_filled: The same of the table of hours.
        found: What the last search for a neutral price gave.
    """

    number: int
    name: str
    tariff: Tariff
    prices: tuple[PriceRow, ...] = ()
    prices_for: tuple[object, ...] = ()
    hours: list[HoursRow] | None = None
    hours_now: list[HoursRow] | None = None
    hours_for: str = ""
    rest: str | None = None
    prices_filled: int = 0
    hours_filled: int = 0
    found: dict[str, Any] | None = None

    def adopt(self, tariff: Tariff) -> None:
        """Go on from ``tariff``, whatever the tables held."""
        self.tariff = replace(tariff, code=self.code, name_zh=self.name, name_en=self.name)
        self.hours_now, self.found = None, None
        self.fill_again()

    def fill_again(self) -> None:
        """Have both tables filled anew with what they hold now: they were not drawn meanwhile."""
        self.prices_for, self.hours_for = (), ""

    def rename(self, name: str) -> None:
        """Call it something else."""
        self.name = name
        self.tariff = replace(self.tariff, name_zh=name, name_en=name)

    @property
    def code(self) -> str:
        """Its tariff's code: how answers name it."""
        return f"plan_{self.number}"

    @property
    def text(self) -> str:
        """Its tariff as TOML: how questions take it."""
        return write_tariff(self.tariff)


@dataclass(slots=True)
class Drafts:
    """The tariffs tried for one class of prices of one district.

    Attributes:
        start_code: Code of the tariff that holds now.
        start: That tariff as it was in force last.
        items: In the order of their tabs.
        chosen: Number of the one whose tables are shown.
    """

    start_code: str
    start: Tariff
    items: list[Draft] = field(default_factory=list)
    chosen: int = 1
    last_number: int = 0

    def add(self, name: str, tariff: Tariff) -> Draft:
        """One more, which is shown next."""
        self.last_number += 1
        draft = Draft(self.last_number, name, tariff)
        draft.adopt(tariff)
        self.items.append(draft)
        self.choose(draft.number)
        return draft

    def choose(self, number: int) -> None:
        """Show the tables of another one."""
        if number != self.chosen:
            for draft in self.items:
                draft.fill_again()
        self.chosen = number

    def remove(self, number: int) -> None:
        """Drop one; the last one stays."""
        if len(self.items) > 1:
            place = [draft.number for draft in self.items].index(number)
            del self.items[place]
            self.choose(self.items[max(place - 1, 0)].number)

    @property
    def current(self) -> Draft:
        """The one whose tables are shown."""
        return next(draft for draft in self.items if draft.number == self.chosen)

    @property
    def texts(self) -> tuple[str, ...]:
        """All of them, for a question."""
        return tuple(draft.text for draft in self.items)

    @property
    def names(self) -> dict[str, str]:
        """By the codes that answers have; two of one name are told apart."""
        taken: dict[str, str] = {}
        for draft in self.items:
            is_double = draft.name in taken.values()
            taken[draft.code] = f"{draft.name} ({draft.number})" if is_double else draft.name
        return taken


def drafts_for(district: str, price_class: str, start_code: str, day: date, name: str) -> Drafts:
    """What is tried for a class of prices of a district; at first what holds now, to be changed."""
    kept: dict[tuple[str, str], Drafts] = st.session_state.setdefault(_KEY, {})
    key = (district, price_class)
    if key not in kept:
        kept[key] = Drafts(start_code, start_tariff(start_code, day))
        kept[key].add(name, kept[key].start)
    return kept[key]


def start_tariff(code: str, day: date) -> Tariff:
    """A tariff as it is in force on ``day``, for all time: something to change."""
    held = known_tariffs()[code]
    version = held.version_on(day) or held.versions[-1]
    return replace(held, versions=(replace(version, valid_from=None),))


def replace_drafts(drafts: Drafts, named: list[tuple[str, str]]) -> None:
    """Try these (name and TOML) instead of those there were.

    Raises:
        TariffError: one of them cannot be read.
    """
    tariffs = [(name, tariff_of(text)) for name, text in named[:MOST_DRAFTS]]
    drafts.items.clear()
    for name, tariff in tariffs:
        drafts.add(name, tariff)
    drafts.choose(drafts.items[0].number)
