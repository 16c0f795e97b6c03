"""How the lines of the basic charge (基本电费) were computed: maximum, contract, capacity, days."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from queries.billing.account_bills import AccountBills
from queries.billing.bill_lines import basis_of, readings_behind
from queries.billing.demand_charge import DayRule, months_in_force
from queries.billing.lines import Line
from queries.billing.sentences import Fact, Sentence, number, sentence
from queries.billing.tariff_model import CapacityCharge, DemandCharge


def demand_sentences(bills: AccountBills, line: Line, charge: DemandCharge) -> Iterator[Sentence]:
    """The maximum, what the contract makes of it, the days, and the load-rate discount."""
    measured, billed = (
        figures.fraction(0, line.bill) for figures in bills.priced.demand[charge.code]
    )
    if charge.option != "contract":
        yield _maximum(bills, line, measured)
    if charge.option != "maximum":
        yield from _contract(bills, charge, measured, billed)
    quantity = line.quantity.fraction(0)
    if line.tier is None and quantity != billed:
        yield _prorated(billed, quantity, "kW", charge.day_rule)
    if charge.ratchet is not None:
        yield sentence("ratchet", number("billed", billed, 4, "kW"))
    if charge.discount is not None:
        yield from _discount(bills, line, charge)


def _maximum(bills: AccountBills, line: Line, measured: Fraction) -> Sentence:
    """From the demand register where there is one, else the largest mean of an interval."""
    basis = basis_of(bills, line)
    measured_kw = number("measured", measured, 4, "kW")
    if basis != "demand_register":
        name = "demand_interval" if basis == "interval" else "demand_lower_bound"
        return sentence(name, measured_kw)
    segments = [one for one in bills.segments if one.bill == line.bill]
    behind = readings_behind(bills, line, segments)
    if behind.current is None or behind.ratio is None:
        return sentence("demand_registers", measured_kw)
    return sentence(
        "demand_register",
        number("reading", behind.current, 4),
        number("ratio", behind.ratio, 4),
        measured_kw,
    )


def _contract(
    bills: AccountBills, charge: DemandCharge, measured: Fraction, billed: Fraction
) -> Iterator[Sentence]:
    """The contract, its floor, and what of the maximum exceeds what is tolerated."""
    rule = charge.contract
    contract = Fraction(bills.agreement.contract_kw)
    billed_kw = number("billed", billed, 4, "kW")
    yield sentence("contract", number("contract", contract, 4, "kW"))
    if charge.option == "contract":
        yield sentence("contract_only", billed_kw)
        return
    capacity = Fraction(bills.agreement.capacity_kva)
    floor = capacity * Fraction(rule.floor_share)
    counted = max(contract, floor)
    if floor > contract:
        yield sentence(
            "contract_floor",
            number("capacity", capacity, 4, "kVA"),
            number("share", rule.floor_share, 4, "share"),
            number("counted", counted, 4, "kW"),
        )
    limit = counted * Fraction(rule.tolerated_share)
    common = (
        number("tolerated", rule.tolerated_share, 4, "share"),
        number("counted", counted, 4, "kW"),
        number("limit", limit, 4, "kW"),
        number("measured", measured, 4, "kW"),
        billed_kw,
    )
    if measured <= limit:
        yield sentence("contract_within", *common)
        return
    excess = number("excess", measured - limit, 4, "kW")
    yield sentence("contract_over", *common, excess, number("times", rule.excess_times, 4))


def _discount(bills: AccountBills, line: Line, charge: DemandCharge) -> Iterator[Sentence]:
    """需量九折: whether enough was used a kVA; nothing where there is no capacity to divide by."""
    own = bills.agreement.contracted_capacity_kva
    capacity = Fraction(bills.agreement.capacity_kva if own is None else own)
    if charge.discount is None or not capacity:
        return
    places = [n for n, one in enumerate(bills.segments) if one.bill == line.bill]
    energy = bills.billed.energy(None, bills.segments)
    used = sum((energy.fraction(0, n, 0) for n in places), Fraction(0))
    full = next(
        (price for rate in charge.rates for price in rate.prices[(line.tier or 1) - 1 :][:1]),
        Decimal(0),
    )
    is_reached = "load_rate_discount" in line.rule
    yield sentence(
        "discount_reached" if is_reached else "discount_missed",
        number("used", used, 2, "kWh"),
        number("capacity", capacity, 4, "kVA"),
        number("hours", used / capacity, 1, "kWh/kVA"),
        number("least", charge.discount.least_kwh_per_kva, 4, "kWh/kVA"),
        number("full", full, 10, "CNY/kW"),
        number("share", charge.discount.share, 4, "share"),
    )


def capacity_sentences(
    bills: AccountBills, line: Line, charge: CapacityCharge
) -> Iterator[Sentence]:
    """The operating capacity, part by part where it changed, days as the tariff counts them."""
    first_day, last_day = bills.bills[line.bill]
    days_in_bill = (last_day - first_day).days + 1
    parts = bills.agreement.operating_kva(first_day, last_day)
    quantity = line.quantity.fraction(0)
    if len(parts) == 1:
        kva = Fraction(parts[0].quantity)
        yield sentence("capacity", number("capacity", kva, 4, "kVA"))
        if kva and quantity != kva:
            yield _prorated(kva, quantity, "kVA", charge.day_rule)
        return
    for part in parts:
        days = (part.last_day - part.first_day).days + 1
        months = months_in_force(days, max(days_in_bill, days), charge.day_rule)
        yield sentence(
            "capacity_part",
            Fact("first_day", day=part.first_day),
            Fact("last_day", day=part.last_day),
            number("capacity", part.quantity, 4, "kVA"),
            number("days", days, 0),
            number("months", months, 4),
            number("quantity", Fraction(part.quantity) * months, 4, "kVA·month"),
        )


def _prorated(whole: Fraction, quantity: Fraction, unit: str, rule: DayRule) -> Sentence:
    """A month that is not billed whole: so many thirtieths of it, or its part of the calendar's."""
    months = quantity / whole if whole else Fraction(0)
    return sentence(
        f"prorated_{rule}",
        number("whole", whole, 4, unit),
        number("thirtieths", months * 30, 2),
        number("months", months, 4),
        number("quantity", quantity, 4, f"{unit}·month"),
    )
