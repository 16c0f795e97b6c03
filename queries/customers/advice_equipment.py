"""Advice to buy something: lamps, a capacitor, a roof, a battery.

Prices and yields are usual figures of 2025 that were not measured here (recalled, ±25 %): each
stands beside its advice as an assumption; those of the lighting sheet are inputs of the page.
"""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from queries.billing.tariff_model import PowerFactorCharge
from queries.customers.advice_basis import CHEAP, DEAR, HOURS_PER_SLOT, Basis
from queries.customers.advice_change import (
    HIGH,
    LITTLE,
    LOW,
    MEDIUM,
    NO_DATA,
    NOT_HERE,
    Change,
    with_energy,
)
from queries.customers.advice_habits import LEAST_DAYS

LIT_CLASSES = ("commercial", "public")
"""Shops, offices, schools: where light is a good part of the load of opening hours."""
_LIT_SHARE = 0.25
"""Of the load of opening hours above the base: a guess until somebody counts the lamps."""
_OPEN_SHARE = 0.4
_LEAST_LAMPS = 4
CAPACITOR_CNY_PER_KVAR = 150
CAPACITOR_STEP_KVAR = 5
_WANTED_FACTOR = 0.95
"""From here on the reward does not grow, whatever the standard but 0.80 (the table of 1983)."""
PV_CNY_PER_KW, PV_PERFORMANCE_SHARE = 3200, 0.8
_MOST_SPILLED, _SEEN_SHARE = 0.1, 0.9
_LEAST_PV_KW, _MOST_PV_KW = 3, 6000
STORAGE_CNY_PER_KWH, STORAGE_EFFICIENCY_SHARE = 1000, 0.88
_STORAGE_HOURS = 2
_LEAST_STORAGE_KWH = 20


@dataclass(frozen=True, slots=True)
class Lighting:
    """The lighting sheet; what is None is estimated from the curve.

    Attributes:
        lamps: How many are replaced.
        hours_per_day: Burning on a day on which it is open.
        old_w, new_w: Of a lamp with its gear: a fluorescent tube of 36 W, an LED tube of 18 W.
        lamp_cny: Of one new lamp, fitted.
    """

    lamps: int | None = None
    hours_per_day: float | None = None
    old_w: float = 40.0
    new_w: float = 18.0
    lamp_cny: float = 35.0


def lighting(basis: Basis, sheet: Lighting | None = None) -> Change:
    """Replace the lamps of a shop or an office.

    Lamps burn in the hours of the day whose mean load is highest, on days on which it is open: the
    hours above two fifths of the way from the base to the usual maximum, and the days above that
    share of a usual day's energy.
    """
    sheet = sheet or Lighting()
    if basis.customer_class not in LIT_CLASSES:
        return Change("lighting", NOT_HERE, "no_shop")
    known = basis.energy_kwh[basis.is_known]
    if len(known) < LEAST_DAYS:
        return Change("lighting", NO_DATA, "few_days")
    daily = known.sum(axis=1)
    usual = float(np.median(daily[daily > 0])) if (daily > 0).any() else 0.0
    is_open = basis.is_known & (basis.energy_kwh.sum(axis=1) > _OPEN_SHARE * usual)
    mean = basis.energy_kwh[is_open].mean(axis=0) if is_open.any() else np.zeros(known.shape[1])
    base, high = np.quantile(mean, 0.1), np.quantile(mean, 0.9)
    slots = int((mean > base + _OPEN_SHARE * (high - base)).sum())
    if sheet.hours_per_day is not None:
        slots = min(round(sheet.hours_per_day / HOURS_PER_SLOT), len(mean))
    lit_kw = _LIT_SHARE * float(high - base) / HOURS_PER_SLOT
    lamps = int(lit_kw * 1000 / sheet.old_w) if sheet.lamps is None else sheet.lamps
    figures = {
        "lamps": lamps,
        "hours_per_day": slots * HOURS_PER_SLOT,
        "days": int(is_open.sum()),
        "old_w": sheet.old_w,
        "new_w": sheet.new_w,
        "lamp_cny": sheet.lamp_cny,
    }
    if sheet.lamps is None and lamps < _LEAST_LAMPS:
        return Change("lighting", LITTLE, "few_lamps", figures=figures)
    burning = np.zeros(len(mean), bool)
    burning[np.argsort(-mean, kind="stable")[:slots]] = True
    saved = lamps * max(sheet.old_w - sheet.new_w, 0.0) / 1000 * HOURS_PER_SLOT
    old = basis.energy_kwh
    taken = np.minimum(old, saved) * (is_open[:, None] & burning)
    return Change(
        "lighting",
        load=with_energy(basis, old - taken),
        cost_cny=round(lamps * sheet.lamp_cny),
        confidence=LOW if sheet.lamps is None else MEDIUM,
        figures=figures,
    )


def capacitor(basis: Basis) -> Change:
    """Compensate reactive energy where the power factor costs money.

    The smallest bank, in steps of 5 kvar switched by need, with which every month reaches 0.95.
    """
    charges = [
        one
        for version in basis.tariff.versions
        for one in version.charges
        if isinstance(one, PowerFactorCharge)
    ]
    standard = basis.agreement.power_factor_hundredths or next(
        (one.standard_hundredths for one in charges if one.standard_hundredths), None
    )
    if not charges or not standard:
        return Change("power_factor", NOT_HERE, "no_standard")
    if "reactive_import" not in basis.load.channels:
        return Change("power_factor", NO_DATA, "no_reactive")
    reactive = basis.load.energy_units["reactive_import"][0] / basis.load.per
    fed = basis.load.energy_units.get("reactive_export", np.zeros((1, 1, 1)))[0] / basis.load.per
    months = np.array([day.month for day in basis.load.days])
    worst = min(_factors(basis.energy_kwh, reactive, fed, months), default=1.0)
    figures = {
        "factor": worst,
        "standard": standard / 100,
        "cny_per_kvar": CAPACITOR_CNY_PER_KVAR,
    }
    if worst >= _WANTED_FACTOR:
        return Change("power_factor", LITTLE, "good_factor", figures=figures)
    highest_kvar = float(reactive.max() / HOURS_PER_SLOT)
    for kvar in range(
        CAPACITOR_STEP_KVAR, int(highest_kvar) + 2 * CAPACITOR_STEP_KVAR, CAPACITOR_STEP_KVAR
    ):
        left = np.maximum(reactive - kvar * HOURS_PER_SLOT, 0.0)
        reached = min(_factors(basis.energy_kwh, left, fed, months), default=1.0)
        if reached >= _WANTED_FACTOR or kvar >= highest_kvar:
            break
    else:
        return Change("power_factor", LITTLE, "good_factor", figures=figures)
    return Change(
        "power_factor",
        load=with_energy(basis, basis.energy_kwh, reactive_import=left),
        cost_cny=kvar * CAPACITOR_CNY_PER_KVAR,
        confidence=HIGH,
        figures=figures | {"kvar": kvar, "reached": reached},
    )


def _factors(
    active: np.ndarray, drawn: np.ndarray, fed: np.ndarray, months: np.ndarray
) -> list[float]:
    """Power factor of every month with use; reactive energy of both directions counts."""
    found = []
    for month in np.unique(months):
        own = months == month
        kwh = active[own].sum()
        kvarh = drawn[own].sum() + (fed[own].sum() if len(fed) == len(own) else 0.0)
        if kwh > 0:
            found.append(float(kwh / np.hypot(kwh, kvarh)))
    return found


def solar(basis: Basis) -> Change:
    """Put up the largest roof of which nine tenths are used on the spot.

    Its yield is the observed irradiance on the horizontal times a performance ratio of 0.8; whether
    there is a roof for it nobody knows here. What is fed in earns only what the tariff pays.
    """
    if basis.load.energy_units.get("export", np.zeros(1)).any():
        return Change("solar", NOT_HERE, "has_solar")
    is_seen = (~np.isnan(basis.irradiance_w_per_m2)).mean(axis=1) > _SEEN_SHARE
    if (is_seen & basis.is_known).sum() < LEAST_DAYS:
        return Change("solar", NO_DATA, "few_days" if is_seen.any() else "no_weather")
    per_kw = np.nan_to_num(basis.irradiance_w_per_m2) / 1000 * HOURS_PER_SLOT * PV_PERFORMANCE_SHARE
    per_kw = per_kw * basis.is_known[:, None]
    old = basis.energy_kwh
    size = _largest_kw(old, per_kw)
    if size < _LEAST_PV_KW:
        return Change("solar", LITTLE, "small_roof", figures={"size_kw": size})
    made = size * per_kw
    spilled = np.maximum(made - old, 0.0)
    load = with_energy(basis, np.maximum(old - made, 0.0), export=spilled)
    return Change(
        "solar",
        load=load,
        cost_cny=size * PV_CNY_PER_KW,
        confidence=MEDIUM,
        figures={
            "size_kw": size,
            "made_kwh": float(made.sum()),
            "spilled_kwh": float(spilled.sum()),
            "cny_per_kw": PV_CNY_PER_KW,
        },
    )


def _largest_kw(load_kwh: np.ndarray, per_kw: np.ndarray) -> int:
    """The largest whole size that spills no more than a tenth; spilling grows with the size."""
    low, high = 0, _MOST_PV_KW
    while low < high:
        middle = (low + high + 1) // 2
        made = middle * per_kw
        if np.maximum(made - load_kwh, 0.0).sum() <= _MOST_SPILLED * made.sum():
            low = middle
        else:
            high = middle - 1
    return low


def storage(basis: Basis) -> Change:
    """Fill a battery in the cheap hours and empty it in the dear ones, once a day.

    Its size is what three days in four can both empty into the own load and fill again without
    raising the highest load of the month; it never feeds into the grid.
    """
    dear, cheap = basis.is_in(DEAR), basis.is_in(CHEAP)
    if not dear.any() or not cheap.any() or basis.customer_class == "residential":
        return Change("storage", NOT_HERE, "no_time_of_use")
    if basis.is_known.sum() < LEAST_DAYS:
        return Change("storage", NO_DATA, "few_days")
    old = basis.energy_kwh
    usable = np.where(dear, old, 0.0).sum(axis=1)
    months = np.array([day.month for day in basis.load.days])
    highest = np.array([old[months == month].max() for month in months])
    room = np.where(cheap, highest[:, None] - old, 0.0)
    possible = np.minimum(usable, room.sum(axis=1) * STORAGE_EFFICIENCY_SHARE)[basis.is_known]
    size = int(np.quantile(possible, 0.25) // 10 * 10)
    if size < _LEAST_STORAGE_KWH:
        return Change("storage", LITTLE, "small_battery", figures={"size_kwh": size})
    per_slot = size / _STORAGE_HOURS * HOURS_PER_SLOT
    given = _filled(np.where(dear, np.minimum(old, per_slot), 0.0), np.full(len(old), float(size)))
    need = given.sum(axis=1) / STORAGE_EFFICIENCY_SHARE
    taken = _filled(np.minimum(room, per_slot), need)
    is_met = np.divide(taken.sum(axis=1), need, out=np.ones_like(need), where=need > 0)
    given = given * np.minimum(is_met, 1.0)[:, None] * basis.is_known[:, None]
    taken = taken * basis.is_known[:, None]
    return Change(
        "storage",
        load=with_energy(basis, old - given + taken),
        cost_cny=size * STORAGE_CNY_PER_KWH,
        confidence=LOW,
        figures={
            "size_kwh": size,
            "size_kw": size / _STORAGE_HOURS,
            "given_kwh": float(given.sum()),
            "cycles": float(given.sum() / size),
            "cny_per_kwh": STORAGE_CNY_PER_KWH,
        },
    )


def _filled(possible: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Of what each slot could take, in order, until the day has what it wants."""
    reached = np.minimum(possible.cumsum(axis=1), wanted[:, None])
    return np.diff(reached, axis=1, prepend=0.0)


def payback_years(cost_cny: int | None, saving_cny: Decimal) -> float | None:
    """Cost over the saving of a year; None: nothing to buy, or nothing saved."""
    if cost_cny is None or saving_cny <= 0:
        return None
    return float(cost_cny / saving_cny)
