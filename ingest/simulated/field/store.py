"""What a terminal (集中器) has read of its meters: it reads them by its own schedule."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zlib import crc32

from ingest.simulated.field.meters import QUARTER, FieldMeter

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_WHOLE = 1 << 32


@dataclass
class Store:
    """The readings in a terminal.

    What it missed it reads again if it catches up; if it does not, whoever wants it has the meter
    asked. What it reported, and was told had arrived, it forgets.

    Attributes:
        every: How long from one round of reading to the next.
        after: How long after the full round time it takes place.
        missed_share: Of its readings that fail, each meter's of one round together (0-1).
        seed: Which ones.
        catches_up_after: How long after a round it makes good what it missed; None: never.
        forgotten: Address and instant of what it reported and dropped.
    """

    every: timedelta = QUARTER
    after: timedelta = timedelta(minutes=2)
    missed_share: float = 0.0
    seed: int = 0
    catches_up_after: timedelta | None = None
    forgotten: set[tuple[str, datetime]] = field(default_factory=set)

    def read_at(self, at: datetime) -> datetime:
        """When it reads what a meter recorded at an instant."""
        return _EPOCH - (_EPOCH + self.after - at) // self.every * self.every + self.after

    def has(self, meter: FieldMeter, at: datetime, now: datetime) -> bool:
        """Whether it holds by ``now`` what a meter recorded at an instant."""
        if self.forgotten and (meter.address, at) in self.forgotten:
            return False
        return self.has_read(meter, at, now)

    def has_read(self, meter: FieldMeter, at: datetime, now: datetime) -> bool:
        """Whether it has read that by ``now``, though it may have forgotten it."""
        read_at = self.read_at(at)
        if read_at > now:
            return False
        late = self.catches_up_after
        if not self.missed_share or (late is not None and read_at + late <= now):
            return True
        draw = crc32(f"{self.seed}/{meter.address}/{read_at:%Y%m%d%H%M}".encode())
        return draw >= self.missed_share * _WHOLE

    def held(
        self,
        meter: FieldMeter,
        first: datetime,
        end: datetime,
        now: datetime,
        *,
        daily: bool = False,
    ) -> list[datetime]:
        """Instants from ``first`` to before ``end`` of a meter's records that it holds by now."""
        recorded = meter.recorded(first, end, now, daily=daily)
        return [at for at in recorded if self.has(meter, at, now)]

    def forget(self, readings: Iterable[tuple[str, datetime]]) -> None:
        """Drop what was reported and arrived."""
        self.forgotten.update(readings)
