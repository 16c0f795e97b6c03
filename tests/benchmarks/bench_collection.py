"""A day of a simulated field over TCP into the lake, and whether it equals what the meters show.

Twenty terminals, 2,000 meters, 5 % of exchanges failing in every way there is.
"""

import asyncio
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from ingest.simulated.field.faults import Faults
from queries.settings import Settings
from tests.benchmarks.memory import peak_mb
from tests.ingest.collection.collected import (
    BEGIN,
    Clock,
    collect,
    field_of,
    held_in,
    in_order,
    register,
    truth_of,
)

Line = tuple[str, str]

_TERMINALS, _METERS_EACH = 20, 100
_FAULTS = 0.05
_RUNS = 12
_END = BEGIN + timedelta(days=3)
"""Of the curves: by then whoever was away or without power is back."""


def run() -> list[Line]:
    """All figures; the meters are in this very process, and half of its work.

    After the first day the collection goes on when all three days have ended.
    """
    with TemporaryDirectory(prefix="fenggu-collection-") as folder:
        settings, clock = Settings(data=Path(folder)), Clock()
        faults = Faults(rate=_FAULTS, seed=11)
        shown = field_of(_TERMINALS, _METERS_EACH, faults, clock=clock)
        register(settings, shown)
        start = time.perf_counter()
        first, events = asyncio.run(collect(settings, shown, faults, rounds=_RUNS, clock=clock))
        seconds = time.perf_counter() - start
        clock.moment = _END + timedelta(minutes=20)
        summary, later = asyncio.run(collect(settings, shown, faults, rounds=_RUNS, clock=clock))
        events += later
        held, truth = held_in(settings), truth_of(shown, _END)
        wrong = [
            name
            for name, expected in truth.items()
            if not in_order(held[name].select(expected.columns).cast(dict(expected.schema))).equals(
                in_order(expected)
            )
        ]
    failed = sum(count for (event, _), count in events.items() if event == "failed")
    points = truth["points"].height
    played = ", ".join(
        f"{fault} {count}" for fault, count in sorted(faults.played.items()) if count
    )
    return [
        (
            "field",
            f"{_TERMINALS} terminals, {_TERMINALS * _METERS_EACH:,} meters, {points:,} points",
        ),
        ("first day", f"in {seconds:.0f} s, {first['open']} wants open; {failed} failed once"),
        ("faults played", played),
        ("lake against meters", "equal" if not wrong else f"differs in {', '.join(wrong)}"),
        ("left open", f"{summary['open']}: power was off; given up {summary['given_up']}"),
        ("peak memory", f"{peak_mb():,.0f} MB (the field's included)"),
    ]


if __name__ == "__main__":
    for what, figure in run():
        print(f"{what:28} {figure}")  # noqa: T201
