"""Fixtures that many tests share."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from queries.settings import PROJECT

SHARED_DATA = PROJECT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data kept outside the repository; its SOURCES.md says what is there."""
    if not SHARED_DATA.exists():
        pytest.skip("real data is not here: expected the folder ../shared/data")
    return SHARED_DATA


@dataclass(frozen=True)
class Server:
    """A running application of its own, with its own data folder."""

    url: str
    data: Path
    log: Path


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Start the application on a free port of this machine; all are stopped at the end.

    Call it with the data folder and any settings: ``serve(data, FENGGU_DEMO="1")``.
    """
    running: list[subprocess.Popen] = []

    def start(data: Path, **settings: str) -> Server:
        with closing(socket.create_server(("127.0.0.1", 0))) as probe:
            port = probe.getsockname()[1]
        inherited = {key: value for key, value in os.environ.items() if key[:7] != "FENGGU_"}
        own = {"FENGGU_DATA": str(data), "FENGGU_PORT": str(port), **settings}
        log = tmp_path_factory.mktemp("server") / "log.txt"
        with log.open("w") as out:
            running.append(
                subprocess.Popen(  # noqa: S603 (our own program)
                    [sys.executable, str(PROJECT / "app.py")],
                    env=inherited | own,
                    cwd=PROJECT,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                )
            )
        server = Server(f"http://127.0.0.1:{port}", data, log)
        _wait_until_healthy(server, running[-1])
        return server

    yield start
    for process in running:
        process.terminate()
    for process in running:
        process.wait(30)


def _wait_until_healthy(server: Server, process: subprocess.Popen) -> None:
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=5):  # noqa: S310
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"the application did not start; it says:\n{server.log.read_text()}")
