"""What was planted on one subject as rows of the truth."""

from collections.abc import Sequence
from json import dumps
from typing import Any

import numpy as np
import polars as pl

from ingest.simulated.surroundings.span import Span
from ingest.simulated.truth import TRUTH, Planted


def truth_rows(
    subject: str,
    subject_id: str,
    planted: Sequence[Planted],
    energies_wh: Sequence[int | None],
    span: Span,
) -> pl.DataFrame:
    """Rows in TRUTH, one a planted thing, in the order given.

    Args:
        subject: usage_point, transformer, feeder or region.
        subject_id: Which.
        planted: What was planted there.
        energies_wh: What each did to the energy over the span [Wh, signed]; None: nothing.
        span: The simulated time. What lasts to its end gets a null ``ends_at``.
    """
    rows = [
        {
            "group": thing.group,
            "kind": thing.kind,
            "subject": subject,
            "subject_id": subject_id,
            "starts_at": span.instant(thing.first_slot),
            "ends_at": None if thing.last_slot >= span.slots else span.instant(thing.last_slot),
            "amount": float(thing.amount),
            "unit": thing.unit,
            "energy_wh": None if energy_wh is None else int(energy_wh),
            "detail": dumps(thing.detail, default=_plain, ensure_ascii=False, sort_keys=True),
        }
        for thing, energy_wh in zip(planted, energies_wh, strict=True)
    ]
    return pl.DataFrame(rows, schema=TRUTH)


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever JSON does not know
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"{value!r} of a planted thing's detail has no place in JSON")
