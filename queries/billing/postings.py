"""Amounts that a programme of the utility puts on a bill beside what the tariff makes.

A posting (such as the credit of a demand-response event) belongs to one usage point and one month's
bill. It is never changed: what was wrong is taken back by another posting on a later bill. No
tariff knows of postings, so simulations and the tariff laboratory leave them out.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from duckdb import DuckDBPyConnection
from sqlalchemy import inspect, select

from queries.billing.account_bills import AccountBills
from queries.billing.money import rounded
from queries.billing.posting_table import BILL_POSTINGS
from queries.lake import lake_state, records_of

READS = ("records", "usage_points")
TAKEN_BACK = "_taken_back"
"""Behind the charge of a posting that takes another one back."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One amount on a bill.

    Attributes:
        customer_id: Whose bill.
        usage_point_id: For which usage point.
        month: First day of the bill's month.
        kind: ``demand_response``.
        amount_cny: Below zero to the customer's good.
        quantity: In ``unit``; None: an amount only.
        unit_price: A unit [CNY].
        basis: Where it comes from.
        is_reversal: Whether it takes another one back.
    """

    customer_id: str
    usage_point_id: str
    month: date
    kind: str
    amount_cny: Decimal
    quantity: Decimal | None
    unit: str | None
    unit_price: Decimal | None
    basis: Mapping[str, Any]
    is_reversal: bool

    @property
    def charge(self) -> str:
        """What the line is called."""
        return f"{self.kind}{TAKEN_BACK}" if self.is_reversal else self.kind


def postings(
    cursor: DuckDBPyConnection, customer_ids: Sequence[str], first_month: date, last_month: date
) -> list[Posting]:
    """What was posted on bills of some months for usage points in the scope, in order of posting.

    As of ``known_at``, where the lake answers as of then. A database that holds no such table yet
    holds no posting.
    """
    engine = records_of(cursor)
    if not customer_ids or not inspect(engine).has_table(BILL_POSTINGS.name):
        return []
    table = BILL_POSTINGS.c
    months = f"{first_month:%Y-%m}", f"{last_month:%Y-%m}"
    asked = select(BILL_POSTINGS).where(
        table.customer_id.in_(list(customer_ids)) & table.month.between(*months)
    )
    known_at = lake_state(cursor).known_at
    if known_at is not None:
        asked = asked.where(table.posted_at <= known_at)
    # one that is taken back stands before the one in its place
    order = table.posted_at, table.reverses_id.is_(None), table.id
    with engine.connect() as connection:
        rows = connection.execute(asked.order_by(*order)).all()
    if not rows:
        return []
    [seen] = cursor.sql("select list(distinct usage_point_id) from usage_points").fetchall()
    return [_posting(row) for row in rows if row.usage_point_id in (seen[0] or ())]


def _posting(row: Any) -> Posting:  # noqa: ANN401 - a row of SQLAlchemy
    return Posting(
        row.customer_id,
        row.usage_point_id,
        date.fromisoformat(f"{row.month}-01"),
        row.kind,
        Decimal(row.amount_cny),
        None if row.quantity is None else Decimal(row.quantity),
        row.unit,
        None if row.unit_price is None else Decimal(row.unit_price),
        json.loads(row.basis),
        row.reverses_id is not None,
    )


def posted_on(
    cursor: DuckDBPyConnection, made: Sequence[AccountBills], *, of_customer: bool
) -> list[list[tuple[int, Posting]]]:
    """What stands on each of some bills, with the place of the bill among those of its part.

    A posting stands on the last part of its month that bills its usage point. Where none does (it
    moved on), it stands on the account's last part, if the whole account was asked for.

    Args:
        cursor: An open lake.
        made: From ``account_bills``, for the same scope.
        of_customer: Whether the whole account was asked for, not one usage point.
    """
    found: list[list[tuple[int, Posting]]] = [[] for _ in made]
    shown = [(part, bill, _month(one, bill)) for part, one in enumerate(made) for bill in one.shown]
    if not shown:
        return found
    customers = sorted({one.customer_id for one in made})
    months = [month for _, _, month in shown]
    for posting in postings(cursor, customers, min(months), max(months)):
        of_month = [
            (part, bill)
            for part, bill, month in shown
            if month == posting.month and made[part].customer_id == posting.customer_id
        ]
        own = [one for one in of_month if posting.usage_point_id in made[one[0]].points]
        places = own or (of_month if of_customer else [])
        if places:
            part, bill = places[-1]
            found[part].append((bill, posting))
    return found


def _month(bills: AccountBills, bill: int) -> date:
    return bills.bills[bill][0].replace(day=1)


def posted_cny(posted: Sequence[tuple[int, Posting]], bill: int | None = None) -> Fraction:
    """Sum of what was posted, on one bill or all."""
    amounts = (one.amount_cny for place, one in posted if bill is None or place == bill)
    return Fraction(sum(amounts, Decimal(0)))


def posted_rows(
    bills: AccountBills, posted: Sequence[tuple[int, Posting]]
) -> Iterator[dict[str, Any]]:
    """Lines of ``billing/bill``, behind those of the tariff."""
    for bill, one in posted:
        first_day, last_day = bills.bills[bill]
        has_price = one.quantity is not None and one.unit_price is not None
        quantity, price = (
            (one.quantity, one.unit_price) if has_price else (one.amount_cny, Decimal(1))
        )
        yield {
            "first_day": first_day,
            "last_day": last_day,
            "charge": one.charge,
            "kind": one.kind,
            "component": one.kind,
            "period": None,
            "tier": None,
            "quantity": rounded(quantity or 0, 6),
            "unit": one.unit if has_price else "CNY",
            "unit_price": rounded(price or 0, 10),
            "amount_cny": one.amount_cny,
            "rule": "posted",
            "basis": None,
            "is_estimated": False,
            "is_provisional": bills.is_provisional[bill],
            "reading_pairs": 0,
        }
