"""What the simulation knows of a terminal (集中器), whatever it speaks."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ingest.simulated.field.meters import CHINA, FieldMeter
from ingest.simulated.field.store import Store
from queries.local_time import standard_offset


@dataclass(frozen=True)
class Site:
    """A terminal and the meters that it reads.

    Attributes:
        address: Of the terminal: 12 digits of DL/T 698.45; nine of Q/GDW 376.1, region and number.
        meters: By address, in the order of their measuring points, which count from 1.
        clock: Gives the true time [UTC].
        store: What it has read.
        drift: Its clock less the true time.
        offline: When it does not dial in, each from and before [UTC].
        is_proxying: Whether it has its meters asked; else it says that they do not answer.
        overcount: How many meters it says it read that do not hang behind it.
        zone: Whose standard time it keeps.
    """

    address: str
    meters: Mapping[str, FieldMeter]
    clock: Callable[[], datetime]
    store: Store = field(default_factory=Store)
    drift: timedelta = timedelta()
    offline: tuple[tuple[datetime, datetime], ...] = ()
    is_proxying: bool = True
    overcount: int = 0
    zone: ZoneInfo = field(default=CHINA)

    def local_clock(self) -> datetime:
        """The local time that it says it is."""
        now = self.clock()
        offset = standard_offset(self.zone, now.year)
        return now.replace(tzinfo=None) + self.drift + offset

    def is_offline(self) -> bool:
        """Whether it is away now."""
        now = self.clock()
        return any(first <= now < end for first, end in self.offline)


def site(
    address: str, meters: Iterable[FieldMeter], clock: Callable[[], datetime], **others: object
) -> Site:
    """A terminal whose measuring points are the meters in the order given."""
    return Site(address, {one.address: one for one in meters}, clock, **others)  # type: ignore[arg-type]
