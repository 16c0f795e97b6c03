"""The lake at size: ingest, storage, and the questions of the first pages.

The data is the sample, scaled and perturbed to any number of customers. Every question runs in a
process of its own so that its peak memory is its own, with the scope's views included.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from ingest.batch import Batch
from ingest.lake import create_lake, publish, writing
from ingest.merge import Arrival
from ingest.sample.load import SAMPLE
from ingest.sample.scaled import scaled_profiles
from ingest.store import Stored, derive, store
from queries.lake import open_lake
from queries.manifest import files_of, read_manifest
from queries.questions import answer, find_question
from queries.schema import SLOTS, TABLES, UTC_INSTANT
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.benchmarks.memory import peak_mb

Line = tuple[str, str]
_SEED = 1
ARRIVED = datetime(2026, 1, 1, tzinfo=UTC)
_YEAR = {"first_day": date(2016, 1, 1), "last_day": date(2016, 12, 31)}
_REPEATS = 5
_MB = 1 << 20


@contextmanager
def made_lake(usage_points: int) -> Iterator[tuple[Settings, list[Line]]]:
    """A lake of ``usage_points`` customers and one year of quarter hours, and what it cost."""
    with tempfile.TemporaryDirectory(prefix="fenggu-bench-") as folder:
        settings = Settings(data=Path(folder))
        create_lake(settings)
        yield settings, _load(settings, usage_points)


def run(settings: Settings) -> list[Line]:
    """Corrections and the questions of the first pages, on a lake of ``made_lake``."""
    return [*_correct(settings), *_ask(settings)]


def _load(settings: Settings, usage_points: int) -> list[Line]:
    stored = Stored()
    storing = 0.0
    with writing(settings) as writer:
        for block in scaled_profiles(SAMPLE, usage_points=usage_points, seed=_SEED):
            start = time.perf_counter()
            store(writer, Batch(profiles=block), Arrival("bench", ARRIVED), stored)
            storing += time.perf_counter() - start
        start = time.perf_counter()
        derive(writer, settings, stored)
        deriving = time.perf_counter() - start
        publish(writer)
    peak = peak_mb()
    manifest = read_manifest(settings.lake_uri)
    sizes = {
        name: sum(Path(f).stat().st_size for f in files_of(settings.lake_uri, manifest, name))
        for name in TABLES
    }
    profiles = sizes["energy_profiles"]
    return [
        ("customers", f"{usage_points:,}, {stored.new:,} readings"),
        ("append", f"{stored.new / storing / 1e6:.1f} M readings/s"),
        ("derive totals, cubes, completeness", f"{stored.new / deriving / 1e6:.1f} M readings/s"),
        ("peak memory of ingest", f"{peak:,.0f} MB (the generator's included)"),
        ("size", f"{profiles / stored.new:.3f} bytes a reading ({profiles / _MB:,.0f} MB)"),
        (
            "cubes",
            f"{sizes['load_cubes'] / _MB:,.0f} MB; totals {sizes['daily_totals'] / _MB:,.0f} MB",
        ),
    ]


def _correct(settings: Settings) -> list[Line]:
    """Corrections and their replay: 10,000 day rows, one slot of each, across one month."""
    lake = open_lake(settings, EVERYTHING)
    rows = lake.sql(
        "select * from energy_profiles where service_date between '2016-06-10' and '2016-06-11' "
        "order by usage_point_id limit 10000"
    ).pl()
    issued = pl.lit(datetime(2026, 2, 1, tzinfo=UTC)).cast(UTC_INSTANT)
    late = rows.select(
        "usage_point_id",
        "channel",
        "service_date",
        "interval_minutes",
        *(pl.when(s == "t0800").then(pl.col(s) + 1).alias(s) for s in SLOTS),
        pl.lit(None, pl.String).alias("quality"),
        issued.alias("issued_at"),
    )
    lines = []
    for name in ("merge corrections", "replay them"):
        stored = Stored()
        start = time.perf_counter()
        with writing(settings) as writer:
            arrival = Arrival(name, ARRIVED + timedelta(days=40))
            store(writer, Batch(profiles=late), arrival, stored)
            merged = time.perf_counter() - start
            derive(writer, settings, stored)
            publish(writer)
        whole = time.perf_counter() - start
        done = f"{late.height:,} day rows in {merged:.2f} s, {whole:.2f} s with derived tables"
        lines.append((name, f"{done}; corrected {stored.corrected:,}"))
    return lines


def _ask(settings: Settings) -> list[Line]:
    point = open_lake(settings, EVERYTHING).sql(
        "select usage_point_id from daily_totals group by all order by 1 limit 1 offset 500"
    )
    one = str(point.fetchall()[0][0])
    bare = _measure(settings, "bare", {})
    system = _measure(settings, "load/curve", {"step": "15m"})
    single = _measure(
        settings, "load/curve", {"step": "15m", "area_kind": "usage_point_id", "area_id": one}
    )
    row = _measure(settings, "row", {"area_id": one})
    glance = _measure(settings, "home/glance", {})
    return [
        ("DuckDB's bare sum of the 96 columns", _said(bare)),
        (
            "system load curve, a year of quarter hours",
            f"{_said(system)}, {system['seconds'] / bare['seconds']:.2f} × the bare sum (≤ 1.5)",
        ),
        ("one customer's year, its rows", f"{_said(row)} (≤ 100 ms)"),
        ("one customer's year, as the page's curve", _said(single)),
        ("home at a glance", _said(glance)),
    ]


def _said(figure: dict[str, float]) -> str:
    return (
        f"{figure['seconds'] * 1000:,.0f} ms (first {figure['first'] * 1000:,.0f}), "
        f"peak {figure['peak_mb']:,.0f} MB"
    )


def _measure(settings: Settings, what: str, inputs: dict[str, str]) -> dict[str, float]:
    """Median of some runs in a fresh process, the first one apart, and its peak memory."""
    text = json.dumps({"data": str(settings.data), "what": what, "inputs": inputs})
    command = [sys.executable, "-m", "tests.benchmarks.bench_lake", text]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    return json.loads(done.stdout)


def _child(text: str) -> None:
    given = json.loads(text)
    settings = Settings(data=Path(given["data"]))
    asked = _asked(settings, given["what"], given["inputs"])
    seconds = []
    for _ in range(_REPEATS + 1):
        start = time.perf_counter()
        asked()
        seconds.append(time.perf_counter() - start)
    figure = {
        "first": seconds[0],
        "seconds": statistics.median(seconds[1:]),
        "peak_mb": peak_mb(),
    }
    sys.stdout.write(json.dumps(figure))


def _asked(settings: Settings, what: str, inputs: dict[str, str]) -> Callable[[], object]:
    if what == "bare":
        lake = open_lake(settings, EVERYTHING)
        sql = r"select sum(columns('t\d{4}')) from energy_profiles"
        return lambda: lake.sql(sql).fetchall()
    if what == "row":
        sql = "select * from energy_profiles where usage_point_id = $area_id"
        read = ("energy_profiles",)
        return lambda: open_lake(settings, EVERYTHING, reads=read).sql(sql, params=inputs).pl()
    question = find_question(what)
    days = _YEAR if "first_day" in question.inputs else {}
    return lambda: answer(question, settings, EVERYTHING, **inputs, **days)


if __name__ == "__main__":
    _child(sys.argv[1])
