"""Basic charge of the two-part tariff (基本电费, 容(需)量电费): by capacity, contract or maximum.

What is billed is a number of kVA or kW, times the part of a month it was in force, times a monthly
price. Every number of a rule is a parameter; its default is what the source named beside it says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from queries.billing.money import FEN_DECIMALS, Exact, exact, rounded

DayRule = Literal["thirtieth", "calendar"]
"""How a day of a month that is not billed whole counts.

``thirtieth``: 1/30 of the month whatever its length (供电营业规则 1996, read in two quotations).
``calendar``: one over the days of that month (供电营业规则 2024, read in one quotation:
每日按照全月容(需)量电费除以当月日历天数收取). Which one holds is dated: the tariff says.
"""


@dataclass(frozen=True, slots=True)
class ContractedDemand:
    """What is billed under a contracted maximum demand (合同最大需量).

    Attributes:
        contract_kw: The contract, or the floor where that is higher.
        is_floor: The floor holds.
        excess_kw: The maximum above the tolerated share of ``contract_kw``.
        billed_kw: ``contract_kw`` + the excess as often as it counts.
    """

    contract_kw: Decimal
    is_floor: bool
    excess_kw: Decimal
    billed_kw: Decimal


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


def contracted_demand(  # noqa: PLR0913 - two readings, the capacity, the numbers of the rule
    *,
    contract_kw: Decimal,
    maximum_kw: Decimal,
    capacity_kva: Decimal,
    tolerated_share: Decimal = Decimal("1.05"),
    excess_times: Decimal = Decimal(2),
    floor_share: Decimal = Decimal("0.40"),
) -> ContractedDemand:
    """The demand billed under the contracted option.

    Up to 105 % of the contract the contract is billed, whatever the maximum; what exceeds 105 %
    is billed at twice the price (国家电网财〔2016〕633号, read in quotation; bills in Shanghai show
    the excess as a line of its own at 81.6 = 2 × 40.8 CNY/kW). A contract below 40 % of the
    capacity counts as 40 % (85 %), and the 105 % are taken of what counts.

    Args:
        contract_kw: Agreed for the month.
        maximum_kw: From the meter's demand register × ratio. From fixed quarter hours it is a
            lower bound: the register's window slides by a minute.
        capacity_kva: Transformers and high-voltage motors in operation.
        tolerated_share: Of the contract [1 and up].
        excess_times: How often the excess counts.
        floor_share: Of the capacity [0–1]; 0: no floor.

    >>> contracted_demand(
    ...     contract_kw=Decimal(1000), maximum_kw=Decimal(1060), capacity_kva=Decimal(1600)
    ... ).billed_kw
    Decimal('1020.00')
    """
    if min(contract_kw, maximum_kw, capacity_kva) < 0:
        raise ValueError(
            f"contract {contract_kw} kW, maximum {maximum_kw} kW, capacity {capacity_kva} kVA; "
            "expected none below zero. Correct the agreement or the register."
        )
    floor_kw = capacity_kva * floor_share
    counted_kw = max(contract_kw, floor_kw)
    excess_kw = max(maximum_kw - counted_kw * tolerated_share, Decimal(0))
    return ContractedDemand(
        contract_kw=counted_kw,
        is_floor=floor_kw > contract_kw,
        excess_kw=excess_kw,
        billed_kw=counted_kw + excess_kw * excess_times,
    )


def demand_price_share(
    *,
    energy_kwh: Decimal,
    contracted_capacity_kva: Decimal,
    least_kwh_per_kva: Decimal = Decimal(260),
    share: Decimal = Decimal("0.9"),
) -> Decimal:
    """Share of the demand price that is charged (需量九折): 0.9 from 260 kWh per kVA on, else 1.

    Source: 发改价格〔2023〕526号 (95 %). For both demand options, never for the capacity option.

    Args:
        energy_kwh: Of the account in the month.
        contracted_capacity_kva: Of the account's transformers by contract.
        least_kwh_per_kva: From here on, itself included.
        share: Of the price [0–1].
    """
    if contracted_capacity_kva <= 0:
        raise ValueError(
            f"contracted capacity {contracted_capacity_kva} kVA; expected above zero. "
            "Enter contracted_capacity_kva of the account's usage points."
        )
    is_reduced = energy_kwh >= least_kwh_per_kva * contracted_capacity_kva
    return share if is_reduced else Decimal(1)


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


def basic_charge_cny(
    months: Exact,
    price_cny_per_month: Decimal,
    *,
    price_share: Decimal = Decimal(1),
    decimals: int = FEN_DECIMALS,
) -> Decimal:
    """The charge, rounded once, half up, to the fen.

    Args:
        months: kVA·months or kW·months, as ``quantity_months`` gives them.
        price_cny_per_month: A kVA or kW.
        price_share: As ``demand_price_share`` gives it, under a demand option.
        decimals: More than two only to compare with engines that leave lines unrounded.

    >>> basic_charge_cny(315, Decimal("22.6"))
    Decimal('7119.00')
    """
    return rounded(exact(months) * exact(price_cny_per_month) * exact(price_share), decimals)
