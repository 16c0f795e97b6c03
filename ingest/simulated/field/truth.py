"""What a lake must hold that has collected everything which simulated meters show."""

from collections.abc import Iterable
from datetime import datetime

import numpy as np
import polars as pl

from ingest.register_energy import COUNTS_PER_KWH
from ingest.simulated.field.meters import COUNTS_SHOWN, DAY, QUARTER, FieldMeter, Kept
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
    resolution: int = COUNTS_SHOWN,
) -> pl.DataFrame:
    """What the meters' curves show: TRUTH_POINTS.

    Counts are rounded **down** to ``resolution``, as a meter shows no more than that: 0.01 kWh in
    load records of DL/T 645, attribute 2 of DL/T 698.45 and what a terminal of Q/GDW 376.1 has
    read; pass 1 for attribute 4 of DL/T 698.45. What a meter lost without power is not there.

    Args:
        meters: Whose.
        first: The first instant [UTC], included; None: from their beginning.
        last: The last instant [UTC], included; None: to their end.
        resolution: [0.0001 kWh].
    """
    frames = [TRUTH_POINTS.to_frame()]
    for meter in meters:
        places = _recorded(meter, first or meter.begin, last or meter.end)
        for channel, counts in meter.counts.items():
            shown = counts[places] % meter.range_counts // resolution * resolution
            frames.append(
                pl.DataFrame(
                    {
                        "usage_point_id": meter.usage_point_id,
                        "meter_id": meter.meter_id,
                        "channel": channel,
                        "at": _instants(meter, places),
                        "counts": shown,
                    },
                    schema=TRUTH_POINTS,
                )
            )
    return pl.concat(frames)


def truth_energy(
    meters: Iterable[FieldMeter],
    *,
    first: datetime | None = None,
    last: datetime | None = None,
    resolution: int = COUNTS_SHOWN,
) -> pl.DataFrame:
    """Energy between neighbouring points of :func:`truth_points`: TRUTH_ENERGY.

    Register times ratio, rounded to the watt-hour at each point, then the difference, over a
    rollover too. An interval of which an end is missing is not there.
    """
    frames = [TRUTH_ENERGY.to_frame()]
    for meter in meters:
        places = _recorded(meter, first or meter.begin, last or meter.end)
        step = meter.interval_minutes // SLOT_MINUTES
        starts = places[:-1][np.diff(places) == step]
        for channel, counts in meter.counts.items():
            size = meter.range_counts
            start = counts[starts] % size // resolution * resolution
            end = counts[starts + step] % size // resolution * resolution
            end += size * (end < start)
            frames.append(
                pl.DataFrame(
                    {
                        "usage_point_id": meter.usage_point_id,
                        "channel": channel,
                        "interval_start": _instants(meter, starts),
                        "interval_minutes": meter.interval_minutes,
                        "energy_wh": _whole_wh(end * meter.ratio) - _whole_wh(start * meter.ratio),
                    },
                    schema=TRUTH_ENERGY,
                )
            )
    return pl.concat(frames)


def truth_freezes(meters: Iterable[FieldMeter], *, last: datetime | None = None) -> pl.DataFrame:
    """Daily freezes as TRUTH_POINTS: ``at`` is the midnight at which the day ended."""
    frames = [TRUTH_POINTS.to_frame()]
    for meter in meters:
        end = min(last or meter.end, meter.end)
        midnights = [
            at
            for at in meter.recorded(meter.begin + DAY, end + QUARTER, end, daily=True)
            if meter.kept(at) is Kept.WHOLE
        ]
        frames += [
            pl.DataFrame(
                {
                    "usage_point_id": meter.usage_point_id,
                    "meter_id": meter.meter_id,
                    "channel": channel,
                    "at": midnights,
                    "counts": [meter.register(channel, at) for at in midnights],
                },
                schema=TRUTH_POINTS,
            )
            for channel in meter.counts
        ]
    return pl.concat(frames)


def _recorded(meter: FieldMeter, first: datetime, last: datetime) -> np.ndarray:
    """Places in its curve of the records from ``first`` to ``last`` that hold something."""
    places = np.arange(0, len(meter.counts["import"]), meter.interval_minutes // SLOT_MINUTES)
    begin = (first - meter.begin) / QUARTER
    is_kept = (places >= begin) & (places <= (last - meter.begin) / QUARTER)
    for cut in meter.cuts:
        lost_from, lost_to = ((end - meter.begin) / QUARTER for end in (cut.first, cut.last))
        is_kept &= (places < lost_from) | (places > lost_to)
    return places[is_kept]


def _instants(meter: FieldMeter, places: np.ndarray) -> pl.Series:
    begin = np.datetime64(meter.begin.replace(tzinfo=None), "us")
    return pl.Series(begin + places * np.timedelta64(SLOT_MINUTES, "m")).dt.replace_time_zone("UTC")


def _whole_wh(counts: np.ndarray) -> np.ndarray:
    return (counts + _COUNTS_PER_WH // 2) // _COUNTS_PER_WH
