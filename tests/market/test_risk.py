"""Revenue at risk: worked by hand on four accounts."""

from contextlib import closing
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from queries.lake import open_lake
from queries.market.risk import risk
from queries.market.risk_concentration import risk_concentration
from queries.market.risk_exposure import risk_exposure
from queries.scope import EVERYTHING, Scope
from tests.billing.small_lakes import profiles
from tests.customers.payment_lake import paid, put_payments

AS_OF = date(2025, 3, 31)
FIRST = date(2024, 3, 1)


@pytest.fixture(scope="module")
def lake_settings(new_lake, take, register, day_row):
    """A (north, agency) uses half as much as a year ago; B and C (north), D (south) the same."""
    settings = new_lake()
    register(
        settings,
        regions=[{"region_id": r} for r in ("north", "south")],
        customers=[{"customer_id": "A", "industry_code": "1411"}]
        + [{"customer_id": c} for c in "BCD"],
        usage_points=[
            {"usage_point_id": f"P{c}", "customer_id": c}
            | {"customer_class": "industrial" if c == "A" else "residential"}
            | {"region_id": "south" if c == "D" else "north"}
            for c in "ABCD"
        ],
        agreements=[
            {"agreement_id": "1", "usage_point_id": "PA", "purchase_type": "agency"},
        ],
    )
    rows = []
    for c in "ABCD":
        usual = profiles(day_row, f"P{c}", (date(2024, 1, 1), AS_OF), {0: 10.0})
        halved = usual.with_columns(t0000=pl.lit(5000, pl.Int32))
        is_halved = pl.lit(c == "A") & (pl.col("service_date") >= date(2025, 1, 1))
        rows += [usual.filter(~is_halved), halved.filter(is_halved)]
    take(settings, pl.concat(rows))
    put_payments(
        settings,
        [
            *paid("A", [3] * 10 + [None, None], billed="600.00", first=FIRST),
            *paid("B", [3] * 12, billed="200.00", first=FIRST),
            *paid("C", [3] * 12, billed="100.00", first=FIRST),
            *paid("D", [3] * 12, billed="100.00", first=FIRST),
        ],
    )
    return settings


def asked(settings, question, scope=EVERYTHING, **inputs):
    with closing(open_lake(settings, scope)) as lake:
        return question(lake, as_of=AS_OF, **inputs)


def test_arrears_and_decline_by_area_as_worked_out_by_hand(lake_settings):
    answer = asked(lake_settings, risk, group_by="region")
    north, south = (
        answer.row(by_predicate=pl.col("group_id") == r, named=True) for r in ("north", "south")
    )
    # Of A's twelve bills those of January and February 2025 are open, due on 18 February and March.
    assert north["overdue_cny"] == Decimal(1200)
    assert north["year_billed_cny"] == Decimal(12 * 900)
    assert north["overdue_share"] == pytest.approx(1200 / 10800)
    # January to March: 90 days of 5 kWh less for A, against 91 days of 2024; B and C unchanged.
    assert north["recent_kwh"] == pytest.approx(90 * (5 + 10 + 10))
    assert north["before_kwh"] == pytest.approx(91 * 30)
    change = 90 * 25 / (91 * 30) - 1
    assert north["use_change_share"] == pytest.approx(change)
    assert north["decline_factor"] == pytest.approx(1 - change)
    assert south["overdue_cny"] == 0
    assert answer["group_id"].to_list() == ["north", "south"]


@pytest.mark.parametrize(
    ("group_by", "groups"), [("region", {"north", "south"}), ("industry", {"C", "households"})]
)
def test_the_parts_of_groups_add_up_to_the_whole(lake_settings, group_by, groups):
    whole = asked(lake_settings, risk, group_by="all").row(0, named=True)
    parts = asked(lake_settings, risk, group_by=group_by)
    for name in ("accounts", "year_billed_cny", "overdue_cny", "recent_kwh"):
        assert parts[name].sum() == whole[name]
    assert set(parts["group_id"]) == groups


def test_concentration_says_how_few_make_half_of_the_revenue(lake_settings):
    answer = asked(lake_settings, risk_concentration)
    assert answer["customer_id"].to_list() == ["A", "B", "C", "D"]
    assert answer["revenue_share"].to_list() == pytest.approx([0.6, 0.2, 0.1, 0.1])
    assert answer["herfindahl_share"][0] == pytest.approx(0.36 + 0.04 + 0.01 + 0.01)
    assert answer["half_accounts"][0] == 1
    assert answer["cumulative_share"][-1] == pytest.approx(1.0)


def test_a_fen_of_the_purchase_price_moves_only_who_buys_at_it(lake_settings):
    answer = asked(lake_settings, risk_exposure)
    agency = answer.row(by_predicate=pl.col("purchase_type") == "agency", named=True)
    # 275 days of 10 kWh in 2024 and 90 of 5 in 2025.
    assert agency["energy_kwh"] == pytest.approx(275 * 10 + 90 * 5)
    assert agency["step_worth_cny"] == pytest.approx(32.0)
    catalogue = answer.row(by_predicate=pl.col("purchase_type") == "catalogue", named=True)
    assert (catalogue["accounts"], catalogue["step_worth_cny"]) == (3, 0.0)


def test_a_region_sees_its_own_risk(lake_settings):
    south = Scope("s", "planner", regions=frozenset({"south"}))
    assert asked(lake_settings, risk_concentration, south)["customer_id"].to_list() == ["D"]
