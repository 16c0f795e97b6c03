"""Stored forecasts of one series, and what came of them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
from queries.forecasting.bands import QUANTILES
from queries.held import Held
from queries.run import QuestionError, run_sql
from queries.schema import SLOT_MINUTES, SLOTS
from queries.series_loads import READS as LOAD_READS
from queries.series_loads import Series, district_series, series_loads

READS = ("forecasts", *LOAD_READS)

TRUTH_DAYS = 74
"""How far back forecasts are held against what came: a week, sixty days before it, and a week to
compare those with."""
_COLUMN = {
    "feeder": "feeder_id",
    "customer_class": "customer_class",
    "customer": "customer_id",
}
_ROWS = pl.Schema(
    {
        "service_date": pl.Date(),
        "model": pl.String(),
        "issued_at": pl.Datetime("us", "UTC"),
        "lead_days": pl.Int16(),
        "interval_minutes": pl.Int16(),
        "quantile": pl.Float64(),
        "received_at": pl.Datetime("us", "UTC"),
        "temperature_kind": pl.String(),
        **dict.fromkeys(SLOTS, pl.Float32()),
    }
)


@dataclass(frozen=True, slots=True)
class StoredForecast:
    """Forecasts of consecutive or single days.

    Attributes:
        days: Service dates, ascending.
        models: Which one foretold each day.
        issued_at: Of each day.
        received_at: When each was stored.
        temperature_kind: ``forecast``, ``past`` or ``none``, of the first day.
        interval_minutes: Length of a slot.
        quantiles: (days, slots, QUANTILES) [kW].
    """

    days: tuple[date, ...]
    models: tuple[str, ...]
    issued_at: tuple[datetime, ...]
    received_at: tuple[datetime, ...]
    temperature_kind: str
    interval_minutes: int
    quantiles: np.ndarray

    @property
    def median(self) -> np.ndarray:
        """(days, slots) [kW], the forecast itself."""
        return self.quantiles[:, :, QUANTILES.index(0.5)]

    @property
    def is_made_afterwards(self) -> tuple[bool, ...]:
        """Of each day ahead: whether it was stored when that day was over."""
        return tuple(
            received - issued > timedelta(days=1)
            for issued, received in zip(self.issued_at, self.received_at, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Checked:
    """Day-ahead forecasts held against what came.

    Attributes:
        stored: The day-ahead forecast of every day that has one and was read.
        actual: (days, slots) [kW] of these days, NaN unknown.
        truth: (TRUTH_DAYS, slots) [kW] of all days, forecast or not.
        rows: Row of each day of ``stored`` in ``truth``.
    """

    stored: StoredForecast
    actual: np.ndarray
    truth: np.ndarray
    rows: np.ndarray


_held: Held[Checked | None] = Held(8)
_last_days: Held[dict[str, date]] = Held(2)


def series_named(lake: DuckDBPyConnection, series_id: str) -> Series:
    """The series of stored forecasts, with the usage points that the register says today.

    Raises:
        QuestionError: nothing is stored of it that the scope may see.
    """
    found = lake.execute(
        "select kind, area_id, region_id from forecasts where series_id = $id limit 1",
        {"id": series_id},
    ).fetchone()
    if found is None:
        raise QuestionError(
            f"no forecast of '{series_id}' is stored. `python -m ingest forecast` makes them; "
            "load/forecast_series names those there are."
        )
    kind, area_id, region_id = found
    choose_region(lake, area_id if kind in {"system", "region"} else region_id)
    inside = f"{_COLUMN[kind]} = $area_id" if kind in _COLUMN else "true"
    select = f"select usage_point_id from region_places where not is_check and {inside} order by 1"  # noqa: S608
    given = {"area_id": area_id} if kind in _COLUMN else {}
    points = lake.execute(select, given).fetchall()
    return Series(kind, area_id, region_id, tuple(point for (point,) in points))


def last_read_day(lake: DuckDBPyConnection, series: Series) -> date | None:
    """The last day of which any point of the series was read."""
    days = _last_days.of(
        lake,
        "last days",
        lambda: dict(
            lake.sql(
                "select usage_point_id, max(service_date) as last_day from daily_totals "
                "group by usage_point_id order by usage_point_id"
            ).fetchall()
        ),
    )
    return max((days[one] for one in series.usage_point_ids if one in days), default=None)


def latest_forecast(
    lake: DuckDBPyConnection, series_id: str, issued_at: datetime | None = None
) -> StoredForecast | None:
    """The forecast issued last, or at ``issued_at``: its days ahead; None where there is none."""
    rows = run_sql(
        lake,
        "stored_forecasts",
        _ROWS,
        series_id=series_id,
        issued_at=issued_at,
        first_day=None,
        last_day=None,
    )
    return _stored(rows)


def day_ahead_forecasts(
    lake: DuckDBPyConnection, series_id: str, *, first_day: date, last_day: date
) -> StoredForecast | None:
    """The forecast one day ahead of every day that has one."""
    rows = run_sql(
        lake,
        "stored_forecasts",
        _ROWS,
        series_id=series_id,
        issued_at=None,
        first_day=first_day,
        last_day=last_day,
    )
    return _stored(rows)


def checked(lake: DuckDBPyConnection, series_id: str) -> Checked | None:
    """Day-ahead forecasts of the last TRUTH_DAYS against what came; None where there are none."""
    return _held.of(lake, series_id, lambda: _checked(lake, series_id))


def _checked(lake: DuckDBPyConnection, series_id: str) -> Checked | None:
    series = series_named(lake, series_id)
    last_day = last_read_day(lake, series)
    if last_day is None:
        return None
    first_day = last_day - timedelta(days=TRUTH_DAYS - 1)
    stored = day_ahead_forecasts(lake, series_id, first_day=first_day, last_day=last_day)
    if stored is None:
        return None
    truth = _truth(lake, series, first_day, last_day, stored.interval_minutes)
    rows = np.array([(day - first_day).days for day in stored.days])
    known = np.isfinite(truth[rows]).any(axis=1)
    if not known.any():
        return None
    kept = np.flatnonzero(known)
    return Checked(
        StoredForecast(
            tuple(stored.days[at] for at in kept),
            tuple(stored.models[at] for at in kept),
            tuple(stored.issued_at[at] for at in kept),
            tuple(stored.received_at[at] for at in kept),
            stored.temperature_kind,
            stored.interval_minutes,
            stored.quantiles[kept],
        ),
        truth[rows[kept]],
        truth,
        rows[kept],
    )


def _truth(
    lake: DuckDBPyConnection, series: Series, first_day: date, last_day: date, interval_minutes: int
) -> np.ndarray:
    """What came, (days, slots) [kW].

    Whoever looks at one series of a district looks at others: reading its profiles takes far longer
    than adding them up, so those of all places and classes are read at once and held. A customer is
    read alone.
    """
    every = [series]
    if series.kind != "customer":
        places = district_series(lake, series.region_id, last_day=last_day)
        every = places if series in places else every
    loads = series_loads(
        lake,
        every,
        first_day=first_day,
        last_day=last_day,
        interval_minutes=interval_minutes,
    )
    return loads.load_kw[series.series_id]


def _stored(rows: pl.DataFrame) -> StoredForecast | None:
    if rows.is_empty():
        return None
    interval = int(rows["interval_minutes"][0])
    rows = rows.filter(pl.col("interval_minutes") == interval)
    days = rows.unique("service_date", maintain_order=True)
    names = SLOTS[:: interval // SLOT_MINUTES]
    values = rows.select(names).cast(pl.Float64).to_numpy()
    quantiles = values.reshape(days.height, len(QUANTILES), len(names)).transpose(0, 2, 1)
    return StoredForecast(
        tuple(days["service_date"]),
        tuple(days["model"]),
        tuple(days["issued_at"]),
        tuple(days["received_at"]),
        str(days["temperature_kind"][0]),
        interval,
        quantiles,
    )


def slot_starts(days: tuple[date, ...], slots: int) -> pl.Series:
    """Standard time at which every slot of ``days`` begins, in one column."""
    step = timedelta(days=1) / slots
    return pl.Series(
        "standard_start",
        [
            datetime.combine(day, datetime.min.time()) + slot * step
            for day in days
            for slot in range(slots)
        ],
        dtype=pl.Datetime("us"),
    )
