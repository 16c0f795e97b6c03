"""What does an account owe, line by line?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.account_bills import READS as ACCOUNT_READS
from queries.billing.account_bills import account_bills, tariff_sha256
from queries.billing.bill_lines import bill_rows
from queries.billing.postings import READS as POSTING_READS
from queries.billing.postings import posted_on, posted_rows
from queries.schema import UTC_INSTANT

RETURNS = pl.Schema(
    {
        "customer_id": pl.String(),
        "usage_point_id": pl.String(),
        "tariff_code": pl.String(),
        "first_day": pl.Date(),
        "last_day": pl.Date(),
        "line": pl.Int32(),
        "charge": pl.String(),
        "kind": pl.String(),
        "component": pl.String(),
        "period": pl.String(),
        "tier": pl.Int16(),
        "quantity": pl.Decimal(24, 6),
        "unit": pl.String(),
        "unit_price": pl.Decimal(24, 10),
        "amount_cny": pl.Decimal(18, 2),
        "rule": pl.String(),
        "basis": pl.String(),
        "is_estimated": pl.Boolean(),
        "is_provisional": pl.Boolean(),
        "reading_pairs": pl.Int32(),
        "previous_read_at": UTC_INSTANT,
        "current_read_at": UTC_INSTANT,
        "previous_reading": pl.Decimal(18, 4),
        "current_reading": pl.Decimal(18, 4),
        "ratio": pl.Decimal(18, 4),
        "reading_quality": pl.String(),
        "tariff_notice": pl.String(),
        "tariff_sha256": pl.String(),
        "warnings": pl.String(),
    }
)
READS = tuple(dict.fromkeys((*ACCOUNT_READS, *POSTING_READS)))


def bill(  # noqa: PLR0913 - whose, which month, by whose tariffs
    lake: DuckDBPyConnection,
    *,
    month: date,
    customer_id: str | None = None,
    usage_point_id: str | None = None,
    tariff_area: str | None = None,
    may_estimate: bool = True,
) -> pl.DataFrame:
    """The bill (电费账单) of one account or usage point for a calendar month, line by line.

    Behind the tariff's lines stand the amounts posted on this month's bill, such as the credit of a
    demand-response event (需求响应补贴), of kind ``demand_response`` and rule ``posted``.

    Energy is settled by the frozen registers at the month's borders, demand by the demand register,
    unless the agreement or the tariff settles by the interval readings. The lines add up to what is
    owed: each amount is rounded once, half up, to the fen. Tiers count from the start of their
    reset period. Nothing of the answer depends on when it is asked but the lake: with ``known_at``
    it is the bill as it was known then.

    Sub-meters are deducted on the days on which they are billed by themselves, by what settles
    them; one that was not read refuses the bill or makes it provisional. A scope shows only the
    sub-meters in it: where one belongs to another customer, or lies in another region, nothing in
    the scope tells of it, so nothing is deducted, and the bill is higher than the one that issues.
    Only a scope that sees both meters makes the bill that issues.

    Args:
        lake: From ``queries.lake.open_lake``.
        month: Any day of the month.
        customer_id: The account; all its usage points are billed.
        usage_point_id: One usage point.
        tariff_area: Whose tariffs price classes mean; None: those of FENGGU_TARIFF_AREA.
        may_estimate: Whether a reading missing at a border is estimated by the curve; if not, it is
            a QuestionError that names the day.

    Returns:
        A row a line, in the bill's order; none where nobody used anything. Usage points billed
        together are named in one ``usage_point_id``. ``quantity`` in ``unit``, ``unit_price`` a
        unit, and ``amount_cny``, below zero a credit. ``first_day`` and ``last_day`` are the days
        billed: the month, cut by a move or another contract. ``rule`` names what made the quantity
        or the price (billed_terms: not the readings alone, ``billing/bill_terms`` has the others;
        remainder_to_flat: flat takes what the total is more than its periods), ``basis`` what
        settled it (register, demand_register, interval, lower_bound: a maximum of fixed intervals
        below that of a sliding window; null: nothing measured).
        ``previous_reading``, ``current_reading`` [kWh, of a demand kW; meter side, before
        ``ratio``] and when they were taken, where one pair of readings is behind the line; else
        null, with their number in ``reading_pairs``: ``billing/bill_readings`` has all. A bill with
        an estimated reading is **provisional**: it does not issue by itself. ``tariff_sha256`` is
        of the tariff's text with its calendars, ``warnings`` what is doubtful, one a line of text.
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
    rows = []
    for one, of_part in zip(made, posted, strict=True):
        version = one.tariff.version_on(one.bills[-1][0])
        named = {
            "customer_id": one.customer_id,
            "usage_point_id": ", ".join(one.points),
            "tariff_code": one.tariff.code,
            "tariff_notice": version.notice if version else "",
            "tariff_sha256": tariff_sha256(one.tariff),
            "warnings": "\n".join(one.warnings),
        }
        rows += [named | row for row in (*bill_rows(one), *posted_rows(one, of_part))]
    numbered = [row | {"line": number} for number, row in enumerate(rows, 1)]
    return pl.DataFrame(numbered, schema=RETURNS)
