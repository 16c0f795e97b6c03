"""The terminal door: ``fenggu …``."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, time
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import polars as pl
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from ingest.batch import CollectorError
from ingest.compact import compact
from ingest.files import Options, Outcome, ingest_file, resume
from ingest.lake import create_lake
from ingest.records.accounts import create_account, set_password
from ingest.records.engine import Actor, upgrade
from ingest.sample.load import load_sample
from ingest.simulated.arrival import DistrictError, load_district
from ingest.simulated.plan import Plan
from ingest.simulated.run import simulate
from pages.advice_sample import advise_sample
from pages.asking import Asker, put
from pages.collect_command import collect
from pages.decode_command import decode
from pages.demo_command import demo
from pages.event_sample import event_sample
from pages.flat_tables import with_lists_joined
from pages.forecast_command import forecast
from pages.forecast_sample import forecast_sample
from pages.offer_sample import offer_sample
from pages.portrait_sample import portray_sample
from pages.price_command import price
from pages.tariff_command import tariff_app
from pages.validate_command import judge_sample, validate
from queries.manifest import read_manifest
from queries.questions import find_question, questions, read_inputs
from queries.scope import EVERYTHING, ROLES
from queries.settings import Settings

app = typer.Typer(
    help="Fenggu 峰谷: analytical workbench for electricity-consumption data.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
account_app = typer.Typer(help="Accounts of the web application.", no_args_is_help=True)
app.add_typer(account_app, name="account")
app.add_typer(tariff_app, name="tariff")
app.command()(price)
app.command()(collect)
app.command()(decode)
app.command()(demo)
app.command()(forecast)
app.command()(validate)

_console = Console(stderr=True)
_OPERATOR = Actor("terminal", "administrator", None)
_ROWS_OF_REASONS = 10
_FORMATS = ("table", "csv", "json", "parquet")
_DAYS = ["%Y-%m-%d"]
_FIRST_DAY = datetime.combine(Plan().first_day, time())
_LAST_DAY = datetime.combine(Plan().last_day, time())


@app.command()
def init(
    *,
    sample: Annotated[bool, typer.Option(help="Load the sample if there are no readings.")] = False,
) -> None:
    """Make the lake and the operational database, and finish what a killed run had begun."""
    settings = Settings()
    made = create_lake(settings)
    upgrade(settings)
    _console.print(f"{'Made' if made else 'Found'} the lake at {settings.lake_uri}")
    for outcome in resume(settings):
        _report(outcome)
    if sample:
        if load_sample(settings, tell=_console.print):
            _console.print("The SimBench sample is loaded (data/sample/NOTICE.md says what it is).")
        try:
            if _load_simulated(settings, Plan(), None):
                _console.print("The simulated district is loaded: nobody in it exists.")
            judge_sample(settings, Plan().last_day)
            with _steps("forecasting loads") as progress:
                forecast_sample(settings, tell=_console.print, progress=progress)
            with _steps("portraying customers") as progress:
                portray_sample(settings, tell=_console.print, progress=progress)
            with _steps("working out saving advice") as progress:
                advise_sample(settings, tell=_console.print, progress=progress)
            offer_sample(settings, tell=_console.print)
            event_sample(settings, tell=_console.print)
        except DistrictError as error:  # a planner's own stays
            _console.print(str(error))


@app.command("simulate")
def simulate_district(  # noqa: PLR0913 - options of one command
    *,
    customers: Annotated[int, typer.Option(help="How many usage points of customers.")] = 600,
    first_day: Annotated[datetime, typer.Option("--from", formats=_DAYS)] = _FIRST_DAY,
    last_day: Annotated[datetime, typer.Option("--to", formats=_DAYS)] = _LAST_DAY,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal rows.")] = 1,
    faults: Annotated[
        float, typer.Option(help="How much goes wrong: 0 nothing, 1 what is usual.")
    ] = 1.0,
    energy_only: Annotated[
        bool, typer.Option(help="No voltages, currents, registers and events.")
    ] = False,
    out: Annotated[str, typer.Option(help="An empty folder, or the word lake.")] = "lake",
    workers: Annotated[int, typer.Option(help="Processes; 0: one a core.", min=0)] = 0,
) -> None:
    """Make a district that does not exist, with planted truth, in a folder or in the lake."""
    days = first_day.date(), last_day.date()
    plan = Plan(customers, *days, seed=seed, faults=faults, energy_only=energy_only)
    if out == "lake":
        settings = Settings()
        create_lake(settings)
        if not _load_simulated(settings, plan, workers or None):
            _console.print("The lake holds this very district already.")
        return
    with _steps("simulating feeders") as progress:
        done = simulate(plan, Path(out), workers=workers or None, progress=progress)
    _console.print(
        f"{out}: {done.customers:,} customers on {done.feeders} feeders, {done.readings:,} readings"
    )


def _load_simulated(settings: Settings, plan: Plan, workers: int | None) -> bool:
    with _steps("simulating feeders") as progress:
        return load_district(
            settings, plan, tell=_console.print, progress=progress, workers=workers
        )


@contextmanager
def _steps(name: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar; what is yielded moves it."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=_console, transient=True) as bar:
        task = bar.add_task(name, total=None)

        def moved(done: int, of: int) -> None:
            bar.update(task, completed=done, total=of)

        yield moved


@app.command()
def ingest(
    files: Annotated[list[Path], typer.Argument(help="Files, or archives (.zip, .gz) of them.")],
    profile: Annotated[
        Path | None, typer.Option(help="TOML that says what the columns mean.")
    ] = None,
    *,
    master: Annotated[bool, typer.Option(help="Master data (档案), not readings.")] = False,
    full: Annotated[
        bool, typer.Option(help="A complete dump of master data: what is absent has ended.")
    ] = False,
) -> None:
    """Take files into the lake: CSV, XLSX, Parquet, NEM12/NEM13, Green Button XML."""
    settings = Settings()
    create_lake(settings)
    for outcome in resume(settings):
        _report(outcome)
    options = Options(master, str(profile) if profile else None, full)
    failed = 0
    for file in files:
        try:
            _report(_with_progress(settings, file, options))
        except CollectorError as error:
            failed += 1
            _console.print(f"[red]{error}[/red]")
    if failed:
        raise typer.Exit(1)


def _with_progress(settings: Settings, file: Path, options: Options) -> Outcome:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, TimeElapsedColumn(), console=_console, transient=True) as bar:
        task = bar.add_task(file.name, total=None)

        def moved(position: int, size: int) -> None:
            bar.update(task, completed=position, total=size)

        return ingest_file(settings, file, options, progress=moved)


def _report(outcome: Outcome) -> None:
    table = Table(title=outcome.source, title_justify="left")
    for name in ("format", "readings new", "corrected", "unchanged", "quarantined"):
        table.add_column(name, justify="left" if name == "format" else "right")
    counts = (outcome.new, outcome.corrected, outcome.unchanged, outcome.rejects.height)
    table.add_row(outcome.format, *(f"{count:,}" for count in counts))
    _console.print(table)
    if outcome.reference_rows:
        _console.print(f"register: {outcome.reference_rows:,} row versions added")
    if outcome.unknown_columns:
        _console.print(f"columns that fed nothing: {', '.join(outcome.unknown_columns)}")
    if outcome.findings:
        _console.print(
            f"{outcome.findings:,} names that nothing answers to, such as an unknown transformer; "
            "see the table findings"
        )
    for row in outcome.rejects.head(_ROWS_OF_REASONS).iter_rows(named=True):
        place = f" line {row['line']}" if row["line"] is not None else ""
        field = f", {row['field']}" if row["field"] else ""
        _console.print(f"  [yellow]{row['source']}{place}{field}:[/yellow] {row['reason']}")
    if outcome.rejects.height > _ROWS_OF_REASONS:
        rest = outcome.rejects.height - _ROWS_OF_REASONS
        _console.print(f"  … and {rest:,} more in the table quarantine (batch {outcome.batch_id})")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def ask(  # noqa: PLR0913 - options of one command
    context: typer.Context,
    question: Annotated[str, typer.Argument(help="AREA/QUESTION, such as load/curve.")] = "",
    output_format: Annotated[
        str, typer.Option("--format", help="table, csv, json or parquet.")
    ] = "table",
    out: Annotated[Path | None, typer.Option(help="Write to this file.")] = None,
    known_at: Annotated[
        str | None, typer.Option(help="Answer as the lake knew it at this instant (ISO 8601).")
    ] = None,
    *,
    list_all: Annotated[bool, typer.Option("--list", help="Name every question.")] = False,
) -> None:
    """Ask any question: fenggu ask load/curve --first-day 2016-07-01 --last-day 2016-07-07."""
    if list_all or not question:
        _list_questions()
        return
    if output_format not in _FORMATS:
        _fail(f"--format '{output_format}' is none of {', '.join(_FORMATS)}.")
    settings = Settings()
    asked = find_question(question)
    inputs = read_inputs(asked, _named(context.args))
    asker = Asker(EVERYTHING, _OPERATOR, upgrade(settings))
    moment = _instant(known_at) if known_at else None
    _write(put(asked, settings, asker, inputs, known_at=moment), output_format, out)


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        _fail(f"--known-at '{text}' is not an instant; write 2026-01-31T08:00:00+08:00.")
    if moment.tzinfo is None:
        _fail(f"--known-at '{text}' has no offset; write 2026-01-31T08:00:00+08:00.")
    return moment


def _fail(message: str) -> NoReturn:
    _console.print(f"[red]{message}[/red]")
    raise typer.Exit(2)


def _named(arguments: list[str]) -> dict[str, str]:
    """``--first-day 2016-01-01`` and ``--first-day=2016-01-01`` as names and values."""
    named: dict[str, str] = {}
    rest = iter(arguments)
    for argument in rest:
        name, sign, value = argument.partition("=")
        if not name.startswith("--"):
            _fail(f"'{argument}' stands alone; give inputs as --name value.")
        key = name.removeprefix("--").replace("-", "_")
        named[key] = value if sign else next(rest, "")
    return named


def _list_questions() -> None:
    table = Table(show_lines=True)
    for title in ("question", "answers", "inputs"):
        table.add_column(title)
    for name, question in questions().items():
        inputs = "\n".join(f"--{i.replace('_', '-')}" for i in question.inputs)
        table.add_row(name, question.summary, inputs)
    Console().print(table)


def _write(answered: pl.DataFrame, output_format: str, out: Path | None) -> None:
    if output_format == "parquet":
        if out is None:
            _fail("--format parquet needs --out FILE.")
        answered.write_parquet(out)
        return
    texts = {
        "csv": with_lists_joined(answered).write_csv,
        "json": answered.write_json,
        "table": partial(_shown, answered),
    }
    text = texts[output_format]()
    if out is None:
        typer.echo(text.rstrip("\n"))
    else:
        out.write_text(text, "utf-8")


def _shown(answered: pl.DataFrame) -> str:
    with pl.Config(tbl_rows=-1, tbl_cols=-1, tbl_width_chars=200, tbl_hide_dataframe_shape=True):
        return str(answered)


@app.command("compact")
def compact_lake(
    *, all_tables: Annotated[bool, typer.Option("--all", help="Even tables in few files.")] = False
) -> None:
    """Put readings that came in pieces back in order, and drop files no reader needs any more."""
    for name, before, after in compact(Settings(), everything=all_tables):
        _console.print(f"{name}: {before:,} → {after:,} files")


@app.command()
def status() -> None:
    """Say what the lake holds and how fresh it is."""
    settings = Settings()
    manifest = read_manifest(settings.lake_uri)
    _console.print(
        f"lake {settings.lake_uri}, state {manifest.sequence} of {manifest.published_at}"
    )
    asker = Asker(EVERYTHING, _OPERATOR, upgrade(settings))
    typer.echo(_shown(put(find_question("home/data_sets"), settings, asker, {})))


@account_app.command("add")
def account_add(  # noqa: PLR0913 - the rights of an account, each named
    user_name: str,
    role: Annotated[str, typer.Option(help=", ".join(ROLES))],
    regions: Annotated[
        str | None, typer.Option(help="Ids of the regions the account sees, comma-separated.")
    ] = None,
    customers: Annotated[
        str | None, typer.Option(help="Account numbers (户号) of a customer.")
    ] = None,
    *,
    all_regions: Annotated[bool, typer.Option(help="It sees every region.")] = False,
    sees_identity: Annotated[
        bool, typer.Option(help="Show names, addresses and telephone numbers.")
    ] = False,
) -> None:
    """Make an account; the password is asked for."""
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    create_account(
        upgrade(Settings()),
        _OPERATOR,
        user_name,
        role=role,
        password=password,
        regions=regions.split(",") if regions else (),
        sees_every_region=all_regions or None,
        customer_ids=customers.split(",") if customers else (),
        sees_identity=sees_identity or None,
    )
    _console.print(f"Account '{user_name}' made.")


@account_app.command("password")
def account_password(user_name: str) -> None:
    """Set a password; every session of the account ends."""
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    set_password(upgrade(Settings()), _OPERATOR, user_name, password)
    _console.print(f"Password of '{user_name}' set.")


def main() -> None:
    """Run a command; what the user can mend is said in a line, without a traceback."""
    try:
        app()
    except (OSError, ValueError) as error:
        _console.print(f"[red]{error}[/red]")
        raise SystemExit(2) from error
