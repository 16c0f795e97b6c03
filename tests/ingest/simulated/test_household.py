from dataclasses import replace
from datetime import date
from itertools import count

import numpy as np
import pytest

from ingest.simulated.loads.appliances import USES
from ingest.simulated.loads.household import demand, draw
from ingest.simulated.loads.rooms import AirConditioner, Heating, thermostat_share
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.days import days
from ingest.simulated.surroundings.economy import economy
from ingest.simulated.surroundings.setting import Setting
from ingest.simulated.surroundings.span import Span
from ingest.simulated.surroundings.weather import weather

SPAN = Span.between(date(2024, 1, 1), date(2024, 12, 29))  # whole weeks
KWH_PER_W = 0.25 / 1e3
COOLER = AirConditioner(power_kw=1.0, comfort_c=25.0, is_on_asleep=False, arrival_h=19.0)
STORAGE = Heating(
    power_kw=6.0, loss_kw_per_k=0.045, is_storage=True, timer_h=22.0, cycles_per_hour=1.0
)


@pytest.fixture(scope="module")
def year():
    calendar = days(SPAN)
    return Setting(1, SPAN, calendar, weather(1, SPAN, calendar), economy(1, SPAN, "fengchuan"))


def homes(area_kind, number, is_wanted=lambda _: True):
    """The first homes of an area that are as wanted, with the numbers of their streams."""
    drawn = ((n, draw(stream(1, "test home", n), area_kind)) for n in count())
    wanted = ((n, home) for n, home in drawn if is_wanted(home))
    return [next(wanted) for _ in range(number)]


def is_lived_in(home):
    return home.occupancy.kind != "vacant"


def active_w(home, year, number=0):
    return demand(home, year, stream(1, "test demand", number)).active_w


def powers(found, year):
    return np.array([active_w(home, year, n) for n, home in found])


@pytest.fixture(scope="module")
def urban(year):
    """Powers of 120 urban homes that are lived in."""
    return powers(homes("urban", 120, is_lived_in), year)


def with_only(home, *uses):
    """The home without anything that runs by itself, and without any use but these."""
    rates = tuple(
        1.0 if name in uses else 0.0 for name, _ in zip(USES, home.appliances.rates, strict=True)
    )
    return replace(
        home,
        appliances=replace(home.appliances, rates=rates),
        standby_w=0.0,
        fridge_w=0.0,
        air_conditioner=None,
        heating=None,
    )


def annual_kwh(active):
    return active.sum(axis=1, dtype=np.float64) * KWH_PER_W


def half_hours(active):
    return active.reshape(len(active), -1, 2).mean(axis=2, dtype=np.float64)


def autocorrelation(series, lag):
    return [np.corrcoef(one[:-lag], one[lag:])[0, 1] for one in series]


@pytest.mark.parametrize("area_kind", ["urban", "suburban", "rural", "street", "industrial"])
def test_no_home_of_any_area_draws_less_than_nothing(year, area_kind):
    for number, home in homes(area_kind, 12):
        drawn = demand(home, year, stream(1, "test demand", number))
        for power in (drawn.active_w, drawn.reactive_var):
            assert power.dtype == np.float32
            assert power.shape == (SPAN.slots,)
            assert np.isfinite(power).all()
            assert (power >= 0.0).all()


def test_the_same_stream_is_the_same_life(year):
    ((_, home),) = homes("urban", 1, is_lived_in)
    assert np.array_equal(active_w(home, year, 1), active_w(home, year, 1))
    assert not np.array_equal(active_w(home, year, 1), active_w(home, year, 2))
    assert draw(stream(1, "x", 1), "rural") == draw(stream(1, "x", 1), "rural")
    assert draw(stream(1, "x", 1), "rural") != draw(stream(1, "x", 2), "rural")


def test_a_span_of_one_day_can_be_lived():
    span = Span(date(2024, 2, 10), 1)
    calendar = days(span)
    day = Setting(1, span, calendar, weather(1, span, calendar), economy(1, span, "fengchuan"))
    for number, home in homes("rural", 10):
        assert active_w(home, day, number).shape == (96,)


def test_a_vacant_home_uses_far_less(year, urban):
    vacant = powers(homes("urban", 12, lambda home: not is_lived_in(home)), year)
    assert np.median(annual_kwh(vacant)) < 0.15 * np.median(annual_kwh(urban))


def test_a_vacant_home_with_the_main_switch_off_draws_exactly_nothing_for_weeks(year):
    off = powers(homes("urban", 4, lambda home: home.is_cut_off), year)
    idle_days = (off.reshape(4, -1, 96) == 0.0).all(axis=2).sum(axis=1)
    assert (idle_days > 200).all()


def test_four_to_six_homes_of_a_hundred_are_vacant():
    vacant = [not is_lived_in(draw(stream(1, "v", n), "urban")) for n in range(1500)]
    assert 0.035 < np.mean(vacant) < 0.065


def test_summer_heat_raises_the_use_of_homes_with_air_conditioning_and_not_of_those_without(year):
    found = homes("urban", 50, is_lived_in)
    cooled = powers([(n, replace(home, air_conditioner=COOLER)) for n, home in found], year)
    bare = powers([(n, replace(home, air_conditioner=None)) for n, home in found], year)
    slow_c = year.weather.slow_temperature_c.reshape(-1, 96).mean(axis=1)
    is_summer = (year.days.day_of_year > 150) & (year.days.day_of_year < 245)
    hot, mild = is_summer & (slow_c > 26.0), is_summer & (slow_c > 17.0) & (slow_c < 23.0)
    rise = [
        by_day[:, hot].mean() / by_day[:, mild].mean()
        for by_day in (active.reshape(50, -1, 96).mean(axis=2) for active in (cooled, bare))
    ]
    assert rise[0] > 1.25
    assert 0.9 < rise[1] < 1.15


def test_nothing_is_cooled_in_winter(year):
    ((number, home),) = homes("urban", 1, is_lived_in)
    home = replace(home, heating=None)
    cooled = active_w(replace(home, air_conditioner=COOLER), year, number)
    bare = active_w(replace(home, air_conditioner=None), year, number)
    # 45 days from the new year on; what is drawn later does not depend on it.
    assert np.array_equal(cooled[: 45 * 96], bare[: 45 * 96])


def test_electric_heating_follows_the_cold(year):
    ((number, home),) = homes("rural", 1, is_lived_in)
    direct = replace(STORAGE, is_storage=False)
    heat = active_w(replace(home, heating=direct), year, number)
    heat = heat - active_w(replace(home, heating=None), year, number)
    by_day = heat.reshape(-1, 96).mean(axis=1, dtype=np.float64)
    slow_c = year.weather.slow_temperature_c.reshape(-1, 96).mean(axis=1)
    assert by_day[slow_c < -10.0].mean() > 2.0 * by_day[(slow_c > 3.0) & (slow_c < 8.0)].mean()
    assert by_day[slow_c > 20.0] == pytest.approx(0.0, abs=0.01)


def test_storage_heaters_take_their_heat_between_22_and_6(year):
    ((number, home),) = homes("rural", 1, is_lived_in)
    heat = active_w(replace(home, heating=STORAGE), year, number)
    heat = heat - active_w(replace(home, heating=None), year, number)
    by_slot = heat.reshape(-1, 96).sum(axis=0, dtype=np.float64)
    # A timer is some minutes late.
    assert by_slot[7 * 4 : 22 * 4].sum() == pytest.approx(0.0, abs=1e-3 * by_slot.sum())
    assert heat.max() == pytest.approx(6000.0, rel=1e-4)


@pytest.mark.parametrize(
    ("festival", "least", "most"), [("leaves", 0.0, 0.5), ("stays", 0.8, 1.4), ("guests", 1.2, 2.2)]
)
def test_at_spring_festival_those_who_leave_use_less_and_hosts_more(year, festival, least, most):
    found = homes(
        "urban", 20, lambda home: is_lived_in(home) and home.occupancy.spring_festival == festival
    )
    by_day = powers([(n, replace(home, heating=None)) for n, home in found], year)
    by_day = by_day.reshape(20, -1, 96).mean(axis=2)
    since = year.days.spring_festival
    festive, usual = (since >= 0) & (since <= 3), (abs(since) > 14) & (abs(since) < 35)
    assert least < by_day[:, festive].mean() / by_day[:, usual].mean() < most


def test_more_families_leave_the_city_at_spring_festival_and_the_country_has_guests():
    festivals = {
        area_kind: [
            draw(stream(1, "f", n), area_kind).occupancy.spring_festival for n in range(400)
        ]
        for area_kind in ("urban", "rural")
    }
    assert festivals["urban"].count("leaves") > 2 * festivals["rural"].count("leaves")
    assert festivals["rural"].count("guests") > 1.5 * festivals["urban"].count("guests")


def test_workers_use_more_by_day_at_the_weekend_but_not_on_a_make_up_workday(year):
    found = homes("urban", 40, lambda home: home.occupancy.kind in {"working", "alone"})
    midday = powers(found, year).reshape(40, -1, 96)[:, :, 36:64].mean(axis=(0, 2))
    day = year.days
    weekend, plain = day.weekday >= 5, day.is_workday & (day.weekday < 5)
    made_up, free = weekend & day.is_workday, weekend & ~day.is_workday
    assert made_up.sum() >= 5
    assert midday[free].mean() > 1.1 * midday[plain].mean()
    assert abs(midday[made_up].mean() / midday[plain].mean() - 1.0) < 0.12


def test_one_kettle_boils_once_at_a_time(year):
    ((number, home),) = homes("urban", 1, is_lived_in)
    kettle_w = USES["kettle"].power_w * home.appliances.power_shares[list(USES).index("kettle")]
    boiling = active_w(with_only(home, "kettle"), year, number)
    assert 0.0 < boiling.max() <= kettle_w * (1 + 1e-6)


def test_a_shower_and_keeping_the_water_warm_share_one_heater(year):
    ((number, home),) = homes("urban", 1, is_lived_in)
    heater_w = USES["shower"].power_w * home.appliances.power_shares[list(USES).index("shower")]
    shares = list(home.appliances.power_shares)
    shares[list(USES).index("reheat")] = shares[list(USES).index("shower")]
    home = replace(home, appliances=replace(home.appliances, power_shares=tuple(shares)))
    heating = active_w(with_only(home, "shower", "reheat"), year, number)
    assert 0.0 < heating.max() <= heater_w * (1 + 1e-6)


def test_light_is_needed_more_in_december_and_little_at_noon(year):
    found = [(n, with_only(home, "light")) for n, home in homes("urban", 30, is_lived_in)]
    light = powers(found, year).reshape(30, -1, 96).mean(axis=0)
    assert light[335:].mean() > 1.1 * light[152:182].mean()
    assert light[:, 44:52].mean() < 0.3 * light[:, 78:86].mean()


@pytest.mark.parametrize("duty", [0.0, 0.3, 0.8, 1.0])
def test_a_thermostat_is_on_for_its_share_of_the_time(duty):
    share = thermostat_share(np.full(20_000, duty, dtype=np.float32), 1.3, stream(1, "t", 1))
    assert share.mean() == pytest.approx(duty, abs=0.01)
    assert share.min() >= 0.0
    assert share.max() <= 1.0


def test_annual_use_is_that_of_chinese_homes(year, urban):
    rural = powers(homes("rural", 120, is_lived_in), year)
    used, rural_used = annual_kwh(urban), annual_kwh(rural)
    assert 2_000 < np.median(used) < 2_800
    assert 1_600 < np.median(rural_used) < 2_300
    both = np.concatenate([used, rural_used])
    assert 0.02 < np.mean(both > 6_000) < 0.1
    assert 0.4 < np.log(both).std() < 0.7


def test_homes_draw_a_sixteenth_of_their_maximum_on_average_and_little_reactive_power(year, urban):
    assert 0.05 < np.median(urban.mean(axis=1) / urban.max(axis=1)) < 0.1
    for number, home in homes("urban", 20, is_lived_in):
        drawn = demand(home, year, stream(1, "test demand", number))
        active, reactive = (
            power.sum(dtype=np.float64) for power in (drawn.active_w, drawn.reactive_var)
        )
        assert 0.88 < active / np.hypot(active, reactive) < 0.999


def test_what_could_run_at_once_is_seldom_exceeded(year):
    found = homes("urban", 40, is_lived_in)
    most_kw = powers(found, year).max(axis=1) / 1e3
    connected_kw = np.array([home.connected_kw for _, home in found])
    assert np.mean(most_kw > connected_kw) < 0.1
    assert (most_kw < 1.5 * connected_kw).all()


def test_noise_of_single_homes_is_like_that_of_measured_ones(urban):
    """Medians of fifty Australian homes' half hours (Smart-Grid Smart-City, 2012-12 to 2013-11).

    Lag one 0.38, lag one day 0.16, coefficient of variation 1.64, mean over maximum 0.064, 90 %
    and 99 % quantile over mean 2.8 and 8.1, excess kurtosis 14. Northern Chinese homes cool less
    and have no electric ovens: tails are lighter and days more alike, by the margins here.
    """
    series = half_hours(urban)
    mean = series.mean(axis=1, keepdims=True)
    assert 0.30 < np.median(autocorrelation(series, 1)) < 0.52
    assert 0.10 < np.median(autocorrelation(series, 48)) < 0.26
    assert 1.1 < np.median(series.std(axis=1) / mean[:, 0]) < 1.8
    assert 0.055 < np.median(mean[:, 0] / series.max(axis=1)) < 0.09
    assert 2.2 < np.median(np.quantile(series / mean, 0.9, axis=1)) < 3.1
    assert 5.5 < np.median(np.quantile(series / mean, 0.99, axis=1)) < 9.0
    kurtosis = (((series - mean) / series.std(axis=1, keepdims=True)) ** 4).mean(axis=1) - 3.0
    assert 8.0 < np.median(kurtosis) < 20.0


def test_homes_peak_at_different_times(urban):
    """Measured (as above): 0.69 for two homes, 0.32 for ten, 0.20 for fifty."""
    series, order = half_hours(urban), stream(1, "groups").permutation(len(urban))

    def coincidence(size):
        groups = [order[at : at + size] for at in range(0, len(order) - size + 1, size)]
        return np.median(
            [series[g].sum(axis=0).max() / series[g].max(axis=1).sum() for g in groups]
        )

    two, ten, fifty = (coincidence(size) for size in (2, 10, 50))
    assert 0.6 < two < 0.8
    assert 0.28 < ten < 0.45
    assert 0.17 < fifty < 0.33
