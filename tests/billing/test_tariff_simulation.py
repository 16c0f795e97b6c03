"""What everyone would owe under other tariffs: laws, and changes worked by hand."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from pages.downloads import png_bytes
from pages.simulation_charts import change_bars, revenue_bars, winners_and_losers
from pages.text import speak
from queries.billing.simulation_changes import simulation_changes
from queries.billing.simulation_groups import simulation_groups
from queries.billing.simulation_losers import READS as LOSERS_READS
from queries.billing.simulation_losers import simulation_losers
from queries.billing.simulation_revenue import simulation_revenue
from queries.billing.simulation_summary import simulation_summary
from queries.billing.tariff_presets import dearer_peak, midday_valley, wider_peak
from queries.billing.tariff_simulation import READS, tariff_simulation
from queries.billing.tariff_text import write_tariff
from queries.billing.tariffs import known_tariffs
from queries.lake import open_lake
from queries.run import QuestionError
from queries.scope import EVERYTHING, Scope
from tests.billing.by_hand import flat, tariff
from tests.billing.small_lakes import WINTER

DAYS = {"first_day": WINTER[0], "last_day": WINTER[1]}
JANUARY = {"first_day": date(2025, 1, 1), "last_day": date(2025, 1, 31)}
SHOPS = known_tariffs()["liaoning_industrial_commercial"]
TRIED = (
    write_tariff(wider_peak(SHOPS)),
    write_tariff(tariff(flat("0.60"))),
    "liaoning_residential",
    write_tariff(dearer_peak(known_tariffs()["liaoning_industrial_commercial_two_part"])),
    "liaoning_industrial_commercial_two_part",
)


@pytest.fixture
def lake(street_settings):
    return open_lake(street_settings, EVERYTHING, reads=(*READS, *LOSERS_READS))


def changes(rows):
    return dict(rows.select("usage_point_id", "change_cny").iter_rows())


def test_a_tariff_equal_to_the_present_one_changes_nobodys_bill(lake):
    for code in ("liaoning_industrial_commercial", "liaoning_residential"):
        price_class = known_tariffs()[code].price_class
        for same in (code, write_tariff(known_tariffs()[code])):
            rows = tariff_simulation(lake, tariffs=(same,), **DAYS, price_classes=(price_class,))
            assert rows.height >= 2
            assert set(rows["change_cny"]) == {Decimal("0.00")}
            owes = rows.filter(pl.col("now_cny") > 0)
            assert set(owes["change_share"]) == {0.0}


def test_a_wider_peak_costs_the_shop_with_more_evening_use(lake):
    """21 to 22 o'clock turns from flat to peak, half dearer in what floats."""
    rows = tariff_simulation(
        lake, tariffs=TRIED[:1], **JANUARY, price_classes=("industrial_commercial",)
    )
    # eve, 124 kWh there of 310. Purchase: flat 186 × 0.4048 and peak 124 × 0.6072 are 75.29 each,
    # before 125.49. Line loss 2 × 2.88, before 4.81. Transmission 2 × 43.34, before 72.23.
    assert changes(rows) == {
        "eve": Decimal("25.09") + Decimal("0.95") + Decimal("14.45"),
        "noon": Decimal("0.00"),
        "half": Decimal("0.00"),
    }


def test_a_deep_valley_at_midday_pays_the_shop_that_uses_it(lake):
    cheaper = write_tariff(midday_valley(SHOPS))
    rows = changes(
        tariff_simulation(
            lake, tariffs=(cheaper,), **DAYS, price_classes=("industrial_commercial",)
        )
    )
    assert rows["noon"] < rows["eve"] < 0


def test_one_price_for_all_is_that_price_a_kwh(lake):
    rows = tariff_simulation(lake, tariffs=TRIED[1:2], **DAYS).sort("usage_point_id")
    owed = rows["owed_cny"].cast(pl.Float64)
    assert owed.to_list() == pytest.approx((rows["energy_kwh"] * 0.6).to_list(), abs=0.01)
    assert rows["price_cny_per_kwh"].to_list() == pytest.approx([0.6] * 9)


def test_the_change_is_what_would_be_owed_less_what_is(lake):
    rows = tariff_simulation(lake, tariffs=TRIED, **DAYS)
    assert (rows["owed_cny"] - rows["now_cny"] == rows["change_cny"]).all()
    stranger = rows.filter(usage_point_id="stranger")
    assert stranger["change_share"].null_count() == len(TRIED)  # it owes nothing now
    home = rows.filter(usage_point_id="home", tariff="t")
    assert home["change_share"].to_list() == pytest.approx([0.2])  # 0.60 against 0.50


def test_an_account_read_in_part_is_told_apart(lake):
    rows = tariff_simulation(lake, tariffs=TRIED[1:2], **DAYS)
    assert rows.filter(~pl.col("is_complete"))["usage_point_id"].to_list() == ["half"]


@pytest.mark.parametrize("region_id", [None, "village"])
@pytest.mark.parametrize("customer_class", [None, "commercial", "agricultural"])
def test_everyone_wins_loses_or_stays(lake, region_id, customer_class):
    chosen = {"region_id": region_id, "customer_class": customer_class}
    rows = tariff_simulation(lake, tariffs=TRIED, **DAYS, **chosen)
    summary = simulation_summary(lake, tariffs=TRIED, **DAYS, **chosen)
    assert summary.height == (len(TRIED) if rows.height else 0)
    for row in summary.rows(named=True):
        of_tariff = rows.filter(tariff=row["tariff"])
        assert row["winners"] + row["losers"] + row["unchanged"] == row["accounts"]
        assert row["accounts"] == of_tariff.height
        assert row["revenue_cny"] - row["now_cny"] == row["change_cny"]
        assert row["change_cny"] == of_tariff["change_cny"].sum()


@pytest.mark.parametrize(
    "group_by", ["customer_class", "region_id", "industry_code", "size_class", "price_class"]
)
def test_groups_add_up_to_the_whole(lake, group_by):
    groups = simulation_groups(lake, tariffs=TRIED, **DAYS, group_by=group_by)
    summary = simulation_summary(lake, tariffs=TRIED, **DAYS).rename({"revenue_cny": "owed_cny"})
    counts = ["accounts", "winners", "losers", "unchanged"]
    money = ["now_cny", "owed_cny", "change_cny"]
    added = groups.group_by("tariff", maintain_order=True).agg(
        pl.col(counts).sum(), pl.col(money).sum().cast(pl.Decimal(20, 2)), pl.sum("energy_kwh")
    )
    assert added["tariff"].to_list() == summary["tariff"].to_list()
    assert added.select(counts + money).equals(summary.select(counts + money))
    assert added["energy_kwh"].to_list() == pytest.approx(summary["energy_kwh"].to_list())


def test_the_parts_of_revenue_add_up_to_it(lake):
    revenue = simulation_revenue(lake, tariffs=TRIED, **DAYS)
    summary = simulation_summary(lake, tariffs=TRIED, **DAYS)
    added = dict(revenue.group_by("tariff").agg(pl.col("revenue_cny").sum()).iter_rows())
    assert added.pop("now") == summary["now_cny"][0]
    assert added == dict(summary.select("tariff", "revenue_cny").iter_rows())


def test_the_energy_that_revenue_counts_is_the_energy_taken(lake):
    revenue = simulation_revenue(lake, tariffs=TRIED, **DAYS)
    taken = simulation_summary(lake, tariffs=TRIED, **DAYS)["energy_kwh"][0]
    for code in ("t", "liaoning_residential"):
        of_retail = revenue.filter(tariff=code, kind="energy", component="retail")
        assert of_retail["quantity"].sum() == pytest.approx(taken)


def test_the_distribution_counts_everyone_who_owes_something_now(lake):
    bins = simulation_changes(lake, tariffs=TRIED, **DAYS)
    for (code,), rows in bins.group_by("tariff"):
        assert rows["accounts"].sum() == 7, code  # not the stranger, nor the roof, which is paid
        assert rows["accounts_share"].sum() == pytest.approx(1)
        assert (rows["until_share"] > rows["from_share"]).all()
    same = simulation_changes(
        lake, tariffs=("liaoning_residential",), **DAYS, price_classes=("residential",)
    )
    assert same["accounts"].to_list() == [1]
    assert same["from_share"][0] < 0 < same["until_share"][0]


def test_losers_and_winners_are_those_of_the_simulation_largest_first(lake):
    rows = tariff_simulation(lake, tariffs=TRIED[1:2], **DAYS)
    for side, sign in (("losers", 1), ("winners", -1)):
        found = simulation_losers(lake, tariffs=TRIED[1:2], **DAYS, side=side)
        moved = rows.filter(pl.col("change_cny") * sign > 0).sort("change_cny", descending=sign > 0)
        assert found["change_cny"].to_list() == moved["change_cny"].to_list()
    most = simulation_losers(lake, tariffs=TRIED[1:2], **DAYS, most=1)
    assert most["change_cny"].to_list() == [rows["change_cny"].max()]


def test_tariffs_stand_in_the_order_given_and_one_given_twice_gets_a_number(lake):
    own = write_tariff(tariff(flat("0.60")))
    given = (own, "liaoning_residential", own)
    summary = simulation_summary(lake, tariffs=given, **DAYS)
    assert summary["tariff"].to_list() == ["t", "liaoning_residential", "t 2"]
    assert summary["revenue_cny"][0] == summary["revenue_cny"][2]


def test_no_tariffs_are_no_rows_and_too_many_are_refused(lake):
    assert tariff_simulation(lake, tariffs=(), **DAYS).is_empty()
    with pytest.raises(QuestionError, match="at most 20"):
        tariff_simulation(lake, tariffs=("liaoning_residential",) * 21, **DAYS)


def test_nobody_sees_the_bills_of_others(street_settings):
    customer = Scope("anna", "customer", customer_ids=frozenset({"C-noon"}))
    village = Scope("wu", "planner", regions=frozenset({"village"}))
    for scope, seen in ((customer, ["noon"]), (village, ["farm"])):
        lake = open_lake(street_settings, scope, reads=(*READS, *LOSERS_READS))
        rows = tariff_simulation(lake, tariffs=TRIED[:2], **DAYS)
        assert rows["usage_point_id"].unique().to_list() == seen
        summary = simulation_summary(lake, tariffs=TRIED[:2], **DAYS)
        assert summary["accounts"].to_list() == [1, 1]
        losers = simulation_losers(lake, tariffs=TRIED[:2], **DAYS)
        assert set(losers["usage_point_id"]) <= set(seen)


def test_every_chart_of_a_simulation_is_drawn_as_a_picture_without_a_browser(lake):
    speak("zh")
    names = {"t": "方案", "now": "现行"}
    tried = TRIED[1:2]
    changed = simulation_changes(lake, tariffs=tried, **DAYS)
    groups = simulation_groups(lake, tariffs=tried, **DAYS)
    revenue = simulation_revenue(lake, tariffs=tried, **DAYS)
    words = {group: group for group in groups["group"]}
    for chart in (
        change_bars(changed, names, "t"),
        winners_and_losers(groups, words),
        revenue_bars(revenue, names, "period"),
    ):
        assert png_bytes(chart).startswith(b"\x89PNG")
