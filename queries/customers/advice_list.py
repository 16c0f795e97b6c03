"""Who could save most, and by what?"""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
from queries.billing.customer_names import with_names
from queries.customers.advice_change import ADVISED
from queries.run import run_sql

RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "name": pl.String(),
        "customer_class": pl.String(),
        "kind": pl.String(),
        "saving_kwh": pl.Float64(),
        "before_cny": pl.Decimal(18, 2),
        "saving_cny": pl.Decimal(18, 2),
        "saving_share": pl.Float64(),
        "cost_cny": pl.Int64(),
        "payback_years": pl.Float64(),
        "confidence": pl.String(),
        "is_best": pl.Boolean(),
        "first_day": pl.Date(),
        "last_day": pl.Date(),
    }
)
READS = (
    "advices",
    "customers",
    "usage_points",
    "transformers",
    "feeders",
    "substations",
    "regions",
)


def advice_list(
    lake: DuckDBPyConnection, *, region_id: str | None = None, kind: str | None = None
) -> pl.DataFrame:
    """Every piece of advice for everybody, as ``python -m ingest advice`` last worked it out.

    Nothing is billed here: ``customers/advice`` bills one usage point of today's readings.

    Args:
        lake: From ``queries.lake.open_lake``.
        region_id: Only customers of this region; None: all in the user's scope.
        kind: Only this kind (``advice_assessed.KINDS``); None: all.

    Returns:
        A row a usage point and kind that is advised, what saves most first, of the newest months
        there are of each; none where nothing was worked out. ``saving_share`` is of the bill
        ``before_cny``. ``is_best``: of its usage point's pieces the one that saves most; only these
        may be added up. ``name`` is masked as the scope says.
    """
    choose_region(lake, region_id)
    schema = {name: dtype for name, dtype in RETURNS.items() if name != "name"}
    found = run_sql(lake, "customers/advice_list", pl.Schema(schema), kind=kind, advised=ADVISED)
    return with_names(found, lake).select(RETURNS.names())
