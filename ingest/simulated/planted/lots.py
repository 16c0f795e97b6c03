"""Drawing lots: whom of the district something befalls."""

from collections.abc import Mapping

import numpy as np


def apportioned(shares: Mapping[str, float], total: int) -> dict[str, int]:
    """``total`` divided in proportion to ``shares``, by the largest remainder.

    >>> apportioned({"a": 0.5, "b": 0.3, "c": 0.2}, 4)
    {'a': 2, 'b': 1, 'c': 1}
    """
    names = list(shares)
    exact = np.array([shares[name] for name in names]) * (total / sum(shares.values()))
    counts = np.floor(exact).astype(np.int64)
    most_left = np.argsort(counts - exact, kind="stable")[: total - int(counts.sum())]
    counts[most_left] += 1
    return dict(zip(names, counts.tolist(), strict=True))


def drawn(weights: np.ndarray, count: int, own: np.random.Generator) -> list[int]:
    """At most ``count`` different positions, each the likelier the larger its weight (n,).

    What weighs nothing is never drawn. An exponential race: Efraimidis and Spirakis (2006).
    """
    arrival = own.exponential(size=weights.size)
    possible = np.flatnonzero(weights > 0)
    order = np.argsort(arrival[possible] / weights[possible], kind="stable")
    return possible[order[:count]].tolist()


def allotted(
    shares: Mapping[str, float],
    weights: Mapping[str, np.ndarray],
    count: int,
    own: np.random.Generator,
) -> dict[int, str]:
    """A kind for each of ``count`` positions, in proportion to ``shares``, no position twice.

    ``weights`` gives, for every kind, how readily it befalls each position (n,). Kinds that fit
    few choose first; where one finds too few, the others take its part.
    """
    found: dict[int, str] = {}
    free = np.ones(next(iter(weights.values())).size)
    wanted = apportioned(shares, count)
    rarest_first = sorted(shares, key=lambda kind: (int((weights[kind] > 0).sum()), kind))
    for kind in [*rarest_first, *sorted(shares, key=lambda kind: (-shares[kind], kind))]:
        for position in drawn(weights[kind] * free, min(wanted[kind], count - len(found)), own):
            found[position] = kind
            free[position] = 0.0
        wanted[kind] = count  # in the second round whatever is left
    return found
