"""A portrait's figures beside those of its class."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.portrait_peer_rows import COMPARED
from queries.customers.portraits import READS as PORTRAITS_READ
from queries.customers.portraits import portraits
from queries.run import run_sql

_PEERS = pl.Schema(
    {
        "feature": pl.String(),
        "low_quartile": pl.Float64(),
        "median": pl.Float64(),
        "high_quartile": pl.Float64(),
        "usage_points": pl.Int32(),
    }
)
RETURNS = pl.Schema({"feature": pl.String(), "value": pl.Float64(), **_PEERS})
READS = (*PORTRAITS_READ, "portrait_peers")


def portrait_compared(lake: DuckDBPyConnection, *, usage_point_id: str) -> pl.DataFrame:
    """Every figure of one usage point's newest portrait with the quartiles of its class.

    Returns:
        A row a feature of ``customers/portraits`` that is a number: its ``value``, and the
        quartiles among the ``usage_points`` of its class in the district in the same month, each
        in the unit that the feature's name ends in. Null where the value is not known, or where
        fewer than ten customers have one.
    """
    found = portraits(lake, area_kind="usage_point_id", area_id=usage_point_id)
    if found.is_empty():
        return RETURNS.to_frame()
    row = found.row(0, named=True)
    peers = run_sql(
        lake,
        "customers/portrait_compared",
        _PEERS,
        district_id=row["district_id"],
        customer_class=row["customer_class"],
        month=row["month"],
    )
    own = pl.DataFrame(
        {"feature": COMPARED, "value": [row[name] for name in COMPARED]},
        schema={"feature": pl.String(), "value": pl.Float64()},
    )
    return own.join(peers, on="feature", how="left", maintain_order="left").select(RETURNS.names())
