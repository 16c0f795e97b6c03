"""``fenggu collect``: readings from the field, once or as a daemon."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ingest.collection.running import json_line, run
from ingest.collection.service import Patience
from queries.settings import Settings

_console = Console(stderr=True)


def collect(  # noqa: PLR0913 - options of one command
    *,
    collectors: Annotated[
        Path | None, typer.Option(help="TOML of the collectors; default: data/collectors.toml.")
    ] = None,
    daemon: Annotated[bool, typer.Option("--daemon", help="Go on until stopped.")] = False,
    minutes: Annotated[int, typer.Option(help="A single run ends after so long.", min=1)] = 30,
    wait: Annotated[
        int, typer.Option(help="Seconds for terminals to dial in, at the start of a single run.")
    ] = 120,
    every: Annotated[int, typer.Option(help="Minutes between rounds of a daemon.", min=1)] = 15,
    log: Annotated[bool, typer.Option("--log", help="JSON lines instead of a summary.")] = False,
) -> None:
    """Ask meters and terminals for all that is missing, and take in what they report."""
    patience = Patience(
        longest=timedelta(minutes=minutes),
        wait=timedelta(seconds=wait),
        every=timedelta(minutes=every),
    )
    tell = json_line if log or daemon else _tell
    summary = run(Settings(), file=collectors, is_daemon=daemon, patience=patience, tell=tell)
    if summary:
        _console.print(
            f"asked {summary['asked']:,}, failed {summary['failed']:,}; of what was missing "
            f"{summary['done']:,} came, {summary['open']:,} wait, {summary['given_up']:,} given up"
        )


def _tell(event: str, **fields: object) -> None:
    """The events that somebody who waits wants to see."""
    if event == "taken_in":
        _console.print(
            f"{fields['segment']}: {fields['new']:,} new, {fields['corrected']:,} corrected, "
            f"{fields['quarantined']:,} quarantined"
        )
    elif event in {"finding", "error", "not_taken_in"}:
        _console.print(f"[yellow]{event}[/yellow] {fields.get('message') or fields.get('reason')}")
    elif event == "failed":
        _console.print(f"[dim]{fields['meter']} {fields['kind']}: {fields['message']}[/dim]")
