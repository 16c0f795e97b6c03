"""What comes of a scenario: everyone's load and bill before and after."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.accounts import Accounts
from queries.billing.lab import READS as LAB_READS
from queries.billing.lab import (
    Lab,
    Owed,
    Part,
    laboratory,
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
    days_of,
)
from queries.demand.what_if_load import Changed, Sides, changed_load, together
from queries.demand.what_if_rows import READS as ROWS_READS
from queries.demand.what_if_rows import Rows, rows_of
from queries.demand.what_if_system import supposed_changes
from queries.demand.what_if_terms import WhatIf, WhatIfError
from queries.demand.what_if_weather import READS as WEATHER_READS
from queries.held import Held
from queries.schema import SLOTS_PER_DAY

READS = tuple(dict.fromkeys((*LAB_READS, *ADDED_READS, *WEATHER_READS, *ROWS_READS)))

_UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """A district as it was measured.

    Attributes:
        lab: Its customers, their loads and agreements.
        sides: To what its customers belong.
        classes, transformers: Their names, in the order of the numbers of ``sides``; the class of
            customers in no register is an empty text.
        by_class: Energy taken, (classes, days, 96) [kWh].
        by_transformer: Likewise, (transformers, days, 96) [kWh].
    """

    lab: Lab
    sides: Sides
    classes: tuple[str, ...]
    transformers: tuple[str, ...]
    by_class: np.ndarray
    by_transformer: np.ndarray


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


_measured: Held[Measured] = Held(2)
_outcomes: Held[Outcome] = Held(6)


def outcome(what_if: WhatIf, lake: DuckDBPyConnection) -> Outcome:
    """What comes of a scenario; remembered for the questions that ask about the same.

    Raises:
        WhatIfError: it cannot be worked out on this district.
        TariffError: a tariff cannot be used as written.
    """
    what_if = what_if.of_loads
    return _outcomes.of(lake, what_if.model_dump_json(), lambda: worked_out(what_if, lake))


def measured(what_if: WhatIf, lake: DuckDBPyConnection) -> Measured:
    """The district a scenario is about, as it was measured.

    Raises:
        WhatIfError: nobody in it has readings on these days.
    """
    asked = what_if.first_day, what_if.last_day, what_if.region_id
    return _measured.of(lake, asked, lambda: _added_up(what_if, lake))


def _added_up(what_if: WhatIf, lake: DuckDBPyConnection) -> Measured:
    lab = laboratory(what_if.first_day, what_if.last_day, lake, region_id=what_if.region_id)
    if lab.points.is_empty():
        raise WhatIfError(
            f"nobody here has readings from {what_if.first_day} to {what_if.last_day}. "
            "Choose other days or another region."
        )
    places = lake.sql("select usage_point_id, transformer_id from places").pl()
    of_points = lab.points.join(places, on="usage_point_id", how="left", maintain_order="left")
    class_of, classes = _numbered(of_points["customer_class"].fill_null(_UNKNOWN))
    transformer_of, transformers = _numbered(of_points["transformer_id"])
    days = len(days_of(lab))
    sides = Sides(class_of, len(classes), transformer_of, len(transformers), days)
    of_classes, of_transformers = sides.nothing()
    for rows in rows_of(lab, np.arange(lab.points.height), lake):
        side, place = sides.places(rows)
        sides.add(side, together(place, len(side), rows.units), of_classes, of_transformers)
    per = lab.cube.per
    return Measured(lab, sides, classes, transformers, of_classes / per, of_transformers / per)


def _numbered(names: pl.Series) -> tuple[np.ndarray, tuple[str, ...]]:
    """The number of each name, −1 for none, and the names in that order."""
    known = names.drop_nulls().unique().sort().to_list()
    numbers = names.replace_strict(known, range(len(known)), default=-1, return_dtype=pl.Int64)
    return numbers.to_numpy(), tuple(known)


def worked_out(what_if: WhatIf, lake: DuckDBPyConnection) -> Outcome:
    """As ``outcome``, and not remembered."""
    before = measured(what_if, lake)
    new = {one.price_class: tariff_of(one.tariff) for one in what_if.tariffs}
    known = known_tariffs()
    used = [known[code] for code in before.lab.points["tariff_code"].drop_nulls().unique()]
    lab = before.lab
    if any(_has_demand_by_period(one) for one in (*new.values(), *used)):
        lab = replace(lab, cube=with_maxima(lab, lake))
    changes, gap = changes_in(what_if, replace(before, lab=lab), lake)
    after, cube = changed_load(changes, lab, before.sides, lake)
    after = replace(after, gap_share=_larger(after.gap_share, gap))
    supposed = replace(
        lab,
        accounts=_accounts_then(what_if, lab),
        remembered=OrderedDict(),
        change=_change_of_days(changes),
        lock=Lock(),
    )
    now = owed_now(before.lab, lake)
    then = _owed_then(supposed, cube, new, changes.touched, now, lake)
    weather = changes.weather
    responding = None if weather.other is None else weather.other.responding
    heats_already = sum(one.heats_already for one in weather.heaters)
    return Outcome(before, after, now, then, changes.answers.doubts, responding, heats_already)


def changes_in(
    what_if: WhatIf, before: Measured, lake: DuckDBPyConnection
) -> tuple[Changes, float | None]:
    """What a scenario changes in a district; see ``supposed_changes``."""
    whole = before.by_class.sum(axis=0)
    return supposed_changes(what_if, before.lab, before.sides, whole, lake)


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
    new: dict[str, Tariff],
    touched: np.ndarray,
    now: Owed,
    lake: DuckDBPyConnection,
) -> Owed:
    """Everyone's bill under the new tariff of its price class, else under its own.

    Args:
        supposed: Agreements as supposed, loads as measured.
        cube: The loads of those of whom anything changes.
        new: Tariffs by price class.
        touched: Places of those of whom anything changes.
        now: What is owed now: whose load and tariff are what they were still owes it.
        lake: Where day rows are.
    """
    points = supposed.points
    classes, codes = points["price_class"], points["tariff_code"]
    is_touched = np.zeros(points.height, bool)
    is_touched[touched] = True
    by_class = [(tariff, _is(classes, name)) for name, tariff in new.items()]
    is_moved = np.any([is_own for _, is_own in by_class] or [is_touched & False], axis=0)
    known = known_tariffs()
    by_code = [
        (known[code], _is(codes, code) & ~is_moved) for code in codes.drop_nulls().unique().sort()
    ]
    moved = owed_each(supposed, [(one, own & ~is_touched) for one, own in by_class], lake)
    changed = owed_each(
        those(supposed, touched, cube),
        [(one, own[touched]) for one, own in (*by_class, *by_code)],
        lake,
    )
    is_same = ~(is_moved | is_touched)
    total = np.where(is_same, now.total_fen, moved.total_fen)
    total[touched] = changed.total_fen
    parts: dict[Part, tuple[np.ndarray, np.ndarray]] = {}
    for key in dict.fromkeys((*now.parts, *moved.parts, *changed.parts)):
        parts[key] = np.zeros(points.height), np.zeros(points.height, np.int64)
        for number, values in enumerate(parts[key]):
            if key in now.parts:
                values[is_same] = now.parts[key][number][is_same]
            if key in moved.parts:
                np.add(values, moved.parts[key][number], out=values)
            if key in changed.parts:
                values[touched] += changed.parts[key][number]
    every = now, moved, changed
    return Owed(
        total,
        parts,
        tuple(dict.fromkeys(text for one in every for text in one.warnings)),
        tuple(dict.fromkeys(reason for one in every for reason in one.by_rows)),
    )


def _is(names: pl.Series, name: str) -> np.ndarray:
    return (names == name).fill_null(value=False).to_numpy()


def net_kwh(found: Outcome, *, is_after: bool) -> np.ndarray:
    """What all customers take, less what the scenario's plants feed in, (days, 96) [kWh]."""
    before = found.before.by_class.sum(axis=0)
    if not is_after:
        return before
    return before + found.after.added.sum(axis=0) - found.after.fed_in
