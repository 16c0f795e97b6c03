"""Offers: how often the planted change is recovered, and how often one is claimed without any."""

import time

import numpy as np

from queries.customers.offer_effect import Effect, offer_effect
from tests.benchmarks.bench_lake import Line
from tests.customers.offer_town import Planted, Town, planted, town

_TOWNS, _LOTS_EACH = 10, 10
_CUSTOMERS = 1200
"""Of a simulated district: some 700 homes that may be looked at."""
_LOOKED_AT = 600
"""Of them, half of which are sent the offer."""


def run(towns: int = _TOWNS, lots: int = _LOTS_EACH) -> list[Line]:
    """Ten districts of other homes, weather and years, and in each ten offers with other lots."""
    with_effect: list[tuple[Planted, Effect]] = []
    without: list[Effect] = []
    seconds = 0.0
    for number in range(towns):
        where = town(_CUSTOMERS, 101 + number)
        for lot in range(lots):
            seed = 1000 * number + lot
            one, none = _both(where, seed)
            begin = time.perf_counter()
            with_effect.append((one, offer_effect(one.trial, seed)))
            seconds += time.perf_counter() - begin
            without.append(offer_effect(none.trial, seed))
    return _lines(with_effect, without, seconds)


def _both(where: Town, seed: int) -> tuple[Planted, Planted]:
    count = min(_LOOKED_AT, len(where.homes))
    return planted(where, count, seed), planted(where, count, seed, has_effect=False)


def _lines(
    with_effect: list[tuple[Planted, Effect]], without: list[Effect], seconds: float
) -> list[Line]:
    seeds = len(with_effect)
    truths = np.array([one.true_kwh_per_day for one, _ in with_effect])
    found = [effect.change_kwh_per_day for _, effect in with_effect]
    inside = [one.low <= truth <= one.high for one, truth in zip(found, truths, strict=True)]
    shares = [
        effect.change_share.low
        <= one.true_kwh_per_day / one.control_kwh_per_day
        <= effect.change_share.high
        for one, effect in with_effect
    ]
    plain = [effect.difference_kwh_per_day for _, effect in with_effect]
    plain_inside = [o.low <= truth <= o.high for o, truth in zip(plain, truths, strict=True)]
    width = np.mean([one.high - one.low for one in found])
    plain_width = np.mean([one.high - one.low for one in plain])
    mean_share = np.mean([o.true_kwh_per_day / o.control_kwh_per_day for o, _ in with_effect])
    outside = [one.change_kwh_per_day for one in without]
    return [
        ("customers compared in each arm, mean", f"{np.mean([e.offered for e in without]):.0f}"),
        ("planted change, mean of the seeds", f"{mean_share:+.2%}"),
        ("planted change inside the 95 % interval", f"{sum(inside)} of {seeds} seeds"),
        ("… as a share of the use", f"{sum(shares)} of {seeds} seeds"),
        ("… of the plain difference in differences", f"{sum(plain_inside)} of {seeds} seeds"),
        (
            "error of the mean of the seeds",
            f"{np.mean([o.value for o in found] - truths):+.4f} kWh",
        ),
        ("width of the interval", f"{width:.3f} kWh a day"),
        ("… of the plain difference in differences", f"{plain_width:.3f} kWh a day"),
        (
            "a change claimed where none is planted",
            f"{sum(e.is_change for e in without)} of {seeds}",
        ),
        (
            "… 0 outside the interval alone",
            f"{sum(o.low > 0 or o.high < 0 for o in outside)} of {seeds}",
        ),
        (
            "a change claimed where one is planted",
            f"{sum(e.is_change for _, e in with_effect)} of {seeds}",
        ),
        ("one comparison", f"{seconds / seeds * 1000:.0f} ms"),
    ]
