"""Segments as cuts along a few axes: who belongs where follows from a portrait alone."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from queries.customers.segment_axes import AXES

UNPLACED = -1

Stand = Literal["lowest", "low", "not_high", "middle", "not_low", "high", "highest"]

Leaf = tuple[tuple[str, int], ...]
"""A segment: axes and the level that its members have on each, the most telling axis first."""


class SegmentModelError(ValueError):
    """A text is no segment model; the message says why."""


@dataclass(frozen=True, slots=True)
class SegmentModel:
    """Axes with their cuts, and the segments that they make.

    Attributes:
        cuts: Of every axis used, ascending: level 0 lies below the first.
        leaves: The segments; every combination of levels lies in exactly one.
        middles: Of every axis used, the median of those the segments were made of.
    """

    cuts: Mapping[str, tuple[float, ...]]
    leaves: tuple[Leaf, ...]
    middles: Mapping[str, float]

    def assign(self, axes: pl.DataFrame) -> np.ndarray:
        """Place in ``leaves`` of every row; UNPLACED where an axis that decides is not known."""
        return self.assign_values({name: axes[name].to_numpy() for name in self.cuts})

    def assign_values(self, values: Mapping[str, np.ndarray]) -> np.ndarray:
        """The same of arrays (n,) by axis, NaN where one is not known."""
        levels = {name: _levels(values[name], cut) for name, cut in self.cuts.items()}
        count = len(next(iter(levels.values())))
        segment = np.full(count, UNPLACED)
        for number, leaf in enumerate(self.leaves):
            is_in = np.ones(count, dtype=bool)
            for axis, level in leaf:
                is_in &= levels[axis] == level
            segment[is_in] = number
        return segment

    def bounds(self, leaf: Leaf) -> list[tuple[str, float | None, float | None]]:
        """From where to where the members of a segment lie, by axis; None: no end."""
        return [
            (
                axis,
                self.cuts[axis][level - 1] if level > 0 else None,
                self.cuts[axis][level] if level < len(self.cuts[axis]) else None,
            )
            for axis, level in leaf
        ]

    def stands(self, axis: str, level: int) -> Stand:
        """How all of a level stand to the median customer, so that it may be said of each.

        ``low``: none has more, ``high``: none has less, ``lowest`` and ``highest`` where two levels
        lie on that side; else the median lies within, and all that can be said is that they are not
        among those beyond the cut.
        """
        cuts, middle = self.cuts[axis], self.middles[axis]
        if level == 0 and len(cuts) > 1 and cuts[1] <= middle:
            return "lowest"
        if level == len(cuts) > 1 and cuts[level - 2] >= middle:
            return "highest"
        low = cuts[level - 1] if level > 0 else None
        high = cuts[level] if level < len(cuts) else None
        if high is not None and high <= middle:
            return "low"
        if low is not None and low >= middle:
            return "high"
        if low is None:
            return "not_high"
        return "not_low" if high is None else "middle"

    def as_text(self) -> str:
        """As JSON, the same for the same model."""
        cuts = {axis: list(self.cuts[axis]) for axis in AXES if axis in self.cuts}
        leaves = [[list(one) for one in leaf] for leaf in self.leaves]
        middles = {axis: self.middles[axis] for axis in cuts}
        content = {"cuts": cuts, "leaves": leaves, "middles": middles}
        return json.dumps(content, separators=(",", ":"))


def read_model(text: str) -> SegmentModel:
    """A model from what ``as_text`` wrote.

    Raises:
        SegmentModelError: It is no model, or names an axis that there is not.
    """
    try:
        content = json.loads(text)
        cuts = {axis: tuple(map(float, cut)) for axis, cut in content["cuts"].items()}
        leaves = tuple(
            tuple((axis, int(level)) for axis, level in leaf) for leaf in content["leaves"]
        )
        middles = {axis: float(content["middles"][axis]) for axis in cuts}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SegmentModelError(f"no segment model: {error!r} in '{text[:80]}'.") from error
    unknown = set(cuts) - set(AXES) | {axis for leaf in leaves for axis, _ in leaf} - set(cuts)
    if unknown:
        raise SegmentModelError(
            f"the segment model cuts {', '.join(sorted(unknown))}; axes are {', '.join(AXES)}."
        )
    return SegmentModel(cuts, leaves, middles)


def grown(levels: Sequence[tuple[str, np.ndarray, int]], least: int) -> tuple[Leaf, ...]:
    """Segments of the axes' levels, none with fewer than ``least`` members.

    Each segment is parted by one axis after the other, unless a part of it would be too small:
    then it stays whole along that axis.

    Args:
        levels: Of every axis: its name, the level of every customer (n,), how many levels it has.
        least: Members.
    """
    leaves: list[tuple[Leaf, np.ndarray]] = [((), np.arange(len(levels[0][1])))]
    for axis, level, count in levels:
        parted = []
        for leaf, members in leaves:
            parts = [members[level[members] == one] for one in range(count)]
            if min(map(len, parts)) < least:
                parted.append((leaf, members))
            else:
                parted += [((*leaf, (axis, one)), part) for one, part in enumerate(parts)]
        leaves = parted
    return tuple(leaf for leaf, _ in leaves)


def _levels(values: np.ndarray, cuts: tuple[float, ...]) -> np.ndarray:
    """Level of every value, −1 where it is not known."""
    known = values.astype(np.float64)
    level = np.searchsorted(np.asarray(cuts), known, side="left")
    return np.where(np.isnan(known), UNPLACED, level)
