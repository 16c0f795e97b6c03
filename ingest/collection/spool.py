"""What came over the wire, on disk before anybody is told that it arrived.

A segment is a file of JSON lines: a header, then meters as they are first heard of and exchanges.
Once closed it goes into the lake like any other file (``ingest.files``), and only then away.
"""

import asyncio
import fcntl
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from ingest.collection.exchange import Exchange
from ingest.collection.scalers import ScalerBook
from ingest.collection.wants import Meter

HEADER = {"fenggu": "arrivals", "version": 1}
_OPEN, _LOCK = "open.part", "lock"


class SpoolError(OSError):
    """The spool cannot be used; the message says where and what to do."""


class Spool:
    """A folder of segments, written by one process.

    Arrivals that come together are made durable together, by one flush of the disk.
    """

    def __init__(
        self,
        folder: Path,
        meters: Mapping[str, Meter],
        profiles: Mapping[str, Sequence[Mapping[str, object]]] | None = None,
        scalers: ScalerBook | None = None,
    ) -> None:
        """Take the folder, and close what a killed process left open.

        Args:
            folder: Made if it is missing.
            meters: By communication address: whose readings may come.
            profiles: By collector: how its messages are to be read, as its files say.
            scalers: What meters state of their numbers; what is known goes with their readings.

        Raises:
            SpoolError: Another process has it.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._meters, self._profiles = folder, dict(meters), profiles or {}
        self._lock = (folder / _LOCK).open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise SpoolError(
                f"'{folder}' is in use by another collector. Stop it, or give this one a folder "
                "of its own."
            ) from error
        self._file: BinaryIO | None = None
        self._named: set[str] = set()
        self._scalers, self._stated = scalers, {}
        self._all_named: int | None = None  # by which version of the scalers
        self._written = self._durable = 0
        self._flushing = asyncio.Lock()
        self._close_segment()

    @property
    def finished(self) -> list[Path]:
        """The closed segments, oldest first."""
        return sorted(self._folder.glob("*.jsonl"))

    async def keep(self, exchange: Exchange) -> None:
        """Return once the exchange would survive a power cut."""
        await self.keep_all([exchange])

    async def keep_all(self, exchanges: Sequence[Exchange]) -> None:
        """Return once the exchanges would survive a power cut, all of them in one segment.

        What is understood only together, such as the fragments of a message, is kept together: a
        segment is read without the one before it.
        """
        for exchange in exchanges:  # nothing is awaited in between, so no segment ends in between
            self._write(exchange)
        ticket = self._written
        async with self._flushing:
            if self._durable < ticket and self._file is not None:
                reached = self._written
                self._file.flush()
                await asyncio.to_thread(os.fsync, self._file.fileno())
                self._durable = reached

    async def close_segment(self) -> None:
        """Let what was kept so far go to the lake."""
        async with self._flushing:
            self._close_segment()

    def close(self) -> None:
        """Close the open segment and give up the folder."""
        self._close_segment()
        self._lock.close()

    def _write(self, exchange: Exchange) -> None:
        file = self._file or self._open_segment()
        collector = exchange.source.partition("/")[0]
        if collector in self._profiles and collector not in self._named:
            read_as = [dict(one) for one in self._profiles[collector]]
            file.write(_line({"collector": collector, "profiles": read_as}))
            self._named.add(collector)
        if exchange.meter in self._meters:
            self._name(file, self._meters[exchange.meter])
        elif exchange.meter is None:
            self._name_all(file)
        file.write(_line(written(exchange)))
        self._written += 1

    def _name_all(self, file: BinaryIO) -> None:
        """What comes unasked names its meters within: whoever reads it must know them all."""
        version = self._scalers.version if self._scalers else 0
        if self._all_named != version:
            for meter in self._meters.values():
                self._name(file, meter)
            self._all_named = version

    def _name(self, file: BinaryIO, meter: Meter) -> None:
        address = meter.address
        if address not in self._named:
            file.write(_line({"meter": asdict(meter)}))
            self._named.add(address)
        stated = self._scalers.of(address) if self._scalers else {}
        if stated != self._stated.get(address, {}):
            file.write(_line({"scalers": stated, "address": address}))
            self._stated[address] = stated

    def _open_segment(self) -> BinaryIO:
        self._file = (self._folder / _OPEN).open("ab")
        self._file.write(_line(HEADER))
        _sync_folder(self._folder)
        return self._file

    def _close_segment(self) -> None:
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._file = None
        self._named, self._stated, self._all_named = set(), {}, None
        self._durable = self._written
        left = self._folder / _OPEN
        if not left.exists():
            return
        if left.stat().st_size == 0:
            left.unlink()
            return
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}.jsonl"
        left.rename(self._folder / name)
        _sync_folder(self._folder)


def written(exchange: Exchange) -> dict[str, str | None]:
    """The line of an exchange, as a JSON object."""
    return {
        "at": exchange.at.astimezone(UTC).isoformat(),
        "source": exchange.source,
        "protocol": exchange.protocol,
        "meter": exchange.meter,
        "request": exchange.request.hex() if exchange.request is not None else None,
        "answer": exchange.answer.hex(),
        "sha256": hashlib.sha256(exchange.answer).hexdigest(),
    }


def _line(content: Mapping) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
