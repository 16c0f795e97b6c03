"""Three days of a simulated field over TCP into the lake, and whether it equals what meters show.

Twenty terminals, 2,000 meters, 5 % of exchanges failing in every way there is, and one terminal
away for a whole day.
"""

import asyncio
import time
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from ingest.simulated.field.faults import Faults
from ingest.simulated.field.fleet import Fleet
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
_RUNS, _RUNS_BEFORE = 12, 2
"""Of the last evening, and of those before it, whose leftovers the next one asks for again."""

_A_DAY = timedelta(days=1)
_TWO_HOURS = timedelta(hours=2)
_AWAY = BEGIN + _A_DAY, BEGIN + 2 * _A_DAY
"""The second day: its terminal is not there when the first is collected, nor all day long."""

_END = BEGIN + 3 * _A_DAY
"""Of the curves: by then whoever was away or without power is back."""

_WAIT_SECONDS = 2.0
"""For terminals to dial in: no longer, as one of them does not."""


def run() -> list[Line]:
    """All figures; the meters are in this very process, and half of its work.

    It is collected two hours after each of the three days has ended.
    """
    with TemporaryDirectory(prefix="fenggu-collection-") as folder:
        settings, clock = Settings(data=Path(folder)), Clock()
        faults = Faults(rate=_FAULTS, seed=11)
        shown = field_of(_TERMINALS, _METERS_EACH, faults, clock=clock)
        away = _with_one_away(shown)
        register(settings, shown)
        evenings = _Evenings(settings, shown, faults, clock)
        first = evenings.collect(BEGIN + _A_DAY + _TWO_HOURS)
        missing = _lacking(settings, away, BEGIN + _A_DAY)
        second = evenings.collect(BEGIN + 2 * _A_DAY + _TWO_HOURS)
        left_of_it = _lacking(settings, away, BEGIN + 2 * _A_DAY)
        last = evenings.collect(_END + timedelta(minutes=20), _RUNS)
        wrong = _wrong(settings, shown, _END)
    failed = sum(count for (event, _), count in evenings.events.items() if event == "failed")
    points = truth_of(shown, _END)["points"].height
    played = sorted((fault, count) for fault, count in faults.played.items() if count)
    return [
        (
            "field",
            f"{_TERMINALS} terminals, {_TERMINALS * _METERS_EACH:,} meters, {points:,} points",
        ),
        ("first day", f"in {first[0]:.0f} s; one terminal is away: {missing:,} points missing"),
        ("second day", f"in {second[0]:.0f} s, it is back: {left_of_it:,} points missing"),
        ("third day", f"in {last[0]:.0f} s; {failed:,} wants failed once"),
        ("faults played", ", ".join(f"{fault} {count}" for fault, count in played)),
        (
            "lake against meters",
            f"differs in {', '.join(wrong)}" if wrong else "equal",
        ),
        (
            "left open",
            f"{last[1]['open']}: power was off; given up {last[1]['given_up']}",
        ),
        ("peak memory", f"{peak_mb():,.0f} MB (the field's included)"),
    ]


class _Evenings:
    """The collection of one field, evening by evening, and what its log told."""

    def __init__(self, settings: Settings, shown: Fleet, faults: Faults, clock: Clock) -> None:
        self._settings, self._shown, self._faults, self._clock = settings, shown, faults, clock
        self.events: Counter = Counter()

    def collect(self, at: datetime, runs: int = _RUNS_BEFORE) -> tuple[float, dict[str, int]]:
        """Seconds it took, and what the last run came to."""
        self._clock.moment = at
        start = time.perf_counter()
        summary, told = asyncio.run(
            collect(
                self._settings,
                self._shown,
                self._faults,
                rounds=runs,
                clock=self._clock,
                wait_seconds=_WAIT_SECONDS,
            )
        )
        self.events += told
        return time.perf_counter() - start, summary


def _with_one_away(shown: Fleet) -> Fleet:
    """The first terminal is away all of the second day; a fleet of it alone."""
    terminal = shown.terminals[0]
    terminal.site = replace(terminal.site, offline=(_AWAY,))
    wanted = tuple(one for one in shown.wanted if one.terminal == terminal.site.address)
    return Fleet((terminal,), tuple(terminal.site.meters.values()), wanted)


def _lacking(settings: Settings, some: Fleet, until: datetime) -> int:
    """Points that its meters show until then and the lake does not hold as they are."""
    truth = truth_of(some, until)["points"]
    held = held_in(settings)["points"].select(truth.columns).cast(dict(truth.schema))
    return truth.join(held, on=truth.columns, how="anti").height


def _wrong(settings: Settings, shown: Fleet, until: datetime) -> list[str]:
    """What of energy, points and freezes differs from what the meters show, and in how many rows.

    Both ways: what the lake lacks, and what no meter ever showed.
    """
    held = held_in(settings)
    wrong = []
    for name, truth in truth_of(shown, until).items():
        expected, known = in_order(truth), _as(held[name], truth)
        if not known.equals(expected):
            both = {"on": truth.columns, "how": "anti", "nulls_equal": True}
            lacking, foreign = expected.join(known, **both), known.join(expected, **both)
            wrong.append(f"{name} ({lacking.height:,} lacking, {foreign.height:,} foreign)")
    return wrong


def _as(held: pl.DataFrame, expected: pl.DataFrame) -> pl.DataFrame:
    return in_order(held.select(expected.columns).cast(dict(expected.schema)))


if __name__ == "__main__":
    for what, figure in run():
        print(f"{what:28} {figure}")  # noqa: T201
