"""Exports of the marketing and dispatching systems: payments and announced outages."""

from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ingest.files import Options, ingest_file
from queries.lake import open_lake
from queries.scope import EVERYTHING

MASTER = Options(master=True)
PAID = """电费收缴明细,,,,,
户号,电费年月,应收电费,缴费期限,实收金额,缴费日期,缴费方式
0001,202506,"1,204.50",2025-07-20,"1,204.50",2025-07-06,微信
0002,2025年06月,88.10,2025-07-20,40,2025-07-09,营业厅
0002,2025-06,88.10,2025-07-20,,,
"""


@pytest.fixture
def settings(new_lake):
    return new_lake()


def rows_of(settings, table):
    with closing(open_lake(settings, EVERYTHING)) as lake:
        return lake.table(table).order("all").pl()


def given(settings, tmp_path, text, name="export.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="gb18030")
    return ingest_file(settings, path, MASTER)


def test_payments_arrive_exact_and_an_open_rest_has_paid_nothing(settings, tmp_path):
    outcome = given(settings, tmp_path, PAID)
    assert outcome.format == "payments"
    assert outcome.rejects.is_empty()
    held = rows_of(settings, "payments")
    assert held.select("customer_id", "bill_month", "payment_number").rows() == [
        ("0001", "2025-06", 1),
        ("0002", "2025-06", 1),
        ("0002", "2025-06", 2),
    ]
    assert held["billed_cny"].to_list() == [Decimal("1204.50"), Decimal("88.10"), Decimal("88.10")]
    assert held["paid_cny"].to_list() == [Decimal("1204.50"), Decimal(40), Decimal(0)]
    assert held["paid_on"].to_list() == [date(2025, 7, 6), date(2025, 7, 9), None]
    assert held["channel"].to_list() == ["wechat", "counter", None]


def test_the_same_export_again_changes_nothing_and_a_later_one_closes_what_was_open(
    settings, tmp_path
):
    given(settings, tmp_path, PAID)
    assert given(settings, tmp_path, PAID, "again.csv").reference_rows == 0
    closed = PAID.replace("2025-07-20,,,", "2025-07-20,48.10,2025-08-01,支付宝")
    assert given(settings, tmp_path, closed, "later.csv").reference_rows == 1
    held = rows_of(settings, "payments")
    assert held.height == 3
    assert held["paid_on"].null_count() == 0


@pytest.mark.parametrize(
    ("good", "bad", "field"),
    [
        ("88.10", "88.105", "应收电费"),
        ("2025年06月", "2025-13", "电费年月"),
        ("营业厅", "贝壳", "缴费方式"),
        ("0002,2025年06月", ",2025年06月", "户号"),
    ],
)
def test_a_row_that_cannot_be_read_is_refused_with_its_line_and_the_others_stay(
    settings, tmp_path, good, bad, field
):
    outcome = given(settings, tmp_path, PAID.replace(good, bad, 1))
    assert outcome.rejects.select("line", "field").rows() == [(4, field)]
    assert rows_of(settings, "payments").height == 2


def test_announced_outages_arrive_with_the_times_of_the_zone(settings, tmp_path):
    text = """停电编号,停电范围,范围编号,计划停电时间,计划送电时间,公告日期,停电原因
JH-1,线路,F1,2025-03-14 09:00,2025-03-14 12:30,2025-03-07,检修
JH-2,台区,T1,2025-03-15T01:00:00Z,2025-03-15T02:00:00Z,,
"""
    assert given(settings, tmp_path, text).format == "planned_outages"
    held = rows_of(settings, "planned_outages")
    assert held["area_kind"].to_list() == ["feeder", "transformer"]
    assert held["starts_at"].to_list() == [
        datetime(2025, 3, 14, 1, tzinfo=UTC),
        datetime(2025, 3, 15, 1, tzinfo=UTC),
    ]


def test_a_register_of_customers_is_still_a_register(settings, tmp_path):
    assert given(settings, tmp_path, "户号,户名\n0001,王\n").format == "master data"
    assert rows_of(settings, "customers")["customer_id"].to_list() == ["0001"]
