"""A trial of time-of-use prices for households, with a control group."""

from collections.abc import Mapping, Sequence

import numpy as np

from ingest.simulated.customers.premise import Premise
from ingest.simulated.loads.demand import Demand
from ingest.simulated.planted.change import energy_wh
from ingest.simulated.planted.lots import drawn
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.setting import Setting
from ingest.simulated.truth import Planted
from queries.schema import SLOTS_PER_DAY

KIND = "tou_pilot"
SHARE = 0.12
"""Of all households, half of them treated."""
PRICE_RATIOS = {"peak": 1.6, "flat": 1.0, "valley": 0.4}
"""Price of each period of the pilot over the uniform price before."""
PERIODS = tuple(PRICE_RATIOS)

_TYPES = {
    "shifting": (0.30, 0.18, -0.04),
    "moderate": (0.40, 0.10, -0.02),
    "unmoved": (0.30, 0.02, 0.0),
}
"""Types of households: their share, elasticity of substitution, and of the day's total."""


def _periods() -> np.ndarray:
    """Number of the period of every slot of the day (96,)."""
    # 辽发改价格〔2023〕441号, without the sharp periods (尖峰) of some months.
    found = np.full(SLOTS_PER_DAY, PERIODS.index("flat"))
    for name, first_h, last_h in (
        ("peak", 7.5, 10.5),
        ("peak", 16, 21),
        ("valley", 11.5, 12.5),
        ("valley", 22, 24),
        ("valley", 0, 5),
    ):
        found[int(first_h * 4) : int(last_h * 4)] = PERIODS.index(name)
    return found


PERIOD_OF_SLOT = _periods()


def plan_pilot(
    candidates: Sequence[Premise], count: int, strata: Mapping[int, str], setting: Setting
) -> dict[int, tuple[Planted, ...]]:
    """``count`` of the candidates take part; half of every stratum is treated, by lot.

    A treated household gets one planted thing for each period of the prices, whose energies add
    up to what the pilot did; a control household one that does nothing.

    Args:
        candidates: Households to choose from.
        count: How many take part, where there are as many.
        strata: Kind of area of every candidate, by premise number.
        setting: Of the district. The pilot starts in the middle of its span.
    """
    own = stream(setting.seed, "pilot")
    chosen = drawn(np.ones(len(candidates)), count, own)
    members = sorted(candidates[position].number for position in chosen)
    treated: set[int] = set()
    for stratum in sorted({strata[number] for number in members}):
        inside = own.permutation([n for n in members if strata[n] == stratum]).tolist()
        # The odd one of a stratum falls to either arm.
        treated.update(inside[: (len(inside) + int(own.integers(2))) // 2])
    return {n: _planted(n, strata[n], setting, is_treated=n in treated) for n in members}


def _planted(
    number: int, stratum: str, setting: Setting, *, is_treated: bool
) -> tuple[Planted, ...]:
    own = stream(setting.seed, "pilot household", number)
    kind = str(own.choice(list(_TYPES), p=[share for share, _, _ in _TYPES.values()]))
    _, substitution, daily = _TYPES[kind]
    first_day = (setting.span.days + 1) // 2
    accepted_day = first_day - int(own.integers(10, 60))
    slots = first_day * SLOTS_PER_DAY, setting.span.slots
    detail = {
        "arm": "treated" if is_treated else "control",
        "stratum": stratum,
        "type": kind,
        "substitution_elasticity": substitution,
        "daily_elasticity": daily,
        "accepted_day": accepted_day,
    }
    if not is_treated:
        return (Planted("programme", KIND, *slots, 1.0, "price_ratio", detail),)
    return tuple(
        Planted("programme", KIND, *slots, ratio, "price_ratio", detail | {"period": period})
        for period, ratio in PRICE_RATIOS.items()
    )


def ces_factors(
    energy_of_periods: np.ndarray,
    price_ratios: np.ndarray,
    substitution_elasticity: float,
    daily_elasticity: float,
) -> np.ndarray:
    """By how much the energy of every day and period changes (days, periods).

    Constant elasticity of substitution, as in PRISM (Charles River Associates 2005, California's
    Statewide Pricing Pilot): for periods i and j ``ln(Qi/Qj)' = ln(Qi/Qj) − σ·ln(Ri/Rj)`` and for
    the day ``ln Q' = ln Q + e·ln(ΣQi·Ri / ΣQi)``, with R the new price over the old, which was
    the same in all periods. PRISM writes σ with the opposite sign.

    Args:
        energy_of_periods: Before the prices (days, periods).
        price_ratios: R of every period (periods,).
        substitution_elasticity: σ ≥ 0.
        daily_elasticity: e ≤ 0.
    """
    total = energy_of_periods.sum(axis=1)
    total = np.where(total > 0, total, 1.0)
    relative = price_ratios**-substitution_elasticity
    mean_price = (energy_of_periods * price_ratios).sum(axis=1) / total
    substituted = (energy_of_periods * relative).sum(axis=1) / total
    is_used = substituted > 0
    wanted = np.where(is_used, mean_price, 1.0) ** daily_elasticity
    return relative * (wanted / np.where(is_used, substituted, 1.0))[:, None]


def shift(demand: Demand, planted: Sequence[Planted]) -> list[float]:
    """Let a household answer to the pilot's prices in place; what changed in each period [Wh].

    ``planted`` are all of the household's things of the pilot.
    """
    detail, slots = planted[0].detail, slice(planted[0].first_slot, planted[0].last_slot)
    if detail["arm"] == "control":
        return [0.0] * len(planted)
    active_w = demand.active_w[slots].reshape(-1, SLOTS_PER_DAY)
    where = [number == PERIOD_OF_SLOT for number in range(len(PERIODS))]
    before_w = [active_w[:, is_inside] for is_inside in where]
    factors = ces_factors(
        np.stack([power_w.sum(axis=1, dtype=np.float64) for power_w in before_w], axis=1),
        np.array(list(PRICE_RATIOS.values())),
        detail["substitution_elasticity"],
        detail["daily_elasticity"],
    ).astype(np.float32)
    by_slot = factors[:, PERIOD_OF_SLOT]
    active_w *= by_slot
    demand.reactive_var[slots].reshape(-1, SLOTS_PER_DAY)[:] *= by_slot
    changed_wh = {
        period: energy_wh(active_w[:, is_inside]) - energy_wh(power_w)
        for period, is_inside, power_w in zip(PERIODS, where, before_w, strict=True)
    }
    return [changed_wh[thing.detail["period"]] for thing in planted]
