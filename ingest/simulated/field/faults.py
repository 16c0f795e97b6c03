"""What goes wrong in the field: drawn by a rate and a seed, and counted when it is played."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random


class Fault(StrEnum):
    """One way in which an exchange goes wrong."""

    LATENCY = "latency"  # the answer comes after a while
    DROP = "drop"  # the connection breaks in the middle of a frame
    CHECKSUM = "checksum"  # a bit of the frame has turned
    DUPLICATE = "duplicate"  # the answer comes twice
    LATE = "late"  # the answer comes right before that to the next question
    MISMATCH = "mismatch"  # an answer with another number, or of another meter
    SPLIT = "split"  # a frame comes in pieces
    FRAGMENTED = "fragmented"  # the answer is cut up by the protocol's own means
    NULL_TIME = "null_time"  # records do not say of when they are
    NO_VALUES = "no_values"  # FF, EE or NULL where values were
    NOISE = "noise"  # bytes before a frame that belong to none
    ECHO = "echo"  # the question comes back before the answer
    DRIFT = "drift"  # a meter's clock is wrong
    OFFLINE = "offline"  # a terminal does not dial in
    POWER_CUT = "power_cut"  # a meter has no records of a time
    OVERCOUNT = "overcount"  # a terminal says that it read meters that are not there


LASTING = frozenset({Fault.DRIFT, Fault.OFFLINE, Fault.POWER_CUT, Fault.OVERCOUNT})
"""Planned beforehand (``lasting``), not drawn: asking again does not help."""
ON_EVERY_LINE = frozenset(
    {
        Fault.LATENCY,
        Fault.DROP,
        Fault.CHECKSUM,
        Fault.DUPLICATE,
        Fault.LATE,
        Fault.SPLIT,
        Fault.NOISE,
    }
)
"""Faults of the line, whatever is said on it; the others need the words of a protocol."""


@dataclass(frozen=True)
class Answer:
    """What is to be sent, and how it would be sent wrongly.

    Attributes:
        frames: One after another.
        spoilt: By fault, what to send in place of ``frames``; called only if it is played.
        shows: Lasting faults that this answer makes visible.
    """

    frames: tuple[bytes, ...]
    spoilt: Mapping[Fault, Callable[[], tuple[bytes, ...]]] = field(default_factory=dict)
    shows: frozenset[Fault] = frozenset()


class LineFaults:
    """Faults of one line, drawn in the order of its exchanges, whatever other lines do."""

    def __init__(self, rate: float, kinds: frozenset[Fault], seed: str) -> None:
        """Begin with the first exchange."""
        self.rate = rate
        self._kinds = kinds
        self.random = Random(seed)  # noqa: S311 - faults are to be the same again
        self._has_just_failed = False

    def draw(self, possible: Collection[Fault]) -> Fault | None:
        """The fault of the next exchange; None: it goes well.

        Never two exchanges in a row fail, so that asking again helps however high the rate.
        """
        kinds = sorted(self._kinds.intersection(possible))
        fails = self.random.random() < self.rate and not self._has_just_failed and bool(kinds)
        self._has_just_failed = fails
        return self.random.choice(kinds) if fails else None


class Faults:
    """What can go wrong in a field, and how often each has.

    Attributes:
        rate: Share of the exchanges that fail (0-1).
        kinds: Those that may be played.
        seed: The same gives the same on every line.
        latency_seconds: How long a slow answer takes.
        played: How often each was.
    """

    def __init__(
        self,
        rate: float = 0.0,
        kinds: Collection[Fault] = tuple(Fault),
        seed: int = 0,
        *,
        latency_seconds: float = 0.05,
    ) -> None:
        """Nothing has gone wrong yet."""
        self.rate = rate
        self.kinds = frozenset(kinds)
        self.seed = seed
        self.latency_seconds = latency_seconds
        self.played: Counter[Fault] = Counter()
        self._lines: dict[str, LineFaults] = {}

    def on(self, line: str) -> LineFaults:
        """The faults of a line by name; they go on where they were when it is opened again."""
        if line not in self._lines:
            drawn = self.kinds - LASTING
            self._lines[line] = LineFaults(self.rate, drawn, f"{self.seed}/{line}")
        return self._lines[line]
