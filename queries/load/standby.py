"""Standby beyond what is usual among like customers, with an interval by the bootstrap."""

from dataclasses import dataclass

import numpy as np

LEAST_PEERS = 8
"""Customers alike below which nobody is judged by the others."""
USUAL_QUANTILE = 0.75
"""Of the peers' night shares: what is above it is excess. Three of four do with less."""
HOURS_PER_YEAR = 8766

_BANDS = 4
_DRAWS = 300
_INTERVAL = (0.025, 0.975)


@dataclass(frozen=True, slots=True)
class Standby:
    """Standby of groups in a year [kWh]; NaN where nobody in a group is judged.

    Attributes:
        standby: Lowest load of the night, all year, of those judged.
        excess: Of it, above the usual.
        low, high: The 95 % interval of ``excess``.
        judged_points, excess_points: Customers with enough peers; those above the usual.
    """

    standby: np.ndarray
    excess: np.ndarray
    low: np.ndarray
    high: np.ndarray
    judged_points: np.ndarray
    excess_points: np.ndarray


def size_bands(kinds: np.ndarray, mean_kw: np.ndarray) -> np.ndarray:
    """Numbers of the bands of peers: of one kind, in four bands of size where there are enough.

    -1: too few alike.
    """
    bands = np.full(len(kinds), -1)
    number = 0
    for kind in np.unique(kinds):
        own = np.flatnonzero(kinds == kind)
        parts = np.array_split(
            own[np.argsort(mean_kw[own], kind="stable")],
            _BANDS if len(own) >= _BANDS * LEAST_PEERS else 1,
        )
        for part in parts:
            if len(part) >= LEAST_PEERS:
                bands[part] = number
                number += 1
    return bands


def excess_standby(
    night_kw: np.ndarray, mean_kw: np.ndarray, bands: np.ndarray, members: np.ndarray, seed: int = 1
) -> Standby:
    """What groups would save if nobody's night share were above three quarters of the peers'.

    The night share is the lowest mean hour of the night over the mean load. The interval is of the
    Poisson bootstrap over customers (Hanley & MacGibbon 2006): each counts 0, 1, 2 … times, for
    what is usual and for the sum alike.

    Args:
        night_kw: Lowest mean load of an hour at night, (points,).
        mean_kw: Mean load, (points,).
        bands: From ``size_bands``.
        members: (groups, points), 1 where a point is in a group.
        seed: Of the bootstrap.
    """
    share = np.divide(night_kw, mean_kw, out=np.zeros_like(night_kw), where=mean_kw > 0)
    random = np.random.default_rng(seed)
    times = np.vstack([np.ones(len(share)), random.poisson(1.0, (_DRAWS, len(share)))])
    excess_kw = np.zeros(times.shape)
    for band in np.unique(bands[bands >= 0]):
        own = np.flatnonzero(bands == band)
        usual = _quantiles(share[own], times[:, own])
        excess_kw[:, own] = np.maximum(share[own] - usual[:, None], 0) * mean_kw[own]
    is_judged = bands >= 0
    sums = (excess_kw * times) @ members.T * HOURS_PER_YEAR
    judged = members @ is_judged
    low, high = np.quantile(sums[1:], _INTERVAL, axis=0)
    found = [members @ (night_kw * is_judged) * HOURS_PER_YEAR, sums[0], low, high]
    standby, excess, low, high = (np.where(judged > 0, value, np.nan) for value in found)
    return Standby(
        standby, excess, low, high, judged.astype(int), (members @ (excess_kw[0] > 0)).astype(int)
    )


def _quantiles(share: np.ndarray, times: np.ndarray) -> np.ndarray:
    """The usual share in every draw: the smallest that three quarters do not exceed."""
    order = np.argsort(share, kind="stable")
    counted = times[:, order].cumsum(axis=1)
    place = (counted >= USUAL_QUANTILE * counted[:, -1:]).argmax(axis=1)
    return share[order][place]
