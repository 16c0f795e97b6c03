"""How well findings agree with what was planted in a simulated district."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from ingest.simulated.district import district
from ingest.simulated.plan import Plan
from ingest.simulated.planted.collection import collect
from ingest.simulated.surroundings.span import UTC_OFFSET

KINDS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "clock drift": (("drift",), ("clock_drift", "clock_rate"), ("clock_shift",)),
    "frozen": (("frozen",), ("frozen_curve",), ()),
    "stopped": (("stopped",), ("stopped",), ()),
    "reversed": (("reversed_ct",), ("reverse_current", "reverse_energy"), ("clock_shift",)),
    "phase lost": (("lost_voltage", "lost_phase"), ("voltage_loss", "phase_loss"), ()),
    # Where less fell than the day's own advance, the register only lags behind the intervals.
    "register fell": (("decreasing",), ("register_decrease", "register_mismatch"), ("frozen",)),
    "rolled over": (("rollover",), ("register_rollover",), ()),
    "phase shunted": (("shunted_phase",), ("current_loss",), ()),
    "area offline": (("terminal_offline",), ("area_offline",), ()),
}
"""Planted kinds, the rules that are the right finding of them, and what else causes those too."""

SCORES = pl.Schema(
    {
        "kind": pl.String(),
        "planted": pl.Int64(),
        "recalled": pl.Int64(),
        "findings": pl.Int64(),
        "right": pl.Int64(),
    }
)


def scores(found: pl.DataFrame, truth: pl.DataFrame, last_day: date) -> pl.DataFrame:
    """SCORES of findings (FOUND) against the truth file, both on the same subject and days.

    What no reading can show is not wanted: a register that fell before the first reading, a meter
    that was at fault while nothing flowed.
    """
    moved_nothing = (pl.col("group") == "meter_fault") & (pl.col("energy_wh") == 0)
    is_before = pl.col("detail").str.contains("began_before_span") & (
        pl.col("kind") == "decreasing"
    )
    can_be_seen = ~is_before & ~moved_nothing.fill_null(value=False)
    local = {
        n: (pl.col(n).dt.replace_time_zone(None) + UTC_OFFSET) for n in ("starts_at", "ends_at")
    }
    planted = truth.with_columns(
        local["starts_at"].dt.date().alias("from"),
        (local["ends_at"] - timedelta(seconds=1)).dt.date().fill_null(last_day).alias("to"),
    ).with_row_index("planted")
    rows = []
    for kind, (causes, rules, also) in KINDS.items():
        said = found.filter(pl.col("rule").is_in(rules)).with_row_index("finding")
        wanted = planted.filter(can_be_seen & pl.col("kind").is_in(causes))
        allowed = planted.filter(pl.col("kind").is_in([*causes, *also]))
        recalled = _meeting(said, wanted)["planted"].n_unique()
        right = _meeting(said, allowed)["finding"].n_unique()
        rows.append((kind, wanted.height, recalled, said.height, right))
    return pl.DataFrame(rows, schema=SCORES, orient="row")


def _meeting(said: pl.DataFrame, planted: pl.DataFrame) -> pl.DataFrame:
    """Pairs of a finding and a planted thing of the same subject that share a day."""
    return said.join(planted.drop("kind"), on="subject_id").filter(
        (pl.col("first_day") <= pl.col("to")) & (pl.col("last_day") >= pl.col("from"))
    )


def read_truth(data: Path) -> pl.DataFrame:
    """The truth beside a lake that ``load_district`` filled."""
    return pl.read_parquet(data / "simulated" / "truth.parquet")


def offline_scores(found: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """SCORES of silent meters, counted in days of a meter.

    Wanted are days of which nothing came in time, in runs of two and more. Right is a finding's
    day of a meter that truly was silent; a day is recalled as the meter's own or its area's.
    """
    silent = _silent_days(plan)
    own = _days(found.filter(pl.col("rule") == "offline")).rename({"subject_id": "name"})
    dark = _days(found.filter(pl.col("rule") == "area_offline")).rename({"subject_id": "area"})
    wanted = silent.filter("is_wanted")
    seen = pl.concat(
        [
            wanted.join(own, on=["name", "day"], how="semi"),
            wanted.join(dark, on=["area", "day"], how="semi"),
        ]
    ).unique(["name", "day"])
    customers = own.join(silent.select("name").unique(), on="name", how="semi")
    right = customers.join(silent, on=["name", "day"], how="semi")
    row = ("meter offline", wanted.height, seen.height, customers.height, right.height)
    return pl.DataFrame([row], schema=SCORES, orient="row")


def _days(found: pl.DataFrame) -> pl.DataFrame:
    days = pl.date_ranges("first_day", "last_day").alias("day")
    return found.select("subject_id", days).explode("day")


def _silent_days(plan: Plan) -> pl.DataFrame:
    """``name``, ``area`` and ``day`` of days of which no curve and no freeze came in time."""
    whole = district(plan)
    names, areas, days, wanted = [], [], [], []
    for premise in whole.premises:
        kept = collect(whole.collection, premise.usage_point_id, whole.setting)
        late = (kept.late_days > 0) & ~kept.wrong
        silent = late | kept.lost.all(axis=1)
        first, last = premise.tenancies[0].first_day, premise.tenancies[-1].last_day
        silent[: max(first, 0)] = False
        silent[last:] = False
        before, after = np.roll(silent, 1), np.roll(silent, -1)
        before[0] = after[-1] = False
        area = None if premise.area is None else whole.place.areas[premise.area].transformer_id
        for day in np.flatnonzero(silent).tolist():
            names.append(premise.usage_point_id)
            areas.append(area)
            days.append(plan.first_day + timedelta(days=day))
            wanted.append(bool(before[day] or after[day]))
    columns = {"name": names, "area": areas, "day": days, "is_wanted": wanted}
    schema = {"name": pl.String, "area": pl.String, "day": pl.Date, "is_wanted": pl.Boolean}
    return pl.DataFrame(columns, schema=schema)
