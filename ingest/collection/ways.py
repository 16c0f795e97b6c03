"""Ways to meters, as the rounds of the collection see them: lines that are there or not."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from ingest.collection.exchange import Exchange
from ingest.collection.sessions.collected import Collected
from ingest.collection.wants import Want


class Line(Protocol):
    """A connection over which meters are read, one question at a time."""

    async def read_many(self, wants: Iterable[Want]) -> Collected:
        """Read the wants; one that fails does not stop the others."""
        ...


class Counting(Protocol):
    """A terminal that counts itself how many of its meters it read."""

    async def read_own_count(self) -> list[Exchange]:
        """What it says; ExchangeError where nothing usable came."""
        ...


class Way(Protocol):
    """How the meters of one collector are reached."""

    async def start(self) -> None:
        """Open what must be open before anybody can be asked."""
        ...

    async def close(self) -> None:
        """Close everything; no task is left behind."""
        ...

    def name_of(self, want: Want, /) -> str:
        """The line over which a want is read."""
        ...

    def line(self, name: str, /) -> Line | None:
        """The line, if it is there now."""
        ...

    def counting(self) -> Mapping[str, Counting]:
        """Terminals by address that are there now."""
        ...

    def heard(self) -> Mapping[str, tuple[str, bool, datetime | None]]:
        """Terminals by address: protocol, whether online, when last heard."""
        ...
