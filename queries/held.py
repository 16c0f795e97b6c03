"""What several questions of a page work out from the same rows, held for a while."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from duckdb import DuckDBPyConnection

from queries.lake import LakeState, lake_state
from queries.once import Once

Made = TypeVar("Made")
_Key = tuple[LakeState, Hashable]


class Held(Generic[Made]):
    """The last few things made, each for the state and scope of its lake; the oldest go first."""

    def __init__(self, most: int) -> None:
        """Hold nothing yet, and never more than ``most``."""
        self._most = most
        self._made: OrderedDict[_Key, tuple[Made]] = OrderedDict()
        self._lock = Lock()
        self._once: Once[Made] = Once()

    def of(self, lake: DuckDBPyConnection, asked: Hashable, make: Callable[[], Made]) -> Made:
        """What was made of ``lake`` for ``asked``, or what ``make`` makes now.

        What is held is shared between threads: nobody may change it.
        """
        key = lake_state(lake), asked

        def found_or_made() -> Made:
            for made in self._found(key):
                return made
            made = make()
            with self._lock:
                self._made[key] = (made,)
                while len(self._made) > self._most:
                    self._made.popitem(last=False)
            return made

        for made in self._found(key):
            return made
        return self._once.of(key, found_or_made)

    def held(self, lake: DuckDBPyConnection, asked: Hashable) -> Made | None:
        """What is held of ``lake`` for ``asked``; None: nothing, and nothing is made."""
        for made in self._found((lake_state(lake), asked)):
            return made
        return None

    def _found(self, key: _Key) -> tuple[Made] | tuple[()]:
        """One, or none: what was made may be None."""
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
            return self._made.get(key, ())
