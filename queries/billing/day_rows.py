"""Interval readings of a lake's accounts, some at a time: what can bill every charge."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.calendar_model import Calendar
from queries.billing.cube_limits import CubeLimit
from queries.billing.day_tags import DeclaredEvent
from queries.billing.errors import TariffError
from queries.billing.exact_arrays import Exacts
from queries.billing.measured import DayRows
from queries.billing.segments import Segment
from queries.billing.slot_cube import SlotCube
from queries.billing.tariff_model import DemandCharge, Netting
from queries.lake import lake_state
from queries.local_time import has_daylight_saving
from queries.run import run_sql
from queries.schema import SLOT_MINUTES, SLOTS, SLOTS_PER_DAY

READS = ("energy_profiles",)

_WH_PER_KWH = 1000
_ROWS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "channel": pl.String(),
        "day": pl.Int32(),
        "interval_minutes": pl.Int16(),
        **dict.fromkeys(SLOTS, pl.Int32()),
    }
)


def day_rows(
    usage_point_ids: Sequence[str],
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    events: Sequence[DeclaredEvent] = (),
) -> DayRows:
    """The readings of ``usage_point_ids``, in their order; what was not read counts nothing.

    Raises:
        TariffError: the clock changes within the days, which rows in standard time cannot bill.
    """
    state = lake_state(lake)
    refuse_changing_clock(state.zone_name, first_day, last_day)
    rows = run_sql(
        lake,
        "billing/day_rows",
        _ROWS,
        first_day=first_day,
        last_day=last_day,
        points=list(usage_point_ids),
    )
    widths = (rows["interval_minutes"].unique() // SLOT_MINUTES).to_list() or [1]
    finest = int(np.lcm.reduce(widths))
    days = (last_day - first_day).days + 1
    places = {point: number for number, point in enumerate(usage_point_ids)}
    found: dict[str, np.ndarray] = {
        "import": np.zeros((len(places), days, SLOTS_PER_DAY), np.int64)
    }
    for (channel, interval), part in rows.group_by("channel", "interval_minutes"):
        width = int(str(interval)) // SLOT_MINUTES
        units = found.setdefault(str(channel), np.zeros_like(found["import"]))
        point = part["usage_point_id"].replace_strict(places, return_dtype=pl.Int64).to_numpy()
        energy = part.select(SLOTS[::width]).fill_null(0).to_numpy().astype(np.int64)
        spread = np.repeat(energy * (finest // width), width, axis=1)
        np.add.at(units, (point, part["day"].to_numpy()), spread)
    dates = tuple(first_day + timedelta(days=n) for n in range(days))
    return DayRows(dates, found, _WH_PER_KWH * finest, state.holiday_country, tuple(events))


def refuse_changing_clock(zone_name: str, first_day: date, last_day: date) -> None:
    """Raise TariffError where the clock changes: rows in standard time are not the wall's hours."""
    zone = ZoneInfo(zone_name)
    if any(has_daylight_saving(zone, year) for year in range(first_day.year, last_day.year + 1)):
        raise TariffError(
            f"in {zone_name} the clock changes with the season; this is billed from day rows in "
            "standard time only. Choose a tariff that months' sums can bill, in the laboratory."
        )


@dataclass(slots=True)
class Routed:
    """A load by its cube where that can bill a charge, else by its day rows.

    Attributes:
        cube: Sums and maxima of the accounts.
        lake: Where their day rows are.
        usage_point_ids: The accounts, in the cube's order.
        change: What becomes of the day rows where the cube's load is one that is only supposed;
            None: they are billed as they were read.
        reasons: Why the day rows were needed, as met.
    """

    cube: SlotCube
    lake: DuckDBPyConnection
    usage_point_ids: Sequence[str]
    change: Callable[[DayRows], DayRows] | None = None
    reasons: list[str] = field(default_factory=list)
    _rows: DayRows | None = None

    @property
    def count(self) -> int:
        """How many accounts there are."""
        return self.cube.count

    @property
    def channels(self) -> frozenset[str]:
        """What was measured."""
        return self.cube.channels

    def energy(
        self,
        calendar: Calendar | None,
        segments: Sequence[Segment],
        channel: str = "import",
        netting: Netting = "none",
    ) -> Exacts:
        """As ``Measured.energy``."""
        try:
            return self.cube.energy(calendar, segments, channel, netting)
        except CubeLimit as limit:
            return self._by_rows(limit).energy(calendar, segments, channel, netting)

    def maximum(
        self, calendar: Calendar | None, segments: Sequence[Segment], charge: DemandCharge
    ) -> Exacts:
        """As ``Measured.maximum``."""
        try:
            return self.cube.maximum(calendar, segments, charge)
        except CubeLimit as limit:
            return self._by_rows(limit).maximum(calendar, segments, charge)

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
        """As ``Measured.by_tier``."""
        limit = CubeLimit("chronological_tiers")
        rows = self._by_rows(limit)
        return rows.by_tier(
            calendar, segment, limits, used_before, channel=channel, netting=netting
        )

    def _by_rows(self, limit: CubeLimit) -> DayRows:
        if limit.reason not in self.reasons:
            self.reasons.append(limit.reason)
        if self._rows is None:
            first_day, last_day = self.cube.cells[0][0], self.cube.cells[-1][1]
            rows = day_rows(
                self.usage_point_ids,
                self.lake,
                first_day=first_day,
                last_day=last_day,
                events=self.cube.events,
            )
            self._rows = rows if self.change is None else self.change(rows)
        return self._rows
