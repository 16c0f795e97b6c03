"""What agreements say of the accounts that are billed together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import numpy as np

from queries.billing.demand_charge import InForce
from queries.billing.exact_arrays import Exacts
from queries.billing.tariff_model import CapacityChoice
from queries.billing.tiers import NO_CHANGE, Allowance

AGENCY_BACK_FROM_MARKET = Decimal("1.5")
"""What the agency price is multiplied by for users back from the market, coal self-generators and
energy-intensive users."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """The terms of one account that a tariff's charges ask for.

    Attributes:
        has_time_of_use: Whether prices follow the time of use for it (是否执行分时).
        choice: Which basic charge of a two-part tariff it chose.
        capacity_kva: Operating capacity (运行容量), or its parts of a month where it changed.
        contracted_capacity_kva: Of its transformers by contract; None: ``capacity_kva``.
        contract_kw: Contracted maximum demand.
        power_factor_hundredths: Its standard where the tariff leaves it open; None: none holds.
        allowance: What its circumstances make of tier limits.
        free_kwh_per_month: Of a welfare household.
        purchase_times: What the component ``purchase`` is multiplied by.
        own_prices: Price a kWh of components it has a contract of its own for (直接交易, 零售套餐),
            by component and month ``YYYY-MM``; they replace the tariff's.
        used_before_kwh: Used in the tiers' reset period before the first day billed.
        capacity_parts: Operating capacity by days where it changed or was suspended (暂停).
    """

    has_time_of_use: bool = True
    choice: CapacityChoice = "capacity"
    capacity_kva: Decimal = Decimal(0)
    contracted_capacity_kva: Decimal | None = None
    contract_kw: Decimal = Decimal(0)
    power_factor_hundredths: int | None = None
    allowance: Allowance = NO_CHANGE
    free_kwh_per_month: Decimal = Decimal(0)
    purchase_times: Decimal = Decimal(1)
    own_prices: tuple[tuple[str, str, Decimal], ...] = ()
    used_before_kwh: Decimal = Decimal(0)
    capacity_parts: tuple[InForce, ...] = ()

    def operating_kva(self, first_day: date, last_day: date) -> tuple[InForce, ...]:
        """The operating capacity on the days from ``first_day`` to ``last_day``, part by part."""
        if not self.capacity_parts:
            return (InForce(first_day, last_day, self.capacity_kva),)
        return tuple(
            InForce(max(part.first_day, first_day), min(part.last_day, last_day), part.quantity)
            for part in self.capacity_parts
            if part.first_day <= last_day and part.last_day >= first_day
        )


@dataclass(frozen=True, slots=True)
class Accounts:
    """The agreements of all accounts billed in one pass, in their order.

    Accounts that share an agreement share its index, so that what depends on the terms alone is
    worked out once for each different agreement.

    Attributes:
        agreements: The different ones.
        index: Of each account, the place of its agreement.
        used_before: By the first day of a reset period that began before the first day billed, and
            the months that count in it, what each account used until then [kWh, (accounts,)]; it
            goes before the agreements' own figure.
    """

    agreements: tuple[Agreement, ...]
    index: np.ndarray
    used_before: Mapping[tuple[date, frozenset[int]], Exacts] = field(default_factory=dict)
    count: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "count", len(self.index))

    def part(self, first: int, after: int) -> "Accounts":
        """The accounts from place ``first`` to before ``after``."""
        return self.those(slice(first, after))

    def those(self, rows: np.ndarray | slice) -> "Accounts":
        """The accounts at the places ``rows``."""
        used = {
            counter: Exacts(kwh.units[rows], kwh.per) for counter, kwh in self.used_before.items()
        }
        return Accounts(self.agreements, self.index[rows], used)

    @classmethod
    def of(cls, agreements: Sequence[Agreement]) -> "Accounts":
        """One account an agreement, equal ones put together."""
        places: dict[Agreement, int] = {}
        index = [places.setdefault(one, len(places)) for one in agreements]
        return cls(tuple(places), np.array(index, dtype=np.int64))

    @classmethod
    def alike(cls, count: int, agreement: Agreement | None = None) -> "Accounts":
        """``count`` accounts with one agreement."""
        return cls((agreement or Agreement(),), np.zeros(count, np.int64))
