"""What will this month's bill be?"""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.account_bills import READS as ACCOUNT_READS
from queries.billing.account_bills import AccountBills, BillError, account_bills
from queries.billing.account_load import ReadingSource
from queries.billing.account_terms import account_terms
from queries.billing.money import rounded
from queries.billing.postings import READS as POSTING_READS
from queries.billing.postings import posted_cny, posted_on
from queries.billing.segments import month_after
from queries.customers.month_load import READS as LOAD_READS
from queries.customers.month_load import ForetoldSource

RETURNS = pl.Schema(
    {
        "month": pl.Date(),
        "as_of": pl.Date(),
        "days_so_far": pl.Int64(),
        "days_filled": pl.Int64(),
        "days_left": pl.Int64(),
        "energy_so_far_kwh": pl.Float64(),
        "energy_kwh": pl.Float64(),
        "energy_low_kwh": pl.Float64(),
        "energy_high_kwh": pl.Float64(),
        "amount_so_far_cny": pl.Decimal(18, 2),
        "amount_cny": pl.Decimal(18, 2),
        "amount_low_cny": pl.Decimal(18, 2),
        "amount_high_cny": pl.Decimal(18, 2),
        "tariff_code": pl.String(),
    }
)
READS = tuple(dict.fromkeys((*ACCOUNT_READS, *POSTING_READS, *LOAD_READS)))
_DAY = timedelta(days=1)
_Owed = tuple[float, Decimal]
"""Energy billed [kWh] and what is owed [CNY]."""


def month_forecast(lake: DuckDBPyConnection, *, customer_id: str, as_of: date) -> pl.DataFrame:
    """Energy and amount of the month that ``as_of`` lies in: its days so far, and usual ones after.

    A day that is left, or was not read at all, is taken to be the mean of the last 8 days of its
    kind (workday, or weekend and holiday) within the last 8 weeks, quarter by quarter. The month so
    made is billed by the billing engine as a bill is, losses, splits and deducted sub-meters among
    its terms, but from the curve alone, as no register tells of days to come. A month that is over
    is its bill, settled as that is.

    Args:
        lake: From ``queries.lake.open_lake``.
        customer_id: The account; all its usage points.
        as_of: The last day with readings.

    Returns:
        One row. Energies are those billed, losses included. ``energy_low_kwh`` to
        ``energy_high_kwh`` hold the month's energy in 80 of 100 cases if the days left scatter as
        those before did (as long as they persist, by the correlation of one day with the next); the
        amounts are those of such months. What was posted on the month's bill (the credit of an
        event of demand response) is in every amount. ``amount_so_far_cny`` is what the days so far
        cost alone.

    Raises:
        BillError: the engine cannot bill it: no_agreement, no_tariff, no_price, no_reading (fewer
            than 7 days were read, or a capacity is not known without which no loss can be told).
    """
    month, last_day = as_of.replace(day=1), month_after(as_of) - _DAY
    source = ForetoldSource(lake, may_estimate=True, as_of=as_of)
    load = source.load(_points(lake, customer_id, month, as_of))
    billed = _billed(lake, customer_id, as_of, None if as_of == last_day else source)
    so_far = whole = low = high = _owed(billed)
    if as_of < last_day:
        so_far = _owed(_billed(lake, customer_id, as_of, replace(source, factor=0.0), as_of))
        rest = float(load.month(1.0).energy_units["import"].sum()) / load.rows.per
        rest -= float(load.month(0.0).energy_units["import"].sum()) / load.rows.per
        band = load.band_kwh() / rest if rest > 0 else 0.0
        low, high = (
            _owed(_billed(lake, customer_id, as_of, replace(source, factor=max(0.0, factor))))
            for factor in (1 - band, 1 + band)
        )
    posted = [one for part in posted_on(lake, billed, of_customer=True) for one in part]
    credit = rounded(posted_cny(posted), 2)
    so_far, whole, low, high = (
        (energy, amount + credit) for energy, amount in (so_far, whole, low, high)
    )
    amounts = [whole[1], low[1], high[1]]
    return pl.DataFrame(
        [
            {
                "month": month,
                "as_of": as_of,
                "days_so_far": int(load.so_far.sum()),
                "days_filled": int((~load.so_far).sum()),
                "days_left": load.left,
                "energy_so_far_kwh": so_far[0],
                "energy_kwh": whole[0],
                "energy_low_kwh": low[0],
                "energy_high_kwh": high[0],
                "amount_so_far_cny": so_far[1],
                "amount_cny": whole[1],
                "amount_low_cny": min(amounts),
                "amount_high_cny": max(amounts),
                "tariff_code": billed[0].tariff.code,
            }
        ],
        schema=RETURNS,
    )


def _points(cursor: DuckDBPyConnection, customer_id: str, month: date, as_of: date) -> list[str]:
    """The usage points that the account is billed for on ``as_of``."""
    terms = account_terms(cursor, first_day=month, last_day=as_of, customer_id=customer_id)
    latest = terms.filter(pl.col("valid_to") > as_of)
    if latest.is_empty():
        raise BillError("no_agreement", f"no agreement of {customer_id} on {as_of}.")
    return latest["usage_point_id"].unique().sort().to_list()


def _billed(
    cursor: DuckDBPyConnection,
    customer_id: str,
    month: date,
    source: ReadingSource | None,
    until: date | None = None,
) -> list[AccountBills]:
    return account_bills(
        cursor,
        first_month=month,
        last_month=month,
        customer_id=customer_id,
        source=source,
        until=until,
    )


def _owed(made: list[AccountBills]) -> _Owed:
    """Energy and amount of the bills of one month."""
    energy, fen = Fraction(0), 0
    for one in made:
        totals = one.priced.totals()[0]
        billed = one.billed.energy(None, one.segments)
        fen += sum(int(totals[bill]) for bill in one.shown)
        energy += sum(
            (
                billed.fraction(0, number, 0)
                for number, segment in enumerate(one.segments)
                if segment.bill in one.shown
            ),
            Fraction(0),
        )
    return float(energy), Decimal(fen) / 100
