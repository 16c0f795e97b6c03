"""The bill as its script runs: what is owed, how it was computed, for whom, in both languages."""

import io
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from pages.bill_words import change_in_words
from pages.downloads import csv_bytes, xlsx_bytes
from pages.text import speak, t_in
from queries.billing.bill import bill
from queries.lake import open_lake
from queries.records import Account
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.bill_district import make_bill_district
from tests.page_visits import HAN, PLANNER, Visit, accounts_of, address_of, visiting

NOTICE = "发改价格〔2023〕526号"


@pytest.fixture(scope="module")
def settings(
    new_lake: Callable[..., Settings], register: Callable, take: Callable, day_row: Callable
) -> Settings:
    made = new_lake()
    make_bill_district(made, register, take, day_row)
    return made


@pytest.fixture(scope="module")
def accounts(settings: Settings) -> dict[str, Account]:
    """A planner who sees no names, and the customer of the home."""
    customer = {"role": "customer", "customer_ids": ["C-home"]}
    return accounts_of(settings, planner=PLANNER, customer=customer)


@pytest.fixture
def visit(
    settings: Settings, accounts: dict[str, Account], monkeypatch: pytest.MonkeyPatch
) -> Visit:
    return partial(visiting(monkeypatch, settings, accounts), "billing/bill")


def _table(app: AppTest) -> str:
    """The bill's table: its words, a cell or sentence a line."""
    [html] = [one.proto.body for one in app.get("html") if 'class="bill"' in one.proto.body]
    return "\n".join(filter(None, re.split(r"<[^>]+>", html.partition("</style>")[2])))


def _metric(app: AppTest, label: str) -> str:
    return next(metric.value for metric in app.metric if metric.label == label)


def test_a_household_sees_its_tiers_with_what_was_used_before(visit: Visit):
    app = visit(customer="C-home", month="2025-06")
    assert _metric(app, "应付电费") == "162.00 元"
    table = _table(app)
    assert "2,400 − 2,100 = 300，× 倍率 1 = 300 kWh" in table
    assert "本期前已用 2,100 kWh，到2025年6月30日累计 2,400 kWh，其中 60 kWh 在本档" in table
    assert "240 kWh × 0.55 元/kWh = 132.00 元" in table


def test_a_factory_sees_what_its_demand_beyond_the_contract_costs(visit: Visit):
    app = visit(customer="C-plant", month="2025-06", language="en")
    table = _table(app)
    assert (
        "The maximum, 350 kW, exceeds 105% of 300 kW (315 kW) by 35 kW, which counts 2 times: "
        "300 kW + 2 × 35 kW = 370 kW"
    ) in table
    assert "Energy a kVA: 100,000 kWh ÷ 400 kVA = 250 kWh/kVA, below 260 kWh/kVA" in table
    assert "0.98 reaches the standard of 0.9; by the table of the adjustment rule: −0.75%" in table


@pytest.mark.parametrize("customer", ["C-home", "C-plant"])
def test_sums_of_groups_add_up_to_what_is_owed(visit: Visit, customer: str):
    app = visit(customer=customer, month="2025-06", language="en")
    html = next(one.proto.body for one in app.get("html") if 'class="bill"' in one.proto.body)
    groups = re.findall(r'class="row group">.*?<span>([^<]*) CNY</span></div>', html)
    amounts = [Decimal(text.replace(",", "").replace("−", "-")) for text in groups]
    [total] = re.findall(r'class="row total">.*?<span>([^<]*) CNY</span></div>', html)
    assert f"{sum(amounts):,.2f}" == total
    assert _metric(app, "To pay") == f"{total} CNY"


def test_the_english_bill_says_nothing_in_chinese_but_the_notice_and_names(visit: Visit):
    app = visit(customer="C-plant", month="2025-06", language="en")
    texts = [_table(app), *(f"{m.label} {m.value} {m.delta}" for m in app.metric)]
    texts += [element.value for element in (*app.caption, *app.subheader, *app.title)]
    assert [text for text in texts if HAN.search(text)] == []
    assert any(NOTICE in element.value for element in app.markdown)


def test_a_bill_that_rests_on_an_estimate_says_so_and_which_reading(visit: Visit):
    app = visit(customer="C-guess", month="2025-06")
    tile = next(metric for metric in app.metric if metric.label == "应付电费")
    assert tile.delta == "暂估，不出账"
    assert "2025年7月1日 0 点的示数是按曲线估算的" in app.warning[0].value
    assert "其中有估算的示数" in _table(app)


def test_without_an_agreement_the_page_says_what_to_do(visit: Visit):
    app = visit(customer="C-none", month="2025-06")
    said = t_in("zh", "bill.empty_no_agreement", customer="C-none", month="2025年6月")
    assert [info.value for info in app.info] == [said]
    assert len(app.metric) == 0


def test_a_missing_reading_is_said_in_plain_words(visit: Visit):
    app = visit(customer="C-lost", month="2025-06", language="en")
    said = t_in("en", "bill.empty_no_reading", customer="C-lost", month="Jun 2025")
    assert [info.value for info in app.info] == [said]
    assert "meter M-lost, import total: no reading on" in app.text[0].value


def test_a_customer_opens_no_bill_of_another_by_its_link(visit: Visit):
    app = visit("customer", customer="C-plant", month="2025-06")
    [box] = [box for box in app.selectbox if box.key == "customer_zh"]
    assert [option.partition(" ")[0] for option in box.options] == ["C-home"]
    assert address_of(app, "customer") == "C-home"
    assert _metric(app, "应付电费") == "162.00 元"
    assert "C-plant" in app.warning[0].value


def test_a_planner_without_the_right_to_names_sees_none(visit: Visit):
    app = visit(customer="C-home", month="2025-06")
    texts = [element.value for element in app.markdown] + app.selectbox[0].options
    assert [text for text in texts if "王小明" in text] == []


def test_the_latest_whole_month_comes_first_and_stands_in_the_address(visit: Visit):
    app = visit(customer="C-home")
    assert address_of(app, "month") == "2025-06"
    assert address_of(app, "customer") == "C-home"


def test_the_change_of_a_bill_names_its_largest_cause(visit: Visit):
    """May 200 kWh in the first tier, June 300 and most of them in the second; one day less."""
    app = visit(customer="C-home", month="2025-06")
    said = [element.value for element in app.markdown if "影响最大的是" in element.value]
    assert said == ["多付 62.00 元 (+62.0%)，影响最大的是用电量：+53.23 元"]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [("45.48", "-284.41", "少付 329.89 元"), ("10.00", "10.00", "应付金额相同")],
)
def test_a_credit_is_not_said_in_per_cent_of_a_bill(before: str, after: str, said: str):
    steps = pl.DataFrame(schema={"is_largest": pl.Boolean})
    change = {"before_cny": Decimal(before), "after_cny": Decimal(after)}
    speak("zh")
    assert change_in_words(steps, change) == said


def test_the_lines_can_be_taken_away_as_a_sheet(settings: Settings):
    lake = open_lake(settings, EVERYTHING)
    lines = bill(lake, month=date(2025, 6, 1), customer_id="C-home")
    sheet = pl.read_excel(io.BytesIO(xlsx_bytes(lines)))
    assert sheet["金额 (元)"].sum() == pytest.approx(162)
    assert csv_bytes(lines).decode("utf-8-sig").count("\n") == 3


def test_what_reproduce_shows_is_the_bill(visit: Visit):
    command = visit(customer="C-home", month="2025-06").code[-1].value
    assert command.startswith("fenggu ask billing/bill --month 2025-06-01 --customer-id C-home")
