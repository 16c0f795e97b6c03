"""One usage point's portrait, with who it is and what is usual among its like."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.portraits import READS as PORTRAITS_READ
from queries.customers.portraits import RETURNS as PORTRAITS
from queries.customers.portraits import portraits
from queries.run import run_sql

_WHO = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "name": pl.String(),
        "address": pl.String(),
        "industry_code": pl.String(),
        "voltage_kv": pl.Float64(),
        "transformer_id": pl.String(),
        "status": pl.String(),
    }
)
RETURNS = pl.Schema({**PORTRAITS, **{n: t for n, t in _WHO.items() if n not in PORTRAITS}})
READS = (*PORTRAITS_READ, "customers")


def portrait(lake: DuckDBPyConnection, *, usage_point_id: str) -> pl.DataFrame:
    """The newest portrait of one usage point, and who it is; no row where there is none yet.

    Returns:
        The features of ``customers/portraits``; ``name`` and ``address`` as the scope may see them,
        ``industry_code`` (GB/T 4754), ``voltage_kv``, ``transformer_id`` (null: at medium voltage)
        and ``status`` of the register. Null where the register says nothing.
    """
    found = portraits(lake, area_kind="usage_point_id", area_id=usage_point_id)
    who = run_sql(lake, "customers/portrait", _WHO, usage_point_id=usage_point_id)
    return found.join(who, on="usage_point_id", how="left").select(RETURNS.names())
