"""Advice that changes a contract: basic charge, capacity, tariff. The curve stays as it is."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import numpy as np

from queries.billing.as_in_force import as_in_force
from queries.billing.choices import (
    BY_CHOICE_FROM_KVA,
    TWO_PART_FROM_KVA,
    basic_charges_of,
    is_two_part,
    offers,
)
from queries.billing.contract_value import best_contracts_kw
from queries.billing.measured import Measured
from queries.billing.segments import Segment
from queries.billing.tariff_model import DemandCharge, Tariff
from queries.billing.tier_use import counters_before
from queries.customers.advice_basis import Basis
from queries.customers.advice_change import HIGH, LITTLE, LOW, MEDIUM, NO_DATA, NOT_HERE, Change
from queries.customers.advice_habits import LEAST_DAYS

STANDARD_KVA = (
    30,
    50,
    80,
    100,
    125,
    160,
    200,
    250,
    315,
    400,
    500,
    630,
    800,
    1000,
    1250,
    1600,
    2000,
    2500,
)
"""Ratings of distribution transformers (R10 series, GB/T 6451)."""
_MOST_LOADED = 0.8
"""Of a transformer, that its highest quarter of an hour may take after a reduction."""
_POWER_FACTOR = 0.9
_ENOUGH_READ = 0.98


def _sure(basis: Basis) -> str:
    """How sure a bill of the year behind is of the year ahead."""
    return HIGH if basis.readings_share >= _ENOUGH_READ and len(basis.bills) >= 12 else MEDIUM


def contract(basis: Basis) -> list[Change]:
    """The other basic charges a two-part customer may choose, one change each.

    One choice for the whole year, and one contracted demand, the one that would have cost least:
    with hindsight, so a year that grows needs more.
    """
    kinds = basic_charges_of(basis.tariff) if is_two_part(basis.tariff) else ()
    if not kinds:
        return [Change("contract", NOT_HERE, "no_basic_charge")]
    if basis.is_known.sum() < LEAST_DAYS:
        return [Change("contract", NO_DATA, "few_days")]
    now, found = basis.agreement, []
    demand_kw = _maximum_kw(basis.load, basis)
    for kind in kinds:
        kw = _best_contract_kw(basis) if kind == "contract" else 0
        if kind == now.choice and (kind != "contract" or kw == now.contract_kw):
            continue
        terms = replace(now, choice=kind, contract_kw=Decimal(kw) if kw else now.contract_kw)
        figures = {
            "from": now.choice,
            "to": kind,
            "contract_kw": kw or None,
            "contract_now_kw": float(now.contract_kw) if now.choice == "contract" else None,
            "maximum_kw": demand_kw,
            "capacity_kva": float(now.capacity_kva),
        }
        found.append(Change("contract", agreement=terms, confidence=_sure(basis), figures=figures))
    return found or [Change("contract", LITTLE, "is_best")]


def capacity(basis: Basis) -> Change:
    """Reduce the operating capacity (减容) of whom it is far too large for, and who pays by it.

    The smallest rating that the highest quarter of an hour would load to four fifths, at a power
    factor of 0.9, and not below 315 kVA for whom the two-part tariff holds by its size.
    """
    if not is_two_part(basis.tariff) or basis.agreement.choice != "capacity":
        return Change("capacity", NOT_HERE, "no_capacity_charge")
    if basis.is_known.sum() < LEAST_DAYS:
        return Change("capacity", NO_DATA, "few_days")
    kva = float(basis.agreement.capacity_kva)
    highest_kw = _maximum_kw(basis.load, basis)
    needed = highest_kw / _POWER_FACTOR / _MOST_LOADED
    floor = TWO_PART_FROM_KVA if kva >= TWO_PART_FROM_KVA else BY_CHOICE_FROM_KVA
    enough = [one for one in STANDARD_KVA if one >= max(needed, floor)]
    loaded = highest_kw / _POWER_FACTOR / kva if kva else 0.0
    figures = {"capacity_kva": kva, "highest_kw": highest_kw, "loaded_share": loaded}
    if basis.agreement.capacity_parts or not enough or enough[0] >= kva:
        return Change("capacity", LITTLE, "is_needed", figures=figures)
    terms = replace(basis.agreement, capacity_kva=Decimal(enough[0]))
    return Change(
        "capacity",
        agreement=terms,
        confidence=MEDIUM,
        figures=figures | {"new_kva": enough[0], "spare_share": 1 - needed / enough[0]},
    )


def tariffs(basis: Basis, known: Mapping[str, Tariff]) -> list[Change]:
    """The other tariffs the customer may choose by the rules, one change each.

    Basic charges of its own tariff are advice of their own (``contract``).
    """
    now = basis.agreement
    open_to = offers(
        known[basis.tariff.code],
        known,
        capacity_kva=float(now.capacity_kva),
        has_time_of_use=now.has_time_of_use,
    )[1:]
    if not (others := [one for one in open_to if one.policy != "basic_charge"]):
        return [Change("tariff", NOT_HERE, "no_choice")]
    if basis.is_known.sum() < LEAST_DAYS:
        return [Change("tariff", NO_DATA, "few_days")]
    found = []
    first_day, last_day = basis.bills[0][0], basis.bills[-1][1]
    for offer in others:
        if offer.basic_charge == "by_quarter":
            continue
        tariff = as_in_force(offer.tariff, first_day, last_day)
        is_own = offer.tariff.code == basis.tariff.code
        if not is_own and counters_before(tariff, first_day):
            # What its tiers count as used before is not at hand.
            continue
        terms = replace(
            now,
            has_time_of_use=offer.has_time_of_use,
            purchase_times=Decimal(1) if offer.policy == "retail" else now.purchase_times,
        )
        kw = None
        if offer.basic_charge != "as_now":
            kw = _best_contract_kw(basis, tariff) if offer.basic_charge == "contract" else 0
            terms = replace(terms, choice=offer.basic_charge, contract_kw=Decimal(kw))
        figures = {
            "policy": offer.policy,
            "from": basis.tariff.code,
            "to": offer.tariff.code,
            "basic_charge": offer.basic_charge,
            "contract_kw": kw or None,
            "has_time_of_use": offer.has_time_of_use,
        }
        sure = LOW if offer.policy == "retail" else _sure(basis)
        found.append(
            Change(
                "tariff",
                tariff=None if is_own else tariff,
                agreement=terms,
                confidence=sure,
                figures=figures,
            )
        )
    return found or [Change("tariff", NOT_HERE, "no_choice")]


def _charge(tariff: Tariff) -> DemandCharge | None:
    charges = [one for one in tariff.versions[-1].charges if isinstance(one, DemandCharge)]
    return next((one for one in charges if one.option == "contract_or_maximum"), None)


def _best_contract_kw(basis: Basis, tariff: Tariff | None = None) -> int:
    """The one contract that would have cost least over all the months [whole kW]."""
    charge = _charge(tariff or basis.tariff)
    if charge is None:
        return 0
    maxima = _maxima_kw(basis.load, basis, charge)
    kva = np.array([float(basis.agreement.capacity_kva)])
    return int(best_contracts_kw(maxima[None], kva, charge.contract)[0])


def _maxima_kw(load: Measured, basis: Basis, charge: DemandCharge) -> np.ndarray:
    months = [Segment(*bill, number) for number, bill in enumerate(basis.bills)]
    return load.maximum(None, months, charge).floats()[0, :, 0]


def _maximum_kw(load: Measured, basis: Basis) -> float:
    return float(_maxima_kw(load, basis, DemandCharge("maximum", "other", ())).max())
