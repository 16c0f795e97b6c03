"""Demand side: what a pilot shows, how fast periods are found, how right baselines are."""

from queries.demand.pilot_effect import pilot_effect
from tests.demand.planted_pilot import planted_pilot

_SEEDS = 100
_CHANGE = -0.08


def run() -> list[tuple[str, str]]:
    """Each figure is a line."""
    return [_pilots()]


def _pilots() -> tuple[str, str]:
    inside = 0
    for seed in range(_SEEDS):
        found = pilot_effect(planted_pilot(seed, _CHANGE))
        inside += found.low_share <= _CHANGE <= found.high_share
    return (
        "planted response of a pilot inside its 95 % interval",
        f"{inside} of {_SEEDS} seeds; limit 93",
    )
