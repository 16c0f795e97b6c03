"""All kinds of advice for some customers, each billed before and after."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

import numpy as np

from queries.billing.tariff_model import Tariff
from queries.customers.advice_basis import Basis
from queries.customers.advice_change import ADVISED, LITTLE, Change, ToBill, owed_fen
from queries.customers.advice_equipment import (
    Lighting,
    capacitor,
    lighting,
    payback_years,
    solar,
    storage,
)
from queries.customers.advice_habits import cooling, heating, responses, shift, standby
from queries.customers.advice_terms import capacity, contract, tariffs
from queries.load.response import Response

KINDS = (
    "tariff",
    "contract",
    "capacity",
    "power_factor",
    "standby",
    "cooling",
    "heating",
    "shift",
    "lighting",
    "solar",
    "storage",
)
"""Kinds of advice, those that cost nothing and touch nobody's day first."""
LEAST_SAVING_CNY = Decimal(20)
"""A year, below which nobody is bothered with it."""
LONGEST_PAYBACK_YEARS = 15


@dataclass(frozen=True, slots=True)
class Advice:
    """One kind of advice for one customer, billed.

    Attributes:
        basis: Whose.
        change: What is advised; ``status`` says whether it is.
        before_fen: Owed over the months as things are.
        after_fen: Owed if it had been followed; the same where nothing is advised.
    """

    basis: Basis
    change: Change
    before_fen: int
    after_fen: int

    @property
    def saving_cny(self) -> Decimal:
        """What it would have saved over the months, to the fen."""
        return Decimal(self.before_fen - self.after_fen) / 100

    @property
    def saving_kwh(self) -> float:
        """What it would have taken less from the grid."""
        if self.change.load is None:
            return 0.0
        before, after = (
            load.energy_units["import"].sum() for load in (self.basis.load, self.change.load)
        )
        return float(before - after) / self.basis.load.per

    @property
    def payback_years(self) -> float | None:
        """Years until what it costs is saved; None: nothing to buy, or nothing saved."""
        yearly = self.saving_cny * 12 / len(self.basis.bills)
        return payback_years(self.change.cost_cny, yearly)

    def row(self) -> dict[str, object]:
        """As ``customers/advice`` answers it."""
        change, interval = self.change, self.change.interval_kwh
        is_shown = change.load is not None or change.tariff or change.agreement
        return {
            "usage_point_id": self.basis.usage_point_id,
            "customer_id": self.basis.customer_id,
            "kind": change.kind,
            "status": change.status,
            "reason": change.reason,
            "saving_kwh": self.saving_kwh if is_shown else None,
            "saving_low_kwh": interval[0] if interval else None,
            "saving_high_kwh": interval[1] if interval else None,
            "before_cny": Decimal(self.before_fen) / 100,
            "after_cny": Decimal(self.after_fen) / 100 if is_shown else None,
            "saving_cny": self.saving_cny if is_shown else None,
            "cost_cny": change.cost_cny,
            "payback_years": self.payback_years,
            "confidence": change.confidence if change.status == ADVISED else None,
            "figures": json.dumps(dict(change.figures), sort_keys=True, default=float),
        }


def assess(
    bases: Sequence[Basis],
    known: Mapping[str, Tariff],
    *,
    kinds: Sequence[str] = KINDS,
    sheet: Lighting | None = None,
) -> list[Advice]:
    """Every kind of advice for every basis, in the order of the kinds.

    Of several changes of one kind (tariffs, basic charges) the one that saves most is kept.
    """
    fits = responses(bases) if {"cooling", "heating"} & set(kinds) else [None] * len(bases)
    changes = [
        (basis, change)
        for basis, fit in zip(bases, fits, strict=True)
        for kind in kinds
        for change in _proposed(basis, kind, known, sheet, fit)
    ]
    now = dict(zip(map(id, bases), owed_fen([ToBill.now(one) for one in bases]), strict=True))
    to_bill = [place for place, (_, one) in enumerate(changes) if one.status == ADVISED]
    after = np.array([now[id(basis)] for basis, _ in changes], np.int64)
    after[to_bill] = owed_fen([ToBill.after(*changes[place]) for place in to_bill])
    best: dict[tuple[int, str], Advice] = {}
    for (basis, change), fen in zip(changes, after, strict=True):
        found = Advice(basis, change, int(now[id(basis)]), int(fen))
        key = id(basis), change.kind
        if key not in best or found.after_fen < best[key].after_fen:
            best[key] = found
    return [_judged(one) for one in best.values()]


def _proposed(
    basis: Basis,
    kind: str,
    known: Mapping[str, Tariff],
    sheet: Lighting | None,
    fit: Response | None,
) -> list[Change]:
    single: dict[str, Callable[[Basis], Change]] = {
        "capacity": capacity,
        "power_factor": capacitor,
        "standby": standby,
        "cooling": partial(cooling, fit=fit),
        "heating": partial(heating, fit=fit),
        "shift": shift,
        "solar": solar,
        "storage": storage,
    }
    if kind == "tariff":
        return tariffs(basis, known)
    if kind == "contract":
        return contract(basis)
    if kind == "lighting":
        return [lighting(basis, sheet)]
    return [single[kind](basis)]


def _judged(one: Advice) -> Advice:
    """Advice that saves next to nothing, or never pays back, is none."""
    if one.change.status != ADVISED:
        return one
    if one.saving_cny < LEAST_SAVING_CNY:
        return replace(one, change=replace(one.change, status=LITTLE, reason="saves_little"))
    years = one.payback_years
    if years is not None and years > LONGEST_PAYBACK_YEARS:
        return replace(one, change=replace(one.change, status=LITTLE, reason="pays_back_late"))
    return one
