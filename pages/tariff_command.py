"""The terminal's commands about tariffs: ``fenggu tariff …``."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from queries.billing.calendar_file import read_calendars
from queries.billing.calendars import known_calendars
from queries.billing.errors import TariffError
from queries.billing.tariff_file import holds_tariffs, read_tariffs
from queries.billing.tariff_model import Tariff

tariff_app = typer.Typer(help="Tariffs and their calendars.", no_args_is_help=True)


@tariff_app.callback()
def tariff() -> None:
    """Tariffs and their calendars."""


@tariff_app.command()
def check(
    files: Annotated[
        list[Path], typer.Argument(help="TOML files of tariffs or of time-of-use calendars.")
    ],
) -> None:
    """Say what files hold, or what is wrong with them; exit code 1 if anything is."""
    failed = False
    for file in files:
        try:
            for line in _found(file):
                typer.echo(line)
        except (OSError, TariffError) as error:
            failed = True
            typer.echo(str(error), err=True)
    if failed:
        raise typer.Exit(1)


def _found(file: Path) -> Iterator[str]:
    """A line for each tariff of the file, or for each of its calendars if it holds no tariff."""
    if holds_tariffs(file):
        for one in read_tariffs(file, known_calendars()):
            yield f"{one.code}: {one.name_zh}, {', '.join(_versions(one))}"
        return
    for calendar in read_calendars(file):
        periods = ", ".join(calendar.periods)
        yield f"{calendar.code}: {calendar.name_zh}, {calendar.notice}: {periods}"


def _versions(one: Tariff) -> Iterator[str]:
    for version in one.versions:
        charges = len(version.charges)
        since = f" from {version.valid_from}" if version.valid_from else ""
        yield f"{charges} charge{'s' if charges > 1 else ''}{since}"
