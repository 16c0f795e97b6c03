"""Kill the writer of a lake again and again, and look whether anything is lost or half visible.

``python tests/faults/rounds.py --rounds 200`` prints one line of figures; it fails on the first
reading that was acknowledged and is not there, or that is visible without what is derived from it.
"""

# ruff: noqa: T201 (a script that talks)

import argparse
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[2]))

from ingest.files import ingest_file, resume
from ingest.lake import create_lake
from queries.lake import lake_version, open_lake
from queries.schema import TABLES
from queries.scope import EVERYTHING
from queries.settings import PROJECT, Settings

POINTS = ("FENGGU0001", "FENGGU0002", "FENGGU0003")
FIRST_DAY = date(2024, 6, 27)  # so that the days lie in two months
DAYS = 7
INTERVALS = 48
_LONGEST_RUN_SECONDS = 1.5
_SHORTEST_RUN_SECONDS = 0.05


@dataclass
class Tally:
    """What the rounds have shown so far."""

    rounds: int = 0
    acknowledged: int = 0
    reads_beside_the_writer: int = 0
    lost: list[str] = field(default_factory=list)
    half_visible: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.rounds} rounds, {self.acknowledged} batches acknowledged, "
            f"{len(self.lost)} lost, {len(self.half_visible)} half visible, "
            f"{self.reads_beside_the_writer} reads beside the writer"
        )


def batch_text(number: int) -> str:
    """NEM12: all points, one day, every half hour ``number`` Wh, so that a later batch corrects."""
    day = FIRST_DAY + timedelta(days=number % DAYS)
    values = ",".join([f"{number / 1000:.3f}"] * INTERVALS)
    lines = ["100,NEM12,202407010000,FENGGU,FENGGU"]
    for point in POINTS:
        lines.append(f"200,{point},E1,E1,E1,N1,METER{point[-4:]},KWH,30,")
        lines.append(f"300,{day:%Y%m%d},{values},A,,,20240801000000,20240801000000")
    return "\r\n".join([*lines, "900", ""])


def ingest_without_end(data: Path) -> None:
    """Take in batch after batch from a number read on, saying the number of each that is safe."""
    settings = Settings(data=data)
    print("ready", flush=True)
    number = int(sys.stdin.readline())
    for _ in resume(settings):
        pass
    while True:
        path = data / f"batch-{number}.csv"
        path.write_text(batch_text(number), "utf-8")
        ingest_file(settings, path)
        print(number, flush=True)
        path.unlink()
        number += 1


def doubts(settings: Settings) -> tuple[list[str], dict[date, int]]:
    """What of the visible state contradicts itself, and the batch that each day shows."""
    manifest = lake_version(settings)
    found: list[str] = []
    with closing(open_lake(settings, EVERYTHING, manifest=manifest)) as lake:
        for name in TABLES:
            lake.execute("from query_table($name)", {"name": name}).fetchall()
        shown = lake.sql(
            "select service_date, usage_point_id, "
            "list_distinct(list_value(*columns('t\\d{4}'))) as values from energy_profiles"
        ).fetchall()
        days: dict[date, set[int]] = {}
        for day, point, values in shown:
            numbers = {value for value in values if value is not None}
            if len(numbers) != 1:
                found.append(f"{point} {day} holds parts of several batches: {numbers}")
            days.setdefault(day, set()).update(numbers)
        points = {day: sum(d == day for d, _, _ in shown) for day in days}
        found += [
            f"{day} holds {points[day]} points and batches {numbers}"
            for day, numbers in days.items()
            if len(numbers) != 1 or points[day] != len(POINTS)
        ]
        energy = sum(INTERVALS * len(POINTS) * max(numbers) for numbers in days.values())
        slots = INTERVALS * len(POINTS) * len(days)
        sums = {
            "daily_totals": "select sum(energy_wh), sum(actual_slots) from daily_totals",
            "load_cubes": "select sum(list_sum(list_value(*columns('t\\d{4}'))))::bigint, "
            "sum(48 * days - missing_slots) from load_cubes where statistic = 'sum'",
            "completeness": "select sum(actual_slots) from completeness",
        }
        for name, query in sums.items():
            told = tuple(int(value or 0) for value in lake.sql(query).fetchall()[0])
            expected = (energy, slots)[-len(told) :]
            if told != expected:
                found.append(f"{name} says {told}, the profiles say {expected}")
        versions = lake.sql("select count(*) - count(distinct sha256) from batches").fetchall()
        if versions != [(0,)]:
            found.append("a batch was taken in twice")
    return [f"state {manifest.sequence}: {doubt}" for doubt in found], {
        day: max(numbers) for day, numbers in days.items()
    }


@contextmanager
def _waiting_child(data: Path) -> Iterator[subprocess.Popen[str]]:
    """A writer that imports everything and then waits for the number to begin with."""
    command = [sys.executable, __file__, "--child", str(data)]
    with subprocess.Popen(  # noqa: S603 (ourselves)
        command, cwd=PROJECT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        try:
            yield child
        finally:
            child.send_signal(signal.SIGKILL)


def one_round(
    settings: Settings,
    child: subprocess.Popen[str],
    first: int,
    run_seconds: float,
    tally: Tally,
) -> int:
    """Let a writer run for so long, kill it, check; return the number to go on with."""
    if child.stdin is None or child.stdout is None:
        raise RuntimeError("the writer has no pipes")
    if child.stdout.readline() != "ready\n":
        raise RuntimeError("the writer did not start")
    child.stdin.write(f"{first}\n")
    child.stdin.flush()
    told = [child.stdout.readline()]
    end = time.monotonic() + run_seconds
    while time.monotonic() < end:
        beside, _ = doubts(settings)
        tally.half_visible += beside
        tally.reads_beside_the_writer += 1
        time.sleep(max(0.0, min(0.05, end - time.monotonic())))
    child.send_signal(signal.SIGKILL)
    told += child.stdout.readlines()
    # A last line without its end was cut off while it was written: not acknowledged.
    numbers = [int(line) for line in told if line.endswith("\n")]
    found, shown = doubts(settings)
    tally.half_visible += found
    tally.rounds += 1
    tally.acknowledged += len(numbers)
    tally.lost += [
        f"batch {number} was acknowledged in round {tally.rounds} and is not there"
        for number in numbers
        if shown.get(FIRST_DAY + timedelta(days=number % DAYS), -1) < number
    ]
    # A batch under way may come to light later, when what was kept of it is taken up again.
    return max([first, *numbers]) + 2


def play(data: Path, rounds: int, seed: int) -> Tally:
    """Play ``rounds`` on one lake; stops early when something was lost or half visible."""
    settings = Settings(data=data, zone_name="Australia/Brisbane", holiday_country="AU")
    create_lake(settings)
    chance = random.Random(seed)  # noqa: S311 (no secret)
    tally, number = Tally(), 1
    with ExitStack() as started:
        child = started.enter_context(_waiting_child(data))
        while tally.rounds < rounds and not tally.lost and not tally.half_visible:
            # The next writer imports while this one writes.
            following = started.enter_context(_waiting_child(data))
            length = chance.uniform(_SHORTEST_RUN_SECONDS, _LONGEST_RUN_SECONDS)
            number = one_round(settings, child, number, length, tally)
            child.wait()
            child = following
    return tally


def main() -> int:
    """Play rounds as the command line says; 1 when anything was lost or half visible."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", type=Path, help="be the writer of this data folder")
    given = parser.parse_args()
    if given.child:
        ingest_without_end(given.child)
    with TemporaryDirectory(prefix="fenggu-faults-") as folder:
        tally = play(Path(folder), given.rounds, given.seed)
    print(tally)
    print("\n".join([*tally.lost, *tally.half_visible]))
    return 1 if tally.lost or tally.half_visible else 0


if __name__ == "__main__":
    sys.exit(main())
