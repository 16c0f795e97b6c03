"""The contracted demand that would have cost least."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from queries.billing.accounts import Agreement
from queries.billing.choices import LEAST_MONTHS
from queries.billing.measured import Measured
from queries.billing.segments import Segment, Span
from queries.billing.tariff_model import ContractRule, DemandCharge, Tariff


@dataclass(frozen=True, slots=True)
class QuarterContracts:
    """The contracts that would have cost accounts least, quarter by quarter.

    Attributes:
        charge: The basic charge by contract.
        maxima_kw: Measured in each month [kW, (accounts, months)].
        contracts_kw: The best of each quarter [whole kW, (accounts, quarters)].
    """

    charge: DemandCharge
    maxima_kw: np.ndarray
    contracts_kw: np.ndarray


def contracts_of_quarters(
    tariff: Tariff, load: Measured, bills: Sequence[Span], agreements: Sequence[Agreement]
) -> QuarterContracts | None:
    """The best contracts of the accounts of ``load``; None: the tariff has none to choose.

    Args:
        tariff: A two-part tariff.
        load: Theirs.
        bills: Calendar months; quarters are counted from the first.
        agreements: One an account, for the capacity.
    """
    charges = [one for one in tariff.versions[-1].charges if isinstance(one, DemandCharge)]
    charge = next((one for one in charges if one.option == "contract_or_maximum"), None)
    if charge is None or charge.choice is None:
        return None
    months = [Segment(*bill, number) for number, bill in enumerate(bills)]
    maxima_kw = load.maximum(None, months, charge).floats()[:, :, 0]
    energy_kwh = load.energy(None, months).floats()[:, :, 0]
    shares = _price_shares(charge, energy_kwh, agreements)
    capacity_kva = np.array([float(one.capacity_kva) for one in agreements])
    spans = [slice(n, n + LEAST_MONTHS) for n in range(0, len(bills), LEAST_MONTHS)]
    contracts_kw = [
        best_contracts_kw(maxima_kw[:, one], capacity_kva, charge.contract, shares[:, one])
        for one in spans
    ]
    return QuarterContracts(charge, maxima_kw, np.stack(contracts_kw, axis=1))


def _price_shares(
    charge: DemandCharge, energy_kwh: np.ndarray, agreements: Sequence[Agreement]
) -> np.ndarray:
    """What of the demand price is charged in each month [0–1, (accounts, months)]."""
    if charge.discount is None:
        return np.ones(energy_kwh.shape)
    kva = np.array(
        [
            float(one.capacity_kva if (own := one.contracted_capacity_kva) is None else own)
            for one in agreements
        ]
    )[:, None]
    is_reduced = (energy_kwh >= kva * float(charge.discount.least_kwh_per_kva)) & (kva > 0)
    return np.where(is_reduced, float(charge.discount.share), 1.0)


def best_contracts_kw(
    maxima_kw: np.ndarray,
    capacity_kva: np.ndarray,
    rule: ContractRule,
    price_shares: np.ndarray | float = 1.0,
) -> np.ndarray:
    """The contract of each account, in whole kW, that costs least over some months.

    What is billed falls, then rises with the contract, with corners only where a month's maximum
    reaches the tolerated share of it, so one of those contracts (rounded up and down) or the floor
    is the best. Of equal ones the smallest.

    Args:
        maxima_kw: Measured maximum of each month [kW, (accounts, months)].
        capacity_kva: Operating capacity, for the floor [kVA, (accounts,)].
        rule: Its numbers.
        price_shares: What of the price each month is charged (需量九折) [0–1, as the maxima].

    >>> best_contracts_kw(np.array([[1000.0, 1000, 1060]]), np.array([1600.0]), ContractRule())
    array([953])
    """
    tolerated, times = float(rule.tolerated_share), float(rule.excess_times)
    floor = np.ceil(capacity_kva * float(rule.floor_share) - 1e-9)[:, None]
    corners = maxima_kw / tolerated
    tried = np.concatenate([floor, np.floor(corners), np.ceil(corners)], axis=1)
    tried = np.sort(np.maximum(tried, floor), axis=1)
    excess = np.maximum(maxima_kw[:, :, None] - tolerated * tried[:, None, :], 0)
    shares = np.broadcast_to(price_shares, maxima_kw.shape)[:, :, None]
    billed = (shares * (tried[:, None, :] + times * excess)).sum(axis=1)
    # Rounding of floats must not prefer one of two equal ones.
    best = np.round(billed, 6).argmin(axis=1)
    return np.take_along_axis(tried, best[:, None], axis=1)[:, 0].astype(np.int64)
