"""Segments: how many of them other customers would show again, and what placing one costs.

The simulated district, and fifty Australian homes from their readings on.
"""

import tempfile
import time
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import polars as pl

from ingest.collectors.table.profile import shipped_profile
from ingest.collectors.tabular import read
from ingest.lake import append, create_lake, publish, writing
from ingest.merge import Arrival
from ingest.portraits import make_portraits
from ingest.simulated.arrival import load_district
from ingest.simulated.plan import Plan
from ingest.store import Stored, derive, store
from queries.customers.portraits import portraits
from queries.customers.segment_axes import AXES, POPULATIONS, axes_of
from queries.customers.segment_choice import Candidate, SegmentChoice, chosen
from queries.lake import open_lake
from queries.schema import USAGE_POINTS
from queries.scope import EVERYTHING
from queries.settings import PROJECT, Settings
from tests.benchmarks.bench_lake import Line

_HOMES = PROJECT.parent / "shared" / "data" / "sgsc" / "sgsc_50_households.parquet"
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_PLACED = 10_000


def run() -> list[Line]:
    """Stability and what speaks for it, of every population; the time of placing 10,000."""
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="fenggu-bench-") as folder:
        settings = Settings(data=Path(folder) / "district", lake="", database="")
        settings.data.mkdir()
        create_lake(settings)
        load_district(settings, Plan(600, energy_only=True), tell=lambda _: None)
        told = _portraits(settings)
        for population in POPULATIONS:
            lines += _parted(f"district, {population}", axes_of(told, population))
        if not _HOMES.exists():
            return [*lines, ("sgsc", "skipped: ../shared/data is not here")]
        settings = Settings(
            data=Path(folder) / "sgsc", lake="", database="", zone_name="Australia/Sydney"
        )
        settings.data.mkdir()
        _load_homes(settings)
        lines += _parted("sgsc", axes_of(_portraits(settings), "homes"))
    return lines


def _portraits(settings: Settings) -> pl.DataFrame:
    make_portraits(settings)
    with closing(open_lake(settings, EVERYTHING)) as lake:
        return portraits(lake)


def _load_homes(settings: Settings) -> None:
    create_lake(settings)
    stored, arrival = Stored(), Arrival("sgsc", _NOW)
    with writing(settings) as writer:
        points: set[str] = set()
        for batch in read(_HOMES, shipped_profile("sgsc"), settings.zone, now=_NOW):
            store(writer, batch, arrival, stored)
            points |= set(batch.profiles["usage_point_id"].unique().to_list())
        rows = [
            dict.fromkeys(USAGE_POINTS.names)
            | {
                "usage_point_id": point,
                "customer_class": "residential",
                "valid_from": date(2010, 1, 1),
                "known_from": _NOW,
            }
            for point in sorted(points)
        ]
        append(writer, USAGE_POINTS, pl.DataFrame(rows, schema=USAGE_POINTS.schema))
        derive(writer, settings, stored)
        publish(writer)


def _parted(name: str, axes: pl.DataFrame) -> list[Line]:
    begin = time.perf_counter()
    found = SegmentChoice(axes).candidates()
    seconds = time.perf_counter() - begin
    best = chosen(found)
    if best is None:
        most = max(found, key=lambda one: one.stability, default=None)
        return [(name, f"no stable segments; {_told(most)}" if most else "too few customers")]
    return [
        (name, f"{_told(best)}; found in {seconds:.1f} s"),
        (f"{name}, placing {_PLACED:,}", f"{_placing(best, axes):.0f} ms"),
    ]


def _told(one: Candidate) -> str:
    return (
        f"{one.segments} segments, ARI {one.stability:.2f} (10 %: {one.low_stability:.2f}), "
        f"explain {one.explained_share:.0%}, silhouette {one.silhouette:.2f}; k-means: ARI "
        f"{one.free_stability:.2f}, explains {one.free_explained_share:.0%}"
    )


def _placing(best: Candidate, axes: pl.DataFrame) -> float:
    """Milliseconds to place new customers without refitting."""
    drawn = np.random.default_rng(0).integers(0, axes.height, _PLACED)
    many = axes.select(AXES)[drawn]
    begin = time.perf_counter()
    best.model.assign(many)
    return 1000 * (time.perf_counter() - begin)


if __name__ == "__main__":
    for what, figure in run():
        print(f"{what:32} {figure}")  # noqa: T201
