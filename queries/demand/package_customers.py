"""What would a package bring each customer, and who would gain by doing nothing?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.package_offer import READS as PACKAGE_READS
from queries.demand.package_offer import package_rows

RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "name": pl.String(),
        "customer_class": pl.String(),
        "status": pl.String(),
        "annual_kwh": pl.Float64(),
        "annual_bill_cny": pl.Float64(),
        "choice_saving_cny": pl.Float64(),
        "rebate_cny": pl.Float64(),
        "unchanged_cny": pl.Float64(),
        "taker_gain_cny": pl.Float64(),
        "is_free_rider": pl.Boolean(),
        "uptake_share": pl.Float64(),
        "uplift_share": pl.Float64(),
        "given_cny": pl.Float64(),
        "earned_cny": pl.Float64(),
        "customer_cny": pl.Float64(),
        "utility_cny": pl.Float64(),
        "basis": pl.String(),
    }
)
READS = PACKAGE_READS


def package_customers(
    lake: DuckDBPyConnection,
    *,
    content: str,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
) -> pl.DataFrame:
    """Everyone a package could be for: its gain as a taker, and what it brings the utility.

    Args:
        lake: From ``queries.lake.open_lake``.
        content: JSON of an offer's content (``customers.offer.read_content``): rules, choice,
            rebate, what is supposed. Its words may be left out.
        first_day: First day of what is billed, included.
        last_day: Last day, included.
        region_id: Only customers of this region; None: all in the user's scope.

    Returns:
        A row a usage point, who could be asked first, then the largest gain. ``status`` as in
        ``customers/offer_targets``, and ``no_gain``: it would lose by it and does not take it.
        Of a taker, a year: ``choice_saving_cny`` (billed exactly at its unchanged load; below zero:
        dearer; null: it proposes no choice, or this customer may not choose it), ``rebate_cny``,
        both together ``unchanged_cny``, and ``taker_gain_cny`` with the change it is expected to
        make. ``is_free_rider``: it gains without any change. Expected, a year: ``given_cny`` by
        choice and rebate, ``earned_cny`` for what is taken off the peak, net
        ``customer_cny`` and ``utility_cny``, with shares of takers that rest on ``basis``
        (``offer_learnt``). Floats: they rank, nobody is billed by them.

    Raises:
        PackageError: the content cannot be read.
    """
    found = package_rows(lake, content, first_day, last_day, region_id)
    if found.is_empty():
        return RETURNS.to_frame()
    return (
        found.sort(~pl.col("is_asked"), -pl.col("taker_gain_cny"), "usage_point_id")
        .select(RETURNS.names())
        .cast(RETURNS)
    )
