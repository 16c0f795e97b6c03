from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from ingest.simulated.loads.vehicle import draw_vehicle, vehicle_w
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.days import days
from ingest.simulated.surroundings.economy import economy
from ingest.simulated.surroundings.setting import Setting
from ingest.simulated.surroundings.span import Span
from ingest.simulated.surroundings.weather import weather

SPAN = Span.between(date(2024, 1, 1), date(2024, 12, 31))
KWH_PER_W = 0.25 / 1e3


@pytest.fixture(scope="module")
def year():
    calendar = days(SPAN)
    return Setting(1, SPAN, calendar, weather(1, SPAN, calendar), economy(1, SPAN, "fengchuan"))


@pytest.fixture(scope="module")
def fleet(year):
    vehicles = [draw_vehicle(stream(1, "test vehicle", n), first_day=-50) for n in range(60)]
    charging = [vehicle_w(v, year, stream(1, "test charging", n)) for n, v in enumerate(vehicles)]
    return vehicles, np.array(charging)


def test_nothing_is_charged_before_the_vehicle_is_bought(year):
    vehicle = draw_vehicle(stream(1, "test vehicle", 0), first_day=100)
    charging = vehicle_w(vehicle, year, stream(1, "test charging", 0))
    assert not charging[: 100 * 96].any()
    assert charging[100 * 96 : 110 * 96].any()


def test_a_vehicle_bought_after_the_span_is_never_charged(year):
    vehicle = draw_vehicle(stream(1, "test vehicle", 0), first_day=SPAN.days)
    assert not vehicle_w(vehicle, year, stream(1, "test charging", 0)).any()


def test_charging_never_exceeds_the_charger(fleet):
    vehicles, charging = fleet
    most_w = np.array([1e3 * vehicle.charger_kw for vehicle in vehicles])
    assert (charging >= 0.0).all()
    assert (charging.max(axis=1) == most_w).all()


def test_valley_vehicles_charge_between_22_and_6_and_the_others_from_their_arrival_on(fleet):
    vehicles, charging = fleet
    by_slot = charging.reshape(len(vehicles), -1, 96).sum(axis=1)
    night_share = 1.0 - by_slot[:, 6 * 4 : 22 * 4].sum(axis=1) / by_slot.sum(axis=1)
    is_valley = np.array([vehicle.is_valley for vehicle in vehicles])
    assert 0.25 < is_valley.mean() < 0.65
    assert night_share[is_valley].min() > 0.85
    assert np.median(night_share[~is_valley]) < 0.3
    assert by_slot[~is_valley].sum(axis=0).argmax() in range(18 * 4, 22 * 4)


def test_a_year_takes_1500_to_3000_kwh(fleet):
    annual_kwh = fleet[1].sum(axis=1) * KWH_PER_W
    assert 1_800 < np.median(annual_kwh) < 2_500
    assert np.mean((annual_kwh > 1_500) & (annual_kwh < 3_000)) > 0.8


def test_cold_days_take_more_than_mild_ones(fleet):
    by_month = fleet[1].sum(axis=0)
    january, may = by_month[: 31 * 96].sum(), by_month[121 * 96 : 152 * 96].sum()
    assert january > 1.2 * may


def test_it_is_plugged_in_every_few_days(fleet):
    days_charged = (fleet[1].reshape(len(fleet[0]), -1, 96) > 0).any(axis=2).sum(axis=1)
    # A charge past midnight touches two days.
    assert (days_charged > 366 / 4 * 0.8).all()
    assert (days_charged < 366).all()


def test_the_same_stream_charges_at_the_same_times(year):
    vehicle = replace(draw_vehicle(stream(1, "test vehicle", 3), first_day=0), is_valley=True)
    first, again, other = (vehicle_w(vehicle, year, stream(1, "c", n)) for n in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert first.dtype == np.float32
    assert first.shape == (SPAN.slots,)
