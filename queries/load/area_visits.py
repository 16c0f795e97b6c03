"""Where the manager of a transformer area should go today, and why."""

from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl
from duckdb import DuckDBPyConnection

from queries.grid.limits import GridLimits, shipped_limits
from queries.load.area_members import READS as MEMBERS_READS
from queries.load.area_members import area_members
from queries.load.transformer_loss import READS as LOSS_READS
from queries.load.transformer_loss import transformer_loss
from queries.load.transformer_summary import READS as SUMMARY_READS
from queries.load.transformer_summary import transformer_summary
from queries.load.voltage_quality import READS as VOLTAGE_READS
from queries.load.voltage_quality import voltage_quality
from queries.run import run_sql

REASONS = (
    "area_silent",
    "lost_voltage",
    "loss",
    "gain",
    "silent",
    "overload",
    "finding",
    "low_voltage",
    "high_voltage",
    "heavy",
    "imbalance",
)
"""Why to go, the most urgent first."""

RETURNS = pl.Schema(
    {
        "visit": pl.Int64(),
        "reason": pl.String(),
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "name": pl.String(),
        "address": pl.String(),
        "since": pl.Date(),
        "amount": pl.Float64(),
        "worst_v": pl.Float64(),
        "rule": pl.String(),
        "what": pl.String(),
        "subject_id": pl.String(),
        "found_in": pl.String(),
        "value": pl.String(),
        "expected": pl.String(),
        "first_day": pl.Date(),
        "last_day": pl.Date(),
        "magnitude": pl.Float64(),
        "evidence": pl.String(),
    }
)
READS = tuple(
    dict.fromkeys(
        (*MEMBERS_READS, *LOSS_READS, *SUMMARY_READS, *VOLTAGE_READS, "findings", "meters")
    )
)

_FINDINGS = pl.Schema(
    {
        name: RETURNS[name]
        for name in (
            "usage_point_id",
            "rule",
            "what",
            "subject_id",
            "found_in",
            "value",
            "expected",
            "first_day",
            "last_day",
            "magnitude",
            "evidence",
        )
    }
)
_TOLD_ALREADY = frozenset({"offline", "area_offline", "voltage_loss"})
"""Rules that say what the list says by itself."""
_NOTHING_TO_SEE = frozenset(
    {
        "future_time",
        "duplicate_differs",
        "register_rollover",
        "register_exchange",
        "spike",
        "zero_for_missing",
    }
)
"""Rules about readings, not about what hangs on the wall: nobody has to go there."""
_DAYS, _LOSS_DAYS = 7, 31


def area_visits(
    lake: DuckDBPyConnection,
    *,
    transformer_id: str,
    day: date,
    limits: GridLimits | None = None,
) -> pl.DataFrame:
    """The list of visits (走访清单) of one transformer area (台区) for the day after ``day``.

    From the week up to ``day``: meters that fell silent, phases lost, voltages unqualified for more
    of the time than allowed, findings that can be seen on site, overload and imbalance; from the 31
    days up to it the loss.

    Returns:
        A row a reason. Rows of one place have one ``visit``, the most urgent place being 1:
        ``reason`` one of REASONS, ``amount`` in its own unit (silent: days; voltages and loading:
        hours; loss and gain: share), ``worst_v`` of voltages; the finding's own columns where it is
        one. ``usage_point_id`` null: the area itself, at its transformer. Names and addresses are
        masked as the scope says.
    """
    judged = limits or shipped_limits()
    week = {"transformer_id": transformer_id, "first_day": day - timedelta(days=_DAYS - 1)}
    members = area_members(lake, **week, last_day=day)
    rows = [
        *_silent(members),
        *_voltages(voltage_quality(lake, **week, last_day=day, group_by="usage_point"), judged),
        *_loss(lake, transformer_id, day, judged),
        *_loading(transformer_summary(lake, **week, last_day=day, limits=limits), judged),
        *_findings(run_sql(lake, "load/area_visits", _FINDINGS, **week, last_day=day)),
    ]
    who = members.select("usage_point_id", "customer_id", "name", "address")
    plain = [name for name in RETURNS if name not in {"visit", *who.columns[1:]}]
    schema = {name: RETURNS[name] for name in plain}
    found = pl.DataFrame(rows, schema=schema).join(
        who, on="usage_point_id", how="left", maintain_order="left"
    )
    return _numbered(found).select(RETURNS.names())


def _numbered(found: pl.DataFrame) -> pl.DataFrame:
    """Places by their most urgent reason, then by how many reasons they have."""
    ranks = {reason: rank for rank, reason in enumerate(REASONS)}
    place = pl.col("usage_point_id").fill_null("")
    ranked = found.with_columns(
        pl.col("reason").replace_strict(ranks, return_dtype=pl.Int64).alias("rank"),
    ).with_columns(
        pl.col("rank").min().over(place).alias("best"),
        pl.len().over(place).alias("reasons"),
        pl.col("amount")
        .filter(pl.col("rank") == pl.col("rank").min())
        .max()
        .over(place)
        .alias("most"),
    )
    ordered = ranked.sort(
        "best",
        "most",
        "reasons",
        place,
        "rank",
        "amount",
        descending=[False, True, True, False, False, True],
        nulls_last=True,
    )
    return ordered.with_columns(
        (place.rle_id().cast(pl.Int64) + 1).alias("visit"),
    )


def _silent(members: pl.DataFrame) -> Iterator[dict]:
    silent = members.filter(pl.col("silent_days").is_null() | (pl.col("silent_days") >= 1))
    if members.height > 1 and silent.height == members.height:
        last_day = members["last_actual_day"].max()
        days = silent["silent_days"].min()
        yield {"reason": "area_silent", "since": last_day, "amount": days}
        return
    for row in silent.iter_rows(named=True):
        yield {
            "reason": "silent",
            "usage_point_id": row["usage_point_id"],
            "since": row["last_actual_day"],
            "amount": row["silent_days"],
        }


def _voltages(points: pl.DataFrame, limits: GridLimits) -> Iterator[dict]:
    for row in points.iter_rows(named=True):
        about = {"usage_point_id": row["group_id"]}
        if row["lost_hours"]:
            yield {**about, "reason": "lost_voltage", "amount": row["lost_hours"]}
        for kind, worst_v, at in (
            ("low", row["lowest_v"], row["lowest_at"]),
            ("high", row["highest_v"], row["highest_at"]),
        ):
            hours = row[f"{kind}_hours"]
            if hours > (1 - limits.qualified_share) * row["monitored_hours"]:
                reason = {"reason": f"{kind}_voltage", "amount": hours, "worst_v": worst_v}
                yield {**about, **reason, "since": at.date()}


def _loss(
    lake: DuckDBPyConnection, transformer_id: str, day: date, limits: GridLimits
) -> Iterator[dict]:
    first_day = day - timedelta(days=_LOSS_DAYS - 1)
    found = transformer_loss(lake, first_day=first_day, last_day=day, transformer_id=transformer_id)
    share = found["loss_share"].max()
    if not isinstance(share, float):
        return
    if share > limits.loss_share:
        yield {"reason": "loss", "since": first_day, "amount": share}
    elif share < -limits.gain_share:
        yield {"reason": "gain", "since": first_day, "amount": share}


def _loading(summary: pl.DataFrame, limits: GridLimits) -> Iterator[dict]:
    for row in summary.iter_rows(named=True):
        if row["longest_heavy_hours"] >= limits.least_hours:
            is_over = row["overload_hours"] >= limits.least_hours
            reason = "overload" if is_over else "heavy"
            yield {"reason": reason, "amount": row[f"{reason}_hours"]}
        if row["imbalance_hours"]:
            yield {"reason": "imbalance", "amount": row["imbalance_hours"]}


def _findings(found: pl.DataFrame) -> Iterator[dict]:
    for row in found.iter_rows(named=True):
        if row["rule"] not in _TOLD_ALREADY | _NOTHING_TO_SEE:
            yield {"reason": "finding", "since": row["first_day"], **row}
