"""What accounts pay, could save and owe, worked out for everyone and held to single bills."""

from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest

from ingest.batch import REGISTERS_READ, Batch
from ingest.lake import publish, writing
from ingest.merge import Arrival
from ingest.portrait_money import has_money, make_money
from ingest.portraits import Wanted
from ingest.store import Stored, store
from queries.billing.best_choice import best_choice
from queries.billing.bill_history import bill_history
from queries.billing.choice_savings import without_packages
from queries.customers.portrait_money import portrait_money
from queries.lake import open_lake
from queries.scope import EVERYTHING, Scope
from tests.billing.small_lakes import HOME, SHOP, TWO_PART, agreement, point, profiles
from tests.customers.payment_lake import paid, put_payments

TWO_YEARS = date(2024, 1, 1), date(2025, 12, 31)
LAST_YEAR = date(2025, 1, 1), date(2025, 12, 31)
MOVED_IN = date(2025, 10, 1)
JUNE = date(2025, 6, 1), date(2025, 6, 30)
_HOUSE = {"customer_class": "residential", "voltage_kv": 0.22}
_HOMES = ("home", "metered", "bare", "new")


@pytest.fixture(scope="module")
def town(new_lake, register, take, day_row):
    """Homes of 4 kWh a day, a shop, a plant; one home changed hands, two were not read in June."""
    settings = new_lake(tariff_area="liaoning")
    register(
        settings,
        regions=[{"region_id": "town"}],
        usage_points=[
            *(point(name, **_HOUSE) for name in ("home", "metered", "bare")),
            point("new", **_HOUSE, valid_to=MOVED_IN) | {"customer_id": "C-before"},
            point("new", **_HOUSE) | {"valid_from": MOVED_IN},
            point("shop"),
            point("second shop") | {"customer_id": "C-shop"},
            point("plant", kva=400.0),
        ],
        meters=[{"meter_id": "M", "usage_point_id": "metered", "valid_from": date(2020, 1, 1)}],
        agreements=[
            *(agreement(name, HOME) for name in _HOMES),
            agreement("shop", SHOP),
            agreement("second shop", SHOP, has_time_of_use=False),
            agreement("plant", TWO_PART, basic_charge="capacity"),
        ],
    )
    day = pl.col("service_date")
    is_read = day.is_between(*LAST_YEAR) & ~(day.is_between(*JUNE) & (day.dt.day() > 15))
    home = profiles(day_row, "home", TWO_YEARS, {19: 4.0})
    unread = [
        home.with_columns(usage_point_id=pl.lit(name)).filter(is_read)
        for name in ("metered", "bare")
    ]
    others = [
        profiles(day_row, "new", LAST_YEAR, {20: 20.0}),
        profiles(day_row, "shop", LAST_YEAR, {13: 10.0}),
        profiles(day_row, "second shop", LAST_YEAR, {20: 5.0}),
        profiles(day_row, "plant", LAST_YEAR, {}, 30.0),
    ]
    take(settings, home, *unread, *others)
    _read_registers(settings)
    put_payments(settings, paid("C-home", [2] * 20))
    made = make_money(settings)
    assert made.accounts == made.billed == 6
    return settings


def _read_registers(settings):
    """The register of ``metered`` at the ends of 2025's months, 4 kWh a day; ratio 1."""
    ends = [date(2024, 12, 31), *pl.date_range(*LAST_YEAR, "1mo", eager=True).dt.month_end()]
    rows = [
        dict.fromkeys(REGISTERS_READ)
        | {"usage_point_id": "metered", "meter_id": "M", "channel": "import", "register": "total"}
        | {"service_date": day, "read_at": datetime(day.year, day.month, day.day, 16, tzinfo=UTC)}
        | {"reading_kwh": Decimal((day - ends[0]).days * 4), "quality": "A"}
        for day in ends
    ]
    with writing(settings) as writer:
        batch = Batch(registers=pl.DataFrame(rows, schema=REGISTERS_READ))
        store(writer, batch, Arrival("registers", datetime(2026, 1, 1, tzinfo=UTC)), Stored())
        publish(writer)


def _money(settings, scope=EVERYTHING):
    with closing(open_lake(settings, scope)) as lake:
        found = portrait_money(lake)
    return {row["customer_id"]: row for row in found.iter_rows(named=True)}


def test_a_home_pays_for_a_year_what_can_be_worked_out_by_hand(town):
    """365 days of 4 kWh, all in the first tier of 0.50 CNY."""
    home = _money(town)["C-home"]
    assert home["bill_cny"] == Decimal("730.00")
    assert home["energy_kwh"] == pytest.approx(1460.0)
    assert home["price_cny_per_kwh"] == pytest.approx(0.5)
    assert (home["bill_months"], home["readings_share"]) == (12, 1.0)
    assert (home["month"], home["district_id"], home["usage_points"]) == ("2025-12", "town", 1)


@pytest.mark.parametrize("customer", ["C-home", "C-metered", "C-new", "C-plant"])
def test_the_bill_is_that_of_the_billing_engine_to_the_fen(town, customer):
    with closing(open_lake(town, EVERYTHING)) as lake:
        history = bill_history(lake, month=date(2025, 12, 1), customer_id=customer)
    known = history.drop_nulls("amount_cny")
    found = _money(town)[customer]
    assert found["bill_cny"] == known["amount_cny"].sum() > 0
    assert found["bill_months"] == known.height
    assert found["energy_kwh"] == pytest.approx(float(known["energy_kwh"].sum()))


def test_an_account_with_two_usage_points_pays_for_both(town):
    with closing(open_lake(town, EVERYTHING)) as lake:
        history = bill_history(lake, month=date(2025, 12, 1), customer_id="C-shop")
    shop = _money(town)["C-shop"]
    assert shop["usage_points"] == 2
    assert shop["bill_cny"] == history["amount_cny"].sum()
    assert shop["tariff_code"] == "liaoning_industrial_commercial"


def test_what_was_not_read_is_billed_by_registers_or_not_at_all(town):
    money = _money(town)
    assert money["C-metered"]["bill_cny"] == Decimal("730.00")
    assert money["C-metered"]["bill_months"] == 12
    # June, 30 days of 4 kWh for 60 CNY, is half unread: no bill is told of it.
    assert money["C-bare"]["bill_cny"] == Decimal("670.00")
    assert money["C-bare"]["bill_months"] == 11


def test_who_moved_in_is_told_nothing_of_who_was_there_before(town):
    new = _money(town)["C-new"]
    assert "C-before" not in _money(town)
    assert new["bill_months"] == 3
    # After nine months of 600 kWh by somebody else, all would be in the third tier at 0.80.
    assert new["price_cny_per_kwh"] < 0.80
    assert new["choice_why"] == new["next_year_why"] == "too_new"
    assert new["next_year_cny"] is None


def test_the_best_choice_is_that_of_its_own_question_and_no_package(town):
    with closing(open_lake(town, EVERYTHING)) as lake:
        found = best_choice(lake, first_day=LAST_YEAR[0], last_day=LAST_YEAR[1])
    best = without_packages(found).filter("is_best", customer_id="C-plant").row(0, named=True)
    plant = _money(town)["C-plant"]
    assert plant["choice_saving_cny"] == best["saving_cny"] > 0
    assert plant["choice_policy"] == best["policy"] == "basic_charge"
    assert plant["choice_basic_charge"] == best["basic_charge"]
    assert plant["basic_charge_cny"] > 0
    home = _money(town)["C-home"]
    assert (home["choice_saving_cny"], home["choice_why"]) == (None, "nothing_to_choose")


def test_one_town_is_too_small_for_an_interval_but_not_for_an_expectation(town):
    """Equal days at equal prices: next year is as the last one was."""
    home = _money(town)["C-home"]
    assert home["next_year_cny"] == pytest.approx(730.0)
    assert home["next_year_basis"] == "two_years"
    assert (home["next_year_low_cny"], home["next_year_high_cny"]) == (None, None)
    assert _money(town)["C-plant"]["next_year_basis"] == "one_year"


def test_arrears_are_those_of_the_question_of_risk(town):
    home = _money(town)["C-home"]
    assert (home["on_time_share"], home["overdue_cny"]) == (1.0, Decimal(0))
    assert (home["bills_before"], home["late_probability_share"]) == (20, None)
    assert home["late_why"] == "no_recent_bill"
    assert _money(town)["C-shop"]["bills_before"] is None


def test_a_customer_sees_its_own_bill_and_nothing_that_is_expected_of_it(town):
    home = Scope("home", "customer", customer_ids=frozenset({"C-home"}))
    [own] = _money(town, home).values()
    assert own["bill_cny"] == Decimal("730.00")
    assert own["overdue_cny"] == 0
    hidden = ("next_year_cny", "next_year_basis", "growth_share", "bills_before", "late_why")
    assert [own[name] for name in hidden] == [None] * len(hidden)


def test_only_what_rests_on_something_new_is_worked_out_again(town, register):
    assert has_money(town)
    made = make_money(town)
    assert (made.accounts, made.billed) == (0, 0)
    before = _money(town)
    put_payments(town, paid("C-shop", [40] * 22))
    made = make_money(town)
    assert (made.accounts, made.billed) == (6, 0)
    after = _money(town)
    assert (after["C-shop"]["on_time_share"], after["C-shop"]["late_why"]) == (0.0, "no_model")
    assert after["C-home"]["bill_cny"] == before["C-home"]["bill_cny"]
    register(town, agreements=[agreement("bare", HOME, household_persons=6)])
    assert make_money(town).billed == 6


def test_an_earlier_day_has_the_twelve_months_before_it(town):
    make_money(town, Wanted(last_day=date(2025, 6, 10)))
    with closing(open_lake(town, EVERYTHING)) as lake:
        found = portrait_money(lake, month="2025-06", customer_id="C-home").row(0, named=True)
        newest = portrait_money(lake, customer_id="C-home").row(0, named=True)
    # June 2024 to May 2025, 365 days again.
    assert (found["bill_cny"], found["last_day"]) == (Decimal("730.00"), date(2025, 6, 10))
    assert newest["month"] == "2025-12"


def test_a_lake_of_usage_points_that_no_register_knows_has_no_accounts(new_lake, take, day_row):
    bare = new_lake()
    assert make_money(bare).accounts == 0
    take(bare, profiles(day_row, "stray", JUNE, {12: 1.0}))
    assert make_money(bare).accounts == 0
    assert not has_money(bare)
