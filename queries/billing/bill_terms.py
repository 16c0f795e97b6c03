"""How does metered energy become billed energy?"""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.account_bills import READS as ACCOUNT_READS
from queries.billing.account_bills import AccountBills, account_bills
from queries.billing.money import rounded

RETURNS = pl.Schema(
    {
        "customer_id": pl.String(),
        "usage_point_id": pl.String(),
        "tariff_code": pl.String(),
        "first_day": pl.Date(),
        "last_day": pl.Date(),
        "channel": pl.String(),
        "period": pl.String(),
        "term": pl.String(),
        "quantity": pl.Decimal(24, 6),
        "unit": pl.String(),
        "explanation": pl.String(),
    }
)
READS = ACCOUNT_READS

TERMS = {
    "metered": "抄见电量",
    "exchange": "换表电量",
    "transformer_no_load": "变损（铁损）",
    "transformer_load": "变损（铜损）",
    "line_loss": "线损",
    "deducted": "套减分表电量",
    "split_off": "定比定量",
    "correction": "退补电量",
}
"""The terms in the order of a bill."""
_DECIMALS = 6


def bill_terms(  # noqa: PLR0913 - whose, which month, by whose tariffs
    lake: DuckDBPyConnection,
    *,
    month: date,
    customer_id: str | None = None,
    usage_point_id: str | None = None,
    tariff_area: str | None = None,
    may_estimate: bool = True,
) -> pl.DataFrame:
    """Billed energy (计费电量) of a month, term by term; a period's terms add up to it exactly.

    Args:
        lake: From ``queries.lake.open_lake``.
        month: Any day of the month.
        customer_id: The account; all its usage points.
        usage_point_id: One usage point.
        tariff_area: Whose tariffs price classes mean; None: those of FENGGU_TARIFF_AREA.
        may_estimate: As for ``billing/bill``.

    Returns:
        A row a channel, period and term of ``TERMS``; ``quantity`` in ``unit`` (kWh, kvarh), what
        is taken off below zero. ``exchange`` is what a meter counted that was removed in the
        month. ``period`` is null where the tariff has no time of use, and of reactive energy.
        ``explanation`` has the figures behind a term.
    """
    rows = []
    for one in account_bills(
        lake,
        first_month=month,
        last_month=month,
        customer_id=customer_id,
        usage_point_id=usage_point_id,
        tariff_area=tariff_area,
        may_estimate=may_estimate,
    ):
        rows += _rows(one)
    return pl.DataFrame(rows, schema=RETURNS)


def _rows(bills: AccountBills) -> Iterator[dict]:
    segments = bills.segments
    for channel in sorted(bills.billed.channels - {"export"}):
        calendar = bills.calendar if channel == "import" else None
        found: dict[tuple[int, str | None, str], tuple[Fraction, str]] = {}
        for term in bills.billed.terms(calendar, segments, channel):
            key = term.bill, term.period, term.term
            energy = found.get(key, (Fraction(0), ""))[0] + term.energy_kwh
            found[key] = energy, term.explanation
        for (bill, period), energy in _exchanged(bills, channel, with_periods=calendar is not None):
            metered, said = found[bill, period, "metered"]
            found[bill, period, "metered"] = metered - energy, said
            found[bill, period, "exchange"] = energy, "counted by the meter that was removed"
        periods = (None,) if calendar is None else calendar.periods
        order = list(TERMS)
        for bill, period, term in sorted(
            found, key=lambda key: (key[0], periods.index(key[1]), order.index(key[2]))
        ):
            energy, said = found[bill, period, term]
            if bill in bills.shown and energy:
                yield {
                    "customer_id": bills.customer_id,
                    "usage_point_id": ", ".join(bills.points),
                    "tariff_code": bills.tariff.code,
                    "first_day": bills.bills[bill][0],
                    "last_day": bills.bills[bill][1],
                    "channel": channel,
                    "period": period,
                    "term": term,
                    "quantity": rounded(energy, _DECIMALS),
                    "unit": "kvarh" if channel.startswith("reactive") else "kWh",
                    "explanation": said,
                }


def _exchanged(
    bills: AccountBills, channel: str, *, with_periods: bool
) -> Iterator[tuple[tuple[int, str | None], Fraction]]:
    """What removed meters counted, by bill and period."""
    if bills.registers is None:
        return
    found: dict[tuple[int, str | None], Fraction] = {}
    periods = bills.calendar.periods if with_periods and bills.calendar else (None,)
    for segment in bills.segments:
        for period in periods:
            for span in bills.registers.spans_of(0, segment, channel, period):
                if span.is_exchanged:
                    key = segment.bill, period
                    found[key] = found.get(key, Fraction(0)) + Fraction(span.energy_kwh)
    yield from found.items()
