"""The simulated district at size: how fast it is made, what it needs, how small it lies."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from ingest.batch import Batch
from ingest.lake import create_lake, publish, writing
from ingest.merge import Arrival
from ingest.simulated.run import FIRST
from ingest.store import Stored, store
from queries.manifest import files_of, read_manifest
from queries.settings import Settings
from tests.benchmarks.bench_lake import ARRIVED, Line
from tests.benchmarks.memory import tree_mb

_FEEDERS_AT_ONCE = 4


def run(*, customers: int = 10_000) -> list[Line]:
    """A year of quarter hours of ``customers``, energy alone; everything of a tenth of them."""
    with tempfile.TemporaryDirectory(prefix="fenggu-bench-") as folder:
        energy = _simulated(Path(folder) / "energy", customers, "--energy-only")
        lines = [("simulated energy", energy), *_stored(Path(folder))]
        everything = _simulated(Path(folder) / "everything", customers // 10)
    return [*lines, ("simulated with voltages, currents, registers, events", everything)]


def _simulated(out: Path, customers: int, *options: str) -> str:
    fenggu = str(Path(sys.executable).with_name("fenggu"))
    command = [fenggu, "simulate", "--customers", str(customers)]
    command += ["--from", "2024-01-01", "--to", "2024-12-31", "--out", str(out), *options]
    start, peak = time.perf_counter(), 0.0
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - our own
        while process.poll() is None:
            peak = max(peak, tree_mb(process.pid))
            time.sleep(0.2)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    seconds = time.perf_counter() - start
    return f"{customers:,} customers × 1 year in {seconds:.1f} s, {peak:,.0f} MB in all processes"


def _stored(folder: Path) -> list[Line]:
    """The day profiles in a lake, as its writer lays them out."""
    settings = Settings(data=folder / "data")
    create_lake(settings)
    files = sorted((folder / "energy" / FIRST).glob("energy_profiles-*"))
    stored = Stored()
    with writing(settings) as writer:
        for first in range(0, len(files), _FEEDERS_AT_ONCE):
            rows = pl.concat(pl.read_parquet(file) for file in files[first:][:_FEEDERS_AT_ONCE])
            store(writer, Batch(profiles=rows), Arrival("bench", ARRIVED), stored)
        publish(writer)
    listed = files_of(settings.lake_uri, read_manifest(settings.lake_uri), "energy_profiles")
    size = sum(Path(file).stat().st_size for file in listed)
    figure = f"{size / stored.new:.3f} bytes a reading (≤ 1.6), {stored.new:,} readings"
    return [("simulated energy in the lake", figure)]
