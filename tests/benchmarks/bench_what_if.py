"""Scenarios on a fleet's real quarters of an hour: answers, vehicles, roofs, storage, bills.

The fleet is that of the portraits' benchmark, with sun added. All of it runs in one process of its
own, as in a server: the district is read once, then one scenario follows the other.
"""

import json
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import get_args

import polars as pl
from duckdb import DuckDBPyConnection

from ingest.lake import append, publish, writing
from queries.billing.tariff_text import write_tariff
from queries.billing.tariffs import known_tariffs
from queries.demand.dear_hours import Hours, with_dear_hours
from queries.demand.what_if_kinds import Purpose, Roofs, Storage, Vehicles
from queries.demand.what_if_measured import measured
from queries.demand.what_if_outcome import READS, outcome
from queries.demand.what_if_terms import Answer, NewTariff, WhatIf
from queries.lake import open_lake
from queries.schema import WEATHER
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.benchmarks.bench_lake import ARRIVED, Line
from tests.benchmarks.memory import peak_mb

_FIRST, _LAST = date(2016, 1, 1), date(2016, 12, 30)
_REGION, _TARIFF = "scaled", "liaoning_residential"
_SLIDER = (0.1, 0.2, 0.3)


def run(*, customers: int = 10_000) -> list[Line]:
    """A fleet's year: the first scenario, and what a moved slider costs."""
    with tempfile.TemporaryDirectory(prefix="fenggu-bench-") as folder:
        fleet = ["tests.benchmarks.bench_portraits", folder, "fleet", str(customers)]
        subprocess.run([sys.executable, "-m", *fleet], check=True, capture_output=True)  # noqa: S603
        own = ["tests.benchmarks.bench_what_if", str(Path(folder) / "fleet")]
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", *own], check=True, capture_output=True, text=True
        )
    return [tuple(line) for line in json.loads(done.stdout)]


def _shine(settings: Settings) -> None:
    """Sun from 9 to 15 o'clock of every day."""
    begin = datetime(_FIRST.year, _FIRST.month, _FIRST.day, tzinfo=UTC) - timedelta(hours=8)
    hours = ((_LAST - _FIRST).days + 1) * 24
    rows = [
        {
            "region_id": _REGION,
            "valid_at": begin + timedelta(hours=hour),
            "temperature_c": 15.0,
            "irradiance_w_per_m2": 600.0 if 9 <= hour % 24 < 15 else 0.0,
            "batch_id": "sun",
            "received_at": ARRIVED,
        }
        for hour in range(hours)
    ]
    with writing(settings) as writer:
        append(writer, WEATHER, pl.DataFrame(rows, schema=WEATHER.schema))
        publish(writer)


def _scenario(share: float, storages: tuple[Storage, ...] = ()) -> WhatIf:
    dear = Hours(18 * 60, 21 * 60, Decimal(4))
    tariff = write_tariff(with_dear_hours(known_tariffs()[_TARIFF], dear))
    return WhatIf(
        first_day=_FIRST,
        last_day=_LAST,
        tariffs=(NewTariff(price_class="residential", tariff=tariff),),
        answers=(Answer(uptake_share=share),),
        vehicles=(Vehicles(uptake_share=0.1, charging="valley"),),
        roofs=(Roofs(uptake_share=0.1),),
        storages=storages,
    )


def _told(name: str, what_if: WhatIf, lake: DuckDBPyConnection) -> Line:
    start, spent = time.perf_counter(), time.process_time()
    found = outcome(what_if, lake)
    seconds, spent = time.perf_counter() - start, time.process_time() - spent
    changed = int((found.now.total_fen != found.then.total_fen).sum())
    cost = f"{seconds:.1f} s, {spent:.1f} s of processors, {peak_mb():,.0f} MB"
    return name, f"{cost}: {found.before.lab.points.height:,} customers, {changed:,} bills change"


def main() -> None:
    """All figures of one fleet."""
    settings = Settings(data=Path(sys.argv[1]), lake="", database="")
    _shine(settings)
    lines: list[Line] = []
    with closing(open_lake(settings, EVERYTHING, reads=READS)) as lake:
        start, spent = time.perf_counter(), time.process_time()
        measured(_scenario(_SLIDER[0]), lake)
        seconds, spent = time.perf_counter() - start, time.process_time() - spent
        lines.append(
            ("the district as measured, once", f"{seconds:.1f} s, {spent:.1f} s of processors")
        )
        lines.append(_told("first scenario (≤ 5 s, ≤ 2 GB)", _scenario(_SLIDER[0]), lake))
        lines += [
            _told(f"a slider moved: {share:.0%} answer", _scenario(share), lake)
            for share in _SLIDER[1:]
        ]
        lines += [
            _told(f"batteries for {purpose} at 10 %", _scenario(_SLIDER[0], (kind,)), lake)
            for purpose in get_args(Purpose)
            for kind in (Storage(uptake_share=0.1, purpose=purpose),)
        ]
    sys.stdout.write(json.dumps(lines))


if __name__ == "__main__":
    main()
