"""``fenggu validate``: judge the readings of some days, and fill their gaps if asked to."""

from contextlib import closing
from datetime import date, datetime, timedelta
from typing import Annotated

import polars as pl
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from ingest.lake import create_lake
from ingest.validation.rules import Rules, read_rules
from ingest.vee import Estimated, has_found
from ingest.vee import estimate as fill
from ingest.vee import validate as judge
from queries.home.latest_day import latest_day
from queries.lake import open_lake
from queries.scope import EVERYTHING
from queries.settings import Settings

_DAYS = ["%Y-%m-%d"]
_SAMPLE_DAYS = 92  # what stood still in the last month may have stopped two months before
_console = Console(stderr=True)


def validate(
    *,
    first: Annotated[datetime | None, typer.Option("--from", formats=_DAYS)] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=_DAYS)] = None,
    days: Annotated[int, typer.Option(help="How many, where --from is left out.", min=1)] = 7,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Fill the gaps of these days, marked as estimated.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="With --estimate: earlier estimates anew, too.")
    ] = False,
) -> None:
    """Judge readings by the rules of vee.toml: what is doubtful becomes findings.

    Without dates it takes the last week that the lake has. What earlier runs found on these days is
    replaced.
    """
    settings = Settings()
    create_lake(settings)
    rules = read_rules(settings)
    first_day, last_day = _days(settings, first, last, days)
    Console().print(_found(_judged(settings, rules, first_day, last_day), rules))
    if estimate:
        _console.print(f"filling the gaps of {first_day} to {last_day} …")
        Console().print(_filled(fill(settings, first_day, last_day, rules=rules, again=again)))


def judge_sample(settings: Settings, last_day: date) -> None:
    """Judge the quarter up to ``last_day`` where no rule has found anything in the lake so far.

    So the page of data quality has something to show from the first view on.
    """
    rules = read_rules(settings)
    if has_found(settings, rules):
        return
    first_day = last_day - timedelta(days=_SAMPLE_DAYS - 1)
    found = _judged(settings, rules, first_day, last_day)
    _console.print(
        f"Its readings of {first_day} to {last_day} are judged: {found.height:,} findings by "
        f"{found['rule'].n_unique()} rules. `fenggu validate` judges other days."
    )


def _judged(settings: Settings, rules: Rules, first_day: date, last_day: date) -> pl.DataFrame:
    """What ``validate`` finds, with a bar of the days done."""
    with _bar() as bar:
        task = bar.add_task(
            f"judging {first_day} to {last_day}", total=_length(first_day, last_day)
        )
        return judge(
            settings,
            first_day,
            last_day,
            rules=rules,
            progress=lambda day: bar.update(task, completed=_length(first_day, day)),
        )


def _days(
    settings: Settings, first: datetime | None, last: datetime | None, days: int
) -> tuple[date, date]:
    if last is not None:
        last_day = last.date()
    else:
        with closing(open_lake(settings, EVERYTHING)) as lake:
            last_day = latest_day(lake).item()
        if last_day is None:
            raise ValueError("the lake has no readings yet; take some in, or give --to a day")
    first_day = first.date() if first is not None else last_day - timedelta(days=days - 1)
    if first_day > last_day:
        raise ValueError(
            f"--from {first_day} is after the last day, {last_day}; give an earlier one"
        )
    return first_day, last_day


def _length(first_day: date, last_day: date) -> int:
    return max((last_day - first_day).days + 1, 0)


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=_console, transient=True)


def _found(found: pl.DataFrame, rules: Rules) -> Table:
    table = Table(title="findings", title_justify="left")
    for name in ("rule", "名称", "name"):
        table.add_column(name)
    for name in ("findings", "subjects"):
        table.add_column(name, justify="right")
    counts = found.group_by("rule").agg(pl.len(), pl.col("subject_id").n_unique().alias("subjects"))
    for name, findings, subjects in counts.sort("rule").rows():
        rule = rules[name]
        table.add_row(name, rule.zh, rule.en, f"{findings:,}", f"{subjects:,}")
    return table


def _filled(done: Estimated) -> Table:
    title = f"estimated {done.slots:,} readings, and {done.corrected:,} anew"
    table = Table(title=title, title_justify="left")
    table.add_column("method")
    for name in ("gaps", "kWh"):
        table.add_column(name, justify="right")
    methods = done.methods.group_by("method").agg(pl.len(), pl.col("energy_wh").sum())
    for name, gaps, energy_wh in methods.sort("method").rows():
        table.add_row(name, f"{gaps:,}", f"{energy_wh / 1000:,.3f}")
    return table
