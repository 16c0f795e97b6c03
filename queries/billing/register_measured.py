"""A load measured by frozen registers: how Chinese retail bills are settled.

Energy is this reading minus the last at the borders of every segment, by the meter's own tariff
registers; demand comes from the demand register, whose 15-minute window slides by a minute. What
only the curve can tell (the tier of a moment, netting by interval) is refused by name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from queries.billing.account_intervals import PointIntervals
from queries.billing.calendar_model import Calendar
from queries.billing.errors import TariffError
from queries.billing.exact_arrays import Exacts
from queries.billing.frozen_registers import STANDS_FOR, TOTAL, PointRegisters, UsedSpan
from queries.billing.measured import DayRows
from queries.billing.money import rounded
from queries.billing.registers_used import (
    FLAT,
    PeriodRule,
    PeriodsUsed,
    RegisterError,
    periods_used,
    resolution_kwh,
)
from queries.billing.segments import Segment
from queries.billing.tariff_model import DemandCharge, Netting

_DAY = timedelta(days=1)
_DEMAND_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class RegisterPeriod:
    """A dated line of the table that says which period a register of a meter is billed as.

    Attributes:
        register: Of the meter, such as ``sharp``.
        period: Of the tariff, such as ``peak``.
        first_day: From this day on.
        end_day: The day from which it no longer holds, e.g. when the meter is reprogrammed; None:
            open.
        meter_id: Only of this meter; None: of every one.
    """

    register: str
    period: str
    first_day: date = date.min
    end_day: date | None = None
    meter_id: str | None = None

    def holds(self, register: str, meter_id: str, day: date) -> bool:
        """Whether it speaks of this register on this day."""
        is_then = self.first_day <= day and (self.end_day is None or day < self.end_day)
        return self.register == register and is_then and self.meter_id in {None, meter_id}


@dataclass(frozen=True, slots=True)
class RegisterFinding:
    """A total register that differs from the sum of its periods by more than cut-off digits.

    Attributes:
        usage_point_id: Where.
        first_day: First day.
        last_day: Last day.
        difference_kwh: Total − sum.
        rule: What was billed.
    """

    usage_point_id: str
    first_day: date
    last_day: date
    difference_kwh: Decimal
    rule: PeriodRule


@dataclass(frozen=True, slots=True)
class RegisterMeasured:
    """Frozen registers as ``Measured``, of one account or several.

    Attributes:
        accounts: The usage points of every account; their energy adds up, and so do their maxima
            (各路进线分别计算最大需量，累加计收).
        is_total_only: Of every account, whether its prices follow no time of use, so that it may
            have a total register alone: its energy then stands in the first period.
        periods: Dated exceptions from "a register is billed as the period of its name".
        rule: What is billed where the total differs from the sum of the periods.
        intervals: Of the same accounts, where there are any: for maxima that no demand register
            tells (by period, in kVA), which are then a lower bound.
        curves: Of usage points without a demand register, for their maxima, likewise.
        warnings: Collected on the way.
        findings: Likewise.
    """

    accounts: tuple[tuple[PointRegisters, ...], ...]
    is_total_only: tuple[bool, ...] = ()
    periods: tuple[RegisterPeriod, ...] = ()
    rule: PeriodRule = "remainder_to_flat"
    intervals: DayRows | None = None
    curves: Mapping[str, PointIntervals] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    findings: list[RegisterFinding] = field(default_factory=list)
    lower_bounds: set[str] = field(default_factory=set)
    _known: dict[tuple, Exacts] = field(default_factory=dict, repr=False)

    @property
    def count(self) -> int:
        """How many accounts there are."""
        return len(self.accounts)

    @property
    def channels(self) -> frozenset[str]:
        """What was measured."""
        return frozenset(c for points in self.accounts for one in points for c in one.channels())

    def energy(
        self,
        calendar: Calendar | None,
        segments: Sequence[Segment],
        channel: str = "import",
        netting: Netting = "none",
    ) -> Exacts:
        """As ``Measured.energy``, between the readings at the borders of the segments."""
        if netting == "interval":
            raise TariffError(
                "what is left of each interval cannot be told from registers. "
                "Settle the account by its interval readings (settlement_basis = interval)."
            )
        key = calendar, tuple(segments), channel
        if key not in self._known:
            values = [
                value
                for account in range(self.count)
                for segment in segments
                for value in self._used(account, calendar, segment, channel)
            ]
            width = 1 if calendar is None else len(calendar.periods)
            flat = Exacts.of(values)
            shape = self.count, len(segments), width
            self._known[key] = Exacts(flat.units.reshape(shape), flat.per)
        return self._known[key]

    def maximum(
        self, calendar: Calendar | None, segments: Sequence[Segment], charge: DemandCharge
    ) -> Exacts:
        """As ``Measured.maximum``, from the demand registers; else a lower bound from intervals.

        Each usage point without a demand register in a bill has the maximum of its own curve. Of a
        month cut into segments, a segment that only repeats a demand of the one before has 0.
        """
        is_plain = calendar is None and charge.highest_days == 1
        if not is_plain or charge.in_kva or charge.is_coincident:
            return self._lower_bound(calendar, segments, charge)
        rows = [
            [
                [
                    one.maximum_kw("import", segment.first_day, segment.last_day + _DAY)
                    for one in points
                ]
                for segment in segments
            ]
            for points in self.accounts
        ]
        unread = [
            (account, number, bill)
            for account, points in enumerate(self.accounts)
            for number in range(len(points))
            for bill in dict.fromkeys(segment.bill for segment in segments)
            if all(
                rows[account][place][number] is None
                for place, segment in enumerate(segments)
                if segment.bill == bill
            )
        ]
        for account, number, bill in unread:
            point = self.accounts[account][number]
            for place, segment in enumerate(segments):
                if segment.bill == bill:
                    rows[account][place][number] = self._bound_kw(point, segment, charge)
        sums = [sum((kw or Decimal(0) for kw in kws), Decimal(0)) for row in rows for kws in row]
        flat = Exacts.of(sums)
        return Exacts(flat.units.reshape(self.count, len(segments), 1), flat.per)

    def by_tier(  # noqa: PLR0913 - as the protocol has it
        self,
        calendar: Calendar | None,
        segment: Segment,
        limits: Sequence[Sequence[Exacts]],
        used_before: Exacts,
        *,
        channel: str = "import",
        netting: Netting = "none",
    ) -> Exacts:
        """Always refused: registers do not say when a tier was reached."""
        del calendar, segment, limits, used_before, channel, netting
        raise TariffError(
            "the tier of a moment cannot be told from registers. Settle the account by its "
            "interval readings (settlement_basis = interval)."
        )

    def spans_of(
        self, account: int, segment: Segment, channel: str, period: str | None
    ) -> list[UsedSpan]:
        """The readings behind the energy of a period; None: of the total."""
        found = []
        for point in self.accounts[account]:
            for part in self._parts(segment):
                registers = point.registers(channel) - {TOTAL} if period else {TOTAL}
                for register in sorted(registers):
                    found += [
                        span
                        for span in point.spans(channel, register, *part)
                        if period is None or self._period(span, part[0], None) == period
                    ]
        return found

    def _lower_bound(
        self, calendar: Calendar | None, segments: Sequence[Segment], charge: DemandCharge
    ) -> Exacts:
        if self.intervals is None:
            raise _no_demand(charge, "")
        self._is_bound(charge, "")
        return self.intervals.maximum(calendar, segments, charge)

    def _bound_kw(self, point: PointRegisters, segment: Segment, charge: DemandCharge) -> Decimal:
        """Maximum of a usage point's curve, where anything of it was read on these days."""
        name = f"usage point {point.usage_point_id}, {segment.first_day} to {segment.last_day}: "
        curve = self.curves.get(point.usage_point_id)
        if curve is None or not curve.is_any_read(segment.first_day, segment.last_day):
            raise _no_demand(charge, name)
        self._is_bound(charge, f"usage point {point.usage_point_id}: ")
        kw = curve.rows.maximum(None, [segment], charge).fraction(0, 0, 0)
        return rounded(kw, _DEMAND_DECIMALS)

    def _is_bound(self, charge: DemandCharge, whose: str) -> None:
        """List a demand as a lower bound."""
        self.lower_bounds.add(charge.code)
        text = (
            f"{whose}charge '{charge.code}': the demand is a maximum of fixed intervals, a lower "
            "bound of the sliding window's."
        )
        if text not in self.warnings:
            self.warnings.append(text)

    def _used(
        self, account: int, calendar: Calendar | None, segment: Segment, channel: str
    ) -> list[Decimal]:
        """Energy of an account in a segment, by period of the calendar."""
        width = 1 if calendar is None else len(calendar.periods)
        found = [Decimal(0)] * width
        for point in self.accounts[account]:
            if channel not in point.channels():
                continue
            for part in self._parts(segment):
                is_split = point.registers(channel) != {TOTAL}
                is_whole = calendar is None or self._is_total_only(account)
                if not is_split or (is_whole and self.rule != "as_read"):
                    if calendar is not None and not self._may_be_total(account, channel):
                        raise RegisterError(
                            f"usage point {point.usage_point_id}: the meter has a total register "
                            f"only; calendar '{calendar.code}' wants its periods. Fit a meter with "
                            "tariff registers, or settle the account by its interval readings."
                        )
                    found[0] += point.used_kwh(channel, TOTAL, *part)
                    continue
                used = self._by_period(point, part, channel, calendar)
                if calendar is None:
                    found[0] += used.total_kwh
                    continue
                for period, kwh in used.period_kwh.items():
                    found[calendar.periods.index(period)] += kwh
        return found

    def _may_be_total(self, account: int, channel: str) -> bool:
        """Whether all may stand in the first period: no time of use, or a roof's one register."""
        return self._is_total_only(account) or channel != "import"

    def _is_total_only(self, account: int) -> bool:
        return bool(self.is_total_only) and self.is_total_only[account]

    def _by_period(
        self,
        point: PointRegisters,
        part: tuple[date, date],
        channel: str,
        calendar: Calendar | None,
    ) -> PeriodsUsed:
        """Energy of a usage point by period of the tariff, made to agree with its total."""
        by_period: dict[str, Decimal] = {}
        ratio = Decimal(0)
        registers = sorted(point.registers(channel) - {TOTAL})
        for register in registers:
            for span in point.spans(channel, register, *part):
                period = self._period(span, part[0], calendar)
                by_period[period] = by_period.get(period, Decimal(0)) + span.energy_kwh
                ratio = max(ratio, Decimal(span.span.ratio))
        total = point.used_kwh(channel, TOTAL, *part)
        names = calendar.periods if calendar is not None else ("",)
        rule = self.rule
        if rule == "remainder_to_flat" and calendar is not None and FLAT not in names:
            rule = "in_proportion"
        used = periods_used(
            total,
            by_period,
            rule=rule,
            tolerance_kwh=resolution_kwh(ratio, len(registers)),
        )
        finding = RegisterFinding(
            point.usage_point_id, part[0], part[1] - _DAY, used.difference_kwh, rule
        )
        if used.is_finding and finding not in self.findings:
            self.findings.append(finding)
        return used

    def _period(self, span: UsedSpan, day: date, calendar: Calendar | None) -> str:
        """The period a register is billed as on ``day``."""
        meter = span.span.meter_id
        for one in self.periods:
            if one.holds(span.register, meter, day):
                return self._checked(one.period, span, calendar)
        if calendar is not None and span.register not in calendar.periods:
            for other in STANDS_FOR.get(span.register, ()):
                if other in calendar.periods:
                    if span.energy_kwh:
                        self._warn_of(span, other)
                    return other
        return self._checked(span.register, span, calendar)

    def _warn_of(self, span: UsedSpan, other: str) -> None:
        text = (
            f"meter {span.span.meter_id}: what it counts as {span.register} is billed as {other}; "
            "the tariff has no such period."
        )
        if text not in self.warnings:
            self.warnings.append(text)

    def _checked(self, period: str, span: UsedSpan, calendar: Calendar | None) -> str:
        if calendar is None or period in calendar.periods:
            return period
        raise RegisterError(
            f"meter {span.span.meter_id}: register {span.register} is billed as {period}, but "
            f"calendar '{calendar.code}' has the periods {', '.join(calendar.periods)}. "
            "Say in the table of registers and periods which of them it is."
        )

    def _parts(self, segment: Segment) -> list[tuple[date, date]]:
        """The days of a segment, the end not included, cut where the table of periods changes."""
        end = segment.last_day + _DAY
        days = {
            day
            for one in self.periods
            for day in (one.first_day, one.end_day)
            if day is not None and segment.first_day < day < end
        }
        starts = [segment.first_day, *sorted(days)]
        return list(zip(starts, [*starts[1:], end], strict=True))


def _no_demand(charge: DemandCharge, whose: str) -> RegisterError:
    return RegisterError(
        f"{whose}charge '{charge.code}': no demand register tells this demand. Enter the demand "
        "readings, or settle the account by its interval readings."
    )
