"""Energy charges of a URDB record: periods × tiers, what is sold, monthly fuel adjustments."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from queries.billing.calendar_model import Calendar
from queries.billing.tariff_model import EnergyCharge, Meeting, Netting, Rate, TierRule, TierUnit
from queries.billing.tier_resets import TierReset
from queries.billing.urdb_record import UrdbRecord
from queries.billing.urdb_schedule import calendar_of, period_name, used_periods
from queries.billing.urdb_tiers import UrdbTier, energy_limits, reached_tiers

_MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class ExportRule:
    """How a record treats customers who generate (``dgrules``).

    Attributes:
        netting: How import and export meet.
        meeting: How tiers meet periods: net metering splits each period's energy as the month's
            is, the others go by time (SAM's utility rate model, ``ur_metering_option``).
        is_paid: Whether sold energy is paid the price ``sell``.
    """

    netting: Netting
    meeting: Meeting
    is_paid: bool


EXPORT_RULES: Mapping[str | None, ExportRule] = {
    None: ExportRule("none", "pro_rata", is_paid=True),
    "Net Metering": ExportRule("month", "pro_rata", is_paid=False),
    "Net Billing Instantaneous": ExportRule("interval", "chronological", is_paid=True),
    "Net Billing Hourly": ExportRule("interval", "chronological", is_paid=True),
    "Buy All Sell All": ExportRule("none", "chronological", is_paid=True),
}
"""By the value of ``dgrules``; None: it says nothing."""


def export_rule(record: UrdbRecord, dgrules: str | None) -> ExportRule:
    """The rule of a record, or the one given instead."""
    name = dgrules if dgrules is not None else record.words("dgrules") or None
    if name not in EXPORT_RULES:
        record.doubt("export_rule_unknown", f"dgrules = {str(name)[:40]!r}")
        return EXPORT_RULES[None]
    if name == "Net Billing Hourly":
        record.doubt("net_billing_hourly")
    return EXPORT_RULES[name]


def energy_charges(record: UrdbRecord, rule: ExportRule) -> Iterator[EnergyCharge]:
    """The charge of bought energy, then those of fuel, then the credit of sold energy."""
    structure = record.structure("energyratestructure")
    if not structure:
        raise record.refused("no_energy_prices", "energyratestructure is absent")
    weekday = record.schedule("energyweekdayschedule", structure)
    weekend = record.schedule("energyweekendschedule", structure)
    used = used_periods(weekday, weekend)
    calendar = calendar_of(f"urdb_{record.label}", weekday, weekend) if len(used) > 1 else None
    tiers = {
        number: reached_tiers(record, structure[number], f"energy period {number}")
        for number in used
    }
    yield _bought(record, tiers, calendar, rule)
    yield from _fuel(record, rule)
    yield from _sold(record, tiers, calendar, rule)


def _bought(
    record: UrdbRecord,
    tiers: Mapping[int, list[UrdbTier]],
    calendar: Calendar | None,
    rule: ExportRule,
) -> EnergyCharge:
    rates: list[Rate] = []
    for number, of_period in tiers.items():
        name = f"energy period {number}"
        prices = tuple(tier.price for tier in of_period if tier.price is not None)
        if len(prices) < len(of_period):
            raise record.refused("price_missing", name)
        limits, units = energy_limits(record, of_period, name)
        rates.append(Rate(prices, period_name(number) if calendar else None, limits, units))
    found: set[TierUnit] = {unit for rate in rates for unit in rate.units}
    common = next(iter(found)) if len(found) == 1 else "kwh"
    if len(found) <= 1:
        rates = [Rate(rate.prices, rate.period, rate.limits) for rate in rates]
    has_tiers = any(rate.limits for rate in rates)
    meeting: Meeting = rule.meeting if calendar else "additive"
    return EnergyCharge(
        "energy",
        "retail",
        tuple(rates),
        calendar,
        tiers=TierRule(TierReset("month"), meeting, common) if has_tiers else None,
        netting=rule.netting,
    )


def _fuel(record: UrdbRecord, rule: ExportRule) -> Iterator[EnergyCharge]:
    """Adjustments of single months [a kWh], a charge for each price."""
    name = "fueladjustmentsmonthly"
    values = record.fields.get(name)
    if values is None:
        return
    if not isinstance(values, list) or len(values) != _MONTHS_A_YEAR:
        raise record.refused("malformed", f"{name} is no list of 12 prices")
    months: dict[Decimal, set[int]] = defaultdict(set)
    for month, value in enumerate(values, 1):
        months[record.number(value, name)].add(month)
    months.pop(Decimal(0), None)
    for place, (price, held) in enumerate(months.items(), 1):
        yield EnergyCharge(
            f"fuel_{place}",
            "other",
            (Rate((price,)),),
            months=frozenset(held),
            netting=rule.netting,
        )


def _sold(
    record: UrdbRecord,
    tiers: Mapping[int, list[UrdbTier]],
    calendar: Calendar | None,
    rule: ExportRule,
) -> Iterator[EnergyCharge]:
    sells = {number: [tier.sell for tier in of_period] for number, of_period in tiers.items()}
    if not any(price for of_period in sells.values() for price in of_period):
        return
    if not rule.is_paid:
        record.doubt("sell_unused")
        return
    if any(len({price or Decimal(0) for price in of_period}) > 1 for of_period in sells.values()):
        record.doubt("sell_by_tier")
    rates = tuple(
        Rate((of_period[0] or Decimal(0),), period_name(number) if calendar else None)
        for number, of_period in sells.items()
    )
    yield EnergyCharge(
        "export",
        "generation",
        rates,
        calendar,
        channel="export",
        is_credit=True,
        netting=rule.netting,
    )
