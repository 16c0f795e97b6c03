"""Voltages and currents by phase, quarter of an hour by quarter of an hour."""

from datetime import date, timedelta
from functools import partial
from typing import Literal

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.grid.remembered import remembered
from queries.held import Held
from queries.periods import months_touched
from queries.run import run_sql
from queries.schema import SLOT_MINUTES, SLOTS, SLOTS_PER_DAY

PHASES = ("a", "b", "c")
READS: tuple[str, ...] = ("measurement_profiles",)

_ROWS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "phase": pl.String(),
        "day": pl.Int32(),
        "interval_minutes": pl.Int16(),
        **dict.fromkeys(SLOTS, pl.Float32()),
    }
)
_FEW_POINTS = 100
"""Of one transformer area: a month of them is 4 MB, and takes no longer to read than a week."""
_FEW_DAYS = timedelta(days=62)
"""More are read at once."""
_months: Held[np.ndarray] = Held(16)


def measures(
    lake: DuckDBPyConnection,
    kind: Literal["voltage", "current"],
    points: pl.Series,
    *,
    first_day: date,
    last_day: date,
) -> np.ndarray:
    """Voltages [V] or currents [A] of ``points``, Float32 (points, 3, slots); NaN: not measured.

    A value stands for the interval in which it was taken: the quarters of an hour from there to
    the next one.
    """
    key = (kind, *points, first_day, last_day)
    is_small = len(points) <= _FEW_POINTS and last_day - first_day <= _FEW_DAYS
    read = _from_months if is_small else _read_measures
    return remembered(
        lake, ("measures", *key), lambda: read(lake, kind, points, first_day, last_day)
    )


def _from_months(
    lake: DuckDBPyConnection,
    kind: Literal["voltage", "current"],
    points: pl.Series,
    first_day: date,
    last_day: date,
) -> np.ndarray:
    """Likewise, cut from whole months: whoever looks at other days of them reads nothing again."""
    months = months_touched(first_day, last_day)
    found = [
        _months.of(
            lake,
            (kind, *points, month),
            partial(_read_measures, lake, kind, points, *month),
        )
        for month in months
    ]
    begin = (first_day - months[0][0]).days * SLOTS_PER_DAY
    end = ((last_day - months[0][0]).days + 1) * SLOTS_PER_DAY
    whole = np.concatenate(found, axis=2)[:, :, begin:end]
    whole.flags.writeable = False
    return whole


def _read_measures(
    lake: DuckDBPyConnection,
    kind: Literal["voltage", "current"],
    points: pl.Series,
    first_day: date,
    last_day: date,
) -> np.ndarray:
    rows = run_sql(
        lake,
        "grid/measures",
        _ROWS,
        kind=kind,
        unit={"voltage": "v", "current": "a"}[kind],
        points=points.to_list(),
        first_day=first_day,
        last_day=last_day,
    )
    days = (last_day - first_day).days + 1
    found = np.full((len(points), len(PHASES), days * SLOTS_PER_DAY), np.nan, np.float32)
    place = {point: number for number, point in enumerate(points)}
    for (interval,), part in rows.group_by("interval_minutes"):
        length = int(str(interval)) // SLOT_MINUTES
        values = part.select(SLOTS).to_numpy()
        if length > 1:
            values = np.repeat(values[:, ::length], length, axis=1)
        point = part["usage_point_id"].replace_strict(place, return_dtype=pl.Int64).to_numpy()
        phase = part["phase"].replace_strict(
            {name: number for number, name in enumerate(PHASES)}, return_dtype=pl.Int64
        )
        slots = part["day"].to_numpy()[:, None] * SLOTS_PER_DAY + np.arange(SLOTS_PER_DAY)
        found[point[:, None], phase.to_numpy()[:, None], slots] = values
    found.flags.writeable = False  # several questions share it
    return found


def imbalance_share(currents_a: np.ndarray) -> np.ndarray:
    """Imbalance of three phases (三相不平衡度), (max − min) ÷ max [0–1]; phases on the second axis.

    SD 292-1988 (架空配电线路及设备运行规程). NaN where a phase was not measured or none carries.
    """
    largest = currents_a.max(axis=1)  # NaN where any phase is
    spread = largest - currents_a.min(axis=1)
    return np.divide(spread, largest, out=np.full_like(spread, np.nan), where=largest > 0)
