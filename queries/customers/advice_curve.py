"""How would the day of this customer look if it followed the advice?"""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.advice import READS as ADVICE_READS
from queries.customers.advice_basis import HOURS_PER_SLOT
from queries.customers.advice_equipment import Lighting
from queries.customers.advice_of_one import Asked, advice_of_one
from queries.schema import SLOTS_PER_DAY

RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "day_kind": pl.String(),
        "slot": pl.Int32(),
        "mean_before_kw": pl.Float64(),
        "mean_after_kw": pl.Float64(),
    }
)
READS = ADVICE_READS


def advice_curve(  # noqa: PLR0913 - whose, which days, a sheet
    lake: DuckDBPyConnection,
    *,
    usage_point_id: str,
    kind: str,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
    lamps: int | None = None,
    hours_per_day: float | None = None,
    old_w: float = 40.0,
    new_w: float = 18.0,
    lamp_cny: float = 35.0,
) -> pl.DataFrame:
    """The mean day with and without one kind of advice, over the days on which it changes anything.

    Inputs are those of ``customers/advice``, and the ``kind``.

    Returns:
        A row a quarter of an hour and kind of day (``workday``, ``rest_day``): the mean load
        taken from the grid before and after [kW], only of days that differ; none where the advice
        changes no curve of active energy. ``slot`` counts from midnight.
    """
    sheet = Lighting(lamps, hours_per_day, old_w, new_w, lamp_cny)
    asked = Asked(usage_point_id, first_day, last_day, region_id, sheet)
    one = next((a for a in advice_of_one(asked, lake) if a.change.kind == kind), None)
    if one is None or one.change.load is None:
        return RETURNS.to_frame()
    old = one.basis.energy_kwh
    new = one.change.load.energy_units["import"][0] / one.basis.load.per
    differs = np.abs(new - old).sum(axis=1) > 0
    is_rest = one.basis.calendar_terms[:, 0] > 0
    frames = [RETURNS.to_frame()]
    for name, chosen in (("workday", differs & ~is_rest), ("rest_day", differs & is_rest)):
        if chosen.any():
            frames.append(
                pl.DataFrame(
                    {
                        "usage_point_id": [usage_point_id] * SLOTS_PER_DAY,
                        "day_kind": [name] * SLOTS_PER_DAY,
                        "slot": range(SLOTS_PER_DAY),
                        "mean_before_kw": old[chosen].mean(axis=0) / HOURS_PER_SLOT,
                        "mean_after_kw": new[chosen].mean(axis=0) / HOURS_PER_SLOT,
                    },
                    schema=RETURNS,
                )
            )
    return pl.concat(frames)
