"""How have an account's bills run over the months?"""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.account_bills import READS as ACCOUNT_READS
from queries.billing.account_bills import AccountBills, account_bills
from queries.billing.money import rounded
from queries.billing.postings import READS as POSTING_READS
from queries.billing.postings import Posting, posted_cny, posted_on
from queries.run import QuestionError

RETURNS = pl.Schema(
    {
        "month": pl.Date(),
        "days": pl.Int16(),
        "energy_kwh": pl.Decimal(24, 4),
        "amount_cny": pl.Decimal(18, 2),
        "is_provisional": pl.Boolean(),
        "why": pl.String(),
    }
)
READS = tuple(dict.fromkeys((*ACCOUNT_READS, *POSTING_READS)))
_MONTHS_A_YEAR = 12
_MOST_MONTHS = 60


def bill_history(  # noqa: PLR0913 - whose, until when, how long
    lake: DuckDBPyConnection,
    *,
    month: date,
    months: int = 12,
    customer_id: str | None = None,
    usage_point_id: str | None = None,
    tariff_area: str | None = None,
) -> pl.DataFrame:
    """Energy and amount of the bills of some months up to one.

    Args:
        lake: From ``queries.lake.open_lake``.
        month: Any day of the last month.
        months: How many months, 1 to 60.
        customer_id: The account; all its usage points.
        usage_point_id: One usage point.
        tariff_area: Whose tariffs price classes mean; None: those of FENGGU_TARIFF_AREA.

    Returns:
        A row a calendar month: ``days`` billed, ``energy_kwh`` billed (import), ``amount_cny``
        owed, postings included, and whether the bill rests on an estimate. A month that cannot be
        billed has nulls, and ``why``.
    """
    if not 1 <= months <= _MOST_MONTHS:
        raise QuestionError(f"months = {months}; expected 1 to {_MOST_MONTHS}.")
    who: dict = {
        "customer_id": customer_id,
        "usage_point_id": usage_point_id,
        "tariff_area": tariff_area,
    }
    wanted = [_months_before(month, back) for back in range(months - 1, -1, -1)]
    return pl.DataFrame(_rows(lake, wanted, who), schema=RETURNS)


def _months_before(month: date, back: int) -> date:
    number = month.year * _MONTHS_A_YEAR + month.month - 1 - back
    return date(number // _MONTHS_A_YEAR, number % _MONTHS_A_YEAR + 1, 1)


def _rows(cursor: DuckDBPyConnection, months: Sequence[date], who: Mapping) -> list[dict]:
    """A row a month; months of which one cannot be billed are halved until it is found."""
    try:
        made = account_bills(cursor, first_month=months[0], last_month=months[-1], **who)
        posted = posted_on(cursor, made, of_customer=who["usage_point_id"] is None)
        return [_row(month, made, posted) for month in months]
    except QuestionError as error:
        if len(months) == 1:
            return [_nothing(months[0], str(error))]
    half = len(months) // 2
    return [*_rows(cursor, months[:half], who), *_rows(cursor, months[half:], who)]


def _nothing(month: date, why: str) -> dict:
    return dict.fromkeys(RETURNS, None) | {"month": month, "why": why}


def _row(
    month: date, made: list[AccountBills], posted: Sequence[Sequence[tuple[int, Posting]]]
) -> dict:
    energy, fen, days, is_provisional = Fraction(0), Fraction(0), set(), False
    for one, of_part in zip(made, posted, strict=True):
        totals = one.priced.totals()[0]
        billed = one.billed.energy(None, one.segments)
        for bill in one.shown:
            first_day, last_day = one.bills[bill]
            if first_day.replace(day=1) != month:
                continue
            fen += int(totals[bill]) + 100 * posted_cny(of_part, bill)
            days |= set(range(first_day.toordinal(), last_day.toordinal() + 1))
            is_provisional |= one.is_provisional[bill]
            energy += sum(
                (
                    billed.fraction(0, n, 0)
                    for n, segment in enumerate(one.segments)
                    if segment.bill == bill
                ),
                Fraction(0),
            )
    if not days:
        return _nothing(month, "no agreement in this month")
    return {
        "month": month,
        "days": len(days),
        "energy_kwh": rounded(energy, 4),
        "amount_cny": rounded(fen / 100, 2),
        "is_provisional": is_provisional,
        "why": None,
    }
