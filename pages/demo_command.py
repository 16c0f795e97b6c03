"""``fenggu demo``: the web application without a password, and a field that is alive if wanted."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Annotated

import typer
from rich.console import Console

from ingest.lake import create_lake
from ingest.records.engine import upgrade
from ingest.simulated.field.live import METERS_EACH, TERMINALS, prepare
from queries.settings import PROJECT, Settings, environment_with

_console = Console(stderr=True)
_PATIENCE_SECONDS = 10


def demo(
    *,
    live: Annotated[
        bool, typer.Option("--live", help="Simulated terminals and a collector beside it.")
    ] = False,
    fault_rate: Annotated[
        float, typer.Option(help="Share of exchanges that fail, with --live.", min=0, max=1)
    ] = 0.02,
) -> None:
    """Serve the web application on loopback without a password; Ctrl-C ends it."""
    settings = Settings()
    create_lake(settings)
    upgrade(settings)
    with ExitStack() as running:
        if live:
            port = _free_port()
            file = prepare(settings, port)
            collector = ["-m", "ingest", "--daemon", "--every", "1"]
            running.enter_context(_child([*collector, "--collectors", str(file)]))
            field = ["-m", "ingest.simulated.field", "--port", str(port)]
            sizes = ["--terminals", str(TERMINALS), "--meters", str(METERS_EACH)]
            running.enter_context(_child([*field, *sizes, "--fault-rate", str(fault_rate)]))
            _console.print(
                f"{TERMINALS} simulated terminals dial in to 127.0.0.1:{port}; in the application "
                "choose the district 'Live demonstration' (实时演示区)."
            )
        app = running.enter_context(_child([str(PROJECT / "app.py")], FENGGU_DEMO="1"))
        try:
            app.wait()
        except KeyboardInterrupt:
            _console.print("Stopping …")


@contextmanager
def _child(command: list[str], **environment: str) -> Iterator[subprocess.Popen]:
    """A process of ours that ends with the block."""
    given = [sys.executable, *command]
    with subprocess.Popen(given, env=environment_with(**environment), cwd=PROJECT) as child:  # noqa: S603
        try:
            yield child
        finally:
            child.terminate()
            try:
                child.wait(_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()


def _free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
