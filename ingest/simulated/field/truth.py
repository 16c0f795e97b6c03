"""What a lake must hold that has collected everything which simulated meters show."""

from collections.abc import Iterable
from datetime import datetime

import numpy as np
import polars as pl

from ingest.register_energy import COUNTS_PER_KWH
from ingest.simulated.field.meters import DAY, QUARTER, FieldMeter, Kept
from queries.schema import SLOT_MINUTES, UTC_INSTANT

TRUTH_POINTS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "meter_id": pl.String(),
        "channel": pl.String(),
        "at": UTC_INSTANT,
        "counts": pl.Int64(),  # 0.0001 kWh, before the ratio, rolled over
    }
)
TRUTH_ENERGY = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "channel": pl.String(),
        "interval_start": UTC_INSTANT,
        "interval_minutes": pl.Int16(),
        "energy_wh": pl.Int32(),  # behind the ratio
    }
)
_COUNTS_PER_WH = COUNTS_PER_KWH // 1000


def truth_points(
    meters: Iterable[FieldMeter],
    *,
    first: datetime | None = None,
    last: datetime | None = None,
    resolution: int | None = None,
) -> pl.DataFrame:
    """What the meters' curves show: TRUTH_POINTS.

    Counts are rounded **down** to ``resolution``, as a meter shows no more than that. What a
    meter lost without power is not there.

    Args:
        meters: Whose.
        first: The first instant [UTC], included; None: from their beginning.
        last: The last instant [UTC], included; None: to their end.
        resolution: [0.0001 kWh]; None: what each meter shows by its scaler, 0.01 kWh in load
            records of DL/T 645 and what a terminal of Q/GDW 376.1 has read. 1 is attribute 4 of
            DL/T 698.45.
    """
    rows = _Rows(TRUTH_POINTS)
    for meter in meters:
        places = _recorded(meter, first or meter.begin, last or meter.end)
        instants = _instants(meter, places)
        for channel, counts in meter.counts.items():
            least = resolution or meter.counts_shown
            shown = counts[places] % meter.range_counts // least * least
            rows.add((meter.usage_point_id, meter.meter_id, channel), instants, shown)
    return rows.frame()


def truth_energy(
    meters: Iterable[FieldMeter],
    *,
    first: datetime | None = None,
    last: datetime | None = None,
    resolution: int | None = None,
) -> pl.DataFrame:
    """Energy between neighbouring points of :func:`truth_points`: TRUTH_ENERGY.

    Register times ratio, rounded to the watt-hour at each point, then the difference, over a
    rollover too. An interval of which an end is missing is not there.
    """
    rows = _Rows(TRUTH_ENERGY)
    for meter in meters:
        places = _recorded(meter, first or meter.begin, last or meter.end)
        step = meter.interval_minutes // SLOT_MINUTES
        starts = places[:-1][np.diff(places) == step]
        instants, minutes = _instants(meter, starts), np.full(starts.size, meter.interval_minutes)
        for channel, counts in meter.counts.items():
            size = meter.range_counts
            least = resolution or meter.counts_shown
            start = counts[starts] % size // least * least
            end = counts[starts + step] % size // least * least
            end += size * (end < start)
            moved = _whole_wh(end * meter.ratio) - _whole_wh(start * meter.ratio)
            rows.add((meter.usage_point_id, channel), instants, minutes, moved)
    return rows.frame()


def truth_freezes(meters: Iterable[FieldMeter], *, last: datetime | None = None) -> pl.DataFrame:
    """Daily freezes as TRUTH_POINTS: ``at`` is the midnight at which the day ended."""
    rows = _Rows(TRUTH_POINTS)
    for meter in meters:
        end = min(last or meter.end, meter.end)
        midnights = [
            at
            for at in meter.recorded(meter.begin + DAY, end + QUARTER, end, daily=True)
            if meter.kept(at) is Kept.WHOLE
        ]
        places = np.array([meter.index(at) for at in midnights], dtype=np.int64)
        instants = _instants(meter, places)
        for channel, counts in meter.counts.items():
            least = meter.counts_shown
            shown = counts[places] % meter.range_counts // least * least
            rows.add((meter.usage_point_id, meter.meter_id, channel), instants, shown)
    return rows.frame()


class _Rows:
    """Rows of a frame, gathered by meter and channel."""

    def __init__(self, schema: pl.Schema) -> None:
        self._schema = schema
        self._names: list[tuple[str, ...]] = []
        self._columns: list[tuple[np.ndarray, ...]] = []

    def add(self, names: tuple[str, ...], *columns: np.ndarray) -> None:
        """Rows that share their names."""
        self._names.append(names)
        self._columns.append(columns)

    def frame(self) -> pl.DataFrame:
        """All rows, in the order in which they were added."""
        if not self._names:
            return self._schema.to_frame()
        count = len(self._names[0])
        titles = self._schema.names()
        names = pl.DataFrame(self._names, schema=titles[:count], orient="row")
        lengths = [columns[0].size for columns in self._columns]
        repeated = names[np.repeat(np.arange(len(lengths)), lengths)]
        joined = [np.concatenate(column) for column in zip(*self._columns, strict=True)]
        values = pl.DataFrame(dict(zip(titles[count:], joined, strict=True)))
        return pl.concat([repeated, _utc(values)], how="horizontal").cast(self._schema)  # type: ignore[arg-type]


def _utc(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col(pl.Datetime("us")).dt.replace_time_zone("UTC"))


def _recorded(meter: FieldMeter, first: datetime, last: datetime) -> np.ndarray:
    """Places in its curve of the records from ``first`` to ``last`` that hold something."""
    places = np.arange(0, len(meter.counts["import"]), meter.interval_minutes // SLOT_MINUTES)
    begin = (first - meter.begin) / QUARTER
    is_kept = (places >= begin) & (places <= (last - meter.begin) / QUARTER)
    for cut in meter.cuts:
        lost_from, lost_to = ((end - meter.begin) / QUARTER for end in (cut.first, cut.last))
        is_kept &= (places < lost_from) | (places > lost_to)
    return places[is_kept]


def _instants(meter: FieldMeter, places: np.ndarray) -> np.ndarray:
    begin = np.datetime64(meter.begin.replace(tzinfo=None), "us")
    return begin + places * np.timedelta64(SLOT_MINUTES, "m")


def _whole_wh(counts: np.ndarray) -> np.ndarray:
    return (counts + _COUNTS_PER_WH // 2) // _COUNTS_PER_WH
