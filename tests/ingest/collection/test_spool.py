"""What the spool promises: kept is kept, by one process, in the order it came."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from ingest.collection.exchange import Exchange
from ingest.collection.spool import Spool, SpoolError
from ingest.collection.wants import Meter

_METERS = {"000000000121": Meter("000000000121", "P1", "M1")}


def _exchange(number: int) -> Exchange:
    at = datetime(2026, 3, 5, 1, tzinfo=UTC)
    return Exchange(at, "test", "dlt645", "000000000121", b"\x01", number.to_bytes(4))


def _answers(path) -> list[int]:
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [int(line["answer"], 16) for line in lines if "answer" in line]


def test_a_segment_begins_with_who_is_who_and_holds_what_came(tmp_path):
    async def keep() -> None:
        spool = Spool(tmp_path, _METERS)
        await asyncio.gather(*(spool.keep(_exchange(number)) for number in range(100)))
        await spool.close_segment()
        await spool.keep(_exchange(100))
        spool.close()
        first, second = spool.finished
        assert _answers(first) == list(range(100))
        assert _answers(second) == [100]
        header, meter, *_ = map(json.loads, first.read_text().splitlines())
        assert header == {"fenggu": "arrivals", "version": 1}
        assert meter["meter"]["usage_point_id"] == "P1"

    asyncio.run(keep())


def test_a_second_collector_is_told_to_use_another_folder(tmp_path):
    spool = Spool(tmp_path, _METERS)
    with pytest.raises(SpoolError, match="another collector"):
        Spool(tmp_path, _METERS)
    spool.close()
    Spool(tmp_path, _METERS).close()


def test_nothing_kept_is_lost_to_a_kill(tmp_path):
    script = f"""
import asyncio, sys
from pathlib import Path
from tests.ingest.collection.test_spool import _METERS, _exchange
from ingest.collection.spool import Spool
async def run():
    spool = Spool(Path({str(tmp_path)!r}), _METERS)
    for number in range(100000):
        await spool.keep(_exchange(number))
        print(number, flush=True)
asyncio.run(run())
"""
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        told = [int(process.stdout.readline()) for _ in range(50)]
        os.kill(process.pid, signal.SIGKILL)
        told += [int(line) for line in process.stdout.read().split()]
    spool = Spool(tmp_path, _METERS)
    spool.close()
    [segment] = spool.finished
    assert set(told) <= set(_answers_of_torn(segment))


def _answers_of_torn(path) -> list[int]:
    found = []
    for line in path.read_text().splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return [int(line["answer"], 16) for line in found if "answer" in line]
