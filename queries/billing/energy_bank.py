"""Net metering: energy fed in beyond a month's use, kept period by period for the months after."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from math import lcm

import numpy as np

from queries.billing.calendar_model import Calendar, periods_of_days
from queries.billing.exact_arrays import Exacts, constant


@dataclass(slots=True)
class EnergyBank:
    """The credit of some accounts [kWh], month after month.

    Attributes:
        credits: By period, below zero what is to the customers' good.
        hours: By period how many days had it in each quarter of an hour, of the last bill that
            had it at all.
    """

    credits: dict[str | None, Exacts] = field(default_factory=dict)
    hours: dict[str | None, np.ndarray] = field(default_factory=dict)

    def owed(
        self,
        net: Exacts,
        periods: Sequence[str | None],
        calendar: Calendar | None,
        days: Sequence[date],
    ) -> Exacts:
        """What is to be paid for after the credit of the months before.

        Args:
            net: Import less export of a bill [kWh, (accounts, periods)].
            periods: Their names.
            calendar: Whose periods they are; None: there is one.
            days: Of the bill.

        Returns:
            Of the same shape, nowhere below zero.
        """
        if calendar is not None:
            self._follow(calendar, days)
        zero = constant(0, len(net.units))
        columns = []
        for number, period in enumerate(periods):
            own = Exacts(net.units[:, number], net.per)
            if period in self.credits:
                own = own.plus(self.credits[period])
            self.credits[period] = own.at_most(zero)
            columns.append(own.at_least(zero))
        per = lcm(*(column.per for column in columns))
        return Exacts(np.stack([column.over(per) for column in columns], axis=1), per)

    def _follow(self, calendar: Calendar, days: Sequence[date]) -> None:
        """Give the credit of a period that a bill does not have to the one that has its hours.

        So what a roof earned at noon in May pays for noons of June, whatever the season calls
        them. SAM's utility rate model does the same, by four hours of the day.
        """
        slots = periods_of_days(calendar, days, calendar.country)
        now: dict[str | None, np.ndarray] = {
            period: (slots == number).sum(axis=0)
            for number, period in enumerate(calendar.periods)
            if (slots == number).any()
        }
        for period in [one for one in self.hours if one not in now]:
            credit = self.credits.pop(period, None)
            if credit is None or credit.is_zero:
                continue
            shared = {
                other: int((self.hours[period] * hours).sum()) for other, hours in now.items()
            }
            heir = max(shared, key=lambda other: shared[other])
            held = self.credits.get(heir)
            self.credits[heir] = credit if held is None else held.plus(credit)
        self.hours.update(now)
