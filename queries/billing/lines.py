"""Lines of bills, of many accounts at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from queries.billing.exact_arrays import Exacts


@dataclass(frozen=True, slots=True)
class Line:
    """One line on the bills of some accounts.

    Attributes:
        bill: Place of the bill among the bills.
        charge: Code of the charge.
        kind: Its kind, such as ``energy``.
        component: What it pays for.
        period: Time-of-use period; None: all.
        tier: 1 is the first; None: no tiers, or all of them.
        unit: Of the quantity: kWh, kW, kVA, month, day, CNY …
        unit_price: A unit.
        quantity: Of each account (accounts,).
        amount: Quantity × unit price, rounded once (accounts,).
        rule: Codes of the rules that made the quantity or the price, for the explanation.
        accounts: Places of the accounts among all; None: all of them, in order.
    """

    bill: int
    charge: str
    kind: str
    component: str
    period: str | None
    tier: int | None
    unit: str
    unit_price: Decimal
    quantity: Exacts
    amount: Exacts
    rule: tuple[str, ...] = ()
    accounts: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Priced:
    """What a tariff makes of a load.

    Attributes:
        count: Accounts.
        bills: How many bills each has.
        lines: In the order of the bill's charges. Lines of zero quantity are left out where no
            account has any.
        decimals: Of the amounts.
        warnings: What is not in the bills, or rests on something doubtful.
        demand: By demand charge: the measured maximum and the billed demand of every bill
            [kW, (accounts, bills)].
    """

    count: int
    bills: int
    lines: Sequence[Line]
    decimals: int
    warnings: Sequence[str] = ()
    demand: dict[str, tuple[Exacts, Exacts]] = field(default_factory=dict)

    def totals(self, lines: Sequence[Line] | None = None) -> np.ndarray:
        """Sum of lines by account and bill [10 ** −decimals of the currency, integers]."""
        chosen = self.lines if lines is None else lines
        is_wide = any(line.amount.units.dtype == object for line in chosen)
        found = np.zeros((self.count, self.bills), object if is_wide else np.int64)
        for line in chosen:
            units = line.amount.over(10**self.decimals)
            if line.accounts is None:
                found[:, line.bill] += units
            else:
                found[line.accounts, line.bill] += units
        return found
