"""How a shortage is shared among customers: measure by measure, turn by turn, by load.

What is asked is exact: the quotas add up to the shortage, or to all there is and the rest is said.
A larger shortage never asks less of anybody, so the levels of a plan are cumulative.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Shared:
    """Quotas that cover a shortage.

    Attributes:
        quota_kw: By measure, in their order, (measures, customers).
        uncovered_kw: What nobody is left to give.
    """

    quota_kw: np.ndarray
    uncovered_kw: float


def share_out(
    need_kw: float, available_kw: np.ndarray, load_kw: np.ndarray, called_days: np.ndarray
) -> Shared:
    """Share a shortage out.

    A measure is asked of everybody who has it before the next one of anybody. Within a measure
    those called on the fewest days come first (rotation); among equals each gives the same share
    of its load, but no more than it has.

    Args:
        need_kw: What is short [kW].
        available_kw: What each customer can give by each measure, (measures, customers).
        load_kw: Of each customer in these hours, above 0 where it has anything to give.
        called_days: On how many days of the year it was called already.
    """
    quota_kw = np.zeros_like(available_kw, dtype=float)
    left = max(need_kw, 0.0)
    for number, available in enumerate(available_kw):
        for days in np.unique(called_days):
            if left <= 0:
                return Shared(quota_kw, 0.0)
            own = np.flatnonzero((called_days == days) & (available > 0))
            quota_kw[number, own] = by_load(left, available[own], load_kw[own])
            left = _left(left, available[own])
    return Shared(quota_kw, left)


def _left(need_kw: float, available_kw: np.ndarray) -> float:
    return max(need_kw - float(available_kw.sum()), 0.0)


def by_load(need_kw: float, available_kw: np.ndarray, load_kw: np.ndarray) -> np.ndarray:
    """The same share of everybody's load, capped by what each has, that adds up to the need.

    The share rises until it is covered; who is exhausted first has the least to give per load.
    Where all together have less than the need, each gives all.
    """
    if available_kw.sum() <= need_kw:
        return available_kw.astype(float)
    order = np.argsort(available_kw / load_kw, kind="stable")
    given, loads = available_kw[order], load_kw[order]
    # With the first n exhausted, the others give the share that is left over their load.
    exhausted = np.concatenate([[0.0], np.cumsum(given)[:-1]])
    others = np.cumsum(loads[::-1])[::-1]
    shares = (need_kw - exhausted) / others
    share = shares[np.argmax(shares <= given / loads)]
    return np.minimum(available_kw, share * load_kw)
