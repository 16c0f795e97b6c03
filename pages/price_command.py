"""``fenggu price``: what a load profile in a file costs under a tariff in a file."""

import json
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Console
from rich.table import Table

from queries.billing.accounts import Agreement
from queries.billing.load_file import read_load
from queries.billing.load_price import COMPONENTS, LoadCost, in_even_months, load_cost, tariff_in
from queries.billing.tariff_model import CapacityChoice

_DAYS = ["%Y-%m-%d"]
_WIDE = 200
"""Characters of a line where the table goes to a file or another program."""


def price(  # noqa: PLR0913 - options of one command
    *,
    tariff: Annotated[Path, typer.Option(help="TOML of tariffs, or JSON of URDB records.")],
    readings: Annotated[Path, typer.Option(help="CSV or Parquet: time, kwh or kw, export_kwh.")],
    code: Annotated[
        str | None, typer.Option(help="Code of the tariff, or label of the record.")
    ] = None,
    first_day: Annotated[datetime | None, typer.Option("--from", formats=_DAYS)] = None,
    last_day: Annotated[datetime | None, typer.Option("--to", formats=_DAYS)] = None,
    zone: Annotated[
        str | None, typer.Option(help="Whose clock counts, for times with an offset from UTC.")
    ] = None,
    choice: Annotated[
        CapacityChoice, typer.Option(help="Basic charge of a two-part tariff.")
    ] = "capacity",
    capacity_kva: Annotated[str, typer.Option(help="Operating capacity in kVA.")] = "0",
    contract_kw: Annotated[str, typer.Option(help="Contracted demand in kW.")] = "0",
    as_json: Annotated[bool, typer.Option("--json", help="Every line, as JSON.")] = False,
    unrounded: Annotated[bool, typer.Option(help="Do not round lines to the cent.")] = False,
    even_months: Annotated[
        bool, typer.Option(help="Spread charges a day evenly over the months, as PySAM does.")
    ] = False,
) -> None:
    """Price a load profile: fenggu price --tariff liaoning.toml --readings load.csv."""
    try:
        terms = _terms(choice, capacity_kva, contract_kw)
        chosen = tariff_in(tariff, code)
        chosen = in_even_months(chosen) if even_months else chosen
        load = read_load(
            readings, first_day=_day(first_day), last_day=_day(last_day), zone=_zone(zone)
        )
        cost = load_cost(chosen, load, terms, is_rounded=not unrounded)
    except (OSError, ValueError) as error:
        _fail(error)
    if as_json:
        typer.echo(json.dumps(_as_json(cost), ensure_ascii=False, indent=1))
        return
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDE)
    console.print(_table(cost, chosen.code))
    for warning in cost.warnings:
        typer.echo(warning, err=True)


def _fail(error: Exception) -> NoReturn:
    typer.echo(" ".join(str(error).split()), err=True)
    raise typer.Exit(2) from error


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None


def _zone(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"--zone '{name}' is unknown; write one such as Asia/Shanghai.") from error


def _terms(choice: CapacityChoice, capacity_kva: str, contract_kw: str) -> Agreement:
    return Agreement(
        choice=choice,
        capacity_kva=_number("--capacity-kva", capacity_kva),
        contract_kw=_number("--contract-kw", contract_kw),
    )


def _number(option: str, text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number < 0:
        raise ValueError(f"{option} '{text}' is no number of 0 or more.")
    return number


def _as_json(cost: LoadCost) -> dict[str, Any]:
    """Numbers as decimal strings, so that no reader makes floats of money."""
    return {
        "total": f"{cost.total:f}",
        "months": [
            {
                "month": one.month,
                "kwh": f"{one.energy_kwh:f}",
                "peak_kw": f"{one.peak_kw:f}",
                **{name: f"{amount:f}" for name, amount in one.components.items()},
                "total": f"{one.total:f}",
                "lines": [
                    {
                        "charge": line.charge,
                        "component": line.component,
                        "period": line.period,
                        "tier": line.tier,
                        "quantity": f"{line.quantity:f}",
                        "unit": line.unit,
                        "unit_price": f"{line.unit_price:f}",
                        "amount": f"{line.amount:f}",
                    }
                    for line in one.lines
                ],
            }
            for one in cost.months
        ],
        "warnings": list(cost.warnings),
    }


def _table(cost: LoadCost, code: str) -> Table:
    """Months as rows; components that are nowhere billed are left out."""
    billed = [name for name in COMPONENTS if any(one.components[name] for one in cost.months)]
    table = Table(title=f"{code} [{cost.currency}]", title_justify="left")
    for title in ("month", "kWh", "peak kW", *billed, "total"):
        table.add_column(title, justify="left" if title == "month" else "right", overflow="fold")
    for one in cost.months:
        amounts = [f"{one.components[name]:,}" for name in billed]
        figures = f"{one.energy_kwh:,.1f}", f"{one.peak_kw:,.1f}"
        table.add_row(one.month, *figures, *amounts, f"{one.total:,}")
    sums = [f"{sum(one.components[name] for one in cost.months):,}" for name in billed]
    energy = sum(one.energy_kwh for one in cost.months)
    peak = max(one.peak_kw for one in cost.months)
    table.add_section()
    table.add_row("total", f"{energy:,.1f}", f"{peak:,.1f}", *sums, f"{cost.total:,}")
    return table
