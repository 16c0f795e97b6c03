"""A bill run's quantities straight from the day rows: energy and demand by period, in one scan.

Where one tariff is billed once, making a cube would be a detour: the database adds up the slots of
each period while it reads. The slots of a calendar's longest period are not even read: it is what
the others leave of the daily totals. What sums cannot tell is a ``CubeLimit``, as of the cube.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import duckdb
import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.calendar_model import Calendar, periods_of_days
from queries.billing.cube_days import name_days, name_points
from queries.billing.cube_limits import CubeLimit, demand_limits
from queries.billing.cube_slots import name_profiles
from queries.billing.cube_totals import (
    channel_totals,
    finest_of,
    largest_quarters,
    totals_of,
    widths_of,
)
from queries.billing.day_rows import refuse_changing_clock
from queries.billing.day_tags import DeclaredEvent
from queries.billing.exact_arrays import Exacts
from queries.billing.segments import Segment, Span, cut, cuts_of
from queries.billing.tariff_model import DemandCharge, EnergyCharge, Netting, Tariff
from queries.lake import LakeState, lake_state
from queries.schema import SLOT_MINUTES, SLOTS, SLOTS_PER_DAY

_WH_PER_KWH = 1000
_SLOTS_PER_HOUR = 4
"""Quarters of an hour: maxima are of a quarter's energy."""


@dataclass(frozen=True, slots=True)
class PeriodSums:
    """Sums and maxima by segment and period, of the calendars of one tariff.

    Attributes:
        usage_point_ids: The accounts.
        segments: The days.
        sums: By calendar ``(accounts, segments, periods)``.
        maxima: By calendar, of a quarter of an hour, likewise.
        totals: Of other channels the energy of segments ``(accounts, segments, 1)``.
        per: Units of energy a kWh.
    """

    usage_point_ids: list[str] = field(repr=False)
    segments: tuple[Segment, ...] = field(repr=False)
    sums: Mapping[Calendar | None, np.ndarray] = field(repr=False)
    maxima: Mapping[Calendar | None, np.ndarray] = field(repr=False)
    totals: Mapping[str, np.ndarray] = field(repr=False)
    per: int

    @property
    def count(self) -> int:
        """How many accounts there are."""
        return len(self.usage_point_ids)

    @property
    def channels(self) -> frozenset[str]:
        """What was measured."""
        return frozenset({"import", *self.totals})

    def energy(
        self,
        calendar: Calendar | None,
        segments: Sequence[Segment],
        channel: str = "import",
        netting: Netting = "none",
    ) -> Exacts:
        """As ``Measured.energy``."""
        self._check(segments)
        if netting == "interval":
            raise CubeLimit("interval_netting")
        if channel == "import" and calendar in self.sums:
            return Exacts(self.sums[calendar], self.per)
        if calendar is not None:
            raise CubeLimit("totals_only")
        none = np.zeros((self.count, len(self.segments), 1), np.int64)
        return Exacts(self.totals.get(channel, none), self.per)

    def maximum(
        self, calendar: Calendar | None, segments: Sequence[Segment], charge: DemandCharge
    ) -> Exacts:
        """As ``Measured.maximum``."""
        self._check(segments)
        for limit in demand_limits(charge):
            raise CubeLimit(limit)
        if calendar not in self.maxima:
            raise CubeLimit("no_maxima")
        return Exacts(self.maxima[calendar], self.per).times(_SLOTS_PER_HOUR)

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
        """Refused: which tier a moment has reached is lost in sums."""
        del calendar, segment, limits, used_before, channel, netting
        raise CubeLimit("chronological_tiers")

    def _check(self, segments: Sequence[Segment]) -> None:
        if tuple(segments) != self.segments:
            raise CubeLimit("cut_within_cell")


def period_sums(
    usage_point_ids: Sequence[str],
    tariff: Tariff,
    bills: Sequence[Span],
    lake: DuckDBPyConnection,
    *,
    events: Sequence[DeclaredEvent] = (),
) -> PeriodSums:
    """What the charges of ``tariff`` ask of the imports of ``usage_point_ids``.

    Args:
        usage_point_ids: In any order; the accounts are in ascending order.
        tariff: Whose calendars.
        bills: First and last day of every bill, in order.
        lake: From ``queries.lake.open_lake``, opened for ``cube_source.READS``.
        events: Declared event days.

    Raises:
        TariffError: the clock changes within the days.
    """
    state = lake_state(lake)
    refuse_changing_clock(state.zone_name, bills[0][0], bills[-1][1])
    points = sorted(set(usage_point_ids))
    segments = cut(bills, cuts_of(tariff, bills))
    days = [
        (segment.first_day + timedelta(days=n), cell)
        for cell, segment in enumerate(segments)
        for n in range(segment.days)
    ]
    of_sums, of_maxima = _calendars(tariff)
    vectors = _vectors([*of_sums, *of_maxima], [day for day, _ in days], state, events)
    patterns, kinds = np.unique(vectors, axis=0, return_inverse=True)
    name_points(points, lake)
    name_days([day for day, _ in days], kinds.ravel().tolist(), [cell for _, cell in days], lake)
    totals = totals_of(bills[0][0], bills[-1][1], lake)
    widths = widths_of(lake)
    finest = finest_of(widths)
    by_channel = channel_totals(totals, points, len(segments), finest)
    none = np.zeros((len(segments), len(points)), np.int64)
    whole = by_channel.pop("import", none)
    largest = largest_quarters(totals, points, len(segments), finest)
    wanted = [
        *(_Wanted("sum", one, n, _longest(patterns, n)) for n, one in enumerate(of_sums) if one),
        *(
            _Wanted("maximum", one, n, None)
            for n, one in enumerate(of_maxima, len(of_sums))
            if one is not None or largest is None
        ),
    ]
    found = _scanned(wanted, patterns, widths, finest, points, len(segments), lake)
    sums, maxima = found["sum"], found["maximum"]
    if None in of_sums:
        sums[None] = whole[:, None]
    for one in wanted:
        if one.left_over is not None:
            own = sums[one.calendar]
            own[:, one.left_over] = whole - own.sum(axis=1)
    if None in of_maxima and largest is not None:
        maxima[None] = largest[:, None]
    return PeriodSums(
        points,
        segments,
        {calendar: units.transpose(2, 0, 1) for calendar, units in sums.items()},
        {calendar: units.transpose(2, 0, 1) for calendar, units in maxima.items()},
        {channel: energy.T[:, :, None] for channel, energy in by_channel.items()},
        _WH_PER_KWH * finest,
    )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the scan is to find.

    Attributes:
        kind: ``sum`` or ``maximum``.
        calendar: Of its periods.
        place: Of the calendar in the patterns.
        left_over: The period that is what the others leave of the day's total, so that its slots
            need not be read; None: all are asked for.
    """

    kind: str
    calendar: Calendar | None
    place: int
    left_over: int | None

    @property
    def columns(self) -> dict[int, str]:
        """Names of the columns by period."""
        return {
            period: f"{self.kind}_{self.place}_{period}"
            for period in range(periods_in(self.calendar))
            if period != self.left_over
        }


def _calendars(tariff: Tariff) -> tuple[list[Calendar | None], list[Calendar | None]]:
    """The calendars whose sums, and whose maxima, the charges ask for."""
    charges = [charge for version in tariff.versions for charge in version.charges]
    energies = [one for one in charges if isinstance(one, EnergyCharge) and one.channel == "import"]
    demands = [one for one in charges if isinstance(one, DemandCharge) and not demand_limits(one)]
    of_sums = [None, *(one.calendar for one in energies)]
    return list(dict.fromkeys(of_sums)), list(dict.fromkeys(one.calendar for one in demands))


def _longest(patterns: np.ndarray, place: int) -> int:
    """The period of a calendar that has the most slots over all kinds of days."""
    own = patterns[:, place * SLOTS_PER_DAY : (place + 1) * SLOTS_PER_DAY]
    return int(np.bincount(own.ravel()).argmax())


def _scanned(  # noqa: PLR0913, PLR0917 - what to find, how it is written, where it goes
    wanted: Sequence[_Wanted],
    patterns: np.ndarray,
    widths: Sequence[int],
    finest: int,
    points: Sequence[str],
    cells: int,
    lake: DuckDBPyConnection,
) -> dict[str, dict[Calendar | None, np.ndarray]]:
    """By kind and calendar what one scan of the day rows finds (cells, periods, accounts)."""
    found: dict[str, dict[Calendar | None, np.ndarray]] = {"sum": {}, "maximum": {}}
    if not wanted:
        return found
    name_profiles(lake)

    def scan(*, is_wide: bool) -> pl.DataFrame:
        write = _Asked(patterns, widths, finest, is_wide)
        columns = [
            (write.energy if one.kind == "sum" else write.maximum)(one.place, period, name)
            for one in wanted
            for period, name in one.columns.items()
        ]
        return lake.sql(_STATEMENT.format(columns=",\n    ".join(columns))).pl()

    try:
        rows = scan(is_wide=False)
    except duckdb.OutOfRangeException:
        rows = scan(is_wide=True)
    order = pl.Series("usage_point_id", points, dtype=pl.String)
    cell, account = rows["cell"].to_numpy(), order.search_sorted(rows["usage_point_id"]).to_numpy()
    for one in wanted:
        units = np.zeros((cells, periods_in(one.calendar), len(points)), np.int64)
        for period, name in one.columns.items():
            units[cell, period, account] = rows[name].fill_null(0).to_numpy()
        found[one.kind][one.calendar] = units
    return found


_STATEMENT = """
select
    usage_point_id,
    cell,
    {columns}
from cube_profiles
inner join cube_days using (service_date)
where usage_point_id in (select usage_point_id from cube_points)
group by usage_point_id, cell
"""


def periods_in(calendar: Calendar | None) -> int:
    """How many periods there are; one without a calendar."""
    return 1 if calendar is None else len(calendar.periods)


def _vectors(
    calendars: Sequence[Calendar | None],
    days: Sequence[date],
    state: LakeState,
    events: Sequence[DeclaredEvent],
) -> np.ndarray:
    """The period of every slot of every day under each calendar (days, calendars × slots)."""
    found = [
        np.zeros((len(days), SLOTS_PER_DAY), np.uint8)
        if calendar is None
        else periods_of_days(calendar, days, state.holiday_country, events)
        for calendar in calendars
    ]
    return np.concatenate(found, axis=1)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Writes the columns of the statement, out of the schema's own names alone.

    Attributes:
        patterns: Of every kind of day the periods of its slots (kinds, calendars × slots).
        widths: Lengths of intervals [quarters of an hour].
        finest: Units a watt-hour.
        is_wide: Add in 64 bits, where a day may be more than 32 hold (2.1 GWh).
    """

    patterns: np.ndarray
    widths: Sequence[int]
    finest: int
    is_wide: bool

    def energy(self, calendar: int, period: int, name: str) -> str:
        """The energy of one period, a longer interval's spread evenly over its quarters."""
        return f"sum({self._by_kind(calendar, period, self._added)})::bigint as {name}"

    def maximum(self, calendar: int, period: int, name: str) -> str:
        """The largest quarter of an hour of one period."""
        return f"max({self._by_kind(calendar, period, self._largest)})::bigint as {name}"

    def _by_kind(self, calendar: int, period: int, write: Callable[[np.ndarray, int], str]) -> str:
        first = calendar * SLOTS_PER_DAY
        own = self.patterns[:, first : first + SLOTS_PER_DAY] == period
        return _cases(
            "kind",
            {
                kind: _cases("interval_minutes", self._by_width(own[kind], write))
                for kind in range(len(own))
            },
        )

    def _by_width(
        self, is_own: np.ndarray, write: Callable[[np.ndarray, int], str]
    ) -> dict[int, str]:
        return {
            width * SLOT_MINUTES: write(is_own.reshape(-1, width).sum(axis=1), width)
            for width in self.widths
        }

    def _added(self, quarters: np.ndarray, width: int) -> str:
        terms = []
        for count in np.unique(quarters[quarters > 0]).tolist():
            slots = [SLOTS[n * width] for n in np.flatnonzero(quarters == count).tolist()]
            # The first addend makes the sum as wide as itself.
            cast = "::bigint" if self.is_wide else ""
            # Most days were read in full: only where one slot is missing is each looked at.
            added = (
                f"coalesce({slots[0]}{cast} + {' + '.join([*slots[1:], '0'])}, "
                + " + ".join(f"coalesce({slot}, 0){cast}" for slot in slots)
                + ")"
            )
            times = count * self.finest // width
            terms.append(f"{added}::bigint * {times}" if times > 1 else added)
        return " + ".join(terms) or "0"

    def _largest(self, quarters: np.ndarray, width: int) -> str:
        slots = [SLOTS[n * width] for n in np.flatnonzero(quarters).tolist()]
        if not slots:
            return "0"
        largest = f"greatest({', '.join(slots)})" if slots[1:] else slots[0]
        times = self.finest // width
        return f"{largest}::bigint * {times}" if times > 1 else largest


def _cases(column: str, values: Mapping[int, str]) -> str:
    """One value for each of a column's; the value itself where they are all the same."""
    if len(set(values.values())) == 1:
        return next(iter(values.values()))
    grouped: dict[str, list[int]] = {}
    for key, value in values.items():
        grouped.setdefault(value, []).append(key)
    cases = " ".join(
        f"when {column} in ({', '.join(map(str, keys))}) then {value}"
        for value, keys in grouped.items()
    )
    return f"case {cases} end"
