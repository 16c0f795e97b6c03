"""What is known of how each customer uses electricity, as it was last worked out."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind, choose_area
from queries.run import run_sql
from queries.schema import PORTRAITS

_UNTOLD = ("lake_sequence", "received_at")
RETURNS = pl.Schema({n: t for n, t in PORTRAITS.schema.items() if n not in _UNTOLD})
READS = ("portraits", "usage_points", "transformers", "feeders", "substations", "regions")


def portraits(
    lake: DuckDBPyConnection,
    *,
    month: str | None = None,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
) -> pl.DataFrame:
    """The newest portrait of every usage point of an area: a row a point, a column a feature.

    ``python -m ingest portraits`` makes them; nothing is worked out here.

    Args:
        lake: From ``queries.lake.open_lake``.
        month: ``YYYY-MM``: the portrait as of the last day looked at in that month; None: the
            newest there is of each.
        area_kind: What ``area_id`` names.
        area_id: The place, class, account or usage point.
        region_id: Only what lies in this region; None is every region in the user's scope.

    Returns:
        The features of ``portraits`` (see ``queries.schema``); what each means, and when it is
        null, is said in ``queries.customers``: energy, hours, regularity and shapes in
        ``portrait_load``, peak, contract and readings in ``portrait_rows``, flexibility in
        ``portrait_flexibility``, weather and gaps in ``portrait_year``, growth in
        ``portrait_trend``, holidays in ``portrait_holidays``, likelihoods in
        ``portrait_likelihoods``.
    """
    choose_area(lake, area_kind, area_id, "portraits", region_id=region_id)
    return run_sql(lake, "customers/portraits", RETURNS, month=month)
