"""What several questions of a page work out from the same rows, held for a while."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from duckdb import DuckDBPyConnection

from queries.lake import LakeState, lake_state

Made = TypeVar("Made")


class Held(Generic[Made]):
    """The last few things made, each for the state and scope of its lake; the oldest go first."""

    def __init__(self, most: int) -> None:
        """Hold nothing yet, and never more than ``most``."""
        self._most = most
        self._made: OrderedDict[tuple[LakeState, Hashable], Made] = OrderedDict()
        self._lock = Lock()

    def of(self, lake: DuckDBPyConnection, asked: Hashable, make: Callable[[], Made]) -> Made:
        """What was made of ``lake`` for ``asked``, or what ``make`` makes now.

        What is held is shared between threads: nobody may change it.
        """
        key = lake_state(lake), asked
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                return self._made[key]
        made = make()
        with self._lock:
            self._made[key] = made
            while len(self._made) > self._most:
                self._made.popitem(last=False)
        return made

    def held(self, lake: DuckDBPyConnection, asked: Hashable) -> Made | None:
        """What is held of ``lake`` for ``asked``; None: nothing, and nothing is made."""
        key = lake_state(lake), asked
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
            return self._made.get(key)
