"""The load of a district hour by hour, and its days of the highest load in given hours."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.held import Held
from queries.run import run_sql
from queries.schema import HOURS

READS = ("daily_features", "usage_points", "transformers", "feeders", "substations", "regions")
_ROWS = pl.Schema({"service_date": pl.Date(), **dict.fromkeys(HOURS, pl.Int64())})
_WH_PER_KWH = 1000


@dataclass(frozen=True, slots=True)
class System:
    """Days of a district.

    Attributes:
        dates: Service dates with any reading, ascending.
        load_kw: Mean load of every hour of what was read, (days, 24); NaN where nobody was.
    """

    dates: tuple[date, ...]
    load_kw: np.ndarray

    def of_months(self, months: tuple[int, ...]) -> "System":
        """The days that lie in these months of any year."""
        places = [place for place, day in enumerate(self.dates) if day.month in months]
        return System(tuple(self.dates[place] for place in places), self.load_kw[places])

    @property
    def maximum(self) -> tuple[float, date, int] | None:
        """The highest hour: load [kW], day, hour; None without any."""
        if not np.isfinite(self.load_kw).any():
            return None
        place = int(np.nanargmax(self.load_kw))
        day, hour = divmod(place, self.load_kw.shape[1])
        return float(self.load_kw[day, hour]), self.dates[day], hour

    def highest_days(self, hours: range, count: int) -> list[date]:
        """Days of the highest mean load in these hours, ascending; the earlier of equal ones."""
        means = self.load_kw[:, hours.start : hours.stop].mean(axis=1)
        known = np.flatnonzero(~np.isnan(means))
        best = known[np.argsort(-means[known], kind="stable")[:count]]
        return sorted(self.dates[place] for place in best)


_held: Held[System] = Held(4)


def system_hours(
    cursor: DuckDBPyConnection, first_day: date, last_day: date, region_id: str | None
) -> System:
    """The days of a region, to which ``choose_area`` cut ``daily_features``; held a while."""
    asked = first_day, last_day, region_id
    return _held.of(cursor, asked, lambda: _read(cursor, first_day, last_day))


def _read(cursor: DuckDBPyConnection, first_day: date, last_day: date) -> System:
    asked = {"first_day": first_day, "last_day": last_day}
    rows = run_sql(cursor, "demand/orderly_system", _ROWS, **asked)
    load_kw = rows.select(HOURS).cast(pl.Float64).to_numpy() / _WH_PER_KWH
    return System(tuple(rows["service_date"]), load_kw)
