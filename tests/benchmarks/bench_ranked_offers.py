"""Ranked lists: what of a planted uplift they catch beside chance, and what they claim of none."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from queries.customers.offer_effect import Trial, adjusted_change, offer_effect
from queries.customers.uplift_by_habit import ByHabit, learn_by_habit
from tests.benchmarks.bench_lake import Line
from tests.customers.offer_town import Town, town

_TOWNS, _LOTS_EACH, _LOTS_WITHOUT = 4, 5, 50
_CUSTOMERS, _LOOKED_AT = 3000, 1200
"""Of some 1,900 homes of a simulated district; the list ranks those that were not looked at."""
_ASKED_SHARE = 0.3
_SENT_SHARE = 0.6
_TAKES, _CHANGE = 0.6, -0.15
"""Planted: of the half with the most use in winter, three in five save so much; nobody else."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """What asking 30 % of the homes catches of all that could be saved [0–1].

    Attributes:
        by_list: The first of the list.
        by_size: Those that use most: what a mean share for all would ask.
        best: The first if everybody's planted change were known.
        is_told_apart: Whether the trial told homes apart; else the list is by size.
        is_claimed: Whether it claims any change.
        inside: Share of the homes whose planted expectation lies in their interval.
    """

    by_list: float
    by_size: float
    best: float
    is_told_apart: bool
    is_claimed: bool
    inside: float


def run() -> list[Line]:
    """Four districts of other homes, five lots in each; and two hundred lots without any effect."""
    ranked: list[Ranked] = []
    without: list[bool] = []
    for number in range(_TOWNS):
        where = town(_CUSTOMERS, 301 + number)
        ranked += [ranked_by_lot(where, lot) for lot in range(_LOTS_EACH)]
        without += [
            ranked_by_lot(where, lot, has_effect=False).is_claimed for lot in range(_LOTS_WITHOUT)
        ]
    caught = np.array([one.by_list for one in ranked])
    size = np.array([one.by_size for one in ranked])
    told = [one for one in ranked if one.is_told_apart]
    return [
        ("homes in the trial, ranked after it", f"{_LOOKED_AT:,}, some 700"),
        ("told apart", f"{len(told)} of {len(ranked)} seeds"),
        ("caught by asking 30 %, mean", f"{caught.mean():.0%}"),
        ("… asking the largest homes", f"{size.mean():.0%}"),
        ("… at random", f"{_ASKED_SHARE:.0%}"),
        ("… knowing everybody's planted change", f"{np.mean([o.best for o in ranked]):.0%}"),
        ("list catches more than chance", f"{(caught > _ASKED_SHARE).sum()} of {len(ranked)}"),
        ("… more than the largest homes", f"{(caught > size).sum()} of {len(ranked)}"),
        ("planted step inside the interval of a line", f"{np.mean([o.inside for o in told]):.0%}"),
        ("any change claimed where none is planted", f"{sum(without)} of {len(without)}"),
    ]


def ranked_by_lot(where: Town, lot: int, *, has_effect: bool = True) -> Ranked:
    """Plant the change, draw a trial, learn from it, and rank the homes that were not in it."""
    random = np.random.default_rng(lot)
    energy = where.energy_kwh
    sent = int(_SENT_SHARE * energy.shape[1])
    habits = _habits(where, sent)
    is_open = habits[:, 3] > np.median(habits[:, 3])
    expected = np.where(is_open, _TAKES * _CHANGE, 0.0) * has_effect
    change = np.where(is_open & (random.random(len(energy)) < _TAKES), _CHANGE, 0.0) * has_effect
    looked_at = np.zeros(len(energy), bool)
    looked_at[random.permutation(len(energy))[:_LOOKED_AT]] = True
    is_offered = random.random(len(energy)) < 0.5
    after = energy.copy()
    after[looked_at & is_offered, sent:] *= 1 + change[looked_at & is_offered, None]
    own = is_offered[looked_at]
    trial = Trial(after[looked_at], sent, own, np.zeros(len(own), bool))
    mean = energy[:, sent - 364 : sent].mean(axis=1)
    effect = offer_effect(trial, lot)
    learnt = learn_by_habit(habits[looked_at], own, adjusted_change(trial) / mean[looked_at])
    assert learnt is not None
    is_told = effect.is_change and learnt.is_told_apart
    rest = ~looked_at
    found = learnt if is_told else None
    return _ranked(found, habits[rest], mean[rest], expected[rest], is_claimed=effect.is_change)


def _ranked(
    learnt: ByHabit | None,
    habits: np.ndarray,
    mean: np.ndarray,
    expected: np.ndarray,
    *,
    is_claimed: bool,
) -> Ranked:
    share = low = high = np.full(len(mean), -1.0)
    if learnt is not None:
        share, low, high = learnt.of(habits)
    saved = -expected * mean
    count = int(_ASKED_SHARE * len(mean))

    def caught(score: np.ndarray) -> float:
        return float(saved[np.argsort(score)[:count]].sum() / max(saved.sum(), 1e-9))

    inside = float(((low <= expected) & (expected <= high)).mean())
    return Ranked(
        caught(share * mean), caught(-mean), caught(-saved), learnt is not None, is_claimed, inside
    )


def _habits(where: Town, sent: int) -> np.ndarray:
    """As ``offer_habits``; hours of the day are not in a town's daily sums, and stay unknown."""
    first = where.whole.setting.span.first_day
    days = [first + timedelta(days=n) for n in range(sent - 364, sent)]
    year = where.energy_kwh[:, sent - 364 : sent]
    mean = year.mean(axis=1)
    found = np.full((len(year), 5), np.nan)
    found[:, 0] = np.log(np.maximum(mean, 1e-6))
    for column, months in ((3, (12, 1, 2)), (4, (6, 7, 8))):
        season = np.array([day.month in months for day in days])
        found[:, column] = year[:, season].mean(axis=1) / np.maximum(mean, 1e-6)
    return found
