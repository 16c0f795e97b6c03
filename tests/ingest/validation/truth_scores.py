"""How well findings agree with what was planted in a simulated district."""

from datetime import timedelta
from pathlib import Path

import polars as pl

from ingest.simulated.surroundings.span import UTC_OFFSET

KINDS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "clock drift": (("drift",), ("clock_drift", "clock_rate"), ("clock_shift",)),
    "frozen": (("frozen",), ("frozen_curve",), ()),
    "stopped": (("stopped",), ("stopped",), ()),
    "reversed": (("reversed_ct",), ("reverse_current", "reverse_energy"), ("clock_shift",)),
    "voltage lost": (("lost_voltage",), ("voltage_loss",), ("lost_phase",)),
    "phase lost": (("lost_phase",), ("phase_loss",), ("lost_voltage",)),
    "register fell": (("decreasing",), ("register_decrease",), ()),
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


def scores(found: pl.DataFrame, truth: pl.DataFrame, last_day) -> pl.DataFrame:
    """SCORES of findings (FOUND) against the truth file, both on the same subject and days."""
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
        wanted = planted.filter(pl.col("kind").is_in(causes))
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
