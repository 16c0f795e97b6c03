"""What would a package bring and cost, and how much of it goes to who changes nothing?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.package_offer import READS as PACKAGE_READS
from queries.demand.package_offer import package_rows

_MONEY = (
    "avoided_cny",
    "peak_cny",
    "forgone_cny",
    "earned_cny",
    "given_cny",
    "cannibalised_cny",
    "cost_cny",
    "customer_cny",
    "utility_cny",
)
RETURNS = pl.Schema(
    {
        "customer_class": pl.String(),
        "customers": pl.Int64(),
        "sendable_customers": pl.Int64(),
        "takers": pl.Float64(),
        "free_riders": pl.Int64(),
        "no_gain_customers": pl.Int64(),
        "expected_kwh": pl.Float64(),
        **dict.fromkeys(_MONEY, pl.Float64()),
        "others_cny": pl.Float64(),
        "brought_cny": pl.Float64(),
        "cannibalised_share": pl.Float64(),
        "is_given_away": pl.Boolean(),
        "mean_gain_cny": pl.Float64(),
        "basis": pl.String(),
    }
)
READS = PACKAGE_READS


def package_summary(
    lake: DuckDBPyConnection,
    *,
    content: str,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
) -> pl.DataFrame:
    """A package as a whole and class by class, a year, as expected.

    Cannibalisation is the revenue given up on free riders: customers to whom the choice and the
    rebate are a gain at their present load. Nothing comes back for it, whatever the others do.

    Args:
        lake: From ``queries.lake.open_lake``.
        content: As ``demand/package_customers``.
        first_day: First day of what is billed, included.
        last_day: Last day, included.
        region_id: Only customers of this region; None: all in the user's scope.

    Returns:
        A row for all (``customer_class`` null) and one a class, the largest first: ``customers``
        that could be asked, of them ``sendable_customers`` today; expected ``takers``;
        ``free_riders``; and those it would cost more than it gives (``no_gain_customers``).
        ``utility_cny`` = ``avoided_cny`` + ``peak_cny`` - ``forgone_cny`` - ``earned_cny``
        - ``given_cny`` - ``cost_cny``; ``cannibalised_cny`` is the part of ``given_cny``
        that goes to free riders, ``cannibalised_share`` [0–1] of it, null where nothing
        is given, ``others_cny`` the rest. ``is_given_away``: it is more than the package brings
        (``brought_cny``: avoided and peak). ``mean_gain_cny`` is that of one taker. No row where
        nobody is billed.

    Raises:
        PackageError: the content cannot be read.
    """
    found = package_rows(lake, content, first_day, last_day, region_id)
    if found.is_empty():
        return RETURNS.to_frame()
    whole = _added(found.with_columns(pl.lit(None, pl.String).alias("customer_class")))
    classes = _added(found).sort("customers", "customer_class", descending=[True, False])
    classes = classes.filter(pl.col("customer_class").is_not_null() & (pl.col("customers") > 0))
    return pl.concat([whole, classes])


def _added(rows: pl.DataFrame) -> pl.DataFrame:
    asked = pl.col("is_asked")
    summed = ("expected_kwh", *(name for name in _MONEY if name != "cannibalised_cny"))
    added = rows.group_by("customer_class").agg(
        asked.sum().alias("customers"),
        pl.col("is_sendable").sum().alias("sendable_customers"),
        pl.col("uptake_share").filter(asked).sum().alias("takers"),
        (asked & pl.col("is_free_rider")).sum().alias("free_riders"),
        (pl.col("status") == "no_gain").sum().alias("no_gain_customers"),
        *(pl.col(name).filter(asked).sum() for name in summed),
        pl.col("given_cny").filter(asked & pl.col("is_free_rider")).sum().alias("cannibalised_cny"),
        pl.col("taker_gain_cny").filter(asked).mean().alias("mean_gain_cny"),
        pl.col("basis").first(),
    )
    share = pl.col("cannibalised_cny") / pl.col("given_cny")
    derived = added.with_columns(
        pl.when(pl.col("given_cny") > 0).then(share).alias("cannibalised_share"),
        others_cny=pl.col("given_cny") - pl.col("cannibalised_cny"),
        brought_cny=pl.col("avoided_cny") + pl.col("peak_cny"),
    )
    is_given_away = pl.col("cannibalised_cny") > pl.col("brought_cny")
    return derived.with_columns(is_given_away=is_given_away).select(RETURNS.names()).cast(RETURNS)
