"""Faults that stay: wrong clocks, times without power, terminals that are away or overcount."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from ingest.simulated.field.faults import Fault, Faults
from ingest.simulated.field.meters import DAY, QUARTER, Cut, FieldMeter, with_cut
from ingest.simulated.streams import stream

_DRIFT_SECONDS = 120, 1800
_CUT_QUARTERS = 2, 24
_OVERCOUNT_METERS = 1, 4


def with_lasting_faults(
    meters: Iterable[FieldMeter], faults: Faults, first: datetime, last: datetime
) -> list[FieldMeter]:
    """Meters of which a share of ``faults.rate`` each has a wrong clock and lost its power once.

    Args:
        meters: By whose addresses it is drawn who is hit: the same whoever else there is.
        faults: Of which ``kinds`` may hold DRIFT and POWER_CUT.
        first: Begin of the time in which power may be lost [UTC].
        last: Its end.
    """
    return [_with_drift(_with_cut(meter, faults, first, last), faults) for meter in meters]


def offline_days(
    address: str, faults: Faults, first: datetime, days: int
) -> tuple[tuple[datetime, datetime], ...]:
    """When a terminal is away: never, or one of the days from ``first`` on, [from, to)."""
    random = stream(faults.seed, "field offline", int(address))
    if Fault.OFFLINE not in faults.kinds or random.random() >= faults.rate or days < 1:
        return ()
    begin = first + DAY * int(random.integers(days))
    return ((begin, begin + DAY),)


def overcount_of(address: str, faults: Faults) -> int:
    """How many meters a terminal says it read that are not there: none, or a few."""
    random = stream(faults.seed, "field overcount", int(address))
    if Fault.OVERCOUNT not in faults.kinds or random.random() >= faults.rate:
        return 0
    return int(random.integers(*_OVERCOUNT_METERS))


def _with_drift(meter: FieldMeter, faults: Faults) -> FieldMeter:
    random = stream(faults.seed, "field drift", int(meter.address))
    if Fault.DRIFT not in faults.kinds or random.random() >= faults.rate:
        return meter
    seconds = int(random.integers(*_DRIFT_SECONDS)) * (1 if random.random() < 0.5 else -1)
    return replace(meter, drift=timedelta(seconds=seconds))


def _with_cut(meter: FieldMeter, faults: Faults, first: datetime, last: datetime) -> FieldMeter:
    random = stream(faults.seed, "field cut", int(meter.address))
    if Fault.POWER_CUT not in faults.kinds or random.random() >= faults.rate:
        return meter
    quarters = int(random.integers(*_CUT_QUARTERS))
    room = max((last - first) // QUARTER - quarters, 1)
    begin = first + QUARTER * int(random.integers(room))
    cut = Cut(begin, begin + QUARTER * quarters, leaves_empty=bool(random.random() < 0.5))
    return with_cut(meter, cut)
