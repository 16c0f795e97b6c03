"""The readings that settle an account: frozen registers, else the curve."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from duckdb import DuckDBPyConnection

from queries.billing.account_intervals import READS as INTERVAL_READS
from queries.billing.account_intervals import PointIntervals, intervals_of, summed
from queries.billing.account_registers import AROUND_DAYS, registers_of
from queries.billing.account_registers import READS as REGISTER_READS
from queries.billing.calendar_model import Calendar
from queries.billing.frozen_registers import ACTUAL, TOTAL, Fallback, PointRegisters
from queries.billing.measured import Measured
from queries.billing.register_measured import RegisterMeasured
from queries.billing.registers_used import RegisterError
from queries.billing.segments import Segment, Span, months
from queries.billing.tariff_model import DemandCharge, EnergyCharge, Tariff
from queries.lake import lake_state

READS = (*REGISTER_READS, *INTERVAL_READS)
_DAY = timedelta(days=1)
_AROUND = timedelta(days=AROUND_DAYS + 1)


@dataclass(frozen=True, slots=True)
class AccountLoad:
    """What was measured of an account.

    Attributes:
        points: Its usage points.
        metered: Their load as one account's.
        registers: The same where registers settle it; None: the curve does.
        curve: The curve where that settles it.
        warnings: What is doubtful.
    """

    points: tuple[str, ...]
    metered: Measured
    registers: RegisterMeasured | None
    curve: PointIntervals | None
    warnings: tuple[str, ...]

    def is_doubtful(self, segments: Sequence[Segment]) -> bool:
        """Whether these days rest on an estimated reading, or on a curve with gaps or estimates."""
        if self.registers is None:
            return self.curve is None or any(
                any(self.curve.doubtful(one.first_day, one.last_day)) for one in segments
            )
        return any(
            span.quality != ACTUAL
            for one in segments
            for point in self.registers.accounts[0]
            for span in point.every_span(one.first_day, one.last_day + _DAY)
        )


@dataclass(frozen=True, slots=True)
class ReadingSource:
    """An open lake, and what becomes of a reading that is missing at a border."""

    cursor: DuckDBPyConnection
    may_estimate: bool

    def registers(
        self, points: Sequence[str], days: Span, calendar: Calendar | None = None
    ) -> dict[str, PointRegisters]:
        """Frozen registers, with the curve behind them where a reading may be estimated."""
        fallback: Fallback = "curve" if self.may_estimate else "refuse"
        curves = {
            point: _LazyCurve(self, point, (days[0] - _AROUND, days[1] + _AROUND), calendar)
            for point in points
        }
        return registers_of(
            self.cursor,
            points,
            first_day=days[0],
            last_day=days[1],
            zone=ZoneInfo(lake_state(self.cursor).zone_name),
            curves=curves,
            fallback=fallback,
        )

    def intervals(self, points: Sequence[str], days: Span) -> PointIntervals:
        """The curves of usage points, as one."""
        state = lake_state(self.cursor)
        found = intervals_of(
            self.cursor,
            points,
            first_day=days[0],
            last_day=days[1],
            zone=ZoneInfo(state.zone_name),
            country=state.holiday_country,
        )
        return summed(list(found.values()))


@dataclass(slots=True)
class _LazyCurve:
    """The curve of a usage point, read when a missing reading asks for it."""

    source: ReadingSource
    point: str
    days: Span
    calendar: Calendar | None
    _curve: PointIntervals | None = None

    def used_kwh(
        self, channel: str, register: str, first_day: date, end_day: date
    ) -> Fraction | None:
        """As ``Curve.used_kwh``; a register is taken to count the tariff's period of its name."""
        if end_day <= first_day:
            return Fraction(0)
        curve = self._read()
        days = first_day, end_day - _DAY
        calendar = self.calendar
        if register == TOTAL or calendar is None or register not in calendar.periods:
            return curve.used_kwh(channel, None, None, days)
        return curve.used_kwh(channel, calendar, register, days)

    def has(self, channel: str) -> bool:
        """As ``Curve.has``."""
        return channel in self._read().rows.channels

    def _read(self) -> PointIntervals:
        if self._curve is None:
            self._curve = self.source.intervals([self.point], self.days)
        return self._curve


def account_load(
    source: ReadingSource,
    points: tuple[str, ...],
    days: Span,
    tariff: Tariff,
    terms: Mapping[str, object],
) -> AccountLoad:
    """The load of usage points by what settles it: the agreement's basis, else the tariff's.

    Usage points without any register reading are settled by the curve, and a warning says so; so
    is the demand of those without a demand register.

    Raises:
        RegisterError: there is nothing at all to settle by.
    """
    warnings = []
    if terms["purchase_type"] in {"direct", "retail"}:
        warnings.append(
            f"purchase type {terms['purchase_type']}: the lake has no prices of its own contract; "
            "the posted agency price stands for them."
        )
    if (terms["settlement_basis"] or tariff.basis) != "interval":
        found = source.registers(points, days, next(iter(calendars_of(tariff)), None))
        bare = [name for name, one in found.items() if not one.readings]
        if not bare:
            curves = {}
            if _needs_curve(tariff, terms, list(found.values()), days):
                curves = {point: source.intervals([point], days) for point in points}
            registers = RegisterMeasured(
                (tuple(found.values()),),
                is_total_only=(not terms["has_time_of_use"],),
                intervals=summed(list(curves.values())).rows if curves else None,
                curves=curves,
            )
            return AccountLoad(points, registers, registers, None, tuple(warnings))
        warnings.append(
            f"{', '.join(bare)}: no frozen registers; settled by the interval readings."
        )
    curve = source.intervals(points, days)
    if not curve.is_read.any():
        raise RegisterError(
            f"{', '.join(points)}: neither registers nor intervals were read from {days[0]} to "
            f"{days[1]}. Collect or enter them: what is missing is not zero."
        )
    if missing := curve.doubtful(*days)[0]:
        warnings.append(f"{missing} quarters of an hour were not read and count nothing.")
    return AccountLoad(points, curve.rows, None, curve, tuple(warnings))


def _needs_curve(
    tariff: Tariff, terms: Mapping[str, object], points: Sequence[PointRegisters], days: Span
) -> bool:
    """Whether a demand is charged that some usage point has no register for."""
    choice = terms["basic_charge"] or "capacity"
    is_charged = any(
        isinstance(one, DemandCharge) and one.choice in {None, choice}
        for version in tariff.versions
        for one in version.charges
    )
    return is_charged and any(
        one.maximum_kw("import", start, end + _DAY) is None
        for one in points
        for start, end in months(*days)
    )


def calendars_of(tariff: Tariff) -> list[Calendar]:
    """The calendars of all versions, each once."""
    return list(
        dict.fromkeys(
            charge.calendar
            for version in tariff.versions
            for charge in version.charges
            if isinstance(charge, EnergyCharge | DemandCharge) and charge.calendar is not None
        )
    )
