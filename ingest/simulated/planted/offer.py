"""An offer sent to some households: advice and a package for charging and heating by night."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import numpy as np

from ingest.simulated.customers.premise import Premise
from ingest.simulated.loads.demand import Demand
from ingest.simulated.planted.change import scale
from ingest.simulated.planted.lots import drawn
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.setting import Setting
from ingest.simulated.truth import Planted
from queries.schema import SLOTS_PER_DAY

KIND = "offer"
SHARE = 0.3
"""Of all households are looked at; a random half of them gets the offer."""
_SENT_SHARE = 0.6
"""Of the span, when it is sent."""

_TYPES = ("persuadable", "sure_thing", "lost_cause", "sleeping_dog")
_ODDS_BY_SIZE = ((0.06, 0.12, 0.74, 0.08), (0.24, 0.16, 0.48, 0.12), (0.44, 0.16, 0.20, 0.20))
"""Odds of the types among the third of the households with the least connected appliances, the
middle and the most: whom to ask can be learnt from how much is consumed."""
_READINESS = {"rural": 0.6, "suburban": 1.3}
"""Persuadables of an area's kind over the usual."""
_EFFECTS = {
    # (if offered), (if not offered); what is not in a range is 0
    "persuadable": ((-0.08, -0.04), None),
    "sure_thing": ((-0.06, -0.03), (-0.06, -0.03)),
    "lost_cause": (None, None),
    "sleeping_dog": ((0.01, 0.03), (-0.03, -0.01)),
}
_ACCEPTS = {
    "persuadable": (True, False),
    "sure_thing": (True, True),
    "lost_cause": (False, False),
    "sleeping_dog": (False, True),
}
"""Whether each type takes the package: if offered, if not."""


def plan_offer(
    candidates: Sequence[Premise], count: int, area_kinds: Mapping[int, str], setting: Setting
) -> dict[int, tuple[Planted, ...]]:
    """What ``count`` of the candidates do of the offer, half of whom get it, by lot.

    Args:
        candidates: Households to choose from.
        count: How many are looked at, where there are as many.
        area_kinds: Kind of area of every candidate, by premise number.
        setting: Of the district.
    """
    own = stream(setting.seed, "offer")
    chosen = [candidates[position] for position in drawn(np.ones(len(candidates)), count, own)]
    # The order of the draw is random: every other one is offered.
    offered = {premise.number: turn % 2 == 0 for turn, premise in enumerate(chosen)}
    by_size = sorted(chosen, key=lambda one: (one.tenancies[0].traits.connected_kw, one.number))
    found = {}
    for rank, premise in enumerate(by_size):
        odds = np.array(_ODDS_BY_SIZE[3 * rank // len(by_size)])
        odds[0] *= _READINESS.get(area_kinds[premise.number], 1.0)
        found[premise.number] = (
            _planted(
                premise.number, odds / odds.sum(), setting, is_offered=offered[premise.number]
            ),
        )
    return found


def _planted(number: int, odds: np.ndarray, setting: Setting, *, is_offered: bool) -> Planted:
    """One household's answer, with what it would have been in the other arm."""
    own = stream(setting.seed, "offer household", number)
    kind = str(own.choice(_TYPES, p=odds))
    sent_day = int(_SENT_SHARE * setting.span.days)
    place = own.random()
    effects = [_within(bounds, place) for bounds in _EFFECTS[kind]]
    waits = int(own.integers(2, 30)), int(own.integers(10, 90))
    accepted = [
        sent_day + wait if accepts else None
        for accepts, wait in zip(_ACCEPTS[kind], waits, strict=True)
    ]
    arm = 0 if is_offered else 1
    accepted_day = accepted[arm]
    first_day = min(sent_day if accepted_day is None else accepted_day, setting.span.days)
    detail = {
        "is_offered": is_offered,
        "type": kind,
        "sent_day": sent_day,
        "accepted_day": accepted_day,
        "effect_if_offered": effects[0],
        "effect_if_not_offered": effects[1],
        "accepts_if_offered": accepted[0] is not None,
        "accepts_if_not_offered": accepted[1] is not None,
        "accepts_on_if_offered": _date(accepted[0], setting),
        "accepts_on_if_not_offered": _date(accepted[1], setting),
    }
    slots = first_day * SLOTS_PER_DAY, setting.span.slots
    return Planted("programme", KIND, *slots, effects[arm], "share", detail)


def _within(bounds: tuple[float, float] | None, place: float) -> float:
    return round(bounds[0] + place * (bounds[1] - bounds[0]), 4) if bounds else 0.0


def _date(day: int | None, setting: Setting) -> str | None:
    return None if day is None else str(setting.span.first_day + timedelta(days=day))


def follow(demand: Demand, planted: Planted) -> float:
    """Let a household's demand change in place by what the offer did to it [Wh]."""
    if planted.amount == 0.0:
        return 0.0
    return scale(demand, planted.first_slot, planted.last_slot, 1.0 + planted.amount)
