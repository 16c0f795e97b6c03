"""What several threads ask for at the same time is made by the first of them, for all."""

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Once(Generic[Made]):
    """Who asks for what is being made waits for it."""

    def __init__(self) -> None:
        """Nothing is being made."""
        self._under_way: dict[Hashable, Future[Made]] = {}
        self._lock = Lock()

    def of(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What ``make`` makes, or what somebody else is making for ``key``; its errors likewise.

        ``make`` must not ask for its own key. Between a look at what is kept and this, it may have
        been made and kept: ``make`` looks once more.
        """
        own: Future[Made] = Future()
        with self._lock:
            under_way = self._under_way.setdefault(key, own)
        if under_way is not own:
            return under_way.result()
        try:
            made = make()
        except BaseException as error:
            own.set_exception(error)
            raise
        else:
            own.set_result(made)
            return made
        finally:
            with self._lock:
                del self._under_way[key]
