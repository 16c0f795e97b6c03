"""What the month will cost: the days so far, usual ones after, priced by the billing engine."""

from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest

from ingest.batch import REGISTERS_READ, Batch
from ingest.lake import publish, writing
from ingest.merge import Arrival
from ingest.store import Stored, store
from queries.billing.account_bills import BillError
from queries.billing.bill import bill
from queries.customers.month_forecast import month_forecast
from queries.lake import open_lake
from queries.scope import EVERYTHING
from tests.billing.small_lakes import HOME, SHOP, agreement, point, profiles

SPRING = date(2025, 3, 1), date(2025, 5, 31)


OTHERS = {
    "lossy": {"line_loss_share": 0.02},
    "parted": {"split_tariff_code": "residential_shared", "split_share": 0.1},
    "above": {},
    "low side": {"is_metered_low_side": True},
    "unrated": {"is_metered_low_side": True},
}
"""Shops that are billed something beside their metered energy."""


@pytest.fixture(scope="module")
def homes(new_lake, take, register, day_row):
    """``even`` uses 4 kWh every day, and so do those with other terms; ``below`` is behind one.

    ``split`` uses 2 kWh on workdays and 8 on days off.
    """
    settings = new_lake(tariff_area="liaoning")
    register(
        settings,
        regions=[{"region_id": "town"}],
        customers=[{"customer_id": f"C-{n}"} for n in ("even", "split", "below", *OTHERS)],
        usage_points=[
            point("even", customer_class="residential", voltage_kv=0.22),
            point("split", customer_class="residential", voltage_kv=0.22),
            point("below", customer_class="residential", voltage_kv=0.22),
            *(point(name, kva=100.0 if name == "low side" else 0.0) for name in OTHERS),
        ],
        agreements=[
            agreement("even", HOME),
            agreement("split", HOME),
            agreement("below", HOME, deducted_from_usage_point_id="above"),
            *(agreement(name, SHOP, **terms) for name, terms in OTHERS.items()),
        ],
    )
    alike = [profiles(day_row, name, SPRING, {12: 4.0}) for name in ("even", *OTHERS)]
    take(settings, *alike, profiles(day_row, "below", SPRING, {12: 1.0}))
    days = [SPRING[0] + timedelta(days=n) for n in range((SPRING[1] - SPRING[0]).days + 1)]
    # May Day: holidays from 1 to 5 May; 27 April, a Sunday, is worked.
    off = {d for d in days if d.weekday() >= 5 or date(2025, 5, 1) <= d <= date(2025, 5, 5)}
    off = (off | {date(2025, 4, 4)}) - {date(2025, 4, 27)}
    rows = [profiles(day_row, "split", (d, d), {12: 8.0 if d in off else 2.0}) for d in days]
    take(settings, pl.concat(rows))
    with closing(open_lake(settings, EVERYTHING)) as lake:
        yield lake


@pytest.fixture
def registers(new_lake, take, register, day_row):
    """A home whose register moved by 150 kWh in April, of which its curve lacks ten days."""
    settings = new_lake(tariff_area="liaoning")
    register(
        settings,
        regions=[{"region_id": "town"}],
        usage_points=[point("even", customer_class="residential", voltage_kv=0.22)],
        meters=[{"meter_id": "M", "usage_point_id": "even", "valid_from": date(2020, 1, 1)}],
        agreements=[agreement("even", HOME)],
    )
    take(settings, profiles(day_row, "even", (SPRING[0], date(2025, 4, 20)), {12: 4.0}))
    days = {date(2024, 12, 31): 700, date(2025, 3, 31): 1000, date(2025, 4, 30): 1150}
    rows = [
        dict.fromkeys(REGISTERS_READ)
        | {"usage_point_id": "even", "meter_id": "M", "channel": "import", "register": "total"}
        | {"service_date": day, "read_at": datetime(day.year, day.month, day.day, 16, tzinfo=UTC)}
        | {"reading_kwh": Decimal(kwh), "quality": "A"}
        for day, kwh in days.items()
    ]
    with writing(settings) as writer:
        batch = Batch(registers=pl.DataFrame(rows, schema=REGISTERS_READ))
        store(writer, batch, Arrival("registers", datetime(2025, 6, 1, tzinfo=UTC)), Stored())
        publish(writer)
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


@pytest.mark.parametrize("name", ["lossy", "parted", "above", "low side"])
@pytest.mark.parametrize("day", [8, 31])
def test_what_is_billed_beside_the_metered_energy_is_foretold_as_it_is_billed(homes, name, day):
    """Line loss, a split, a sub-meter deducted, a transformer's loss: every day is alike."""
    answer = forecast(homes, name, date(2025, 5, day))
    assert answer["amount_cny"] == owed(homes, name, date(2025, 5, 1)) > 0
    assert answer["amount_low_cny"] == answer["amount_high_cny"] == answer["amount_cny"]


def test_losses_are_part_of_the_energy_foretold_and_a_sub_meter_is_not(homes):
    day = date(2025, 5, 20)
    # 31 days of 4 kWh: 2 % more by the line, 1 kWh a day less by the sub-meter.
    assert forecast(homes, "lossy", day)["energy_kwh"] == pytest.approx(31 * 4 * 1.02, abs=0.01)
    assert forecast(homes, "above", day)["energy_kwh"] == pytest.approx(31 * 3.0)
    assert forecast(homes, "low side", day)["energy_kwh"] > 31 * 4.0


def test_a_month_that_is_over_is_settled_by_its_registers(registers):
    """150 kWh; the curve lacks ten days, which usual ones would make 120."""
    answer = forecast(registers, "even", date(2025, 4, 30))
    assert answer["energy_kwh"] == pytest.approx(150.0)
    assert answer["amount_cny"] == owed(registers, "even", date(2025, 4, 1))
    assert answer["days_filled"] == 10


def test_what_cannot_be_billed_says_why(homes):
    with pytest.raises(BillError) as caught:
        forecast(homes, "nobody", date(2025, 5, 20))
    assert caught.value.reason == "no_agreement"
    with pytest.raises(BillError) as caught:
        forecast(homes, "even", date(2025, 8, 20))
    assert caught.value.reason == "no_reading"
    with pytest.raises(BillError) as caught:
        forecast(homes, "unrated", date(2025, 5, 20))
    assert caught.value.reason == "no_reading"
