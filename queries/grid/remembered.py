"""What was read a moment ago: several questions of one page rest on the same loads and voltages."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import TypeVar

from duckdb import DuckDBPyConnection

from queries.lake import lake_state

T = TypeVar("T")

_MOST = 24
_held: OrderedDict[Hashable, object] = OrderedDict()
_lock = Lock()


def remembered(lake: DuckDBPyConnection, key: tuple[Hashable, ...], read: Callable[[], T]) -> T:
    """What ``read`` gives, or gave for the same key on the same state of the lake and scope.

    What is held is shared: nobody may change it. A few dozen are kept, the longest unused go.
    """
    whole = (lake_state(lake), key)
    with _lock:
        if whole in _held:
            _held.move_to_end(whole)
            return _held[whole]  # type: ignore[return-value]
    found = read()
    with _lock:
        _held[whole] = found
        while len(_held) > _MOST:
            _held.popitem(last=False)
    return found
