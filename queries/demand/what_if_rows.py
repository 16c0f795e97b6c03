"""Day rows of a laboratory's customers, a file's worth at a time, on whole numbers."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

from queries.billing.cube_slots import name_profiles
from queries.billing.lab import Lab
from queries.schema import SLOT_MINUTES, SLOTS, SLOTS_PER_DAY

READS = ("energy_profiles",)

_WH_PER_KWH = 1000
_AT_A_TIME = 16_384
# Rows go to their places, so their order says nothing: to sort a district's year by 96 columns
# takes longer than to read it. That is why this is no file of queries/, which are all ordered.
_ROWS = r"""
select
    what_if_points.place,
    (profiles.service_date - $first_day::date)::integer as day,
    profiles.interval_minutes,
    columns('t\d{4}')
from cube_profiles as profiles
inner join what_if_points using (usage_point_id)
where profiles.service_date between $first_day and $last_day
"""


@dataclass(frozen=True, slots=True)
class Rows:
    """Days of customers.

    Attributes:
        customer: Place of each row's among the laboratory's, (rows,).
        day: 0 on the first day, (rows,).
        units: Energy of every quarter of an hour, in parts of a kWh as the laboratory's cube counts
            it, (rows, 96); what was not read is 0.
    """

    customer: np.ndarray
    day: np.ndarray
    units: np.ndarray


def rows_of(lab: Lab, places: np.ndarray, lake: DuckDBPyConnection) -> Iterator[Rows]:
    """The rows of the customers at ``places``."""
    ids = lab.points["usage_point_id"].to_numpy()[places]
    lake.execute(
        "create or replace temp table what_if_points as "
        "select unnest($points) as usage_point_id, unnest($places)::integer as place",
        {"points": ids.tolist(), "places": places.tolist()},
    )
    name_profiles(lake)
    span = {"first_day": lab.bills[0][0], "last_day": lab.bills[-1][1]}
    finest = lab.cube.per // _WH_PER_KWH
    for batch in lake.sql(_ROWS, params=span).to_arrow_reader(_AT_A_TIME):
        if batch.num_rows:
            yield _rows(batch, finest)


def _rows(batch: pa.RecordBatch, finest: int) -> Rows:
    customer, day, minutes = (batch.column(n).to_numpy() for n in range(3))
    units = np.empty((batch.num_rows, SLOTS_PER_DAY), np.int32 if finest == 1 else np.int64)
    for number in range(len(SLOTS)):
        column = batch.column(number + 3)
        units[:, number] = pc.fill_null(column, 0) if column.null_count else column
    if finest > 1 or (minutes != SLOT_MINUTES).any():
        for interval in np.unique(minutes).tolist():
            width = interval // SLOT_MINUTES
            own = minutes == interval
            units[own] = np.repeat(units[own][:, ::width] * (finest // width), width, axis=1)
    return Rows(customer, day, units)
