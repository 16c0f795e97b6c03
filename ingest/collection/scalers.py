"""Scalers that meters of DL/T 698.45 state themselves (attribute 3), remembered for ever.

The codec's table knows what most makes count in, and some count otherwise. So each meter is asked
once: when it is first collected, when another meter hangs in its place, and after half a year.
What is known goes with the readings into the segments of the spool, so that each is read by what
was known when it was written, however often and in which order it is read again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from ingest.collection.sessions.questions698 import values_of
from ingest.collection.wants import Meter
from ingest.protocols.dlt698.objects import OBJECTS, UNITS, meaning
from ingest.protocols.dlt698.values import ScalerUnit

GOOD_FOR = timedelta(days=180)
"""After so long a meter is asked again: its programme may have been changed."""
PATIENCE = 3
"""After so many failures the table holds for a meter that is there and does not tell."""
FAILED_FOR = timedelta(days=1)
"""After so long such a meter is asked once more."""

Scalers = Mapping[str, ScalerUnit | None]
"""By OAD of the whole value (``00100200``); None: the meter states none, and the table holds."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What a meter has said of itself.

    Attributes:
        meter_id: Which meter it was.
        asked_at: When it was asked last, whether it answered or not [UTC].
        failures: In a row since it last answered.
        scalers: That it stated.
    """

    meter_id: str
    asked_at: datetime
    failures: int = 0
    scalers: Scalers = field(default_factory=lambda: MappingProxyType({}))


class ScalerBook:
    """What is known of the scalers of all meters of one collecting process.

    Attributes:
        version: Goes up whenever something becomes known.
    """

    def __init__(
        self,
        meters: Mapping[str, Meter],
        held: Mapping[str, Stated],
        *,
        save: Callable[[Mapping[str, Stated]], None],
        tell: Callable[..., None],
        now: Callable[[], datetime],
    ) -> None:
        """Begin with what is remembered.

        Args:
            meters: That are collected, by communication address.
            held: What they have said, by communication address.
            save: Makes what is new durable.
            tell: The log.
            now: Our clock [UTC].
        """
        self._meters = {a: m for a, m in meters.items() if m.protocol == "dlt698"}
        self._held = {
            address: stated
            for address, stated in held.items()
            if address in self._meters and self._meters[address].meter_id == stated.meter_id
        }
        self._known = {address: _known(stated) for address, stated in self._held.items()}
        self._save, self._tell, self._now = save, tell, now
        self.version = 0

    def is_unknown(self, address: str) -> bool:
        """Whether readings of a meter must wait until it has been asked."""
        stated = self._held.get(address)
        failures = stated.failures if stated else 0
        return bool(self._missing(address)) and failures < PATIENCE

    def due(self, address: str) -> tuple[str, ...]:
        """The values of a meter whose scalers are to be asked for now, by OAD."""
        stated, missing = self._held.get(address), self._missing(address)
        if stated is None or (missing and stated.failures < PATIENCE):
            return missing
        if self._now() - stated.asked_at < (FAILED_FOR if stated.failures else GOOD_FOR):
            return ()
        return missing or values_of(self._meters[address])

    def of(self, address: str) -> Mapping[str, ScalerUnit]:
        """What a meter states, without what it leaves to the table."""
        return self._known.get(address, {})

    def note(self, answers: Mapping[str, Scalers]) -> None:
        """Remember what meters answered, by address; what differs from the table is told."""
        fresh = {}
        for address, scalers in answers.items():
            meter, before = self._meters[address], self._held.get(address)
            known = {**(before.scalers if before else {}), **scalers}
            fresh[address] = Stated(meter.meter_id, self._now(), 0, known)
            self._tell_of(address, before.scalers if before else {}, scalers)
        self._remember(fresh)

    def fail(self, addresses: Mapping[str, str], *, for_good: bool = False) -> None:
        """Remember which meters did not tell, by address, and why.

        Args:
            addresses: Of the meters.
            for_good: They will not: the table holds at once, and tomorrow they are asked again.
        """
        fresh = {}
        for address, why in addresses.items():
            before = self._held.get(address) or Stated(self._meters[address].meter_id, self._now())
            failures = max(before.failures, PATIENCE * for_good - 1) + 1
            fresh[address] = replace(before, asked_at=self._now(), failures=failures)
            if failures == PATIENCE and self._missing(address):
                text = f"meter {address} does not tell its scalers; the usual ones are taken: {why}"
                self._tell("finding", rule="scaler_unread", meter=address, message=text)
        self._remember(fresh)

    def _missing(self, address: str) -> tuple[str, ...]:
        if address not in self._meters:
            return ()
        stated = self._held.get(address)
        known = stated.scalers if stated else {}
        return tuple(oad for oad in values_of(self._meters[address]) if oad not in known)

    def _remember(self, fresh: Mapping[str, Stated]) -> None:
        if fresh:
            self._save(fresh)
            self._held |= fresh
            self._known |= {address: _known(stated) for address, stated in fresh.items()}
            self.version += 1

    def _tell_of(self, address: str, before: Scalers, scalers: Scalers) -> None:
        for oad, stated in scalers.items():
            usual, known = meaning(oad), before.get(oad)
            if stated is None:
                continue
            if known is not None and known != stated:
                rule, other = "scaler_changed", f"it was {_words(known)} when it was last asked"
            elif stated.scaler != usual.scaler or UNITS.get(stated.unit) != usual.unit:
                rule, other = "scaler_differs", f"usual is 10^{usual.scaler} {usual.unit}"
            else:
                continue
            text = f"meter {address}: {OBJECTS[oad[:4]].name} counts {_words(stated)}; {other}"
            self._tell("finding", rule=rule, meter=address, message=text)


def _known(stated: Stated) -> Mapping[str, ScalerUnit]:
    return {oad: scaler for oad, scaler in stated.scalers.items() if scaler is not None}


def _words(stated: ScalerUnit) -> str:
    return f"10^{stated.scaler} {UNITS.get(stated.unit, f'unit {stated.unit}')}"
