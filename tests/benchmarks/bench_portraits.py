"""Portraits: what a fleet's cost, cold and for a new day, and what they find of planted absences.

The fleet is the sample, scaled and perturbed, with a year of weather. Each step runs in a process
of its own, so that its peak memory is its own.
"""

import json
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from ingest.batch import Batch
from ingest.lake import Writer, append, create_lake, publish, writing
from ingest.master.reading import MasterBatch
from ingest.master.store import store_reference
from ingest.merge import Arrival
from ingest.portraits import make_portraits
from ingest.sample.load import SAMPLE
from ingest.sample.scaled import scaled_master, scaled_profiles
from ingest.simulated.arrival import load_district
from ingest.simulated.district import District, district
from ingest.simulated.plan import Plan
from ingest.store import Stored, derive_completeness, store
from queries.customers.portraits import portraits
from queries.derived.daily_features import daily_features
from queries.derived.daily_totals import daily_totals
from queries.lake import open_lake
from queries.manifest import files_of, read_manifest
from queries.schema import DAILY_FEATURES, DAILY_TOTALS, WEATHER
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.benchmarks.bench_lake import ARRIVED, Line
from tests.benchmarks.memory import peak_mb

_FIRST, _LAST = date(2016, 1, 1), date(2016, 12, 30)
_DAYS = (_LAST - _FIRST).days + 1
_SEED, _DISTRICT_SEED, _HOMES = 1, 7, 600
_MB = 1 << 20


def run(*, customers: int = 10_000) -> list[Line]:
    """Cold, a new day, nothing new; then who was away at Spring Festival in a district."""
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="fenggu-bench-") as folder:
        for step in ("fleet", "cold", "new-day", "nothing-new"):
            command = [sys.executable, "-m", "tests.benchmarks.bench_portraits", folder, step]
            arguments = [*command, str(customers)]
            done = subprocess.run(arguments, capture_output=True, text=True, check=True)  # noqa: S603
            lines += [tuple(line) for line in json.loads(done.stdout)]
        lines += _absences(Path(folder) / "district")
    return lines


def _settings(folder: Path) -> Settings:
    return Settings(data=folder, lake="", database="")


def _fleet(settings: Settings, customers: int) -> list[Line]:
    """A year but its last day, with the register and the weather, ready to be portrayed."""
    create_lake(settings)
    with writing(settings) as writer:
        arrival = Arrival("bench", ARRIVED)
        master = scaled_master(SAMPLE, usage_points=customers, seed=_SEED)
        store_reference(writer, MasterBatch(tables=master), arrival, settings.zone)
        append(writer, WEATHER, _weather())
        for block in scaled_profiles(SAMPLE, usage_points=customers, seed=_SEED, days=_DAYS):
            _take(writer, block, arrival)
        publish(writer)
    with writing(settings) as writer:
        derive_completeness(writer, settings)
        publish(writer)
    listed = files_of(settings.lake_uri, read_manifest(settings.lake_uri), DAILY_FEATURES.name)
    size = sum(Path(file).stat().st_size for file in listed)
    each = size / (customers * _DAYS)
    return [("daily features", f"{size / _MB:,.0f} MB, {each:.0f} bytes a day and usage point")]


def _take(writer: Writer, rows: pl.DataFrame, arrival: Arrival) -> float:
    """Store rows and derive what portraits read; return the seconds that daily features took."""
    store(writer, Batch(profiles=rows), arrival, Stored())
    month = pl.col("service_date").dt.strftime("%Y-%m").alias("service_month")
    stored = rows.with_columns(month)
    append(writer, DAILY_TOTALS, daily_totals(stored, profile_version=1))
    start = time.perf_counter()
    append(writer, DAILY_FEATURES, daily_features(stored, profile_version=1))
    return time.perf_counter() - start


def _weather() -> pl.DataFrame:
    """Four observations a day of a year with winter and summer, in the outermost region."""
    random = np.random.default_rng(_SEED)
    rows = []
    for day in range(-1, _DAYS + 2):
        mean = 10 - 16 * np.cos(2 * np.pi * (day - 15) / 366) + random.normal(0, 3)
        at = datetime(2016, 1, 1, tzinfo=UTC) - timedelta(hours=8) + timedelta(days=day)
        rows += [
            {
                "region_id": "scaled",
                "valid_at": at + timedelta(hours=hour),
                "temperature_c": mean + swing,
                "batch_id": "bench",
                "received_at": ARRIVED,
            }
            for hour, swing in ((3, -4), (9, 1), (15, 4), (21, -1))
        ]
    return pl.DataFrame(rows, schema=WEATHER.schema)


def _new_day(settings: Settings, customers: int) -> list[Line]:
    """Readings of one more day, as far as portraits cost something, and the portraits after it."""
    day = _LAST + timedelta(days=1)
    blocks = scaled_profiles(SAMPLE, usage_points=customers, seed=_SEED, days=_DAYS + 1)
    of_day = pl.concat(block.filter(pl.col("service_date") == day) for block in blocks)
    with writing(settings) as writer:
        deriving = _take(writer, of_day, Arrival("day", ARRIVED))
        publish(writer)
    with writing(settings) as writer:
        derive_completeness(writer, settings, day, day)
        publish(writer)
    return _made("a new day (≤ 3 s)", settings, deriving)


def _made(name: str, settings: Settings, before: float = 0.0) -> list[Line]:
    start, spent = time.perf_counter(), time.process_time()
    made = make_portraits(settings)
    seconds = time.perf_counter() - start + before
    spent = time.process_time() - spent + before
    figure = (
        f"{seconds:.1f} s, {spent:.1f} s of processors, {peak_mb():,.0f} MB: "
        f"{made.usage_points:,} portraits, {made.months} months, {made.fitted:,} fitted"
    )
    return [(name, figure)]


def _absences(folder: Path) -> list[Line]:
    """Homes that are left over Spring Festival, against what the simulation decided."""
    folder.mkdir()
    settings = _settings(folder)
    create_lake(settings)
    plan = Plan(_HOMES, seed=_DISTRICT_SEED, energy_only=True)
    load_district(settings, plan, tell=lambda _: None, workers=1)
    make_portraits(settings)
    with closing(open_lake(settings, EVERYTHING)) as lake:
        found = portraits(lake).select("usage_point_id", "festival_status")
    judged = found.join(_leaves(district(plan)), on="usage_point_id").drop_nulls()
    said, true = judged["festival_status"] == "vacant", judged["leaves"]
    return [
        ("homes left over Spring Festival found", f"{(said & true).sum()} of {true.sum()}"),
        ("of those said to be left, left", f"{(said & true).sum()} of {said.sum()}"),
    ]


def _leaves(whole: District) -> pl.DataFrame:
    """Whether a home is left over the festival; of those with one household that lives there."""
    rows = []
    for premise in whole.premises:
        if premise.kind != "household" or len(premise.tenancies) != 1:
            continue
        occupancy = premise.tenancies[0].traits.occupancy
        if occupancy.kind != "vacant":
            rows.append((premise.usage_point_id, occupancy.spring_festival == "leaves"))
    return pl.DataFrame(rows, orient="row", schema={"usage_point_id": pl.String, "leaves": bool})


def main() -> None:
    """One step, in a process of its own."""
    folder, step, customers = sys.argv[1:]
    settings = _settings(Path(folder) / "fleet")
    steps = {
        "fleet": lambda: _fleet(settings, int(customers)),
        "cold": lambda: _made("a year, cold (≤ 30 s, ≤ 2 GB)", settings),
        "new-day": lambda: _new_day(settings, int(customers)),
        "nothing-new": lambda: _made("nothing new", settings),
    }
    settings.data.mkdir(exist_ok=True)
    sys.stdout.write(json.dumps(steps[step]()))


if __name__ == "__main__":
    main()
