"""The frozen registers (冻结示数) of a check meter (考核表) as rows: totals, in primary kWh."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from ingest.simulated.meters.installed import CHECK_METER_DIGITS, check_meter_id
from ingest.simulated.meters.reading_rows import PLAIN_ROWS, as_read, daily_rows, named_rows
from ingest.simulated.meters.registers import COUNTS_PER_KWH, frozen_counts
from ingest.simulated.planted.collection import Collection
from ingest.simulated.surroundings.span import Span

_WH_PER_COUNT = 1000 // COUNTS_PER_KWH
_WORN_DAYS = 100.0, 2500.0


def check_register_rows(
    usage_point_id: str,
    channels: Mapping[str, np.ndarray],
    kept: Collection,
    span: Span,
    stream: np.random.Generator,
) -> pl.DataFrame:
    """REGISTERS_READ: the total of every channel at every midnight whose reading arrives.

    A check meter has no tariff registers: nobody is billed by it.

    Args:
        usage_point_id: At the head of which area or feeder.
        channels: What the meter counted in every slot, (slots,) of whole days [Wh, varh].
        kept: What of its days arrives.
        span: Of these slots.
        stream: Of this meter: how many days it had counted before the span.
    """
    worn_days, days = stream.uniform(*_WORN_DAYS), np.arange(span.days)
    meter_id = check_meter_id(usage_point_id)
    parts = [PLAIN_ROWS.to_frame()]
    for channel, energy_wh in channels.items():
        counts = frozen_counts(
            energy_wh,
            ratio=1.0,
            start_counts=_start_counts(energy_wh, span, worn_days),
            digits=CHECK_METER_DIGITS,
            register_of_slot=None,
        )
        named = {"meter_id": meter_id, "channel": channel, "register": "total"}
        parts.append(named_rows(daily_rows(days, counts[:, 0], kept), named))
    return as_read(pl.concat(parts), usage_point_id, span)


def _start_counts(energy_wh: np.ndarray, span: Span, worn_days: float) -> int:
    """Where a register stands that has long counted as much a day as it will [0.01 kWh]."""
    coming = int(energy_wh.sum(dtype=np.int64)) // _WH_PER_COUNT
    # It does not roll over in the span: the truth file names every meter that does.
    room = 10**CHECK_METER_DIGITS * COUNTS_PER_KWH - coming - 1
    return int(coming / span.days * worn_days) % max(room, 1)
