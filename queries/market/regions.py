"""How regions, and the areas inside them, differ and where they grow."""

from datetime import date
from typing import Literal

import polars as pl
from duckdb import DuckDBPyConnection

from queries.market.group_portraits import PORTRAIT, group_portraits
from queries.market.group_portraits import READS as PORTRAIT_READS
from queries.run import QuestionError

Grouping = Literal["region", "substation", "feeder", "transformer"]
"""How finely regions are looked at."""
GROUPINGS: tuple[Grouping, ...] = ("region", "substation", "feeder", "transformer")

RETURNS = PORTRAIT
READS = PORTRAIT_READS


def regions(
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
    group_by: Grouping = "region",
) -> pl.DataFrame:
    """Use, growth, part in the peak, concentration and capacity of every region or area.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First day there is data of: growth holds a year against the one before.
        last_day: Last service date, included; the last twelve whole months are looked at.
        region_id: Only what lies in this region; None is every region in the user's scope.
        group_by: ``region``, ``substation``, ``feeder`` or ``transformer``.

    Returns:
        A row a group (null: in none), the largest first, and ``all`` of them last, of the days
        ``first_day`` to ``last_day``. Peaks as ``load/peak_contribution`` [mean of the twenty
        highest hours of all], growth at equal temperature with its 95 % interval as
        ``load/growth`` (``status`` says why it is null), ``largest_…_share`` and ``hhi`` as
        ``market/concentration``. Capacity in use on the last day, what came and went since the
        first and their difference [kVA], as ``market/capacity_changes``.
        ``intensity_kwh_per_10k_yuan`` [kWh per 10,000 CNY of value added]: only where a series of
        just this region (or industry) covers the days, and right only where all of its customers
        are in the lake.

    Raises:
        QuestionError: no such kind of group.
    """
    if group_by not in GROUPINGS:
        raise QuestionError(f"group_by '{group_by}' is none of {', '.join(GROUPINGS)}.")
    return group_portraits(
        group_by, lake, first_day=first_day, last_day=last_day, region_id=region_id
    )
