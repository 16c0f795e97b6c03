"""A mosquitto of its own for a test."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        return probe.getsockname()[1]


@dataclass
class Broker:
    """One broker: ``start`` and ``stop`` it as often as you like; it remembers its sessions."""

    folder: Path
    lines: tuple[str, ...]
    port: int = field(default_factory=free_port)
    process: subprocess.Popen | None = None

    def start(self) -> None:
        text = [
            f"listener {self.port} 127.0.0.1",
            "persistence true",
            f"persistence_location {self.folder}/",
            "max_queued_messages 0",
            "set_tcp_nodelay true",
            "user root",
            *self.lines,
        ]
        (self.folder / "mosquitto.conf").write_text("\n".join(text) + "\n")
        program = shutil.which("mosquitto", path=_PATH)
        with (self.folder / "log.txt").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603
                [str(program), "-c", str(self.folder / "mosquitto.conf")], stdout=log, stderr=log
            )
        for _ in range(200):
            if self.process.poll() is not None:
                break
            with closing(socket.socket()) as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        pytest.fail(f"mosquitto did not start: {(self.folder / 'log.txt').read_text()}")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None


@contextmanager
def running(folder: Path, *lines: str) -> Iterator[Broker]:
    """A broker with these lines in its configuration; the test is skipped where there is none."""
    if shutil.which("mosquitto", path=_PATH) is None:
        pytest.skip("no MQTT broker: expected the program mosquitto (Debian's package mosquitto)")
    broker = Broker(folder, lines)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()
