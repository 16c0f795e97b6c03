"""A feeder while it is being read: what flowed, what the wires did, and the rows so far."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from ingest.simulated.accounting import EnergyRows
from ingest.simulated.customers.premise import Premise
from ingest.simulated.district import District
from ingest.simulated.grid.wires import Wires
from ingest.simulated.meters.flows import Flows
from ingest.simulated.meters.tables import Measurements, Profiles, by_day
from ingest.simulated.planted.collection import Collection, deliver, is_read_on_time, issued_us

PHASES = "abc"


@dataclass(frozen=True, slots=True)
class Rows:
    """What the feeder's meters handed over so far, and the truth about it."""

    first: Profiles = field(default_factory=Profiles)
    later: Profiles = field(default_factory=Profiles)
    measured: Measurements = field(default_factory=Measurements)
    registers: list[pl.DataFrame] = field(default_factory=list)
    events: list[pl.DataFrame] = field(default_factory=list)
    clocks: list[pl.DataFrame] = field(default_factory=list)
    truth: list[pl.DataFrame] = field(default_factory=list)
    energy: EnergyRows = field(default_factory=EnergyRows)


@dataclass(frozen=True, slots=True)
class Work:
    """One feeder.

    Attributes:
        true: What truly flows through every premise, by its number.
        changed_wh: What each behaviour planted on a premise changed, by its number.
    """

    district: District
    number: int
    premises: Sequence[Premise]
    true: dict[int, Flows]
    changed_wh: dict[int, list[int]]
    wires: Wires
    rows: Rows

    def hand_over(
        self,
        usage_point_id: str,
        channels: dict[str, np.ndarray],
        kept: Collection,
        days: np.ndarray | None,
    ) -> None:
        """What arrives of some channels (slots,) of one meter, at first and later."""
        for channel, energy_wh in channels.items():
            came = deliver(by_day(energy_wh), kept, self.district.setting.span, days)
            self.rows.first.add(usage_point_id, channel, came.first)
            self.rows.later.add(usage_point_id, channel, came.later)

    def hand_over_measured(
        self,
        usage_point_id: str,
        quantities: dict[str, np.ndarray],
        kept: Collection,
        days: np.ndarray,
    ) -> None:
        """Momentary values are read on time or never: a terminal back-fills energy alone."""
        issued = issued_us(days, 0, self.district.setting.span)
        gone = ~is_read_on_time(kept)[days]
        for quantity, values in quantities.items():
            shown = np.where(gone, np.float32(np.nan), by_day(values)[days])
            self.rows.measured.add(usage_point_id, quantity, days, issued, shown)
