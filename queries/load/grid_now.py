"""What the grid carries now, place by place."""

from datetime import datetime

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.grid.limits import GridLimits, shipped_limits
from queries.grid.loads import Loads
from queries.grid.runs import at_slot, latest_slot
from queries.grid.state import READS as STATE_READS
from queries.grid.state import GridState, grid_state
from queries.run import run_sql

RETURNS = pl.Schema(
    {
        "kind": pl.String(),
        "area_id": pl.String(),
        "name": pl.String(),
        "name_en": pl.String(),
        "feeder_id": pl.String(),
        "region_id": pl.String(),
        "rated_capacity_kva": pl.Float64(),
        "is_metered": pl.Boolean(),
        "standard_start": pl.Datetime("us"),
        "age_minutes": pl.Float64(),
        "is_stale": pl.Boolean(),
        "load_kw": pl.Float64(),
        "apparent_kva": pl.Float64(),
        "loading_share": pl.Float64(),
        "is_assumed": pl.Boolean(),
        "phase_share": pl.Float64(),
        "imbalance_share": pl.Float64(),
        "lowest_v": pl.Float64(),
        "highest_v": pl.Float64(),
        "measured_points": pl.Int64(),
        "parts": pl.Int64(),
        "parts_read": pl.Int64(),
    }
)
READS = STATE_READS

_NAMES = pl.Schema({"area_id": pl.String(), "name": pl.String(), "name_en": pl.String()})


def grid_now(
    lake: DuckDBPyConnection,
    *,
    at: datetime,
    region_id: str | None = None,
    limits: GridLimits | None = None,
) -> pl.DataFrame:
    """The latest arrived interval of every region, feeder and transformer, against its rating.

    Args:
        lake: An open lake.
        at: The moment that is now, standard time: intervals that end later are not looked at,
            nor what is older than two days and the part of this one.
        region_id: Only what lies in this region or in one inside it.
        limits: What is stale, and what is assumed; None: those that come with Fenggu.

    Returns:
        A row a place, by ``kind`` (all, region, feeder, transformer) and id. ``standard_start`` of
        the interval, ``age_minutes`` since it ended, ``is_stale`` where that is too long ago to be
        the present; ``load_kw`` [kW, fed back negative], ``apparent_kva``, ``loading_share``
        (负载率) of ``rated_capacity_kva``: above a transformer, of what hangs there. ``is_metered``
        by a meter at the head, else the sum of its customers; ``is_assumed`` where the power factor
        is. ``phase_share``: loading of the fullest phase; ``imbalance_share`` (三相不平衡度) of the
        currents. ``lowest_v`` and ``highest_v`` of the ``measured_points`` whose voltage is not
        stale. A region, and all of them, is the sum of the ``parts_read`` of its ``parts``
        (feeders) in the latest interval that all of those have that are not stale. Null: not read.
    """
    state = grid_state(lake, at=at, region_id=region_id, limits=limits or shipped_limits())
    rows = [
        *_regions(state, run_sql(lake, "load/grid_now", _NAMES)),
        *_places(state, "feeder", state.feeders),
        *_places(state, "transformer", state.transformers),
    ]
    return pl.DataFrame(rows, schema=RETURNS, orient="row").fill_nan(None)


def _places(state: GridState, kind: str, loads: Loads) -> list[dict]:
    last = latest_slot(loads.load_kw)
    found = {
        "age_minutes": state.age_minutes(last),
        "load_kw": at_slot(loads.load_kw, last),
        "apparent_kva": at_slot(loads.apparent_kva, last),
        "loading_share": at_slot(loads.loading_share, last),
    }
    if kind == "transformer":
        found["phase_share"] = at_slot(state.phase_share, last)
        found["imbalance_share"] = at_slot(state.imbalance_share, last)
    voltages = _voltages(state) if kind == "transformer" else {}
    is_stale = state.is_stale(last)
    rows = []
    for number, area in enumerate(loads.areas.drop("meter_id").iter_rows(named=True)):
        rows.append(
            area
            | {name: _number(values[number]) for name, values in found.items()}
            | {
                "kind": kind,
                "is_metered": bool(loads.is_metered[number]),
                "standard_start": state.starts_at(last[number]),
                "is_stale": bool(is_stale[number]),
                "is_assumed": last[number] >= 0 and bool(loads.is_assumed[number, last[number]]),
                **voltages.get(area["area_id"], {}),
            }
        )
    return rows


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _voltages(state: GridState) -> dict[str, dict]:
    """Lowest and highest voltage of each transformer's points, each at its own latest slot."""
    last = latest_slot(state.voltage_v)
    now_v = np.where(state.is_stale(last), np.nan, at_slot(state.voltage_v, last))
    by_phase = state.points.select("usage_point_id", "transformer_id").with_columns(
        pl.Series(f"v{number}", now_v[:, number], dtype=pl.Float64).fill_nan(None)
        for number in range(3)
    )
    volts = ["v0", "v1", "v2"]
    found = (
        by_phase.filter(pl.any_horizontal(pl.col(volts).is_not_null()))
        .group_by("transformer_id")
        .agg(
            pl.min_horizontal(pl.col(volts).min()).alias("lowest_v"),
            pl.max_horizontal(pl.col(volts).max()).alias("highest_v"),
            pl.len().cast(pl.Int64).alias("measured_points"),
        )
    )
    return {row.pop("transformer_id"): row for row in found.iter_rows(named=True)}


def _regions(state: GridState, names: pl.DataFrame) -> list[dict]:
    """Sums of the feeders that were read: of all of them, and of each region's."""
    regions = state.feeders.areas["region_id"]
    named = {row["area_id"]: row for row in names.iter_rows(named=True)}
    rows = [{"kind": "all", **_sum(state, np.ones(len(regions), dtype=bool))}]
    for region in regions.drop_nulls().unique().sort():
        of_it = (regions == region).fill_null(value=False).to_numpy()
        who = {"kind": "region", "area_id": region, "region_id": region}
        rows.append(who | named.get(region, {}) | _sum(state, of_it))
    return rows


def _sum(state: GridState, chosen: np.ndarray) -> dict:
    """Of the ``chosen`` feeders, in the latest interval that all have that are not stale."""
    feeders = state.feeders
    used = chosen & ~state.is_stale(latest_slot(feeders.load_kw))
    row = {
        "parts": int(chosen.sum()),
        "parts_read": int(used.sum()),
        "is_metered": bool(feeders.is_metered[chosen].all()),
        "rated_capacity_kva": _number(feeders.rated_kva[chosen].sum()),
        "is_stale": True,
        "is_assumed": False,
    }
    common = ~np.isnan(feeders.load_kw[used]).any(axis=0)
    if not used.any() or not common.any():
        return row
    slot = int(np.flatnonzero(common)[-1])
    load_kw = feeders.load_kw[used, slot].sum()
    apparent_kva = np.hypot(load_kw, feeders.reactive_kvar[used, slot].sum())
    return row | {
        "standard_start": state.starts_at(slot),
        "age_minutes": float(state.age_minutes(np.array([slot]))[0]),
        "is_stale": bool(state.is_stale(np.array([slot]))[0]),
        "load_kw": float(load_kw),
        "apparent_kva": float(apparent_kva),
        "loading_share": _number(apparent_kva / feeders.rated_kva[used].sum()),
        "is_assumed": bool(feeders.is_assumed[used, slot].any()),
    }
