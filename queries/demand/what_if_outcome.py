"""What comes of a scenario: everyone's load and bill before and after."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.accounts import Accounts
from queries.billing.lab import (
    Lab,
    Owed,
    Part,
    owed_each,
    owed_now,
    tariff_of,
    those,
    with_maxima,
)
from queries.billing.measured import DayRows
from queries.billing.slot_cube import SlotCube
from queries.billing.tariff_model import DemandCharge, Tariff
from queries.billing.tariffs import known_tariffs
from queries.demand.what_if_additions import READS as ADDED_READS
from queries.demand.what_if_answer import Doubt
from queries.demand.what_if_changes import (
    Changes,
    changed_rows,
)
from queries.demand.what_if_load import Changed, changed_load
from queries.demand.what_if_measured import READS as MEASURED_READS
from queries.demand.what_if_measured import Measured, measured
from queries.demand.what_if_rows import Rows
from queries.demand.what_if_segments import READS as SEGMENT_READS
from queries.demand.what_if_system import supposed_changes
from queries.demand.what_if_terms import WhatIf
from queries.demand.what_if_weather import READS as WEATHER_READS
from queries.held import Held
from queries.schema import SLOTS_PER_DAY

READS = tuple(dict.fromkeys((*MEASURED_READS, *ADDED_READS, *WEATHER_READS, *SEGMENT_READS)))


@dataclass(frozen=True, slots=True)
class Outcome:
    """A scenario worked out.

    Attributes:
        before: As measured.
        after: As supposed.
        now: What is owed now.
        then: What would be owed.
        doubts: Why answers may be wrong, and of how many customers.
        responding: Customers whose measured response to temperature is used; None: not asked for.
        heats_already: Customers drawn for electric heating who have it.
    """

    before: Measured
    after: Changed
    now: Owed
    then: Owed
    doubts: dict[Doubt, int]
    responding: int | None
    heats_already: int


_outcomes: Held[Outcome] = Held(6)
_moved: Held[Owed] = Held(4)
"""What is owed under new tariffs by whoever takes what it did: other things change more often."""


def outcome(what_if: WhatIf, lake: DuckDBPyConnection) -> Outcome:
    """What comes of a scenario; remembered for the questions that ask about the same.

    Raises:
        WhatIfError: it cannot be worked out on this district.
        TariffError: a tariff cannot be used as written.
    """
    what_if = what_if.of_loads
    return _outcomes.of(lake, what_if.model_dump_json(), lambda: worked_out(what_if, lake))


def worked_out(what_if: WhatIf, lake: DuckDBPyConnection) -> Outcome:
    """As ``outcome``, and not remembered."""
    before = measured(what_if, lake)
    new = {one.price_class: tariff_of(one.tariff) for one in what_if.tariffs}
    known = known_tariffs()
    used = [known[code] for code in before.lab.points["tariff_code"].drop_nulls().unique()]
    lab = before.lab
    if any(_has_demand_by_period(one) for one in (*new.values(), *used)):
        lab = replace(lab, cube=with_maxima(lab, lake))
    of_lab = replace(before, lab=lab)
    changes, gap = supposed_changes(what_if, of_lab, lake)
    after, cube = changed_load(changes, of_lab, lake)
    after = replace(after, gap_share=_larger(after.gap_share, gap))
    then_accounts = _accounts_then(what_if, lab)
    moved = replace(lab, accounts=then_accounts, remembered=OrderedDict(), lock=Lock())
    now = owed_now(before.lab, lake)
    by_class = [(tariff, _is(lab.points["price_class"], name)) for name, tariff in new.items()]
    asked = what_if.first_day, what_if.last_day, what_if.region_id, what_if.tariffs
    owed_moved = _moved.of(lake, asked, lambda: owed_each(moved, by_class, lake))
    supposed = replace(moved, change=_change_of_days(changes))
    then = _owed_then(supposed, cube, by_class, changes.touched, (now, owed_moved), lake)
    weather = changes.weather
    responding = None if weather.other is None else weather.other.responding
    heats_already = sum(one.heats_already for one in weather.heaters)
    return Outcome(before, after, now, then, changes.answers.doubts, responding, heats_already)


def _larger(one: float | None, other: float | None) -> float | None:
    known = [gap for gap in (one, other) if gap is not None]
    return max(known) if known else None


def _accounts_then(what_if: WhatIf, lab: Lab) -> Accounts:
    """The agreements, by the hour for whom a new tariff makes it so."""
    by_the_hour = [one.price_class for one in what_if.tariffs if one.for_everybody]
    is_moved = lab.points["price_class"].is_in(by_the_hour).fill_null(value=False).to_numpy()
    held = lab.accounts.agreements
    moved = tuple(replace(one, has_time_of_use=True) for one in held)
    index = lab.accounts.index + len(held) * is_moved
    return Accounts((*held, *moved), index, lab.accounts.used_before)


def _has_demand_by_period(tariff: Tariff) -> bool:
    return any(
        isinstance(charge, DemandCharge) and charge.calendar is not None
        for version in tariff.versions
        for charge in version.charges
    )


def _change_of_days(changes: Changes) -> Callable[[DayRows, np.ndarray], DayRows]:
    """What becomes of day rows, for charges that cannot be billed from sums."""

    def changed(days: DayRows, places: np.ndarray) -> DayRows:
        units = days.energy_units["import"]
        customer, day = (part.ravel() for part in np.indices(units.shape[:2]))
        rows = Rows(places[customer], day, units.reshape(-1, SLOTS_PER_DAY))
        made = changed_rows(rows, changes)
        found = {**days.energy_units, "import": made.taken.reshape(units.shape)}
        if made.feeding.size:
            export = np.zeros(rows.units.shape, made.fed_in.dtype)
            export[made.feeding] = made.fed_in
            found["export"] = export.reshape(units.shape) + found.get("export", 0)
        return replace(days, energy_units=found)

    return changed


def _owed_then(  # noqa: PLR0913, PLR0917 - loads, tariffs, and what is owed without them
    supposed: Lab,
    cube: SlotCube,
    by_class: Sequence[tuple[Tariff, np.ndarray]],
    touched: np.ndarray,
    without: tuple[Owed, Owed],
    lake: DuckDBPyConnection,
) -> Owed:
    """Everyone's bill under the new tariff of its price class, else under its own.

    Args:
        supposed: Agreements as supposed, loads as measured.
        cube: The loads of those of whom anything changes.
        by_class: New tariffs, each with whose they are.
        touched: Places of those of whom anything changes.
        without: What is owed now, and what is under the new tariffs: whose load is what it was
            still owes that.
        lake: Where day rows are.
    """
    points = supposed.points
    codes = points["tariff_code"]
    is_touched = np.zeros(points.height, bool)
    is_touched[touched] = True
    is_moved = np.any([is_own for _, is_own in by_class] or [is_touched & False], axis=0)
    known = known_tariffs()
    by_code = [
        (known[code], _is(codes, code) & ~is_moved) for code in codes.drop_nulls().unique().sort()
    ]
    changed = owed_each(
        those(supposed, touched, cube),
        [(one, own[touched]) for one, own in (*by_class, *by_code)],
        lake,
    )
    every = (
        (without[0], ~(is_moved | is_touched)),
        (without[1], is_moved & ~is_touched),
    )
    total = np.zeros(points.height, np.int64)
    parts: dict[Part, tuple[np.ndarray, np.ndarray]] = {}
    for owed, rows in (*every, (changed, is_touched)):
        at = slice(None) if owed is changed else rows
        total[rows] = owed.total_fen[at]
        for key, values in owed.parts.items():
            if key not in parts:
                parts[key] = np.zeros(points.height), np.zeros(points.height, np.int64)
            for into, value in zip(parts[key], values, strict=True):
                into[rows] = value[at]
    owed_all = (*without, changed)
    return Owed(
        total,
        parts,
        tuple(dict.fromkeys(text for one in owed_all for text in one.warnings)),
        tuple(dict.fromkeys(reason for one in owed_all for reason in one.by_rows)),
    )


def _is(names: pl.Series, name: str) -> np.ndarray:
    return (names == name).fill_null(value=False).to_numpy()


def net_kwh(found: Outcome, *, is_after: bool) -> np.ndarray:
    """What all customers take, less what the scenario's plants feed in, (days, 96) [kWh]."""
    before = found.before.by_class.sum(axis=0)
    if not is_after:
        return before
    return before + found.after.added.sum(axis=0) - found.after.fed_in
