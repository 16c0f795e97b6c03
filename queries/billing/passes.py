"""One pass of the engine: a tariff, accounts, their load, and the bills that are wanted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

import numpy as np

from queries.billing.accounts import Accounts, Agreement
from queries.billing.calendar_model import EVERY_MONTH, Calendar
from queries.billing.energy_bank import EnergyBank
from queries.billing.exact_arrays import Exacts, constant
from queries.billing.measured import Measured
from queries.billing.money import Exact
from queries.billing.prices import PriceTerms
from queries.billing.segments import Segment, Span, month_after
from queries.billing.tariff_model import (
    CapacityChoice,
    Charge,
    DemandCharge,
    Netting,
    Tariff,
    Version,
)

_ONE_DAY = timedelta(days=1)


@dataclass(slots=True)
class Pass:
    """What all charges of a pass share.

    Attributes:
        tariff: Whose charges are billed.
        accounts: Their terms.
        measured: Their load.
        bills: First and last day of every bill.
        segments: The days of the bills, cut where something changes.
        decimals: Of amounts; more than two leave lines all but unrounded, to compare engines.
        warnings: Collected on the way.
        demand: Measured and billed demand by charge [kW, (accounts, bills)].
        version: Whose charges are being billed: each is billed for the segments it is in force.
        least: Sum of the minimums of a charge so far, by its code and bill, where several versions
            share a bill.
        banks: What was fed in and not yet used, by charge and terms: it outlives a change of price.
    """

    tariff: Tariff
    accounts: Accounts
    measured: Measured
    bills: tuple[Span, ...]
    segments: tuple[Segment, ...]
    decimals: int
    warnings: list[str] = field(default_factory=list)
    demand: dict[str, tuple[Exacts, Exacts]] = field(default_factory=dict)
    version: Version | None = None
    least: dict[tuple[str, int], Fraction] = field(default_factory=dict)
    banks: dict[tuple[str, PriceTerms], EnergyBank] = field(default_factory=dict)
    _maxima: Exacts | None = None
    _energies: dict[tuple[Calendar | None, str, Netting], Exacts] = field(default_factory=dict)

    def warn(self, text: str) -> None:
        """Say once what is not in the bills, or doubtful."""
        if text not in self.warnings:
            self.warnings.append(text)

    def held(self, charge: Charge) -> list[tuple[int, Segment]]:
        """The segments of the version, with their places, in which a charge of it is in season."""
        months = getattr(charge, "months", EVERY_MONTH)
        return [
            (place, segment)
            for place, segment in enumerate(self.segments)
            if segment.first_day.month in months
            and self.tariff.version_on(segment.first_day) is self.version
        ]

    def who_chose(self, choice: CapacityChoice | None) -> np.ndarray:
        """Places of the accounts that chose this basic charge; of all where none is meant."""
        chosen = [n for n, a in enumerate(self.by_agreement()) if choice in {None, a.choice}]
        return np.flatnonzero(np.isin(self.accounts.index, chosen))

    def price_groups(self) -> Iterator[tuple[PriceTerms, np.ndarray]]:
        """Accounts whose prices are made alike."""
        groups: dict[PriceTerms, list[int]] = {}
        for place, one in enumerate(self.accounts.agreements):
            terms = PriceTerms(one.has_time_of_use, one.purchase_times, one.own_prices)
            groups.setdefault(terms, []).append(place)
        for terms, places in groups.items():
            rows = np.flatnonzero(np.isin(self.accounts.index, places))
            # Of some of a fleet's accounts nobody may have the agreement.
            if rows.size or not self.accounts.count:
                yield terms, rows

    def each(self, values: Sequence[Exact]) -> Exacts:
        """A value of every agreement, for every account."""
        of_agreement = Exacts.of(values)
        return Exacts(of_agreement.units[self.accounts.index], of_agreement.per)

    def energy(self, calendar: Calendar | None, channel: str, netting: Netting) -> Exacts:
        """``Measured.energy`` of all segments, measured once however many charges ask."""
        key = calendar, channel, netting
        if key not in self._energies:
            self._energies[key] = self.measured.energy(calendar, self.segments, channel, netting)
        return self._energies[key]

    def those(self, units: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """The rows of some accounts; no copy where they are all."""
        return units if len(rows) == self.accounts.count else units[rows]

    def months_of(self, segment: Segment) -> Fraction:
        """How many months a segment is; a bill from one day to the day before it is one whole."""
        first_day, last_day = self.bills[segment.bill]
        return months_in(first_day, last_day) * Fraction(
            segment.days, (last_day - first_day).days + 1
        )

    def billed_demand(self, bill: int) -> Exacts:
        """The demand hours of use are counted by [kW]: billed without periods, else measured."""
        if self._maxima is None:
            plain = DemandCharge("maximum", "other", ())
            self._maxima = self.measured.maximum(None, self.segments, plain)
        places = [n for n, segment in enumerate(self.segments) if segment.bill == bill]
        found = Exacts(self._maxima.units[:, places, 0].max(axis=1), self._maxima.per)
        is_open = np.ones(self.accounts.count, bool)
        for charge in self.version.charges if self.version else ():
            if not isinstance(charge, DemandCharge) or charge.calendar is not None:
                continue
            if all(segment.bill != bill for _, segment in self.held(charge)):
                continue
            rows = self.who_chose(charge.choice)
            rows = rows[is_open[rows]]
            if charge.code in self.demand and len(rows):
                billed = self.demand[charge.code][1]
                found = found.replaced(rows, Exacts(billed.units[rows, bill], billed.per))
                is_open[rows] = False
        return found

    def versions(self) -> tuple[Version, ...]:
        """The versions in force at any time of the bills, in order."""
        found = [self.tariff.version_on(segment.first_day) for segment in self.segments]
        return tuple(dict.fromkeys(version for version in found if version is not None))

    def by_agreement(self) -> tuple[Agreement, ...]:
        """The different agreements."""
        return self.accounts.agreements

    def zeros(self) -> Exacts:
        """Nothing, for every account."""
        return constant(0, self.accounts.count)


def months_in(first_day: date, last_day: date) -> Fraction:
    """How many months the days from ``first_day`` to ``last_day`` are.

    Whole ones, from a day to the day before it in a later month, count one each; else every day
    counts one over the days of its month.

    >>> months_in(date(2024, 1, 8), date(2024, 2, 7)), months_in(date(2024, 1, 1), date(2024, 1, 9))
    (Fraction(1, 1), Fraction(9, 31))
    """
    after = last_day + _ONE_DAY
    if after.day == first_day.day:
        return Fraction((after.year - first_day.year) * 12 + after.month - first_day.month)
    months = Fraction(0)
    start = first_day
    while start <= last_day:
        following = month_after(start)
        end = min(last_day, following - _ONE_DAY)
        length = (following - start.replace(day=1)).days
        months += Fraction((end - start).days + 1, length)
        start = following
    return months
