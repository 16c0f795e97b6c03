from collections import Counter
from datetime import date
from functools import lru_cache

import numpy as np
import pytest

from ingest.simulated.grid.place import areas_of, place
from ingest.simulated.loads.demand import Demand
from ingest.simulated.planted.outages import Outage, cut, is_out, plan_outages, planted_outage
from ingest.simulated.surroundings.days import days
from ingest.simulated.surroundings.economy import economy
from ingest.simulated.surroundings.setting import Setting
from ingest.simulated.surroundings.span import Span
from ingest.simulated.surroundings.weather import weather

TWO_YEARS = Span.between(date(2024, 1, 1), date(2025, 12, 31))
JULY_NOON = 200 * 96 + 48


@lru_cache
def setting():
    calendar = days(TWO_YEARS)
    sky = weather(1, TWO_YEARS, calendar)
    return Setting(1, TWO_YEARS, calendar, sky, economy(1, TWO_YEARS, "R"))


@lru_cache
def district():
    return place(1, 3000)


@lru_cache
def outages():
    return plan_outages(district(), setting())


def outage(first_slot=JULY_NOON, slots=12):
    return Outage(
        feeder=0,
        areas=frozenset({1}),
        first_slot=first_slot,
        last_slot=first_slot + slots,
        cause="fault",
        is_planned=False,
        is_whole=False,
    )


def demand(active_w=1000.0, most_w=5000.0):
    active = np.full(TWO_YEARS.slots, active_w, dtype=np.float32)
    active[0] = most_w
    return Demand(active, active / 2)


def test_nothing_is_drawn_while_the_switch_is_open():
    dark = cut(demand(), [outage()], setting())
    assert not dark.active_w[JULY_NOON : JULY_NOON + 12].any()
    assert not dark.reactive_var[JULY_NOON : JULY_NOON + 12].any()


def test_thermostats_make_up_for_a_part_of_two_hours_within_two_hours():
    before = demand()
    dark = cut(before, [outage()], setting())
    after = slice(JULY_NOON + 12, JULY_NOON + 20)
    back_wh = (dark.active_w[after].astype(float) - 1000).sum() / 4
    # 10 to 40 % of the 2 kWh of the last two hours; float32 has seven digits.
    assert 199.99 < back_wh < 800.01
    assert (np.diff(dark.active_w[after]) < 0).all()
    assert dark.reactive_var[after] == pytest.approx(dark.active_w[after] / 2)
    outside = np.delete(np.arange(TWO_YEARS.slots), np.arange(JULY_NOON, JULY_NOON + 20))
    assert np.array_equal(dark.active_w[outside], before.active_w[outside])


def test_a_lamp_does_not_burn_brighter_after_an_outage():
    lamp = demand(most_w=1000.0)
    assert cut(lamp, [outage()], setting()).active_w.max() == 1000


def test_an_outage_changes_neither_its_input_nor_who_has_none():
    before = demand()
    cut(before, [outage()], setting())
    assert (before.active_w[1:] == 1000).all()
    assert cut(before, [], setting()) is before


def test_an_outage_may_last_to_the_end_of_the_span():
    last = cut(demand(), [outage(TWO_YEARS.slots - 4, 4)], setting())
    assert not last.active_w[-4:].any()


def test_there_is_no_supply_exactly_during_the_outages():
    both = [outage(100, 5), outage(300, 2)]
    assert np.flatnonzero(is_out(both, TWO_YEARS)).tolist() == [100, 101, 102, 103, 104, 300, 301]


def test_an_area_is_without_supply_about_one_and_a_half_times_a_year():
    areas = sum(len(outage.areas) for outage in outages())
    a_year = areas / len(district().areas) / 2
    # 200 areas, two years: some 600 area outages in clusters, a standard error of about 0.1.
    assert 1.2 < a_year < 1.8


def test_outages_last_from_half_an_hour_to_five():
    slots = [outage.last_slot - outage.first_slot for outage in outages()]
    assert min(slots) >= 2
    assert 10 < max(slots) <= 20


def test_a_switch_cuts_off_one_area_or_all_from_some_point_of_the_trunk_on():
    for found in outages():
        areas = [area.number for area in areas_of(district(), found.feeder)]
        own = [number for number in areas if number in found.areas]
        assert set(own) == set(found.areas)
        assert len(own) == 1 or own == areas[areas.index(own[0]) :]
        assert found.is_whole == (own == areas)
    sizes = Counter(found.is_whole for found in outages())
    assert 0 < sizes[True] < 0.15 * sizes[False]


def test_maintenance_is_planned_on_workdays_of_spring_and_autumn():
    planned = [outage for outage in outages() if outage.is_planned]
    assert planned
    for found in planned:
        day = found.first_slot // 96
        assert found.cause == "maintenance"
        assert setting().days.is_workday[day]
        assert TWO_YEARS.dates[day].month in {3, 4, 5, 9, 10}
        assert 32 <= found.first_slot % 96 <= 38


def test_storms_come_with_wind_and_faults_with_heat_or_frost():
    wind = setting().weather.wind_m_per_s
    mean_c = setting().weather.temperature_c.reshape(-1, 96).mean(axis=1)
    windy = [wind[found.first_slot] for found in outages() if found.cause == "storm"]
    assert min(windy) > np.quantile(wind, 0.9)
    faulty = [found.first_slot // 96 for found in outages() if found.cause == "fault"]
    far_from_mild = np.abs(mean_c - 13)
    assert np.median(far_from_mild[faulty]) > np.quantile(far_from_mild, 0.65)


def test_the_same_seed_brings_the_same_outages():
    assert plan_outages(district(), setting()) == outages()


def test_an_outage_is_planted_with_its_hours_and_areas():
    thing = planted_outage(outage())
    assert (thing.group, thing.kind, thing.amount, thing.unit) == ("outage", "fault", 3.0, "h")
    assert thing.detail["area_numbers"] == [1]
