"""What URDB has words for: periods of tiers and the schedules that name them, and nothing else."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from queries.billing.calendar_model import Calendar
from queries.billing.errors import TariffError
from queries.billing.tariff_model import Charge
from queries.billing.urdb_schedule import WEEKDAYS, WEEKENDS, hours_of, is_of_weekdays_alone

UNSAYABLE = {
    "versions": "more than one dated version",
    "currency": "money other than dollars",
    "kind": "a charge by capacity, power factor or percentage, or a credit",
    "holidays": "days other than weekdays and weekends",
    "sub_hour": "a border that is not on the hour",
    "tier_reset": "tiers that count by anything but the month",
    "prices_by_month": "prices that are posted month by month of a year",
    "several_prices": "two prices with periods or tiers, or two demands, in one month",
    "months": "a fixed charge in some months only",
    "demand_rule": "contracts, discounts, days, kVA or rounding of demand",
    "ratchet": "ratchets that differ, hold in some months only or look back over a year",
    "export_rule": "export that meets import or tiers in a way of its own",
    "choice": "a price only for those with or without time of use",
}
"""What URDB has no words for."""
MONTHS = range(1, 13)
HOURS = 24


class UnsayableError(TariffError):
    """URDB has no words for a tariff; ``reason`` is one of ``UNSAYABLE``."""

    def __init__(self, reason: str, what: str) -> None:
        """With the reason's code and the charge or tariff."""
        super().__init__(f"{what}: URDB cannot say {UNSAYABLE[reason]} ({reason}).")
        self.reason = reason


@dataclass(slots=True)
class Structure:
    """Periods of tiers, each once, and the schedules that name them.

    Attributes:
        periods: Tiers as URDB has them.
        schedules: By ``monday_to_friday`` and ``weekend`` a row a month of 24 numbers of periods.
    """

    periods: list[list[dict[str, Any]]] = field(default_factory=list)
    schedules: dict[str, list[list[int]]] = field(
        default_factory=lambda: {WEEKDAYS: [], WEEKENDS: []}
    )
    _keys: list[object] = field(default_factory=list)

    def number(self, tiers: list[dict[str, Any]], key: object = None) -> int:
        """The number of the period with these tiers, which is added if it is new.

        Periods of different keys stay apart though their tiers are alike: each period of demand
        has its own maximum, while energy of two periods at one price is energy of one.
        """
        wanted = tiers, key
        if wanted not in self._keys:
            self._keys.append(wanted)
            self.periods.append(tiers)
        return self._keys.index(wanted)


def periods_by_hour(
    calendar: Calendar | None, month: int, charge: Charge
) -> Mapping[str, list[str | None]]:
    """By weekdays and weekends of a month the period of each hour; None without a calendar."""
    if calendar is None:
        return whole_days()
    name = f"charge '{charge.code}', calendar '{calendar.code}'"
    if not is_of_weekdays_alone(calendar):
        raise UnsayableError("holidays", name)
    hours = hours_of(calendar, month)
    if hours is None:
        raise UnsayableError("sub_hour", name)
    return {days: [*row] for days, row in hours.items()}


def whole_days() -> dict[str, list[str | None]]:
    """No period in any hour."""
    return {WEEKDAYS: [None] * HOURS, WEEKENDS: [None] * HOURS}


def codes(charges: Collection[Charge]) -> str:
    """Charges by their codes, for an error."""
    return ", ".join(f"'{charge.code}'" for charge in charges)
