"""Parts of a month of the basic charge (基本电费): how many kVA·months or kW·months are billed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from queries.billing.money import exact

DayRule = Literal["thirtieth", "calendar"]
"""How a day of a month that is not billed whole counts.

``thirtieth``: 1/30 of the month whatever its length (供电营业规则 1996, read in two quotations).
``calendar``: one over the days of that month (供电营业规则 2024, read in one quotation:
每日按照全月容(需)量电费除以当月日历天数收取). Which one holds is dated: the tariff says.
"""


@dataclass(frozen=True, slots=True)
class InForce:
    """A billed quantity on some days of a month, first and last included.

    Attributes:
        first_day: First day.
        last_day: Last day.
        quantity: Operating capacity [kVA] or billed demand [kW]; 0 while suspended (暂停).
    """

    first_day: date
    last_day: date
    quantity: Decimal


def months_in_force(days: int, days_in_month: int, rule: DayRule = "thirtieth") -> Fraction:
    """Part of the monthly price for ``days`` of a month; all its days are one month.

    >>> months_in_force(18, 30), months_in_force(31, 31), months_in_force(18, 31, "calendar")
    (Fraction(3, 5), Fraction(1, 1), Fraction(18, 31))
    """
    if not 0 <= days <= days_in_month:
        raise ValueError(f"{days} days of a month of {days_in_month}; expected 0 to that many.")
    return Fraction(days, days_in_month if rule == "calendar" or days == days_in_month else 30)


def quantity_months(
    parts: Sequence[InForce], month: tuple[date, date], rule: DayRule = "thirtieth"
) -> Fraction:
    """kVA·months or kW·months of one month, cut by installation, change, suspension, closure.

    Days of one quantity count together, so cutting a month where nothing changes changes nothing.
    By the letter of ``thirtieth``, a month of 31 days with a change in it is 31/30 of a month.
    Rationing and outages are no suspension and do not reduce the charge (95 %). Whether a
    suspension is long enough to count is not asked here (recalled: at least 15 days each time).

    Args:
        parts: Any order, without overlap; days in none of them are not billed.
        month: First and last day of the billing month.
        rule: How a day counts.
    """
    days_in_month = (month[1] - month[0]).days + 1
    days_of: dict[Decimal, int] = {}
    last_day: date | None = None
    for part in sorted(parts, key=lambda part: part.first_day):
        is_inside = month[0] <= part.first_day <= part.last_day <= month[1]
        if not is_inside or (last_day is not None and part.first_day <= last_day):
            raise ValueError(
                f"{part.quantity} from {part.first_day} to {part.last_day} does not fit the month "
                f"{month[0]} to {month[1]} or overlaps another part. Give every day at most once."
            )
        last_day = part.last_day
        days = (part.last_day - part.first_day).days + 1
        days_of[part.quantity] = days_of.get(part.quantity, 0) + days
    return sum(
        (
            exact(quantity) * months_in_force(days, days_in_month, rule)
            for quantity, days in days_of.items()
        ),
        Fraction(0),
    )
