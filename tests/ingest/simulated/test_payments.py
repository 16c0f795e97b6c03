"""What the simulated district's customers were billed, and when they paid it."""

from datetime import date
from decimal import Decimal

import polars as pl

from ingest.simulated.billed import BILLED
from ingest.simulated.customers.payments import PAYMENTS, payment_rows

HABITS = pl.DataFrame(
    [
        ("A", "2025-01", "wechat", 2, 1.0),
        ("A", "2025-02", "wechat", 40, 1.0),
        ("B", "2025-01", "counter", 20, 0.5),
        ("C", "2025-01", "alipay", 1, 1.0),
        ("D", "2025-01", "alipay", 1, 1.0),
        ("A", "2025-03", "wechat", 1, 1.0),
    ],
    schema=PAYMENTS,
    orient="row",
)
BILLS = pl.DataFrame(
    [
        ("A", "2025-01", Decimal("100.00")),
        ("A", "2025-02", Decimal("80.00")),
        ("B", "2025-01", Decimal("33.33")),
        ("D", "2025-01", Decimal("-12.00")),
        ("A", "2025-03", Decimal("70.00")),
    ],
    schema=BILLED,
    orient="row",
)


def test_bills_issue_on_the_third_and_what_lies_in_the_future_is_open():
    rows = payment_rows(HABITS, BILLS, date(2025, 3, 31)).sort("customer_id", "bill_month")
    shown = rows.select("customer_id", "payment_number", "issued_on", "paid_cny", "paid_on").rows()
    assert shown == [
        ("A", 1, date(2025, 2, 3), Decimal("100.00"), date(2025, 2, 5)),
        # issued on 3 March and paid 40 days later, which nobody knows yet
        ("A", 1, date(2025, 3, 3), Decimal("0.00"), None),
        ("B", 1, date(2025, 2, 3), Decimal("16.66"), date(2025, 2, 23)),
        ("B", 2, date(2025, 2, 3), Decimal("0.00"), None),
    ]
    assert rows["due_on"].unique().sort().to_list() == [date(2025, 2, 18), date(2025, 3, 18)]


def test_who_was_billed_nothing_or_fed_in_more_than_was_taken_has_nothing_to_pay():
    rows = payment_rows(HABITS, BILLS, date(2025, 3, 31))
    assert rows.filter(pl.col("customer_id").is_in(["C", "D"])).is_empty()
