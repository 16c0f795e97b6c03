"""What customers may choose, and which policy lets them.

A grid company may not set a price for one customer: a choice is one of those a published rule
offers, or a package of a retailer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from queries.billing.tariff_model import CapacityChoice, Tariff

Choice = Literal["capacity", "contract", "maximum", "by_quarter", "as_now"]
"""Which basic charge; ``by_quarter``: the best of the three in every quarter."""

TWO_PART_FROM_KVA = 315
"""From this capacity on the two-part tariff holds; from BY_CHOICE_FROM_KVA on it may be chosen
(发改价格〔2023〕526号, read in quotation)."""
BY_CHOICE_FROM_KVA = 100
LEAST_MONTHS = 3
"""How long a choice of the basic charge is kept: it may be changed once a quarter
(发改办价格〔2016〕1583号, recalled 85 %)."""

POLICIES = {
    "now": "",
    "basic_charge": "发改办价格〔2016〕1583号",
    "two_part": "发改价格〔2023〕526号",
    "time_of_use": "",
    "retail": "发改办体改〔2021〕809号",
}
"""What allows a choice, with the number of the notice where it is a national one. That of 2021 on
the agency purchase lets trade buy from retailers (recalled)."""

BASIC_CHARGES: tuple[CapacityChoice, ...] = ("capacity", "contract", "maximum")
_SINGLE, _TWO_PART = "industrial_commercial", "industrial_commercial_two_part"
RETAIL = "retail_package"
"""Price class of retailers' packages among the tariffs."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing a customer may choose.

    Attributes:
        tariff: Whose prices.
        policy: One of ``POLICIES``.
        basic_charge: How its basic charge is made.
        has_time_of_use: Whether prices follow the time of use.
    """

    tariff: Tariff
    policy: str
    basic_charge: Choice = "as_now"
    has_time_of_use: bool = True


def offers(
    current: Tariff,
    known: Mapping[str, Tariff],
    *,
    capacity_kva: float,
    has_time_of_use: bool,
) -> list[Offer]:
    """All that an account may choose, what it has now first.

    Args:
        current: The tariff it has.
        known: All tariffs by code.
        capacity_kva: Its operating capacity [kVA].
        has_time_of_use: Whether it has time of use now.
    """
    found = [Offer(current, "now", "as_now", has_time_of_use)]
    if current.chooses_time_of_use:
        found.append(Offer(current, "time_of_use", "as_now", not has_time_of_use))
    if is_two_part(current):
        found += _basic_charges(current, "basic_charge", has_time_of_use=has_time_of_use)
    is_of_choice = BY_CHOICE_FROM_KVA <= capacity_kva < TWO_PART_FROM_KVA
    if is_of_choice and (other := _counterpart(current, known)) is not None:
        if is_two_part(other):
            found += _basic_charges(other, "two_part", has_time_of_use=has_time_of_use)
        else:
            found.append(Offer(other, "two_part", "as_now", has_time_of_use))
    if current.price_class.startswith(_SINGLE):
        found += [
            Offer(one, "retail", "as_now", has_time_of_use)
            for one in known.values()
            if one.price_class == f"{RETAIL}:{current.price_class}" and one.region == current.region
        ]
    return found


def two_part_of(
    current: Tariff, known: Mapping[str, Tariff], *, capacity_kva: float
) -> Tariff | None:
    """The two-part tariff an account has or may choose; None: there is none for it."""
    open_to = offers(current, known, capacity_kva=capacity_kva, has_time_of_use=True)
    return next((one.tariff for one in open_to if one.basic_charge == "contract"), None)


def is_two_part(tariff: Tariff) -> bool:
    """Whether it has a basic charge that the customer chooses."""
    return bool(basic_charges_of(tariff))


def basic_charges_of(tariff: Tariff) -> tuple[CapacityChoice, ...]:
    """The basic charges that the customer may choose."""
    kinds = {getattr(charge, "choice", None) for charge in tariff.versions[-1].charges}
    return tuple(kind for kind in BASIC_CHARGES if kind in kinds)


def _basic_charges(tariff: Tariff, policy: str, *, has_time_of_use: bool) -> list[Offer]:
    kinds: list[Choice] = list(basic_charges_of(tariff))
    if len(kinds) > 1:
        kinds.append("by_quarter")
    return [Offer(tariff, policy, kind, has_time_of_use) for kind in kinds]


def _counterpart(current: Tariff, known: Mapping[str, Tariff]) -> Tariff | None:
    """The two-part tariff of a single-part one of the same area and voltage, and back."""
    if current.price_class.startswith(_TWO_PART):
        wanted = current.price_class.replace(_TWO_PART, _SINGLE)
        # The two-part class without a voltage is that of 1-10 kV.
        classes = (wanted, f"{_SINGLE}_10kv")[:: -1 if wanted == _SINGLE else 1]
    elif current.price_class.startswith(_SINGLE):
        wanted = current.price_class.replace(_SINGLE, _TWO_PART)
        classes = (wanted, _TWO_PART)
    else:
        return None
    of_area = {one.price_class: one for one in known.values() if one.region == current.region}
    return next((of_area[name] for name in classes if name in of_area), None)
