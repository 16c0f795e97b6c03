"""Simulated meters (仿真电能表): what their registers stood at, and what of it they kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from enum import Enum
from functools import cached_property
from typing import NamedTuple
from zlib import crc32
from zoneinfo import ZoneInfo

import numpy as np

from ingest.register_energy import COUNTS_PER_KWH
from queries.local_time import standard_offset
from queries.schema import SLOT_MINUTES

QUARTER = timedelta(minutes=SLOT_MINUTES)
DAY = timedelta(days=1)
TARIFFS = 4
_NOMINAL_DECIVOLTS = 2200
_DECIWATTS_PER_COUNT = 4  # a count in a quarter of an hour: 0.1 Wh × 4 / h
_VALLEY, _FLAT, _PEAK, _SHARP = 3, 2, 1, 0
_TARIFF_OF_HOUR = np.repeat(
    np.array([_VALLEY, _FLAT, _PEAK, _FLAT, _PEAK, _SHARP, _PEAK, _VALLEY]),
    [7, 1, 3, 3, 4, 2, 2, 2],
)
CHINA = ZoneInfo("Asia/Shanghai")


class Kept(Enum):
    """Whether a meter has a record of an instant."""

    WHOLE = "whole"
    EMPTY = "empty"  # there is a record, and nothing in it
    NONE = "none"


class Cut(NamedTuple):
    """A time without power (停电), both ends included, of which no record is ever made good.

    Attributes:
        leaves_empty: Records of this time exist and hold nothing; else there are none.
    """

    first: datetime
    last: datetime
    leaves_empty: bool = False


class Measured(NamedTuple):
    """What a meter measures at an instant, on its own side of the instrument transformers.

    Attributes:
        decivolts: Voltage of each phase [0.1 V].
        milliamperes: Current of each phase [mA], negative while it feeds back.
        deciwatts: Active power [0.1 W], the total and then each phase.
    """

    decivolts: tuple[int, ...]
    milliamperes: tuple[int, ...]
    deciwatts: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class FieldMeter:
    """One meter.

    Its clock may be wrong: that shows in what it says the time is. Its records are labelled with
    the quarter of an hour that they are of, as a meter does that was set right in between.

    Attributes:
        address: Its communication address, 12 digits.
        usage_point_id: Where it hangs.
        meter_id: Which meter of the register it is.
        begin: Instant of the first register reading [UTC], local midnight.
        counts: By channel, its register at every quarter of an hour from ``begin`` on, int64
            [0.0001 kWh, meter side], not rolled over.
        protocol: What it speaks: ``dlt645`` or ``dlt698``.
        phases: 1 or 3.
        ratio: Of its instrument transformers; registers are before it.
        digits: Whole digits of its registers, after which they roll over (示数翻转).
        interval_minutes: Of its curve; 15, 30 or 60.
        drift: Its clock less the true time.
        cuts: When it had no power.
        is_measuring: Whether its curve holds voltages, currents and powers too.
        energy_scaler: Its registers say kWh as whole numbers of 10 ^ so much; -2 is usual, and all
            that DL/T 645 knows.
        zone: Whose standard time it keeps.
    """

    address: str
    usage_point_id: str
    meter_id: str
    begin: datetime
    counts: Mapping[str, np.ndarray]
    protocol: str = "dlt698"
    phases: int = 1
    ratio: int = 1
    digits: int = 6
    interval_minutes: int = SLOT_MINUTES
    drift: timedelta = timedelta()
    cuts: tuple[Cut, ...] = ()
    is_measuring: bool = False
    energy_scaler: int = -2
    zone: ZoneInfo = field(default=CHINA)

    def __post_init__(self) -> None:
        """Refuse a meter that could not be read.

        Raises:
            ValueError: ``begin`` is no local midnight, or there is no forward register.
        """
        if self.local(self.begin).time() != time():
            raise ValueError(f"meter {self.address} begins at {self.begin}; expected a midnight")
        if self.energy_scaler not in (range(-4, 1) if self.protocol == "dlt698" else (-2,)):
            raise ValueError(
                f"meter {self.address} of {self.protocol} has scaler {self.energy_scaler}; "
                "expected -4 to 0, and -2 of dlt645"
            )
        if "import" not in self.counts:
            raise ValueError(f"meter {self.address} has no channel 'import'")

    @cached_property
    def offset(self) -> timedelta:
        """Of its standard time from UTC."""
        return standard_offset(self.zone, self.begin.year)

    @property
    def end(self) -> datetime:
        """Instant of the last register reading."""
        return self.begin + QUARTER * (len(self.counts["import"]) - 1)

    @property
    def range_counts(self) -> int:
        """At which its registers begin again at 0."""
        return 10**self.digits * COUNTS_PER_KWH

    def local(self, at: datetime) -> datetime:
        """An instant as the zone's standard time says it, without a zone."""
        return at.replace(tzinfo=None) + self.offset

    def instant(self, local: datetime) -> datetime:
        """The instant [UTC] that standard time calls ``local``."""
        return (local - self.offset).replace(tzinfo=self.begin.tzinfo)

    def index(self, at: datetime) -> int:
        """Number of the last quarter of an hour that had begun at an instant, within the curve."""
        place, last = (at - self.begin) // QUARTER, len(self.counts["import"]) - 1
        return place if 0 <= place <= last else max(min(place, last), 0)

    @property
    def counts_shown(self) -> int:
        """The least that its registers show [0.0001 kWh]."""
        return COUNTS_PER_KWH // 10**-self.energy_scaler

    def register(self, channel: str, at: datetime, *, resolution: int | None = None) -> int:
        """What it shows at an instant, rounded down to ``resolution`` [0.0001 kWh].

        None is the least that it shows: hundredths of a kWh by custom, ten-thousandths only where
        a protocol has room for them. A channel that it does not register stands at 0 for ever.
        """
        counts = self.counts.get(channel)
        total = 0 if counts is None else int(counts[self.index(at)])
        resolution = resolution or self.counts_shown
        return total % self.range_counts // resolution * resolution

    def tariff_registers(self, channel: str, at: datetime) -> tuple[int, ...]:
        """The total and its four tariffs (尖峰平谷), each rounded down on its own [0.0001 kWh]."""
        shown = self.register(channel, at)
        counts = self.counts.get(channel)
        if counts is None:
            return (0,) * (1 + TARIFFS)
        until, start = self.index(at), int(counts[0])
        tariff = _TARIFF_OF_HOUR[np.arange(until) // 4 % 24]
        used = np.bincount(tariff, weights=np.diff(counts[: until + 1]), minlength=TARIFFS)
        parts = [start // TARIFFS + start % TARIFFS * (n == _VALLEY) for n in range(TARIFFS)]
        totals = [part + int(moved) for part, moved in zip(parts, used, strict=True)]
        least = self.counts_shown
        shown_parts = (total % self.range_counts // least * least for total in totals)
        return (shown, *shown_parts)

    def measured(self, at: datetime) -> Measured:
        """Voltages, currents and powers in the quarter of an hour that begins at an instant."""
        place = min(self.index(at), len(self.counts["import"]) - 2)
        moved = sum(
            sign * int(counts[place + 1] - counts[place])
            for channel, sign in (("import", 1), ("export", -1))
            if (counts := self.counts.get(channel)) is not None
        )
        total = moved * _DECIWATTS_PER_COUNT
        each = [total // self.phases] * self.phases
        each[0] += total - sum(each)
        noise = crc32(f"{self.address}/{place}".encode())
        volts = [
            _NOMINAL_DECIVOLTS - 50 + (noise >> 8 * n & 0xFF) % 101 for n in range(self.phases)
        ]
        amperes = [round(1000 * w / v) for w, v in zip(each, volts, strict=True)]
        return Measured(tuple(volts), tuple(amperes), (total, *each))

    def kept(self, at: datetime) -> Kept:
        """Whether it has a record of an instant of its curve."""
        for cut in self.cuts:
            if cut.first <= at <= cut.last:
                return Kept.EMPTY if cut.leaves_empty else Kept.NONE
        return Kept.WHOLE

    def is_cut(self, now: datetime) -> bool:
        """Whether it has no power now, and so says nothing."""
        return any(cut.first <= now <= cut.last for cut in self.cuts)

    def recorded(
        self, first: datetime, end: datetime, now: datetime, *, daily: bool = False
    ) -> list[datetime]:
        """Instants from ``first`` to before ``end`` of which it keeps a record by now.

        Args:
            first: Included [UTC].
            end: Not included [UTC].
            now: The present; it has no records of the future.
            daily: Of the freezes at midnight (日冻结) instead of the curve. The first midnight
                closes a day that the meter did not see, and is no freeze.
        """
        step = DAY if daily else timedelta(minutes=self.interval_minutes)
        low = max(-((self.begin - first) // step), int(daily))
        high = min(-((self.begin - end) // step) - 1, (min(now, self.end) - self.begin) // step)
        instants = (self.begin + step * number for number in range(low, high + 1))
        return [at for at in instants if not self.cuts or self.kept(at) is not Kept.NONE]

    def met_cuts(self, first: datetime, end: datetime) -> bool:
        """Whether it was without power at any time from ``first`` to before ``end``."""
        return any(cut.first < end and cut.last >= first for cut in self.cuts)

    def clock(self, now: datetime) -> datetime:
        """The local time that it says it is."""
        return self.local(now + self.drift)


def with_cut(meter: FieldMeter, cut: Cut) -> FieldMeter:
    """The meter with one more time without power, in which nothing flowed."""
    first, last = meter.index(cut.first), meter.index(cut.last)
    still = {}
    for channel, counts in meter.counts.items():
        moved = np.diff(counts)
        moved[first:last] = 0
        still[channel] = counts[0] + np.concatenate([[0], np.cumsum(moved)]).astype(np.int64)
    return replace(meter, counts=still, cuts=(*meter.cuts, cut))
