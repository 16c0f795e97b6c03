"""A piece of advice as a change of a curve or a contract, and what the bill makes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from queries.billing.accounts import Accounts, Agreement
from queries.billing.exact_arrays import Exacts
from queries.billing.lines import Priced
from queries.billing.measured import DayRows
from queries.billing.pricing import price
from queries.billing.tariff_model import Tariff
from queries.customers.advice_basis import Basis

ADVISED, LITTLE, NO_DATA, NOT_HERE = (
    "advised",
    "little_to_gain",
    "not_enough_data",
    "not_applicable",
)
"""What becomes of each kind of advice for a customer."""
HIGH, MEDIUM, LOW = "high", "medium", "low"
"""How sure it is."""


@dataclass(frozen=True, slots=True)
class Change:
    """One piece of advice, before it is billed.

    Attributes:
        kind: What is advised.
        status: ADVISED, or why nothing is.
        reason: Code of why, where nothing is advised.
        load: The curve if it is followed; None: as it is.
        tariff: The tariff; None: as it is.
        agreement: The terms; None: as they are.
        saving_kwh: Of a year, with its 95 % interval where there is one; a loss is below zero.
        cost_cny: What it costs once, whole CNY; None: nothing to buy.
        confidence: HIGH, MEDIUM or LOW.
        figures: What its sentences name, by name.
    """

    kind: str
    status: str = ADVISED
    reason: str | None = None
    load: DayRows | None = None
    tariff: Tariff | None = None
    agreement: Agreement | None = None
    interval_kwh: tuple[float, float] | None = None
    cost_cny: int | None = None
    confidence: str = MEDIUM
    figures: Mapping[str, Any] = field(default_factory=dict)


def with_energy(basis: Basis, energy_kwh: np.ndarray, **others_kwh: np.ndarray) -> DayRows:
    """The basis' load with another curve, in whole units, never below nothing.

    Args:
        basis: Whose.
        energy_kwh: Taken from the grid, (days, slots).
        others_kwh: Other channels, likewise.
    """
    load = basis.load
    units = {
        name: np.maximum(np.rint(kwh * load.per), 0).astype(np.int64)[None]
        for name, kwh in {"import": energy_kwh, **others_kwh}.items()
    }
    return replace(load, energy_units={**load.energy_units, **units})


@dataclass(frozen=True, slots=True)
class ToBill:
    """A load under a tariff and terms."""

    basis: Basis
    load: DayRows
    tariff: Tariff
    agreement: Agreement

    @classmethod
    def now(cls, basis: Basis) -> "ToBill":
        """As things are."""
        return cls(basis, basis.load, basis.tariff, basis.agreement)

    @classmethod
    def after(cls, basis: Basis, change: Change) -> "ToBill":
        """As they would be."""
        return cls(
            basis,
            change.load or basis.load,
            change.tariff or basis.tariff,
            change.agreement or basis.agreement,
        )


def owed_fen(jobs: Sequence[ToBill]) -> np.ndarray:
    """What each load would owe over all its months [fen]; those of one tariff in one pass."""
    groups: dict[tuple, list[int]] = {}
    for place, job in enumerate(jobs):
        key = job.tariff, job.load.channels, job.load.per, job.load.days, job.load.slots
        groups.setdefault(key, []).append(place)
    found = np.zeros(len(jobs), np.int64)
    for places in groups.values():
        found[places] = billed([jobs[place] for place in places]).totals().sum(axis=1)
    return found


def billed(jobs: Sequence[ToBill]) -> Priced:
    """The bills of loads under one tariff, with the same channels over the same days."""
    first = jobs[0]
    units = {
        name: np.concatenate([job.load.energy_units[name] for job in jobs])
        for name in sorted(first.load.channels)
    }
    load = replace(first.load, energy_units=units)
    accounts = Accounts.of([job.agreement for job in jobs])
    if first.tariff == first.basis.tariff:
        accounts = replace(accounts, used_before=_used_before(jobs))
    return price(first.tariff, load, first.basis.bills, accounts=accounts)


def _used_before(jobs: Sequence[ToBill]) -> dict[tuple[date, frozenset[int]], Exacts]:
    counters = jobs[0].basis.used_before
    return {
        counter: Exacts(
            np.concatenate([job.basis.used_before[counter].units for job in jobs]), kwh.per
        )
        for counter, kwh in counters.items()
    }
