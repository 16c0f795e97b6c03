"""The fields of a record of the Utility Rate Database (URDB), read exactly.

URDB is OpenEI's public collection of tariffs; its fields are those of
https://openei.org/services/doc/rest/util_rates/?version=8. A record that cannot be billed as
written is refused with a reason; what it says besides the bill becomes a doubt that names it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from queries.billing.errors import TariffError

REFUSALS = {
    "no_energy_prices": "the record has no energy prices",
    "price_missing": "a tier that energy reaches has neither rate nor adj",
    "period_without_rate": "a schedule names a period for which there is no rate",
    "schedule_missing": "a schedule is absent, or is not 12 months of 24 hours",
    "energy_unit": "tiers of energy are limited in something other than kWh, kWh/kW or these a day",
    "demand_unit": "demand is priced by something other than the kW of a month, such as kVA or hp",
    "limits_fall": "a tier ends below the one before it",
    "blocks_in_blocks": "hours of use head steps in kWh, whose limits start again in each",
    "money_unit": "the fixed or minimum charge is in a unit other than $/month, $/day and $/year",
    "malformed": "a field is not what URDB says it is",
}
"""Why a record is refused."""
WARNINGS = {
    "reactive_power": "the price of reactive power is not billed",
    "coincident_demand": "the price of demand at the system's peak is not billed",
    "additional_meters": "one meter is billed; the price of further ones is not",
    "words": "what is said in words (fixedattrs, demandattrs, energyattrs) is not billed",
    "demand_in_kva": "demand is said to be in kVA while its rates are a kW: kW are billed",
    "demand_price_missing": "a tier of demand has no rate and is free",
    "flat_months_missing": "the only price of demand holds in all months: its months are unsaid",
    "unreachable_tier": "tiers after one without a limit are never reached",
    "last_tier_limit": "the last tier has a limit; what is over is billed at its price",
    "mixed_limits": "limits in kWh and by demand are mixed: one by demand ends the tiers before it",
    "ratchet_by_period": "each period of demand looks back at its own",
    "sell_unused": "prices for sold energy stand beside net metering, which credits energy",
    "sell_by_tier": "sold energy is paid the price of the first tier",
    "net_billing_hourly": "import and export are netted by interval of the readings, not by hour",
    "export_rule_unknown": "the rule for customers who generate is unknown; export is not netted",
    "charge_unit_missing": "the unit of the fixed or minimum charge is unsaid: a month is taken",
}
"""What a bill by the record leaves out or takes for granted."""
_MONTHS, _HOURS = 12, 24
_LARGEST_EXPONENT, _SMALLEST_EXPONENT = 12, -25


class RecordRefusedError(TariffError):
    """A record cannot be billed; ``reason`` is one of ``REFUSALS``."""

    def __init__(self, reason: str, text: str) -> None:
        """With the reason's code and what is wrong where."""
        super().__init__(text)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class UrdbRecord:
    """One record and the doubts about it.

    Attributes:
        fields: As in the JSON; numbers may be of any type, floats are read as they are written.
        doubts: ``code: words`` for each, codes being those of ``WARNINGS``.
    """

    fields: Mapping[str, Any]
    doubts: list[str] = field(default_factory=list)

    @property
    def label(self) -> str:
        """URDB's own name of the record."""
        return str(self.fields.get("label") or "unlabelled")

    def refused(self, reason: str, text: str) -> RecordRefusedError:
        """The error to raise: what is wrong, and the meaning of the reason."""
        return RecordRefusedError(
            reason, f"URDB record '{self.label}': {text}; {REFUSALS[reason]} ({reason})."
        )

    def doubt(self, code: str, text: str = "") -> None:
        """Say once what a bill leaves out or takes for granted."""
        said = f"{code}: {text + '; ' if text else ''}{WARNINGS[code]}"
        if said not in self.doubts:
            self.doubts.append(said)

    def number(self, value: object, name: str) -> Decimal:
        """``value`` exactly; a float as its shortest decimal."""
        try:
            number = Decimal(str(value).strip())
        except InvalidOperation:
            number = Decimal("NaN")
        if isinstance(value, bool) or not number.is_finite() or not _is_sane(number):
            raise self.refused("malformed", f"{name} = {str(value)[:40]!r} is no number")
        return number

    def amount(self, name: str) -> Decimal | None:
        """A field that is one number; None where it is absent."""
        value = self.fields.get(name)
        return None if value is None or value == "" else self.number(value, name)

    def whole(self, name: str, most: int) -> int:
        """A field that is a whole number of 0 to ``most``; 0 where it is absent."""
        number = self.amount(name) or Decimal(0)
        if not 0 <= number <= most or number != int(number):
            raise self.refused("malformed", f"{name} = {number} is no whole number of 0 to {most}")
        return int(number)

    def words(self, name: str) -> str:
        """A field that is a text; empty where it is absent."""
        value = self.fields.get(name)
        if value is not None and not isinstance(value, str):
            raise self.refused("malformed", f"{name} = {str(value)[:40]!r} is no text")
        return value or ""

    def entries(self, name: str) -> list[Mapping[str, Any]]:
        """A field that is a list of named values; empty where it is absent."""
        found = self.fields.get(name) or []
        if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
            raise self.refused("malformed", f"{name} is no list of named values")
        return found

    def structure(self, name: str) -> list[Sequence[Mapping[str, Any]]]:
        """A field of periods of tiers; empty where it is absent."""
        found = self.fields.get(name) or []
        is_sound = isinstance(found, list) and all(
            isinstance(period, list) and all(isinstance(tier, Mapping) for tier in period)
            for period in found
        )
        if not is_sound:
            raise self.refused("malformed", f"{name} is no list of periods of tiers")
        return found

    def schedule(self, name: str, periods: Sequence[object]) -> tuple[tuple[int, ...], ...]:
        """A field of the period of every month and hour; all of them have to be there."""
        found = self.fields.get(name)
        rows = found if isinstance(found, list) else []
        if len(rows) != _MONTHS or any(
            not isinstance(row, list) or len(row) != _HOURS for row in rows
        ):
            raise self.refused("schedule_missing", f"{name} has no 12 rows of 24 hours")
        schedule = tuple(tuple(self.index(period, name) for period in row) for row in rows)
        for period in sorted({period for row in schedule for period in row}):
            self.held(period, name, periods)
        return schedule

    def held(self, period: int, name: str, periods: Sequence[object]) -> None:
        """Refuse a period that is not among ``periods`` or is an empty one."""
        if not 0 <= period < len(periods) or not periods[period]:
            raise self.refused(
                "period_without_rate",
                f"{name} names period {period}, and {len(periods)} periods have rates",
            )

    def index(self, value: object, name: str) -> int:
        """The number of a period."""
        number = self.number(value, name)
        if number != int(number):
            raise self.refused("malformed", f"{name} holds {value}, which is no period")
        return int(number)


def _is_sane(number: Decimal) -> bool:
    exponent = number.as_tuple().exponent
    is_short = isinstance(exponent, int) and exponent >= _SMALLEST_EXPONENT
    return is_short and (not number or number.adjusted() <= _LARGEST_EXPONENT)
