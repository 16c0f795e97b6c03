"""What the month will cost: the days so far, usual ones after, priced by the billing engine."""

from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest

from queries.billing.account_bills import BillError
from queries.billing.bill import bill
from queries.customers.month_forecast import month_forecast
from queries.lake import open_lake
from queries.scope import EVERYTHING
from tests.billing.small_lakes import HOME, SHOP, agreement, point, profiles

SPRING = date(2025, 3, 1), date(2025, 5, 31)


@pytest.fixture(scope="module")
def homes(new_lake, take, register, day_row):
    """``even`` uses 4 kWh every day; ``split`` 2 kWh on workdays and 8 on days off; ``lossy``."""
    settings = new_lake(tariff_area="liaoning")
    register(
        settings,
        regions=[{"region_id": "town"}],
        customers=[{"customer_id": f"C-{n}"} for n in ("even", "split", "lossy")],
        usage_points=[
            point("even", customer_class="residential", voltage_kv=0.22),
            point("split", customer_class="residential", voltage_kv=0.22),
            point("lossy"),
        ],
        agreements=[
            agreement("even", HOME),
            agreement("split", HOME),
            agreement("lossy", SHOP, line_loss_share=0.02),
        ],
    )
    take(
        settings,
        profiles(day_row, "even", SPRING, {12: 4.0}),
        profiles(day_row, "lossy", SPRING, {12: 4.0}),
    )
    days = [SPRING[0] + timedelta(days=n) for n in range((SPRING[1] - SPRING[0]).days + 1)]
    # May Day: holidays from 1 to 5 May; 27 April, a Sunday, is worked.
    off = {d for d in days if d.weekday() >= 5 or date(2025, 5, 1) <= d <= date(2025, 5, 5)}
    off = (off | {date(2025, 4, 4)}) - {date(2025, 4, 27)}
    rows = [profiles(day_row, "split", (d, d), {12: 8.0 if d in off else 2.0}) for d in days]
    take(settings, pl.concat(rows))
    with closing(open_lake(settings, EVERYTHING)) as lake:
        yield lake


def forecast(lake, name, as_of):
    return month_forecast(lake, customer_id=f"C-{name}", as_of=as_of).row(0, named=True)


def owed(lake, name, month):
    lines = bill(lake, customer_id=f"C-{name}", month=month)
    return lines["amount_cny"].sum()


@pytest.mark.parametrize("day", [8, 20, 31])
def test_who_uses_the_same_every_day_is_foretold_to_the_fen(homes, day):
    answer = forecast(homes, "even", date(2025, 5, day))
    assert answer["energy_kwh"] == pytest.approx(31 * 4.0)
    assert answer["days_left"] == 31 - day
    assert answer["amount_cny"] == owed(homes, "even", date(2025, 5, 1))
    # Nothing scatters, so the band has no width.
    assert answer["amount_low_cny"] == answer["amount_high_cny"] == answer["amount_cny"]
    assert answer["energy_so_far_kwh"] == pytest.approx(day * 4.0)


def test_days_that_are_left_are_those_of_their_kind(homes):
    answer = forecast(homes, "split", date(2025, 5, 18))
    # 19 to 31 May: ten workdays of 2 kWh; 24, 25, 31 May off with 8 kWh.
    rest = answer["energy_kwh"] - answer["energy_so_far_kwh"]
    assert rest == pytest.approx(10 * 2.0 + 3 * 8.0)
    assert answer["amount_cny"] == owed(homes, "split", date(2025, 5, 1))


def test_a_month_that_is_over_is_its_bill(homes):
    answer = forecast(homes, "split", date(2025, 4, 30))
    assert answer["days_left"] == 0
    assert answer["amount_cny"] == answer["amount_so_far_cny"]
    assert answer["amount_cny"] == owed(homes, "split", date(2025, 4, 1)) > Decimal(0)


def test_what_is_billed_beside_the_metered_energy_is_not_foretold(homes):
    with pytest.raises(BillError) as caught:
        forecast(homes, "lossy", date(2025, 5, 20))
    assert caught.value.reason == "other_terms"
    with pytest.raises(BillError) as caught:
        forecast(homes, "nobody", date(2025, 5, 20))
    assert caught.value.reason == "no_agreement"
    with pytest.raises(BillError) as caught:
        forecast(homes, "even", date(2025, 8, 20))
    assert caught.value.reason == "no_reading"
