"""The best blocks of a day that has no end: exact segmentation of a circle.

The mean of a block stands for its points. Of all ways to cut the circle into at most so many blocks
of at least such a length, the one with the least squares left within blocks is found by dynamic
programming over every place of the first cut (Bellman 1961, on a circle). Days need not be looked
at one by one: the squares of all days around a block's mean are those of their mean day, times the
number of days, and a rest that no cut changes.
"""

from dataclasses import dataclass

import numpy as np

from queries.run import QuestionError

_NOTICEABLE = 1e-9
"""Of all squares; a block more that saves less is not worth a change of price."""
_AT_A_TIME = 8
"""First cuts tried together."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """How a circle is cut.

    Attributes:
        starts: First point of each block, ascending; the last block goes on to the first start.
            Empty: one block, cut nowhere.
        within: Squares left within blocks, in the square of the unit of the points.
        total: Squares around the one mean of all points.
    """

    starts: tuple[int, ...]
    within: float
    total: float

    def numbers(self, points: int) -> np.ndarray:
        """Number of the block of every point, 0 for the one that begins first after point 0."""
        number = np.searchsorted(np.array(self.starts, int), np.arange(points), side="right") - 1
        return number % max(len(self.starts), 1)

    @property
    def explained_share(self) -> float:
        """1 − within / total; 1 where there was nothing to explain."""
        return 1 - self.within / self.total if self.total > 0 else 1.0


def circular_blocks(values: np.ndarray, most_blocks: int, least_length: int) -> Blocks:
    """Cut ``values`` (n,) at best; the fewest blocks among those that are as good.

    Some block holds the point before which the day rises or falls most, and begins at it or
    earlier. Begins are tried backwards from there, until what lies between is by itself too uneven
    for a block of anything better than what was found.

    Raises:
        QuestionError: values that are not known, fewer than one block, or a least length that does
            not fit.
    """
    points = len(values)
    if not np.isfinite(values).all():
        raise QuestionError("a point of the day has no load; choose days that were read.")
    if most_blocks < 1 or not 1 <= least_length <= points:
        raise QuestionError(
            f"{most_blocks} blocks of at least {least_length} points do not fit a day of {points}."
        )
    centred = np.asarray(values, dtype=np.float64) - np.mean(values)
    total = float(centred @ centred)
    noticeable = _NOTICEABLE * total
    behind = _steepest(centred)
    # by number of blocks: the least squares, and the cut behind which they were found
    least, cut = np.full(most_blocks, np.inf), np.zeros(most_blocks, int)
    least[0] = total
    for back in range(0, points, _AT_A_TIME):
        firsts = (behind - np.arange(back, min(back + _AT_A_TIME, points))) % points
        if back and _squares(np.roll(centred, -firsts[0])[: back + 1]) > least.min() + noticeable:
            break
        reached = _reached(_costs(centred, least_length, firsts), most_blocks)[:, :, points]
        better = reached.min(axis=1) < least
        cut[better] = firsts[reached.argmin(axis=1)[better]]
        least[better] = reached.min(axis=1)[better]
    blocks = int((least <= least.min() + noticeable).argmax()) + 1
    if blocks == 1:
        return Blocks((), total, total)
    first = cut[blocks - 1]
    cuts = _cuts(_costs(centred, least_length, np.array([first])), int(first), blocks)
    return Blocks(cuts, float(least[blocks - 1]), total)


def _squares(values: np.ndarray) -> float:
    return float(((values - values.mean()) ** 2).sum())


def _steepest(centred: np.ndarray) -> int:
    """The point up to which an eighth of the circle is most uneven."""
    length = max(len(centred) // 8, 2)
    round_ = np.concatenate([centred[-(length - 1) :], centred])
    windows = np.lib.stride_tricks.sliding_window_view(round_, length)
    return int(windows.var(axis=1).argmax())


def _costs(centred: np.ndarray, least_length: int, firsts: np.ndarray) -> np.ndarray:
    """Squares within a block, (first cut, end, begin), both counted from the cut; ∞: too short."""
    points = len(centred)
    sums = np.concatenate([[0.0], np.cumsum(np.tile(centred, 2))])
    squares = np.concatenate([[0.0], np.cumsum(np.tile(centred**2, 2))])
    at = firsts[:, None] + np.arange(points + 1)[None, :]
    length = (np.arange(points + 1)[:, None] - np.arange(points + 1)[None, :]).astype(np.float64)
    is_block = length >= least_length
    per_point = np.divide(1.0, length, out=np.zeros_like(length), where=is_block)
    of_sums, of_squares = sums[at], squares[at]
    cost = of_sums[:, :, None] - of_sums[:, None, :]
    np.square(cost, out=cost)
    cost *= -per_point
    cost += of_squares[:, :, None]
    cost -= of_squares[:, None, :]
    np.maximum(cost, 0.0, out=cost)
    cost[:, ~is_block] = np.inf
    return cost


def _reached(cost: np.ndarray, most_blocks: int) -> np.ndarray:
    """Least squares in one block, two, …, up to every point, (blocks, first cut, points behind)."""
    reached = np.empty((most_blocks, *cost.shape[:2]))
    reached[0] = cost[:, :, 0]
    for number in range(1, most_blocks):
        reached[number] = (reached[number - 1][:, None, :] + cost).min(axis=2)
    return reached


def _cuts(cost: np.ndarray, first: int, blocks: int) -> tuple[int, ...]:
    """Where the best blocks begin behind one first cut."""
    points = cost.shape[1] - 1
    reached = _reached(cost, blocks)[:, 0]
    end, cuts = points, [first]
    for number in range(blocks - 1, 0, -1):
        end = int((reached[number - 1] + cost[0, end]).argmin())
        cuts.append((first + end) % points)
    return tuple(sorted(cuts))


def blocks_of(numbers: np.ndarray, values: np.ndarray) -> Blocks:
    """A day cut where ``numbers`` change, as it is now: to be compared with the best cut."""
    starts = np.flatnonzero(numbers != np.roll(numbers, 1))
    centred = values - values.mean()
    total = float(centred @ centred)
    own = Blocks(tuple(starts.tolist()), total, total)
    block = own.numbers(len(values))
    mean = np.bincount(block, centred) / np.bincount(block)
    left = centred - mean[block]
    return Blocks(own.starts, float(left @ left), total)
