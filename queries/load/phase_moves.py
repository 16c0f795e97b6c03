"""Which single-phase customers to move to another phase so that the three become alike.

A beam search: of the states with k moves the best few are carried on to k + 1. For one move it is
exact, for more it is so unless the best pair begins with a move that is worse than all the others
kept; with a few dozen customers that has no room.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

PHASES = ("A", "B", "C")
_BEAM = 24


@dataclass(frozen=True, slots=True)
class Move:
    """One customer from one phase to another; all are numbers."""

    member: int
    from_phase: int
    to_phase: int


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    score: float
    current_a: np.ndarray
    moves: tuple[Move, ...]


def weighted_imbalance(current_a: np.ndarray) -> float:
    """Σ(max − min) ÷ Σ max of |currents| on the second last axis over the last; NaN: none flows.

    A mean of the imbalances in which an hour counts as much as it carries: at night any
    transformer is uneven, and nobody minds.
    """
    return float(_scores(current_a[None])[0])


def _scores(current_a: np.ndarray) -> np.ndarray:
    size = np.abs(current_a)
    largest, smallest = size.max(axis=-2), size.min(axis=-2)
    is_known = ~np.isnan(largest)
    total = np.where(is_known, largest, 0).sum(axis=-1)
    spread = np.where(is_known, largest - smallest, 0).sum(axis=-1)
    return np.divide(spread, total, out=np.full(total.shape, np.nan), where=total > 0)


def best_moves(
    current_a: np.ndarray,
    member_a: np.ndarray,
    phases: Sequence[int],
    *,
    most_moves: int,
    least_gain_share: float,
) -> list[Move]:
    """The moves, in the order in which each helps most; empty where none helps enough.

    Args:
        current_a: Of the transformer by phase [A, signed (3, steps)]; NaN: not known.
        member_a: Of every customer that may be moved [A, signed (members, steps)].
        phases: Where each of them hangs, 0–2.
        most_moves: At most so many.
        least_gain_share: Every move must lower the imbalance by at least so much, taken with those
            that came with it [0–1].
    """
    is_known = ~np.isnan(current_a).any(axis=0)
    start = current_a[:, is_known]
    members = np.nan_to_num(member_a[:, is_known])
    first = _State(float(_scores(start[None])[0]), start, ())
    best, beam = first, [first]
    # One move may not help at all and two help much: each is followed to the end.
    for _ in range(most_moves):
        beam = sorted(_followers(beam, members, phases), key=lambda state: state.score)[:_BEAM]
        if not beam:
            break
        further = len(beam[0].moves) - len(best.moves)
        if best.score - beam[0].score >= least_gain_share * further:
            best = beam[0]
    return _in_order_of_help(start, members, best.moves)


def _followers(beam: Sequence[_State], members: np.ndarray, phases: Sequence[int]) -> list[_State]:
    found: dict[frozenset[Move], _State] = {}
    hangs = np.array(phases)
    for state in beam:
        moved = {move.member for move in state.moves}
        for source in range(3):
            free = [int(n) for n in np.flatnonzero(hangs == source) if n not in moved]
            for target in (phase for phase in range(3) if phase != source and free):
                tried = np.repeat(state.current_a[None], len(free), axis=0)
                tried[:, source] -= members[free]
                tried[:, target] += members[free]
                for at, score in enumerate(_scores(tried)):
                    moves = (*state.moves, Move(free[at], source, target))
                    if not np.isnan(score):
                        found[frozenset(moves)] = _State(float(score), tried[at], moves)
    return list(found.values())


def _in_order_of_help(
    current_a: np.ndarray, members: np.ndarray, moves: Sequence[Move]
) -> list[Move]:
    left, ordered, now = list(moves), [], current_a
    while left:
        tried = [moved(now, members[move.member], move) for move in left]
        best = min(range(len(left)), key=lambda at: weighted_imbalance(tried[at]))
        ordered.append(left.pop(best))
        now = tried[best]
    return ordered


def moved(current_a: np.ndarray, member_a: np.ndarray, move: Move) -> np.ndarray:
    """The currents by phase after one move."""
    after = current_a.copy()
    after[move.from_phase] -= member_a
    after[move.to_phase] += member_a
    return after
