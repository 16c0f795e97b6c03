"""Frozen registers (冻结示数) of one usage point: the readings between which its energy lies.

Energy between two days is this reading minus the last one, times the ratio, over every meter and
ratio that was there. It is never split by days: a border without a reading is refused, or, where
that is agreed, its reading is estimated by the curve between the readings around it.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from queries.billing.money import rounded
from queries.billing.registers_used import RegisterError, RegisterSpan, used_kwh

TOTAL = "total"
STANDS_FOR = {"sharp": ("peak",), "deep_valley": ("valley",)}
"""What a meter's register is billed as where the tariff has no period of its name: what meters
that were not reprogrammed count as 尖 is billed at the peak price (Tianjin, read). A meter without
such a register counts its hours in the other one."""
ACTUAL = "A"
ESTIMATED = "E"
_READING_DECIMALS = 4
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class RegisterReading:
    """What one register showed at one instant [meter side].

    Attributes:
        meter_id: Of the meter.
        channel: ``import``, ``export``, ``reactive_import`` …
        register: ``total``, ``sharp``, ``peak``, ``flat``, ``valley``, ``deep_valley``.
        read_at: Aware.
        reading_kwh: kWh or kvarh.
        quality: A (actual), S, E.
        demand_kw: Maximum demand since its reset; None: no demand register.
        demand_at: When its window ended; None: unsaid.
    """

    meter_id: str
    channel: str
    register: str
    read_at: datetime
    reading_kwh: Decimal
    quality: str = ACTUAL
    demand_kw: Decimal | None = None
    demand_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MeterUse:
    """A meter at a usage point under one ratio.

    Attributes:
        meter_id: Of the meter.
        ratio: Current × voltage ratio.
        digits: Of its registers before the decimal point.
        first_day: First day.
        end_day: The day on which it or its ratio ended; None: still there.
    """

    meter_id: str
    ratio: Decimal
    digits: int
    first_day: date = date.min
    end_day: date | None = None


@dataclass(frozen=True, slots=True)
class UsedSpan:
    """Energy between two readings, with the readings.

    Attributes:
        usage_point_id: Where.
        register: Of the meter.
        channel: Of the meter.
        span: Meter, last and this reading, ratio.
        previous_at: When the last reading was taken.
        current_at: When this one was.
        quality: The worse of the two.
        is_exchanged: The meter was removed at its end (换表).
        energy_kwh: kWh or kvarh, after the ratio.
    """

    usage_point_id: str
    register: str
    channel: str
    span: RegisterSpan
    previous_at: datetime
    current_at: datetime
    quality: str
    is_exchanged: bool
    energy_kwh: Decimal


class Curve(Protocol):
    """Energy by the interval readings, to estimate a reading that is missing."""

    def used_kwh(
        self, channel: str, register: str, first_day: date, end_day: date
    ) -> Fraction | None:
        """Energy from ``first_day`` to before ``end_day``, as the register would count it.

        None where too little of it was read to tell.
        """
        ...

    def has(self, channel: str) -> bool:
        """Whether it was read for a channel at all."""
        ...


Fallback = Literal["refuse", "curve"]
"""What becomes of a border without a reading: an error, or an estimate by the curve."""


@dataclass(frozen=True, slots=True)
class _Border:
    """A reading at an instant, or what stands for it."""

    at: datetime
    reading_kwh: Decimal
    quality: str


@dataclass(frozen=True, slots=True)
class PointRegisters:
    """All readings of one usage point, and the meters that gave them.

    Attributes:
        usage_point_id: Of the usage point.
        meters: In order of time.
        readings: By meter, channel and register, in order of time.
        zone: Whose midnights cut days.
        curve: For estimates; None: there are none.
        fallback: What becomes of a border without a reading.
    """

    usage_point_id: str
    meters: tuple[MeterUse, ...]
    readings: Mapping[tuple[str, str, str], tuple[RegisterReading, ...]]
    zone: ZoneInfo
    curve: Curve | None = None
    fallback: Fallback = "refuse"
    _known: dict[tuple[str, str, date, date], tuple[UsedSpan, ...]] = field(
        default_factory=dict, compare=False, repr=False
    )

    @classmethod
    def of(  # noqa: PLR0913 - what a usage point has
        cls,
        usage_point_id: str,
        meters: Iterable[MeterUse],
        readings: Iterable[RegisterReading],
        zone: ZoneInfo,
        *,
        curve: Curve | None = None,
        fallback: Fallback = "refuse",
    ) -> "PointRegisters":
        """From readings in any order; of two at one instant the better, then the later given."""
        found: dict[tuple[str, str, str], dict[datetime, RegisterReading]] = {}
        for one in readings:
            at = found.setdefault((one.meter_id, one.channel, one.register), {})
            held = at.get(one.read_at)
            if held is None or "NESA".index(one.quality) >= "NESA".index(held.quality):
                at[one.read_at] = one
        ordered = {key: tuple(at[moment] for moment in sorted(at)) for key, at in found.items()}
        order = tuple(sorted(meters, key=lambda one: one.first_day))
        return cls(usage_point_id, order, ordered, zone, curve, fallback)

    def channels(self) -> frozenset[str]:
        """The channels that have readings, without numbers."""
        return frozenset(channel.partition(".")[0] for _, channel, _ in self.readings)

    def registers(self, channel: str) -> frozenset[str]:
        """The registers of a channel that have readings, the total among them."""
        return frozenset(r for _, c, r in self.readings if c.partition(".")[0] == channel)

    def spans(
        self, channel: str, register: str, first_day: date, end_day: date
    ) -> tuple[UsedSpan, ...]:
        """The pairs of readings from ``first_day`` to before ``end_day``, over all meters.

        The period registers of a meter without a total register stand for its total. A register
        that a meter was not read for, but another one was, is estimated by the curve where that is
        agreed, as a span from 0 on.

        Raises:
            RegisterError: a border, or a meter's register, has no reading and none may be
                estimated.
        """
        key = channel, register, first_day, end_day
        if key not in self._known:
            found = self._read_spans(channel, register, first_day, end_day)
            unread = [
                self._unread(number, channel, register, first_day, end_day)
                for number in range(len(self.meters))
                if self._is_unread(number, channel, register, first_day, end_day)
            ]
            self._known[key] = (*found, *unread)
        return self._known[key]

    def every_span(self, first_day: date, end_day: date) -> tuple[UsedSpan, ...]:
        """The spans of all registers, the total first.

        What a meter was not read for is there if it was estimated for ``spans`` before.
        """
        found: list[UsedSpan] = []
        for channel in sorted(self.channels()):
            for register in sorted(self.registers(channel), key=lambda one: (one != TOTAL, one)):
                known = self._known.get((channel, register, first_day, end_day))
                if known is None:
                    known = self._read_spans(channel, register, first_day, end_day)
                found += known
        return tuple(dict.fromkeys(found))

    def used_kwh(self, channel: str, register: str, first_day: date, end_day: date) -> Decimal:
        """Energy from ``first_day`` to before ``end_day``."""
        spans = self.spans(channel, register, first_day, end_day)
        return sum((span.energy_kwh for span in spans), Decimal(0))

    def maximum_kw(self, channel: str, first_day: date, end_day: date) -> Decimal | None:
        """Largest demand of the demand registers whose window ended on these days; None: none.

        A window that ends at 24:00 belongs to the day that ends.
        """
        after, until = self.midnight(first_day), self.midnight(end_day)
        found: Decimal | None = None
        for meter in self.meters:
            for one in self.readings.get((meter.meter_id, channel, TOTAL), ()):
                at = one.demand_at or one.read_at
                if one.demand_kw is None or not after < at <= until:
                    continue
                day = (at - _MICROSECOND).astimezone(self.zone).date()
                if not meter.first_day <= day or (meter.end_day and self._is_over(meter, day)):
                    continue
                kw = one.demand_kw * meter.ratio
                found = kw if found is None else max(found, kw)
        return found

    def midnight(self, day: date) -> datetime:
        """When ``day`` begins."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def _is_over(self, meter: MeterUse, day: date) -> bool:
        """Whether a meter was gone on ``day``; on the day of its exchange it still counted."""
        if meter.end_day is None:
            return False
        goes_on = any(
            one.meter_id == meter.meter_id and one.first_day == meter.end_day for one in self.meters
        )
        return day >= meter.end_day if goes_on else day > meter.end_day

    def _read_spans(
        self, channel: str, register: str, first_day: date, end_day: date
    ) -> tuple[UsedSpan, ...]:
        """The spans of the meters that were read."""
        return tuple(
            span
            for one in self._numbered(channel)
            for number in range(len(self.meters))
            for name in self._counting(number, channel, register)
            if (span := self._span(number, one, name, first_day, end_day)) is not None
        )

    def _counting(self, number: int, channel: str, register: str) -> list[str]:
        """The registers of a meter that count what is asked for: its periods if it has no total."""
        has = self._registers_of(number, channel)
        return sorted(has) if register == TOTAL and register not in has else [register]

    def _registers_of(self, number: int, channel: str) -> frozenset[str]:
        meter_id = self.meters[number].meter_id
        return frozenset(
            r for m, c, r in self.readings if m == meter_id and c.partition(".")[0] == channel
        )

    def _is_unread(
        self, number: int, channel: str, register: str, first_day: date, end_day: date
    ) -> bool:
        """Whether a meter was there on some of the days, but not read for what others were."""
        start, end = self._there(number, first_day, end_day)
        if start >= end or register not in self.registers(channel):
            return False
        has = self._registers_of(number, channel)
        stands_for = has if register == TOTAL else {register, *STANDS_FOR.get(register, ())} & has
        return not stands_for

    def _there(self, number: int, first_day: date, end_day: date) -> tuple[date, date]:
        """The days on which a meter was there, the end not included; none where end ≤ start."""
        meter = self.meters[number]
        return max(first_day, meter.first_day), min(end_day, meter.end_day or end_day)

    def _unread(
        self, number: int, channel: str, register: str, first_day: date, end_day: date
    ) -> UsedSpan:
        """What a meter that was not read counted by the curve, as a span from 0 on."""
        meter = self.meters[number]
        start, end = self._there(number, first_day, end_day)
        said = (
            f"usage point {self.usage_point_id}, meter {meter.meter_id}, {channel} {register}: no "
            f"reading from {start} to {end - timedelta(days=1)}, when the meter was there"
        )
        if self.fallback == "refuse" or self.curve is None:
            raise RegisterError(
                f"{said}. Collect or enter it: what is missing is not zero. Where the agreement "
                "allows, it is estimated by the curve."
            )
        is_told = self.curve.has(channel)
        energy = self.curve.used_kwh(channel, register, start, end) if is_told else None
        if energy is None:
            raise RegisterError(f"{said}, and the curve does not tell it. Collect or enter it.")
        moved = rounded(energy / Fraction(meter.ratio), _READING_DECIMALS)
        span = RegisterSpan(meter.meter_id, Decimal(0), moved, meter.ratio, meter.digits)
        return UsedSpan(
            self.usage_point_id,
            register,
            channel,
            span,
            self.midnight(start),
            self.midnight(end),
            ESTIMATED,
            meter.end_day == end and not self._goes_on(number) and number + 1 < len(self.meters),
            used_kwh(span),
        )

    def _numbered(self, channel: str) -> list[str]:
        found = {c for _, c, _ in self.readings if c.partition(".")[0] == channel}
        return sorted(found)

    def _span(
        self, number: int, channel: str, register: str, first_day: date, end_day: date
    ) -> UsedSpan | None:
        """What one meter counted under one ratio; None where it was not there."""
        meter = self.meters[number]
        rows = self.readings.get((meter.meter_id, channel, register), ())
        if not rows:
            return None
        begin, end = self.midnight(first_day), self.midnight(end_day)
        began, ended = self._began(number, rows), self._ended(number, rows)
        if (began is not None and began >= end) or (ended is not None and ended <= begin):
            return None
        is_first = began is not None and began >= begin
        is_last = ended is not None and ended <= end
        previous = self._at(rows, began if is_first and began else begin, meter)
        current = self._at(rows, ended if is_last and ended else end, meter)
        span = RegisterSpan(
            meter.meter_id, previous.reading_kwh, current.reading_kwh, meter.ratio, meter.digits
        )
        worse = min(previous.quality, current.quality, key="NESA".index)
        is_removed = is_last and not self._goes_on(number) and number + 1 < len(self.meters)
        return UsedSpan(
            self.usage_point_id,
            register,
            channel,
            span,
            previous.at,
            current.at,
            worse,
            is_removed,
            used_kwh(span),
        )

    def _goes_on(self, number: int) -> bool:
        """Whether the same meter goes on, under another ratio."""
        following = self.meters[number + 1 : number + 2]
        return bool(following) and following[0].meter_id == self.meters[number].meter_id

    def _began(self, number: int, rows: tuple[RegisterReading, ...]) -> datetime | None:
        """When a meter or ratio began: at a midnight, or with the first reading after exchange.

        The first meter of all began with a reading on its first day, if there is one.
        """
        meter = self.meters[number]
        if meter.first_day == date.min:
            return None
        start = self.midnight(meter.first_day)
        if number and self._goes_on(number - 1):
            return start
        place = bisect_left(rows, start, key=lambda one: one.read_at)
        if number == 0:
            day_after = self.midnight(meter.first_day + timedelta(days=1))
            is_fitted = place < len(rows) and rows[place].read_at < day_after
            return rows[place].read_at if is_fitted else None
        return rows[place].read_at if place < len(rows) else start

    def _ended(self, number: int, rows: tuple[RegisterReading, ...]) -> datetime | None:
        """When it ended: at a midnight, or with the last reading before the exchange.

        The last meter of all ended with a reading on its last day, if that has no other end.
        """
        meter = self.meters[number]
        if meter.end_day is None:
            return None
        if number + 1 == len(self.meters):
            end = self.midnight(meter.end_day)
            place = bisect_left(rows, end, key=lambda one: one.read_at)
            is_read = place < len(rows) and rows[place].read_at == end
            day_before = self.midnight(meter.end_day - timedelta(days=1))
            is_closed = place > 0 and rows[place - 1].read_at > day_before
            return rows[place - 1].read_at if is_closed and not is_read else None
        if self._goes_on(number):
            return self.midnight(meter.end_day)
        day_after = self.midnight(meter.end_day + timedelta(days=1))
        place = bisect_left(rows, day_after, key=lambda one: one.read_at)
        return rows[place - 1].read_at if place else self.midnight(meter.end_day)

    def _at(self, rows: tuple[RegisterReading, ...], moment: datetime, meter: MeterUse) -> _Border:
        """The reading at an instant, or an estimate of it."""
        place = bisect_left(rows, moment, key=lambda one: one.read_at)
        if place < len(rows) and rows[place].read_at == moment:
            return _Border(moment, rows[place].reading_kwh, rows[place].quality)
        one = rows[min(place, len(rows) - 1)]
        day = moment.astimezone(self.zone).date()
        said = (
            f"usage point {self.usage_point_id}, meter {one.meter_id}, {one.channel} "
            f"{one.register}: no reading on {day} at 00:00"
        )
        if self.fallback == "refuse" or self.curve is None:
            raise RegisterError(
                f"{said}. Collect or enter it: energy is not split by days. Where the agreement "
                "allows, it is estimated by the curve."
            )
        before = rows[place - 1] if place else None
        after = rows[place] if place < len(rows) else None
        estimate = self._estimate(before, after, day, meter)
        if estimate is None:
            raise RegisterError(f"{said}, and the curve does not tell it. Collect or enter it.")
        return _Border(moment, estimate, ESTIMATED)

    def _estimate(
        self,
        before: RegisterReading | None,
        after: RegisterReading | None,
        day: date,
        meter: MeterUse,
    ) -> Decimal | None:
        """The reading at 00:00 of ``day``: between two by the curve's shares, else by its energy.

        None where the curve has nothing on the days to the readings around.
        """
        known = before or after
        if self.curve is None or known is None:
            return None
        turn = Fraction(10) ** meter.digits
        named = known.channel, known.register
        since = _day_of(before, self.zone) if before else None
        until = _day_of(after, self.zone) if after else None
        to_here = self.curve.used_kwh(*named, since, day) if since else Fraction(0)
        from_here = self.curve.used_kwh(*named, day, until) if until else Fraction(0)
        if to_here is None or from_here is None:
            return None
        if before and after:
            moved = (Fraction(after.reading_kwh) - Fraction(before.reading_kwh)) % turn
            if not to_here + from_here and moved:
                return None
            share = to_here / (to_here + from_here) if to_here + from_here else Fraction(0)
            reading = Fraction(before.reading_kwh) + moved * share
        elif before:
            reading = Fraction(before.reading_kwh) + to_here / Fraction(meter.ratio)
        else:
            reading = Fraction(known.reading_kwh) - from_here / Fraction(meter.ratio)
        return rounded(reading % turn, _READING_DECIMALS) % Decimal(10) ** meter.digits


def _day_of(reading: RegisterReading, zone: ZoneInfo) -> date:
    """The local day that begins at, or holds, the reading."""
    return reading.read_at.astimezone(zone).date()
