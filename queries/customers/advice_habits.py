"""Advice that changes how a customer lives or works: standby, temperatures, hours."""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np

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
from queries.load.response import FITTED, NORMAL_QUANTILE, Response
from queries.load.temperature_response import temperature_response

LEAST_DAYS = 300
"""Of a year's, that were read."""
_NIGHT_SLOTS = slice(0, 24)
_QUIET_QUANTILE = 0.1
"""Of its own nights, the quietest: what it has shown it can do with."""
_SHOWN_QUANTILE = 0.25
"""Of its days' shares in dear hours: one day in four it did with less."""
_MOST_OF_DAY = 0.6
_COOLS_ABOVE_C, _HEATS_BELOW_C = 15.0, 20.0
"""A load that answers to the temperature from elsewhere on is no room: a cold store, a process."""
_SURE, _FAIRLY_SURE = 0.1, 0.25
"""Standard errors over their slopes, up to which advice is of high and of medium confidence."""


def standby(basis: Basis) -> Change:
    """Switch off at night what runs for nothing.

    What is too much is what the night load is above both what is usual among its like and its own
    quiet nights: others do with less, and it has done with less itself. Where there are too few
    alike its own nights count alone. It is taken off every slot, but never below the quiet level.
    """
    known = basis.energy_kwh[basis.is_known]
    if len(known) < LEAST_DAYS:
        return Change("standby", NO_DATA, "few_days")
    nights_kw = known[:, _NIGHT_SLOTS].reshape(len(known), -1, 4).sum(axis=2).min(axis=1)
    night_kw = float(np.median(nights_kw))
    quiet_kw = float(np.quantile(nights_kw, _QUIET_QUANTILE))
    mean_kw = float(known.mean() / HOURS_PER_SLOT)
    usual = basis.usual_night_share
    usual_kw = None if usual is None else usual * mean_kw
    target_kw = max(quiet_kw, usual_kw or 0.0)
    figures = {
        "night_kw": night_kw,
        "quiet_kw": quiet_kw,
        "usual_kw": usual_kw,
        "target_kw": target_kw,
    }
    if night_kw <= target_kw:
        return Change("standby", LITTLE, "night_is_usual", figures=figures)
    excess_kwh = (night_kw - target_kw) * HOURS_PER_SLOT
    old = basis.energy_kwh
    spare = np.maximum(old - target_kw * HOURS_PER_SLOT, 0.0)
    taken = np.minimum(spare, excess_kwh) * basis.is_known[:, None]
    return Change(
        "standby",
        load=with_energy(basis, old - taken),
        confidence=MEDIUM if usual is None else HIGH,
        figures=figures,
    )


def cooling(basis: Basis, fit: Response | None = None) -> Change:
    """Cool to one degree more; ``fit`` is the basis' own of ``responses``."""
    return _one_degree(basis, "cooling", fit or responses([basis])[0])


def heating(basis: Basis, fit: Response | None = None) -> Change:
    """Heat to one degree less; ``fit`` is the basis' own of ``responses``."""
    return _one_degree(basis, "heating", fit or responses([basis])[0])


def responses(bases: Sequence[Basis]) -> list[Response]:
    """The response to the temperature of every basis; those of one weather are fitted together."""
    alike: dict[tuple[int, int], list[int]] = {}
    for place, basis in enumerate(bases):
        key = id(basis.temperature_c), id(basis.calendar_terms)
        alike.setdefault(key, []).append(place)
    found: dict[int, Response] = {}
    for places in alike.values():
        own = [bases[place] for place in places]
        daily = [np.where(one.is_known, one.energy_kwh.sum(axis=1), np.nan) for one in own]
        first = own[0]
        fit = temperature_response(np.stack(daily), first.temperature_c, first.calendar_terms)
        found |= {place: _row_of(fit, row) for row, place in enumerate(places)}
    return [found[place] for place in range(len(bases))]


def _row_of(fit: Response, row: int) -> Response:
    """One row of a response, as a response of one row."""
    return Response(*(getattr(fit, one.name)[row : row + 1] for one in fields(Response)))


def _one_degree(basis: Basis, part: str, fit: Response) -> Change:
    """The change point of the customer's own response moved by a kelvin.

    A day saves the slope times the part of the kelvin that its temperature lies beyond the change
    point, taken from what its slots have above the lowest of the day, in proportion.
    """
    if fit.status[0] != FITTED:
        has_weather = not np.isnan(basis.temperature_c).all()
        return Change(part, NO_DATA, str(fit.status[0]) if has_weather else "no_weather")
    slope = float(getattr(fit, f"{part}_per_k")[0])
    error = float(fit.standard_error(f"{part}_per_k")[0])
    point_c = float((fit.cooling_above_c if part == "cooling" else fit.heating_below_c)[0])
    if not slope > 0 or np.isnan(point_c) or not error < slope / NORMAL_QUANTILE:
        return Change(part, NOT_HERE, f"no_{part}")
    is_room = point_c >= _COOLS_ABOVE_C if part == "cooling" else point_c <= _HEATS_BELOW_C
    if not is_room:
        return Change(part, NOT_HERE, f"no_room_{part}", figures={"change_point_c": point_c})
    sign = 1.0 if part == "cooling" else -1.0
    beyond_k = np.clip(np.nan_to_num(sign * (basis.temperature_c - point_c)), 0.0, 1.0)
    old = basis.energy_kwh
    above = (old - old.min(axis=1, keepdims=True)) * basis.is_known[:, None]
    total = above.sum(axis=1)
    saved = np.minimum(slope * beyond_k, _MOST_OF_DAY * total)
    share = np.divide(saved, total, out=np.zeros_like(total), where=total > 0)
    spread = NORMAL_QUANTILE * error / slope
    saved_kwh = float((above * share[:, None]).sum())
    relative = error / slope
    return Change(
        part,
        load=with_energy(basis, old - above * share[:, None]),
        interval_kwh=(saved_kwh * (1 - spread), saved_kwh * (1 + spread)),
        confidence=HIGH if relative < _SURE else MEDIUM if relative < _FAIRLY_SURE else LOW,
        figures={
            "kwh_per_day_per_k": slope,
            "change_point_c": point_c,
            "days": int((beyond_k > 0).sum()),
            "years_observed": round(len(basis.temperature_c) / 365.25, 2),
        },
    )


def shift(basis: Basis) -> Change:
    """Move out of the dear hours, into the cheap ones of the same day, what it has shown it can.

    Of workdays and rest days apart, the share of the day's energy in the dear hours is brought down
    to that of the quarter of its own days on which it was lowest. What the cheap hours take stays
    below the highest load of the month.
    """
    dear, cheap = basis.is_in(DEAR), basis.is_in(CHEAP)
    if not dear.any() or not cheap.any():
        return Change("shift", NOT_HERE, "no_time_of_use")
    if basis.is_known.sum() < LEAST_DAYS:
        return Change("shift", NO_DATA, "few_days")
    old, known = basis.energy_kwh, basis.is_known
    total, in_dear = old.sum(axis=1), (old * dear).sum(axis=1)
    share = np.divide(in_dear, total, out=np.zeros_like(total), where=total > 0)
    target = share.copy()
    months = np.array([day.month for day in basis.load.days])
    is_rest = basis.calendar_terms[:, 0] > 0
    for month in np.unique(months):
        for rest in (False, True):
            own = known & (months == month) & (is_rest == rest) & (total > 0)
            if own.any():
                target[own] = np.minimum(share[own], np.quantile(share[own], _SHOWN_QUANTILE))
    wanted = np.maximum(share - target, 0.0) * total * known
    room = np.where(cheap, np.maximum(_month_highest(basis)[:, None] - old, 0.0), 0.0)
    moved = np.minimum(wanted, room.sum(axis=1))
    new = old - old * dear * _over(moved, in_dear)[:, None]
    new = new + room * _over(moved, room.sum(axis=1))[:, None]
    return Change(
        "shift",
        load=with_energy(basis, new),
        confidence=MEDIUM if basis.customer_class != "residential" else LOW,
        figures={
            "moved_kwh": float(moved.sum()),
            "dear_share": float(in_dear[known].sum() / max(total[known].sum(), 1e-9)),
            "target_share": float((target * total)[known].sum() / max(total[known].sum(), 1e-9)),
        },
    )


def _month_highest(basis: Basis) -> np.ndarray:
    """Highest slot of the month of every day [kWh]."""
    months = np.array([day.year * 12 + day.month for day in basis.load.days])
    highest = basis.energy_kwh.max(axis=1)
    found = np.zeros_like(highest)
    for month in np.unique(months):
        found[months == month] = highest[months == month].max()
    return found


def _over(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
