"""Who of the largest customers could save most, and by what?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.customer_names import with_names
from queries.billing.lab import laboratory
from queries.billing.simulate import MONEY
from queries.billing.tariffs import known_tariffs
from queries.customers.advice_assessed import Advice, assess
from queries.customers.advice_basis import READS as BASIS_READS
from queries.customers.advice_basis import bases
from queries.customers.advice_change import ADVISED
from queries.run import QuestionError

RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "name": pl.String(),
        "customer_class": pl.String(),
        "kind": pl.String(),
        "saving_kwh": pl.Float64(),
        "saving_cny": MONEY,
        "saving_share": pl.Float64(),
        "payback_years": pl.Float64(),
        "confidence": pl.String(),
    }
)
READS = tuple(dict.fromkeys((*BASIS_READS, "customers")))
MOST_CUSTOMERS = 100
_AT_ONCE = 10
"""Customers whose curves are held at once: a year of one is 0.3 MB, and a copy for each kind."""


def advice_list(
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
    customers: int = 20,
) -> pl.DataFrame:
    """Every piece of advice for the customers that use most, billed as ``customers/advice`` does.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First day, included.
        last_day: Last day, included.
        region_id: Only customers of this region; None: all in the user's scope.
        customers: How many of the largest usage points, at most 100.

    Returns:
        A row a usage point and kind that is advised, what saves most first. ``saving_share`` is of
        the bill. ``name`` is masked as the scope says.
    """
    if not 1 <= customers <= MOST_CUSTOMERS:
        raise QuestionError(f"advice for {customers} customers; give 1 to {MOST_CUSTOMERS}.")
    lab = laboratory(first_day, last_day, lake, region_id=region_id)
    largest = lab.points.filter(pl.col("tariff_code").is_not_null())
    ids = largest.sort("energy_kwh", descending=True).head(customers)["usage_point_id"].to_list()
    known, found = known_tariffs(), []
    for first in range(0, len(ids), _AT_ONCE):
        some = ids[first : first + _AT_ONCE]
        own = bases(first_day, last_day, lake, region_id=region_id, usage_point_ids=some)
        found += [_row(one) for one in assess(own, known) if one.change.status == ADVISED]
    schema = {name: dtype for name, dtype in RETURNS.items() if name != "name"}
    rows = pl.DataFrame(found, schema=schema)
    return (
        with_names(rows, lake)
        .sort(-pl.col("saving_cny").cast(pl.Float64), "usage_point_id", "kind")
        .select(RETURNS.names())
    )


def _row(one: Advice) -> dict[str, object]:
    return {
        "usage_point_id": one.basis.usage_point_id,
        "customer_id": one.basis.customer_id,
        "customer_class": one.basis.customer_class,
        "kind": one.change.kind,
        "saving_kwh": one.saving_kwh,
        "saving_cny": one.saving_cny,
        "saving_share": (one.before_fen - one.after_fen) / one.before_fen
        if one.before_fen > 0
        else None,
        "payback_years": one.payback_years,
        "confidence": one.change.confidence,
    }
