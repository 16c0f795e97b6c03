"""Forecasts of a district's parts made to add up to the forecast of the whole."""

from dataclasses import replace

import numpy as np

from queries.forecasting.bands import QUANTILES
from queries.forecasting.foretell import DRIVERS, Foretold, Task
from queries.forecasting.reconcile import error_variances, reconciled_bands
from queries.series_loads import Series

_PARTS = ("region", "feeder", "customer_class")


def sums_of_series(chosen: list[Series]) -> tuple[list[tuple[int, list[int]]], int]:
    """Which series is the sum of which others, and how many nodes that needs.

    The whole is cut by regions, by feeders and by classes, and a region by the regions in it. What
    a cut leaves out, such as points on no feeder, is a node of its own behind the series.
    """
    points = [frozenset(series.usage_point_ids) for series in chosen]
    nodes = len(chosen)
    sums: list[tuple[int, list[int]]] = []
    for whole, series in enumerate(chosen):
        if series.kind not in {"system", "region"}:
            continue
        for kind in _PARTS if series.kind == "system" else ("region",):
            parts = _outermost(
                [
                    at
                    for at, other in enumerate(chosen)
                    if at != whole and other.kind == kind and points[at] < points[whole]
                ],
                points,
            )
            together = frozenset().union(*(points[at] for at in parts))
            if len(parts) < 1 or sum(len(points[at]) for at in parts) != len(together):
                continue
            if together != points[whole]:
                parts = [*parts, nodes]
                nodes += 1
            if len(parts) > 1:
                sums.append((whole, parts))
    return sums, nodes


def _outermost(parts: list[int], points: list[frozenset[str]]) -> list[int]:
    return [at for at in parts if not any(points[at] < points[other] for other in parts)]


def added_up(chosen: list[Series], tasks: list[Task], found: list[Foretold]) -> list[Foretold]:
    """The same forecasts of the days ahead, moved so that parts add up to wholes.

    Those that erred most lately give way most; bands keep their width. What is said of recent days
    stays, since nobody had added it up then. A series that could not be foretold takes no part.
    """
    there = [at for at, foretold in enumerate(found) if foretold.ahead is not None]
    sums, nodes = sums_of_series([chosen[at] for at in there])
    if not sums:
        return found
    aheads = [ahead for at in there if (ahead := found[at].ahead) is not None]
    quantiles = np.full((nodes, *aheads[0].quantiles.shape), np.nan)
    quantiles[: len(there)] = [ahead.quantiles for ahead in aheads]
    variances = np.ones(nodes)
    back = min(len(ahead.warm_up) for ahead in aheads)
    if back:
        origin = aheads[0].origin
        errors = np.stack(
            [
                tasks[at].load[origin - back : origin]
                - ahead.warm_up[-back:, :, QUANTILES.index(0.5)]
                for at, ahead in zip(there, aheads, strict=True)
            ]
        )
        variances[: len(there)] = error_variances(errors)
    moved = reconciled_bands(quantiles, sums, variances)
    result = list(found)
    for node, (at, ahead) in enumerate(zip(there, aheads, strict=True)):
        shift = moved[node, :, :, QUANTILES.index(0.5)] - ahead.median
        drivers = found[at].drivers.copy()
        drivers[:, DRIVERS.index("rest")] += shift.mean(axis=1)
        result[at] = replace(
            found[at], ahead=replace(ahead, quantiles=moved[node]), drivers=drivers
        )
    return result
