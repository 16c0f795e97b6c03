"""The terminal's commands about tariffs: ``fenggu tariff …``."""

from pathlib import Path
from typing import Annotated

import typer

from queries.billing.calendar_file import read_calendars
from queries.billing.errors import TariffError

tariff_app = typer.Typer(help="Tariffs and their calendars.", no_args_is_help=True)


@tariff_app.callback()
def tariff() -> None:
    """Tariffs and their calendars."""


@tariff_app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="TOML files of time-of-use calendars.")],
) -> None:
    """Say what files hold, or what is wrong with them; exit code 1 if anything is."""
    failed = False
    for file in files:
        try:
            for calendar in read_calendars(file):
                periods = ", ".join(calendar.periods)
                typer.echo(f"{calendar.code}: {calendar.name_zh}, {calendar.notice}: {periods}")
        except (OSError, TariffError) as error:
            failed = True
            typer.echo(str(error), err=True)
    if failed:
        raise typer.Exit(1)
