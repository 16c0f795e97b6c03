"""Lines of demand and capacity charges: the basic charge, demand by period, ratchets, blocks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np

from queries.billing.accounts import Agreement
from queries.billing.calendar_model import periods_of_days
from queries.billing.demand_charge import DayRule, quantity_months
from queries.billing.exact_arrays import Exacts, constant
from queries.billing.lines import Line
from queries.billing.passes import Pass, months_in
from queries.billing.segments import Segment
from queries.billing.tariff_model import CapacityCharge, DemandCharge, Rate

_DAYS_OF_A_MONTH = 30
_MONTHS_A_YEAR = 12


def demand_lines(charge: DemandCharge, one: Pass) -> Iterator[Line]:
    """The lines of one demand charge; keeps what was measured and billed in ``one.demand``."""
    held = one.held(charge)
    rows = one.who_chose(charge.choice)
    if not held or not len(rows):
        return
    periods = (None,) if charge.calendar is None else charge.calendar.periods
    measured = _measured(charge, one)
    billed = _ratcheted(measured, charge, one)
    if charge.option != "maximum":
        billed = _by_contract(billed, charge, one)
    if charge.quantity_decimals is not None:
        billed = billed.rounded(charge.quantity_decimals)
    bills = sorted({segment.bill for _, segment in held})
    _keep(charge, one, bills, _highest(measured), _highest(billed))
    rates = {rate.period: rate for rate in charge.rates}
    for bill in bills:
        segments = [segment for _, segment in held if segment.bill == bill]
        each = one.each([_months_in_use(charge, a, segments, one) for a in one.by_agreement()])
        discounts = _discounted(charge, bill, one, rows)
        for number, period in enumerate(periods):
            rate = rates.get(period) or rates.get(None)
            if rate is None:
                continue
            for price_share, chosen in discounts.items():
                kw = Exacts(billed.units[chosen, bill, number], billed.per)
                months = Exacts(each.units[chosen], each.per)
                place = _Place(charge, bill, period, months, price_share)
                yield from _blocks(place, rate, kw, chosen, one.decimals)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a demand stands: its charge, bill, period, months, and the share of the price."""

    charge: DemandCharge
    bill: int
    period: str | None
    months: Exacts
    price_share: Fraction


def _months(day_rule: DayRule, segments: Sequence[Segment], one: Pass) -> Fraction:
    """How many months the segments of one bill are: of a bill of whole months their part of it.

    A bill from or until the middle of a month (installation, closure) counts by its days.
    """
    whole = months_in(*one.bills[segments[0].bill])
    if whole.denominator == 1 or day_rule == "calendar":
        return sum((one.months_of(segment) for segment in segments), Fraction(0))
    return Fraction(sum(segment.days for segment in segments), _DAYS_OF_A_MONTH)


def _months_in_use(
    charge: DemandCharge, agreement: Agreement, segments: Sequence[Segment], one: Pass
) -> Fraction:
    """Months without the days on which all capacity was suspended (暂停)."""
    bill = one.bills[segments[0].bill]
    idle = sum(
        (part.last_day - part.first_day).days + 1
        for segment in segments
        for part in agreement.operating_kva(segment.first_day, segment.last_day)
        if agreement.capacity_parts and not part.quantity
    )
    if not idle:
        return _months(charge.day_rule, segments, one)
    days = sum(segment.days for segment in segments) - idle
    if charge.day_rule == "thirtieth":
        return Fraction(days, _DAYS_OF_A_MONTH)
    return months_in(*bill) * Fraction(days, (bill[1] - bill[0]).days + 1)


def _measured(charge: DemandCharge, one: Pass) -> Exacts:
    """The demand of every bill [kW, (accounts, bills, periods)]."""
    if charge.highest_days > 1:
        # The highest days of a bill are looked for in all of it, wherever it is cut.
        whole = [Segment(*bill, number) for number, bill in enumerate(one.bills)]
        return one.measured.maximum(charge.calendar, whole, charge)
    maxima = one.measured.maximum(charge.calendar, one.segments, charge)
    columns = []
    for bill in range(len(one.bills)):
        places = [n for n, segment in enumerate(one.segments) if segment.bill == bill]
        columns.append(maxima.units[:, places].max(axis=1))
    return Exacts(np.stack(columns, axis=1), maxima.per)


def _keep(
    charge: DemandCharge, one: Pass, bills: Sequence[int], measured: Exacts, billed: Exacts
) -> None:
    """Remember the demands of the bills in which the charge holds; of the others what was known."""
    known = one.demand.get(charge.code)
    if known is not None:
        those = slice(None), list(bills)
        measured, billed = (
            before.replaced(those, Exacts(new.units[those], new.per))
            for before, new in zip(known, (measured, billed), strict=True)
        )
    one.demand[charge.code] = measured, billed


def _highest(by_period: Exacts) -> Exacts:
    return Exacts(by_period.units.max(axis=2), by_period.per)


def _ratcheted(measured: Exacts, charge: DemandCharge, one: Pass) -> Exacts:
    """Billed demand where earlier months count: the larger of the month's own and their share.

    Months before the first are those at the end of the span, as if the year came again: what was
    before is not known (REopt's convention). Every period looks at its own demand, and one that
    has no hour in a bill has none there: a summer peak is not charged in winter.
    """
    ratchet = charge.ratchet
    if ratchet is None:
        return measured
    months = [first_day.month for first_day, _ in one.bills]
    count = len(months)
    if count < _MONTHS_A_YEAR:
        one.warn(
            f"charge '{charge.code}' looks back at earlier months; of {count} months only those "
            "are known."
        )
    found = []
    for bill, month in enumerate(months):
        own = Exacts(measured.units[:, bill], measured.per)
        if ratchet.last_months is None:
            looked_at = [n for n in range(count) if months[n] in ratchet.looked_at]
        else:
            looked_at = [
                (bill - back) % count
                for back in range(1, ratchet.last_months + 1)
                if months[(bill - back) % count] in ratchet.looked_at
            ]
        if month in ratchet.holds_in and looked_at:
            highest = measured.units[:, looked_at].max(axis=1) * _has_hours(charge, bill, one)
            own = own.at_least(Exacts(highest, measured.per).times(ratchet.share))
        found.append(own)
    per = int(np.lcm.reduce([one.per for one in found]))
    return Exacts(np.stack([one.over(per) for one in found], axis=1), per)


def _has_hours(charge: DemandCharge, bill: int, one: Pass) -> np.ndarray:
    """1 for each period of the charge that the days of a bill have, 0 for the others."""
    calendar = charge.calendar
    if calendar is None:
        return np.ones(1, np.int64)
    first_day, last_day = one.bills[bill]
    days = [first_day + timedelta(n) for n in range((last_day - first_day).days + 1)]
    periods = periods_of_days(calendar, days, calendar.country)
    return np.isin(np.arange(len(calendar.periods)), periods).astype(np.int64)


def _by_contract(measured: Exacts, charge: DemandCharge, one: Pass) -> Exacts:
    """``ContractRule`` for all accounts; under the option ``contract`` the contract alone."""
    agreements = one.by_agreement()
    rule = charge.contract
    contract = one.each([a.contract_kw for a in agreements])
    counted, excess = contract, one.zeros()
    if charge.option != "contract":
        floor = one.each([a.capacity_kva for a in agreements]).times(rule.floor_share)
        counted = contract.at_least(floor)
    found = []
    for bill in range(len(one.bills)):
        if charge.option != "contract":
            maximum = Exacts(measured.units[:, bill].max(axis=1), measured.per)
            excess = maximum.minus(counted.times(rule.tolerated_share)).at_least(one.zeros())
        found.append(counted.plus(excess.times(rule.excess_times)))
    per = int(np.lcm.reduce([one.per for one in found]))
    units = np.stack([one.over(per) for one in found], axis=1)[:, :, None]
    return Exacts(np.repeat(units, measured.units.shape[2], axis=2), per)


def _discounted(
    charge: DemandCharge, bill: int, one: Pass, rows: np.ndarray
) -> dict[Fraction, np.ndarray]:
    """Accounts by the share of the price they pay: 0.9 under the load-rate discount, else 1."""
    if charge.discount is None:
        return {Fraction(1): rows}
    energy = one.measured.energy(None, one.segments)
    places = [n for n, segment in enumerate(one.segments) if segment.bill == bill]
    used = Exacts(energy.units[:, places, 0].sum(axis=1), energy.per)
    capacity = one.each(
        [
            a.capacity_kva if a.contracted_capacity_kva is None else a.contracted_capacity_kva
            for a in one.by_agreement()
        ]
    )
    over = used.minus(capacity.times(charge.discount.least_kwh_per_kva))
    is_reduced = ((over.units >= 0) & (capacity.units > 0))[rows]
    found = {Fraction(charge.discount.share): rows[is_reduced], Fraction(1): rows[~is_reduced]}
    return {share: chosen for share, chosen in found.items() if len(chosen)}


def _blocks(
    place: _Place, rate: Rate, kw: Exacts, rows: np.ndarray, decimals: int
) -> Iterator[Line]:
    """A line for each tier of a demand, which are blocks one upon the other."""
    charge, share = place.charge, place.price_share
    lower: Exacts | None = None
    uppers = (*(constant(limit, len(rows)) for limit in rate.limits), None)
    for tier, (price, upper) in enumerate(zip(rate.prices, uppers, strict=True), 1):
        block = kw if upper is None else kw.at_most(upper)
        if lower is not None:
            block = block.minus(lower).at_least(constant(0, len(rows)))
        lower = upper
        quantity = block.times_each(place.months)
        yield Line(
            place.bill,
            charge.code,
            charge.kind,
            charge.component,
            place.period,
            tier if len(rate.prices) > 1 else None,
            "kW·month",
            price * Decimal(share.numerator) / Decimal(share.denominator),
            quantity,
            quantity.times(Fraction(price) * share).rounded(decimals),
            _rules(charge, share),
            rows,
        )


def _rules(charge: DemandCharge, share: Fraction) -> tuple[str, ...]:
    rules = [charge.option]
    if charge.ratchet is not None:
        rules.append("ratchet")
    if share != 1:
        rules.append("load_rate_discount")
    return tuple(rules)


def capacity_lines(charge: CapacityCharge, one: Pass) -> Iterator[Line]:
    """The lines of a charge by operating capacity, suspended days left out."""
    held = one.held(charge)
    rows = one.who_chose(charge.choice)
    if not held or not len(rows):
        return
    for bill in sorted({segment.bill for _, segment in held}):
        segments = [segment for _, segment in held if segment.bill == bill]
        each = one.each([_kva_months(charge, a, segments, one) for a in one.by_agreement()])
        quantity = Exacts(each.units[rows], each.per)
        yield Line(
            bill,
            charge.code,
            charge.kind,
            charge.component,
            None,
            None,
            "kVA·month",
            charge.price,
            quantity,
            quantity.times(charge.price).rounded(one.decimals),
            (charge.day_rule,),
            None if len(rows) == one.accounts.count else rows,
        )


def _kva_months(
    charge: CapacityCharge, agreement: Agreement, segments: Sequence[Segment], one: Pass
) -> Fraction:
    bill = one.bills[segments[0].bill]
    capacities = {part.quantity for part in agreement.operating_kva(*bill)}
    days = sum((p.last_day - p.first_day).days + 1 for p in agreement.operating_kva(*bill))
    is_whole = days == (bill[1] - bill[0]).days + 1
    if len(capacities) == 1 and is_whole:  # a price may change within the bill, the capacity not
        return _months(charge.day_rule, segments, one) * Fraction(capacities.pop())
    span = segments[0].first_day, segments[-1].last_day
    return quantity_months(agreement.operating_kva(*span), bill, charge.day_rule)
