"""Bills from what was measured: every charge of a tariff, for all accounts at once.

Quantities come from a ``Measured``; here they meet prices. Every amount is rounded once, half up,
and all numbers are exact: one account or ten thousand, the bill is the same to the fen.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from queries.billing.accounts import Accounts
from queries.billing.demand_pricing import capacity_lines, demand_lines
from queries.billing.energy_pricing import energy_lines
from queries.billing.errors import TariffError
from queries.billing.exact_arrays import Exacts, constant
from queries.billing.lines import Line, Priced
from queries.billing.measured import Measured
from queries.billing.money import FEN_DECIMALS, Exact
from queries.billing.passes import Pass
from queries.billing.power_factor_pricing import power_factor_lines
from queries.billing.segments import Segment, Span, cut, cuts_of
from queries.billing.tariff_model import (
    CapacityCharge,
    Charge,
    CreditCharge,
    DemandCharge,
    EnergyCharge,
    FixedCharge,
    MinimumCharge,
    PercentageCharge,
    PowerFactorCharge,
    Tariff,
    Version,
)

_MONTHS_A_YEAR = 12


def price(  # noqa: PLR0913 - a tariff, accounts, a load, bills
    tariff: Tariff,
    measured: Measured,
    bills: Sequence[Span],
    *,
    accounts: Accounts | None = None,
    cuts: Iterable[date] = (),
    decimals: int = FEN_DECIMALS,
) -> Priced:
    """What every account owes under ``tariff``, bill by bill and line by line.

    Args:
        tariff: Its versions hold from their days on, also within a bill.
        measured: The load over all days of the bills.
        bills: First and last day of every bill, in order, without overlap.
        accounts: Terms of the accounts; None: none of them has any of its own.
        cuts: Days before which segments are cut besides (readings, moves): they change nothing
            by themselves.
        decimals: Of amounts; many to compare with engines that leave lines unrounded.

    Raises:
        TariffError: the tariff is not in force on a day, lacks a price, or asks for what was not
            measured.
    """
    segments = cut(bills, cuts_of(tariff, bills) | set(cuts))
    for segment in segments:
        if tariff.version_on(segment.first_day) is None:
            raise TariffError(
                f"tariff '{tariff.code}' is not in force on {segment.first_day}; its first version "
                f"begins on {tariff.versions[0].valid_from}. Add an earlier version."
            )
    one = Pass(
        tariff,
        accounts or Accounts.alike(measured.count),
        measured,
        tuple(bills),
        segments,
        decimals,
    )
    lines: list[Line] = []
    for version in one.versions():
        one.version = version
        lines += _of_version(version, one, lines)
    return Priced(one.accounts.count, len(bills), lines, decimals, one.warnings, one.demand)


def _of_version(version: Version, one: Pass, earlier: Sequence[Line]) -> list[Line]:
    """The lines of one version's charges, in its order, for the segments it is in force."""
    # Hours of use are counted by the billed demand: demands come first, wherever they stand.
    demands = {
        charge: list(demand_lines(charge, one))
        for charge in version.charges
        if isinstance(charge, DemandCharge)
    }
    lines: list[Line] = []
    for charge in version.charges:
        if isinstance(charge, DemandCharge):
            made: Iterable[Line] = demands[charge]
        elif isinstance(charge, MinimumCharge):
            made = _minimum(charge, one, [*earlier, *lines])
        else:
            made = _made(charge, one, lines)
        lines += [line for line in made if not (line.quantity.is_zero and line.amount.is_zero)]
    return lines


def _made(
    charge: EnergyCharge
    | CapacityCharge
    | FixedCharge
    | CreditCharge
    | PercentageCharge
    | PowerFactorCharge,
    one: Pass,
    before: Sequence[Line],
) -> Iterable[Line]:
    match charge:
        case EnergyCharge():
            made = energy_lines(charge, one)
        case CapacityCharge():
            made = capacity_lines(charge, one)
        case FixedCharge():
            made = _fixed(charge, one)
        case CreditCharge():
            made = _credit(charge, one)
        case PercentageCharge():
            made = _percentage(charge, one, before)
        case PowerFactorCharge():
            made = power_factor_lines(charge, one, before)
    return made


def _by_bill(charge: Charge, one: Pass) -> Iterator[tuple[int, list[Segment]]]:
    held = [segment for _, segment in one.held(charge)]
    for bill in sorted({segment.bill for segment in held}):
        yield bill, [segment for segment in held if segment.bill == bill]


def _line(
    charge: Charge, place: tuple[int, str], price: Decimal, quantity: Exacts, one: Pass, *rule: str
) -> Line:
    """The line of a charge without periods and tiers; ``place`` is its bill and unit."""
    amount = quantity.times(price).rounded(one.decimals)
    named = (place[0], charge.code, charge.kind, charge.component, None, None)
    return Line(*named, place[1], price, quantity, amount, rule)


def _fixed(charge: FixedCharge, one: Pass) -> Iterator[Line]:
    for bill, segments in _by_bill(charge, one):
        count: Exact = sum((one.months_of(segment) for segment in segments), Fraction(0))
        if charge.every == "day":
            count = sum(segment.days for segment in segments)
        elif charge.every == "year":
            count = Fraction(count) / _MONTHS_A_YEAR
        each = constant(count, one.accounts.count)
        yield _line(charge, (bill, charge.every), charge.amount, each, one)


def _credit(charge: CreditCharge, one: Pass) -> Iterator[Line]:
    free_per_month = one.each([a.free_kwh_per_month for a in one.by_agreement()])
    for bill, segments in _by_bill(charge, one):
        months = sum((one.months_of(segment) for segment in segments), Fraction(0))
        if charge.amount_per_month:
            count = constant(months, one.accounts.count)
            yield _line(charge, (bill, "month"), -charge.amount_per_month, count, one)
        if charge.price is None:
            continue
        free = free_per_month.times(months)
        if not free.is_zero:
            energy = one.energy(None, "import", "none")
            places = [n for n, segment in one.held(charge) if segment.bill == bill]
            used = Exacts(energy.units[:, places, 0].sum(axis=1), energy.per)
            counted = used.at_most(free)
            yield _line(charge, (bill, "kWh"), -charge.price, counted, one, "free_energy")


def _percentage(charge: PercentageCharge, one: Pass, before: Sequence[Line]) -> Iterator[Line]:
    base = [
        line
        for line in before
        if not charge.of or line.charge in charge.of or line.component in charge.of
    ]
    totals = Priced(one.accounts.count, len(one.bills), base, one.decimals).totals()
    for bill, _ in _by_bill(charge, one):
        quantity = Exacts(totals[:, bill], 10**one.decimals)
        place = bill, one.tariff.currency
        yield _line(charge, place, charge.share, quantity, one, "share")


def _minimum(charge: MinimumCharge, one: Pass, before: Sequence[Line]) -> Iterator[Line]:
    """What is missing of the minimum: of the whole bill, with its last version."""
    totals = Priced(one.accounts.count, len(one.bills), before, one.decimals).totals()
    is_yearly = charge.every == "year"
    if is_yearly and len(one.bills) % _MONTHS_A_YEAR:
        one.warn(
            f"charge '{charge.code}' is a minimum of a year; {len(one.bills) % _MONTHS_A_YEAR} "
            "months after the last full year are not topped up."
        )
    for bill, segments in _by_bill(charge, one):
        months = sum((one.months_of(segment) for segment in segments), Fraction(0))
        if charge.every == "day":
            months = Fraction(sum(segment.days for segment in segments))
        so_far = one.least.get((charge.code, bill), Fraction(0))
        one.least[charge.code, bill] = least = so_far + Fraction(charge.amount) * months
        owed = Exacts(totals[:, bill], 10**one.decimals)
        if is_yearly:
            year = slice(bill + 1 - _MONTHS_A_YEAR, bill + 1)
            owed = Exacts(totals[:, year].sum(axis=1), 10**one.decimals)
            least = Fraction(charge.amount)
        is_due = (bill + 1) % _MONTHS_A_YEAR == 0 if is_yearly else True
        if not is_due or segments[-1].last_day != one.bills[bill][1]:
            continue
        missing = constant(least, one.accounts.count).minus(owed)
        missing = missing.at_least(constant(0, one.accounts.count))
        yield _line(charge, (bill, one.tariff.currency), Decimal(1), missing, one, "minimum")
