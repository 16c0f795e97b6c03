"""A whole district into a folder, feeder by feeder, on as many processes as there are cores."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import polars as pl

from ingest.sample.tables import REFERENCE_READ, write_reference
from ingest.simulated.district import District, district, known_tables, own_truth
from ingest.simulated.feeder import FeederRows, simulate_feeder
from ingest.simulated.grid.layout import feeders_of
from ingest.simulated.grid.place_tables import ROOT_REGION_ID
from ingest.simulated.plan import Plan
from ingest.simulated.surroundings.weather import weather_table
from ingest.simulated.truth import TRUTH, TRUTH_ENERGY

FIRST = "readings"
"""Folder of what arrives on time."""
LATER = "later"
"""Folder of what arrives later: late, corrected and repeated day profiles."""
PARTS = (
    "energy_profiles",
    "measurement_profiles",
    "register_readings",
    "meter_events",
    "device_clocks",
)
TRUTH_FOLDER = "truth"
_ZSTD_LEVEL = 1
_made: dict[Plan, District] = {}

Progress = Callable[[int, int], None]
"""Called with the feeders done and the feeders there are."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What was written."""

    feeders: int
    customers: int
    readings: int


def simulate(
    plan: Plan, out: Path, *, workers: int | None = None, progress: Progress | None = None
) -> Summary:
    """Write the district into ``out``; equal plans write equal rows, on any number of workers.

    ``out`` gets the reference tables as CSV, ``weather.parquet`` and ``economy.parquet``, what
    the utility knows of its programmes and payments as CSV, below ``readings`` and ``later`` the
    Parquet files of every feeder, and in ``truth.parquet`` and ``truth_energy.parquet`` what was
    planted.

    Raises:
        FileExistsError: ``out`` holds something already.
    """
    if out.exists() and any(out.iterdir()):
        raise FileExistsError(f"'{out}' is not empty; give a folder that is new or empty")
    for folder in (FIRST, LATER, TRUTH_FOLDER):
        (out / folder).mkdir(parents=True, exist_ok=True)
    feeders, readings = feeders_of(plan.customers), 0
    for done, count in enumerate(_counts(plan, out, feeders, workers or os.cpu_count() or 1)):
        readings += count
        if progress:
            progress(done, feeders)
    _write_truth(_district(plan), out)
    return Summary(feeders, plan.customers, readings)


def _counts(plan: Plan, out: Path, feeders: int, workers: int) -> Iterator[int]:
    """What all share (no readings), then every feeder; the readings of each as it is done."""
    if min(workers, feeders) == 1:
        yield _write_shared(plan, out)
        yield from (_write_feeder(plan, out, number) for number in range(feeders))
        return
    # Not forked: a fork of a process with running threads may never wake up.
    context = get_context("spawn")
    with ProcessPoolExecutor(min(workers, feeders), mp_context=context) as pool:
        jobs = [pool.submit(_write_feeder, plan, out, number) for number in range(feeders)]
        yield _write_shared(plan, out)
        for job in jobs:
            yield job.result()


def _district(plan: Plan) -> District:
    """The district, made once a process."""
    if plan not in _made:
        _made.clear()
        _made[plan] = district(plan)
    return _made[plan]


def _write_feeder(plan: Plan, out: Path, number: int) -> int:
    rows = simulate_feeder(_district(plan), number)
    name = f"{number + 1:05d}.parquet"
    for part in PARTS:
        _write(getattr(rows, part), out / FIRST / f"{part}-{name}")
    _write(rows.later, out / LATER / f"energy_profiles-{name}")
    _write(rows.truth, out / TRUTH_FOLDER / f"planted-{name}")
    _write(rows.truth_energy, out / TRUTH_FOLDER / f"energy-{name}")
    return _readings(rows)


def _readings(rows: FeederRows) -> int:
    return rows.energy_profiles.height * 96 + rows.measurement_profiles.height * 96


def _write(frame: pl.DataFrame, path: Path) -> None:
    if not frame.is_empty():
        frame.write_parquet(path, compression="zstd", compression_level=_ZSTD_LEVEL)


def _write_shared(plan: Plan, out: Path) -> int:
    whole = _district(plan)
    known = known_tables(whole)
    write_reference(out, {name: known[name] for name in REFERENCE_READ})
    for name in known.keys() - REFERENCE_READ.keys():
        known[name].write_csv(out / f"{name}.csv")
    setting, region = whole.setting, ROOT_REGION_ID
    _write(
        weather_table(whole.plan.seed, region, setting.span, setting.weather),
        out / "weather.parquet",
    )
    _write(setting.economy.table, out / "economy.parquet")
    (out / "README.txt").write_text(
        f"{whole.plan.command}\nA district that does not exist. truth.parquet and "
        "truth_energy.parquet hold what was planted.\n",
        "utf-8",
    )
    return 0


def _write_truth(whole: District, out: Path) -> None:
    """All feeders' answers in two files, in the order of their keys."""
    folder = out / TRUTH_FOLDER
    for name, schema, order in (
        ("planted", TRUTH, ["group", "kind", "subject", "subject_id", "starts_at"]),
        ("energy", TRUTH_ENERGY, ["subject", "subject_id", "service_date"]),
    ):
        parts = sorted(folder.glob(f"{name}-*.parquet"))
        frames = [schema.to_frame(), *(pl.read_parquet(part) for part in parts)]
        if name == "planted":
            frames.append(own_truth(whole))
        file = "truth.parquet" if name == "planted" else "truth_energy.parquet"
        pl.concat(frames).sort(order, maintain_order=True).write_parquet(out / file)
        for part in parts:
            part.unlink()
    folder.rmdir()
