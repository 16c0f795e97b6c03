"""Rates of the NEM12 and Green Button readers beside nemreader and greenbutton-objects.

Run it: ``python tests/benchmarks/bench_formats.py``. Every figure comes from a process of its own
on one thread and counts processor time, so that a busy machine does not change who wins.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import numpy as np

from tests.benchmarks.memory import peak_mb

NEM12_INTERVALS, NEM12_PEER_INTERVALS = 5_000_000, 400_000
ESPI_READINGS, ESPI_PEER_READINGS = 500_000, 40_000
DAY = 96
_PROJECT = Path(__file__).resolve().parents[2]

_ESPI_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<entry><id>urn:uuid:a1</id><link rel="self" href="p/UsagePoint/1"/><link rel="up" href="p"/>
<link rel="related" href="p/UsagePoint/1/MeterReading"/><title>point</title><content>
<UsagePoint xmlns="http://naesb.org/espi"><ServiceCategory><kind>0</kind></ServiceCategory>
</UsagePoint></content></entry>
<entry><id>urn:uuid:a2</id><link rel="self" href="p/UsagePoint/1/MeterReading/1"/>
<link rel="up" href="p/UsagePoint/1/MeterReading"/>
<link rel="related" href="p/UsagePoint/1/MeterReading/1/IntervalBlock"/>
<link rel="related" href="t/1"/><title>meter</title><content>
<MeterReading xmlns="http://naesb.org/espi"/></content></entry>
<entry><id>urn:uuid:a3</id><link rel="self" href="t/1"/><link rel="up" href="t"/><title>t</title>
<content><ReadingType xmlns="http://naesb.org/espi"><accumulationBehaviour>4</accumulationBehaviour>
<commodity>1</commodity><flowDirection>1</flowDirection><intervalLength>900</intervalLength>
<powerOfTenMultiplier>0</powerOfTenMultiplier><uom>72</uom></ReadingType></content></entry>
"""
_ESPI_READING = """        <IntervalReading>
          <timePeriod>
            <duration>900</duration>
            <start>{start}</start>
          </timePeriod>
          <value>{value}</value>
        </IntervalReading>
"""


def write_nem12(path: Path, intervals: int) -> None:
    """A NEM12 file of 15-minute meters, a year each; one day in fifty has varying quality."""
    rng = np.random.default_rng(12)
    pool = [",".join(f"{kwh:.3f}" for kwh in rng.gamma(1, 0.5, DAY)) for _ in range(500)]
    with path.open("w") as file:
        file.write("100,NEM12,202501010000,MDP1,RETAIL1\n")
        for number in range(intervals // DAY):
            meter, day = divmod(number, 365)
            if not day:
                file.write(f"200,NMI{meter:07d},E1,1,E1,N1,METER{meter},kWh,15,\n")
            on = (date(2024, 1, 1) + timedelta(day)).strftime("%Y%m%d")
            quality = "V" if day % 50 == 49 else "A"
            file.write(f"300,{on},{pool[number * 7 % 500]},{quality},,,20250101000000,\n")
            if quality == "V":
                file.write("400,1,5,A,,\n400,6,96,S14,32,\n")
        file.write("900\n")


def write_espi(path: Path, readings: int) -> None:
    """A Green Button feed of quarters of an hour, a month in each IntervalBlock."""
    with path.open("w") as file:
        file.write(_ESPI_HEAD)
        for first in range(0, readings, 2880):
            file.write(
                f'<entry><id>urn:uuid:b{first}</id><link rel="self" href="p/UsagePoint/1/'
                f'MeterReading/1/IntervalBlock/{first}"/><link rel="up" href="p/UsagePoint/1/'
                'MeterReading/1/IntervalBlock"/><title/><content>'
                '<IntervalBlock xmlns="http://naesb.org/espi"><interval><duration>2592000</duration>'
                f"<start>{1_704_067_200 + 900 * first}</start></interval>\n"
            )
            for i in range(first, min(readings, first + 2880)):
                file.write(_ESPI_READING.format(start=1_704_067_200 + 900 * i, value=i % 977))
            file.write("</IntervalBlock></content></entry>\n")
        file.write("</feed>\n")


def _nem12(path: Path) -> None:
    batches = import_module("ingest.collectors.nem12").read(path)
    _expect(sum(batch.profiles.height for batch in batches), NEM12_INTERVALS // DAY)


def _nemreader(path: Path) -> None:
    import_module("nemreader").read_nem_file(str(path))


def _espi(path: Path) -> None:
    batches = import_module("ingest.collectors.espi").read(path, ZoneInfo("America/New_York"))
    _expect(sum(batch.profiles.height for batch in batches) >= ESPI_READINGS // DAY, True)  # noqa: FBT003


def _greenbutton_objects(path: Path) -> None:
    import_module("greenbutton_objects.parse").parse_feed(str(path))


def _expect(found: object, wanted: object) -> None:
    if found != wanted:
        raise RuntimeError(f"the reader found {found}; expected {wanted}")


_READERS: dict[str, Callable[[Path], None]] = {
    "nem12": _nem12,
    "nemreader": _nemreader,
    "espi": _espi,
    "greenbutton-objects": _greenbutton_objects,
}


def _measured(reader: str, path: Path) -> tuple[float, float]:
    """Seconds of processor time and peak memory [MB] of ``reader`` on ``path``, in a child."""
    answer = subprocess.run(  # noqa: S603 - our own interpreter and file
        [sys.executable, __file__, reader, str(path)],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"POLARS_MAX_THREADS": "1", "PYTHONPATH": str(_PROJECT)},
    )
    seconds, peak_mb = answer.stdout.split()[-2:]
    return float(seconds), float(peak_mb)


def run() -> list[tuple[str, str]]:
    """Name and figures of each comparison."""
    return list(_comparisons())


def _comparisons() -> Iterator[tuple[str, str]]:
    with TemporaryDirectory(prefix="fenggu-bench-") as folder:
        ours, theirs = Path(folder) / "ours", Path(folder) / "theirs"
        for name, write, own, count, peer, peer_count, what in (
            ("NEM12", write_nem12, "nem12", NEM12_INTERVALS, "nemreader", NEM12_PEER_INTERVALS,
             "intervals"),
            ("ESPI", write_espi, "espi", ESPI_READINGS, "greenbutton-objects", ESPI_PEER_READINGS,
             "readings"),
        ):  # fmt: skip
            write(ours, count)
            write(theirs, peer_count)
            seconds, peak_mb = _measured(own, ours)
            peer_seconds, _ = _measured(peer, theirs)
            rate, peer_rate = count / seconds, peer_count / peer_seconds
            beside = f"{peer} {peer_rate:,.0f}/s ({rate / peer_rate:.1f} times)"
            yield name, f"{rate:,.0f} {what}/s, {beside}; peak {peak_mb:,.0f} MB"


def _child(reader: str, path: Path) -> None:
    import_module("ingest.collectors.espi")  # imports are not what is measured
    import_module("ingest.collectors.nem12")
    if reader in {"nemreader", "greenbutton-objects"}:
        import_module(reader.replace("-", "_"))
    started = time.process_time()
    _READERS[reader](path)
    seconds = time.process_time() - started
    sys.stdout.write(f"{seconds} {peak_mb()}\n")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        _child(sys.argv[1], Path(sys.argv[2]))
    else:
        for line in _comparisons():
            sys.stdout.write(": ".join(line) + "\n")
            sys.stdout.flush()
