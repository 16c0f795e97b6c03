"""Kill the collector again and again, and look whether anything acknowledged is lost.

``python tests/faults/collector_rounds.py --rounds 50`` lets simulated terminals report and answer,
kills the collector at random moments, and fails on the first reading that a terminal was told had
arrived and that is neither in the lake nor in the spool. Afterwards one collector runs to its end,
and the lake must equal what the meters show: no gap is forgotten.
"""

# ruff: noqa: T201 (a script that talks)

import argparse
import asyncio
import random
import signal
import socket
import sys
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[2]))

from ingest.collection.service import SPOOL
from ingest.collectors import arrivals
from ingest.simulated.field.dialling import dialling
from ingest.simulated.field.dlt698_terminal import Terminal698
from queries.lake import open_lake
from queries.schema import SLOTS
from queries.scope import EVERYTHING
from queries.settings import PROJECT, Settings
from tests.ingest.collection.collected import (
    BEGIN,
    NOW,
    field_of,
    held_in,
    register,
    service_of,
    truth_of,
)

if TYPE_CHECKING:
    from ingest.simulated.field.fleet import Fleet

_LONGEST_RUN_SECONDS, _SHORTEST_RUN_SECONDS = 3.0, 0.02
_TERMINALS, _METERS_EACH = 3, 4


@dataclass
class Tally:
    """What the rounds have shown so far."""

    rounds: int = 0
    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    differs: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.rounds} rounds, {self.acknowledged} readings acknowledged, "
            f"{len(self.lost)} lost; the lake {'differs' if self.differs else 'equals the meters'}"
        )


def the_field() -> "Fleet":
    """The same field in every process; its terminals report all they read."""
    return field_of(_TERMINALS, _METERS_EACH, reports_since=BEGIN)


async def collect_without_end(data: Path, port: int, *, once: bool) -> None:
    """Be the collector: rounds until killed, or one run to its end."""
    settings = Settings(data=data)
    service = service_of(settings, the_field(), lambda *_, **__: None, port=port)
    print("ready", flush=True)
    await service.start()
    await service.once()
    while not once:
        await service.once()
        await asyncio.sleep(0.1)
    await service.close()


def known_in(settings: Settings) -> set[tuple[str, str]]:
    """Usage point and local instant of every reading in the lake or the spool."""
    found = set()
    query = (
        f"select usage_point_id, service_date, slot from (unpivot register_profiles on "  # noqa: S608
        f"{', '.join(SLOTS)} into name slot value counts)"
    )
    with closing(open_lake(settings, EVERYTHING)) as lake:
        found |= {(point, f"{day} {slot}") for point, day, slot in lake.sql(query).fetchall()}
    for segment in [*(settings.data / SPOOL).glob("*.jsonl"), settings.data / SPOOL / "open.part"]:
        if not segment.exists():
            continue
        for batch in arrivals.read(segment, settings.zone):
            for row in batch.points.iter_rows(named=True):
                found |= {
                    (row["usage_point_id"], f"{row['service_date']} {slot}")
                    for slot in SLOTS
                    if row[slot] is not None
                }
    return found


def _told(shown: "Fleet", zone: object) -> set[tuple[str, str]]:
    """The same of every reading of which a terminal was told that it had arrived."""
    points = {meter.address: meter.usage_point_id for meter in shown.meters}
    return {
        (points[address], _local(at, zone))
        for terminal in shown.terminals
        if isinstance(terminal, Terminal698) and terminal.reports is not None
        for address, at in terminal.reports.acknowledged
    }


def _local(at: datetime, zone: object) -> str:
    local = at.astimezone(zone)  # type: ignore[arg-type]
    return f"{local:%Y-%m-%d} t{local:%H%M}"


async def _one_round(data: Path, port: int, seconds: float | None) -> None:
    """Let a collector run for so long and kill it; None: let it come to its end."""
    command = [sys.executable, __file__, "--child", str(data), "--port", str(port)]
    child = await asyncio.create_subprocess_exec(
        *command,
        *(["--once"] if seconds is None else []),
        cwd=PROJECT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    if await child.stdout.readline() != b"ready\n":
        raise RuntimeError("the collector did not start")
    if seconds is not None:
        await asyncio.sleep(seconds)
        child.send_signal(signal.SIGKILL)
    await child.wait()


async def play(data: Path, rounds: int, seed: int) -> Tally:
    """Play ``rounds`` on one lake, then let a collector finish."""
    settings = Settings(data=data)
    shown, tally, chance = the_field(), Tally(), random.Random(seed)  # noqa: S311
    register(settings, shown)
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with dialling(shown.terminals, host="127.0.0.1", port=port, redial_seconds=0.05):
        while tally.rounds < rounds and not tally.lost:
            length = chance.uniform(_SHORTEST_RUN_SECONDS, _LONGEST_RUN_SECONDS)
            await _one_round(data, port, length)
            told = _told(shown, settings.zone)
            missing = told - await asyncio.to_thread(known_in, settings)
            tally.rounds, tally.acknowledged = tally.rounds + 1, len(told)
            tally.lost += [f"{one} in round {tally.rounds}" for one in sorted(missing)]
        await _one_round(data, port, None)
    held, due, shown_by_now = held_in(settings), truth_of(shown), truth_of(shown, NOW)
    for name, expected in due.items():
        found = held[name].select(expected.columns).cast(dict(expected.schema))
        # Reports bring what is not due yet as well.
        forgotten = expected.join(found, on=expected.columns, how="anti").height
        wrong = found.join(shown_by_now[name], on=expected.columns, how="anti").height
        if forgotten or wrong or found.is_duplicated().any():
            tally.differs.append(
                f"{name}: {forgotten} rows forgotten, {wrong} that no meter showed"
            )
    return tally


def main() -> int:
    """Play rounds as the command line says; 1 when anything was lost or forgotten."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", type=Path, help="be the collector of this data folder")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--once", action="store_true")
    given = parser.parse_args()
    if given.child:
        asyncio.run(collect_without_end(given.child, given.port, once=given.once))
        return 0
    with TemporaryDirectory(prefix="fenggu-faults-") as folder:
        tally = asyncio.run(play(Path(folder), given.rounds, given.seed))
    print(tally)
    print("\n".join([*tally.lost, *tally.differs]))
    return 1 if tally.lost or tally.differs else 0


if __name__ == "__main__":
    sys.exit(main())
