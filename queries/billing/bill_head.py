"""Who is billed, by what, for which days, and how sure is it?"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.account_bills import READS as ACCOUNT_READS
from queries.billing.account_bills import AccountBills, account_bills, tariff_sha256
from queries.billing.account_terms import decimal_of
from queries.billing.bill_lines import shown_lines
from queries.billing.customer_names import with_names
from queries.billing.frozen_registers import ACTUAL, PointRegisters, UsedSpan
from queries.billing.money import rounded
from queries.billing.postings import READS as POSTING_READS
from queries.billing.postings import Posting, posted_cny, posted_on

RETURNS = pl.Schema(
    {
        "part": pl.Int16(),
        "customer_id": pl.String(),
        "name": pl.String(),
        "usage_point_id": pl.String(),
        "customer_class": pl.String(),
        "tariff_code": pl.String(),
        "tariff_name": pl.String(),
        "tariff_name_en": pl.String(),
        "tariff_notice": pl.String(),
        "tariff_sha256": pl.String(),
        "certainty": pl.String(),
        "doubts": pl.List(pl.String()),
        "is_illustrative": pl.Boolean(),
        "has_time_of_use": pl.Boolean(),
        "voltage_kv": pl.Decimal(12, 4),
        "operating_capacity_kva": pl.Decimal(18, 4),
        "first_day": pl.Date(),
        "last_day": pl.Date(),
        "days": pl.Int16(),
        "basis": pl.String(),
        "energy_kwh": pl.Decimal(24, 4),
        "fed_in_kwh": pl.Decimal(24, 4),
        "amount_cny": pl.Decimal(18, 2),
        "price_cny_per_kwh": pl.Decimal(18, 6),
        "is_provisional": pl.Boolean(),
        "estimated_days": pl.List(pl.Date()),
        "notes": pl.List(pl.String()),
        "warnings": pl.String(),
        "total_kwh": pl.Decimal(24, 4),
        "total_fed_in_kwh": pl.Decimal(24, 4),
        "total_cny": pl.Decimal(18, 2),
        "total_price_cny_per_kwh": pl.Decimal(18, 6),
        "is_any_provisional": pl.Boolean(),
    }
)
READS = tuple(dict.fromkeys((*ACCOUNT_READS, *POSTING_READS, "customers")))

_DAY = timedelta(days=1)
_OWN_CONTRACT = ("direct", "retail")


def bill_head(  # noqa: PLR0913 - as for the bill
    lake: DuckDBPyConnection,
    *,
    month: date,
    customer_id: str | None = None,
    usage_point_id: str | None = None,
    tariff_area: str | None = None,
    may_estimate: bool = True,
) -> pl.DataFrame:
    """What stands above the lines of ``billing/bill``, for every part that is billed together.

    Args:
        lake: From ``queries.lake.open_lake``.
        month: Any day of the month.
        customer_id: The account; all its usage points.
        usage_point_id: One usage point.
        tariff_area: Whose tariffs price classes mean; None: those of FENGGU_TARIFF_AREA.
        may_estimate: As for ``billing/bill``.

    Returns:
        A row a part, also where nothing was used: the customer's ``name`` as the scope shows it,
        the tariff with its ``certainty`` and ``doubts`` (``is_illustrative``: some prices were
        never posted), the ``days`` billed, ``energy_kwh`` drawn and ``fed_in_kwh``, ``amount_cny``
        owed, postings included, and ``price_cny_per_kwh``: what is charged for the energy drawn,
        without what is paid for feeding in and what was posted, by that energy (null without any).
        ``estimated_days`` are the days at whose beginning a reading of a **provisional** bill was
        estimated; empty where the curve itself has gaps or estimates. ``notes`` are codes of what
        the reader should know: no_contract_price (a direct trader or retail customer billed at the
        agency's price), usual_name_plate,
        no_registers; ``warnings`` all of it in words, one a line. The totals are those of all
        parts, alike in every row.
    """
    made = account_bills(
        lake,
        first_month=month,
        last_month=month,
        customer_id=customer_id,
        usage_point_id=usage_point_id,
        tariff_area=tariff_area,
        may_estimate=may_estimate,
    )
    posted = posted_on(lake, made, of_customer=usage_point_id is None)
    rows = [row for one, of_part in zip(made, posted, strict=True) for row in _rows(one, of_part)]
    energy = sum((Fraction(row["energy_kwh"]) for row in rows), Fraction(0))
    charged = sum((Fraction(row.pop("charged_cny")) for row in rows), Fraction(0))
    same = {
        "total_kwh": rounded(energy, 4),
        "total_fed_in_kwh": sum((row["fed_in_kwh"] for row in rows), Decimal(0)),
        "total_cny": sum((row["amount_cny"] for row in rows), Decimal(0)),
        "total_price_cny_per_kwh": _mean(charged, energy),
        "is_any_provisional": any(row["is_provisional"] for row in rows),
    }
    schema = {name: dtype for name, dtype in RETURNS.items() if name != "name"}
    numbered = [row | same | {"part": number} for number, row in enumerate(rows, 1)]
    return with_names(pl.DataFrame(numbered, schema=schema), lake).select(RETURNS.names())


def _mean(charged_cny: Fraction, energy_kwh: Fraction) -> Decimal | None:
    return rounded(charged_cny / energy_kwh, 6) if energy_kwh else None


def _said(value: Decimal) -> Decimal | None:
    """None where the register says nothing."""
    return rounded(value, 4) if value else None


def _rows(bills: AccountBills, posted: Sequence[tuple[int, Posting]]) -> Iterator[dict]:
    terms, tariff = bills.terms, bills.tariff
    version = tariff.version_on(bills.bills[-1][0])
    for bill in bills.shown:
        first_day, last_day = bills.bills[bill]
        lines = [line for line in shown_lines(bills) if line.bill == bill]
        owed = sum((line.amount.fraction(0) for line in lines), Fraction(0))
        paid = sum(
            (line.amount.fraction(0) for line in lines if line.component == "generation"),
            Fraction(0),
        )
        energy = _energy(bills, bill, "import")
        yield {
            "customer_id": bills.customer_id,
            "usage_point_id": ", ".join(bills.points),
            "customer_class": terms["customer_class"],
            "tariff_code": tariff.code,
            "tariff_name": tariff.name_zh,
            "tariff_name_en": tariff.name_en,
            "tariff_notice": version.notice if version else "",
            "tariff_sha256": tariff_sha256(tariff),
            "certainty": tariff.certainty,
            "doubts": list(tariff.doubts),
            "is_illustrative": "illustrative" in tariff.certainty.casefold(),
            "has_time_of_use": bool(terms["has_time_of_use"]),
            "voltage_kv": _said(decimal_of(terms["voltage_kv"])),
            "operating_capacity_kva": _said(bills.agreement.capacity_kva),
            "first_day": first_day,
            "last_day": last_day,
            "days": (last_day - first_day).days + 1,
            "basis": bills.basis,
            "energy_kwh": rounded(energy, 4),
            "fed_in_kwh": rounded(_energy(bills, bill, "export"), 4),
            "amount_cny": rounded(owed + posted_cny(posted, bill), 2),
            "price_cny_per_kwh": _mean(owed - paid, energy),
            "charged_cny": rounded(owed - paid, 2),
            "is_provisional": bills.is_provisional[bill],
            "estimated_days": _estimated_days(bills, bill),
            "notes": list(_notes(bills)),
            "warnings": "\n".join(bills.warnings),
        }


def _energy(bills: AccountBills, bill: int, channel: str) -> Fraction:
    if channel not in bills.billed.channels:
        return Fraction(0)
    billed = bills.billed.energy(None, bills.segments, channel)
    places = [n for n, one in enumerate(bills.segments) if one.bill == bill]
    return sum((billed.fraction(0, n, 0) for n in places), Fraction(0))


def _notes(bills: AccountBills) -> Iterator[str]:
    if bills.terms["purchase_type"] in _OWN_CONTRACT:
        yield "no_contract_price"
    if bills.terms["is_metered_low_side"]:
        yield "usual_name_plate"
    if bills.basis == "interval" and bills.terms["settlement_basis"] != "interval":
        yield "no_registers"


def _estimated_days(bills: AccountBills, bill: int) -> list[date]:
    """Days at whose beginning a register was not read as it was billed."""
    if bills.registers is None:
        return []
    found = set()
    for segment in (one for one in bills.segments if one.bill == bill):
        for point in bills.registers.accounts[0]:
            spans = point.every_span(segment.first_day, segment.last_day + _DAY)
            found |= {day for span in spans for day in _not_read(point, span)}
    return sorted(found)


def _not_read(point: PointRegisters, span: UsedSpan) -> Iterator[date]:
    rows = point.readings.get((span.span.meter_id, span.channel, span.register), ())
    actual: set[datetime] = {one.read_at for one in rows if one.quality == ACTUAL}
    for at in (span.previous_at, span.current_at):
        if at not in actual:
            yield at.astimezone(point.zone).date()
