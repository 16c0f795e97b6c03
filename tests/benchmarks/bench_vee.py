"""Validation and estimation: how well planted faults are found, and what a day of a fleet costs.

The districts are of seeds that no threshold was chosen on.
"""

import json
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from ingest.lake import create_lake
from ingest.simulated.arrival import load_district
from ingest.simulated.plan import Plan
from ingest.validation.rules import read_rules
from ingest.vee import estimate, find, validate
from queries.settings import Settings
from tests.benchmarks.bench_lake import Line
from tests.benchmarks.memory import peak_mb
from tests.ingest.validation.truth_scores import offline_scores, read_truth, scores

_SEEDS = (109, 110, 111, 112)
_CUSTOMERS, _FAULTS = 400, 4.0
_YEAR = date(2024, 1, 1), date(2024, 12, 31)
_FLEET_DAYS = date(2024, 5, 1), date(2024, 6, 14)
_JUDGED = date(2024, 6, 13)


def run(*, customers: int = 10_000) -> list[Line]:
    """Recall and precision by kind over several districts; a day of ``customers`` meters."""
    with tempfile.TemporaryDirectory(prefix="fenggu-bench-") as folder:
        lines = _scored(Path(folder))
        return [*lines, *_timed(Path(folder) / "fleet", customers)]


def _scored(folder: Path) -> list[Line]:
    parts, seconds = [], 0.0
    for seed in _SEEDS:
        plan = Plan(_CUSTOMERS, *_YEAR, seed=seed, faults=_FAULTS)
        settings = _lake(folder / str(seed), plan)
        start = time.perf_counter()
        found = find(settings, *_YEAR, rules=read_rules(settings))
        seconds += time.perf_counter() - start
        parts += [scores(found, read_truth(settings.data), _YEAR[1]), offline_scores(found, plan)]
    total = pl.concat(parts).group_by("kind", maintain_order=True).sum()
    head = f"{len(_SEEDS)} districts × {_CUSTOMERS} customers × 1 year, judged in {seconds:.0f} s"
    return [("districts", head), *(_said(row) for row in total.iter_rows(named=True))]


def _said(row: dict) -> Line:
    recall = row["recalled"] / max(row["planted"], 1)
    precision = row["right"] / max(row["findings"], 1)
    counts = f"{row['recalled']} of {row['planted']}; {row['right']} of {row['findings']} right"
    return row["kind"], f"recall {recall:.3f} (≥ 0.95), precision {precision:.3f} (≥ 0.9); {counts}"


def _lake(folder: Path, plan: Plan) -> Settings:
    folder.mkdir()
    settings = Settings(data=folder, lake="", database="")
    create_lake(settings)
    load_district(settings, plan, tell=lambda _: None)
    return settings


def _timed(folder: Path, customers: int) -> list[Line]:
    """Each step in a process of its own, so that its peak memory is its own."""
    _lake(folder, Plan(customers, *_FLEET_DAYS, seed=_SEEDS[0]))
    lines = []
    for step, name in (
        ("find", "judging one day"),
        ("validate", "validate one day, kept in the lake"),
        ("estimate", "filling the gaps of one day"),
    ):
        command = [sys.executable, "-m", "tests.benchmarks.bench_vee", str(folder), step]
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
        seconds, rows, peak = json.loads(done.stdout)
        figure = f"{seconds:.1f} s, {rows:,} rows, peak {peak:,.0f} MB"
        lines.append((f"{name} of {customers:,} customers", figure))
    return lines


def _child(folder: str, step: str) -> None:
    settings = Settings(data=Path(folder), lake="", database="")
    start = time.perf_counter()
    if step == "find":
        rows = find(settings, _JUDGED, _JUDGED, rules=read_rules(settings)).height
    elif step == "validate":
        rows = validate(settings, _JUDGED, _JUDGED).height
    else:
        day = _JUDGED - timedelta(days=14)
        rows = estimate(settings, day, day).methods.height
    seconds = time.perf_counter() - start
    sys.stdout.write(json.dumps([seconds, rows, peak_mb()]))


if __name__ == "__main__":
    _child(*sys.argv[1:])
