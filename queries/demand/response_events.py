"""Which events of demand response were planned, called and settled?"""

import polars as pl
from duckdb import DuckDBPyConnection
from sqlalchemy import select

from queries.demand import response_records
from queries.demand.response_tables import RESPONSE_SETTLEMENTS
from queries.lake import lake_state, records_of
from queries.records import frame

RETURNS = pl.Schema(
    {
        "event_id": pl.String(),
        "programme_id": pl.String(),
        "programme_name": pl.String(),
        "state": pl.String(),
        "event_reason": pl.String(),
        "starts_at": pl.Datetime("us", "UTC"),
        "ends_at": pl.Datetime("us", "UTC"),
        "called_at": pl.Datetime("us", "UTC"),
        "service_date": pl.Date(),
        "event_hours": pl.String(),
        "target_kw": pl.Float64(),
        "planned_kw": pl.Float64(),
        "called": pl.Int64(),
        "opted_in": pl.Int64(),
        "opted_out": pl.Int64(),
        "settled_kw": pl.Float64(),
        "version": pl.Int64(),
    }
)
READS = response_records.READS
_SETTLED = pl.Schema(
    {
        "event_id": pl.String(),
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "confirmed_kw": pl.Float64(),
        "version": pl.Int64(),
    }
)


def response_events(lake: DuckDBPyConnection, *, programme_id: str | None = None) -> pl.DataFrame:
    """Events (响应事件), the latest first.

    Args:
        lake: From ``queries.lake.open_lake``.
        programme_id: Of one programme; None: of all.

    Returns:
        A row an event. ``service_date`` and ``event_hours`` are local. ``called``, ``opted_in`` and
        ``opted_out``: usage points in the scope; ``planned_kw``: what the plan expects of them,
        null without a plan; ``settled_kw``: confirmed by the last settlement, null before it.
    """
    by_call = response_records.calls(lake)
    counted = by_call.group_by("event_id").agg(
        pl.len().cast(pl.Int64).alias("called"),
        (pl.col("answer") == "opt_in").sum().cast(pl.Int64).alias("opted_in"),
        (pl.col("answer") == "opt_out").sum().cast(pl.Int64).alias("opted_out"),
        pl.when(pl.col("planned_kw").is_not_null().any())
        .then(pl.col("planned_kw").sum())
        .alias("planned_kw"),
    )
    table = RESPONSE_SETTLEMENTS.c
    asked = select(*(table[name] for name in _SETTLED)).order_by(table.version)
    settled = (
        frame(records_of(lake), asked, _SETTLED)
        .unique(["event_id", "usage_point_id"], keep="last")
        .join(by_call, on=["event_id", "usage_point_id"], how="semi")
        .group_by("event_id")
        .agg(pl.col("confirmed_kw").sum().alias("settled_kw"))
    )
    names = response_records.programmes(lake).select("programme_id", programme_name="name")
    zone = lake_state(lake).zone_name
    begin, end = (pl.col(name).dt.convert_time_zone(zone) for name in ("starts_at", "ends_at"))
    found = response_records.events(lake, programme_id)
    for other, key in ((counted, "event_id"), (settled, "event_id"), (names, "programme_id")):
        found = found.join(other, on=key, how="left", maintain_order="left")
    return (
        found.with_columns(
            pl.col("called", "opted_in", "opted_out").fill_null(0),
            service_date=begin.dt.date(),
            event_reason="reason",
            event_hours=begin.dt.strftime("%H:%M") + "–" + end.dt.strftime("%H:%M"),
        )
        .select(RETURNS.names())
        .cast(RETURNS)
    )
