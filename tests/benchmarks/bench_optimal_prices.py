"""The best prices of a class: on a simulated district, and on a fleet of 10,000 customers.

Both run in a process of their own, as in a server: the laboratory first, which every page of
tariffs shares, then the first answer, then dials that are moved. Seconds of processors stand beside
those on the clock, since the machine may be shared.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import polars as pl

from ingest.lake import create_lake
from ingest.simulated.arrival import load_district
from ingest.simulated.plan import Plan
from queries.billing.lab import laboratory
from queries.demand.optimal_constraints import optimal_constraints
from queries.demand.optimal_summary import optimal_summary
from queries.demand.optimal_terms import NoPricesError, Problem
from queries.demand.optimal_tradeoff import optimal_tradeoff
from queries.demand.optimum import READS
from queries.lake import open_lake
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.benchmarks.bench_lake import Line
from tests.benchmarks.memory import peak_mb

_SEED = 7
_FLEET = date(2016, 1, 1), date(2016, 12, 30)
_DISTRICT = date(2025, 1, 1), date(2025, 12, 31)


def run(*, customers: int = 10_000) -> list[Line]:
    """The district, then the fleet."""
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="fenggu-bench-") as folder:
        settings = Settings(data=Path(folder) / "district", lake="", database="")
        create_lake(settings)
        load_district(settings, Plan(seed=_SEED, energy_only=True), tell=lambda _: None)
        lines += _told("district", settings.data)
        fleet = ["tests.benchmarks.bench_portraits", folder, "fleet", str(customers)]
        subprocess.run([sys.executable, "-m", *fleet], check=True, capture_output=True)  # noqa: S603
        lines += _told("fleet", Path(folder) / "fleet")
    return lines


def _told(name: str, folder: Path) -> list[Line]:
    own = ["tests.benchmarks.bench_optimal_prices", name, str(folder)]
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", *own], check=True, capture_output=True, text=True
    )
    return [tuple(line) for line in json.loads(done.stdout)]


def _timed(name: str, work: Callable[[], str]) -> Line:
    start, spent = time.perf_counter(), time.process_time()
    found = work()
    seconds, spent = time.perf_counter() - start, time.process_time() - spent
    return name, f"{seconds:.2f} s, {spent:.2f} s of processors{found}"


def main() -> None:
    """All figures of one lake."""
    name, folder = sys.argv[1:]
    first_day, last_day = _DISTRICT if name == "district" else _FLEET
    settings = Settings(data=Path(folder), lake="", database="")

    with closing(open_lake(settings, EVERYTHING, reads=READS)) as lake:

        def asked(**conditions: object) -> str:
            usual = {"least_ratio": 2.0, "bill_rise_share": 0.15, "price_class": "residential"}
            days = {"first_day": first_day, "last_day": last_day}
            return Problem.model_validate(usual | days | conditions).model_dump_json()

        def best(**conditions: object) -> str:
            try:
                row = optimal_summary(lake, problem=asked(**conditions)).row(0, named=True)
            except NoPricesError as error:
                return f": none, the least rise is {error.nearest_share:.1%}"
            saved, gap = row["before"] - row["after"], row["gap_share"]
            return (
                f": {row['accounts']:,} customers, {saved:,.1f} saved of {row['before']:,.0f}, "
                f"gap {gap:.4%}, {row['boxes']:,} boxes, {peak_mb():,.0f} MB"
            )

        def rows(question: Callable[..., pl.DataFrame]) -> str:
            return f": {question(lake, problem=asked()).height} rows"

        def made() -> str:
            return f": {laboratory(first_day, last_day, lake).points.height:,} accounts"

        lines = [
            _timed(f"{name}: the laboratory, once", made),
            _timed(f"{name}: first answer (≤ 3 s)", best),
            _timed(f"{name}: cap on bills moved (≤ 1 s)", lambda: best(bill_rise_share=0.12)),
            _timed(f"{name}: uptake moved (≤ 1 s)", lambda: best(uptake_share=0.6)),
            _timed(f"{name}: cost instead of peak (≤ 1 s)", lambda: best(aim="cost")),
            _timed(f"{name}: the best of six hours", lambda: best(periods="best")),
            _timed(f"{name}: conditions, each loosened", lambda: rows(optimal_constraints)),
            _timed(f"{name}: trade-off", lambda: rows(optimal_tradeoff)),
        ]
    sys.stdout.write(json.dumps(lines))


if __name__ == "__main__":
    main()
