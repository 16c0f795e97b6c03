"""One customer's quarters of an hour in a scenario, beside those that were read."""

from datetime import datetime, time, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.what_if_changes import changed_rows, days_of
from queries.demand.what_if_measured import measured
from queries.demand.what_if_outcome import READS as OUTCOME_READS
from queries.demand.what_if_system import supposed_changes
from queries.demand.what_if_terms import WhatIfError, scenario_of
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY

RETURNS = pl.Schema(
    {
        "local_start": pl.Datetime("us"),
        "energy_kwh": pl.Float64(),
        "energy_after_kwh": pl.Float64(),
        "fed_in_kwh": pl.Float64(),
    }
)
READS = OUTCOME_READS


def what_if_curve(lake: DuckDBPyConnection, *, scenario: str, usage_point_id: str) -> pl.DataFrame:
    """The curve of one customer as it was read and as it is supposed.

    ``fenggu price`` on ``energy_after_kwh`` gives the bill of ``what_if_bills``.

    Args:
        lake: From ``queries.lake.open_lake``.
        scenario: JSON of ``queries.demand.what_if_terms.WhatIf``.
        usage_point_id: Whose.

    Returns:
        A row a quarter of an hour of all days of the scenario: ``local_start`` in standard time,
        energy taken from the grid before and after, and fed in by the scenario's plants. What was
        not read is 0.

    Raises:
        WhatIfError: nobody of this number is in the scenario's district.
    """
    what_if = scenario_of(scenario)
    before = measured(what_if, lake)
    lab = before.lab
    at = np.flatnonzero((lab.points["usage_point_id"] == usage_point_id).to_numpy())
    if not at.size:
        raise WhatIfError(
            f"usage point '{usage_point_id}' has no readings in this district from "
            f"{what_if.first_day} to {what_if.last_day}. Choose another one."
        )
    changes, _ = supposed_changes(what_if, before, lake)
    days = days_of(lab)
    found = np.zeros((3, len(days), SLOTS_PER_DAY), np.int64)
    for rows in before.rows_of(at, lake):
        made = changed_rows(rows, changes)
        found[0][rows.day] += rows.units
        found[1][rows.day] += made.taken
        found[2][rows.day[made.feeding]] += made.fed_in
    first = datetime.combine(days[0], time())
    step = timedelta(minutes=SLOT_MINUTES)
    starts = pl.datetime_range(
        first, first + step * (len(days) * SLOTS_PER_DAY - 1), step, eager=True
    )
    values = found.reshape(3, -1) / lab.cube.per
    return pl.DataFrame(dict(zip(RETURNS.names(), (starts, *values), strict=True)), RETURNS)
