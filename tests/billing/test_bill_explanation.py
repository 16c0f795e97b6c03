"""How lines came about, the head of a bill, its groups, sheet and waterfall: worked by hand."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from pages.text import LANGUAGES, t_in
from queries.billing.account_bills import BillError
from queries.billing.bill import bill
from queries.billing.bill_accounts import bill_accounts
from queries.billing.bill_change import RETURNS as CHANGE
from queries.billing.bill_curve import bill_curve
from queries.billing.bill_explanation import bill_explanation
from queries.billing.bill_groups import grouped
from queries.billing.bill_head import bill_head
from queries.billing.bill_sheet import bill_sheet
from queries.billing.bill_terms import bill_terms
from queries.billing.bill_waterfall import waterfall
from queries.scope import Scope
from tests.billing.test_bill import (
    HOME,
    JULY,
    JUNE,
    METER,
    YEAR_START,
    household,
    lake,  # noqa: F401 - the fixture
    plant,
    reading,
)

POINT = {"month": JUNE, "usage_point_id": "P1"}


def told(explained: pl.DataFrame, code: str, line: int | None = None) -> dict:
    """The figures of the first sentence of a kind."""
    rows = explained.filter(pl.col("code") == code)
    rows = rows.filter(pl.col("line") == (line or rows["line"][0]))
    rows = rows.filter(pl.col("sentence") == rows["sentence"][0])
    return {
        name: value if value is not None else day or word
        for name, value, day, word in rows.select("name", "value", "day", "word").rows()
    }


def test_a_tier_says_its_limits_and_what_was_used_before(lake):  # noqa: F811
    """2,000 kWh before June and 300 in it: 160 fill the first tier of 2,160."""
    found = bill_explanation(lake(household()), **POINT)
    assert told(found, "tier_range", 1) == {
        "tier": 1,
        "lower": 0,
        "upper": 2160,
        "since": date(2024, 1, 1),
        "until": date(2024, 6, 30),
        "before": 2000,
        "after": 2300,
        "quantity": 160,
    }
    assert told(found, "tier_range", 2)["quantity"] == 140
    assert told(found, "amount", 2) == {
        "quantity": 140,
        "price": Decimal("0.55"),
        "amount": Decimal("77.00"),
    }


def test_a_register_that_turned_over_says_so(lake):  # noqa: F811
    readings = [YEAR_START, reading(JUNE, "999900"), reading(JULY, "50")]
    found = bill_explanation(lake(readings), **POINT)
    turned = told(found, "reading_turned")
    assert (turned["turn"], turned["moved"], turned["quantity"]) == (1_000_000, 150, 150)


def test_every_line_is_explained_by_what_makes_its_quantity(lake):  # noqa: F811
    """Low side, a contract of 100 kW below 40 % of 400 kVA: 160 count, 350 were measured."""
    rows, tables = plant(is_metered_low_side=True, basic_charge="contract")
    tables["usage_points"][0] = tables["usage_points"][0] | {"contracted_demand_kw": 100.0}
    rows[1] |= {"demand_kw": Decimal("3.5")}
    opened = lake(rows, **tables)
    lines, found = bill(opened, **POINT), bill_explanation(opened, **POINT)
    assert sorted(found["line"].unique()) == lines["line"].to_list()
    assert told(found, "contract_floor")["counted"] == 160
    over = told(found, "contract_over")
    assert (over["limit"], over["excess"], over["billed"]) == (168, 182, 524)
    demand = lines.filter(kind="demand").row(0, named=True)
    assert demand["quantity"] == over["billed"]
    funds = lines.filter(charge="funds").row(0, named=True)
    assert told(found, "billed", funds["line"])["quantity"] == funds["quantity"]
    assert told(found, "transformer", funds["line"])["rated"] == 400
    peak = lines.filter(charge="purchase", period="peak").row(0, named=True)
    factor = told(found, "factor", peak["line"])
    assert factor["base"] * factor["factor"] == peak["unit_price"]
    for row in lines.iter_rows(named=True):
        code = "amount_share" if row["unit"] == "CNY" else "amount"
        assert told(found, code, row["line"])["amount"] == row["amount_cny"]


def test_the_load_rate_discount_says_how_many_kwh_a_kva_there_were(lake):  # noqa: F811
    """104,000 kWh on 400 kVA are 260 a kVA exactly: nine tenths of the price."""
    rows, tables = plant(kwh="104000", basic_charge="maximum")
    rows[1] |= {"demand_kw": Decimal("3.5")}
    opened = lake(rows, **tables)
    reached = told(bill_explanation(opened, **POINT), "discount_reached")
    assert (reached["hours"], reached["least"]) == (260, 260)
    price = bill(opened, **POINT).filter(kind="demand")["unit_price"][0]
    assert reached["full"] * reached["share"] == price


def test_a_part_of_a_month_is_told_in_thirtieths(lake):  # noqa: F811
    """The plant opened on 13 June: 18 days are 18/30 of 400 kVA."""
    start = date(2024, 6, 13)
    rows, tables = plant()
    tables["usage_points"] = [tables["usage_points"][0] | {"valid_from": start}]
    tables["agreements"] = [tables["agreements"][0] | {"valid_from": start}]
    for name in ("total", "sharp", "peak", "flat", "valley"):
        rows.append(reading(start, "0", register=name))
    rows.append(reading(start, "0", channel="reactive_import"))
    found = bill_explanation(lake(rows, **tables), **POINT)
    part = told(found, "prorated_thirtieth")
    assert (part["whole"], part["thirtieths"], part["quantity"]) == (400, 18, 240)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_has_its_words_and_every_word_its_figure(lake, language):  # noqa: F811
    rows, tables = plant(is_metered_low_side=True, basic_charge="contract")
    rows[1] |= {"demand_kw": Decimal("3.5")}
    found = bill_explanation(lake(rows, **tables), **POINT)
    for (code, _, _), facts in found.group_by("code", "line", "sentence"):
        values = dict.fromkeys(facts["name"].drop_nulls(), "x")
        assert t_in(language, f"bill_how.{code}", **values)


def test_the_head_says_who_what_and_how_sure(lake):  # noqa: F811
    readings = household()
    readings[-1] |= {"quality": "E"}
    customers = [{"customer_id": "anna", "name": "王小明"}]
    staff = Scope("clerk", "billing_clerk")
    head = bill_head(lake(readings, customers=customers, scope=staff), **POINT)
    one = head.row(0, named=True)
    assert (one["customer_id"], one["tariff_name"]) == ("anna", "辽宁居民阶梯（一户一表）")
    assert "小明" not in one["name"]
    assert (one["days"], one["energy_kwh"], one["amount_cny"]) == (30, 300, Decimal("157.00"))
    assert one["price_cny_per_kwh"] == Decimal("0.523333")
    assert (one["is_provisional"], one["estimated_days"]) == (True, [JULY])
    assert (one["total_cny"], one["is_any_provisional"]) == (Decimal("157.00"), True)


def test_a_bill_that_cannot_be_made_says_why_in_one_word(lake):  # noqa: F811
    opened = lake([YEAR_START, reading(JUNE, "2000")])
    for month, reason in ((JUNE, "no_reading"), (date(2019, 1, 1), "no_agreement")):
        with pytest.raises(BillError) as error:
            bill(opened, month=month, usage_point_id="P1")
        assert error.value.reason == reason


def test_groups_hold_every_line_once_and_their_sums_are_the_total(lake):  # noqa: F811
    rows, tables = plant(split_tariff_code="residential_shared", split_share=0.1)
    lines = bill(lake(rows, **tables), **POINT)
    found = grouped(lines)
    assert sorted(found["line"]) == lines["line"].to_list()
    assert found["part"].unique().to_list() == [1, 2]
    sums = found.unique(["part", "group"])
    assert sums["group_cny"].sum() == lines["amount_cny"].sum() == found["total_cny"][0]
    assert found.unique("part")["part_cny"].sum() == lines["amount_cny"].sum()


def test_the_sheet_adds_up_to_the_billed_energy_of_every_period(lake):  # noqa: F811
    rows, tables = plant(is_metered_low_side=True)
    opened = lake(rows, **tables)
    sheet = bill_sheet(bill_terms(opened, **POINT)).filter(channel="import")
    billed = sheet.filter(term="billed").row(0, named=True)
    for name in ("peak", "flat", "valley", "quantity"):
        assert sheet.filter(pl.col("term") != "billed")[name].sum() == billed[name]
    funds = bill(opened, **POINT).filter(charge="funds")["quantity"][0]
    assert billed["quantity"] == funds


def test_a_waterfall_leads_from_one_bill_to_the_other_and_names_its_largest_step():
    same = {"before_cny": Decimal(100), "after_cny": Decimal(130)}
    steps = {"days": Decimal(-4), "weather": None, "volume": Decimal(40), "price": Decimal(-6)}
    rows = [{"step": name, "amount_cny": amount} | same for name, amount in steps.items()]
    bars = waterfall(pl.DataFrame(rows, schema={n: CHANGE[n] for n in rows[0]}))
    assert bars.select("step", "from_cny", "until_cny").rows() == [
        ("before", 0, 100),
        ("days", 100, 96),
        ("volume", 96, 136),
        ("price", 136, 130),
        ("after", 0, 130),
    ]
    assert bars.filter("is_largest")["step"].to_list() == ["volume"]


def test_an_hour_of_the_curve_is_the_sum_of_its_quarters_by_period(lake, day_row):  # noqa: F811
    rows, tables = plant()
    day = day_row({0: 8, 1: 4}, day=JUNE)
    opened = lake(rows, profiles=day, **tables)
    hours = bill_curve(opened, step="1h", **POINT)
    assert hours["energy_kwh"].drop_nulls().to_list() == [0.008, 0.004]
    assert hours["load_kw"].drop_nulls().to_list() == [0.008, 0.004]
    quarters = bill_curve(opened, **POINT)
    assert hours["energy_kwh"].sum() == pytest.approx(quarters["energy_kwh"].sum())


def test_who_moved_out_can_still_be_asked_for_and_nobody_sees_others(lake):  # noqa: F811
    move = date(2024, 6, 20)
    points = [HOME | {"valid_to": move}, HOME | {"customer_id": "bob", "valid_from": move}]
    days = {"first_day": date(2024, 1, 1), "last_day": date(2024, 12, 31)}
    opened = lake(household(), usage_points=points, meters=[METER])
    assert bill_accounts(opened, **days)["customer_id"].to_list() == ["anna", "bob"]
    later = days | {"first_day": move}
    assert bill_accounts(opened, **later)["customer_id"].to_list() == ["bob"]
