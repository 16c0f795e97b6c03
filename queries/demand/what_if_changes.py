"""What a scenario makes of day rows: answers, weather, vehicles, roofs, storage."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from duckdb import DuckDBPyConnection

from queries.billing.lab import Lab
from queries.demand.what_if_additions import Fleet, Plants, fleets, is_touched, plants
from queries.demand.what_if_answer import NO_ANSWER, Answers, answers
from queries.demand.what_if_lots import taking_part
from queries.demand.what_if_rows import Rows
from queries.demand.what_if_skies import NO_SKY
from queries.demand.what_if_storage import Batteries, batteries
from queries.demand.what_if_terms import WhatIf
from queries.demand.what_if_weather import Weather, heated_rows, weather_of
from queries.schema import SLOTS_PER_DAY

TALLIED: tuple[str, ...] = (
    "answered",
    "weather",
    "scaled",
    "heated",
    "charged",
    "made",
    "lost",
    "fed_in",
    "rounded",
    "reached",
    "bound",
    "reached_peak",
    "bound_peak",
)
"""Added up row by row: parts of the ledger; what batteries reach, and what they could at best."""
_WH_PER_KWH = 1000
_AT_A_TIME = 2048
"""Rows changed together: small enough for the processor's own memory."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What becomes of the rows of some customers.

    Attributes:
        answers: To prices.
        weather: Heating, and what another weather makes of everyone.
        times: By what everything measured is multiplied after that (saving, growth), (customers,).
        fleets: Vehicles.
        plants: Roofs.
        stores: Batteries.
        group, cell: Of every day, (days,).
        finest: Units a watt-hour.
    """

    answers: Answers
    weather: Weather
    times: np.ndarray
    fleets: Sequence[Fleet]
    plants: Sequence[Plants]
    stores: Sequence[Batteries]
    group: np.ndarray
    cell: np.ndarray
    finest: int

    @property
    def touched(self) -> np.ndarray:
        """Places of the customers of whom anything changes."""
        found = (self.answers.signal != NO_ANSWER) | (self.times != 1)
        added = is_touched([*self.fleets, *self.plants])
        for store in self.stores:
            found |= store.has
        for heater in self.weather.heaters:
            found |= heater.sky != NO_SKY
        if self.weather.other is not None:
            found |= self.weather.other.more_wh.any(axis=1)
        return np.flatnonzero(found if added is None else found | added)


def changes_of(what_if: WhatIf, lab: Lab, source: DuckDBPyConnection) -> Changes:
    """What a scenario changes in a district.

    Raises:
        WhatIfError: something the scenario supposes cannot be worked out here.
    """
    first_day = lab.bills[0][0]
    days = (lab.bills[-1][1] - first_day).days + 1
    group, cell = np.zeros(days, int), np.zeros(days, int)
    for number, one in enumerate(lab.cube.groups):
        at = [(day - first_day).days for day in one.days]
        group[at], cell[at] = number, one.cell
    return Changes(
        answers=answers(what_if, lab, source),
        weather=weather_of(what_if, lab.points, source),
        times=_times(what_if, lab),
        fleets=fleets(what_if, lab.points),
        plants=plants(what_if, lab.points, source),
        stores=batteries(what_if, lab),
        group=group,
        cell=cell,
        finest=lab.cube.per // _WH_PER_KWH,
    )


def _times(what_if: WhatIf, lab: Lab) -> np.ndarray:
    """Saving and growth of every customer."""
    found = np.ones(lab.points.height)
    for number, saving in enumerate(what_if.savings):
        is_in = taking_part(
            lab.points,
            saving.customer_classes,
            f"saving {number}",
            saving.uptake_share,
            what_if.seed,
        )
        found[is_in] *= 1 - saving.saving_share
    for growth in what_if.growth:
        is_own = (lab.points["customer_class"] == growth.customer_class).fill_null(value=False)
        found[is_own.to_numpy()] *= 1 + growth.growth_share
    return found


@dataclass(frozen=True, slots=True)
class ChangedRows:
    """Rows as they would be, in whole units.

    Attributes:
        taken: From the grid, (rows, 96).
        feeding: Rows that may feed in, (feeding,).
        fed_in: What these feed in, (feeding, 96).
        tally: By ``TALLIED``, energy in units, money in CNY times watt-hours a kWh.
    """

    taken: np.ndarray
    feeding: np.ndarray
    fed_in: np.ndarray
    tally: dict[str, float]


def changed_rows(rows: Rows, changes: Changes) -> ChangedRows:
    """Rows of a scenario."""
    taken, tally = np.empty_like(rows.units), dict.fromkeys(TALLIED, 0.0)
    feeding, fed_in = [], []
    # Batteries on prices or a customer's own peak are solved for all rows in the same few steps.
    is_solved = any(one.kind.purpose != "system_peak" for one in changes.stores)
    step = max(len(taken), 1) if is_solved else _AT_A_TIME
    for begin in range(0, len(taken), step):
        own = slice(begin, begin + step)
        some = Rows(rows.customer[own], rows.day[own], rows.units[own])
        units = _supposed(some, changes, tally)
        at = np.flatnonzero(_may_feed(changes, some.customer))
        if at.size:
            net = units[at]
            sent = np.empty(net.shape, taken.dtype)
            tally["rounded"] -= _whole(np.maximum(-net, 0), sent)
            tally["fed_in"] += float(sent.sum())
            units[at] = np.maximum(net, 0)
            feeding.append(at + begin)
            fed_in.append(sent)
        tally["rounded"] += _whole(units, taken[own])
    return ChangedRows(
        taken,
        np.concatenate(feeding) if feeding else np.zeros(0, np.int64),
        np.concatenate(fed_in) if fed_in else np.zeros((0, SLOTS_PER_DAY), taken.dtype),
        tally,
    )


def _supposed(rows: Rows, changes: Changes, tally: dict[str, float]) -> np.ndarray:
    """What rows would take, below 0 where they feed in, (rows, 96) units, not yet whole."""
    customer, day = rows.customer, rows.day
    units = rows.units.astype(np.float64)
    if (own := np.flatnonzero(changes.answers.signal[customer] != NO_ANSWER)).size:
        group, cell = changes.group[day[own]], changes.cell[day[own]]
        before = units[own]
        units[own] = after = changes.answers.of(before, customer[own], group, cell)
        tally["answered"] += after.sum() - before.sum()
    other = changes.weather.other
    if other is not None:
        before = units.sum()
        units = other.of(units / changes.finest, customer, day) * changes.finest
        tally["weather"] += units.sum() - before
    times = changes.times[customer]
    if (own := np.flatnonzero(times != 1)).size:
        tally["scaled"] += (units[own].sum(axis=1) * (times[own] - 1)).sum()
        units[own] *= times[own, None]
    for heater in changes.weather.heaters:
        own = heated_rows(heater, customer)
        heated = heater.energy_wh(customer[own], day[own]) * changes.finest
        tally["heated"] += heated.sum()
        units[own] += heated
    for fleet in changes.fleets:
        own = np.flatnonzero(fleet.vehicle[customer] >= 0)
        charged = fleet.energy_wh(customer[own], day[own]) * changes.finest
        tally["charged"] += charged.sum()
        units[own] += charged
    for plant in changes.plants:
        own = np.flatnonzero(plant.sky[customer] >= 0)
        made = plant.energy_wh(customer[own], day[own]) * changes.finest
        tally["made"] += made.sum()
        units[own] -= made
    for store in changes.stores:
        _store(store, units, rows, changes, tally)
    return units


def _store(
    store: Batteries, units: np.ndarray, rows: Rows, changes: Changes, tally: dict[str, float]
) -> None:
    """Have the batteries of one kind do on ``units`` what they are for."""
    own = np.flatnonzero(store.has[rows.customer])
    if not own.size:
        return
    day = rows.day[own]
    net_wh = units[own] / changes.finest
    made = store.of(net_wh, rows.customer[own], day, changes.group[day])
    moved = (made.charged - made.discharged) * changes.finest
    units[own] += moved
    tally["lost"] += moved.sum()
    which = "_peak" if store.kind.purpose == "own_peak" else ""
    tally[f"reached{which}"] += made.reached
    tally[f"bound{which}"] += made.bound


def _may_feed(changes: Changes, customer: np.ndarray) -> np.ndarray:
    """Who has a plant, or a battery that everybody's peak commands."""
    found = np.zeros(len(customer), bool)
    for plant in changes.plants:
        found |= plant.sky[customer] >= 0
    for store in changes.stores:
        if store.kind.purpose == "system_peak":
            found |= store.has[customer]
    return found


def _whole(units: np.ndarray, whole: np.ndarray) -> float:
    """Put ``units`` into ``whole`` as whole numbers; what all of them together are more.

    What one quarter loses, the next gets: each for itself, the quarters of a load that is always
    the same would all lose the same. ``units`` are used up.
    """
    reached = np.cumsum(units, axis=1, out=units)
    before = reached[:, -1].sum()
    np.rint(reached, out=reached)
    whole[:, 0] = reached[:, 0]
    np.subtract(reached[:, 1:], reached[:, :-1], out=whole[:, 1:], casting="unsafe")
    return float(reached[:, -1].sum() - before)


def days_of(lab: Lab) -> list[date]:
    """Every day of a laboratory."""
    first_day, last_day = lab.bills[0][0], lab.bills[-1][1]
    return [first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1)]
