"""Demand side: what a pilot shows, how fast periods are found, how right baselines are."""

import time

import numpy as np

from queries.demand.circular_blocks import circular_blocks
from queries.demand.pilot_effect import pilot_effect
from tests.demand.planted_pilot import planted_pilot

_SEEDS = 100
_CHANGE = -0.08
_ROUNDS = 40


def run() -> list[tuple[str, str]]:
    """Each figure is a line."""
    return [_pilots(), _blocks()]


def _pilots() -> tuple[str, str]:
    inside = 0
    for seed in range(_SEEDS):
        found = pilot_effect(planted_pilot(seed, _CHANGE))
        inside += found.low_share <= _CHANGE <= found.high_share
    return (
        "planted response of a pilot inside its 95 % interval",
        f"{inside} of {_SEEDS} seeds; limit 93",
    )


def _blocks() -> tuple[str, str]:
    """Noisy days, on which the search can be cut short least."""
    rng = np.random.default_rng(1)
    took = []
    for _ in range(_ROUNDS):
        day = rng.normal(0, 1, 96).cumsum()
        begin = time.perf_counter()
        circular_blocks(day, 6, 4)
        took.append(time.perf_counter() - begin)
    median, most = np.median(took) * 1000, max(took) * 1000
    return "exact periods, 96 points, 6 blocks", f"{median:.1f} ms, {most:.1f} at most; limit 50"
