"""Whom to move to which phase so that a transformer's phases become alike."""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.grid.areas import grid_areas
from queries.grid.head_loads import head_loads
from queries.grid.limits import GridLimits, shipped_limits
from queries.grid.loads import READS as LOADS_READS
from queries.grid.loads import area_loads
from queries.grid.measures import READS as MEASURES_READS
from queries.grid.measures import measures
from queries.load.phase_moves import PHASES, best_moves, moved, weighted_imbalance
from queries.run import run_sql
from queries.schema import SLOT_MINUTES, SLOTS, SLOTS_PER_DAY

RETURNS = pl.Schema(
    {
        "step": pl.Int64(),
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "name": pl.String(),
        "from_phase": pl.String(),
        "to_phase": pl.String(),
        "mean_kw": pl.Float64(),
        "imbalance_share": pl.Float64(),
        "fullest_phase_share": pl.Float64(),
        "phase_a_share": pl.Float64(),
        "phase_b_share": pl.Float64(),
        "phase_c_share": pl.Float64(),
        "is_measured": pl.Boolean(),
    }
)
READS = tuple(dict.fromkeys((*LOADS_READS, *MEASURES_READS, "customers")))

_MEMBERS = pl.Schema(
    {name: pl.String() for name in ("usage_point_id", "customer_id", "name", "phase")}
)
_CHANNELS = ("import", "export")
_LEAST_READ_SHARE = 0.8
_LEAST_GAIN_SHARE = 0.01
_HOUR = 60 // SLOT_MINUTES
_KW_OF_WH = 60 / SLOT_MINUTES / 1000


def rebalancing(  # noqa: PLR0913 - an area, days, moves, limits
    lake: DuckDBPyConnection,
    *,
    transformer_id: str,
    first_day: date,
    last_day: date,
    most_moves: int = 3,
    limits: GridLimits | None = None,
) -> pl.DataFrame:
    """A proposal: which single-phase customers to move to which phase, and what that would do.

    The phases' currents are those of the transformer's meter, where it measures them, else the sum
    of the customers by the phase in the register; a customer's own current is its energy at 220 V.
    Hourly means. What is minimised is the imbalance over all hours, each weighted by its largest
    current: Σ(max − min) ÷ Σ max. A move that gains less than a hundredth is not proposed.

    Returns:
        Step 0 is as it is; every further row adds one move, the one that helps most first:
        ``usage_point_id`` and ``name`` (masked as the scope says) ``from_phase`` ``to_phase``,
        ``mean_kw`` of the customer; after it ``imbalance_share``, ``fullest_phase_share`` (largest
        hour of any phase, of a third of the rating) and each phase's share of the current.
        ``is_measured`` by the transformer's meter. No row where nobody can be moved or nothing is
        known of the phases.
    """
    judged = limits or shipped_limits()
    areas = grid_areas(lake, "transformer", area_id=transformer_id)
    days = {"first_day": first_day, "last_day": last_day}
    asked = {"transformer_id": transformer_id, "last_day": last_day}
    members = run_sql(lake, "load/rebalancing", _MEMBERS, **asked)
    rows = head_loads(lake, members["usage_point_id"], **days, channels=_CHANNELS)
    if areas.is_empty() or rows.is_empty():
        return RETURNS.to_frame()
    members = members.filter(pl.col("usage_point_id").is_in(rows["usage_point_id"].implode()))
    load_kw = _hourly_kw(rows, members["usage_point_id"], (last_day - first_day).days + 1)
    amperes = 1000 / judged.nominal_v / judged.assumed_power_factor
    summed_a = _by_phase(load_kw, members["phase"]) * amperes
    current_a, is_measured = summed_a, False
    loads = area_loads(lake, "transformer", areas, **days, limits=judged)
    measured_a = np.abs(measures(lake, "current", areas["meter_id"].fill_null(""), **days))[0]
    if not np.isnan(measured_a).all():
        total_a = loads.apparent_kva[0] * 1000 / judged.nominal_v
        part = measured_a / np.where(measured_a.sum(axis=0) > 0, measured_a.sum(axis=0), np.nan)
        # A meter knows how much, the customers' sum in which direction.
        current_a = _hourly(part * total_a) * np.where(summed_a < 0, -1, 1)
        is_measured = True
    is_movable = _can_be_moved(members["phase"], load_kw)
    if not is_movable.any() or np.isnan(weighted_imbalance(current_a)):
        return RETURNS.to_frame()
    movable = members.filter(pl.Series(is_movable))
    member_a = np.nan_to_num(load_kw[is_movable]) * amperes
    phases = [PHASES.index(phase) for phase in movable["phase"]]
    moves = best_moves(
        current_a, member_a, phases, most_moves=most_moves, least_gain_share=_LEAST_GAIN_SHARE
    )
    phase_rated_a = float(areas["rated_capacity_kva"][0] or np.nan) * 1000 / 3 / judged.nominal_v
    found = [{"step": 0, "is_measured": is_measured, **_state(current_a, phase_rated_a)}]
    for step, move in enumerate(moves, start=1):
        current_a = moved(current_a, member_a[move.member], move)
        who = movable.row(move.member, named=True)
        found.append(
            {
                "step": step,
                "is_measured": is_measured,
                **{name: who[name] for name in ("usage_point_id", "customer_id", "name")},
                "from_phase": PHASES[move.from_phase],
                "to_phase": PHASES[move.to_phase],
                "mean_kw": float(np.nanmean(load_kw[is_movable][move.member])),
                **_state(current_a, phase_rated_a),
            }
        )
    return pl.DataFrame(found, schema=RETURNS).fill_nan(None)


def _state(current_a: np.ndarray, phase_rated_a: float) -> dict:
    size = np.abs(current_a)
    sums = np.nansum(size, axis=1)
    shares = sums / sums.sum()
    return {
        "imbalance_share": weighted_imbalance(current_a),
        "fullest_phase_share": float(np.nanmax(size) / phase_rated_a),
        **{f"phase_{name.lower()}_share": float(shares[n]) for n, name in enumerate(PHASES)},
    }


def _hourly_kw(rows: pl.DataFrame, points: pl.Series, days: int) -> np.ndarray:
    """Mean load of every hour [kW, (points, hours)], fed back negative; NaN: not read."""
    net_wh = np.full((len(points), days * SLOTS_PER_DAY), np.nan)
    place = {point: number for number, point in enumerate(points)}
    for (channel, interval), part in rows.group_by("channel", "interval_minutes"):
        length = int(str(interval)) // SLOT_MINUTES
        values = part.select(SLOTS).cast(pl.Float64).to_numpy()
        if length > 1:
            values = np.repeat(values[:, ::length] / length, length, axis=1)
        sign = 1 if str(channel).startswith("import") else -1
        point = part["usage_point_id"].replace_strict(place, return_dtype=pl.Int64).to_numpy()
        slots = part["day"].to_numpy()[:, None] * SLOTS_PER_DAY + np.arange(SLOTS_PER_DAY)
        before = np.nan_to_num(net_wh[point[:, None], slots])
        is_read = ~np.isnan(values)
        net_wh[point[:, None], slots] = np.where(
            is_read, before + sign * np.nan_to_num(values), net_wh[point[:, None], slots]
        )
    return _hourly(net_wh * _KW_OF_WH)


def _hourly(values: np.ndarray) -> np.ndarray:
    return values.reshape(*values.shape[:-1], -1, _HOUR).mean(axis=-1)


def _by_phase(load_kw: np.ndarray, phases: pl.Series) -> np.ndarray:
    """The customers' loads by phase, three-phase ones a third on each [kW, (3, hours)]."""
    total = np.zeros((3, load_kw.shape[1]))
    for one_kw, phase in zip(np.nan_to_num(load_kw), phases, strict=True):
        if phase in PHASES:
            total[PHASES.index(phase)] += one_kw
        else:
            total += one_kw / 3
    return total


def _can_be_moved(phases: pl.Series, load_kw: np.ndarray) -> np.ndarray:
    is_read = (~np.isnan(load_kw)).mean(axis=1) >= _LEAST_READ_SHARE
    return is_read & phases.is_in(PHASES).fill_null(value=False).to_numpy()
