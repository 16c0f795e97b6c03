"""How a bill line was computed: sentences as codes with their figures, for any language.

Each function works a line's quantity or price out once more from what the bill rests on, so that a
reader can follow it: readings, terms, tiers, factors, contract, power factor.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from queries.billing.account_bills import AccountBills
from queries.billing.bill_lines import joined
from queries.billing.demand_sentences import capacity_sentences, demand_sentences
from queries.billing.frozen_registers import ACTUAL, UsedSpan
from queries.billing.lines import Line
from queries.billing.money import rounded
from queries.billing.power_factor import adjustment_rate_share, power_factor_hundredths
from queries.billing.prices import PriceTerms, price_table
from queries.billing.segments import Segment
from queries.billing.sentences import Fact, Sentence, number, sentence
from queries.billing.tariff_model import (
    CapacityCharge,
    Charge,
    CreditCharge,
    DemandCharge,
    EnergyCharge,
    FixedCharge,
    PercentageCharge,
    PowerFactorCharge,
)
from queries.billing.tier_resets import reset_period
from queries.billing.tiers import Tiers, limits_of
from queries.billing.transformer_loss import TransformerRating

_MOST_READINGS = 6
"""Pairs of readings that are told one by one; more stand in ``billing/bill_readings``."""
_DAY = timedelta(days=1)
_COUNTED = ("year", "quarter", "month")
_REACTIVE = ("reactive_import", "reactive_export")


def line_sentences(bills: AccountBills, line: Line) -> list[Sentence]:
    """How the quantity, the price and the amount of a line came about, in this order."""
    charge = _charge_of(bills, line)
    made: Iterator[Sentence] = iter(())
    match charge:
        case EnergyCharge():
            made = _energy(bills, line, charge)
        case DemandCharge():
            made = demand_sentences(bills, line, charge)
        case CapacityCharge():
            made = capacity_sentences(bills, line, charge)
        case PowerFactorCharge():
            made = _power_factor(bills, line, charge)
        case CreditCharge():
            made = _credit(bills, line, charge)
        case PercentageCharge():
            made = iter([sentence("share_of_lines", number("base", line.quantity.fraction(0)))])
        case FixedCharge():
            made = iter([Sentence(f"fixed_{charge.every}", ())])
    return [*made, _amount(line)]


def _charge_of(bills: AccountBills, line: Line) -> Charge | None:
    version = bills.tariff.version_on(bills.bills[line.bill][0])
    charges = version.charges if version else ()
    return next((one for one in charges if one.code == line.charge), None)


def _amount(line: Line) -> Sentence:
    name = "amount_share" if line.unit == "CNY" else "amount"
    price = number("price", Fraction(line.unit_price), 10, _price_unit(line.unit))
    return sentence(
        name,
        number("quantity", line.quantity.fraction(0), 6, line.unit),
        price,
        number("amount", line.amount.fraction(0), 2, "CNY"),
    )


def _price_unit(unit: str) -> str:
    return "share" if unit == "CNY" else f"CNY/{unit}"


def _segments(bills: AccountBills, bill: int) -> list[Segment]:
    return [one for one in bills.segments if one.bill == bill]


def _energy(bills: AccountBills, line: Line, charge: EnergyCharge) -> Iterator[Sentence]:
    yield from _quantity(bills, line, charge.channel)
    if charge.tiers is not None and line.tier is not None:
        yield from _tier(bills, line, charge)
    yield from _price(bills, line, charge)


def _quantity(bills: AccountBills, line: Line, channel: str) -> Iterator[Sentence]:
    """The readings, and every other term of the billed energy."""
    segments = _segments(bills, line.bill)
    metered = _terms(bills, line, channel)
    whole = sum(metered.values(), Fraction(0)) if metered else line.quantity.fraction(0)
    read = metered.get("metered", whole)
    if bills.registers is None:
        first_day, last_day = bills.bills[line.bill]
        days = Fact("first_day", day=first_day), Fact("last_day", day=last_day)
        yield sentence("interval_sum", *days, number("quantity", read, 4, "kWh"))
    else:
        spans = _spans(bills, segments, channel, line.period)
        yield from _readings(spans, read, line.period)
    others = {term: energy for term, energy in metered.items() if term != "metered"}
    for term, energy in others.items():
        yield sentence("term", Fact("term", word=term), number("quantity", energy, 4, "kWh"))
    if isinstance(bills.billed.loss, TransformerRating) and "transformer_no_load" in others:
        yield sentence(
            "transformer",
            number("rated", bills.billed.loss.rated_kva, 4, "kVA"),
            number("no_load", bills.billed.loss.no_load_loss_kw, 4, "kW"),
            number("load", bills.billed.loss.load_loss_kw, 4, "kW"),
        )
    if others:
        yield sentence("billed", number("quantity", whole, 4, "kWh"))


def _terms(bills: AccountBills, line: Line, channel: str) -> dict[str, Fraction]:
    """Energy of the line's period by term; of all periods where it has none."""
    if channel == "export":
        return {}
    calendar = bills.calendar if line.period is not None else None
    found: dict[str, Fraction] = {}
    for one in bills.billed.terms(calendar, bills.segments, channel):
        if one.bill == line.bill and one.period == line.period:
            found[one.term] = found.get(one.term, Fraction(0)) + one.energy_kwh
    return found


def _spans(
    bills: AccountBills, segments: Sequence[Segment], channel: str, period: str | None
) -> list[UsedSpan]:
    if bills.registers is None:
        return []
    registers = bills.registers
    of_period = joined([s for one in segments for s in registers.spans_of(0, one, channel, period)])
    if of_period or period is None:
        return of_period
    return joined([s for one in segments for s in registers.spans_of(0, one, channel, None)])


def _readings(spans: Sequence[UsedSpan], read: Fraction, period: str | None) -> Iterator[Sentence]:
    if len(spans) > _MOST_READINGS:
        yield sentence("many_readings", number("count", Fraction(len(spans)), 0))
        return
    for span in spans:
        yield _reading(span)
    if any(span.quality != ACTUAL for span in spans):
        yield Sentence("estimated", ())
    moved = sum((Fraction(span.energy_kwh) for span in spans), Fraction(0))
    if spans and period is not None and moved != read:
        difference = number("difference", read - moved, 4, "kWh")
        yield sentence("remainder", difference, number("quantity", read, 4, "kWh"))


def _reading(span: UsedSpan) -> Sentence:
    """One pair of readings; a register that turned over moved by a whole turn more."""
    turned = span.span.current_kwh < span.span.previous_kwh
    name = "reading_turned" if turned else "reading_removed" if span.is_exchanged else "reading"
    turn = Fraction(10) ** span.span.digits if turned else Fraction(0)
    advance = Fraction(span.span.current_kwh) - Fraction(span.span.previous_kwh) + turn
    unit = "kvarh" if span.channel.startswith("reactive") else "kWh"
    return sentence(
        name,
        Fact("meter", word=span.span.meter_id),
        number("previous", span.span.previous_kwh, 4),
        number("current", span.span.current_kwh, 4),
        number("moved", advance, 4),
        number("turn", turn, 0),
        number("ratio", span.span.ratio, 4),
        number("quantity", span.energy_kwh, 4, unit),
    )


def _tier(bills: AccountBills, line: Line, charge: EnergyCharge) -> Iterator[Sentence]:
    """Between which limits the tier lies, and how much was used before this bill."""
    rule = charge.tiers
    rate = next((one for one in charge.rates if one.period in {None, line.period}), None)
    is_counted = rule is not None and rule.reset.every in _COUNTED and rule.unit == "kwh"
    if rule is None or rate is None or line.tier is None or not is_counted or rate.units:
        yield sentence("tier", number("tier", Fraction(line.tier or 0), 0))
        return
    first_day, last_day = bills.bills[line.bill]
    counted = reset_period(first_day, rule.reset)
    allowance = bills.agreement.allowance
    limits = [
        limits_of(Tiers(rule.reset, (one,), rule.limit_decimals), counted, allowance)[0]
        for one in rate.limits
    ]
    lower = limits[line.tier - 2] if line.tier > 1 else Decimal(0)
    is_last = line.tier > len(limits)
    before = _used_before(bills, line.bill, charge)
    here = sum(_terms_of_bill(bills, line.bill), Fraction(0))
    name = "tier_last" if is_last else "tier_range"
    yield sentence(
        name,
        number("tier", Fraction(line.tier), 0),
        number("lower", lower, 4, "kWh"),
        *([] if is_last else [number("upper", limits[line.tier - 1], 4, "kWh")]),
        Fact("since", day=counted[0]),
        Fact("until", day=last_day),
        number("before", before, 4, "kWh"),
        number("after", before + here, 4, "kWh"),
        number("quantity", line.quantity.fraction(0), 6, "kWh"),
    )
    if allowance.extra_kwh_per_month:
        yield sentence("allowance", number("extra", allowance.extra_kwh_per_month, 2, "kWh"))


def _terms_of_bill(bills: AccountBills, bill: int) -> list[Fraction]:
    return [
        one.energy_kwh
        for one in bills.billed.terms(None, bills.segments, "import")
        if one.bill == bill
    ]


def _used_before(bills: AccountBills, bill: int, charge: EnergyCharge) -> Fraction:
    """What the tiers count as used before a bill, as ``energy_pricing`` counts it."""
    if charge.tiers is None:
        return Fraction(0)
    running = Fraction(bills.agreement.used_before_kwh)
    counter = reset_period(bills.bills[0][0], charge.tiers.reset)
    for place in range(bill + 1):
        first_day = bills.bills[place][0]
        following = reset_period(first_day, charge.tiers.reset)
        running, counter = (running if following == counter else Fraction(0)), following
        if place < bill and first_day.month in charge.months:
            running += sum(_terms_of_bill(bills, place), Fraction(0))
    return running


def _price(bills: AccountBills, line: Line, charge: EnergyCharge) -> Iterator[Sentence]:
    """Where a unit price comes from, when it is not simply the tariff's."""
    if charge.is_credit:
        yield Sentence("fed_in", ())
        return
    if line.period is not None and charge.tiers is not None and line.tier is None:
        yield sentence("difference", Fact("period", word=line.period))
        return
    first_day = bills.bills[line.bill][0]
    if charge.series:
        yield sentence("posted", Fact("month", day=first_day))
    times = bills.agreement.purchase_times
    if charge.component == "purchase" and times != 1:
        yield sentence("times", number("times", times, 4))
    factor = _factor(charge, line.period, first_day)
    if factor in {None, 1}:
        return
    plain = PriceTerms(has_time_of_use=False, purchase_times=times)
    base = price_table(charge, first_day, plain).rates[0].prices[0]
    yield sentence(
        "factor",
        Fact("period", word=line.period),
        number("base", base, 10, "CNY/kWh"),
        number("factor", factor or 1, 6),
        number("price", line.unit_price, 10, "CNY/kWh"),
    )


def _factor(charge: EnergyCharge, period: str | None, day: date) -> Decimal | None:
    for factors in charge.factors:
        if day.month in factors.months:
            return dict(factors.by_period).get(period or "")
    return None


def _credit(bills: AccountBills, line: Line, charge: CreditCharge) -> Iterator[Sentence]:
    if line.unit == "kWh":
        free = bills.agreement.free_kwh_per_month
        yield sentence("free_energy", number("free", free, 4, "kWh"))
    else:
        yield sentence("credit", number("amount", charge.amount_per_month, 2, "CNY"))


def _power_factor(bills: AccountBills, line: Line, charge: PowerFactorCharge) -> Iterator[Sentence]:
    """Energy, factor, the table's rate, and what it is taken of."""
    places = [n for n, one in enumerate(bills.segments) if one.bill == line.bill]

    def energy(channel: str) -> Fraction:
        if channel not in bills.billed.channels:
            return Fraction(0)
        found = bills.billed.energy(None, bills.segments, channel)
        return sum((found.fraction(0, n, 0) for n in places), Fraction(0))

    active = energy("import")
    reactive = sum((energy(channel) for channel in _REACTIVE), Fraction(0))
    factor = power_factor_hundredths(active, reactive)
    standard = bills.agreement.power_factor_hundredths or charge.standard_hundredths
    if factor is None or standard is None:
        return
    yield sentence(
        "power_factor",
        number("active", active, 2, "kWh"),
        number("reactive", reactive, 2, "kvarh"),
        number("factor", Fraction(factor, 100), 2),
    )
    rate = adjustment_rate_share(standard, factor)
    yield sentence(
        "power_factor_above" if rate <= 0 else "power_factor_below",
        number("standard", Fraction(standard, 100), 2),
        number("factor", Fraction(factor, 100), 2),
        number("rate", rounded(rate, 4), 4, "share"),
    )
    yield sentence("power_factor_base", number("base", line.quantity.fraction(0), 2, "CNY"))
