"""Batteries that customers get, and what each does on a day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from queries.billing.lab import Lab, tariff_of
from queries.billing.tariffs import known_tariffs
from queries.demand.storage_arbitrage import Battery, stored_against_prices
from queries.demand.storage_peak import shaved
from queries.demand.what_if_kinds import Storage
from queries.demand.what_if_lots import taking_part
from queries.demand.what_if_prices import group_prices, terms_of
from queries.demand.what_if_terms import WhatIf, WhatIfError

_WH_PER_KWH = 1000
_SLOTS_PER_HOUR = 4
_NONE = -1


@dataclass(frozen=True, slots=True)
class Stored:
    """What batteries do on some rows, in watt-hours.

    Attributes:
        charged, discharged: (rows, 96).
        reached: What they were for: money saved, or the highest quarter of an hour of each day;
            all rows together.
        bound: What no schedule does better than.
    """

    charged: np.ndarray
    discharged: np.ndarray
    reached: float
    bound: float


@dataclass(frozen=True, slots=True)
class Batteries:
    """Batteries of one kind.

    Attributes:
        kind: What they are.
        signal: Place of each customer's prices, −1 without a battery, (customers,).
        prices, feed_in: By signal, group of days and slot, (signals, groups, 96) [CNY/kWh].
        together: What each does on every day, where all do the same: net of what it gives,
            (days, 96) [Wh]; None: each its own.
    """

    kind: Storage
    signal: np.ndarray
    prices: np.ndarray
    feed_in: np.ndarray
    together: np.ndarray | None = None

    @property
    def battery(self) -> Battery:
        """In watt-hours and quarters of an hour."""
        return Battery(
            self.kind.capacity_kwh * _WH_PER_KWH,
            self.kind.power_kw * _WH_PER_KWH / _SLOTS_PER_HOUR,
            self.kind.efficiency_share,
        )

    @property
    def has(self) -> np.ndarray:
        """Whether each customer gets one."""
        return self.signal != _NONE

    def of(
        self, net_wh: np.ndarray, customer: np.ndarray, day: np.ndarray, group: np.ndarray
    ) -> Stored:
        """What the batteries of some rows do; every row's customer has one.

        Args:
            net_wh: Taken from the grid without them, below 0 fed in, (rows, 96).
            customer: Place of each row's.
            day: Of the laboratory.
            group: Of days, to which each row belongs.
        """
        if self.kind.purpose == "system_peak":
            if self.together is None:
                return Stored(np.zeros_like(net_wh), np.zeros_like(net_wh), 0.0, 0.0)
            moved = self.together[day]
            return Stored(np.maximum(moved, 0), np.maximum(-moved, 0), 0.0, 0.0)
        if self.kind.purpose == "own_peak":
            found = shaved(net_wh, self.battery)
            reached, bound = float(found.level.sum()), float(found.bound.sum())
            return Stored(found.charged, found.discharged, reached, bound)
        alike, kind = np.unique(
            self.signal[customer] * self.prices.shape[1] + group, return_inverse=True
        )
        of_kinds = np.divmod(alike, self.prices.shape[1])
        made = stored_against_prices(
            net_wh, kind, self.prices[of_kinds], self.feed_in[of_kinds], self.battery
        )
        return Stored(
            made.charged, made.discharged, float(made.gained.sum()), float(made.bound.sum())
        )


def batteries(what_if: WhatIf, lab: Lab) -> list[Batteries]:
    """Who gets a battery of each kind, and the prices it sees; those for all together come last.

    Raises:
        WhatIfError: a price is negative, or prices of days that are added up differ.
    """
    ordered = sorted(enumerate(what_if.storages), key=lambda one: one[1].purpose == "system_peak")
    return [_of_kind(kind, number, what_if, lab) for number, kind in ordered]


def _of_kind(kind: Storage, number: int, what_if: WhatIf, lab: Lab) -> Batteries:
    is_in = taking_part(
        lab.points, kind.customer_classes, f"storage {number}", kind.uptake_share, what_if.seed
    )
    signal = np.full(lab.points.height, _NONE)
    nothing = np.zeros((1, len(lab.cube.groups), _SLOTS_PER_HOUR * 24))
    if kind.purpose != "arbitrage":
        signal[is_in] = 0
        return Batteries(kind, signal, nothing, nothing)
    new = {one.price_class: one for one in what_if.tariffs}
    held = list(lab.points.select("price_class", "tariff_code").iter_rows())
    places: dict[tuple, int] = {}
    prices, feed_in = [], []
    for row in np.flatnonzero(is_in).tolist():
        price_class, code = held[row]
        terms = terms_of(lab, row)
        if price_class in new:
            code = new[price_class].tariff
            by_the_hour = terms.has_time_of_use or new[price_class].for_everybody
            terms = replace(terms, has_time_of_use=by_the_hour)
        if code is None:
            continue
        if (code, terms) not in places:
            places[code, terms] = len(prices)
            tariff = known_tariffs()[code] if "\n" not in code else tariff_of(code)
            prices.append(group_prices(tariff, lab, terms))
            feed_in.append(group_prices(tariff, lab, terms, "export"))
        signal[row] = places[code, terms]
    if any((one < 0).any() for one in prices):
        raise WhatIfError(
            "storages: a tariff has prices below 0, against which no battery is planned here. "
            "Choose another purpose or tariff."
        )
    return Batteries(
        kind, signal, np.stack(prices or [nothing[0]]), np.stack(feed_in or [nothing[0]])
    )


def together_against_peak(
    every: Sequence[Batteries], net_wh: np.ndarray
) -> tuple[list[Batteries], float, float]:
    """Batteries for the highest load of all, with what they do on each day.

    Args:
        every: All kinds.
        net_wh: What all customers take without these, (days, 96).

    Returns:
        Every kind; the highest quarters of an hour reached, and what they cannot be below, of all
        days together [Wh].
    """
    found, reached, bound = [], 0.0, 0.0
    for one in every:
        count = int(one.has.sum())
        if one.kind.purpose != "system_peak" or not count:
            found.append(one)
            continue
        own = one.battery
        made = shaved(
            net_wh, Battery(own.capacity * count, own.power * count, own.efficiency_share)
        )
        moved = made.charged - made.discharged
        net_wh = net_wh + moved
        reached, bound = float(made.level.sum()), float(made.bound.sum())
        found.append(replace(one, together=moved / count))
    return found, reached, bound
