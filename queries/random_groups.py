"""Random groups of a fleet's usage points, and the load of each as if it were one customer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from duckdb import DuckDBPyConnection

from queries.fleet import Fleet
from queries.step_loads import load_blocks

_LEAST_LOAD_SHARE = 0.9
"""Of a group's mean load: what the members read at a step stand for, or the step is missing."""


@dataclass(frozen=True, slots=True)
class GroupLoads:
    """Loads of random groups.

    Attributes:
        sizes: Members of every group, (groups,), ascending.
        load_kw: Float32 (groups, steps); NaN where too little of the group was read.
        sum_of_maxima_kw: Of the members, each at its own time, (groups,).
        spread_share: Of the energy of all points [0–1], spread evenly over longer intervals.
    """

    sizes: np.ndarray
    load_kw: np.ndarray
    sum_of_maxima_kw: np.ndarray
    spread_share: float


def draw_groups(
    points: int, sizes: Sequence[int], *, groups_of_each: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Sizes (groups,) and members (groups, points), 1 where a point is in a group, else 0.

    A group holds no point twice; different groups may share some, and do where a size is near
    ``points``. Sizes there are not enough points for are left out; of all points there is one
    group. The same seed gives the same groups of a size, whatever other sizes are asked for.
    """
    members, drawn = [np.zeros((0, points), np.float32)], []
    for size in sorted({size for size in sizes if 0 < size <= points}):
        random = np.random.default_rng([seed, size])
        count = groups_of_each if size < points else 1
        is_member = np.zeros((count, points), np.float32)
        for group in is_member:
            group[random.choice(points, size, replace=False)] = 1
        members.append(is_member)
        drawn += [size] * count
    return np.array(drawn, dtype=np.int64), np.concatenate(members)


def group_loads(
    lake: DuckDBPyConnection,
    fleet: Fleet,
    sizes: Sequence[int],
    *,
    groups_of_each: int,
    seed: int,
) -> GroupLoads:
    """The load of random groups of a fleet's points.

    Where some members of a group have not been read, the others are scaled up by the members' mean
    loads, as long as those read make up 90 % of the group's mean load; else the step is missing.
    """
    drawn, members = draw_groups(
        fleet.points.height, sizes, groups_of_each=groups_of_each, seed=seed
    )
    read_kw = np.zeros((len(drawn), fleet.days * fleet.steps_per_day), np.float32)
    expected_kw = np.zeros_like(read_kw)
    mean_kw, maxima_kw = np.zeros(len(drawn)), np.zeros(len(drawn))
    energy = spread = 0.0
    for block in load_blocks(lake, fleet):
        mine = members[:, block.first : block.first + len(block.load_kw)]
        is_read = ~np.isnan(block.load_kw)
        loads = np.where(is_read, block.load_kw, np.float32(0))
        totals = loads.sum(axis=1, dtype=np.float64)
        means = totals / np.maximum(is_read.sum(axis=1), 1)
        read_kw += mine @ loads
        expected_kw += mine @ (is_read * means.astype(np.float32)[:, None])
        mean_kw += mine @ means
        maxima_kw += mine @ loads.max(axis=1)
        energy += totals.sum()
        spread += (totals * block.spread_share).sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        share = expected_kw / mean_kw[:, None].astype(np.float32)
        load_kw = np.where(share >= _LEAST_LOAD_SHARE, read_kw / share, np.float32(np.nan))
    return GroupLoads(drawn, load_kw, maxima_kw, spread / energy if energy else 0.0)
