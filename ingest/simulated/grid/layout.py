"""How a district of any size divides into areas, kinds of areas and customers of each."""

from collections.abc import Sequence

import numpy as np

CUSTOMERS_PER_AREA = 15
AREAS_PER_FEEDER = 5
FEEDERS_PER_SUBSTATION = 4
AREA_KINDS = ("urban", "street", "industrial", "suburban", "rural")
"""From the centre outwards; a street is one of shops."""

_MEDIUM_VOLTAGE_SHARE = 0.027
_AREAS_OF_KIND = {"urban": 16, "street": 5, "industrial": 3, "suburban": 8, "rural": 8}
_CUSTOMERS_OF_KIND = {"urban": 18, "street": 12, "industrial": 8, "suburban": 15, "rural": 14}
_PLANTS_OF_KIND = {"urban": 0.6, "street": 1.0, "industrial": 4.0, "suburban": 1.0, "rural": 0.5}
"""Weight of an area of the kind when medium-voltage customers are shared out among feeders."""


def apportioned(weights: Sequence[float], total: int) -> np.ndarray:
    """``total`` in whole parts in proportion to ``weights``, by the largest remainder.

    >>> apportioned([16, 8, 8, 5, 3], 7).tolist()
    [3, 1, 1, 1, 1]
    """
    exact = np.array(weights) * total / sum(weights)
    counts = np.floor(exact).astype(int)
    most_left = np.argsort(counts - exact, kind="stable")[: total - counts.sum()]
    counts[most_left] += 1
    return counts


def kinds_of_areas(customers: int) -> list[str]:
    """The kind of every area, one for 15 customers: towns of 40, each from its centre outwards."""
    areas = -(-customers // CUSTOMERS_PER_AREA)
    town = sum(_AREAS_OF_KIND.values())
    kinds: list[str] = []
    for first in range(0, areas, town):
        counts = apportioned(list(_AREAS_OF_KIND.values()), min(town, areas - first))
        of_kind = dict(zip(_AREAS_OF_KIND, counts.tolist(), strict=True))
        centre = ["urban"] * of_kind["urban"]
        for street in range(of_kind["street"]):
            centre.insert(4 * (street + 1) + street, "street")
        kinds += centre
        kinds += [kind for kind in AREA_KINDS[2:] for _ in range(of_kind[kind])]
    return kinds


def feeders_of(customers: int) -> int:
    """How many feeders a district of so many customers has."""
    return len(kinds_by_feeder(kinds_of_areas(customers)))


def kinds_by_feeder(kinds: Sequence[str]) -> list[Sequence[str]]:
    """The kinds of every feeder's areas, neighbours together."""
    return [kinds[n : n + AREAS_PER_FEEDER] for n in range(0, len(kinds), AREAS_PER_FEEDER)]


def medium_voltage_customers(kinds: Sequence[str], customers: int) -> np.ndarray:
    """How many of the customers, 2.7 % in all, each feeder supplies at medium voltage."""
    weights = [sum(_PLANTS_OF_KIND[kind] for kind in own) for own in kinds_by_feeder(kinds)]
    return apportioned(weights, round(customers * _MEDIUM_VOLTAGE_SHARE))


def low_voltage_customers(
    own: np.random.Generator, kinds: Sequence[str], customers: int
) -> np.ndarray:
    """How many ``customers`` each area has; no two areas of a kind are built alike."""
    varied = own.uniform(0.85, 1.15, len(kinds))
    weights = [
        _CUSTOMERS_OF_KIND[kind] * of_area for kind, of_area in zip(kinds, varied, strict=True)
    ]
    return apportioned(weights, customers)
