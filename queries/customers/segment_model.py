"""Segments as cuts along a few axes: who belongs where follows from a portrait alone."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from queries.customers.segment_axes import AXES

UNPLACED = -1

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
    """

    cuts: Mapping[str, tuple[float, ...]]
    leaves: tuple[Leaf, ...]

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

    def as_text(self) -> str:
        """As JSON, the same for the same model."""
        cuts = {axis: list(self.cuts[axis]) for axis in AXES if axis in self.cuts}
        leaves = [[list(one) for one in leaf] for leaf in self.leaves]
        return json.dumps({"cuts": cuts, "leaves": leaves}, separators=(",", ":"))


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
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SegmentModelError(f"no segment model: {error!r} in '{text[:80]}'.") from error
    unknown = set(cuts) - set(AXES) | {axis for leaf in leaves for axis, _ in leaf} - set(cuts)
    if unknown:
        raise SegmentModelError(
            f"the segment model cuts {', '.join(sorted(unknown))}; axes are {', '.join(AXES)}."
        )
    return SegmentModel(cuts, leaves)


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
