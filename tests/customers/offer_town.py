"""Households of the simulated district by the day, to which its offer is planted over and over."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from ingest.simulated.customers.consumption import true_flows
from ingest.simulated.customers.premise import Premise
from ingest.simulated.district import District, district
from ingest.simulated.plan import Plan
from ingest.simulated.planted import offer
from queries.customers.offer_effect import Trial
from queries.schema import SLOTS_PER_DAY


@dataclass(frozen=True, slots=True)
class Town:
    """Homes as they would be without any offer.

    Attributes:
        energy_kwh: Taken from the grid, (homes, days).
    """

    whole: District
    homes: tuple[Premise, ...]
    energy_kwh: np.ndarray


@dataclass(frozen=True, slots=True)
class Planted:
    """An offer planted on some homes.

    Attributes:
        trial: What the utility knows of it.
        true_kwh_per_day: Mean change by the offer of all homes looked at, both arms known.
        control_kwh_per_day: Their mean use had it been sent to nobody.
        gain_kwh_per_day: Change by the offer of each home (homes,).
        connected_kw: Of each home.
    """

    trial: Trial
    true_kwh_per_day: float
    control_kwh_per_day: float
    gain_kwh_per_day: np.ndarray
    connected_kw: np.ndarray


def town(
    customers: int,
    seed: int,
    first_day: date = date(2024, 1, 1),
    last_day: date = date(2025, 12, 31),
    most_homes: int | None = None,
) -> Town:
    """The homes of a district that may be looked at: settled, lived in."""
    plan = Plan(customers, first_day, last_day, seed, energy_only=True)
    whole = district(plan)
    days = whole.setting.span.days
    homes = [one for one in whole.premises if one.kind == "household" and _is_settled(one, days)]
    homes = homes[:most_homes]
    energy_kwh = np.zeros((len(homes), days))
    for row, home in enumerate(homes):
        planted = [one for one in whole.behaviour[home.number] if one.group == "growth"]
        flows, _ = true_flows(home, planted, (), whole.setting)
        energy_kwh[row] = flows.import_wh.reshape(-1, SLOTS_PER_DAY).sum(axis=1) / 1000
    return Town(whole, tuple(homes), energy_kwh)


def _is_settled(one: Premise, days: int) -> bool:
    if len(one.tenancies) != 1:
        return False
    [tenancy] = one.tenancies
    is_whole = tenancy.first_day <= 0 and tenancy.last_day >= days
    return is_whole and tenancy.traits.occupancy.kind != "vacant"


def planted(where: Town, count: int, seed: int, *, has_effect: bool = True) -> Planted:
    """``count`` homes looked at, half of them sent the offer, all by the lots of ``seed``."""
    setting = replace(where.whole.setting, seed=seed)
    areas = {area.number: area.kind for area in where.whole.place.areas}
    kinds = {home.number: areas[home.area] for home in where.homes if home.area is not None}
    plans = offer.plan_offer(where.homes, count, kinds, setting)
    rows = [row for row, home in enumerate(where.homes) if home.number in plans]
    details = [plans[where.homes[row].number][0].detail for row in rows]
    base = where.energy_kwh[rows]
    sent_day = int(details[0]["sent_day"])
    first_day = where.whole.setting.span.first_day
    arms = []
    for arm in ("if_", "if_not_"):
        found = base.copy()
        for row, detail in enumerate(details):
            # Who takes it changes then, who does not when it comes: offer.py counts so.
            accepted_on = detail[f"accepts_on_{arm}offered"]
            since = (date.fromisoformat(accepted_on) - first_day).days if accepted_on else sent_day
            found[row, since:] *= 1 + detail[f"effect_{arm}offered"] * has_effect
        arms.append(found)
    is_offered = np.array([one["is_offered"] for one in details])
    after = [one[:, sent_day:] for one in arms]
    gain = (after[0] - after[1]).mean(axis=1)
    days = base.shape[1]
    took = np.array(
        [one["accepted_day"] is not None and one["accepted_day"] < days for one in details]
    )
    return Planted(
        Trial(np.where(is_offered[:, None], *arms), sent_day, is_offered, took),
        float(gain.mean()),
        float(after[1].mean()),
        gain,
        np.array([where.homes[row].tenancies[0].traits.connected_kw for row in rows]),
    )
