"""What needs attention on the grid now, worst first."""

from datetime import datetime

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.grid.limits import GridLimits, shipped_limits
from queries.grid.runs import at_slot, latest_slot, run_start
from queries.grid.state import READS as STATE_READS
from queries.grid.state import GridState, grid_state
from queries.schema import SLOT_MINUTES

KINDS = (
    "overload",
    "lost_voltage",
    "phase_overload",
    "low_voltage",
    "high_voltage",
    "heavy",
    "imbalance",
    "no_data",
    "brief_overload",
    "brief_heavy",
)
"""What may be wrong, worst first.

过载, 失压, 单相过载, 低电压, 过电压, 重载, 三相不平衡, 无数据; and what has not lasted long enough
to be called overloaded or heavily loaded.
"""

RETURNS = pl.Schema(
    {
        "attention": pl.String(),
        "transformer_id": pl.String(),
        "name": pl.String(),
        "name_en": pl.String(),
        "feeder_id": pl.String(),
        "region_id": pl.String(),
        "since": pl.Datetime("us"),
        "is_since_before": pl.Boolean(),
        "lasted_hours": pl.Float64(),
        "value_share": pl.Float64(),
        "worst_v": pl.Float64(),
        "worst_phase": pl.String(),
        "worst_point": pl.String(),
        "points": pl.Int64(),
    }
)
READS = STATE_READS

_PHASES = ("A", "B", "C")


def grid_attention(
    lake: DuckDBPyConnection,
    *,
    at: datetime,
    region_id: str | None = None,
    limits: GridLimits | None = None,
) -> pl.DataFrame:
    """Transformer areas (台区) outside their limits at ``at``, and those nothing is known of.

    Only what is not stale is judged. Overload and heavy loading count once they have lasted
    ``least_hours``, before that they are brief. Imbalance counts above ``imbalance_from_share``.

    Args:
        lake: An open lake.
        at: The moment that is now, standard time.
        region_id: Only what lies in this region or in one inside it.
        limits: None: those that come with Fenggu.

    Returns:
        A row an area and kind of ``attention`` (one of KINDS), worst first: ``since`` when, without
        a break [standard time; of ``no_data``: the end of the last interval], or longer where
        ``is_since_before``; ``lasted_hours``; ``value_share`` [loading, phase loading or
        imbalance]; ``worst_v`` at ``worst_phase`` of the usage point ``worst_point``, and how many
        ``points`` are outside. Null: does not apply; ``since`` of ``no_data``: over two days ago.
    """
    state = grid_state(lake, at=at, region_id=region_id, limits=limits or shipped_limits())
    rows = [*_loading(state), *_phases(state), *_voltages(state), *_silent(state)]
    found = pl.DataFrame(rows, schema=RETURNS, orient="row").fill_nan(None)
    order = {kind: rank for rank, kind in enumerate(KINDS)}
    distance = (pl.col("worst_v") - state.limits.nominal_v).abs()
    return found.sort(
        pl.col("attention").replace_strict(order, return_dtype=pl.Int64),
        pl.coalesce("value_share", distance, "lasted_hours").fill_null(np.inf),
        "transformer_id",
        descending=[False, True, False],
    )


def _row(state: GridState, number: int, attention: str, start: int, last: int) -> dict:
    area = state.transformers.areas.row(number, named=True)
    return {
        "attention": attention,
        "transformer_id": area["area_id"],
        **{name: area[name] for name in ("name", "name_en", "feeder_id", "region_id")},
        "since": state.starts_at(start),
        "is_since_before": start == 0,
        "lasted_hours": (last + 1 - start) * SLOT_MINUTES / 60,
    }


def _loading(state: GridState) -> list[dict]:
    limits, share = state.limits, state.transformers.loading_share
    last = latest_slot(share)
    is_fresh, is_known, now = ~state.is_stale(last), ~np.isnan(share), at_slot(share, last)
    over = run_start(share > limits.overload_share, is_known, last)
    heavy = run_start(share >= limits.heavy_share, is_known, last)
    rows = []
    for number in np.flatnonzero(is_fresh & (heavy >= 0)):
        lasted = {
            "over": last[number] + 1 - over[number],
            "heavy": last[number] + 1 - heavy[number],
        }
        is_over = over[number] >= 0
        if is_over and lasted["over"] >= limits.least_slots:
            kind, start = "overload", over[number]
        elif lasted["heavy"] >= limits.least_slots:
            kind, start = "heavy", heavy[number]
        else:
            kind = "brief_overload" if is_over else "brief_heavy"
            start = over[number] if is_over else heavy[number]
        row = _row(state, int(number), kind, int(start), int(last[number]))
        rows.append(row | {"value_share": float(now[number])})
    return rows


def _phases(state: GridState) -> list[dict]:
    limits, loading = state.limits, state.transformers.loading_share
    judged = {
        "phase_overload": (state.phase_share, state.phase_share > limits.current_share),
        "imbalance": (
            state.imbalance_share,
            (state.imbalance_share > limits.imbalance_share)
            & (loading > limits.imbalance_from_share),
        ),
    }
    rows = []
    for kind, (share, holds) in judged.items():
        is_known = ~np.isnan(share) & ~np.isnan(loading)
        last = latest_slot(np.where(is_known, share, np.nan))
        start = run_start(holds, is_known, last)
        now = at_slot(share, last)
        for number in np.flatnonzero((start >= 0) & ~state.is_stale(last)):
            row = _row(state, int(number), kind, int(start[number]), int(last[number]))
            rows.append(row | {"value_share": float(now[number])})
    return rows


def _voltages(state: GridState) -> list[dict]:
    limits, volts = state.limits, state.voltage_v
    if not volts.size:
        return []
    is_known, last = ~np.isnan(volts), latest_slot(volts)
    now_v = np.where(state.is_stale(last), np.nan, at_slot(volts, last))
    judged = {
        "lost_voltage": volts < limits.lost_v,
        "low_voltage": (volts >= limits.lost_v) & (volts < limits.low_v),
        "high_voltage": volts > limits.high_v,
    }
    place = {area: number for number, area in enumerate(state.transformers.areas["area_id"])}
    rows = []
    for kind, holds in judged.items():
        start = np.where(np.isnan(now_v), -1, run_start(holds, is_known, last))
        outside = (start >= 0).any(axis=1)
        for transformer in state.points.filter(pl.Series(np.atleast_1d(outside)))[
            "transformer_id"
        ].unique():
            of_it = (state.points["transformer_id"] == transformer).to_numpy() & outside
            distance = np.where(start >= 0, np.abs(now_v - limits.nominal_v), -1)
            distance[~of_it] = -1
            point, phase = np.unravel_index(int(distance.argmax()), distance.shape)
            begin, end = int(start[point, phase]), int(last[point, phase])
            rows.append(
                _row(state, place[transformer], kind, begin, end)
                | {
                    "worst_v": float(now_v[point, phase]),
                    "worst_phase": _PHASES[phase],
                    "worst_point": state.points["usage_point_id"][int(point)],
                    "points": int(of_it.sum()),
                }
            )
    return rows


def _silent(state: GridState) -> list[dict]:
    last = latest_slot(state.transformers.load_kw)
    ages = state.age_minutes(last)
    rows = []
    for number in np.flatnonzero(state.is_stale(last)):
        is_known = last[number] >= 0
        row = _row(state, int(number), "no_data", 0, 0)
        ended = state.starts_at(last[number] + 1) if is_known else None
        hours = ages[number] / 60 if is_known else None
        rows.append(row | {"since": ended, "is_since_before": not is_known, "lasted_hours": hours})
    return rows
