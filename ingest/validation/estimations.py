"""Estimates as rows: day profiles of quality E, and how each came about."""

from collections.abc import Sequence
from datetime import datetime
from json import dumps

import numpy as np
import polars as pl

from ingest.batch import PROFILES_READ
from ingest.profiles import QUALITY_RANK, from_whole
from ingest.validation.gap_days import GapDays
from ingest.validation.gaps import Estimate
from queries.schema import ESTIMATIONS, SLOT_MINUTES, SLOTS_PER_DAY, UTC_INSTANT

METHODS = pl.Schema(
    {n: t for n, t in ESTIMATIONS.schema.items() if n not in {"batch_id", "received_at"}}
)
"""``estimations`` without the columns that the lake adds."""


def news(gaps: GapDays, estimates: Sequence[Estimate]) -> list[Estimate]:
    """Estimates that say something else than what stands there."""
    return [
        one
        for one in estimates
        if (gaps.held_wh[one.day, one.first : one.last + 1] != one.energy_wh).any()
    ]


def method_rows(gaps: GapDays, estimates: Sequence[Estimate]) -> list[dict]:
    """Rows of METHODS as dictionaries."""
    every, dates = gaps.days.interval_minutes // SLOT_MINUTES, gaps.span.days
    rows = []
    for one in estimates:
        evidence: dict = {"like_days": [dates[day].isoformat() for day in one.like_days]}
        for name, energy_wh in (("unscaled_wh", one.unscaled_wh), ("rest_wh", one.register_wh)):
            evidence[name] = None if np.isnan(energy_wh) else round(energy_wh, 1)
        day = dates[one.day]
        rows.append(
            {
                "usage_point_id": gaps.usage_point_id,
                "channel": gaps.channel,
                "service_date": day,
                "service_month": f"{day:%Y-%m}",
                "interval_minutes": gaps.days.interval_minutes,
                "first_slot": one.first * every,
                "last_slot": one.last * every,
                "method": one.method,
                "energy_wh": int(one.energy_wh.sum()),
                "evidence": dumps(evidence),
            }
        )
    return rows


def profiles(
    filled: Sequence[tuple[GapDays, Sequence[Estimate]]], issued_at: datetime
) -> pl.DataFrame:
    """PROFILES_READ: the estimated slots alone, as read by nobody (quality E)."""
    parts = [pl.DataFrame(schema=PROFILES_READ)]
    for minutes in sorted({gaps.days.interval_minutes for gaps, _ in filled}):
        same = [one for one in filled if one[0].days.interval_minutes == minutes]
        parts.append(_of_interval(same, minutes, issued_at))
    return pl.concat(parts)


def _of_interval(
    filled: Sequence[tuple[GapDays, Sequence[Estimate]]], minutes: int, issued_at: datetime
) -> pl.DataFrame:
    every = minutes // SLOT_MINUTES
    keys = sorted({(n, one.day) for n, (_, found) in enumerate(filled) for one in found})
    at = {key: row for row, key in enumerate(keys)}
    values = np.zeros((len(keys), SLOTS_PER_DAY), dtype=np.int32)
    missing = np.ones(values.shape, dtype=bool)
    for number, (_, found) in enumerate(filled):
        for one in found:
            slots = slice(one.first * every, one.last * every + 1, every)
            values[at[number, one.day], slots] = one.energy_wh
            missing[at[number, one.day], slots] = False
    named = [(filled[number][0], day) for number, day in keys]
    frame = pl.DataFrame(
        {
            "usage_point_id": [gaps.usage_point_id for gaps, _ in named],
            "channel": [gaps.channel for gaps, _ in named],
            "service_date": [gaps.span.days[day] for gaps, day in named],
        },
        schema={"usage_point_id": pl.String, "channel": pl.String, "service_date": pl.Date},
    ).with_columns(pl.lit(issued_at).cast(UTC_INSTANT).alias("issued_at"))
    ranks = np.full(values.shape, QUALITY_RANK["E"], dtype=np.uint8)
    return from_whole(frame, values, missing, interval_minutes=minutes, quality_ranks=ranks)
