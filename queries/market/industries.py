"""How industries differ and which of them grow."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.market.group_portraits import PORTRAIT, group_portraits
from queries.market.group_portraits import READS as PORTRAIT_READS

RETURNS = PORTRAIT
READS = PORTRAIT_READS


def industries(
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
) -> pl.DataFrame:
    """Use, growth, part in the peak, concentration and capacity of every industry.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First day there is data of: growth holds a year against the one before.
        last_day: Last service date, included; the last twelve whole months are looked at.
        region_id: Only what lies in this region; None is every region in the user's scope.

    Returns:
        A row a section (门类) of GB/T 4754 with any customer, ``households`` for homes, null where
        no register says, the largest first; and ``all`` of them last. Columns as in
        ``market/regions``; the intensity needs series ``value_added_a`` … ``value_added_t`` of the
        region in table ``economy``.
    """
    return group_portraits(
        "industry", lake, first_day=first_day, last_day=last_day, region_id=region_id
    )
